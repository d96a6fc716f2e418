"""Whose turn it is at a vendor: our own limit of tasks at once, and the vendor's full queue, shared fairly.

A task that cannot go now stands in line: it is queued, its `error_code` is QUEUE_FULL, its `next_at` far away, so that
nobody tries it in vain. Each task that ends there wakes the next one: of the project that has the fewest there, then of
the person who has the fewest, then the oldest. A woken task (WOKEN) is due, and its place is kept for it; the sweep
repairs what was woken in vain.

The row `places:VENDOR` of Lease is the lock under which places are counted and given; its `until` says how long the
vendor is taken to be full, since it said so itself. `pace:VENDOR` says how long it is left alone, since it was asked
too fast: that has nothing to do with places.
"""

import contextlib
import random
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from jobs import queue
from jobs.claims import FREE, claim, write
from jobs.models import Lease, State, Task
from jobs.vendors.base import QUEUE_FULL

FULL_FOR = timedelta(seconds=20)  # the account's other tasks may end without our seeing it
CAREFUL_FOR = timedelta(seconds=60)  # after the vendor was full: one at a time finds out how many it takes
IN_LINE_FOR = timedelta(days=1)  # nobody waits for this; what frees a place wakes the next one
WOKEN = "woken"
WAKE_AT_ONCE = 24  # not less than the ends of one batch
SLOW_FOR_S = 1.0  # where the vendor does not say how long
SPREAD_S = 1.0  # so that not all of those that waited come at once
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
AT_VENDOR = (State.SUBMITTING, State.UNKNOWN, State.WAITING, State.RUNNING)
WAITS = "It waits safely and goes by itself."
_random = random.SystemRandom()
_gathered = threading.local()


@dataclass(frozen=True)
class Place:
    """Where a task stands in line: how many of ours are at the vendor, our own limit (0: none), how many go first."""

    at_vendor: int
    limit: int
    before: int

    @property
    def is_own_limit(self) -> bool:
        return bool(self.limit) and self.at_vendor >= self.limit


@dataclass(frozen=True)
class Group:
    """The tasks in line of one person in one project."""

    project: int
    person: int | None
    oldest: datetime


class Counts:
    """How many of ours are at a vendor, by project and by person. One in doubt that a person decides on is left out."""

    def __init__(self, vendor: str) -> None:
        self.projects: Counter[int] = Counter()
        self.persons: Counter[int | None] = Counter()
        there = Task.objects.filter(vendor=vendor, state__in=AT_VENDOR).exclude(~Q(error_code=""), state=State.UNKNOWN)
        for project, person, count in count_groups(there):
            self.add(project, person, count=count)

    @property
    def total(self) -> int:
        return self.projects.total()

    def add(self, project: int, person: int | None, *, count: int = 1) -> None:
        self.projects[project] += count
        self.persons[person] += count

    def rank(self, project: int, person: int | None, oldest: datetime) -> tuple[int, int, datetime]:
        """Return what the fairest choice has least of."""
        return self.projects[project], self.persons[person], oldest


def count_groups(tasks: QuerySet[Task]) -> list[tuple[int, int | None, int]]:
    rows = tasks.order_by().values_list("project_id", "created_by_id")
    return [(project, person, count) for project, person, count in rows.annotate(count=Count("pk"))]


def get_line(vendor: str, code: str = QUEUE_FULL) -> QuerySet[Task]:
    """Return the tasks in line that nobody has woken, or with WOKEN those that were."""
    return Task.objects.filter(vendor=vendor, state=State.QUEUED, error_code=code)


def take_turn(pk: int, *, lease_s: float) -> Task | None:
    """Claim a queued task that is due where there is a place for it and it is its turn; else let it stand in line."""
    task = Task.objects.filter(pk=pk, state=State.QUEUED, next_at__lte=timezone.now()).first()
    if task is None:
        return None
    if (slow_until := find_slow_down(task.vendor)) is not None:
        later = slow_until + timedelta(seconds=_random.uniform(0, SPREAD_S))
        write(task, next_at=later, hinted_at=None, note=f"{task.vendor_label} asks to slow down. {WAITS}")
        return None
    with transaction.atomic():
        lease = _lock(task.vendor)
        if _may_go(task, lease):
            return claim(pk, state=State.QUEUED, lease_s=lease_s, sent_at=None, error_code="")
        stand_in_line(task, f"There is no place at {task.vendor_label} yet.")
    return None


