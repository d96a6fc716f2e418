"""One vendor's tasks and what to ask it next, within its limit: pages of its list, or single tasks. No rows here.

More than a handful of tasks are found in the vendor's list. What the list lacks, and the tasks of a vendor without
list, are asked about one by one, each when its end is to be expected (jobs/pacing.py).
"""

import itertools
import math
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from jobs import pacing
from jobs.followed import Followed
from jobs.listing import Round
from jobs.models import State
from jobs.schedule import Agenda
from jobs.vendors.base import RATE_LIMITED, Page, Vendor, VendorError

THREADS = 64  # requests to one vendor at once
WAITING_FOR_THREADS = 64  # questions more than threads, so that none of them stands idle
PAGES_AT_ONCE = 32
LIST_FROM = 6  # so many tasks that no stream follows are cheaper to find in the list
LIST_SHARE = 0.75  # of the vendor's limit; the rest is for single requests
LIST_PATIENCE_S = 8.0  # so long a task is left to the list, above the time for one reading
LIST_PAUSE_S = 60.0  # after a reading that failed
ALONE_AFTER = 2  # readings without the task
CLOCKS_DIFFER = timedelta(minutes=2)  # the vendor's and ours
SLOW_DOWN_S = 2.0  # where a vendor that asks to slow down does not say for how long
TOO_MANY_REQUESTS = 429

