"""The queue's mends: what they lean on in django-q2, and that a killed process leaves nothing taken."""

import inspect
import multiprocessing
import os
import queue
import re
import signal
import sys
import threading
from collections.abc import Callable

import pytest
from django.db import transaction
from django_q import cluster
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.signing import SignedPackage
from django_q.status import Stat

from jobs import lifecycle
from jobs import queue as hints
from jobs.seq_queue import LARGE_BYTES, SeqQueue
from jobs.shared_flags import SharedEvent, SharedValue
from tests.waiting import wait_until

FORK = multiprocessing.get_context("fork")
KILLED_WHILE_WAITING = 20


# --- What jobs/queue.py and jobs/worker.py lean on: a new django-q2 that changes it fails here -----------------------


def test_the_sentinel_makes_its_queues_from_a_name_that_can_be_replaced() -> None:
    source = inspect.getsource(cluster.Sentinel.__init__)

    assert "Queue(maxsize=Conf.QUEUE_LIMIT)" in source
    assert "self.result_queue = Queue()" in source
    assert cluster.Queue.__module__ in ("django_q.queues", "jobs.seq_queue")


def test_the_cluster_starts_the_sentinel_by_a_name_that_can_be_replaced() -> None:
    assert "target=Sentinel" in inspect.getsource(cluster.Cluster.start)


def test_the_guard_asks_for_the_status_in_every_round() -> None:
    guard = inspect.getsource(cluster.Sentinel.guard)

    assert "Stat(self).save()" in guard.partition("while True:")[2]
    assert "sentinel.status()" in inspect.getsource(Stat.__init__)


def test_django_q_uses_no_more_of_a_queue_than_ours_has() -> None:
    used = set()
    for module in (cluster, __import__("django_q.worker").worker, __import__("django_q.pusher").pusher):
        for name in ("task_queue", "result_queue"):
            source = inspect.getsource(module)
            used |= {part.split("(")[0].split(")")[0].split(",")[0].strip() for part in source.split(f"{name}.")[1:]}

    assert used
    assert used <= set(dir(SeqQueue))


def test_a_workers_title_says_that_it_is_busy() -> None:
    from django_q import worker

    assert "qcluster {proc_name} processing {task_name}" in inspect.getsource(worker.worker)


def test_the_pusher_waits_for_a_broker_that_failed_by_a_name_that_can_be_replaced() -> None:
    source = inspect.getsource(sys.modules[cluster.pusher.__module__])

    assert "from time import sleep" in source
    assert source.count("sleep(") == source.count("sleep(10)") == 1


def test_success_leaves_no_row_and_failures_are_acknowledged() -> None:
    assert (Conf.SAVE_LIMIT, Conf.ACK_FAILURES, Conf.MAX_ATTEMPTS) == (-1, True, 1)
    assert max(hints.LONG_STEPS_S.values()) < Conf.RETRY


# --- Hints ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [hints.SUBMIT, hints.POLL, hints.SAVE, hints.PREVIEW, hints.SWEEP, hints.HOUSEKEEP])
def test_a_step_is_found_by_its_name(name: str) -> None:
    module, _, step = name.rpartition(".")

    assert module == lifecycle.__name__
    assert inspect.isfunction(getattr(lifecycle, step))


@pytest.mark.django_db(transaction=True)
def test_a_hint_leaves_with_the_commit_and_carries_a_number_alone() -> None:
    with transaction.atomic():
        hints.send(hints.SUBMIT, 7)
        assert not OrmQ.objects.exists()

    package = SignedPackage.loads(OrmQ.objects.get().payload)
    assert (package["func"], package["args"]) == ("jobs.lifecycle.submit", (7,))
    assert package["timeout"] == hints.LONG_STEPS_S[hints.SUBMIT]


@pytest.mark.django_db(transaction=True)
def test_gathered_hints_leave_together_after_the_commit() -> None:
    with hints.gather():
        with transaction.atomic():
            hints.send(hints.SUBMIT, 1)
            hints.send(hints.SAVE, 2)
        assert not OrmQ.objects.exists()
    assert OrmQ.objects.count() == 2

    hints.send(hints.SAVE, 3)
    assert OrmQ.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_hint_that_the_broker_refuses_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("the broker is away")

    monkeypatch.setattr("django_q.tasks.async_task", fail)

    assert hints.send_now(hints.SUBMIT, 7) is False


