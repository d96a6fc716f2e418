"""A vendor's account on pages: its tasks, one by its vendor ID, taking one into a project, deleting one there."""

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from dashboard import remote_page, urls
from jobs.models import Asset, Membership, Project, State, Task, User
from jobs.vendors.base import VendorError
from tests.conftest import sign_in
from tests.factories import AssetFactory, MembershipFactory, TaskEventFactory, TaskFactory
from tests.integration.sandbox.meshy_caller import MeshyCaller
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db

RETEXTURE = "meshy.retexture"
LIST = "/vendors/meshy/tasks/"
OPEN = "/vendors/meshy/open/"
IMPORT = "/vendors/meshy/import/"
NOBODY_LISTENS = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    sandbox = SandboxProcess(tmp_path_factory.mktemp("pages-sandbox") / "state").start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def meshy(running_sandbox: SandboxProcess, settings: Settings) -> Iterator[MeshyCaller]:
    """The team's account, as somebody uses it without Patina."""
    settings.MESHY_API_KEY = f"msy_{uuid.uuid4().hex}"
    settings.MESHY_BASE_URL = running_sandbox.base_url
    with MeshyCaller(running_sandbox, key=settings.MESHY_API_KEY) as caller:
        yield caller
    running_sandbox.clear_faults()


@pytest.fixture
def offline(settings: Settings) -> None:
    """A vendor that nobody reaches."""
    settings.MESHY_API_KEY = "msy_secret-key"
    settings.MESHY_BASE_URL = NOBODY_LISTENS


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


@pytest.fixture
def done(project: Project) -> Task:
    task = TaskFactory(project=project, operation=RETEXTURE, state=State.SUCCEEDED, remote_id="018f-remote-abc123")
    AssetFactory(project=project, task=task)
    return task


