"""How the background work stands, in figures: who works, what waits, how well operations end, what projects store.

Each question is bounded: ended tasks by their index and at most ENDED_MAX of them, open ones by state; what has to be
counted over all files is counted every ten minutes and says when.
"""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Min, Sum
from django.utils import timezone

from jobs import queue
from jobs.models import OPEN_STATES, Asset, Lease, Project, State, Task
from jobs.owners import is_dead
from jobs.sweep import LEASE

ENDED = (State.SUCCEEDED, State.FAILED, State.EXPIRED)  # what was canceled says nothing of how well things go
ENDED_MAX = 10_000
SILENCE = timedelta(seconds=30)  # the sweep beats every second
HINT_WAITS = timedelta(minutes=1)
STUCK_AFTER = timedelta(minutes=15)
COUNTED_MAX = 1_000
OWNERS_MAX = 200
STORAGE_KEY, STORAGE_KEPT_S = "health-storage", 600
PROJECTS_SHOWN = 20


# --- Who works, what waits ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Worker:
    """A machine whose processes hold something now, or did lately."""

    machine: str
    processes: int
    has_sweep: bool


@dataclass(frozen=True)
class Depth:
    """What waits. Counts end at COUNTED_MAX; None where the queue cannot be asked."""

    hints: int | None
    late_hints: int | None
    by_state: dict[str, int]
    oldest_queued_at: datetime | None
    oldest_due_at: datetime | None
    stuck: int


def get_beat() -> datetime | None:
    """Return when the background work gave its last sign of life."""
    return Lease.objects.filter(name=LEASE).values_list("beat_at", flat=True).first()


def list_workers(*, now: datetime) -> list[Worker]:
    """Return the machines that hold leases or tasks."""
    leases = Lease.objects.exclude(owner="").filter(until__gt=now)
    owners = [(owner, name == LEASE) for name, owner in leases.values_list("name", "owner")[:OWNERS_MAX]]
    claimed = Task.objects.filter(state__in=OPEN_STATES, lease_until__gt=now).exclude(owner="")
    owners += [(owner, False) for owner in claimed.values_list("owner", flat=True)[:OWNERS_MAX]]
    alive = [(owner, has_sweep) for owner, has_sweep in owners if not is_dead(owner)]
    machines = defaultdict(set)
    for owner, _ in alive:
        machines[read_machine(owner)].add(owner)
    sweeping = {read_machine(owner) for owner, has_sweep in alive if has_sweep}
    return [Worker(name, len(found), name in sweeping) for name, found in sorted(machines.items())]


def read_machine(owner: str) -> str:
    return owner.partition(":")[0]


def get_depth(*, now: datetime) -> Depth:
    open_tasks = Task.objects.filter(state__in=OPEN_STATES).order_by()
    rows = open_tasks.values("state").annotate(count=Count("pk"), oldest=Min("created_at"), due=Min("next_at"))
    found = {row["state"]: row for row in rows}
    due = [found[state]["due"] for state in (State.QUEUED, State.SAVING) if state in found]
    late = [moment for moment in due if moment <= now]
    stuck = open_tasks.filter(state_at__lt=now - STUCK_AFTER).values("pk")[: COUNTED_MAX + 1].count()
    return Depth(
        hints=count_hints(older_than=now),
        late_hints=count_hints(older_than=now - HINT_WAITS),
        by_state={str(State(state).label): row["count"] for state, row in found.items()},
        oldest_queued_at=found[State.QUEUED]["oldest"] if State.QUEUED in found else None,
        oldest_due_at=min(late) if late else None,
        stuck=min(stuck, COUNTED_MAX),
    )


def count_hints(*, older_than: datetime) -> int | None:
    try:
        return queue.count_waiting(older_than=older_than)
    except queue.get_errors():
        return None


# --- How well it ends -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ended:
    """A task that came to its end: well or not, and when; `took` from its create on."""

    vendor: str
    operation: str
    is_good: bool
    at: datetime
    took: timedelta | None


@dataclass(frozen=True)
class Rate:
    """How tasks of an operation ended."""

    good: int
    bad: int
    median: timedelta | None

    @property
    def percent(self) -> float | None:
        return 100 * self.good / (self.good + self.bad) if self.good + self.bad else None


@dataclass(frozen=True)
class Bucket:
    """An hour or a day of a chart."""

    since: datetime
    good: int
    bad: int


def list_ended(*, since: datetime) -> list[Ended]:
    """Return what ended since then, the newest first, at most ENDED_MAX."""
    rows = Task.objects.filter(state_at__gte=since, state__in=ENDED).order_by("-state_at")
    columns = rows.values_list("vendor", "operation", "state", "state_at", "sent_at")[:ENDED_MAX]
    return [
        Ended(vendor, operation, state == State.SUCCEEDED, at, at - sent_at if sent_at else None)
        for vendor, operation, state, at, sent_at in columns
    ]


def rate(ended: Iterable[Ended]) -> Rate:
    found = list(ended)
    good = [item for item in found if item.is_good]
    times = [item.took.total_seconds() for item in good if item.took is not None]
    median = timedelta(seconds=statistics.median(times)) if times else None
    return Rate(len(good), len(found) - len(good), median)


def rate_operations(ended: Iterable[Ended]) -> dict[tuple[str, str], Rate]:
    """Return the rate of each vendor's operation."""
    groups = defaultdict(list)
    for item in ended:
        groups[item.vendor, item.operation].append(item)
    return {key: rate(items) for key, items in sorted(groups.items())}


def fill_buckets(ended: Iterable[Ended], *, now: datetime, step: timedelta, count: int) -> list[Bucket]:
    """Return the last `count` steps, the oldest first; the last one is the running hour or day of the person's zone."""
    local = timezone.localtime(now)
    is_day = step >= timedelta(days=1)
    first = local.replace(hour=0 if is_day else local.hour, minute=0, second=0, microsecond=0) - (count - 1) * step
    tally: Counter[tuple[int, bool]] = Counter()
    for item in ended:
        tally[int((item.at - first) // step), item.is_good] += 1
    return [Bucket(first + number * step, tally[number, True], tally[number, False]) for number in range(count)]


# --- What is stored -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stored:
    """A project's files. Equal files are stored once, so the disk may hold less."""

    project: Project | None
    files: int
    size_bytes: int


def get_storage(*, now: datetime) -> dict[str, Any]:
    """Return the projects that store most, all together, and when it was counted: at most every ten minutes."""
    found = cache.get(STORAGE_KEY)
    if found is None:
        found = count_storage(now=now)
        cache.set(STORAGE_KEY, found, STORAGE_KEPT_S)
    return found


def count_storage(*, now: datetime) -> dict[str, Any]:
    rows = Asset.objects.order_by().values_list("project_id").annotate(files=Count("pk"), size=Sum("size_bytes"))
    largest = list(rows.order_by("-size")[: PROJECTS_SHOWN + 1])
    projects = Project.objects.in_bulk([pk for pk, _, _ in largest])
    total = Asset.objects.aggregate(files=Count("pk"), size=Sum("size_bytes"))
    return {
        "at": now,
        "projects": [Stored(projects.get(pk), files, size) for pk, files, size in largest[:PROJECTS_SHOWN]],
        "has_more": len(largest) > PROJECTS_SHOWN,
        "files": total["files"],
        "size_bytes": total["size"] or 0,
    }
