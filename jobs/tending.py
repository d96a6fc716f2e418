"""What staff do with tasks that need tending, and why a task cannot be tended so. The admin calls it.

Each deed leaves who and why in the task's history. Where a deed changes the state, the claim's token goes up with it:
a worker that holds the task finds that it lost it, and its late answer is only noted (outcomes.adopt_late).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from jobs import lifecycle, outcomes, queue, turns
from jobs.claims import FREE, write
from jobs.models import END_STATES, State, Task, User
from jobs.operations import AssetLike
from jobs.repeats import ENDED_BADLY
from jobs.vendors import OPERATIONS

MARKED_FAILED, GIVEN_UP = "marked_failed", "given_up"
BY_STAFF = frozenset({MARKED_FAILED, GIVEN_UP})
RETRY_KEY = "retry-{pk}-{nonce}"
SENT_OPEN = (State.SUBMITTING, State.UNKNOWN, State.WAITING, State.RUNNING, State.SAVING)
AFRESH = {"error_what": "", "error_charged": "", "error_now": "", "error_code": "", "note": "", "attempts": 0}


@dataclass(frozen=True)
class Wish:
    """Who wants it and why. `nonce` is of the page that asked: the same page sent twice retries once."""

    actor: User
    reason: str
    nonce: str = ""


# --- Free: nothing is created by it -------------------------------------------------------------------------------


def find_recheck_obstacle(task: Task) -> str:
    """Return why there is nothing to ask about; empty where there is."""
    if task.is_open:
        is_asked = lifecycle.find_recheck(task) is not None
        return "" if is_asked else "It is being sent, or a person has to decide on its page first."
    if task.error_code in BY_STAFF and task.remote_id:
        return ""
    return "It has ended at its vendor; what it left there can be fetched again."


def recheck(task: Task, wish: Wish) -> bool:
    """Look after a task now. One that staff had ended here is followed again, as far as its vendor knows it."""
    if find_recheck_obstacle(task):
        return False
    if task.is_open:
        return lifecycle.recheck_task(task, actor=wish.actor, reason=wish.reason)
    return _reopen(task, f"Followed again: {wish.reason}", wish, step=queue.POLL)


def find_fetch_obstacle(task: Task) -> str:
    if task.state not in (State.SUCCEEDED, State.EXPIRED):
        return "Re-check is for it: its vendor has not finished it." if task.is_open else "Its vendor made no files."
    if not task.remote_id:
        return "It has no ID at its vendor."
    return f"It was deleted at {task.vendor_label}." if task.deleted_at_vendor_at else ""


def fetch_files(task: Task, wish: Wish) -> bool:
    """Ask the vendor once more for a task's files; what is saved stays, whatever comes of it."""
    if find_fetch_obstacle(task):
        return False
    if task.state == State.EXPIRED:
        return _reopen(task, f"Its files are asked for again: {wish.reason}", wish, step=queue.SAVE)
    now = timezone.now()
    with transaction.atomic():
        if not write(task, next_at=now):
            return False
        task.add_note(f"Its files are fetched again: {wish.reason}"[:500], actor=wish.actor)
        queue.send(queue.FETCH, task.pk)
    return True


def _reopen(task: Task, text: str, wish: Wish, *, step: str) -> bool:
    now = timezone.now()
    with transaction.atomic():
        is_open = task.reopen(
            text=text[:500],
            actor=wish.actor,
            next_at=now,
            hinted_at=now,
            dismissed_at=None,
            dismissed_by=None,
            **AFRESH,
            **FREE,
        )
        if is_open:
            queue.send(step, task.pk)
    return is_open


# --- Ends -----------------------------------------------------------------------------------------------------------


def find_cancel_obstacle(task: Task) -> str:
    if task.state == State.SUBMITTING:
        return "It is being sent at this moment."
    if task.state == State.SAVING:
        return f"{task.vendor_label} has finished it; its files are being saved."
    return "" if task.is_open else "It has ended."


