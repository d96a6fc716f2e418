"""What staff do with tasks: nothing is asked twice, a worker that is at it loses, and the history says who and why."""

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs import claims, lifecycle, outcomes, refetching, tending
from jobs.models import Project, State, Task, User
from jobs.tending import Wish
from jobs.vendors import get_vendor
from jobs.vendors.base import Status
from tests.factories import AssetFactory, TaskFactory, TaskInputFactory
from tests.integration.jobs.test_jobs_sweep import get_hints
from tests.integration.jobs.trip import follow, run_to_saving, start_task
from tests.sandbox_process import SandboxProcess
from tests.stored import get_path

pytestmark = pytest.mark.django_db


@pytest.fixture
def wish(staff: User) -> Wish:
    return Wish(staff, "The vendor was down.", nonce="n1")


def list_history(task: Task) -> list[tuple[str, str]]:
    return [(str(event.actor or ""), event.text) for event in task.events.all()]


@pytest.mark.parametrize("state", tending.SENT_OPEN)
def test_what_was_sent_is_marked_failed_and_the_worker_at_it_loses(state: State, wish: Wish) -> None:
    task = TaskFactory(state=state, remote_id="r1", lease_until=timezone.now() + timedelta(hours=1), owner="worker")
    worker = Task.objects.get(pk=task.pk)

    assert tending.mark_failed(task, wish)

    row = Task.objects.get(pk=task.pk)
    assert not claims.renew(worker, lease_s=60)
    assert not claims.write(worker, note="late")
    assert (row.state, row.error_code, row.lease_until, row.token) == (State.FAILED, "marked_failed", None, 1)
    assert row.error_charged == ("yes" if state == State.SAVING else "unknown")
    assert list_history(row) == [("staff", "Marked as failed by an administrator: The vendor was down.")]


def test_an_answer_to_a_create_that_was_marked_failed_is_only_noted(wish: Wish, monkeypatch) -> None:
    task = TaskFactory(state=State.SUBMITTING, sent_at=timezone.now())
    worker = Task.objects.get(pk=task.pk)
    tending.mark_failed(task, wish)
    status = Status(remote_id="r9", state="waiting", word="PENDING", raw={})

    with get_vendor(task.vendor) as vendor:
        assert not outcomes.adopt(worker, status, vendor, text="taken")
        assert not outcomes.adopt_late(worker, status, vendor)

    row = Task.objects.get(pk=task.pk)
    assert (row.state, row.remote_id) == (State.FAILED, None)
    assert "as r9" in list_history(row)[-1][1]


@pytest.mark.parametrize(
    ("state", "words", "charged"),
    [
        (State.QUEUED, "Canceled before it was sent.", "no"),
        (State.UNKNOWN, "Given up while it was not known", "unknown"),
        (State.RUNNING, "Given up here while it ran at Triverse.", "unknown"),
    ],
)
def test_a_task_is_canceled_here_in_honest_words(state: State, words: str, charged: str, wish: Wish) -> None:
    task = TaskFactory(state=state)

    assert tending.cancel(task, wish)

    row = Task.objects.get(pk=task.pk)
    assert (row.state, row.error_charged) == (State.CANCELED, charged)
    assert row.error_what.startswith(words)
    assert "The vendor was down." in row.error_what
    assert list_history(row)[-1][0] == "staff"


@pytest.mark.parametrize(
    ("deed", "states"),
    [
        (tending.cancel, [State.SUBMITTING, State.SAVING, State.SUCCEEDED, State.FAILED]),
        (tending.mark_failed, [State.QUEUED, State.SUCCEEDED, State.CANCELED, State.EXPIRED]),
        (tending.retry, [State.QUEUED, State.RUNNING, State.SUCCEEDED]),
        (tending.fetch_files, [State.RUNNING, State.FAILED, State.CANCELED]),
        (tending.recheck, [State.SUBMITTING, State.SUCCEEDED, State.FAILED, State.EXPIRED]),
    ],
)
def test_what_makes_no_sense_changes_nothing(deed, states: list[State], wish: Wish) -> None:
    for state in states:
        task = TaskFactory(state=state, remote_id=f"at-{state}")

        assert not deed(task, wish)

        assert Task.objects.get(pk=task.pk).state == state
        assert list_history(task) == []
    assert Task.objects.count() == len(states)


