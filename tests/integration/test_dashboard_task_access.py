"""Who reaches the pages of files and tasks: members by role, strangers nothing, the signed-out the sign-in page."""

import pytest
from django.test import Client
from django.urls import reverse

from dashboard import urls
from jobs.models import Asset, Membership, Project, State, Task, User
from tests.conftest import sign_in
from tests.factories import AssetFactory, ImageFactory, TaskFactory, TaskInputFactory

pytestmark = pytest.mark.django_db

SECRET = "secret robot"
LOOKING = ["asset", "picture", "project-tasks", "task"]
OF_TASKS = ["task-cancel", "task-recheck", "task-fetch", "task-dismiss", "task-undismiss"]
EDITING_BY_POST = ["asset-preview", *OF_TASKS]
SPENDING = ["task-new"]
SPENDING_BY_POST = ["task-again", "task-send-again", "task-adopt"]
BY_POST = [*EDITING_BY_POST, *SPENDING_BY_POST]
ALL = [*LOOKING, *EDITING_BY_POST, *SPENDING, *SPENDING_BY_POST]


@pytest.fixture
def asset(project: Project) -> Asset:
    return AssetFactory(project=project, name=SECRET, preview="ready")


@pytest.fixture
def task(asset: Asset) -> Task:
    task = TaskFactory(project=asset.project, state=State.UNKNOWN)
    TaskInputFactory(task=task, asset=asset)
    return task


@pytest.fixture
def addresses(asset: Asset, task: Task) -> dict[str, str]:
    slug = asset.project.slug
    picture = ImageFactory(project=asset.project, name=SECRET, preview="ready")
    found = {name: reverse(name, args=[slug, asset.pk]) for name in ("asset", "asset-preview")}
    found |= {name: reverse(name, args=[task.pk]) for name in ("task", *SPENDING_BY_POST)}
    found |= {name: reverse(name, args=[task.pk]) for name in OF_TASKS}
    found["picture"] = reverse("asset", args=[slug, picture.pk])
    found["project-tasks"] = reverse("project-tasks", args=[slug])
    found["task-new"] = reverse("task-new", args=[slug, task.operation])
    return found


def ask(client: Client, name: str, address: str) -> int:
    response = client.post(address) if name in BY_POST else client.get(address)
    if response.streaming:
        response.close()  # else it was, and a second time would close the connection to PostgreSQL
    return response.status_code


def test_every_address_of_tasks_is_asked_below(addresses: dict[str, str]) -> None:
    """A new address has to be listed here, so that the stranger is tested for it too."""
    elsewhere = {
        *("tasks", "tab-counts", "tasks-chosen", "tasks-undismiss"),  # a person's own, and what looks at each task
        *("prompt-improved", "task-delete-at-vendor", "task-pair"),  # tested with their pages
    }
    assert {pattern.name for pattern in urls.task_urls} - elsewhere <= set(addresses)
    assert set(addresses) == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_a_stranger_finds_nothing(addresses: dict[str, str], stranger: User, name: str) -> None:
    assert ask(sign_in(stranger), name, addresses[name]) == 404


@pytest.mark.parametrize("name", ALL)
def test_the_signed_out_are_asked_to_sign_in(addresses: dict[str, str], client: Client, name: str) -> None:
    response = client.post(addresses[name]) if name in BY_POST else client.get(addresses[name])

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("login"))


@pytest.mark.parametrize("name", LOOKING)
def test_a_viewer_may_look(addresses: dict[str, str], viewer: User, name: str) -> None:
    assert ask(sign_in(viewer), name, addresses[name]) == 200


@pytest.mark.parametrize("name", [*EDITING_BY_POST, *SPENDING, *SPENDING_BY_POST])
def test_a_viewer_may_change_nothing(addresses: dict[str, str], viewer: User, task: Task, name: str) -> None:
    assert ask(sign_in(viewer), name, addresses[name]) == 403

    task.refresh_from_db()
    assert task.state == State.UNKNOWN
    assert Task.objects.count() == 1


@pytest.mark.parametrize("name", [*SPENDING, *SPENDING_BY_POST])
def test_an_editor_who_may_not_spend_starts_nothing(
    addresses: dict[str, str], editor: User, project: Project, name: str
) -> None:
    Membership.objects.filter(user=editor).update(may_spend=False)

    assert ask(sign_in(editor), name, addresses[name]) == 403


@pytest.mark.parametrize("role", ["owner", "editor"])
@pytest.mark.parametrize("name", ALL)
def test_owners_and_editors_reach_everything(
    addresses: dict[str, str], request: pytest.FixtureRequest, role: str, name: str
) -> None:
    status = ask(sign_in(request.getfixturevalue(role)), name, addresses[name])

    assert status in ({302, 422} if name in BY_POST else {200})


def test_what_a_viewer_may_not_do_has_no_button(addresses: dict[str, str], viewer: User) -> None:
    client = sign_in(viewer)

    pages = [client.get(addresses[name]).content.decode() for name in ("asset", "task")]

    for page in pages:
        for word in ("task-new", "/again/", "/cancel/", "/recheck/", "/delete/", "/new/triverse"):
            assert word not in page


def test_the_list_of_ones_own_tasks_holds_no_project_that_one_has_left(
    addresses: dict[str, str], editor: User, task: Task
) -> None:
    Task.objects.update(created_by=editor)
    client = sign_in(editor)
    before = client.get(reverse("tasks")).content.decode()
    Membership.objects.filter(user=editor).delete()

    after = client.get(reverse("tasks")).content.decode()

    assert SECRET in before
    assert SECRET not in after


def test_a_file_is_not_found_at_another_projects_address(asset: Asset, owner: User) -> None:
    other = Project.objects.create(name="Other", slug="other")
    Membership.objects.create(project=other, user=owner, role=Membership.Role.OWNER)

    response = sign_in(owner).get(reverse("asset", args=["other", asset.pk]))

    assert response.status_code == 404


def test_the_values_of_another_projects_task_are_not_read(asset: Asset, task: Task, stranger: User) -> None:
    mine = Project.objects.create(name="Mine", slug="mine")
    Membership.objects.create(project=mine, user=stranger, role=Membership.Role.OWNER)
    address = reverse("task-new", args=["mine", task.operation])

    from_task = sign_in(stranger).get(address, {"from": task.pk})
    with_model = sign_in(stranger).get(address, {"model_file": asset.pk})

    assert from_task.status_code == 404
    assert SECRET not in with_model.content.decode()
