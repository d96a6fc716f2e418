"""When the worker calls itself stuck, and when it only has nothing to do."""

import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from jobs import leases, shared_flags, worker
from jobs.sweep import LEASE
from jobs.worker import IDLE_AT_MOST_S, Worker, is_anybody_busy

pytestmark = pytest.mark.django_db


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> Worker:
    """A worker in which nobody has been at a step for longer than is well."""
    monkeypatch.setattr(worker, "is_anybody_busy", lambda pid: False)
    idle = Worker()
    idle.cluster = SimpleNamespace(sentinel=SimpleNamespace(pid=0, is_alive=lambda: True))
    idle.busy_at = time.monotonic() - IDLE_AT_MOST_S - 1
    return idle


def test_no_sweep_and_nobody_busy_is_a_standstill(idle: Worker) -> None:
    assert idle._stands_still()


def test_another_machine_may_have_the_sweep(idle: Worker) -> None:
    assert leases.take(LEASE, seconds=8)

    assert not idle._stands_still()


def test_hints_that_nobody_takes_are_a_standstill(idle: Worker) -> None:
    assert leases.take(LEASE, seconds=8)
    OrmQ.objects.create(key="patina", payload="x", lock=timezone.now() - timedelta(seconds=9))

    assert idle._stands_still()


def test_hints_that_just_came_are_none(idle: Worker) -> None:
    assert leases.take(LEASE, seconds=8)
    OrmQ.objects.create(key="patina", payload="x", lock=timezone.now() - timedelta(seconds=1))

    assert not idle._stands_still()


def test_a_busy_worker_is_well(idle: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "is_anybody_busy", lambda pid: True)

    assert not idle._stands_still()


def test_a_sentinel_that_is_gone_counts_as_busy_until_it_is_found_dead() -> None:
    assert is_anybody_busy(999_999_999)


@pytest.mark.parametrize(
    ("alive", "beat_age_s", "status"),
    [(False, 0.0, worker.EXIT_CLUSTER_DIED), (True, 61.0, worker.EXIT_STANDS_STILL)],
)
def test_a_dead_or_silent_cluster_ends_the_worker(
    idle: Worker, monkeypatch: pytest.MonkeyPatch, alive: bool, beat_age_s: float, status: int
) -> None:
    idle.cluster.sentinel.is_alive = lambda: alive
    monkeypatch.setattr(shared_flags, "get_beat_age_s", lambda: beat_age_s)

    assert idle._watch() == status


def test_the_flags_are_seen_by_children_and_mean_nothing_outside_of_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_flags, "_page", None)
    shared_flags.ask_to_stop()
    assert not shared_flags.is_stopping()

    shared_flags.prepare()
    assert not shared_flags.is_stopping()
    assert shared_flags.get_beat_age_s() < 5
    shared_flags.ask_to_stop()

    assert shared_flags.is_stopping()
