"""A vendor that does not answer is left alone, and one that staff paused gets nothing new; nothing is lost by it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from jobs import circuit, circuit_rules, holds, lifecycle, remote_tasks
from jobs.claims import format_moment
from jobs.holds import HELD
from jobs.models import Circuit, Project, State, Task, User
from jobs.vendors import get_vendor, health
from jobs.vendors.base import VendorError
from jobs.vendors.triverse import Triverse
from tests.factories import TaskFactory
from tests.integration.jobs.fake_vendor import FakeVendor, Handler, reply
from tests.integration.jobs.trip import follow, get_states, make_due, run_to_saving, start_task
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db

Start = Callable[[Handler], FakeVendor]


def make_open(vendor: str = "triverse", *, seconds: float = 60) -> datetime:
    """Write down that the vendor does not answer, as another process would."""
    now = timezone.now()
    until = now + timedelta(seconds=seconds)
    Circuit.objects.update_or_create(
        vendor=vendor, defaults={"failures": 6, "opened_at": now, "open_until": until, "opened_times": 1}
    )
    circuit.forget()
    return until


def be_another_process() -> None:
    circuit.forget()


def get_notes(task: Task) -> list[str]:
    return [event.text for event in task.events.filter(kind="note")]


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let failures count as an outage however shortly they go on."""
    monkeypatch.setattr(circuit_rules, "GO_ON_FOR", timedelta(0))


@pytest.mark.usefixtures("hasty")
def test_a_vendor_that_is_down_is_left_alone_until_it_is_back(
    sandbox: SandboxProcess,
    settings: Settings,
    start: Start,
    project: Project,
    caplog: pytest.LogCaptureFixture,
    api_key: str,
) -> None:
    down = start(reply("503 Service Unavailable"))
    settings.TRIVERSE_BASE_URL = down.url
    first, second = start_task(project, marker="first"), start_task(project, marker="second")

    for _ in range(circuit_rules.OPEN_AFTER):
        lifecycle.submit(make_due(first).pk)
    asked = len(down.requests)
    for _ in range(3):
        lifecycle.submit(make_due(first).pk)
        lifecycle.submit(make_due(second).pk)

    row = Circuit.objects.get(vendor="triverse")
    assert row.open_until is not None
    assert len(down.requests) == asked == circuit_rules.OPEN_AFTER, "nothing is asked while it is left alone"
    second.refresh_from_db()
    since, again = format_moment(row.opened_at), format_moment(row.open_until)
    assert second.note == (
        f"Triverse is not answering since {since}. The task waits safely and is tried again at {again}."
    )
    assert (second.attempts, second.next_at, get_states(second)) == (0, row.open_until, ["queued"])
    assert get_notes(second) == [f"Triverse is not answering since {since}."], "said once"

    settings.TRIVERSE_BASE_URL = sandbox.triverse_url
    Circuit.objects.update(open_until=timezone.now())
    be_another_process()
    lifecycle.submit(make_due(second).pk)

    row.refresh_from_db()
    first.refresh_from_db()
    assert (row.open_until, row.failures, row.opened_times) == (None, 0, 0)
    assert first.next_at <= timezone.now(), "what waited is woken"
    lifecycle.submit(first.pk)
    for task in (first, second):
        lifecycle.save(follow(task, until=State.SAVING).pk)
        task.refresh_from_db()
        assert task.state == State.SUCCEEDED
    lines = [record.getMessage() for record in caplog.records if record.name == "jobs.circuit"]
    assert [line.partition(" since")[0] for line in lines] == [
        "Triverse is not answering",
        "Triverse answers again: it did not",
    ]
    assert api_key not in caplog.text


@pytest.mark.usefixtures("sandbox")
def test_one_process_at_a_time_probes_and_a_dead_one_blocks_nobody() -> None:
    make_open(seconds=-1)

    assert circuit.find_hold("triverse", creating=False) is None
    assert circuit.is_open("triverse"), "a caller can tell that this is a probe"

    be_another_process()
    hold = circuit.find_hold("triverse", creating=False)
    assert hold is not None
    assert hold.until is not None
    assert timezone.now() < hold.until <= timezone.now() + circuit.PROBE_FOR

    Circuit.objects.update(open_until=timezone.now())  # the winner was killed: its right lapses
    be_another_process()
    assert circuit.find_hold("triverse", creating=False) is None