def stand_in_line(task: Task, reason: str, *, to: str | None = None) -> bool:
    """Put the task off until it is woken; `to` names the state that it goes back to."""
    note = f"{reason} {WAITS}"[:300]
    values = {**FREE, "next_at": timezone.now() + IN_LINE_FOR, "hinted_at": None, "note": note}
    if to is not None:
        return task.move(to, text=reason[:500], error_code=QUEUE_FULL, **values)
    return write(task, error_code=QUEUE_FULL, **values)


def note_full(vendor: str, *, seconds: float | None) -> None:
    """Write down that the vendor itself takes no more now; `seconds` is its own word for how long."""
    until = timezone.now() + max(FULL_FOR, timedelta(seconds=seconds or 0))
    with transaction.atomic():
        _lock(vendor)
        Lease.objects.filter(name=get_name(vendor)).update(until=until, beat_at=timezone.now())


def note_too_fast(vendor: str, *, seconds: float | None) -> None:
    """Write down that the vendor was asked too fast: nothing new is sent for a while, whoever's it is."""
    until = timezone.now() + timedelta(seconds=max(seconds or 0, SLOW_FOR_S))
    Lease.objects.update_or_create(name=f"pace:{vendor}", defaults={"until": until, "beat_at": timezone.now()})


def find_slow_down(vendor: str) -> datetime | None:
    """Return until when nothing new is sent to the vendor, since it was asked too fast; None where it may be."""
    leases = Lease.objects.filter(name=f"pace:{vendor}", until__gt=timezone.now())
    return leases.values_list("until", flat=True).first()


@contextlib.contextmanager
def gather() -> Iterator[None]:
    """Let the places that become free inside wake those in line at its end, once for each vendor.

    A transaction that is to be gathered begins and ends inside.
    """
    vendors: set[str] = set()
    _gathered.vendors = vendors
    try:
        yield
    finally:
        _gathered.vendors = None
        for vendor in sorted(vendors):
            _wake_on_commit(vendor)


def note_place_free(vendor: str) -> None:
    """Let the next ones in line try when the present transaction is committed: a task has ended at the vendor."""
    transaction.on_commit(partial(_note_free, vendor), robust=True)


def _note_free(vendor: str) -> None:
    vendors = getattr(_gathered, "vendors", None)
    if vendors is None:
        _wake_on_commit(vendor)
    else:
        vendors.add(vendor)


def _wake_on_commit(vendor: str) -> None:
    transaction.on_commit(partial(wake, vendor, is_place_free=True), robust=True)


def wake(vendor: str, *, is_place_free: bool = False) -> None:
    """Hint at as many of those in line as there are places; cheap where nobody waits.

    `is_place_free` says that a task has just ended there: the vendor is not full any more.
    """
    if is_place_free:
        now = timezone.now()
        Lease.objects.filter(name=get_name(vendor), until__gt=now).update(until=now)
    if not get_line(vendor).exists():
        return
    with transaction.atomic():
        lease = _lock(vendor)
        counts = Counts(vendor)
        room = min(_count_room(vendor, lease, at_vendor=counts.total), WAKE_AT_ONCE)
        if room > 0:
            _wake_fairly(vendor, room, counts)


def find_place(task: Task) -> Place | None:
    """Return where the task stands in line, for its page; None where it does not."""
    if task.state != State.QUEUED or task.error_code != QUEUE_FULL:
        return None
    counts = Counts(task.vendor)
    limit = settings.CONCURRENT_TASKS.get(task.vendor, 0)
    return Place(at_vendor=counts.total, limit=limit, before=count_before(task, counts))