def cancel(task: Task, wish: Wish) -> bool:
    """Give a task up here. One that is at its vendor goes on there: no vendor takes a task back."""
    if find_cancel_obstacle(task):
        return False
    if task.state in (State.QUEUED, State.UNKNOWN):
        return lifecycle.cancel_task(task, actor=wish.actor, reason=wish.reason)
    label = task.vendor_label
    return outcomes.end(
        task,
        State.CANCELED,
        what=f"Given up here while it ran at {label}. An administrator says: {wish.reason}",
        charged=Task.Charged.UNKNOWN,
        now_do=f"{label} may go on and charge it. An administrator can follow it again, for free.",
        code=GIVEN_UP,
        actor=wish.actor,
        token=task.token + 1,
    )


def find_failing_obstacle(task: Task) -> str:
    if task.state == State.QUEUED:
        return "It was not sent: cancel it."
    return "" if task.state in SENT_OPEN else "It has ended."


def mark_failed(task: Task, wish: Wish) -> bool:
    """End a task that stands still although it was sent; a worker that is at it loses it."""
    if find_failing_obstacle(task):
        return False
    is_charged = task.state == State.SAVING
    ended = outcomes.end(
        task,
        State.FAILED,
        what=f"Marked as failed by an administrator: {wish.reason}",
        charged=Task.Charged.YES if is_charged else Task.Charged.UNKNOWN,
        now_do=f"Start it again, or look into the {task.vendor_label} account for what became of it there.",
        code=MARKED_FAILED,
        actor=wish.actor,
        token=task.token + 1,
    )
    if ended:
        turns.note_place_free(task.vendor)
    return ended


# --- A new charge ---------------------------------------------------------------------------------------------------


def find_retry_obstacle(task: Task) -> str:
    """Return why a task is not started again as it was. `inputs` should be prefetched with their assets."""
    if task.state not in ENDED_BADLY:
        return "It is done." if task.state in END_STATES else "It has not ended."
    if task.operation not in OPERATIONS:
        return "Its operation is not offered any more."
    if task.project.trashed_at:
        return "Its project is in the trash."
    if any(item.asset.trashed_at for item in task.task_inputs.all()):
        return "A file of it is in the trash."
    return ""


def find_retried(tasks: Iterable[Task]) -> dict[int, int]:
    """Return by number of a task the newest one that a retry made of it and that has not ended badly."""
    pks = {str(task.pk) for task in tasks}
    made = Task.objects.filter(form_key__startswith="retry-").exclude(state__in=ENDED_BADLY)
    rows = [(str(key).split("-")[1], pk) for key, pk in made.order_by("pk").values_list("form_key", "pk")]
    return {int(first): pk for first, pk in rows if first in pks}


def retry(task: Task, wish: Wish) -> Task | None:
    """Start the same once more for the person who wanted it: a new task, and a new charge.

    None where it cannot be, or the same page asked for it before.
    """
    if find_retry_obstacle(task):
        return None
    key = RETRY_KEY.format(pk=task.pk, nonce=wish.nonce)
    assets: dict[str, AssetLike] = {item.field: item.asset for item in task.task_inputs.all()}
    with transaction.atomic():
        Task.objects.select_for_update(no_key=True).get(pk=task.pk)  # two clicks: one after the other
        if Task.objects.filter(form_key=key).exists():
            return None
        new = lifecycle.create_task(
            project=task.project,
            user=task.created_by,
            operation=task.spec,
            params=lifecycle.build_fresh_params(task),
            assets=assets,
            form_key=key,
        )
        new.add_note(f"Started again from task {task.pk}: {wish.reason}"[:500], actor=wish.actor)
        task.add_note(f"Started again as task {new.pk}: {wish.reason}"[:500], actor=wish.actor)
        Task.objects.filter(pk=task.pk, dismissed_at=None).update(dismissed_at=timezone.now(), dismissed_by=wish.actor)
    return new
