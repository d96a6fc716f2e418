"""Asks vendors how their tasks are: many at once, not faster than an account allows, more rarely as a task grows old.

Threads do HTTP and nothing else; all rows are read and written in the thread that calls `Poller.tick`.
"""

import logging
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from jobs import outcomes
from jobs.claims import compute_delay_s, format_moment, write
from jobs.models import State, Task
from jobs.vendors import get_vendor
from jobs.vendors.base import Status, Vendor, VendorError

logger = logging.getLogger(__name__)

THREADS = 16
AT_ONCE = 64
POLLS_PER_S = 10.0  # per vendor; Triverse documents no limit for reads
SHORTEST_S, LONGEST_S, SHARE_OF_AGE = 1.0, 15.0, 0.1
NEAR_END_PERCENT, NEAR_END_S = 90, 2.0
IN_DOUBT_S = 300.0  # a task past its deadline
LONGEST_AFTER_FAILURE_S = 60.0
FAILURES_TO_TELL = 3
READ_AFTER_WRITE = timedelta(seconds=60)  # so long a vendor may not see its own new task
MISSING_TIMES = 5
MISSING_EVERY_S = 5.0
TASK_NOT_FOUND = "1006"

AT_VENDOR = Q(state__in=[State.WAITING, State.RUNNING]) | Q(state=State.UNKNOWN, remote_id__isnull=False)


class TokenBucket:
    """Lets `rate` calls a second pass, and a second's worth at once."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.tokens = rate
        self.filled_at = time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self.tokens = min(self.rate, self.tokens + (now - self.filled_at) * self.rate)
        self.filled_at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


def compute_interval_s(task: Task, *, now: datetime) -> float:
    """Return how long to wait before the next look at a task."""
    if task.state == State.UNKNOWN:
        return IN_DOUBT_S
    age_s = (now - (task.sent_at or task.state_at)).total_seconds()
    interval = min(max(SHARE_OF_AGE * age_s, SHORTEST_S), LONGEST_S)
    return min(interval, NEAR_END_S) if (task.progress_percent or 0) >= NEAR_END_PERCENT else interval


class Poller:
    """Holds the schedule and the threads while a sweep lives."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="poll")
        self._local = threading.local()
        self._vendors: dict[str, Vendor] = {}
        self._clients: list[Vendor] = []
        self._buckets: dict[str, TokenBucket] = {}
        self._next: dict[int, float] = {}
        self._failures: dict[int, int] = {}
        self._flying: dict[Future[Status], Task] = {}

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        for client in [*self._clients, *self._vendors.values()]:
            client.close()

    def tick(self, *, wait_s: float) -> None:
        """Ask about what is due, and write down what came back within `wait_s`."""
        self._send_due()
        if not self._flying:
            time.sleep(wait_s)
            return
        done, _ = wait(self._flying, timeout=wait_s, return_when=FIRST_COMPLETED)
        for future in done:
            task = self._flying.pop(future)
            try:
                self._settle(task, future)
            except Exception:  # one task's trouble must not stop the others
                logger.exception("the answer for task %s could not be used", task.pk)
                self._next[task.pk] = time.monotonic() + LONGEST_S

    def _send_due(self) -> None:
        for task in self._find_due()[:AT_ONCE]:
            if self._buckets.setdefault(task.vendor, TokenBucket(POLLS_PER_S)).take():
                self._flying[self._pool.submit(self._fetch, task.vendor, task.remote_id or "")] = task

    def _find_due(self) -> list[Task]:
        """Return the tasks to ask about, the longest overdue first: or the oldest ones would take every turn."""
        flying = {task.pk for task in self._flying.values()}
        now = time.monotonic()
        pks = Task.objects.filter(AT_VENDOR, next_at__lte=timezone.now()).values_list("pk", flat=True)
        due = [pk for pk in pks if pk not in flying and self._next.get(pk, 0.0) <= now]
        due.sort(key=lambda pk: self._next.get(pk, 0.0))
        found = Task.objects.in_bulk(due[:AT_ONCE])
        return [found[pk] for pk in due if pk in found]

    def _fetch(self, vendor: str, remote_id: str) -> Status:
        """In a thread: no rows here."""
        return self._get_client(vendor).poll(remote_id)

    def _get_client(self, vendor: str) -> Vendor:
        clients = self._local.__dict__.setdefault("clients", {})
        if vendor not in clients:
            clients[vendor] = get_vendor(vendor)
            self._clients.append(clients[vendor])
        return clients[vendor]

    def _settle(self, task: Task, future: Future[Status]) -> None:
        vendor = self._vendors.get(task.vendor) or self._vendors.setdefault(task.vendor, get_vendor(task.vendor))
        try:
            status = future.result()
        except VendorError as error:
            self._failures[task.pk] = self._failures.get(task.pk, 0) + 1
            wait_s = note_failure(task, error, vendor, failures=self._failures[task.pk])
        else:
            self._failures.pop(task.pk, None)
            outcomes.apply_status(task, status, vendor)
            wait_s = compute_interval_s(task, now=timezone.now())
        give_up_if_overdue(task)
        self._next[task.pk] = time.monotonic() + wait_s


def note_failure(task: Task, error: VendorError, vendor: Vendor, *, failures: int) -> float:
    """Say on the task's page that its vendor cannot be asked, if that lasts; return when to ask again."""
    now = timezone.now()
    if error.code == TASK_NOT_FOUND:
        is_new = now - (task.sent_at or now) < READ_AFTER_WRITE
        if not is_new and failures >= MISSING_TIMES and task.state != State.UNKNOWN:
            what = f"{vendor.label} does not know this task any more."
            task.move(State.UNKNOWN, text=what, note=f"{what} It is still asked about from time to time.")
        return SHORTEST_S if is_new else MISSING_EVERY_S
    wait_s = min(compute_delay_s(failures, retry_after_s=error.retry_after_s), LONGEST_AFTER_FAILURE_S)
    if failures >= FAILURES_TO_TELL:
        again = format_moment(now + timedelta(seconds=wait_s))
        note = f"{error.message} The task goes on there; it is asked about again at {again}."[:300]
        if task.note != note:
            write(task, note=note)
    return wait_s


def give_up_if_overdue(task: Task) -> None:
    if task.state in (State.WAITING, State.RUNNING) and outcomes.is_overdue(task, now=timezone.now()):
        outcomes.give_up_waiting(task)


def poll_once(pk: int) -> None:
    """Ask the vendor about one task now."""
    task = Task.objects.filter(AT_VENDOR, pk=pk).first()
    if task is None:
        return
    with get_vendor(task.vendor) as vendor:
        try:
            status = vendor.poll(task.remote_id or "")
        except VendorError as error:
            note_failure(task, error, vendor, failures=FAILURES_TO_TELL)
            return
        outcomes.apply_status(task, status, vendor)
