"""The page of a task and the lists of tasks: what they tell, how they ask again, what their buttons do."""

import re
from datetime import datetime, timedelta
from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs.models import END_STATES, Asset, Project, State, Task, TaskEvent
from tests.conftest import sign_in
from tests.factories import AssetFactory, TaskEventFactory, TaskFactory, TaskInputFactory
from tests.page_parts import cut

pytestmark = pytest.mark.django_db

NOW = timezone.now()
HTMX = {"HX-Request": "true"}
RENDER = "triverse.model-preview-render"
WIRE_PARTS = ("task-progress", "task-actions", "task-failure", "task-outputs", "task-history", "task-wire")


@pytest.fixture
def client(editor: object) -> Client:
    return sign_in(editor)  # type: ignore[arg-type]


def make_task(project: Project, state: str = State.RUNNING, **columns: object) -> Task:
    columns = {"created_at": NOW, "state_at": NOW, **columns}
    task = TaskFactory(project=project, state=state, **columns)
    TaskInputFactory(task=task, asset=AssetFactory(project=project, name="robot", preview="ready"))
    return task


def look(client: Client, task: Task, *, at: datetime = NOW, part: bool = False, query: str = "") -> str:
    """Return the task's page, or what htmx gets, as it is at that moment."""
    address = reverse("task", args=[task.pk]) + query
    with mock.patch("django.utils.timezone.now", return_value=at):
        return client.get(address, headers=HTMX if part else {}).content.decode()


@pytest.mark.parametrize("state", State.values)
def test_every_state_has_a_page_that_names_it(client: Client, project: Project, state: str) -> None:
    task = make_task(project, state)

    page = look(client, task)

    assert State(state).label in cut(page, "task-progress")
    assert f"{State(state).label.lower()}." in page or "percent" in page


@pytest.mark.parametrize("state", State.values)
def test_what_htmx_gets_equals_a_fresh_page(client: Client, project: Project, state: str) -> None:
    task = make_task(project, state, error_what="It broke.", note="Wait.", progress_percent=40)
    TaskEventFactory(task=task, data={"status": "RUNNING"})

    page, parts = look(client, task), look(client, task, part=True)

    assert "<html" not in parts
    for name in WIRE_PARTS:
        assert cut(parts, name) == cut(page, name)


@pytest.mark.parametrize(
    ("age_s", "trigger"), [(0, "every 1s"), (9, "every 1s"), (11, "every 2s"), (59, "every 2s"), (61, "every 5s")]
)
def test_the_page_asks_again_more_seldom_with_time(client: Client, project: Project, age_s: int, trigger: str) -> None:
    task = make_task(project)

    page = look(client, task, at=NOW + timedelta(seconds=age_s))

    assert re.findall(r'hx-trigger="([^"]*)"', page) == [trigger]
    assert '<noscript><meta http-equiv="refresh"' in page


@pytest.mark.parametrize("state", sorted(END_STATES))
def test_the_last_answer_asks_no_more(client: Client, project: Project, state: str) -> None:
    task = make_task(project, state)

    for part in (False, True):
        page = look(client, task, part=part)
        assert "hx-trigger" not in page
        assert "hx-get" not in page
        assert "http-equiv" not in page


def test_a_finished_task_asks_on_while_the_view_of_its_model_is_made(client: Client, project: Project) -> None:
    task = make_task(project, State.SUCCEEDED)
    AssetFactory(project=project, task=task, output_key="model", preview="waiting")

    soon, much_later = look(client, task), look(client, task, at=NOW + timedelta(hours=1))

    assert 'hx-trigger="every 2s"' in soon
    assert "want=viewer" in soon
    assert "Preparing the 3D view" in soon
    assert "hx-trigger" not in much_later


