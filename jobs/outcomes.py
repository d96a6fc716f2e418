"""What a vendor's word makes of a task: one place for creates, polls and adoptions."""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError
from django.utils import timezone

from jobs import queue
from jobs.claims import FREE, write
from jobs.models import State, Task
from jobs.vendors.base import QUEUE_FULL, Status, Vendor, VendorError
from jobs.vendors.redaction import redact

STATES = {
    "waiting": State.WAITING,
    "running": State.RUNNING,
    "unheard": State.RUNNING,  # a word that we do not know is shown, and ends nothing
    "done": State.SAVING,
    "failed": State.FAILED,
    "canceled": State.CANCELED,
}
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
            attempts=0,
            next_at=timezone.now(),
            **FREE,
            **build_columns(status, vendor),
        )
    except IntegrityError as error:
        raise TakenByAnother from error
    return moved and (status.state in ("waiting", "running", "unheard") or apply_status(task, status, vendor))


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
    if task.state == State.UNKNOWN:
        if target in (State.WAITING, State.RUNNING) and is_overdue(task, now=timezone.now()):
            return _write_changed(task, columns)
        if not task.move(State.RUNNING, text=f"Found at {vendor.label}.", note=""):
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
        wake_waiting(task.vendor)
    return moved


def wake_waiting(vendor: str) -> None:
    """Let the first task that waits for a place in its vendor's queue try again, since one has become free."""
    waiting = Task.objects.filter(state=State.QUEUED, vendor=vendor, error_code=QUEUE_FULL)
    pk = waiting.order_by("created_at", "pk").values_list("pk", flat=True).first()
    now = timezone.now()
    if pk is not None and waiting.filter(pk=pk).update(next_at=now, hinted_at=now):
        queue.send(queue.SUBMIT, pk)


def find_full_queue(task: Task) -> datetime | None:
    """Return until when an earlier task waits for a place in the vendor's queue; this one would not get one either."""
    earlier = Task.objects.filter(
        state=State.QUEUED,
        vendor=task.vendor,
        error_code=QUEUE_FULL,
        created_at__lt=task.created_at,
        next_at__gt=timezone.now(),
    )
    return earlier.order_by("next_at").values_list("next_at", flat=True).first()


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
        wake_waiting(task.vendor)
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
    return task.move(State.UNKNOWN, text="No end after 24 hours.", note=PENDING_DEADLINE, **FREE)