_random = random.SystemRandom()


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What a thread is to ask: about one task, or for a page of the list in a reading."""

    vendor: str
    followed: Followed | None = None
    page: int = 0
    round: Round | None = None


class Follower:
    """Chooses what to ask one vendor. All moments are of the monotonic clock."""

    def __init__(self, vendor: Vendor, *, rate: float, is_streamed: Callable[[int], bool]) -> None:
        self.vendor = vendor
        self.tasks: dict[int, Followed] = {}
        self.ids: dict[str, Followed] = {}
        self.marks: dict[str, Any] = {}  # what the list said last, by the vendor's ID; read by the threads as well
        self.expected_s: dict[str, float] = {}
        self.agenda = Agenda()
        self.flying = 0
        self.is_held = False
        self.is_probing = False
        self.bucket = pacing.make_bucket(rate)
        self._page_bucket = pacing.make_bucket(rate * LIST_SHARE)
        self._is_streamed = is_streamed
        self._round: Round | None = None
        self._pages_flying = 0
        self._is_listing = False
        self._list_at = 0.0
        self._list_took_s = 0.0
        self._pages_needed = 0
        self._page_at = -math.inf  # when a page came last
        self._began_at = 0.0

    # --- Who is followed --------------------------------------------------------------------------------------------

    def add(self, followed: Iterable[Followed], *, now: float) -> None:
        """Follow these tasks from now on; many at once have their first look one after the other."""
        found = list(followed)
        spread_s = len(found) / pacing.FIRST_LOOKS_PER_S
        rest_s = pacing.compute_first_pause_s(len(self.tasks))
        for task in found:
            if (before := self.tasks.get(task.pk)) is not None:
                self.drop(before)
            self.tasks[task.pk] = self.ids[task.remote_id] = task
            self.marks[task.remote_id] = None
            later_s = max(task.next_wall - time.time(), 0.0)
            if spread_s > 1:
                first_s = _random.uniform(0.0, min(spread_s, self.compute_wait_s(task, now=now)))
            else:
                first_s = rest_s
            self.agenda.put(task.pk, now + max(later_s, first_s))

    def drop(self, task: Followed) -> None:
        if self.tasks.get(task.pk) is task:
            del self.tasks[task.pk]
            self.agenda.drop(task.pk)
        if self.ids.get(task.remote_id) is task:
            del self.ids[task.remote_id]
            self.marks.pop(task.remote_id, None)

    def knows(self, task: Followed) -> bool:
        """Return whether this is what is followed, and not what it was before others changed it."""
        return self.tasks.get(task.pk) is task

    def put_off(self, task: Followed, seconds: float, *, now: float) -> None:
        if self.knows(task) and not task.is_asked:
            self.agenda.put(task.pk, now + seconds)

    def compute_wait_s(self, task: Followed, *, now: float) -> float:
        """Return how long to leave a task alone after a look at it."""
        if task.state == State.UNKNOWN:
            return pacing.IN_DOUBT_S
        age_s = task.get_age_s(time.time())
        if task.state == State.WAITING:
            return pacing.compute_wait_s(age_s=age_s, expected_s=task.wait_s and age_s + task.wait_s)
        still_s, before_s = now - task.moved_at, task.end_s
        if task.progress:
            task.end_s = pacing.compute_end_s(age_s=age_s, progress_percent=task.progress, still_s=still_s)
        return pacing.compute_wait_s(
            age_s=age_s,
            progress_percent=task.progress,
            still_s=still_s,
            expected_s=self.expected_s.get(task.operation),
            said_before_s=before_s,
            tasks=len(self.tasks),
        )

    # --- How the vendor stands --------------------------------------------------------------------------------------

    def note_standing(self, *, is_held: bool, is_open: bool, now: float) -> None:
        """Ask nothing of a vendor that is held, one thing at once to probe it, and all soon when it is there again."""
        was_open = self.is_held or self.is_probing
        self.is_held = is_held
        self.is_probing = is_open and not is_held
        if self.is_probing:
            self._put_soon((task for task in self.tasks.values() if not task.is_asked), now=now, most=1)
        elif was_open and not is_held:
            self._list_at = min(self._list_at, now)
            self._put_soon((task for task in self.tasks.values() if task.failures), now=now, most=len(self.tasks))

    def _put_soon(self, tasks: Iterable[Followed], *, now: float, most: int) -> None:
        for number, task in enumerate(itertools.islice(tasks, most)):
            task.listed_until = now
            self.agenda.put_sooner(task.pk, now + number / pacing.FIRST_LOOKS_PER_S)

    # --- What is asked ----------------------------------------------------------------------------------------------

    def choose(self, *, now: float) -> list[Question]:
        """Return what is to be asked now."""
        if self.is_held or (self.is_probing and self.flying):
            return []
        room = 1 if self.is_probing else THREADS + WAITING_FOR_THREADS - self.flying
        self._look_at_list(now)
        questions = [] if self.is_probing else self._choose_pages(room)
        questions += self._choose_tasks(room - len(questions), now=now)
        self.flying += len(questions)
        return questions

    def get_next(self) -> float | None:
        """Return when there may be something to ask; None when nothing is followed."""
        moments = [moment for moment in (self.agenda.get_next(), self._get_list_next()) if moment is not None]
        return min(moments, default=None)

    def _get_list_next(self) -> float | None:
        if not self.vendor.lists or not self.tasks:
            return None
        if self._round is None:
            return self._list_at
        is_open = self._pages_flying < PAGES_AT_ONCE and self._round.get_page() is not None
        return self._began_at if is_open else None

    def _look_at_list(self, now: float) -> None:
        """Begin a reading of the list where it is time for it."""
        if not self.vendor.lists or self._round is not None or now < self._list_at:
            return
        listed = [task for task in self.tasks.values() if self._is_for_list(task)]
        if len(listed) < LIST_FROM:
            self._list_at = now + pacing.SHORTEST_S
            self._leave_list(now)
            return
        self._is_listing = True
        oldest = datetime.fromtimestamp(min(task.sent_wall for task in listed), tz=UTC)
        ids = (task.remote_id for task in listed)
        self._round = Round(ids, oldest_at=oldest - CLOCKS_DIFFER, pages=self._pages_needed)
        self._began_at = now

    def _is_for_list(self, task: Followed) -> bool:
        return task.state != State.UNKNOWN and not task.is_alone and not self._is_streamed(task.pk)

    def _choose_pages(self, room: int) -> list[Question]:
        questions: list[Question] = []
        reading = self._round
        while reading is not None and len(questions) < room and self._pages_flying < PAGES_AT_ONCE:
            page = reading.get_page()
            if page is None or not self._take_for_page():
                break
            reading.note_asked(page)
            self._pages_flying += 1
            questions.append(Question(self.vendor.key, page=page, round=reading))
        return questions

    def _take_for_page(self) -> bool:
        if not self._page_bucket.take():
            return False
        if not self.bucket.take():
            self._page_bucket.give_back()
            return False
        return True

    def _choose_tasks(self, room: int, *, now: float) -> list[Question]:
        questions: list[Question] = []
        while len(questions) < room and (due := self.agenda.pop_due(now)) is not None:
            pk, moment = due
            task = self.tasks[pk]
            if self._is_left_to_list(task, now):
                self.agenda.put(pk, max(task.listed_until, now + pacing.SHORTEST_S))
            elif self.bucket.take():
                task.is_asked = True
                questions.append(Question(self.vendor.key, followed=task))
            else:
                self.agenda.put(pk, moment)  # the longest overdue come first
                break
        return questions

    def _is_left_to_list(self, task: Followed, now: float) -> bool:
        if self.is_probing or not self._is_listing or not self._is_for_list(task):
            return False
        if not task.listed_until:
            task.listed_until = now + self._get_patience_s()
        is_coming = self._round is not None and not task.misses and now - self._page_at < LIST_PATIENCE_S
        return is_coming or now < task.listed_until

    def _get_patience_s(self) -> float:
        return LIST_PATIENCE_S + 2 * self._list_took_s

    # --- What came back ---------------------------------------------------------------------------------------------

    def take_page(self, question: Question, page: Page, *, now: float) -> list[Followed]:
        """Take in a page; return the tasks on it."""
        self._count_back()
        self._pages_flying -= 1
        self._page_at = now
        seen = [task for remote_id in page.seen if (task := self.ids.get(remote_id)) is not None]
        trusted_until = now + self._get_patience_s()
        for task in seen:
            task.listed_until = trusted_until
            task.misses = task.failures = 0
            task.is_alone = False
            task.was_seen = True
        if question.round is not None and question.round is self._round:
            self._round.put(question.page, page)
            self._end_round(now)
        return seen

    def take_page_failure(self, question: Question, error: VendorError, *, now: float) -> None:
        """A page did not come: it is asked for again, or the tasks are asked about one by one for a while."""
        self._count_back()
        self._pages_flying -= 1
        is_too_fast = self.note_too_fast(error)
        if question.round is not None and question.round is self._round:
            self._round.put_failure(question.page, may_pass=error.retryable, is_counted=not is_too_fast)
            self._end_round(now)

    def take_answer(self, task: Followed) -> None:
        self._count_back()
        task.is_asked = False
        task.was_seen = True
        task.failures = 0

    def take_failure(self, task: Followed, error: VendorError) -> None:
        self._count_back()
        task.is_asked = False
        task.failures += 1
        self.note_too_fast(error)

    def note_too_fast(self, error: VendorError) -> bool:
        """Stand still for a while where the vendor said that it is too much."""
        is_too_fast = error.code == RATE_LIMITED or error.http_status == TOO_MANY_REQUESTS
        if is_too_fast:
            self.bucket.pause(error.retry_after_s or SLOW_DOWN_S)
        return is_too_fast

    def _count_back(self) -> None:
        self.flying -= 1
        if self.is_probing:  # what the probe came to is looked at first
            self.is_held = True

    def _end_round(self, now: float) -> None:
        reading = self._round
        if reading is None or not reading.is_over:
            return
        self._round = None
        self._pages_needed = reading.pages
        self._list_took_s = now - self._began_at
        self._list_at = max(self._began_at + pacing.compute_list_pause_s(reading.pages), now)
        if reading.is_broken:
            self._list_at = now + LIST_PAUSE_S
            self._leave_list(now)
            return
        for remote_id in reading.missing:
            if (task := self.ids.get(remote_id)) is not None:
                task.misses += 1
                task.is_alone = not reading.is_whole or task.misses >= ALONE_AFTER
                task.listed_until = now  # it is asked about by itself, soon
                later_s = 0.0 if reading.is_whole else self.compute_wait_s(task, now=now)
                self.agenda.put_sooner(task.pk, now + _random.uniform(0.0, later_s))

    def _leave_list(self, now: float) -> None:
        """Ask about one by one what was left to the list."""
        if not self._is_listing:
            return
        self._is_listing = False
        self._round = None
        count = len(self.tasks)
        for task in self.tasks.values():
            task.listed_until = 0.0
            wait_s = min(self.compute_wait_s(task, now=now), count / pacing.FIRST_LOOKS_PER_S)
            self.agenda.put_sooner(task.pk, now + _random.uniform(0.0, wait_s))
