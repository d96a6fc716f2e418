"""The tasks at the vendors as a sweep remembers them: a few plain values of each, read from the rows, for thousands.

The rows are the truth. What is remembered here says when to ask and whether an answer holds news; every write is
conditional on the row.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from jobs.models import State, Task

AT_VENDOR = Q(state__in=[State.WAITING, State.RUNNING]) | Q(state=State.UNKNOWN, remote_id__isnull=False)
COLUMNS = (
    *("pk", "vendor", "remote_id", "operation", "state", "token", "channel", "note"),
    *("vendor_word", "progress_percent", "queue_position", "wait_s"),
    *("state_at", "sent_at", "created_at", "next_at"),
)
CLOCKS_DIFFER = timedelta(seconds=5)  # and a transaction may take a while to be seen
COUNT_AGAIN_S = 10.0
RECENT_TASKS = 400
ROWS_AT_ONCE = 500

Shown = tuple[str, int | None, int | None, int | None]  # word, progress, position in the queue, estimated wait


@dataclass(slots=True)
class Followed:
    """One task at its vendor. Moments without a word are of the monotonic clock; `*_wall` are seconds since 1970."""

    pk: int
    vendor: str
    remote_id: str
    operation: str
    state: str
    token: int
    channel: str
    has_note: bool
    shown: Shown  # what the row says
    since_wall: float  # when it was sent, or began to run
    sent_wall: float
    next_wall: float
    latest: Shown = ("", None, None, None)  # what the vendor said last
    moved_at: float = field(default_factory=time.monotonic)  # when its progress changed last, as far as is known
    written_at: float = 0.0
    end_s: float | None = None  # at what age it will be done, as it seemed at the last look
    is_asked: bool = False
    was_seen: bool = False
    failures: int = 0
    misses: int = 0  # how many readings of the list in a row did not have it
    is_alone: bool = False  # it is asked about one by one
    listed_until: float = 0.0  # so long the list is trusted to tell of it

    @property
    def progress(self) -> int | None:
        return self.latest[1]

    @property
    def wait_s(self) -> int | None:
        return self.latest[3]

    def get_age_s(self, wall: float) -> float:
        return max(wall - self.since_wall, 0.0)

    def update(self, row: Task) -> None:
        """Take up what the row says after it was written here."""
        found = build(tuple(getattr(row, name) for name in COLUMNS))
        if (self.state, self.shown[1]) != (found.state, found.shown[1]):
            self.moved_at = time.monotonic()
        self.state, self.token, self.has_note = found.state, found.token, found.has_note
        self.shown = self.latest = found.shown
        self.since_wall, self.next_wall = found.since_wall, found.next_wall


def is_at_vendor(task: Task) -> bool:
    """Return whether AT_VENDOR holds of a row as it was read."""
    return task.state in (State.WAITING, State.RUNNING) or (task.state == State.UNKNOWN and bool(task.remote_id))


def build(row: tuple[Any, ...]) -> Followed:
    """Return the memory of a row with COLUMNS."""
    pk, vendor, remote_id, operation, state, token, channel, note, *shown, state_at, sent_at, created_at, next_at = row
    began = state_at if state == State.RUNNING else sent_at or state_at
    values: Shown = (shown[0], shown[1], shown[2], shown[3])
    return Followed(
        pk=pk,
        vendor=vendor,
        remote_id=remote_id or "",
        operation=operation,
        state=state,
        token=token,
        channel=channel,
        has_note=bool(note),
        shown=values,
        latest=values,
        since_wall=began.timestamp(),
        sent_wall=(sent_at or created_at).timestamp(),
        next_wall=next_at.timestamp(),
    )


class Memory:
    """All tasks at the vendors, kept up with the rows by what has changed of late."""

    def __init__(self) -> None:
        self.tasks: dict[int, Followed] = {}
        self._read_until: datetime | None = None
        self._count_at = 0.0

    def refresh(self) -> tuple[list[Followed], list[Followed]]:
        """Return the tasks that are new or that others have changed, and those that are at no vendor any more."""
        now = timezone.now()
        rows = Task.objects.filter(AT_VENDOR)
        if self._read_until is not None:
            recent = self._read_until - CLOCKS_DIFFER
            rows = rows.filter(Q(state_at__gte=recent) | Q(next_at__gte=recent, next_at__lte=now))
        self._read_until = now
        changed = self._take(rows.values_list(*COLUMNS))
        gone: list[Followed] = []
        if time.monotonic() >= self._count_at:
            self._count_at = time.monotonic() + COUNT_AGAIN_S
            here = set(Task.objects.filter(AT_VENDOR).values_list("pk", flat=True))
            gone = [self.tasks.pop(pk) for pk in self.tasks.keys() - here]
            missed = sorted(here - self.tasks.keys())
            for start in range(0, len(missed), ROWS_AT_ONCE):
                part = missed[start : start + ROWS_AT_ONCE]
                changed += self._take(Task.objects.filter(AT_VENDOR, pk__in=part).values_list(*COLUMNS))
        return changed, gone

    def _take(self, rows: Any) -> list[Followed]:
        changed = []
        for row in rows:
            found, known = build(row), self.tasks.get(row[0])
            if known is None or _differs(known, found):
                self.tasks[found.pk] = found
                changed.append(found)
        return changed


def _differs(known: Followed, found: Followed) -> bool:
    """Return whether somebody else has changed the row in a way that matters here."""
    before = (known.state, known.token, known.remote_id, known.next_wall)
    return before != (found.state, found.token, found.remote_id, found.next_wall)


def measure_durations() -> dict[str, float]:
    """Return how long the latest tasks took at their vendor, in seconds, by operation: the median."""
    ended = Task.objects.filter(state=State.SUCCEEDED).order_by("-next_at")
    taken: dict[str, list[float]] = {}
    for operation, done_at, sent_at in ended.values_list("operation", "next_at", "sent_at")[:RECENT_TASKS]:
        if sent_at is not None:
            taken.setdefault(operation, []).append((done_at - sent_at).total_seconds())  # due for saving: it was done
    return {operation: sorted(values)[len(values) // 2] for operation, values in taken.items()}
