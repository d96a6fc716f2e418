"""Asks vendors how their tasks are: by streams, by the vendor's list, or one by one, as is cheapest for their number.

A few running tasks are followed by streams where the vendor has them. More than a handful of others are found in the
vendor's list; one that is not there, and the tasks of a vendor without list, are asked about one by one. Every sweep
asks once about each task before it opens a stream, so that a stream that lies cannot hide an end for long.

Threads do HTTP and nothing else; all rows are read and written in the thread that calls `Poller.tick`.
"""

import logging
import threading
import time
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from jobs import circuit, outcomes
from jobs.claims import compute_delay_s, format_moment, write
from jobs.models import State, Task
from jobs.pacing import LONGEST_S, SHORTEST_S, TokenBucket, compute_interval_s, make_bucket
from jobs.streaming import QUIET_S, News, Streams
from jobs.vendors import get_vendor
from jobs.vendors.base import RATE_LIMITED, Status, Vendor, VendorError
from jobs.vendors.paging import PAGE_SIZE, Listing, read_list

logger = logging.getLogger(__name__)

THREADS = 16
AT_ONCE = 64
LONGEST_AFTER_FAILURE_S = 60.0
FAILURES_TO_TELL = 3
READ_AFTER_WRITE = timedelta(seconds=60)  # so long a vendor may not see its own new task
MISSING_TIMES = 5
MISSING_EVERY_S = 5.0
LIST_FROM = 6  # so many tasks that no stream follows are cheaper to find in the list
LIST_EVERY_S = 3.0
SLOW_DOWN_S = 2.0  # where a vendor that asks to slow down does not say for how long

AT_VENDOR = Q(state__in=[State.WAITING, State.RUNNING]) | Q(state=State.UNKNOWN, remote_id__isnull=False)


@dataclass
class Question:
    """A request that is on its way, and the tasks whose state it will tell."""

    vendor: str
    tasks: list[Task]


