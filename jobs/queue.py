"""The only door to django-q2: sends hints and runs its cluster, mended where a kill would stop it.

A hint carries a step's dotted name and a row's number. It may be lost or come twice: the rows are the truth, and the
sweep sends again what was forgotten.
"""

import contextlib
import ctypes
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import Error, connections, transaction
from django.utils import timezone

from jobs import shared_flags
from jobs.seq_queue import SeqQueue

logger = logging.getLogger(__name__)
_gathered = threading.local()

# The steps, by their dotted names. What is queued outlives a deploy: never rename them.
SUBMIT = "jobs.lifecycle.submit"
POLL = "jobs.lifecycle.poll"
SAVE = "jobs.lifecycle.save"
FETCH = "jobs.lifecycle.fetch"
PREVIEW = "jobs.lifecycle.preview"
SWEEP = "jobs.lifecycle.sweep"
HOUSEKEEP = "jobs.lifecycle.housekeep"
BALANCES = "jobs.balances.refresh_due"
# Steps that may take longer than Q_CLUSTER's `timeout` bound themselves; this is the last resort.
LONG_STEPS_S = {SUBMIT: 1_200, SAVE: 1_800, FETCH: 1_800, PREVIEW: 900, HOUSEKEEP: 900, SWEEP: 420}
RESULTS_KEPT = timedelta(days=14)
RESULTS_MAX = 2_000  # a step that fails every few seconds would fill the disk in that time
STRAYS_KEPT = timedelta(hours=1)
ROWS_AT_ONCE = 500
PUSHER_PAUSE_S = 2.0
PR_SET_PDEATHSIG = 1


def send(step: str, *args: int) -> None:
    """Send a hint when the present transaction is committed (at once outside of one); never raise."""
    transaction.on_commit(lambda: _leave(step, *args), robust=True)


@contextlib.contextmanager
def gather() -> Iterator[None]:
    """Let the hints of what is done inside leave at its end, in one transaction: each commit waits for the disk.

    A transaction that is to be gathered begins and ends inside. What is lost here the sweep sends again.
    """
    hints: list[tuple[Any, ...]] = []
    _gathered.hints = hints
    try:
        yield
    finally:
        _gathered.hints = None
        if hints:
            with transaction.atomic(), _pack_together() as options:
                for step, *args in hints:
                    _send(step, args, **options)


def _leave(step: str, *args: int) -> None:
    hints = getattr(_gathered, "hints", None)
    if hints is None:
        send_now(step, *args)
    else:
        hints.append((step, *args))


def send_now(step: str, *args: int) -> bool:
    """Send a hint; return False, logged, when the broker does not take it: the sweep will send it again."""
    return _send(step, args)


class _Collector:
    """Stands in for the broker in the database: one statement for many hints."""

    def __init__(self, list_key: str) -> None:
        self.list_key = list_key
        self.packages: list[str] = []

    def enqueue(self, package: str) -> int:
        self.packages.append(package)
        return len(self.packages)


@contextlib.contextmanager
def _pack_together() -> Iterator[dict[str, Any]]:
    """Give `_send` what lets the hints inside reach the database at its end; another broker takes them one by one."""
    from django_q.conf import Conf
    from django_q.models import OrmQ

    if not Conf.ORM:
        yield {}
        return
    collector = _Collector(Conf.CLUSTER_NAME)
    yield {"broker": collector}
    now = timezone.now()
    rows = [OrmQ(key=collector.list_key, payload=package, lock=now) for package in collector.packages]
    try:
        with transaction.atomic():
            OrmQ.objects.bulk_create(rows)
    except get_errors() as error:
        logger.warning("%s hints were not sent: %s", len(rows), error)


def _send(step: str, args: Sequence[int], **options: Any) -> bool:
    from django_q.tasks import async_task

    if step in LONG_STEPS_S:
        options["timeout"] = LONG_STEPS_S[step]
    try:
        async_task(step, *args, q_options={"save": False, **options})
    except get_errors() as error:
        logger.warning("hint %s%s was not sent: %s", step, args, error)
        return False
    return True


def get_errors() -> tuple[type[Exception], ...]:
    """Return what is raised when the database or the broker cannot be used just now."""
    if not settings.REDIS_URL:
        return Error, OSError
    from redis.exceptions import RedisError

    return Error, OSError, RedisError


def count_waiting(*, older_than: datetime) -> int:
    """Return how many hints nobody has taken since `older_than`.

    :raises get_errors: when the broker does not answer
    """
    from django_q.conf import Conf
    from django_q.models import OrmQ

    if settings.REDIS_URL:
        return _count_waiting_in_redis(older_than)
    return OrmQ.objects.filter(key=Conf.CLUSTER_NAME, lock__lt=older_than).count()