def count_before(task: Task, counts: Counts) -> int:
    """Return how many of those in line go before this one, as places become free one by one."""
    line = get_line(task.vendor)
    older = Q(created_at__lt=task.created_at) | Q(created_at=task.created_at, pk__lt=task.pk)
    own = line.filter(project=task.project_id, created_by=task.created_by_id)
    ahead = own.filter(older).count()
    waiting: dict[int, dict[int | None, int]] = {}
    for project, person, count in count_groups(line):
        waiting.setdefault(project, {})[person] = count
    persons = waiting.pop(task.project_id, {})
    persons.pop(task.created_by_id, None)
    level = counts.persons[task.created_by_id] + ahead
    ahead += sum(_count_turns(count, counts.persons[person], level) for person, count in persons.items())
    level = counts.projects[task.project_id] + ahead
    others = ((sum(people.values()), counts.projects[project]) for project, people in waiting.items())
    return ahead + sum(_count_turns(count, there, level) for count, there in others)


def _count_turns(waiting: int, there: int, level: int) -> int:
    """Return how many of a group go before another one that has `level` there."""
    return min(waiting, max(level - there, 0))


def get_name(vendor: str) -> str:
    return f"places:{vendor}"


def _lock(vendor: str) -> Lease:
    name = get_name(vendor)
    Lease.objects.get_or_create(name=name, defaults={"until": LONG_AGO, "beat_at": LONG_AGO})
    return Lease.objects.select_for_update().get(name=name)


def _may_go(task: Task, lease: Lease) -> bool:
    """Return whether the task, which is due, goes now. One that was woken has its place; others do not push in."""
    limit, now = settings.CONCURRENT_TASKS.get(task.vendor, 0), timezone.now()
    is_woken = task.error_code == WOKEN
    is_contested = not is_woken and get_line(task.vendor).exclude(pk=task.pk).exists()
    if not limit and not is_contested:
        return is_woken or lease.until <= now
    counts = Counts(task.vendor)
    if is_woken:
        return counts.total < limit or not limit
    if lease.until > now or (limit and counts.total + _count_awake(task.vendor) >= limit):
        return False
    if not is_contested:
        return True
    if not limit and _count_awake(task.vendor):
        return False
    mine = counts.rank(task.project_id, task.created_by_id, task.created_at)
    return all(mine <= counts.rank(item.project, item.person, item.oldest) for item in _list_groups(task.vendor))


def _count_awake(vendor: str) -> int:
    return get_line(vendor, WOKEN).count()


def _count_room(vendor: str, lease: Lease, *, at_vendor: int) -> int:
    """Return how many more may be woken."""
    limit, now = settings.CONCURRENT_TASKS.get(vendor, 0), timezone.now()
    if lease.until > now:
        return 0
    awake = _count_awake(vendor)
    if not limit or lease.beat_at > now - CAREFUL_FOR:
        return min(1, limit - at_vendor if limit else 1) - awake
    return limit - at_vendor - awake


def _list_groups(vendor: str) -> list[Group]:
    rows = get_line(vendor).order_by().values_list("project_id", "created_by_id")
    return [Group(project, person, oldest) for project, person, oldest in rows.annotate(oldest=Min("created_at"))]


def _wake_fairly(vendor: str, room: int, counts: Counts) -> None:
    groups = _list_groups(vendor)
    for _ in range(room):
        if not groups:
            return
        first = min(groups, key=lambda item: counts.rank(item.project, item.person, item.oldest))
        groups.remove(first)
        counts.add(first.project, first.person)
        own = get_line(vendor).filter(project=first.project, created_by=first.person).order_by("created_at", "pk")
        rows = list(own.values_list("pk", "created_at")[:2])
        groups += [Group(first.project, first.person, oldest) for _, oldest in rows[1:]]
        now = timezone.now()
        if rows and own.filter(pk=rows[0][0]).update(error_code=WOKEN, next_at=now, hinted_at=now):
            queue.send(queue.SUBMIT, rows[0][0])