# --- The queue without locks -----------------------------------------------------------------------------------------


def test_messages_arrive_whole_and_in_order() -> None:
    pipe = SeqQueue(maxsize=4)
    sender = threading.Thread(target=lambda: [pipe.put({"number": number}) for number in range(200)])
    sender.start()

    received = [pipe.get(timeout=5)["number"] for _ in range(200)]

    sender.join()
    assert received == list(range(200))
    assert pipe.empty()
    assert pipe.qsize() == 0


@pytest.mark.parametrize("maxsize", [0, 4])
def test_a_large_message_takes_another_way(maxsize: int) -> None:
    pipe = SeqQueue(maxsize=maxsize)
    large = "x" * (LARGE_BYTES + 1)

    pipe.put(large)

    assert pipe.get(timeout=5) == large


def test_waiting_has_an_end() -> None:
    pipe = SeqQueue()

    with pytest.raises(queue.Empty):
        pipe.get(block=False)
    with pytest.raises(queue.Empty):
        pipe.get(timeout=0.01)


def test_readers_that_are_killed_while_they_wait_leave_nothing_taken() -> None:
    pipe = SeqQueue(maxsize=4)
    answers = SeqQueue()

    for _ in range(KILLED_WHILE_WAITING):
        reader = FORK.Process(target=pipe.get)
        reader.start()
        wait_until(lambda pid=reader.pid: is_waiting(pid), within_s=5, every_s=0.005)
        os.kill(reader.pid, signal.SIGKILL)
        reader.join()

    survivor = FORK.Process(target=lambda: answers.put(pipe.get()))
    survivor.start()
    pipe.put("still here")
    assert answers.get(timeout=5) == "still here"
    survivor.join()


def is_waiting(pid: int | None) -> bool:
    """Return whether the process sleeps, in a system call that may be interrupted."""
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
        return stat.read().rpartition(")")[2].split()[0] == "S"


# --- What the cluster's processes share ---------------------------------------------------------------------------


def test_the_cluster_makes_what_its_processes_share_from_names_that_can_be_replaced() -> None:
    started = inspect.getsource(cluster.Cluster.start)
    sentinel = inspect.getsource(cluster.Sentinel)

    assert "self.stop_event = Event()" in started
    assert "self.start_event = Event()" in started
    assert "self.event_out = Event()" in sentinel
    assert 'Value("f", -1)' in sentinel


def test_django_q_uses_no_more_of_what_is_shared_than_ours_has() -> None:
    source = inspect.getsource(cluster) + inspect.getsource(__import__("django_q.worker").worker)
    source += inspect.getsource(__import__("django_q.pusher").pusher)

    events = set(re.findall(r"(?<!_)(?:event|stop_event|start_event|event_out)\.(\w+)", source))
    timers = set(re.findall(r"timer\.(\w+)", source))

    assert events == {"is_set", "set", "wait"}
    assert timers == {"value", "get_lock"}
    assert events <= set(dir(SharedEvent))
    assert timers <= set(dir(SharedValue))


def test_a_worker_that_is_killed_at_its_timer_leaves_nothing_taken() -> None:
    timer = SharedValue("f", -1)
    reached = SeqQueue()

    def hold() -> None:
        with timer.get_lock():
            timer.value = 7.5
            reached.put("held")
            signal.pause()

    kill_at(hold, reached)

    assert can_be_done(lambda: timer.get_lock().__enter__())
    assert timer.value == 7.5


def test_an_event_is_seen_by_other_processes_and_waiting_for_it_has_an_end() -> None:
    event = SharedEvent()
    assert event.wait(timeout=0.01) is False

    assert can_be_done(event.set)

    assert event.is_set()
    assert event.wait()


def kill_at(moment: Callable[[], None], reached: SeqQueue) -> None:
    """Kill a process that has said that it is there."""
    victim = FORK.Process(target=moment)
    victim.start()
    reached.get(timeout=5)
    os.kill(victim.pid, signal.SIGKILL)
    victim.join()


def can_be_done(thing: Callable[[], object]) -> bool:
    """Return whether another process comes to the end of it."""
    other = FORK.Process(target=thing)
    other.start()
    other.join(timeout=2)
    is_done = other.exitcode == 0
    other.kill()
    other.join()
    return is_done