def _count_waiting_in_redis(older_than: datetime) -> int:
    """Count all where the first is that old: they are taken in their order."""
    from django_q.brokers import get_broker
    from django_q.signing import BadSignature, SignedPackage

    broker = get_broker()
    first = broker.connection.lindex(broker.list_key, 0)
    try:
        is_old = first is not None and SignedPackage.loads(first)["started"] < older_than
    except BadSignature:  # another installation's; whoever takes it throws it away
        return 0
    return int(broker.queue_size()) if is_old else 0


# --- Rows of django-q2 that nobody needs any more ---------------------------------------------------------------------


@dataclass(frozen=True)
class TakenHint:
    """A hint that a worker took: at work, or lost with its worker. `row` is the number it carries."""

    pk: int
    step: str
    row: int | None
    since: datetime


def prune_results(*, now: datetime) -> int:
    """Delete what django-q2 wrote of steps long ago, or of too many, a few hundred at a time; return how many."""
    from django_q.models import Task as Result

    newest = Result.objects.order_by("-stopped").values_list("stopped", flat=True)
    since = max([now - RESULTS_KEPT, *newest[RESULTS_MAX - 1 : RESULTS_MAX]])
    old = Result.objects.filter(stopped__lt=since)
    deleted = 0
    while pks := list(old.values_list("pk", flat=True)[:ROWS_AT_ONCE]):
        deleted += Result.objects.filter(pk__in=pks).delete()[0]
    return deleted


def list_taken(*, now: datetime) -> list[TakenHint]:
    """Return the hints in the database that were taken and are not done. One that is removed early does no harm."""
    from django_q.models import OrmQ

    rows = OrmQ.objects.filter(lock__gt=now).order_by("pk")[:ROWS_AT_ONCE]
    return [read_hint(row) for row in rows]


def read_hint(row: Any) -> TakenHint:
    """Return what a row of the queue says; `since` counts where it is taken."""
    from django_q.conf import Conf
    from django_q.signing import BadSignature, SignedPackage

    try:
        package = SignedPackage.loads(row.payload)
        step, args = str(package["func"]), package["args"]
    except (TypeError, KeyError, BadSignature):  # of another key: no worker can read it either
        step, args = "", ()
    number = args[0] if args and isinstance(args[0], int) else None
    return TakenHint(row.pk, step, number, row.lock - timedelta(seconds=Conf.RETRY))


def remove(pks: list[int]) -> int:
    """Remove queue rows and return how many were there."""
    from django_q.models import OrmQ

    return OrmQ.objects.filter(pk__in=pks).delete()[0]


def remove_strays(*, now: datetime) -> int:
    """Remove hints that no worker will ever take: of another name, or from before Redis carried them."""
    from django_q.conf import Conf
    from django_q.models import OrmQ

    strays = OrmQ.objects.filter(lock__lt=now - STRAYS_KEPT)
    if Conf.ORM:
        strays = strays.exclude(key=Conf.CLUSTER_NAME)
    return remove(list(strays.order_by("pk").values_list("pk", flat=True)[:ROWS_AT_ONCE]))


def ping() -> None:
    """Ask the broker for a sign of life.

    :raises Exception: of whatever kind the broker's client raises, when it gives none
    """
    from django_q.brokers import get_broker

    if not get_broker().ping():
        raise OSError("the broker does not answer")


# --- The cluster ------------------------------------------------------------------------------------------------------


def start_cluster() -> Any:
    """Start django-q2's cluster with its mends and return it; this process only watches from then on."""
    from django_q import cluster

    mend(cluster)
    shared_flags.prepare()
    connections.close_all()  # a connection must not live on in two processes
    started = cluster.Cluster()
    started.start()
    return started


def mend(cluster: Any) -> None:
    """Change what a kill -9 would break: locks in queues, orphans, a guard that stands still unseen.

    tests/integration/jobs/test_jobs_queue.py fails when a new django-q2 changes what this leans on.
    """
    if sys.platform == "linux":
        cluster.Queue = SeqQueue  # django-q2 issues 23 and 339
        cluster.Event, cluster.Value = shared_flags.SharedEvent, shared_flags.SharedValue  # the same hang
        os.register_at_fork(before=_remember_parent, after_in_child=_die_with_parent)
    cluster.Sentinel = _make_beating_sentinel(cluster.Sentinel)
    # When the broker fails, the pusher waits for 10 s before it ends and is started again.
    sys.modules[cluster.pusher.__module__].sleep = _pause_shortly  # type: ignore[attr-defined]


def _pause_shortly(_: float) -> None:
    time.sleep(PUSHER_PAUSE_S)


def _make_beating_sentinel(sentinel: type) -> type:
    """Return a sentinel whose guard loop can be watched: it asks for its own status once a round."""

    class BeatingSentinel(sentinel):
        def status(self) -> str:
            shared_flags.beat()
            return super().status()

    return BeatingSentinel


_parent_pid = 0


def _remember_parent() -> None:
    global _parent_pid
    _parent_pid = os.getpid()


def _die_with_parent() -> None:
    """Let the kernel kill this child when its parent dies: django-q2 leaves orphans that go on working."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != _parent_pid:
        os._exit(1)  # it died before we asked