def test_the_viewer_comes_once_and_only_when_it_is_awaited(client: Client, project: Project) -> None:
    task = make_task(project)
    before = look(client, task)
    Task.objects.filter(pk=task.pk).update(state=State.SUCCEEDED, remote_id="remote")
    AssetFactory(project=project, task=task, output_key="model", preview="ready", name="robot quad")

    awaited = look(client, task, part=True, query="?want=viewer")
    later = look(client, task, part=True)

    assert "#task-result:outerMorph" in before
    assert "<patina-viewer" in cut(awaited, "task-result")
    assert "want=viewer" not in awaited
    assert "patina-viewer" not in later
    assert 'id="task-result"' not in later


def test_the_place_in_line_is_told_only_when_the_vendor_told_it(client: Client, project: Project) -> None:
    told = look(client, make_task(project, State.WAITING, queue_position=3, wait_s=40))
    untold = look(client, make_task(project, State.WAITING))

    assert "3rd in line, about 40 s" in told
    assert "in line" not in untold


def test_the_steps_tell_when_and_how_long(client: Client, project: Project) -> None:
    task = make_task(project, State.SUCCEEDED, created_at=NOW - timedelta(seconds=70))
    for state, ago_s in (("queued", 70), ("submitting", 69.5), ("running", 68), ("saving", 6), ("succeeded", 4)):
        TaskEventFactory(task=task, kind="state", state=state, text="", at=NOW - timedelta(seconds=ago_s))

    progress = cut(look(client, task), "task-progress")

    words = re.findall(r'class="life-words"><strong>([^<]+)', progress)
    times = re.findall(r'class="life-time">\s*<span>([^<]+)', progress)
    assert words == ["Queued", "Sent", "Ran", "Saved", "Done"]
    assert times == ["0.5 s", "1.5 s", "1:02", "2.0 s", "1:06 in all"]


def test_screen_readers_hear_of_progress_in_quarters(client: Client, project: Project) -> None:
    texts = []
    for percent in (49, 50, 74):
        page = look(client, make_task(project, progress_percent=percent))
        texts.append(re.findall(r'role="status">\s*([^<]+percent)', page))

    assert texts == [["Remesh: running, 25 percent"], ["Remesh: running, 50 percent"], ["Remesh: running, 50 percent"]]


def test_a_failure_tells_what_happened_whether_it_was_charged_and_what_now(client: Client, project: Project) -> None:
    task = make_task(
        project,
        State.FAILED,
        error_what="Triverse could not read the <mesh>.",
        error_charged="released",
        error_now="Convert it to GLB first.",
        error_code="1004",
        answer={"code": 1004},
    )

    failure = cut(look(client, task), "task-failure")

    assert "Triverse could not read the &lt;mesh&gt;." in failure
    assert "nothing was charged" in failure
    assert "Convert it to GLB first." in failure
    assert "<code>1004</code>" in failure
    assert 'data-copy="failure-json"' in failure
    assert 'role="alert"' in failure


@pytest.mark.parametrize("state", ["failed", "expired", "unknown", "canceled"])
def test_a_bad_end_without_reasons_still_answers_the_three_questions(
    client: Client, project: Project, state: str
) -> None:
    failure = cut(look(client, make_task(project, state)), "task-failure")

    answers = [" ".join(text.split()) for text in re.findall(r"<dd>(.*?)</dd>", failure)]
    assert len(answers) == 3
    assert all(answers)


def test_a_charge_is_told_with_its_amount(client: Client, project: Project) -> None:
    task = make_task(project, State.EXPIRED, error_charged="yes", charged_credits=12.5)

    assert "Charged 12.5 credits." in cut(look(client, task), "task-failure")


def test_a_sent_task_cannot_be_given_up_and_the_page_says_so(client: Client, project: Project) -> None:
    page = look(client, make_task(project, State.RUNNING))

    assert "/cancel/" not in page
    assert "no way to cancel" in page


@pytest.mark.parametrize("state", ["queued", "unknown"])
def test_a_task_that_is_not_at_the_vendor_can_be_given_up(client: Client, project: Project, state: str) -> None:
    task = make_task(project, state)

    assert "Give up" in look(client, task)
    page = client.post(reverse("task-cancel", args=[task.pk]), follow=True).content.decode()

    task.refresh_from_db()
    assert task.state == State.CANCELED
    assert "was given up" in page
    assert task.events.get(state=State.CANCELED).actor is not None


