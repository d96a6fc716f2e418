"""What the database itself refuses."""

import pytest
from django.db import IntegrityError, transaction

from jobs.models import END_STATES, OPEN_STATES, IllegalMove, Membership, State, Task, TaskEvent
from tests.factories import AssetFactory, MembershipFactory, TaskFactory, TaskInputFactory, VendorFileFactory

pytestmark = pytest.mark.django_db

PAIRS = [(before, after) for before in State for after in State]
# The life of a task as it was designed and as jobs/lifecycle.py draws it, said once more: a slip in one shows here.
ALLOWED = {
    "queued": {"submitting", "canceled"},
    "submitting": {"queued", "waiting", "running", "failed", "unknown"},
    "unknown": {"waiting", "running", "queued", "canceled", "failed"},
    "waiting": {"running", "saving", "failed", "canceled", "unknown"},
    "running": {"waiting", "saving", "failed", "canceled", "unknown"},
    "saving": {"succeeded", "running", "expired", "failed"},
    "succeeded": set(),
    "failed": set(),
    "canceled": set(),
    "expired": set(),
}


@pytest.mark.parametrize(
    "make",
    [
        lambda: TaskFactory(state="dreaming"),
        lambda: TaskFactory(progress_percent=101),
        lambda: TaskFactory(state=State.RUNNING, remote_id=None),
        lambda: AssetFactory(size_bytes=0),
        lambda: AssetFactory(kind="sound"),
        lambda: MembershipFactory(role="king"),
    ],
    ids=["state", "progress", "running-without-id", "empty-file", "kind", "role"],
)
def test_a_row_that_cannot_be_is_refused(make) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def test_two_tasks_cannot_be_one_at_the_vendor() -> None:
    TaskFactory(state=State.RUNNING, remote_id="r1")

    with pytest.raises(IntegrityError), transaction.atomic():
        TaskFactory(state=State.RUNNING, remote_id="r1")


@pytest.mark.parametrize("field", ["order_id", "form_key"])
def test_a_key_belongs_to_one_task(field: str) -> None:
    TaskFactory(**{field: "same"})

    with pytest.raises(IntegrityError), transaction.atomic():
        TaskFactory(**{field: "same"})


def test_an_output_becomes_one_asset() -> None:
    task = TaskFactory()
    AssetFactory(task=task, output_key="main")

    with pytest.raises(IntegrityError), transaction.atomic():
        AssetFactory(task=task, output_key="main")


def test_a_person_is_a_member_once() -> None:
    membership = MembershipFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(project=membership.project, user=membership.user)


def test_a_file_has_one_copy_per_account() -> None:
    copy = VendorFileFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        VendorFileFactory(asset=copy.asset)


def test_a_field_takes_one_file() -> None:
    given = TaskInputFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        TaskInputFactory(task=given.task)


def make_task(state: str) -> Task:
    return TaskFactory(state=state, remote_id="r1")


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=[f"{a}-{b}" for a, b in PAIRS])
def test_a_task_moves_only_as_its_life_allows(before: str, after: str) -> None:
    task = make_task(before)

    if after in ALLOWED[before]:
        assert task.move(after, text="because")
        assert [(event.state, event.text) for event in task.events.all()] == [(after, "because")]
    else:
        with pytest.raises(IllegalMove):
            task.move(after)
        assert not task.events.exists()
    stored = Task.objects.get(pk=task.pk)
    assert stored.state == task.state


def test_the_states_are_those_of_the_design() -> None:
    assert {str(state) for state in State} == set(ALLOWED)
    assert {str(state) for state in END_STATES} == {state for state, after in ALLOWED.items() if not after}
    assert {str(state) for state in OPEN_STATES} == {state for state, after in ALLOWED.items() if after}


@pytest.mark.parametrize(("before", "after"), [("failed", "running"), ("canceled", "running"), ("expired", "saving")])
def test_an_ended_task_is_opened_again_and_old_claims_lose_it(before: str, after: str) -> None:
    task = make_task(before)

    assert task.reopen(text="it was a mistake", actor=None)

    stored = Task.objects.get(pk=task.pk)
    assert (stored.state, stored.token) == (after, 1)
    assert [(event.state, event.text) for event in task.events.all()] == [(after, "it was a mistake")]


@pytest.mark.parametrize("state", [*OPEN_STATES, State.SUCCEEDED])
def test_what_has_not_ended_badly_is_not_opened_again(state: str) -> None:
    with pytest.raises(IllegalMove):
        make_task(state).reopen(text="", actor=None)


def test_a_move_from_what_was_read_long_ago_writes_nothing() -> None:
    task = make_task(State.RUNNING)
    stale = Task.objects.get(pk=task.pk)
    task.move(State.SAVING)

    assert not stale.move(State.FAILED, error_what="late")
    task.refresh_from_db()
    assert task.state == State.SAVING
    assert task.error_what == ""
    assert TaskEvent.objects.filter(task=task).count() == 1


def test_a_move_under_another_claim_writes_nothing() -> None:
    task = make_task(State.RUNNING)
    stale = Task.objects.get(pk=task.pk)
    Task.objects.filter(pk=task.pk).update(token=1)

    assert not stale.move(State.SAVING)
    assert not task.events.exists()


def test_moments_tell_when_each_state_was_reached_last() -> None:
    task = make_task(State.QUEUED)
    task.move(State.SUBMITTING)
    task.move(State.QUEUED)
    task.move(State.SUBMITTING)

    moments = task.get_moments()

    assert set(moments) == {"queued", "submitting"}
    assert moments["submitting"] > moments["queued"]
