"""What a vendor's word makes of a task: one place for creates, polls and adoptions."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from jobs import queue, turns
from jobs.claims import FREE, write
from jobs.models import State, Task
from jobs.vendors.base import Status, Vendor, VendorError
from jobs.vendors.redaction import redact

logger = logging.getLogger(__name__)

STATES = {
    "waiting": State.WAITING,
    "running": State.RUNNING,
    "unheard": State.RUNNING,  # a word that we do not know is shown, and ends nothing
    "done": State.SAVING,
    "failed": State.FAILED,
    "canceled": State.CANCELED,
}
OVERDUE = "overdue"
DEADLINE = timedelta(hours=24)
TEXT_MAX_LENGTH = 500
PENDING_DEADLINE = "The vendor has not finished this task in 24 hours. It is still looked at from time to time."


class TakenByAnother(Exception):
    """The vendor's ID belongs to another task of ours: it took the request for a repetition of that one."""


def adopt(task: Task, status: Status, vendor: Vendor, *, text: str) -> bool:
    """Write down the vendor's ID and word, after a create or when the task was found again.

    :raises TakenByAnother: when another task has this ID
    """
    first = status.state if status.state == "waiting" else "running"
    if status.cost_credits is not None:
        task.quoted_credits = status.cost_credits
    try:
        moved = task.move(
            STATES[first],
            text=text,
            data={"remote_id": status.remote_id},
            remote_id=status.remote_id,
            quoted_credits=task.quoted_credits,
            note="",
            error_code="",
            attempts=0,
            next_at=timezone.now(),
            **FREE,
            **build_columns(status, vendor),
        )
    except IntegrityError as error:
        raise TakenByAnother from error
    return moved and (status.state in ("waiting", "running", "unheard") or apply_status(task, status, vendor))


def adopt_late(task: Task, status: Status, vendor: Vendor) -> bool:
    """Take an answer that came when the task was not held any more: it is still the answer to its create.

    Where the task has gone another way since (sent again, given up), the history names the task at the vendor.

    :raises TakenByAnother: when another task has this ID
    """
    row = Task.objects.filter(pk=task.pk).first()
    if row is None or row.remote_id == status.remote_id:
        return False
    is_same_create = row.remote_id is None and row.sent_at == task.sent_at
    if is_same_create and row.state in (State.UNKNOWN, State.QUEUED):
        with transaction.atomic():
            is_held = row.state == State.UNKNOWN or row.move(State.SUBMITTING, token=row.token + 1)
            if is_held and adopt(row, status, vendor, text=f"{vendor.label} took the task; its answer came late."):
                return True
    logger.warning("task %s: %s took a create that was settled before, as %s", row.pk, vendor.key, status.remote_id)
    what = f"{vendor.label} answered late: it took an earlier request of this task too, as {status.remote_id}."
    row.add_note(f"{what} It may be charged: look at it there."[:TEXT_MAX_LENGTH])
    return False


def build_columns(status: Status, vendor: Vendor) -> dict[str, Any]:
    """Return the columns that mirror the vendor's answer."""
    return {
        "vendor_word": status.word,
        "progress_percent": status.progress_percent,
        "queue_position": status.queue_position,
        "wait_s": status.wait_s,
        "answer": redact(dict(status.raw), vendor.connection),
    }


def apply_status(task: Task, status: Status, vendor: Vendor) -> bool:
    """Make the row say what the vendor says; write only what changed. False when somebody else changed it first."""
    columns = build_columns(status, vendor)
    target = STATES[status.state]
    if status.cost_credits and target in (State.WAITING, State.RUNNING):
        columns["quoted_credits"] = status.cost_credits  # some vendors tell it after the create alone
    if task.state == State.UNKNOWN:
        if target in (State.WAITING, State.RUNNING) and is_overdue(task, now=timezone.now()):
            return _write_changed(task, columns)
        if not task.move(State.RUNNING, text=f"Found at {vendor.label}.", note="", error_code=""):
            return False
    if target == task.state:
        return _write_changed(task, {**columns, **({"note": ""} if task.note else {})})
    if target == State.SAVING:
        return _start_saving(task, status, columns)
    if target == State.FAILED:
        return _fail(task, status, columns)
    if target == State.CANCELED:
        return _cancel(task, status, columns)
    return task.move(target, text=status.word, note="", **columns)


def apply_progress(task: Task, status: Status) -> bool:
    """Write down what a stream's short message says: it moves a task on, and ends none."""
    if status.state not in ("waiting", "running", "unheard"):
        return True
    values: dict[str, Any] = {"vendor_word": status.word, "progress_percent": status.progress_percent}
    if STATES[status.state] == task.state:
        return _write_changed(task, values)
    return task.move(STATES[status.state], text=status.word, note="", **values)


def _write_changed(task: Task, columns: dict[str, Any]) -> bool:
    changed = {name: value for name, value in columns.items() if getattr(task, name) != value}
    return write(task, **changed) if changed else True


def _start_saving(task: Task, status: Status, columns: dict[str, Any]) -> bool:
    price = status.cost_credits if status.cost_credits is not None else task.quoted_credits
    now = timezone.now()
    moved = task.move(
        State.SAVING, text=status.word, note="", charged_credits=price, next_at=now, hinted_at=now, **columns
    )
    if moved:
        queue.send(queue.SAVE, task.pk)
        turns.note_place_free(task.vendor)
    return moved


def _fail(task: Task, status: Status, columns: dict[str, Any]) -> bool:
    return end(
        task,
        State.FAILED,
        what=status.error_message or "The vendor could not finish the task.",
        charged=status.charged,
        now_do=status.error_suggestion or "You can start it again.",
        code=status.error_code,
        **columns,
    )


def _cancel(task: Task, status: Status, columns: dict[str, Any]) -> bool:
    return end(
        task,
        State.CANCELED,
        what=status.error_message or "The vendor canceled the task.",
        charged=status.charged,
        now_do=status.error_suggestion or "You can start it again.",
        code=status.error_code,
        **columns,
    )


def end(task: Task, to: str, *, what: str, charged: str, now_do: str, code: str = "", **columns: Any) -> bool:
    """End a task that did not succeed: what happened, was it charged, what to do now."""
    was_at_vendor = task.state in (State.WAITING, State.RUNNING)
    ended = task.move(
        to,
        text=what[:TEXT_MAX_LENGTH],
        note="",
        error_what=what[:TEXT_MAX_LENGTH],
        error_charged=charged,
        error_now=now_do[:TEXT_MAX_LENGTH],
        error_code=code[:60],
        **FREE,
        **columns,
    )
    if ended and was_at_vendor:
        turns.note_place_free(task.vendor)
    return ended


def refuse(task: Task, error: VendorError) -> bool:
    """End a task whose create the vendor surely refused; its words are kept for the page."""
    said = {} if error.answer is None else {"answer": error.answer}
    return end(
        task,
        State.FAILED,
        what=error.message,
        charged=Task.Charged.NO,
        now_do=error.suggestion or "Check the values, then start it again.",
        code=error.code,
        **said,
    )


def is_overdue(task: Task, *, now: datetime) -> bool:
    """Return whether the vendor has had its time."""
    return now - (task.sent_at or task.created_at) > DEADLINE


def give_up_waiting(task: Task) -> bool:
    """Move a task past its deadline to `unknown`; it is asked about more rarely from then on."""
    moved = task.move(State.UNKNOWN, text="No end after 24 hours.", note=PENDING_DEADLINE, error_code=OVERDUE, **FREE)
    if moved:
        turns.note_place_free(task.vendor)
    return moved