@pytest.mark.usefixtures("sandbox")
def test_a_probe_that_fails_makes_the_pause_longer_and_late_failures_do_not(settings: Settings, start: Start) -> None:
    until = make_open()
    settings.TRIVERSE_BASE_URL = start(reply("500 Internal Server Error")).url

    fail_to_poll()
    circuit.settle("triverse")
    assert Circuit.objects.get().open_until == until, "it had left before the vendor was left alone"

    make_open(seconds=-1)
    assert circuit.find_hold("triverse", creating=False) is None
    fail_to_poll()
    circuit.settle("triverse")
    row = Circuit.objects.get()
    assert row.opened_times == 2
    assert row.open_until is not None
    assert timedelta(seconds=15) < row.open_until - timezone.now() <= timedelta(seconds=30), "twice the first pause"
    assert row.reason == "it answered 500"


def fail_to_poll() -> None:
    with get_vendor("triverse") as client, pytest.raises(VendorError):
        client.poll("t-1")


def test_a_pause_holds_back_creates_alone(sandbox: SandboxProcess, project: Project, staff: User) -> None:
    running, queued = start_task(project, marker="running"), start_task(project, marker="queued")
    lifecycle.submit(running.pk)

    assert circuit.pause("triverse", actor=staff, reason="We change the plan.")
    assert not circuit.pause("triverse", actor=staff, reason="Twice."), "it is paused already"
    lifecycle.submit(queued.pk)
    lifecycle.save(follow(running, until=State.SAVING).pk)

    running.refresh_from_db()
    queued.refresh_from_db()
    assert (running.state, queued.state) == (State.SUCCEEDED, State.QUEUED)
    paused_at = Circuit.objects.get().paused_at
    assert queued.note == (
        f"Triverse is paused by staff since {format_moment(paused_at)}: We change the plan. "
        "The task leaves by itself afterwards."
    )
    assert (queued.attempts, queued.error_code) == (0, HELD)

    assert circuit.resume("triverse", actor=staff)
    assert not circuit.resume("triverse", actor=staff)
    queued.refresh_from_db()
    assert queued.next_at <= timezone.now()
    lifecycle.submit(queued.pk)
    queued.refresh_from_db()
    assert queued.remote_id