def test_what_staff_ended_here_is_followed_again_for_free(
    sandbox: SandboxProcess, project: Project, wish: Wish
) -> None:
    task = start_task(project)
    lifecycle.submit(task.pk)
    task.refresh_from_db()
    tending.cancel(task, wish)

    assert tending.recheck(Task.objects.get(pk=task.pk), wish)
    row = follow(Task.objects.get(pk=task.pk), until=State.SAVING)

    assert (row.error_what, row.error_code, row.order_id) == ("", "", task.order_id)


def test_an_expired_tasks_files_come_when_the_vendor_has_them_again(
    sandbox: SandboxProcess, project: Project, wish: Wish, django_capture_on_commit_callbacks
) -> None:
    task = run_to_saving(start_task(project))
    outcomes.end(task, State.EXPIRED, what="It gave none.", charged="yes", now_do="Ask.", dismissed_at=timezone.now())

    with django_capture_on_commit_callbacks(execute=True):
        assert tending.fetch_files(task, wish)
    lifecycle.save(task.pk)

    row = Task.objects.get(pk=task.pk)
    assert ("save", (task.pk,)) in get_hints()
    assert (row.state, row.error_what, row.dismissed_at) == (State.SUCCEEDED, "", None)
    assert row.outputs.count() == 1


def test_a_finished_tasks_lost_and_missing_files_come_again_and_it_stays_done(
    sandbox: SandboxProcess, project: Project, wish: Wish, django_capture_on_commit_callbacks
) -> None:
    done = run_to_saving(start_task(project))
    lifecycle.save(done.pk)
    done.refresh_from_db()
    output = done.outputs.get()
    get_path(output.sha256).unlink()

    with django_capture_on_commit_callbacks(execute=True):
        assert tending.fetch_files(done, wish)
    lifecycle.fetch(done.pk)
    lifecycle.fetch(done.pk)

    row = Task.objects.get(pk=done.pk)
    assert ("fetch", (done.pk,)) in get_hints()
    assert (row.state, row.lease_until) == (State.SUCCEEDED, None)
    assert not refetching.is_lost(output)
    assert [text for _, text in list_history(row)][-3:] == [
        "Its files are fetched again: The vendor was down.",
        "1 file came again.",
        "Nothing is missing: every file that Triverse has of it is here.",
    ]


def test_a_vendor_that_cannot_be_asked_for_files_changes_nothing(settings, wish: Wish) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:9"  # nobody listens
    task = TaskFactory(state=State.SUCCEEDED)

    lifecycle.fetch(task.pk)

    row = Task.objects.get(pk=task.pk)
    assert (row.state, row.lease_until) == (State.SUCCEEDED, None)
    assert refetching.AS_IT_IS in list_history(row)[-1][1]


@pytest.fixture
def failed(project: Project, editor: User) -> Task:
    task = TaskFactory(
        project=project,
        created_by=editor,
        state=State.FAILED,
        params={"target_face_count": 5000, "client_order_id": "mine"},
    )
    TaskInputFactory(task=task, asset=AssetFactory(project=project))
    return task


def test_a_retry_is_a_new_task_of_the_same_person_and_two_clicks_are_one(failed: Task, wish: Wish) -> None:
    new = tending.retry(failed, wish)
    again = tending.retry(failed, wish)

    assert new is not None
    assert again is None
    assert Task.objects.count() == 2
    assert (new.created_by, new.state, new.params) == (failed.created_by, State.QUEUED, {"target_face_count": 5000})
    assert [item.asset for item in new.task_inputs.all()] == [item.asset for item in failed.task_inputs.all()]
    assert list_history(new)[-1] == ("staff", f"Started again from task {failed.pk}: The vendor was down.")
    assert list_history(failed) == [("staff", f"Started again as task {new.pk}: The vendor was down.")]
    assert tending.find_retried([failed]) == {failed.pk: new.pk}
    failed.refresh_from_db()
    assert (failed.state, failed.dismissed_by) == (State.FAILED, wish.actor)


@pytest.mark.parametrize("what", ["project", "file", "operation"])
def test_what_is_gone_is_not_started_again(what: str, failed: Task, wish: Wish) -> None:
    if what == "project":
        failed.project.trashed_at = timezone.now()
    elif what == "file":
        AssetFactory._meta.model.objects.update(trashed_at=timezone.now())
    else:
        failed.operation = "triverse.forgotten"

    assert tending.find_retry_obstacle(failed) != ""
    assert tending.retry(failed, wish) is None
    assert Task.objects.count() == 1
