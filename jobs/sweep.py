"""The one step that loops: it polls everything, takes up what a dead worker left, and hints again at what stands still.

One at a time by a lease. It lives five minutes and starts its successor, so that it is recycled, picks up a deploy, and
never comes near its time-out (jobs/queue.py); `ensure_sweep` puts it back when it died.
"""

import logging
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from jobs import balances, circuit, housekeeping, leases, previews, queue, turns
from jobs.claims import FREE, is_held
from jobs.models import State, Task
from jobs.polling import Poller
from jobs.shared_flags import is_stopping
from jobs.vendors import VENDOR_LABELS

logger = logging.getLogger(__name__)

LEASE = "sweep"
KNOCK = "sweep-hint"
LEASE_S = 8.0
LIFE_S = 300.0  # each begins anew with what is remembered of the tasks, which costs looks
TICK_S = 0.2
BEAT_EVERY_S = 1.0
PREVIEWS_EVERY_S = 5.0
KNOCK_EVERY_S = 3.0
BALANCES_AFTER_S, BALANCES_EVERY_S = 5.0, 15.0
HOUSEKEEPING_AFTER_S, HOUSEKEEPING_EVERY_S = 5.0, 60.0
HINT_AGAIN = timedelta(seconds=5)
HINTS_AT_ONCE = 50
HINTS_LEAST = 5  # however far behind the queue is


def ensure_sweep() -> None:
    """Send a hint for a sweep where none is alive."""
    if leases.is_free(LEASE, now=timezone.now()) and leases.knock(KNOCK, every_s=KNOCK_EVERY_S):
        queue.send_now(queue.SWEEP)


def sweep(*, life_s: float = LIFE_S) -> None:
    """Sweep for a while, unless another sweep is alive, and start the next one."""
    if not leases.take(LEASE, seconds=LEASE_S):
        return
    poller = Poller()
    try:
        is_ours = _loop(poller, until=time.monotonic() + life_s)
    finally:
        poller.close()
        leases.release(LEASE)
    if is_ours and not is_stopping():
        queue.send_now(queue.SWEEP)


def _loop(poller: Poller, *, until: float) -> bool:
    """Return False when somebody else took the lease."""
    beat_at = previews_at = 0.0
    balances_at = time.monotonic() + BALANCES_AFTER_S
    housekeeping_at = time.monotonic() + HOUSEKEEPING_AFTER_S
    while time.monotonic() < until and not is_stopping():
        now = time.monotonic()
        if now - beat_at >= BEAT_EVERY_S:
            if not leases.renew(LEASE, seconds=LEASE_S):
                return False
            beat_at = now
            tend(now=timezone.now())
        if now - previews_at >= PREVIEWS_EVERY_S:
            previews_at = now
            hint_previews(now=timezone.now())
        if now >= balances_at:
            balances_at = now + BALANCES_EVERY_S
            balances.hint(now=timezone.now())
        if now >= housekeeping_at:
            housekeeping_at = now + HOUSEKEEPING_EVERY_S
            housekeeping.hint()
        poller.tick(wait_s=TICK_S)
    return True


def tend(*, now: datetime) -> None:
    """Take up abandoned tasks and hint at those that are due and that nobody was told of lately."""
    for task in Task.objects.filter(state=State.SUBMITTING):
        if not is_held(task, now=now):
            recover(task, now=now)
    quiet = Q(hinted_at=None) | Q(hinted_at__lt=now - HINT_AGAIN)
    standing = Q(state=State.QUEUED) | Q(state=State.UNKNOWN, remote_id=None)
    due = Task.objects.filter(quiet, next_at__lte=now).order_by("next_at", "pk")
    room = count_room(now=now)
    free = [task for task in due.filter(standing)[:room] if not is_held(task, now=now)]
    unsaved = [task for task in due.filter(state=State.SAVING)[:room] if not is_held(task, now=now)]
    # As many as a machine can take: each that ends hints at the next (jobs/saving.py).
    for task in [*free, *unsaved[: settings.DOWNLOADS_AT_ONCE]]:
        hint(task, now=now)
    for vendor in VENDOR_LABELS:
        stands = circuit.get_circuit(vendor)
        if not stands.is_open and not stands.is_paused:
            turns.wake(vendor)  # where a place is free, and nobody was told


def count_room(*, now: datetime) -> int:
    """Return how many tasks may be hinted at: repetitions would keep a queue behind that is behind already."""
    try:
        waiting = queue.count_waiting(older_than=now)
    except queue.get_errors():
        return HINTS_LEAST
    return max(HINTS_AT_ONCE - waiting, HINTS_LEAST)


def hint(task: Task, *, now: datetime) -> None:
    same = Task.objects.filter(pk=task.pk, state=task.state, hinted_at=task.hinted_at)
    if same.update(hinted_at=now):
        queue.send_now(queue.SAVE if task.state == State.SAVING else queue.SUBMIT, task.pk)


def recover(task: Task, *, now: datetime) -> None:
    """A worker died while sending: a create that had not left is sent later, one that had is in doubt."""
    if task.sent_at is None:
        task.move(State.QUEUED, text="The worker ended before it was sent.", next_at=now, hinted_at=None, **FREE)
        return
    note = f"The worker ended while it waited for {task.vendor_label}'s answer; what became of it is being found out."
    task.move(State.UNKNOWN, text=note, note=note, next_at=now, hinted_at=None, **FREE)


def hint_previews(*, now: datetime) -> None:
    for pk in previews.get_due(now=now - HINT_AGAIN):
        queue.send_now(queue.PREVIEW, pk)