def read(client: Client, address: str, **query: str) -> str:
    response = client.get(address, query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def cut_row(page: str, remote_id: str) -> str:
    match = re.search(rf'<tr id="remote-{re.escape(remote_id)}">.*?</tr>', page)
    assert match is not None, f"{remote_id} is not listed"
    return match[0]


def get_delete_address(task: Task) -> str:
    return reverse("task-delete-at-vendor", args=[task.pk])


# --- The list


def test_all_tasks_of_the_account_are_listed_the_newest_first(client: Client, meshy: MeshyCaller) -> None:
    first = meshy.finish(text_style_prompt="old oak")["id"]
    second = meshy.finish(text_style_prompt="new <brass>")["id"]

    page = read(client, LIST)

    assert page.index(second) < page.index(first)
    row = cut_row(page, second)
    assert "new &lt;brass&gt;" in row
    assert "Done" in row
    assert "in 2 days" in row or "in 3 days" in row
    assert f'value="{second}"' in row


def test_a_task_of_ours_leads_to_its_page_and_project(client: Client, meshy: MeshyCaller, project: Project) -> None:
    remote_id = meshy.finish()["id"]
    task = TaskFactory(project=project, operation=RETEXTURE, state=State.SUCCEEDED, remote_id=remote_id)

    row = cut_row(read(client, LIST), remote_id)

    assert reverse("task", args=[task.pk]) in row
    assert reverse("project", args=[project.slug]) in row
    assert "Import" not in row


@pytest.mark.parametrize("address", [LIST, OPEN])
def test_of_a_task_in_a_project_that_one_is_not_in_nothing_is_told(
    client: Client, meshy: MeshyCaller, address: str
) -> None:
    remote_id = meshy.finish(text_style_prompt="secret plan")["id"]
    foreign = TaskFactory(
        project__name="Secret project", operation=RETEXTURE, state=State.SUCCEEDED, remote_id=remote_id
    )

    page = read(client, address, id=remote_id)

    assert "In another project" in cut_row(page, remote_id)
    for told in ("secret plan", "Secret project", reverse("task", args=[foreign.pk]), f'value="{remote_id}" aria'):
        assert told not in page


def test_a_long_list_has_pages(client: Client, meshy: MeshyCaller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.views.remote.PAGE_SIZE", 2)
    made = [meshy.start() for _ in range(3)]

    first, second = read(client, LIST), read(client, LIST, page="2")

    assert [remote_id in first for remote_id in made] == [False, True, True]
    assert [remote_id in second for remote_id in made] == [True, False, False]
    assert 'rel="next" href="?page=2"' in first
    assert 'rel="prev" href="?page=1"' in second
    assert 'rel="next"' not in second


@pytest.mark.parametrize("page", ["0", "-3", "x", "9" * 30])
def test_a_strange_page_number_is_no_failure(client: Client, meshy: MeshyCaller, page: str) -> None:
    assert client.get(LIST, {"page": page}).status_code == 200


def test_an_account_without_tasks_says_so(client: Client, meshy: MeshyCaller) -> None:
    assert "No tasks at Meshy" in read(client, LIST)
    assert "Nothing more" in read(client, LIST, page="2")


@pytest.mark.parametrize("address", [LIST, f"{OPEN}?id=018f"])
def test_a_vendor_that_does_not_answer_is_told_without_the_key(client: Client, offline: None, address: str) -> None:
    page = " ".join(client.get(address).content.decode().split())

    assert "Meshy is not answering" in page
    assert "What now" in page
    assert "msy_secret-key" not in page


@pytest.mark.parametrize(("http_status", "advice"), [(401, "key"), (500, "Try again")])
def test_what_the_vendor_refuses_is_told_with_what_to_do(
    client: Client, monkeypatch: pytest.MonkeyPatch, http_status: int, advice: str
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        suggestion = "Look at the key." if http_status == 401 else ""
        raise VendorError("Meshy says no.", retryable=http_status == 500, suggestion=suggestion)

    monkeypatch.setattr("jobs.remote_tasks.list_remote", refuse)

    page = read(client, LIST)

    assert "Meshy says no." in page
    assert advice in page


# --- One by its vendor ID


def test_any_task_of_the_account_is_found_by_its_id(client: Client, meshy: MeshyCaller) -> None:
    remote_id = meshy.finish(text_style_prompt="lonely oak")["id"]

    page = read(client, OPEN, id=f"  {remote_id} ")

    assert "lonely oak" in cut_row(page, remote_id)
    assert f'value="{remote_id}"' in page


def test_an_id_that_the_vendor_does_not_know_says_what_to_check(client: Client, meshy: MeshyCaller) -> None:
    page = read(client, OPEN, id="018f0000-0000-7000-8000-000000000000")

    assert "Meshy knows no task 018f0000-0000-7000-8000-000000000000 in this account" in page
    assert "Check the ID" in page


@pytest.mark.parametrize("remote_id", ["", "../../balance", "a b", "x" * 101, "<script>"])
def test_what_is_no_id_is_not_asked_for(
    client: Client, monkeypatch: pytest.MonkeyPatch, project: Project, remote_id: str
) -> None:
    monkeypatch.setattr("jobs.remote_tasks.find_remote", lambda *_: pytest.fail("the vendor was asked"))

    response = client.get(OPEN, {"id": remote_id})

    assert response.status_code == 422
    assert "<script>alert" not in response.content.decode()


# --- Import


def test_an_imported_task_becomes_one_of_the_project_and_says_so(
    client: Client, meshy: MeshyCaller, project: Project
) -> None:
    remote_id = meshy.finish(text_style_prompt="blue denim")["id"]

    response = client.post(IMPORT, {"project": project.slug, "remote_id": remote_id}, follow=True)

    task = Task.objects.get()
    assert response.redirect_chain == [(reverse("task", args=[task.pk]), 302)]
    assert (task.project, task.remote_id, task.is_imported) == (project, remote_id, True)
    page = " ".join(response.content.decode().split())
    assert "Imported into Robots" in page
    assert "Made elsewhere with this account; brought in by editor" in page


def test_importing_twice_gives_the_first_task(client: Client, meshy: MeshyCaller, project: Project) -> None:
    remote_id = meshy.finish()["id"]
    values = {"project": project.slug, "remote_id": remote_id}

    first, second = client.post(IMPORT, values), client.post(IMPORT, values)

    assert first["Location"] == second["Location"]
    assert Task.objects.count() == 1


def test_a_task_of_another_project_is_neither_taken_nor_shown(client: Client, project: Project) -> None:
    foreign = TaskFactory(operation=RETEXTURE, state=State.SUCCEEDED, remote_id="018f-foreign")

    response = client.post(IMPORT, {"project": project.slug, "remote_id": "018f-foreign"})

    assert response["Location"] == LIST
    foreign.refresh_from_db()
    assert foreign.project != project


def test_an_import_that_fails_says_why(client: Client, offline: None, project: Project) -> None:
    response = client.post(IMPORT, {"project": project.slug, "remote_id": "018f"})

    assert response["Location"] == LIST
    said = "".join(str(message) for message in client.get(LIST).context["messages"])
    assert "It was not imported. Meshy is not answering" in said
    assert not Task.objects.exists()


# --- Deleting


def test_deleting_tells_what_is_lost_and_what_stays(client: Client, done: Task) -> None:
    page = read(client, get_delete_address(done))

    assert "It is final at Meshy." in page
    assert "1 file of this task is saved in Robots" in page
    assert "<code>abc123</code>" in page
    assert "this cancels it" not in page


def test_deleting_a_running_task_says_that_it_cancels_and_that_credits_are_not_known(
    client: Client, project: Project
) -> None:
    task = TaskFactory(project=project, operation=RETEXTURE, state=State.RUNNING)

    page = read(client, get_delete_address(task))

    assert "this cancels it" in page
    assert "Whether its credits come back is not documented" in page
    assert "Nothing of it is saved here yet" in page


@pytest.mark.parametrize("typed", ["", "delete it", "abc12", "xyz999", "DELET"])
def test_nothing_is_deleted_until_it_is_typed(
    client: Client, done: Task, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr("jobs.lifecycle.delete_at_vendor", lambda *_, **__: pytest.fail("deleted"))

    response = client.post(get_delete_address(done), {"sure": typed})

    assert response.status_code == 422
    assert "Type abc123 or DELETE." in response.content.decode()


@pytest.mark.parametrize("by_id", [True, False])
def test_a_deleted_task_is_gone_there_and_stays_here(
    client: Client, meshy: MeshyCaller, project: Project, by_id: bool
) -> None:
    remote_id = meshy.finish()["id"]
    task = TaskFactory(project=project, operation=RETEXTURE, state=State.SUCCEEDED, remote_id=remote_id)
    asset = AssetFactory(project=project, task=task, name="oak robot")

    response = client.post(get_delete_address(task), {"sure": remote_id[-6:] if by_id else "DELETE"}, follow=True)

    page = " ".join(response.content.decode().split())
    assert meshy.call("GET", f"/openapi/v1/retexture/{remote_id}").status_code == 404
    assert re.search(r"Deleted at Meshy on <time[^>]*>", page)
    assert get_delete_address(task) not in page
    assert Asset.objects.kept().filter(pk=asset.pk).exists()


def test_deleting_that_the_vendor_does_not_answer_is_told_and_can_be_tried_again(
    client: Client, done: Task, offline: None
) -> None:
    response = client.post(get_delete_address(done), {"sure": "DELETE"})

    page = response.content.decode()
    done.refresh_from_db()
    assert response.status_code == 502
    assert "Meshy is not answering" in page
    assert 'value="DELETE"' in page
    assert done.deleted_at_vendor_at is None


@pytest.mark.parametrize(
    "changes", [{"deleted_at_vendor_at": "2026-11-20T10:00Z"}, {"operation": "triverse.model-remesh"}]
)
def test_what_is_not_there_to_delete_has_no_button_and_no_page(
    client: Client, project: Project, changes: dict[str, Any]
) -> None:
    task = TaskFactory(project=project, **({"operation": RETEXTURE, "state": State.SUCCEEDED} | changes))

    response = client.get(get_delete_address(task))

    assert response["Location"] == reverse("task", args=[task.pk])
    assert get_delete_address(task) not in read(client, response["Location"])


# --- On a task's page


@pytest.mark.parametrize(
    ("channel", "words"), [("poll", "Single requests"), ("list", "The vendor’s list"), ("stream", "A stream")]
)
def test_a_task_shows_by_which_channel_it_is_followed(
    client: Client, project: Project, channel: str, words: str
) -> None:
    running = TaskFactory(project=project, operation=RETEXTURE, state=State.RUNNING, channel=channel)
    ended = TaskFactory(project=project, operation=RETEXTURE, state=State.SUCCEEDED, channel=channel)

    pages = [read(client, reverse("task", args=[task.pk])) for task in (running, ended)]

    for page, label in zip(pages, ("Followed by", "Was followed by"), strict=True):
        shown = re.search(rf"<dt>{label}</dt> <dd> (.*?) </dd>", page)
        assert shown is not None
        assert shown[1].replace("&#x27;", "’") == words


def test_tasks_that_may_be_the_one_in_doubt_can_be_followed_by_a_click(client: Client, project: Project) -> None:
    task = TaskFactory(project=project, operation=RETEXTURE, state=State.UNKNOWN)
    TaskEventFactory(task=task, data={"candidates": ["018f-one", "018f-two"]})

    page = read(client, reverse("task", args=[task.pk]))
    response = client.post(reverse("task-adopt", args=[task.pk]), {"remote_id": "018f-two"})

    task.refresh_from_db()
    assert [f'name="remote_id" value="{name}"' in page for name in ("018f-one", "018f-two")] == [True, True]
    assert response.status_code == 302
    assert task.remote_id == "018f-two"


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(seconds=-1), "over"),
        (timedelta(minutes=10, seconds=5), "in 10 min"),
        (timedelta(hours=47, minutes=30), "in 47 h"),
        (timedelta(days=2, hours=20), "in 2 days"),
    ],
)
def test_how_long_the_vendor_keeps_a_task_is_told_briefly(ahead: timedelta, words: str) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)

    assert remote_page.build_expiry(now + ahead, now=now) == words
    assert remote_page.build_expiry(None, now=now) == ""


