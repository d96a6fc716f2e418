"""Whose turn it is at a vendor: not more of ours than the setting says, shared fairly, nobody forgotten."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from jobs import circuit, claims, lifecycle, noting, outcomes, sweep, turns
from jobs.models import Lease, Project, State, Task, User
from jobs.vendors import get_vendor
from jobs.vendors.base import Status
from tests.factories import ProjectFactory, TaskFactory, UserFactory
from tests.integration.jobs.fake_vendor import FakeVendor, Handler, reply
from tests.integration.jobs.trip import make_due, start_task
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db
KEY = "meshy.retexture"


@pytest.fixture(autouse=True)
def limit(settings: Settings) -> None:
    settings.CONCURRENT_TASKS = {"triverse": 0, "meshy": 2}


def make(state: str = State.QUEUED, *, vendor: str = "meshy", **columns: object) -> Task:
    operation = KEY if vendor == "meshy" else "triverse.model-remesh"
    return TaskFactory(operation=operation, state=state, **columns)


def go(task: Task) -> bool:
    """Let a worker try; return whether the task was claimed."""
    claimed = turns.take_turn(task.pk, lease_s=60) is not None
    task.refresh_from_db()
    return claimed


def end(task: Task, catch: DjangoCaptureOnCommitCallbacks) -> None:
    task.refresh_from_db()
    status = Status(remote_id="r", state="failed", word="FAILED", raw={})
    if task.state == State.SUBMITTING:
        task.move(State.RUNNING, remote_id=f"r{task.pk}")
    with get_vendor(task.vendor) as vendor, catch(execute=True):
        outcomes.apply_status(task, status, vendor)


def find_woken() -> list[int]:
    woken = turns.get_line("meshy", turns.WOKEN).filter(next_at__lte=timezone.now())
    return list(woken.order_by("pk").values_list("pk", flat=True))


def test_not_more_than_the_limit_are_at_the_vendor(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    first, second, third = make(), make(), make()

    assert [go(first), go(second), go(third)] == [True, True, False]
    assert third.state == State.QUEUED
    assert third.next_at > timezone.now() + timedelta(hours=1)  # nobody tries it in vain
    sweep.tend(now=timezone.now())
    assert find_woken() == []

    end(first, django_capture_on_commit_callbacks)

    assert find_woken() == [third.pk]
    third.refresh_from_db()
    assert go(third)
    assert third.error_code == ""


@pytest.mark.parametrize(
    ("columns", "counts"),
    [
        ({"state": State.SUBMITTING}, True),
        ({"state": State.WAITING}, True),
        ({"state": State.UNKNOWN}, True),
        ({"state": State.UNKNOWN, "error_code": "ask"}, False),
        ({"state": State.UNKNOWN, "error_code": "2005"}, False),
        ({"state": State.SAVING}, False),
        ({"state": State.SUCCEEDED}, False),
        ({"state": State.RUNNING, "vendor": "triverse"}, False),
    ],
)
def test_what_takes_a_place(columns: dict[str, str], counts: bool) -> None:
    make(State.RUNNING)
    make(**columns)  # type: ignore[arg-type]

    assert go(make()) != counts


def test_a_vendor_without_a_limit_takes_all() -> None:
    assert all(go(make(vendor="triverse")) for _ in range(5))


def test_the_next_one_is_of_the_project_and_person_with_the_fewest(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, settings: Settings
) -> None:
    settings.CONCURRENT_TASKS = {"meshy": 3}
    busy, idle = ProjectFactory(), ProjectFactory()
    ann, ben = UserFactory(), UserFactory()
    running = [make(State.RUNNING, project=busy, created_by=ann) for _ in range(3)]
    line = [make(project=busy, created_by=person) for person in (ann, ann, ben)]
    line += [make(project=idle, created_by=person) for person in (ann, ben, ben)]
    assert not any(go(task) for task in line)
    names = dict(zip([task.pk for task in line], ["A1", "A2", "B", "a", "b1", "b2"], strict=True))

    order = []
    for _ in line:
        end(running.pop(0), django_capture_on_commit_callbacks)
        (pk,) = find_woken()
        order.append(names[pk])
        task = Task.objects.get(pk=pk)
        assert go(task)
        running.append(task)

    # Capitals wait in the busy project: ann's first, ann's second, ben's. At first all that run are ann's there.
    assert order == ["b1", "A1", "A2", "b2", "B", "a"]


def test_a_newcomer_does_not_push_in(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    project, user = ProjectFactory(), UserFactory()
    running = [make(State.RUNNING) for _ in range(2)]
    waiting = make(project=project, created_by=user)
    assert not go(waiting)
    end(running[0], django_capture_on_commit_callbacks)

    newcomer = make(project=project, created_by=user)

    assert not go(newcomer)  # the place is kept for the one that was woken
    waiting.refresh_from_db()
    assert go(waiting)


def test_a_lost_wake_is_repaired_by_the_sweep() -> None:
    running = [make(State.RUNNING) for _ in range(2)]
    waiting = make()
    assert not go(waiting)
    Task.objects.filter(pk=running[0].pk).update(state=State.SUCCEEDED)  # its process died before it told

    sweep.tend(now=timezone.now())

    assert find_woken() == [waiting.pk]


def test_nobody_is_woken_for_a_vendor_that_is_paused() -> None:
    turns.stand_in_line(make(), "Full.")
    circuit.pause("meshy", actor=None, reason="The month's budget is spent.")

    sweep.tend(now=timezone.now())
    assert find_woken() == []

    circuit.resume("meshy", actor=None)
    sweep.tend(now=timezone.now())
    assert len(find_woken()) == 1


def test_one_that_leaves_its_place_again_lets_the_next_one_go(project: Project, settings: Settings) -> None:
    settings.CONCURRENT_TASKS = {"meshy": 1}
    first, second = make(), make()
    assert go(first)
    assert not go(second)
    claims.put_off(first, "Too slow.", to=State.QUEUED)

    lifecycle.submit(first.pk)  # not due: another hint

    assert find_woken() == [second.pk]


def test_a_full_queue_at_the_vendor_goes_by_the_same_choice(
    project: Project, meshy: SandboxProcess, settings: Settings
) -> None:
    """The vendor says it is full below our own limit: then one at a time finds out when it is not."""
    settings.CONCURRENT_TASKS = {"meshy": 10}
    tried = make(project=project)
    turns.note_full("meshy", seconds=None)
    turns.stand_in_line(tried, "Full.")
    late = make(project=ProjectFactory(), created_by=UserFactory())
    assert not go(late)
    assert find_woken() == []

    turns.wake("meshy", is_place_free=True)

    assert find_woken() == [tried.pk]  # both have nothing there: the older one
    turns.wake("meshy")
    assert find_woken() == [tried.pk]  # one at a time
    Lease.objects.filter(name="places:meshy").update(beat_at=turns.LONG_AGO)
    turns.wake("meshy")
    assert find_woken() == [tried.pk, late.pk]


def test_a_place_that_becomes_free_is_noted_where_nobody_waits_for_it(project: Project) -> None:
    turns.note_full("meshy", seconds=None)

    turns.wake("meshy", is_place_free=True)

    assert go(make(project=project))


def test_the_vendors_word_for_how_long_it_is_full_is_kept() -> None:
    turns.note_full("meshy", seconds=90)

    until = Lease.objects.get(name="places:meshy").until
    assert timedelta(seconds=80) < until - timezone.now() <= timedelta(seconds=90)


def test_where_we_were_too_fast_all_wait_and_none_is_in_line(sandbox: SandboxProcess, project: Project) -> None:
    first, second = start_task(project, marker="fast 1"), start_task(project, marker="fast 2")
    sandbox.set_fault("rate_limited", on=["create"])
    lifecycle.submit(first.pk)
    lifecycle.submit(second.pk)

    for task in (first, second):
        task.refresh_from_db()
        assert (task.state, task.error_code) == (State.QUEUED, "")
    assert second.request is None  # it was not even tried
    assert timezone.now() < second.next_at < timezone.now() + timedelta(seconds=5)
    lifecycle.submit(make_due(second).pk)
    second.refresh_from_db()
    assert second.remote_id


@pytest.mark.parametrize(
    ("vendor", "body"),
    [
        ("triverse", b'{"code": 2000, "message": "Too many requests."}'),
        ("meshy", b'{"message": "RateLimitExceeded"}'),
        ("meshy", b""),
    ],
)
def test_the_vendors_word_for_how_long_we_wait_is_kept(
    start: Callable[[Handler], FakeVendor], settings: Settings, content_storage: None, vendor: str, body: bytes
) -> None:
    url = start(reply("429 Too Many Requests", body, "Retry-After: 30")).url
    settings.TRIVERSE_API_KEY, settings.TRIVERSE_BASE_URL = "key", url
    settings.MESHY_API_KEY, settings.MESHY_BASE_URL = "key", url
    first, second = make(vendor=vendor), make(vendor=vendor)

    for task in (first, second):
        lifecycle.submit(task.pk)
        task.refresh_from_db()
        assert (task.state, task.error_code) == (State.QUEUED, "")
        assert timedelta(seconds=25) < task.next_at - timezone.now() < timedelta(seconds=45)


def test_a_task_in_line_says_how_many_go_first(editor: User, project: Project) -> None:
    for _ in range(2):
        make(State.RUNNING, project=project, created_by=editor)
    own = [make(project=project, created_by=editor) for _ in range(2)]
    other = [make(project=ProjectFactory(), created_by=UserFactory()) for _ in range(2)]
    assert not any(go(task) for task in own + other)

    places = [turns.find_place(task) for task in own + other]

    assert [place.before for place in places if place] == [2, 3, 0, 0]
    assert {(place.at_vendor, place.limit, place.is_own_limit) for place in places if place} == {(2, 2, True)}
    assert turns.find_place(make()) is None


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's plan")
def test_a_choice_among_many_reads_an_index_alone(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, project: Project, editor: User
) -> None:
    running = [make(State.RUNNING) for _ in range(2)]
    later = timezone.now() + turns.IN_LINE_FOR
    columns = {"project": project, "operation": KEY, "vendor": "meshy", "error_code": "queue_full", "next_at": later}
    Task.objects.bulk_create([Task(created_by=editor, **columns) for _ in range(200)])
    with CaptureQueriesContext(connection) as queries:
        end(running[0], django_capture_on_commit_callbacks)

    assert len(find_woken()) == 1
    looks = [item["sql"] for item in queries if item["sql"].startswith("SELECT") and "jobs_task" in item["sql"]]
    plans = [row for sql in looks if "queue_full" in sql for row in explain(sql)]
    assert len(plans) >= 3
    assert all("INDEX task_turn" in plan for plan in plans)
    assert len(looks) <= 6


def explain(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return [str(row[-1]) for row in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_the_ends_of_a_batch_wake_those_in_line_once() -> None:
    ended = [make(State.RUNNING, remote_id=f"r{number}") for number in range(2)]
    waiting = [make(), make()]
    for task in waiting:
        turns.stand_in_line(task, "Full.")
    status = Status(remote_id="r", state="failed", word="FAILED", raw={})

    with get_vendor("meshy") as vendor, CaptureQueriesContext(connection) as queries:
        noting.apply_all([task.pk for task in ended], lambda row: outcomes.apply_status(row, status, vendor))

    assert find_woken() == [task.pk for task in waiting]
    assert sum('UPDATE "jobs_lease"' in query["sql"] for query in queries) == 1
