"""Tasks that wait because their vendor must not be asked now: put off together, and woken together when it is over."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from jobs.claims import FREE, NOTE_MAX_LENGTH, format_moment
from jobs.models import State, Task, TaskEvent

HELD = "vendor_held"  # the error_code of a queued task that others wake
LOOK_AGAIN = timedelta(minutes=5)  # where nobody knows for how long; they are woken sooner
AT_ONCE = 500  # rows of one statement
JUST_HINTED = timedelta(seconds=5)


def put_off_all(task: Task, reason: str, *, until: datetime | None) -> None:
    """Put off this task, and with it all that stand where it stands and are due: one look serves them all.

    No try is counted. The history gets one line when the waiting begins, however often it is prolonged. What a person
    should know of a task in doubt is not overwritten. Those that a worker was just told of look by themselves: one of
    them may be about to probe the vendor.
    """
    now = timezone.now()
    values = {"next_at": until or now + LOOK_AGAIN, "hinted_at": None, **build_words(task.state, reason, until)}
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    alone = Q(pk=task.pk) | Q(hinted_at=None) | Q(hinted_at__lt=now - JUST_HINTED)
    due = Task.objects.filter(free, alone, vendor=task.vendor, state=task.state, next_at__lte=now)
    if task.state == State.UNKNOWN:
        due = due.filter(remote_id=None)
    with transaction.atomic():
        rows = list(due.select_for_update().values_list("pk", "note"))
        for start in range(0, len(rows), AT_ONCE):
            part = rows[start : start + AT_ONCE]
            Task.objects.filter(pk__in=[pk for pk, _ in part]).update(**values)
            if "note" in values:
                _note_once([pk for pk, note in part if not note.startswith(reason)], reason, now=now)


def give_back(task: Task, reason: str, *, until: datetime | None) -> bool:
    """Put a claimed task that has not been sent back into the queue, to wait as the others do."""
    next_at = until or timezone.now() + LOOK_AGAIN
    words = build_words(State.QUEUED, reason, until)
    return task.move(State.QUEUED, text=reason[:500], next_at=next_at, hinted_at=None, **FREE, **words)


def build_words(state: str, reason: str, until: datetime | None) -> dict[str, Any]:
    """Return what the row says while it waits."""
    if state == State.UNKNOWN:
        return {}
    again = f"at {format_moment(until)}" if until else "as soon as it may be"
    if state == State.SAVING:
        note = f"{reason} The results wait at the vendor; saving is tried again {again}."
        return {"note": note[:NOTE_MAX_LENGTH]}
    after = f"The task waits safely and is tried again {again}." if until else "The task leaves by itself afterwards."
    return {"note": f"{reason} {after}"[:NOTE_MAX_LENGTH], "error_code": HELD}


def _note_once(pks: list[int], reason: str, *, now: datetime) -> None:
    events = [TaskEvent(task_id=pk, kind=TaskEvent.Kind.NOTE, text=reason[:500], at=now) for pk in pks]
    TaskEvent.objects.bulk_create(events)


def wake(vendor: str) -> int:
    """Let what waited for the vendor be tried now: what was held back, and what had failed before. Return how many.

    The sweep sends the hints, the oldest first.
    """
    waiting = Q(state=State.QUEUED, error_code=HELD) | Q(state=State.QUEUED, error_code="", attempts__gt=0)
    unsaved = Q(state=State.SAVING) | Q(state=State.UNKNOWN, remote_id=None)
    now = timezone.now()
    later = Task.objects.filter(waiting | unsaved, vendor=vendor, next_at__gt=now)
    return later.update(next_at=now, hinted_at=None)