def test_a_pause_during_an_upload_holds_the_create(
    sandbox: SandboxProcess, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jobs import vendor_files

    bring_files = vendor_files.bring_files

    def bring_and_pause(*args: object) -> object:
        found = bring_files(*args)  # type: ignore[arg-type]
        circuit.pause("triverse", actor=None, reason="")
        return found

    monkeypatch.setattr(vendor_files, "bring_files", bring_and_pause)
    task = start_task(project)

    lifecycle.submit(task.pk)

    task.refresh_from_db()
    assert (task.state, task.sent_at, task.attempts, task.error_code) == (State.QUEUED, None, 0, HELD)
    assert task.owner == ""
    assert task.note.startswith("Triverse is paused since")


def test_results_wait_at_a_vendor_that_does_not_answer_and_no_try_is_counted(
    sandbox: SandboxProcess, project: Project
) -> None:
    task = run_to_saving(start_task(project))
    until = make_open()

    lifecycle.save(task.pk)

    task.refresh_from_db()
    assert (task.state, task.attempts, task.next_at) == (State.SAVING, 0, until)
    assert "The results wait at the vendor" in task.note
    circuit._write_news("triverse", health.News(good_at=timezone.now()))
    lifecycle.save(task.pk)
    task.refresh_from_db()
    assert task.state == State.SUCCEEDED
    assert task.note == ""


def test_a_task_that_is_looked_after_by_hand_is_not_asked_about_either(settings: Settings, start: Start) -> None:
    vendor = start(reply("500 Internal Server Error"))
    settings.TRIVERSE_API_KEY, settings.TRIVERSE_BASE_URL = "key", vendor.url
    make_open()

    lifecycle.poll(TaskFactory(state=State.RUNNING).pk)

    assert vendor.requests == []


def test_what_a_person_should_know_of_a_task_in_doubt_stays(project: Project) -> None:
    until = make_open("meshy")
    task = TaskFactory(operation="meshy.retexture", state=State.UNKNOWN, note="Two tasks may be this one.")

    lifecycle.submit(task.pk)

    task.refresh_from_db()
    assert (task.note, task.next_at, task.events.count()) == ("Two tasks may be this one.", until, 0)


def test_one_look_puts_off_all_that_are_due(
    project: Project, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    until = make_open()
    tasks = [TaskFactory(project=project) for _ in range(30)]
    elsewhere = TaskFactory(project=project, operation="meshy.retexture")
    later = TaskFactory(project=project, next_at=timezone.now() + timedelta(minutes=1), note="It waits for a file.")

    with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
        lifecycle.submit(tasks[0].pk)

    held = Task.objects.filter(error_code=HELD, next_at=until)
    assert set(held.values_list("pk", flat=True)) == {task.pk for task in tasks}
    elsewhere.refresh_from_db()
    later.refresh_from_db()
    assert (elsewhere.note, later.note) == ("", "It waits for a file.")


def test_only_the_vendor_that_answers_again_wakes_its_tasks(project: Project) -> None:
    later = timezone.now() + timedelta(minutes=4)
    held = TaskFactory(next_at=later, error_code=HELD)
    failed = TaskFactory(next_at=later, attempts=6)
    full = TaskFactory(next_at=later, error_code="queue_full")
    other = TaskFactory(next_at=later, error_code=HELD, operation="meshy.retexture")
    make_open()

    circuit._write_news("triverse", health.News(good_at=timezone.now()))

    due = set(Task.objects.filter(next_at__lte=timezone.now()).values_list("pk", flat=True))
    assert due == {held.pk, failed.pk}
    assert not due & {full.pk, other.pk}


def test_asking_costs_nothing_where_nothing_happened(django_assert_num_queries: Callable[[int], object]) -> None:
    health.note_answer("triverse", 200)
    circuit.find_hold("triverse", creating=True)

    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        circuit.settle("meshy")
        circuit.find_hold("triverse", creating=True)
        health.note_answer("triverse", 200)
        circuit.settle("triverse")
        circuit.list_circuits()


def test_staff_can_have_it_asked_at_once(staff: User) -> None:
    task = TaskFactory(error_code=HELD, next_at=make_open())

    assert circuit.ask_now("triverse", actor=staff)

    task.refresh_from_db()
    assert task.next_at <= timezone.now()
    assert circuit.find_hold("triverse", creating=True) is None
    assert not circuit.ask_now("meshy", actor=staff)


def test_saving_tells_at_once_that_the_vendor_answers_again(
    sandbox: SandboxProcess, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = run_to_saving(start_task(project))
    make_open(seconds=-1)
    seen: list[bool] = []
    fetch_results = Triverse.fetch_results

    def look_and_fetch(*args: object) -> object:
        seen.append(Circuit.objects.get().is_open)
        return fetch_results(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(Triverse, "fetch_results", look_and_fetch)

    lifecycle.save(task.pk)

    task.refresh_from_db()
    assert task.state == State.SUCCEEDED
    assert seen == [False], "what waits for the vendor does not wait for these files"


def test_a_person_who_looks_at_the_account_is_told_at_once_and_may_be_the_probe(meshy: SandboxProcess) -> None:
    make_open("meshy")
    with pytest.raises(VendorError, match="Meshy is not answering since"):
        remote_tasks.list_remote("meshy", page=1)

    make_open("meshy", seconds=-1)
    remote_tasks.list_remote("meshy", page=1)

    assert not Circuit.objects.get().is_open


def test_who_probes_is_not_put_off_by_those_who_look_at_the_same_moment(project: Project) -> None:
    now = timezone.now()
    probing, waiting = TaskFactory(project=project, hinted_at=now), TaskFactory(project=project, hinted_at=now)
    make_open(seconds=-1)
    assert circuit.find_hold("triverse", creating=True) is None, "its worker is about to claim it"

    be_another_process()
    lifecycle.submit(waiting.pk)

    probing.refresh_from_db()
    waiting.refresh_from_db()
    assert probing.next_at <= timezone.now()
    assert (waiting.error_code, waiting.next_at > timezone.now()) == (HELD, True)


def test_a_right_to_probe_that_is_not_used_is_given_back(
    sandbox: SandboxProcess, project: Project, settings: Settings
) -> None:
    settings.CONCURRENT_TASKS = {"triverse": 1}
    TaskFactory(project=project, state=State.RUNNING)
    make_open(seconds=-1)

    lifecycle.submit(start_task(project).pk)

    until = Circuit.objects.get().open_until
    assert until is not None
    assert until <= timezone.now(), "there is no place for it, so somebody else may ask"


def test_a_task_that_is_put_off_while_the_vendor_comes_back_is_woken_too(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_off_all = holds.put_off_all
    make_open()
    task = TaskFactory(project=project)

    def come_back_first(*args: object, **values: object) -> None:
        circuit._write_news("triverse", health.News(good_at=timezone.now()))
        put_off_all(*args, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(holds, "put_off_all", come_back_first)

    lifecycle.submit(task.pk)

    task.refresh_from_db()
    assert task.next_at <= timezone.now()
