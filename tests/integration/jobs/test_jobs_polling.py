"""How a sweep follows tasks from memory: what it writes and when, what others change meanwhile, what an end costs."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs import asking, lifecycle, noting, outcomes, polling
from jobs.followed import Memory, measure_durations
from jobs.models import State, Task
from jobs.vendors.base import Connection, Status, VendorError
from tests.factories import TaskFactory
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db


class SayingVendor:
    """Says of each task what the test wants; a task of which it is told nothing runs."""

    key, label = "triverse", "Triverse"
    lists = streams = False
    no_files_code = ""
    connection = Connection(base_url="http://127.0.0.1:1", key="sandbox", sandbox=True)

    def __init__(self) -> None:
        self.words: dict[str, Status | VendorError | Exception] = {}
        self.asked: Counter[str] = Counter()

    def say(self, task: Task, state: str, progress: int | None = None, **values: object) -> None:
        raw = {"status": state.upper(), "progress": progress}
        self.words[task.remote_id or ""] = Status(
            remote_id=task.remote_id or "",
            state=state,  # type: ignore[arg-type]
            word=state.upper(),
            raw=raw,
            progress_percent=progress,
            **values,  # type: ignore[arg-type]
        )

    def poll(self, remote_id: str) -> Status:
        self.asked[remote_id] += 1
        word = self.words.get(remote_id) or Status(remote_id=remote_id, state="running", word="RUNNING", raw={})
        if isinstance(word, Exception):
            raise word
        return word

    def close(self) -> None:
        pass


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> SayingVendor:
    vendor = SayingVendor()
    monkeypatch.setattr(polling, "get_vendor", lambda name: vendor)
    return vendor


@pytest.fixture
def poller(vendor: SayingVendor) -> Iterator[polling.Poller]:
    poller = polling.Poller()
    yield poller
    poller.close()


def make_task(**values: object) -> Task:
    state = values.pop("state", State.RUNNING)
    columns = {"sent_at": timezone.now(), "vendor_word": "RUNNING", "channel": Task.Channel.POLL, **values}
    return TaskFactory(state=state, **columns)


def look(poller: polling.Poller, vendor: SayingVendor, *tasks: Task) -> None:
    """Have each of the tasks asked about once more, and what is said taken up."""
    before = Counter(vendor.asked)

    def was_asked() -> bool:
        for task in tasks:
            if task.pk in poller._memory.tasks:
                poller._put_off(poller._memory.tasks[task.pk], 0.0)
        poller.tick(wait_s=0.02)
        return not poller.count_flying() and all(vendor.asked[t.remote_id] > before[t.remote_id] for t in tasks)

    wait_until(was_asked, within_s=10, every_s=0.001)
    poller._write(is_last=True)
    for task in tasks:
        task.refresh_from_db()


def test_progress_is_written_and_an_answer_without_news_costs_no_query(
    poller: polling.Poller, vendor: SayingVendor
) -> None:
    task = make_task()
    vendor.say(task, "running", 40, queue_position=3, wait_s=9)
    look(poller, vendor, task)
    assert (task.progress_percent, task.queue_position, task.wait_s, task.vendor_word) == (40, 3, 9, "RUNNING")

    poller._refresh_at = poller._look_at = float("inf")
    asked = vendor.asked.total()
    with CaptureQueriesContext(connection) as queries:
        for count in (1, 2, 3):
            poller._put_off(poller._memory.tasks[task.pk], 0.0)
            wait_until(lambda count=count: poller.tick(wait_s=0.02) or vendor.asked.total() >= asked + count)
            wait_until(lambda: poller.tick(wait_s=0.02) or not poller.count_flying())
    assert queries.captured_queries == []


def test_progress_is_written_now_and_then_and_the_last_of_it_at_the_end(
    poller: polling.Poller, vendor: SayingVendor
) -> None:
    task = make_task()
    for percent in (10, 20, 30):
        vendor.say(task, "running", percent)
        poller.tick(wait_s=0.05)
        memory = poller._memory.tasks[task.pk]
        wait_until(
            lambda memory=memory, percent=percent: (
                poller._put_off(memory, 0.0) or poller.tick(wait_s=0.02) or memory.progress == percent
            ),
            every_s=0.001,
        )
    task.refresh_from_db()
    assert task.progress_percent == 10  # the next ones came within a second

    poller.close()
    task.refresh_from_db()
    assert task.progress_percent == 30


@pytest.mark.parametrize("change", [{"state": State.SAVING}, {"token": 7}], ids=["state", "token"])
def test_progress_is_not_written_to_a_row_that_has_moved_on(change: dict[str, object]) -> None:
    task = make_task(progress_percent=10)
    memory = Memory()
    memory.refresh()
    followed = memory.tasks[task.pk]
    followed.latest = ("RUNNING", 80, None, None)
    Task.objects.filter(pk=task.pk).update(**change)

    noting.write_progress([followed], now=1.0)

    task.refresh_from_db()
    assert task.progress_percent == 10


def test_the_more_tasks_the_more_rarely_progress_is_written() -> None:
    assert [noting.compute_pause_s(count) for count in (1, 1_000, 100_000)] == [1.0, 5.0, 10.0]


def test_many_ends_come_together_each_with_its_event(poller: polling.Poller, vendor: SayingVendor) -> None:
    tasks = [make_task() for _ in range(noting.MOVES_AT_ONCE + 3)]
    for task in tasks:
        vendor.say(task, "done", 100, cost_credits=2.0)
    look(poller, vendor, *tasks)

    assert {task.state for task in tasks} == {State.SAVING}
    assert all(task.events.filter(state=State.SAVING).count() == 1 for task in tasks)
    assert all(task.answer == {"status": "DONE", "progress": 100} for task in tasks)
    assert poller._memory.tasks == {}


def test_one_answer_that_cannot_be_written_stops_no_other(
    poller: polling.Poller, vendor: SayingVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = [make_task() for _ in range(3)]
    for task in tasks:
        vendor.say(task, "done", 100)
    real = outcomes.apply_status

    def refuse(task: Task, *args: object) -> bool:
        if task.pk == tasks[1].pk:
            raise RuntimeError("a mistake of ours")
        return real(task, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(outcomes, "apply_status", refuse)
    look(poller, vendor, *tasks)
    assert [task.state for task in tasks] == [State.SAVING, State.RUNNING, State.SAVING]

    monkeypatch.setattr(outcomes, "apply_status", real)
    look(poller, vendor, tasks[1])
    assert tasks[1].state == State.SAVING


def test_a_word_about_a_task_that_others_have_ended_changes_nothing(
    poller: polling.Poller, vendor: SayingVendor
) -> None:
    task = make_task()
    look(poller, vendor, task)
    Task.objects.filter(pk=task.pk).update(state=State.CANCELED)
    vendor.say(task, "done", 100)
    look(poller, vendor, task)

    assert task.state == State.CANCELED
    assert task.pk not in poller._memory.tasks


def test_what_is_at_the_vendor_anew_or_not_any_more_is_noticed() -> None:
    memory = Memory()
    first, second = make_task(), make_task(state=State.QUEUED)
    old = make_task(state_at=timezone.now() - timedelta(days=1), next_at=timezone.now() - timedelta(days=1))
    changed, gone = memory.refresh()
    assert ({task.pk for task in changed}, gone) == ({first.pk, old.pk}, [])
    assert memory.refresh() == ([], [])

    second.move(State.SUBMITTING)
    second.move(State.RUNNING, remote_id="at-2")
    Task.objects.filter(pk=first.pk).update(state=State.SUCCEEDED)
    lifecycle.recheck_task(old, actor=None)
    memory._count_at = 0.0
    changed, gone = memory.refresh()

    assert {task.pk for task in changed} == {second.pk, old.pk}
    assert [task.pk for task in gone] == [first.pk]


def test_a_row_that_came_with_an_old_moment_is_found_when_they_are_counted() -> None:
    memory = Memory()
    memory.refresh()
    long_ago = timezone.now() - timedelta(hours=1)
    task = make_task(state_at=long_ago, next_at=long_ago)  # written by a machine whose clock is wrong
    assert memory.refresh() == ([], [])

    memory._count_at = 0.0
    changed, _ = memory.refresh()

    assert [item.pk for item in changed] == [task.pk]


def test_following_many_tasks_reads_no_row_that_has_not_changed() -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    for _ in range(20):
        make_task(state_at=long_ago, next_at=long_ago)
    memory = Memory()
    memory.refresh()

    with CaptureQueriesContext(connection) as queries:
        assert memory.refresh() == ([], [])

    assert len(queries) == 1


DOWN = VendorError("Triverse is not answering.", retryable=True, http_status=503, code="503")
GONE = VendorError("Triverse does not know this task.", retryable=False, http_status=404, code="1006", is_gone=True)


def test_a_vendor_that_does_not_answer_is_told_of_at_the_third_time_and_the_note_goes_with_the_next_answer(
    poller: polling.Poller, vendor: SayingVendor
) -> None:
    task = make_task()
    vendor.words[task.remote_id] = DOWN
    notes = []
    for _ in range(3):
        look(poller, vendor, task)
        notes.append(task.note)
    assert notes[:2] == ["", ""]
    assert "The task goes on there; it is asked about again at" in notes[2]

    vendor.say(task, "running", None)
    look(poller, vendor, task)
    assert (task.note, task.state) == ("", State.RUNNING)


def test_a_task_that_its_vendor_forgot_is_in_doubt_and_found_again(
    poller: polling.Poller, vendor: SayingVendor
) -> None:
    task = make_task(sent_at=timezone.now() - timedelta(minutes=2))
    vendor.words[task.remote_id] = GONE
    for _ in range(noting.MISSING_TIMES):
        assert task.state == State.RUNNING
        look(poller, vendor, task)
    assert task.state == State.UNKNOWN
    assert "does not know this task any more" in task.note

    vendor.say(task, "done", 100)
    look(poller, vendor, task)
    assert task.state == State.SAVING


def test_a_new_task_that_its_vendor_does_not_see_yet_is_no_doubt(poller: polling.Poller, vendor: SayingVendor) -> None:
    task = make_task()
    vendor.words[task.remote_id] = GONE
    for _ in range(noting.MISSING_TIMES + 1):
        look(poller, vendor, task)

    assert (task.state, task.note) == (State.RUNNING, "")


@pytest.mark.parametrize("word", [None, DOWN], ids=["running", "no answer"])
def test_a_task_past_its_deadline_is_in_doubt_after_one_more_look(
    poller: polling.Poller, vendor: SayingVendor, word: VendorError | None
) -> None:
    task = make_task(sent_at=timezone.now() - timedelta(hours=25))
    if word is not None:
        vendor.words[task.remote_id] = word
    look(poller, vendor, task)

    assert task.state == State.UNKNOWN
    assert "24 hours" in task.note


def test_a_mistake_in_reading_an_answer_ends_no_thread(poller: polling.Poller, vendor: SayingVendor) -> None:
    task = make_task()
    vendor.words[task.remote_id] = ZeroDivisionError()
    look(poller, vendor, task)
    assert task.state == State.RUNNING

    vendor.say(task, "done", 100)
    look(poller, vendor, task)
    assert task.state == State.SAVING


def test_two_sweeps_at_once_write_each_end_once(vendor: SayingVendor) -> None:
    tasks = [make_task() for _ in range(5)]
    for task in tasks:
        vendor.say(task, "done", 100)
    pollers = [polling.Poller(), polling.Poller()]

    def has_come() -> bool:
        for poller in pollers:
            poller.tick(wait_s=0.02)
        return not Task.objects.filter(state=State.RUNNING).exists()

    wait_until(has_come, within_s=10, every_s=0.001)
    for poller in pollers:
        poller.close()

    assert all(task.events.filter(state=State.SAVING).count() == 1 for task in tasks)


def test_how_long_tasks_took_lately_is_known_by_operation() -> None:
    now = timezone.now()
    for seconds in (10, 20, 300):
        make_task(state=State.SUCCEEDED, sent_at=now - timedelta(seconds=seconds), next_at=now)

    assert measure_durations() == {Task.objects.first().operation: pytest.approx(20)}  # type: ignore[union-attr]


def test_a_sweep_that_ends_waits_for_no_answer_that_hangs(
    vendor: SayingVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "JOIN_S", 0.1)
    is_over = threading.Event()

    def hang(remote_id: str) -> Status:
        vendor.asked[remote_id] += 1
        is_over.wait(20)
        raise DOWN

    vendor.poll = hang  # type: ignore[method-assign]
    make_task()
    poller = polling.Poller()
    wait_until(lambda: poller.tick(wait_s=0.02) or vendor.asked)
    began = time.monotonic()
    poller.close()
    took_s = time.monotonic() - began
    is_over.set()

    assert took_s < 10
