"""Several tasks at once: dismissed with a way back, given up and run again after a question, with each one's rights."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from jobs.models import Group, Project, State, Task, User
from tests.conftest import sign_in
from tests.factories import AssetFactory, MembershipFactory, ProjectFactory, TaskFactory, TaskInputFactory

pytestmark = pytest.mark.django_db

CHOSEN = "/tasks/chosen/"
REMESH = {"face_type": "triangle", "target_face_count": 5000}


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


def make(project: Project, state: str = State.FAILED, **columns: object) -> Task:
    task = TaskFactory(project=project, state=state, params=REMESH, **columns)
    TaskInputFactory(task=task, asset=AssetFactory(project=project, name="robot"))
    return task


def post(client: Client, act: str, *tasks: Task, **values: object) -> str:
    data = {"act": act, "task": [task.pk for task in tasks], "next": "/tasks/?show=done", **values}
    return client.post(CHOSEN, data, follow=True).content.decode()


def read_form(page: str) -> dict[str, list[str]]:
    """Return what the form of the page that asks will send."""
    found: dict[str, list[str]] = {}
    form = page[page.index(f'action="{CHOSEN}"') :]
    for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form):
        found.setdefault(name, []).append(value.replace("&amp;", "&"))
    return found


def test_dismissed_tasks_need_no_attention_and_come_back_by_undo(client: Client, project: Project) -> None:
    tasks = [make(project), make(project, State.EXPIRED), make(project)]

    page = post(client, "dismiss", *tasks[:2])

    assert "2 tasks dismissed." in page
    assert [Task.objects.get(pk=task.pk).group for task in tasks] == [Group.DONE, Group.DONE, Group.ATTENTION]
    undo = re.search(r'action="(/tasks/undismiss/[^"]+)"', page)
    assert undo is not None
    assert "2 tasks listed again." in client.post(undo[1], follow=True).content.decode()
    assert set(Task.objects.values_list("group", flat=True)) == {Group.ATTENTION}


@pytest.mark.parametrize("state", [State.RUNNING, State.QUEUED, State.UNKNOWN, State.SAVING, State.SUCCEEDED])
def test_what_has_not_failed_is_never_hidden(client: Client, project: Project, state: str) -> None:
    task = make(project, state)

    page = post(client, "dismiss", task)

    task.refresh_from_db()
    assert task.dismissed_at is None
    assert "None of them can be dismissed" in page


def test_all_that_match_are_dismissed_and_nothing_else(client: Client, project: Project, editor: User) -> None:
    remesh, retexture = make(project), make(project, operation="meshy.retexture")
    elsewhere = make(MembershipFactory(user=editor).project)

    page = post(client, "dismiss-all", of="robots", where="vendor=triverse")

    assert "1 task dismissed." in page
    left = set(Task.objects.filter(group=Group.ATTENTION))
    assert left == {retexture, elsewhere}
    assert remesh not in left


def test_giving_up_asks_first_and_says_what_cannot_be(client: Client, project: Project) -> None:
    queued, running = make(project, State.QUEUED), make(project, State.RUNNING)

    asked = post(client, "cancel", queued, running)
    queued.refresh_from_db()
    before = queued.state
    done = client.post(CHOSEN, read_form(asked), follow=True).content.decode()

    assert before == State.QUEUED
    assert "Give up 1 task" in asked
    assert "It is at Triverse already." in asked
    assert "1 task given up." in done
    assert set(Task.objects.values_list("state", flat=True)) == {State.CANCELED, State.RUNNING}


def test_all_that_wait_are_given_up_after_a_question(client: Client, project: Project) -> None:
    for state in (State.QUEUED, State.QUEUED, State.RUNNING):
        make(project, state)

    asked = post(client, "cancel-all", of="robots", where="")
    client.post(CHOSEN, read_form(asked))

    assert "Give up 2 tasks" in asked
    assert Task.objects.filter(state=State.CANCELED).count() == 2


def test_running_again_says_for_how_many_and_about_how_much(client: Client, project: Project) -> None:
    make(project, State.SUCCEEDED, charged_credits=20)
    tasks = [make(project), make(project), make(project, State.RUNNING)]

    page = post(client, "again", *tasks)

    assert "2 new tasks" in page
    assert "about 40 credits" in page
    assert "It has not ended." in page
    assert Task.objects.count() == 4


def test_each_is_started_once_however_often_the_answer_is_sent(client: Client, project: Project) -> None:
    tasks = [make(project), make(project)]
    form = read_form(post(client, "again", *tasks))

    pages = [client.post(CHOSEN, form, follow=True).content.decode() for _ in range(2)]

    assert "2 tasks started again." in pages[0]
    started = Task.objects.filter(state=State.QUEUED)
    assert [(task.params["face_type"], task.created_by.username) for task in started] == [("triangle", "editor")] * 2
    assert Task.objects.filter(pk__in=[task.pk for task in tasks], dismissed_at=None).count() == 0


def test_what_was_started_since_the_question_is_not_started_twice(client: Client, project: Project) -> None:
    task = make(project)
    forms = [read_form(post(client, "again", task)) for _ in range(2)]

    pages = [client.post(CHOSEN, form, follow=True).content.decode() for form in forms]

    assert "1 task started again." in pages[0]
    assert "the same was started a moment ago" in pages[1]
    assert Task.objects.count() == 2


def test_a_task_whose_file_is_gone_is_left_out(client: Client, project: Project) -> None:
    task = make(project)
    task.inputs.update(trashed_at=timezone.now())

    page = post(client, "again", task)

    assert "None of them can be run again" in page
    assert "Left out" in page


@pytest.mark.parametrize("act", ["dismiss", "cancel", "again"])
def test_who_may_only_look_is_refused(viewer: User, project: Project, act: str) -> None:
    task = make(project, State.QUEUED if act == "cancel" else State.FAILED)
    client = sign_in(viewer)

    answer = client.post(CHOSEN, {"act": act, "task": task.pk, "confirmed": 1})

    assert answer.status_code == 403
    task.refresh_from_db()
    assert (task.dismissed_at, task.state in (State.QUEUED, State.FAILED), Task.objects.count()) == (None, True, 1)


def test_who_may_not_spend_is_refused_to_run_again(client: Client, editor: User, project: Project) -> None:
    task = make(project)
    editor.memberships.update(may_spend=False)

    assert client.get(CHOSEN, {"act": "again", "task": task.pk}).status_code == 403
    assert client.post(CHOSEN, {"act": "again", "task": task.pk, "confirmed": 1}).status_code == 403
    assert "1 task dismissed." in post(client, "dismiss", task)


def test_nobody_touches_tasks_of_others_projects(client: Client, project: Project) -> None:
    theirs = make(ProjectFactory())

    for act in ("dismiss", "cancel", "again"):
        post(client, act, theirs, confirmed=1)

    theirs.refresh_from_db()
    assert (theirs.dismissed_at, theirs.state, Task.objects.count()) == (None, State.FAILED, 1)


@pytest.mark.parametrize("act", ["", "delete", "again-all", "cancel-everything"])
def test_an_unknown_wish_is_not_found(client: Client, act: str) -> None:
    assert client.post(CHOSEN, {"act": act}).status_code == 404


@pytest.mark.parametrize("place", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_the_way_back_stays_here(client: Client, project: Project, place: str) -> None:
    answer = client.post(CHOSEN, {"act": "dismiss", "task": make(project).pk, "next": place})

    assert answer["Location"] == "/tasks/"
