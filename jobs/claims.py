"""Who works on a task: claims with a token and a lease, and writes that only the holder of the token can make.

A claim is committed before anything is done under it. A worker that was stopped and wakes up late finds another token
in the row, and its writes change nothing.
"""

import random
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from jobs.models import State, Task, User
from jobs.owners import get_owner, is_dead

FIRST_DELAY_S = 2.0
LONGEST_DELAY_S = 300.0
JITTER = 0.2
NOTE_MAX_LENGTH = 300
OUR_MISTAKE = "Something unexpected happened on this side; an administrator finds it in the log."
FREE: dict[str, Any] = {"lease_until": None, "owner": ""}
_random = random.SystemRandom()


def is_held(task: Task, *, now: datetime) -> bool:
    """Return whether somebody who may be alive holds the task."""
    return task.lease_until is not None and task.lease_until > now and not is_dead(task.owner)


def claim(pk: int, *, state: str, lease_s: float, **changes: Any) -> Task | None:
    """Take the task in hand where it is in `state`, due and free; None otherwise. A queued one becomes `submitting`."""
    now = timezone.now()
    task = Task.objects.filter(pk=pk, state=state, next_at__lte=now).first()
    if task is None or is_held(task, now=now):
        return None
    values = {"token": task.token + 1, "owner": get_owner(), "lease_until": now + timedelta(seconds=lease_s), **changes}
    if state == State.QUEUED:
        return task if task.move(State.SUBMITTING, **values) else None
    return task if write(task, **values) else None


def write(task: Task, **values: Any) -> bool:
    """Change columns where state and token still are what this object knows; False when somebody else has the task."""
    if not Task.objects.filter(pk=task.pk, state=task.state, token=task.token).update(**values):
        return False
    for name, value in values.items():
        setattr(task, name, value)
    return True


def renew(task: Task, *, lease_s: float) -> bool:
    """Hold the task longer; False when it is not ours any more."""
    return write(task, lease_until=timezone.now() + timedelta(seconds=lease_s))


def compute_delay_s(attempts: int, *, retry_after_s: float | None = None) -> float:
    """Return how long to wait after so many failures: doubling, with jitter, never less than the vendor asks for."""
    base = min(FIRST_DELAY_S * 2 ** min(max(attempts - 1, 0), 16), LONGEST_DELAY_S)
    delay = base * _random.uniform(1 - JITTER, 1 + JITTER)
    return max(delay, retry_after_s or 0.0)


def format_moment(moment: datetime) -> str:
    """Return the time of day as notes say it."""
    return f"{timezone.localtime(moment):%H:%M}"


def put_off(
    task: Task,
    reason: str,
    *,
    to: str | None = None,
    next_at: datetime | None = None,
    retry_after_s: float | None = None,
    code: str = "",
    actor: User | None = None,
) -> bool:
    """Give the task back until later, with a note that says why and when; `to` names the state it goes back to.

    Without `next_at` it counts as a failure: each one makes the wait longer. `code` says what it waits for, where
    that is something that others can end.
    """
    attempts = task.attempts if next_at else task.attempts + 1
    delay = timedelta(seconds=compute_delay_s(attempts, retry_after_s=retry_after_s))
    moment = next_at or timezone.now() + delay
    note = f"{reason} The task waits safely and is tried again at {format_moment(moment)}."[:NOTE_MAX_LENGTH]
    values = {**FREE, "attempts": attempts, "next_at": moment, "hinted_at": None, "note": note, "error_code": code}
    if to is not None:
        return task.move(to, text=reason[:500], actor=actor, **values)
    return write(task, **values)
