"""The sweep takes up what stands still, one at a time, and polls neither too often nor too rarely."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ
from django_q.signing import SignedPackage
from pytest_django import Settings

from jobs import leases, lifecycle, noting, owners, pacing, polling, queue, sweep
from jobs.claims import claim, compute_delay_s, write
from jobs.models import Asset, Lease, State, Task
from jobs.vendors.base import Status
from tests.factories import AssetFactory, ImageFactory, TaskFactory
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db

DEAD = f"{owners.PLACE}:999999999:1.00"
ELSEWHERE = "another-machine:0:0:1:1.00"


def get_hints() -> list[tuple[str, tuple]]:
    packages = [SignedPackage.loads(row.payload) for row in OrmQ.objects.order_by("pk")]
    return [(package["func"].rpartition(".")[2], package["args"]) for package in packages]


def leave(state: str, *, owner: str, **columns: object) -> Task:
    """Make a task as a worker leaves it that ended in the middle."""
    until = timezone.now() + timedelta(minutes=10)
    return TaskFactory(state=state, owner=owner, lease_until=until, token=3, **columns)


def test_a_task_whose_worker_died_before_sending_is_queued_again() -> None:
    task = leave(State.SUBMITTING, owner=DEAD)

    sweep.tend(now=timezone.now())

    task.refresh_from_db()
    assert (task.state, task.owner, task.lease_until) == (State.QUEUED, "", None)
    assert get_hints() == [("submit", (task.pk,))]


def test_a_task_whose_worker_died_after_sending_is_in_doubt() -> None:
    task = leave(State.SUBMITTING, owner=DEAD, sent_at=timezone.now())

    sweep.tend(now=timezone.now())

    task.refresh_from_db()
    assert task.state == State.UNKNOWN
    assert "found out" in task.note
    assert get_hints() == [("submit", (task.pk,))]


@pytest.mark.parametrize("owner", [ELSEWHERE, owners.get_owner()], ids=["another-machine", "alive"])
def test_a_holder_who_may_be_alive_keeps_the_task(owner: str) -> None:
    task = leave(State.SUBMITTING, owner=owner)

    sweep.tend(now=timezone.now())

    task.refresh_from_db()
    assert task.state == State.SUBMITTING
    assert get_hints() == []


def test_a_lease_that_ran_out_frees_the_task_of_any_holder() -> None:
    task = leave(State.SUBMITTING, owner=ELSEWHERE)

    sweep.tend(now=timezone.now() + timedelta(minutes=11))

    task.refresh_from_db()
    assert task.state == State.QUEUED


@pytest.mark.parametrize(
    ("state", "step"), [(State.QUEUED, "submit"), (State.UNKNOWN, "submit"), (State.SAVING, "save")]
)
def test_a_forgotten_task_is_hinted_at_again_but_not_each_second(state: str, step: str) -> None:
    task = TaskFactory(state=state)
    now = timezone.now()

    sweep.tend(now=now)
    sweep.tend(now=now + timedelta(seconds=1))
    assert get_hints() == [(step, (task.pk,))]
    sweep.tend(now=now + timedelta(seconds=6))

    assert len(get_hints()) == 2


def test_a_queue_that_is_behind_is_not_filled_with_repetitions() -> None:
    for _ in range(sweep.HINTS_AT_ONCE):
        queue.send_now(queue.PREVIEW, 1)
    TaskFactory.create_batch(sweep.HINTS_LEAST + 3, state=State.QUEUED, hinted_at=None)

    sweep.tend(now=timezone.now() + timedelta(seconds=1))

    assert [step for step, _ in get_hints()].count("submit") == sweep.HINTS_LEAST


def test_a_task_that_was_put_off_is_left_alone() -> None:
    TaskFactory(next_at=timezone.now() + timedelta(minutes=1))

    sweep.tend(now=timezone.now())

    assert get_hints() == []


def test_ended_tasks_and_tasks_at_the_vendor_get_no_hint() -> None:
    for state in State:
        if state not in (State.QUEUED, State.UNKNOWN, State.SAVING):
            leave(state, owner=owners.get_owner())

    sweep.tend(now=timezone.now())

    assert get_hints() == []


def test_one_sweep_at_a_time() -> None:
    assert leases.take(sweep.LEASE, seconds=8)
    before = Lease.objects.get(name=sweep.LEASE).beat_at

    lifecycle.sweep()

    assert Lease.objects.get(name=sweep.LEASE).beat_at == before
    assert get_hints() == []


def test_a_sweep_starts_its_successor_and_frees_its_place() -> None:
    sweep.sweep(life_s=0.3)

    assert get_hints() == [("sweep", ())]
    assert leases.is_free(sweep.LEASE, now=timezone.now())


@pytest.mark.parametrize(("owner", "hinted"), [("", True), (DEAD, True), (ELSEWHERE, False)])
def test_a_dead_sweep_is_put_back_at_once(owner: str, hinted: bool) -> None:
    until = timezone.now() + timedelta(seconds=8)
    Lease.objects.create(name=sweep.LEASE, owner=owner, until=until)

    sweep.ensure_sweep()
    sweep.ensure_sweep()

    assert get_hints() == ([("sweep", ())] if hinted else [])


def test_a_lease_is_taken_over_when_it_ran_out() -> None:
    Lease.objects.create(name="thing", owner=ELSEWHERE, until=timezone.now() - timedelta(seconds=1))

    assert leases.take("thing", seconds=5)
    assert leases.renew("thing", seconds=5)
    assert not leases.take("thing", seconds=5)
    leases.release("thing")
    assert leases.is_free("thing", now=timezone.now())


def test_a_claim_shuts_out_the_one_before() -> None:
    task = TaskFactory(state=State.SAVING)
    first = claim(task.pk, state=State.SAVING, lease_s=60)
    assert first is not None
    assert claim(task.pk, state=State.SAVING, lease_s=60) is None
    Task.objects.filter(pk=task.pk).update(owner=DEAD)

    second = claim(task.pk, state=State.SAVING, lease_s=60)

    assert second is not None
    assert second.token == first.token + 1
    assert not write(first, note="late")
    assert not first.move(State.SUCCEEDED)
    assert write(second, note="mine")


def test_previews_that_stand_still_are_hinted_at() -> None:
    old = timezone.now() - timedelta(minutes=1)
    picture = ImageFactory(preview_next_at=old)
    models = [AssetFactory(preview_next_at=old) for _ in range(2)]
    AssetFactory(preview=Asset.Preview.READY, preview_next_at=old)
    AssetFactory()  # its own hint is on the way

    sweep.hint_previews(now=timezone.now())

    assert get_hints() == [("preview", (picture.pk,)), ("preview", (models[0].pk,))]


def test_the_wait_after_failures_doubles_to_five_minutes_and_honours_the_vendor() -> None:
    for attempts, seconds in [(1, 2), (2, 4), (5, 32), (8, 256), (9, 300), (500, 300)]:
        assert seconds * 0.8 <= compute_delay_s(attempts) <= seconds * 1.2
    assert compute_delay_s(1, retry_after_s=90) >= 90


def test_a_task_past_its_deadline_is_in_doubt() -> None:
    task = TaskFactory(state=State.RUNNING, sent_at=timezone.now() - timedelta(hours=25))

    noting.give_up_if_overdue(task)

    task.refresh_from_db()
    assert task.state == State.UNKNOWN
    assert "24 hours" in task.note


@pytest.mark.parametrize("text", ["", "nonsense", "a:b:c", f"{owners.PLACE}:x:1", ELSEWHERE])
def test_of_an_unknown_owner_nothing_is_said(text: str) -> None:
    assert not owners.is_dead(text)


def test_a_number_that_was_given_again_is_another_process() -> None:
    mine = owners.get_owner()
    place, _, started = mine.rpartition(":")

    assert not owners.is_dead(mine)
    assert owners.is_dead(f"{place}:{float(started) - 100:.2f}")


class CountingVendor:
    """Says of every task that it runs, and counts how often it was asked."""

    key = "triverse"
    label = "Vendor"
    connection = None
    polls_per_s = 20.0
    lists = streams = False

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    def poll(self, remote_id: str) -> Status:
        self.asked[remote_id] += 1
        return Status(remote_id=remote_id, state="running", word="RUNNING", raw={})

    def close(self) -> None:
        pass


def test_under_a_limit_every_task_has_its_turn(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    vendor = CountingVendor()
    settings.POLLS_PER_S = {vendor.key: 60.0}
    monkeypatch.setattr(polling, "get_vendor", lambda name: vendor)
    monkeypatch.setattr(pacing, "SHORTEST_S", 0.0)
    tasks = [TaskFactory(state=State.RUNNING, sent_at=timezone.now()) for _ in range(12)]
    poller = polling.Poller()

    def is_enough() -> bool:
        poller.tick(wait_s=0.01)
        return vendor.asked.total() >= 3 * len(tasks)

    wait_until(is_enough, within_s=20, every_s=0.001)
    poller.close()

    assert set(vendor.asked) == {task.remote_id for task in tasks}
    assert max(vendor.asked.values()) - min(vendor.asked.values()) <= 2