class Poller:
    """Holds the schedule and the threads while a sweep lives."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="poll")
        self._local = threading.local()
        self._vendors: dict[str, Vendor] = {}
        self._clients: list[Vendor] = []
        self._buckets: dict[str, TokenBucket] = {}
        self._streams = Streams()
        self._next: dict[int, float] = {}
        self._failures: dict[int, int] = {}
        self._flying: dict[Future[Any], Question] = {}
        self._not_listed: set[int] = set()  # what the list lacked is asked about one by one
        self._list_next: dict[str, float] = {}

    def close(self) -> None:
        self._streams.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for client in [*self._clients, *self._vendors.values()]:
            client.close()

    def tick(self, *, wait_s: float) -> None:
        """Ask about what is due, and write down what came back within `wait_s`."""
        self._take_news()
        self._send_due()
        if not self._flying:
            time.sleep(wait_s)
            return
        done, _ = wait(self._flying, timeout=wait_s, return_when=FIRST_COMPLETED)
        for future in done:
            question = self._flying.pop(future)
            try:
                self._settle(question, future)
            except Exception:  # one task's trouble must not stop the others
                logger.exception("the answer for tasks %s could not be used", [task.pk for task in question.tasks])
                self._put_off(question.tasks, LONGEST_S)

    def _put_off(self, tasks: Iterable[Task], seconds: float) -> None:
        for task in tasks:
            self._next[task.pk] = time.monotonic() + seconds

    # --- What is asked ----------------------------------------------------------------------------------------------

    def _send_due(self) -> None:
        flying = {task.pk for question in self._flying.values() for task in question.tasks}
        rows = Task.objects.filter(AT_VENDOR, next_at__lte=timezone.now()).values_list("pk", "vendor", "state")
        for vendor in {row[1] for row in rows}:
            asked = [(pk, state) for pk, name, state in rows if name == vendor and pk not in flying]
            self._send_due_of(vendor, asked)

    def _send_due_of(self, vendor: str, rows: list[tuple[int, str]]) -> None:
        now = time.monotonic()
        bucket = self._buckets.setdefault(vendor, make_bucket(self._get_own(vendor).polls_per_s))
        due = [pk for pk, _ in rows if self._next.get(pk, 0.0) <= now and not self._streams.is_heard(pk)]
        listed = self._choose_listed(vendor, rows) if due else []
        if listed and bucket.take():
            self._send_list(vendor, listed, bucket)
        due = sorted(set(due).difference(listed), key=lambda pk: self._next.get(pk, 0.0))[:AT_ONCE]
        found = Task.objects.in_bulk(due)
        for task in (found[pk] for pk in due if pk in found):
            if not bucket.take():
                return  # the longest overdue come first, or the oldest ones would take every turn
            self._flying[self._pool.submit(self._fetch, vendor, task.remote_id or "")] = Question(vendor, [task])

    def _choose_listed(self, vendor: str, rows: list[tuple[int, str]]) -> list[int]:
        """Return the tasks to look for in the vendor's list: more than a handful, and not before its next reading."""
        if not self._get_own(vendor).lists or self._list_next.get(vendor, 0.0) > time.monotonic():
            return []
        pks = [
            pk
            for pk, state in rows
            if state != State.UNKNOWN and pk not in self._not_listed and not self._streams.is_followed(pk)
        ]
        return pks if len(pks) >= LIST_FROM else []

    def _send_list(self, vendor: str, pks: list[int], bucket: TokenBucket) -> None:
        tasks = list(Task.objects.filter(pk__in=pks))
        wanted = [task.remote_id or "" for task in tasks]
        self._list_next[vendor] = time.monotonic() + LIST_EVERY_S
        self._flying[self._pool.submit(self._fetch_list, vendor, wanted)] = Question(vendor, tasks)
        bucket.spend(len(wanted) // PAGE_SIZE)  # more pages than one

    def _fetch(self, vendor: str, remote_id: str) -> Status:
        """In a thread: no rows here."""
        return self._get_client(vendor).poll(remote_id)

    def _fetch_list(self, vendor: str, wanted: list[str]) -> Listing:
        """In a thread: no rows here. Never more pages than single requests would be."""
        return read_list(self._get_client(vendor), wanted=wanted, pages_max=len(wanted))

    def _get_client(self, vendor: str) -> Vendor:
        clients = self._local.__dict__.setdefault("clients", {})
        if vendor not in clients:
            clients[vendor] = get_vendor(vendor)
            self._clients.append(clients[vendor])
        return clients[vendor]

    def _get_own(self, vendor: str) -> Vendor:
        if vendor not in self._vendors:
            self._vendors[vendor] = get_vendor(vendor)
        return self._vendors[vendor]

    # --- What came back ---------------------------------------------------------------------------------------------

    def _settle(self, question: Question, future: Future[Any]) -> None:
        try:
            answer: Status | Listing = future.result()
        except VendorError as error:
            self._settle_failure(question, error)
            return
        if isinstance(answer, Status):
            self._settle_one(question.tasks[0], answer, Task.Channel.POLL)
            return
        for task in question.tasks:
            if (item := answer.items.get(task.remote_id or "")) is not None:
                self._settle_one(task, item.status, Task.Channel.LIST)
            else:
                self._not_listed.add(task.pk)

    def _settle_failure(self, question: Question, error: VendorError) -> None:
        vendor = self._get_own(question.vendor)
        if error.code == RATE_LIMITED:
            self._buckets[question.vendor].pause(error.retry_after_s or SLOW_DOWN_S)
        if len(question.tasks) > 1:
            self._list_next[question.vendor] = time.monotonic() + LONGEST_AFTER_FAILURE_S
            return  # the list does not come: they are asked about one by one
        for task in question.tasks:
            failures = self._failures[task.pk] = self._failures.get(task.pk, 0) + 1
            wait_s = note_failure(task, error, vendor, failures=failures)
            give_up_if_overdue(task)
            self._put_off([task], wait_s)

    def _settle_one(self, task: Task, status: Status, channel: Task.Channel) -> None:
        self._failures.pop(task.pk, None)
        vendor = self._get_own(task.vendor)
        outcomes.apply_status(task, status, vendor)
        give_up_if_overdue(task)
        is_open = task.state in (State.WAITING, State.RUNNING)
        if not is_open:
            self._streams.stop(task.pk)
        elif task.state == State.RUNNING and vendor.streams and self._streams.can_follow(task.pk):
            self._streams.start(task.pk, vendor=task.vendor, remote_id=task.remote_id or "")
        if not self._streams.is_followed(task.pk) and (is_open or not task.channel):
            set_channel(task, channel)  # the request that confirms a stream's end is no other way of following
        interval = LIST_EVERY_S if channel == Task.Channel.LIST else compute_interval_s(task, now=timezone.now())
        self._put_off([task], QUIET_S if self._streams.is_followed(task.pk) else interval)

    def _take_news(self) -> None:
        for news in self._streams.take_news():
            try:
                self._settle_news(news)
            except Exception:  # as above
                logger.exception("the stream's word for task %s could not be used", news.pk)

    def _settle_news(self, news: News) -> None:
        """Write down what a stream says; its end, good or bad, is followed by a request for the whole answer."""
        task = Task.objects.filter(AT_VENDOR, pk=news.pk).first()
        if task is None:
            self._streams.stop(news.pk)
            return
        if news.status is None:
            self._next[task.pk] = 0.0
            return
        set_channel(task, Task.Channel.STREAM)
        outcomes.apply_progress(task, news.status)


def set_channel(task: Task, channel: Task.Channel) -> None:
    """Note by which way a task is followed, for its page."""
    if task.channel != channel:
        write(task, channel=channel)


def note_failure(task: Task, error: VendorError, vendor: Vendor, *, failures: int) -> float:
    """Say on the task's page that its vendor cannot be asked, if that lasts; return when to ask again."""
    now = timezone.now()
    if error.is_gone:
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
    if task is None or circuit.find_hold(task.vendor, creating=False) is not None:
        return
    with get_vendor(task.vendor) as vendor:
        try:
            status = vendor.poll(task.remote_id or "")
        except VendorError as error:
            note_failure(task, error, vendor, failures=FAILURES_TO_TELL)
            return
        finally:
            circuit.settle(task.vendor)
        outcomes.apply_status(task, status, vendor)