# --- Who may


def ask(user: User, address: str, method: str, project: Project) -> int:
    values = {"project": project.slug, "remote_id": "018f", "sure": "DELETE", "id": "018f"}
    client = sign_in(user)
    return (client.post if method == "post" else client.get)(address, values).status_code


ACCOUNT = [(LIST, "get"), (OPEN, "get"), (IMPORT, "post")]


def test_every_address_of_accounts_is_asked_below() -> None:
    assert {pattern.name for pattern in urls.vendor_urls} == {"remote-tasks", "remote-open", "remote-import"}


@pytest.mark.parametrize("who", ["stranger", "viewer", "reviewer"])
@pytest.mark.parametrize(("address", "method"), ACCOUNT)
def test_the_account_does_not_exist_for_those_who_may_not_spend(
    request: pytest.FixtureRequest, offline: None, project: Project, who: str, address: str, method: str
) -> None:
    user = request.getfixturevalue(who)

    assert ask(user, address, method, project) == 404
    assert "Tasks at Meshy" not in sign_in(user).get("/").content.decode()


def test_an_editor_who_may_not_spend_anywhere_does_not_see_the_account(
    offline: None, editor: User, project: Project
) -> None:
    Membership.objects.update(may_spend=False)

    assert [ask(editor, address, method, project) for address, method in ACCOUNT] == [404, 404, 404]


