"""What the rules leave to the pages of files and tasks: actions behind the door, buttons, names of other projects."""

import pytest
from django.urls import reverse

from jobs.models import Asset, Membership, Project, State, Task, User
from tests.conftest import sign_in
from tests.factories import AssetFactory, TaskFactory, TaskInputFactory

pytestmark = pytest.mark.django_db

SECRET = "secret robot"
OF_TASKS = ["task-cancel", "task-recheck", "task-fetch", "task-dismiss", "task-undismiss"]
SPENDING = ["task-again", "task-send-again", "task-adopt"]


@pytest.fixture
def asset(project: Project) -> Asset:
    return AssetFactory(project=project, name=SECRET, preview="ready")


@pytest.fixture
def task(asset: Asset) -> Task:
    task = TaskFactory(project=asset.project, state=State.UNKNOWN)
    TaskInputFactory(task=task, asset=asset)
    return task


@pytest.mark.parametrize("name", [*OF_TASKS, *SPENDING])
def test_an_editor_is_refused_by_no_view_of_a_task(task: Task, editor: User, name: str) -> None:
    response = sign_in(editor).post(reverse(name, args=[task.pk]))

    assert response.status_code in {302, 422}


def test_an_editor_asks_for_a_preview_again(asset: Asset, editor: User) -> None:
    response = sign_in(editor).post(reverse("asset-preview", args=[asset.project.slug, asset.pk]))

    assert response.status_code == 302


def test_what_a_viewer_may_not_do_has_no_button(asset: Asset, task: Task, viewer: User) -> None:
    client = sign_in(viewer)
    addresses = [reverse("asset", args=[asset.project.slug, asset.pk]), reverse("task", args=[task.pk])]

    pages = [client.get(address).content.decode() for address in addresses]

    for page in pages:
        for word in ("task-new", "/again/", "/cancel/", "/recheck/", "/delete/", "/new/triverse"):
            assert word not in page


def test_the_list_of_ones_own_tasks_holds_no_project_that_one_has_left(editor: User, task: Task) -> None:
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