def test_giving_up_too_late_changes_nothing_and_says_so(client: Client, project: Project) -> None:
    task = make_task(project, State.RUNNING)

    page = client.post(reverse("task-cancel", args=[task.pk]), follow=True).content.decode()

    task.refresh_from_db()
    assert task.state == State.RUNNING
    assert "too late" in page


def test_a_recheck_is_written_down(client: Client, project: Project) -> None:
    task = make_task(project, State.RUNNING, next_at=NOW + timedelta(hours=1))

    client.post(reverse("task-recheck", args=[task.pk]))

    task.refresh_from_db()
    assert task.state == State.RUNNING
    assert task.next_at <= timezone.now()
    assert task.events.filter(kind=TaskEvent.Kind.NOTE, actor__username="editor").count() == 1


def test_a_task_in_doubt_can_be_sent_again_as_a_new_request(client: Client, project: Project) -> None:
    task = make_task(project, State.UNKNOWN, order_id="first")

    assert "may be charged a second time" in look(client, task)
    client.post(reverse("task-send-again", args=[task.pk]))

    task.refresh_from_db()
    assert task.state == State.QUEUED
    assert task.order_id != "first"


def test_a_task_that_is_not_in_doubt_is_not_sent_again(client: Client, project: Project) -> None:
    task = make_task(project, State.RUNNING, order_id="first")

    page = client.post(reverse("task-send-again", args=[task.pk]), follow=True).content.decode()

    task.refresh_from_db()
    assert (task.state, task.order_id) == (State.RUNNING, "first")
    assert "nothing was sent again" in page


@pytest.mark.parametrize(("typed", "kept"), [(" at-vendor-1 ", "at-vendor-1"), ("", None), ("a/../b", None)])
def test_a_task_in_doubt_is_followed_by_the_id_that_a_person_gives(
    client: Client, project: Project, typed: str, kept: str | None
) -> None:
    task = make_task(project, State.UNKNOWN)

    client.post(reverse("task-adopt", args=[task.pk]), {"remote_id": typed})

    task.refresh_from_db()
    assert task.remote_id == kept


def test_pictures_keep_their_places_while_others_are_awaited(client: Client, project: Project) -> None:
    params = {"camera_angles": ["left", "front"], "resolution": "640x480", "enable_white_render": False}
    task = make_task(project, State.SAVING, operation=RENDER, params=params)
    before = cut(look(client, task), "task-outputs")
    AssetFactory(
        project=project,
        task=task,
        output_key="left",
        kind="render",
        label="left",
        style="rgb",
        format="png",
        preview="ready",
        width_px=640,
        height_px=480,
    )

    after = cut(look(client, task), "task-outputs")

    for page in (before, after):
        captions = re.findall(r'class="tile-caption"[^>]*>\s*(\w+)', page)
        assert captions == ["Front", "Left"]
    assert (before.count("tile-hole"), after.count("tile-hole")) == (2, 1)
    assert "1 of 2" in after
    assert "contact-wide" in before


def test_the_values_are_told_in_the_words_of_the_form(client: Client, project: Project) -> None:
    params = {"face_type": "quad", "target_face_count": 20000, "allow_duplicate": False, "client_order_id": "secret-id"}
    page = look(client, make_task(project, params=params))

    assert "20,000" in page
    assert "Quads" in page
    assert "secret-id" not in page
    assert "Run it even if" not in page


def test_a_source_in_the_trash_is_named_but_not_linked(client: Client, project: Project) -> None:
    task = make_task(project)
    Asset.objects.update(trashed_at=NOW)
    address = reverse("asset", args=["robots", task.inputs.get().pk])

    page = look(client, task)

    assert "in the trash" in page
    assert f'href="{address}"' not in page