def test_staff_see_the_account_and_import_only_where_they_may_edit(
    offline: None, staff: User, project: Project
) -> None:
    assert [ask(staff, address, method, project) for address, method in ACCOUNT] == [200, 200, 404]


def test_one_who_may_spend_elsewhere_cannot_import_into_a_project_that_one_only_views(
    offline: None, viewer: User, project: Project
) -> None:
    mine = MembershipFactory(user=viewer, role="editor").project

    assert ask(viewer, IMPORT, "post", project) == 403
    assert ask(viewer, IMPORT, "post", mine) == 302
    shown = sign_in(viewer).get(LIST).content.decode()
    assert f'value="{mine.slug}"' in shown
    assert f'value="{project.slug}"' not in shown


def test_a_project_that_one_is_not_in_is_not_found_by_an_import(offline: None, editor: User) -> None:
    other = Project.objects.create(name="Other", slug="other")

    assert ask(editor, IMPORT, "post", other) == 404


def test_a_vendor_without_a_list_has_no_such_pages(editor: User) -> None:
    client = sign_in(editor)

    for vendor in ("triverse", "nobody"):
        assert client.get(reverse("remote-tasks", args=[vendor])).status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("viewer", 403), ("reviewer", 403)])
def test_who_may_not_spend_deletes_nothing(
    request: pytest.FixtureRequest, done: Task, offline: None, method: str, who: str, status: int
) -> None:
    user = request.getfixturevalue(who)

    assert ask(user, get_delete_address(done), method, done.project) == status
    done.refresh_from_db()
    assert done.deleted_at_vendor_at is None


@pytest.mark.parametrize("who", ["viewer", "reviewer"])
def test_who_may_not_delete_sees_no_button(request: pytest.FixtureRequest, done: Task, who: str) -> None:
    page = read(sign_in(request.getfixturevalue(who)), reverse("task", args=[done.pk]))

    assert get_delete_address(done) not in page
    assert OPEN not in page


def test_the_signed_out_are_asked_to_sign_in(client: Client, done: Task) -> None:
    client.logout()

    for address in (LIST, OPEN, get_delete_address(done)):
        assert client.get(address)["Location"].startswith(reverse("login"))


def test_an_imported_task_shows_only_the_steps_that_it_took_here(client: Client, project: Project) -> None:
    task = TaskFactory(project=project, operation=RETEXTURE, state=State.RUNNING, is_imported=True)
    TaskEventFactory(task=task, kind="state", state=State.RUNNING)

    steps = client.get(reverse("task", args=[task.pk])).context["steps"]

    assert [step.label for step in steps] == ["Running", "Save files", "Done"]
