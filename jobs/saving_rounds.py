"""A round of saving: one step of the queue brings the files of several tasks home side by side.

Saving waits for the network most of its time, so the processes that a machine has for it (WORKERS - 3: one is the
sweep's, one may be at a model's preview, one is for what is sent) share DOWNLOADS_AT_ONCE among threads. Each thread
has a database connection of its own and takes one task after the other, by the same claim as anybody.
"""

import logging
import threading
import time
from collections.abc import Collection
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.db.models import Q
from django.utils import timezone

from jobs import queue
from jobs.file_locks import hold_place
from jobs.models import State, Task
from jobs.saving import take_and_save
from jobs.shared_flags import is_stopping

logger = logging.getLogger(__name__)

ROUND_S = 60.0  # no task is begun later in a round
LOOK_EVERY_S = 0.1
TRIES = 5  # where several processes take at the same moment


def save(pk: int) -> None:
    """Save the files of a task in `saving`, and of those that wait beside it.

    A machine saves so many tasks at once as it has places: others wait without a try counted, and each that ends
    takes up the next. So sending and the sweep always find a process.
    """
    processes = count_processes()
    with hold_place(Path(settings.DATA_DIR) / "locks", "saving", limit=processes) as has_place:
        if not has_place:
            return
        at_once = max(settings.DOWNLOADS_AT_ONCE // processes, 1)
        has_saved = Round(at_once).run(pk) if at_once > 1 else take_and_save(pk)
    if has_saved and (waiting := take_next()) is not None:
        queue.send(queue.SAVE, waiting)


def count_processes() -> int:
    """Return how many of this machine's processes may save at once."""
    return max(min(settings.DOWNLOADS_AT_ONCE, settings.Q_CLUSTER["workers"] - 3), 1)


def take_next(*, taken: Collection[int] = ()) -> int | None:
    """Return the task that has waited longest for its files to be saved, for the one that asks first."""
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    due = Task.objects.filter(free, state=State.SAVING, next_at__lte=now)
    waiting = due.exclude(pk__in=taken).order_by("next_at", "pk")
    for pk, hinted_at in waiting.values_list("pk", "hinted_at")[:TRIES]:
        if Task.objects.filter(pk=pk, state=State.SAVING, hinted_at=hinted_at).update(hinted_at=now):
            return pk
    return None


class Round:
    """The threads of one step. This thread only looks whether there is more to do than hands to do it."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._until = time.monotonic() + ROUND_S
        self._threads: list[threading.Thread] = []
        self._taken: set[int] = set()
        self._taking = threading.Lock()
        self._has_saved = threading.Event()
        self._has_ended = threading.Event()

    def run(self, pk: int) -> bool:
        """Return whether anything was there to be saved."""
        self._start(pk)
        while self._threads:
            self._has_ended.wait(LOOK_EVERY_S)
            self._has_ended.clear()
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            while self._threads and len(self._threads) < self._at_once and (more := self._take_more()) is not None:
                self._start(more)
        return self._has_saved.is_set()

    def _start(self, pk: int) -> None:
        self._taken.add(pk)
        thread = threading.Thread(target=self._work, args=(pk,), name=f"save-{pk}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _take_more(self) -> int | None:
        if time.monotonic() >= self._until or is_stopping():
            return None
        with self._taking:  # or two threads of this round would take the same one
            following = take_next(taken=self._taken)
            if following is not None:
                self._taken.add(following)
        return following

    def _work(self, pk: int) -> None:
        """In a thread: one task after the other."""
        following: int | None = pk
        try:
            while following is not None:
                if take_and_save(following):
                    self._has_saved.set()
                self._taken.discard(following)
                following = self._take_more()
        except Exception:
            logger.exception("a thread that saves files ended")
        finally:
            connections.close_all()
            self._has_ended.set()
