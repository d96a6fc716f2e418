"""A task in doubt on its page: what was found, three choices with their prices, and who may choose."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from jobs import turns
from jobs.models import Project, State, Task, User
from tests.conftest import sign_in
from tests.factories import AssetFactory, TaskEventFactory, TaskFactory, TaskInputFactory
from tests.page_parts import cut

pytestmark = pytest.mark.django_db
FOUND = {
    "remote_id": "018f-one",
    "created_at": "2026-11-22T05:31:22+00:00",
    "prompt": "weathered <oak>",
    "has_picture": True,
    "state": "running",
    "word": "IN_PROGRESS",
    "progress_percent": 40,
}


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


def make_doubt(project: Project, *, operation: str = "meshy.retexture", code: str = "ask", **columns: object) -> Task:
    task = TaskFactory(project=project, operation=operation, state=State.UNKNOWN, error_code=code, **columns)
    TaskInputFactory(task=task, asset=AssetFactory(project=project), field="model_url")
    return task


def look(client: Client, task: Task) -> str:
    page = client.get(reverse("task", args=[task.pk])).content.decode()
    return " ".join(cut(page, "task-failure").split())


def test_what_was_found_is_shown_with_what_is_known_of_it(client: Client, project: Project) -> None:
    task = make_doubt(project)
    TaskEventFactory(task=task, data={"candidates": ["018f-one", "018f-two"], "found": [FOUND]})

    shown = look(client, task)

    made = datetime(2026, 11, 22, 5, 31, 22, tzinfo=UTC)
    assert f'datetime="{timezone.localtime(made, UTC).isoformat(timespec="seconds")}"' in shown
    assert "weathered &lt;oak&gt;" in shown
    assert re.search(r'Running <span class="pill-number">40%', shown)
    assert "follows a picture" in shown
    assert f"{reverse('remote-open', args=['meshy'])}?id=018f-one" in shown
    assert [f'value="{name}"' in shown for name in ("018f-one", "018f-two")] == [True, True]


@pytest.mark.parametrize(
    ("code", "is_open", "title"),
    [("", False, "We do not know yet"), ("ask", True, "This needs your decision")],
)
def test_the_choices_lie_open_when_only_a_person_can_go_on(
    client: Client, project: Project, code: str, is_open: bool, title: str
) -> None:
    shown = look(client, make_doubt(project, code=code))

    assert ('<details class="decide" id="in-doubt" open>' in shown) == is_open
    assert title in shown


@pytest.mark.parametrize(("price", "words"), [(None, "for its price again"), (10, "for about 10 credits")])
def test_sending_again_says_its_price(
    client: Client, project: Project, price: float | None, words: str, settings: Settings
) -> None:
    settings.MESHY_API_KEY = "key"
    TaskFactory(operation="meshy.retexture", state=State.SUCCEEDED, charged_credits=price)

    shown = look(client, make_doubt(project))

    assert f"Send again, {words}</button>" in shown
    assert "may be charged a second time" in shown


def test_an_equal_task_tells_more_of_the_price_than_the_last_one(client: Client, project: Project) -> None:
    params = {"text_style_prompt": "oak", "enable_pbr": True}
    TaskFactory(operation="meshy.retexture", state=State.SUCCEEDED, quoted_credits=15, params=params)
    TaskFactory(operation="meshy.retexture", state=State.SUCCEEDED, charged_credits=10, params={})

    assert "for about 15 credits" in look(client, make_doubt(project, params=params))


def test_a_conflict_names_the_equal_tasks_here_and_is_not_asked_about_again(client: Client, project: Project) -> None:
    earlier = TaskFactory(project=project, state=State.RUNNING, created_at=timezone.now() - timedelta(seconds=30))
    given = TaskInputFactory(task=earlier)
    task = TaskFactory(project=project, state=State.UNKNOWN, error_code="2005")
    TaskInputFactory(task=task, asset=AssetFactory(project=project, sha256=given.asset.sha256))

    shown = look(client, task)
    page = client.get(reverse("task", args=[task.pk])).content.decode()

    assert "calls this a repetition of a request that it had before, and does not say which" in shown
    assert f'The very same was asked for here shortly before: <a href="{reverse("task", args=[earlier.pk])}">' in shown
    assert "that may equal an earlier one" in shown
    assert reverse("task-recheck", args=[task.pk]) not in page


def test_the_choices_are_theirs_who_may_make_them(project: Project, editor: User, reviewer: User, viewer: User) -> None:
    task = make_doubt(project)
    send_again, give_up = (reverse(name, args=[task.pk]) for name in ("task-send-again", "task-cancel"))

    seen = {user.username: look(sign_in(user), task) for user in (editor, reviewer, viewer)}

    assert {name: (send_again in page, give_up in page) for name, page in seen.items()} == {
        "editor": (True, True),
        "reviewer": (False, False),
        "viewer": (False, False),
    }


def test_what_stood_for_a_file_in_the_request_is_shown_nowhere(project: Project, editor: User, staff: User) -> None:
    task = make_doubt(project, request={"method": "POST", "path": "/", "body": {}})
    task.task_inputs.update(sent_value="https://files.example/m.glb?Signature=a-secret")

    page = sign_in(editor).get(reverse("task", args=[task.pk])).content.decode()
    admin = sign_in(staff).get(reverse("admin:jobs_task_change", args=[task.pk])).content.decode()

    assert "model_url" in admin  # the input is there
    assert "a-secret" not in page + admin


# --- Waiting for its turn ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (1, "Waits for its turn: 1 of ours is at Meshy, which is the limit set here; 1 before this one."),
        (0, "Waits for its turn: Meshy's queue for this account is full; 1 before this one."),
    ],
)
def test_a_task_in_line_says_so(client: Client, project: Project, settings: Settings, limit: int, words: str) -> None:
    settings.CONCURRENT_TASKS = {"meshy": limit}
    TaskFactory(operation="meshy.retexture", state=State.RUNNING)
    line = [TaskFactory(project=project, operation="meshy.retexture") for _ in range(2)]
    for task in line:
        turns.stand_in_line(task, "Full.")

    pages = [client.get(reverse("task", args=[task.pk])).content.decode() for task in line]

    assert words.replace("'", "&#x27;") in cut(pages[1], "task-failure")
    assert "it is the next one." in cut(pages[0], "task-failure")
    assert "Waits for its turn" not in cut(pages[1], "task-progress")  # it is said once
