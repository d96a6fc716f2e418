"""Asks vendors how their tasks are: by streams, by the vendor's list, or one by one, as is cheapest for their number.

A few running tasks are followed by streams where the vendor has them; every sweep asks once about each task before it
opens a stream, so that a stream that lies cannot hide an end for long. What to ask next of the others is chosen by
jobs/following.py, from what jobs/followed.py remembers of the rows; jobs/asking.py asks, and jobs/noting.py writes.

Threads do HTTP and nothing else; all rows are read and written in the thread that calls `Poller.tick`.
"""

import logging
import time
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from django.conf import settings

from jobs import circuit, noting, outcomes
from jobs.asking import Askers, Inbox, Outcome
from jobs.claims import write
from jobs.followed import AT_VENDOR, Followed, Memory, Shown, is_at_vendor, measure_durations
from jobs.following import Follower, Question
from jobs.models import State, Task
from jobs.pacing import IN_DOUBT_S, LONGEST_S
from jobs.streaming import QUIET_S, News, Streams
from jobs.vendors import get_vendor
from jobs.vendors.base import Page, Status, VendorError

logger = logging.getLogger(__name__)

FEW = 1_000
REFRESH_EVERY_S, REFRESH_SOON_S = 1.0, 0.4
LOOK_EVERY_S = 1.0  # at how the vendors stand
GATHER_S = 0.02  # so long answers gather before they are taken up, where there are many
MANY = 8
WORDS_EVERY_S = 0.25  # then what moves tasks on gathers for so long: each commit waits for the disk
WORDS_SELDOM_S = 0.5  # from FEW tasks on
PROGRESS_EVERY_S = 0.5
WAIT_S = 0.05  # where a limit, not the next moment, says when to ask again
DEADLINE_S = outcomes.DEADLINE.total_seconds()
OPEN_WORDS = frozenset({"waiting", "running", "unheard"})


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that failed, which a person should read of, and when it is made again."""

    error: VendorError
    wait_s: float


Word = Status | Failure | None  # what has to go through a task's row; None: a look at its deadline


@dataclass
class Desk:
    """What belongs to one vendor."""

    follower: Follower
    askers: Askers


class Poller:
    """Holds the schedule and the threads while a sweep lives."""

    def __init__(self) -> None:
        self._memory = Memory()
        self._desks: dict[str, Desk] = {}
        self._inbox: Inbox = SimpleQueue()
        self._streams = Streams()
        self._durations: dict[str, float] | None = None
        self._refresh_at = 0.0
        self._look_at = 0.0
        self._fresh: dict[int, Followed] = {}  # progress that is not written yet
        self._words: dict[int, Word] = {}
        self._write_at = 0.0
        self._progress_at = 0.0

    def close(self) -> None:
        self._streams.close()
        for desk in self._desks.values():
            desk.askers.close()
        self._take_answers(0.0)
        self._write(is_last=True)

    def tick(self, *, wait_s: float) -> None:
        """Ask about what is due, and write down what came back within `wait_s`."""
        now = time.monotonic()
        if now >= self._refresh_at:
            self._refresh_at = now + (REFRESH_EVERY_S if len(self._memory.tasks) > FEW else REFRESH_SOON_S)
            self._refresh(now)
        if now >= self._look_at:
            self._look_at = now + LOOK_EVERY_S
            self._look_at_vendors()
        self._take_news()
        for desk in self._desks.values():
            if questions := desk.follower.choose(now=time.monotonic()):
                desk.askers.put(questions, flying=desk.follower.flying)
        self._take_answers(self._compute_pause_s(wait_s))
        self._write()

    def count_flying(self) -> int:
        """Return how many requests are under way."""
        return sum(desk.follower.flying for desk in self._desks.values())

    # --- Who is followed --------------------------------------------------------------------------------------------

    def _refresh(self, now: float) -> None:
        """Take up what others have changed in the rows."""
        changed, gone = self._memory.refresh()
        for task in gone:
            self._forget(task)
        for task in changed:
            self._fresh.pop(task.pk, None)
        for vendor in {task.vendor for task in changed}:
            self._get_desk(vendor).follower.add([task for task in changed if task.vendor == vendor], now=now)

    def _get_desk(self, vendor: str) -> Desk:
        if vendor not in self._desks:
            client = get_vendor(vendor)
            rate = settings.POLLS_PER_S.get(vendor, 0.0)
            follower = Follower(client, rate=rate, is_streamed=self._streams.is_followed)
            follower.expected_s = self._get_durations()
            self._desks[vendor] = Desk(follower, Askers(client, follower.marks, self._inbox))
        return self._desks[vendor]

    def _get_durations(self) -> dict[str, float]:
        if self._durations is None:
            self._durations = measure_durations()
        return self._durations

    def _look_at_vendors(self) -> None:
        """Ask nothing of a vendor that is left alone, and one thing at a time of one that may be there again."""
        now = time.monotonic()
        for vendor, desk in self._desks.items():
            circuit.settle(vendor)
            if desk.follower.tasks:  # else the right to probe is for those who have something to ask
                is_held = circuit.find_hold(vendor, creating=False) is not None
                desk.follower.note_standing(is_held=is_held, is_open=circuit.is_open(vendor), now=now)

    def _forget(self, task: Followed) -> None:
        self._streams.stop(task.pk)
        self._fresh.pop(task.pk, None)
        if task.vendor in self._desks:
            self._desks[task.vendor].follower.drop(task)

    # --- What came back ---------------------------------------------------------------------------------------------

    def _compute_pause_s(self, wait_s: float) -> float:
        """Return how long to wait for answers: until there is something to ask at the latest."""
        moments = [desk.follower.get_next() for desk in self._desks.values() if not desk.follower.is_held]
        known = [moment for moment in moments if moment is not None]
        if not known:
            return wait_s
        return min(max(min(known) - time.monotonic(), min(WAIT_S, wait_s)), wait_s)

    def _take_answers(self, pause_s: float) -> None:
        try:
            found = [self._inbox.get(timeout=pause_s)]
        except Empty:
            return
        if self.count_flying() > MANY:
            time.sleep(GATHER_S)
        found += [self._inbox.get() for _ in range(self._inbox.qsize())]
        for question, outcome in found:
            try:
                self._take(question, outcome)
            except Exception:  # one task's trouble must not stop the others
                logger.exception("an answer of %s could not be used", question.vendor)
                if question.followed is not None:
                    self._put_off(question.followed, LONGEST_S)

    def _put_off(self, task: Followed, seconds: float) -> None:
        self._desks[task.vendor].follower.put_off(task, seconds, now=time.monotonic())

    def _take(self, question: Question, outcome: Outcome) -> None:
        follower, now = self._desks[question.vendor].follower, time.monotonic()
        task = question.followed
        if isinstance(outcome, Page):
            self._take_page(follower, question, outcome)
        elif task is None:
            assert isinstance(outcome, VendorError)
            follower.take_page_failure(question, outcome, now=now)
        elif isinstance(outcome, Status):
            follower.take_answer(task)
            if follower.knows(task):
                self._take_single(follower, task, outcome)
        elif isinstance(outcome, VendorError):
            follower.take_failure(task, outcome)
            if follower.knows(task):
                self._take_failure(follower, task, outcome)

    def _take_page(self, follower: Follower, question: Question, page: Page) -> None:
        now, wall = time.monotonic(), time.time()
        for task in follower.take_page(question, page, now=now):
            if task.channel != Task.Channel.LIST and not self._streams.is_followed(task.pk):
                task.channel = Task.Channel.LIST
                self._fresh[task.pk] = task
            if wall - task.sent_wall > DEADLINE_S and task.state != State.UNKNOWN:
                self._words.setdefault(task.pk, None)
        for mark, status in page.changed:
            if (known := follower.ids.get(status.remote_id)) is not None:
                self._take_status(follower, known, status)
                if known.pk not in self._words:
                    follower.marks[known.remote_id] = mark

    def _take_single(self, follower: Follower, task: Followed, status: Status) -> None:
        if task.channel != Task.Channel.POLL and not self._streams.is_followed(task.pk):
            task.channel = Task.Channel.POLL
            self._fresh[task.pk] = task
        self._take_status(follower, task, status)
        self._put_off(task, follower.compute_wait_s(task, now=time.monotonic()))
        self._follow_by_stream(task)

    def _take_status(self, follower: Follower, task: Followed, status: Status) -> None:
        is_overdue = time.time() - task.sent_wall > DEADLINE_S
        if outcomes.STATES[status.state] != task.state or task.has_note or is_overdue or task.state == State.UNKNOWN:
            self._words[task.pk] = status
        else:
            self._take_progress(task, build_shown(status))

    def _take_progress(self, task: Followed, latest: Shown) -> None:
        if latest[1] != task.latest[1]:
            task.moved_at = time.monotonic()
        task.latest = latest
        if latest != task.shown:
            self._fresh[task.pk] = task

    def _take_failure(self, follower: Follower, task: Followed, error: VendorError) -> None:
        sent_ago_s = time.time() - task.sent_wall
        wait_s = noting.compute_retry_s(error, failures=task.failures, sent_ago_s=sent_ago_s)
        if noting.is_worth_telling(error, failures=task.failures):
            self._words[task.pk] = Failure(error, wait_s)
        elif sent_ago_s > DEADLINE_S and task.state != State.UNKNOWN:
            self._words.setdefault(task.pk, None)
        is_lost = error.is_gone and task.state == State.UNKNOWN
        self._put_off(task, IN_DOUBT_S if is_lost else wait_s)

    # --- Streams ----------------------------------------------------------------------------------------------------

    def _take_news(self) -> None:
        for news in self._streams.take_news():
            try:
                self._settle_news(news)
            except Exception:  # as above
                logger.exception("the stream's word for task %s could not be used", news.pk)

    def _follow_by_stream(self, task: Followed) -> None:
        """Open a stream for a running task that was just asked about, if there is room for one more."""
        is_offered = self._desks[task.vendor].follower.vendor.streams
        if is_offered and task.state == State.RUNNING and self._streams.can_follow(task.pk):
            self._streams.start(task.pk, vendor=task.vendor, remote_id=task.remote_id)
        if self._streams.is_followed(task.pk):
            self._put_off(task, QUIET_S)

    def _settle_news(self, news: News) -> None:
        """Take up what a stream says; its end, good or bad, is followed by a request for the whole answer."""
        task = self._memory.tasks.get(news.pk)
        if task is None:
            self._streams.stop(news.pk)
            return
        if news.status is None:
            task.listed_until = time.monotonic()
            self._put_off(task, 0.0)
            return
        if task.channel != Task.Channel.STREAM:
            task.channel = Task.Channel.STREAM
            self._fresh[task.pk] = task
        self._put_off(task, QUIET_S)
        if news.status.state not in OPEN_WORDS:
            return
        if outcomes.STATES[news.status.state] == task.state:
            self._take_progress(task, (news.status.word, news.status.progress_percent, *task.latest[2:]))
        elif (row := Task.objects.filter(AT_VENDOR, pk=task.pk).first()) is not None:
            outcomes.apply_progress(row, news.status)
            task.update(row)

    # --- What is written --------------------------------------------------------------------------------------------

    def _write(self, *, is_last: bool = False) -> None:
        now = time.monotonic()
        if self._words and (is_last or self.count_flying() <= MANY or now >= self._write_at):
            self._write_at = now + (WORDS_SELDOM_S if len(self._memory.tasks) > FEW else WORDS_EVERY_S)
            self._write_words()
        if now < self._progress_at and not is_last:
            return
        self._progress_at = now + PROGRESS_EVERY_S
        written_before = now if is_last else now - noting.compute_pause_s(len(self._memory.tasks))
        ripe = [task for task in self._fresh.values() if task.written_at <= written_before]
        if ripe:
            for task in ripe:
                del self._fresh[task.pk]
            noting.write_progress(ripe, now=now)

    def _write_words(self) -> None:
        """Move tasks on by what was said of them; where that fails, they are asked about again later."""
        words, self._words = self._words, {}
        done = noting.apply_all(list(words), lambda row: self._apply(row, words[row.pk]))
        for pk, word in words.items():
            task = self._memory.tasks.get(pk)
            if task is None:
                continue
            if pk not in done:
                self._put_off(task, LONGEST_S)
            elif (row := done[pk]) is None or not is_at_vendor(row):
                self._memory.tasks.pop(pk)
                self._forget(task)
            else:
                self._take_row(task, row, word)

    def _apply(self, row: Task, word: Word) -> None:
        vendor, task = self._desks[row.vendor].follower.vendor, self._memory.tasks[row.pk]
        if task.channel and not row.channel:
            write(row, channel=task.channel)
        if isinstance(word, Status):
            outcomes.apply_status(row, word, vendor)
        elif isinstance(word, Failure):
            noting.note_failure(row, word.error, vendor, wait_s=word.wait_s)
        noting.give_up_if_overdue(row)

    def _take_row(self, task: Followed, row: Task, word: Word) -> None:
        """Remember how a task stands after its row was written."""
        follower = self._desks[task.vendor].follower
        task.update(row)
        follower.marks[task.remote_id] = None
        if isinstance(word, Status):
            self._put_off(task, follower.compute_wait_s(task, now=time.monotonic()))
            self._follow_by_stream(task)


def build_shown(status: Status) -> Shown:
    return (status.word, status.progress_percent, status.queue_position, status.wait_s)


def poll_once(pk: int) -> None:
    """Ask the vendor about one task now."""
    task = Task.objects.filter(AT_VENDOR, pk=pk).first()
    if task is None or circuit.find_hold(task.vendor, creating=False) is not None:
        return
    with get_vendor(task.vendor) as vendor:
        try:
            status = vendor.poll(task.remote_id or "")
        except VendorError as error:
            noting.note_failure(task, error, vendor, wait_s=noting.compute_retry_s(error, failures=1, sent_ago_s=0.0))
            return
        finally:
            circuit.finish(task.vendor)
        outcomes.apply_status(task, status, vendor)
