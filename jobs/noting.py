"""Writes down what the vendors said, many tasks at a time: one short transaction for a batch, each row by a condition.

Progress is written now and then, without reading a row. What moves a task on, or a person should read, goes through
jobs/outcomes.py, each task in a savepoint of its own.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from jobs import outcomes, queue, turns
from jobs.claims import compute_delay_s, format_moment, write
from jobs.followed import AT_VENDOR, Followed
from jobs.models import State, Task
from jobs.pacing import SHORTEST_S
from jobs.vendors.base import Vendor, VendorError

logger = logging.getLogger(__name__)

MOVES_AT_ONCE = 24  # a batch takes a few tens of milliseconds, in which nobody else can write to SQLite
ROWS_AT_ONCE = 400
PROGRESS_EVERY_S, PROGRESS_SELDOM_S = 1.0, 10.0
ROWS_PER_S = 200  # of progress, roughly: so many tasks more, so much more rarely is each one's written
LONGEST_AFTER_FAILURE_S = 60.0
FAILURES_TO_TELL = 3
READ_AFTER_WRITE_S = 60.0  # so long a vendor may not see its own new task
MISSING_TIMES = 5
MISSING_EVERY_S = 5.0
LONG_COLUMNS = ("params", "request", "answer", "result_text")  # an end is written without a look at them
PROGRESS_SQL = (
    "UPDATE jobs_task SET vendor_word = %s, progress_percent = %s, queue_position = %s, wait_s = %s, channel = %s "
    "WHERE id = %s AND state = %s AND token = %s"
)


def compute_pause_s(tasks: int) -> float:
    """Return how long to leave a task's progress unwritten, with so many in flight."""
    return min(max(tasks / ROWS_PER_S, PROGRESS_EVERY_S), PROGRESS_SELDOM_S)


def write_progress(followed: Iterable[Followed], *, now: float) -> None:
    """Write down what the vendor said last of each; where a row has moved on, nothing happens."""
    tasks = list(followed)
    for start in range(0, len(tasks), ROWS_AT_ONCE):
        part = tasks[start : start + ROWS_AT_ONCE]
        rows = [(*task.latest, task.channel, task.pk, task.state, task.token) for task in part]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(PROGRESS_SQL, rows)
        for task in part:
            task.shown, task.written_at = task.latest, now


def apply_all(pks: list[int], apply: Callable[[Task], None]) -> dict[int, Task | None]:
    """Let `apply` change these tasks, read anew, a batch in one transaction.

    Return them by number as they are now: None for those that are at no vendor. Those whose change failed are left out.
    """
    done: dict[int, Task | None] = {}
    for start in range(0, len(pks), MOVES_AT_ONCE):
        part = pks[start : start + MOVES_AT_ONCE]
        rows = _read_rows(part)
        done |= dict.fromkeys(pk for pk in part if pk not in rows)
        try:
            with queue.gather(), turns.gather(), transaction.atomic():
                changed = {pk: row for pk, row in rows.items() if _apply_one(row, apply)}
        except DatabaseError:
            logger.warning("a batch of %s answers is written one by one", len(rows), exc_info=True)
            again = _read_rows(list(rows))
            changed = {pk: row for pk, row in again.items() if _apply_one(row, apply)}
        done |= changed
    return done


def _read_rows(pks: list[int]) -> dict[int, Task]:
    return Task.objects.filter(AT_VENDOR, pk__in=pks).defer(*LONG_COLUMNS).in_bulk()


def _apply_one(task: Task, apply: Callable[[Task], None]) -> bool:
    """Return False, with nothing written, where it failed: one task's trouble must not stop the others."""
    try:
        with transaction.atomic():
            apply(task)
    except DatabaseError:
        if connection.in_atomic_block:
            raise
        logger.exception("the answer for task %s could not be written", task.pk)
        return False
    except Exception:
        logger.exception("the answer for task %s could not be used", task.pk)
        return False
    return True


def compute_retry_s(error: VendorError, *, failures: int, sent_ago_s: float) -> float:
    """Return when to ask again after a request that failed."""
    if error.is_gone:
        return SHORTEST_S if sent_ago_s < READ_AFTER_WRITE_S else MISSING_EVERY_S
    return min(compute_delay_s(failures, retry_after_s=error.retry_after_s), LONGEST_AFTER_FAILURE_S)


def is_worth_telling(error: VendorError, *, failures: int) -> bool:
    """Return whether a person should hear of it by now."""
    return failures >= (MISSING_TIMES if error.is_gone else FAILURES_TO_TELL)


def note_failure(task: Task, error: VendorError, vendor: Vendor, *, wait_s: float) -> None:
    """Say on the task's page that its vendor cannot be asked, which lasts; or that it does not know the task."""
    now = timezone.now()
    if error.is_gone:
        is_new = (now - (task.sent_at or now)).total_seconds() < READ_AFTER_WRITE_S
        if not is_new and task.state != State.UNKNOWN:
            what = f"{vendor.label} does not know this task any more."
            task.move(
                State.UNKNOWN, text=what, error_code="", note=f"{what} It is still asked about from time to time."
            )
        return
    again = format_moment(now + timedelta(seconds=wait_s))
    note = f"{error.message} The task goes on there; it is asked about again at {again}."[:300]
    if task.note != note:
        write(task, note=note)


def give_up_if_overdue(task: Task) -> None:
    if task.state in (State.WAITING, State.RUNNING) and outcomes.is_overdue(task, now=timezone.now()):
        outcomes.give_up_waiting(task)
