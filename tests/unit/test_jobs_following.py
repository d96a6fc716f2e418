"""What one vendor is asked next: by its list or one by one, within its limit, and not all at once."""

import time
from collections import Counter

import pytest

from jobs import following, pacing
from jobs.followed import Followed
from jobs.following import Follower, Question
from jobs.models import State
from jobs.vendors.base import RATE_LIMITED, Page, Status, VendorError
from jobs.vendors.paging import PAGE_SIZE


class FakeVendor:
    key, label = "meshy", "Meshy"
    streams = False

    def __init__(self, *, lists: bool) -> None:
        self.lists = lists


def make_task(pk: int, *, age_s: float = 100.0, state: State = State.RUNNING, progress: int | None = 10) -> Followed:
    began = time.time() - age_s
    shown = ("IN_PROGRESS", progress, None, None)
    return Followed(
        pk=pk,
        vendor="meshy",
        remote_id=f"t-{pk}",
        operation="meshy.retexture",
        state=state,
        token=1,
        channel="",
        has_note=False,
        shown=shown,
        latest=shown,
        since_wall=began,
        sent_wall=began,
        next_wall=0.0,
    )


def make(count: int, *, lists: bool = False, rate: float = 0.0, now: float = 0.0, **values: float) -> Follower:
    follower = Follower(FakeVendor(lists=lists), rate=rate, is_streamed=lambda pk: False)  # type: ignore[arg-type]
    follower.add([make_task(pk, **values) for pk in range(1, count + 1)], now=now)  # type: ignore[arg-type]
    return follower


def get_pks(questions: list[Question]) -> list[int]:
    return [question.followed.pk for question in questions if question.followed is not None]


def get_pages(questions: list[Question]) -> list[int]:
    return [question.page for question in questions if question.page]


def answer_page(follower: Follower, question: Question, pks: range, *, now: float, size: int | None = None) -> None:
    page = Page(len(pks) if size is None else size, tuple(f"t-{pk}" for pk in pks), ())
    follower.take_page(question, page, now=now)


TOO_FAST = VendorError("slow down", retryable=True, code=RATE_LIMITED, http_status=429, retry_after_s=3)
DOWN = VendorError("down", retryable=True, http_status=503, code="503")


def test_a_few_tasks_are_asked_about_at_once_and_each_once() -> None:
    follower = make(5, lists=True)

    assert sorted(get_pks(follower.choose(now=0.1))) == [1, 2, 3, 4, 5]
    assert follower.choose(now=100.0) == []


def test_a_sweep_that_begins_with_thousands_spreads_its_first_looks() -> None:
    follower = make(10_000, age_s=300.0, progress=20)
    moments = Counter(int(moment) for moment in follower.agenda._moments.values())

    assert max(moments) >= 20
    assert max(moments.values()) < 700  # not 10,000 at once


def test_never_more_requests_are_under_way_than_threads_can_take() -> None:
    follower = make(200)

    assert len(follower.choose(now=1.0)) == following.THREADS + following.WAITING_FOR_THREADS
    assert follower.choose(now=1.0) == []


def test_many_tasks_are_left_to_the_list() -> None:
    follower = make(120, lists=True)
    questions = follower.choose(now=1.0)

    assert (get_pks(questions), get_pages(questions)) == ([], [1, 2, 3])


def test_what_the_list_lacks_is_asked_about_by_itself_and_soon() -> None:
    follower = make(60, lists=True)
    first, second = follower.choose(now=1.0)
    answer_page(follower, first, range(1, 51), now=1.1)
    answer_page(follower, second, range(51, 60), now=1.2)

    assert get_pks(follower.choose(now=1.3)) == [60]
    assert not follower.tasks[60].is_alone  # it may have slipped between two pages


def test_a_task_that_the_list_lacks_again_is_asked_about_one_by_one_until_it_is_seen_there() -> None:
    follower = make(7, lists=True)
    for now in (1.0, 5.0):
        (page,) = [question for question in follower.choose(now=now) if question.page]
        answer_page(follower, page, range(1, 7), now=now)
        for question in follower.choose(now=now + 0.1):
            follower.take_answer(question.followed)  # type: ignore[arg-type]
    assert follower.tasks[7].is_alone

    (page,) = [question for question in follower.choose(now=9.0) if question.page]
    answer_page(follower, page, range(1, 8), now=9.1)

    assert not follower.tasks[7].is_alone


def test_a_list_that_does_not_come_leaves_all_to_single_requests() -> None:
    follower = make(30, lists=True)
    refused = VendorError("no", retryable=False, http_status=401, code="401")
    (question,) = follower.choose(now=1.0)
    follower.take_page_failure(question, refused, now=1.1)
    questions = follower.choose(now=2.0)

    assert (len(get_pks(questions)), get_pages(questions)) == (30, [])


def test_a_list_that_falls_silent_does_not_hide_its_tasks() -> None:
    follower = make(30, lists=True)
    assert len(follower.choose(now=1.0)) == 1  # the page never comes back

    assert len(get_pks(follower.choose(now=20.0))) == 30


def test_a_list_that_takes_its_time_is_waited_for_as_long_as_its_pages_come() -> None:
    follower = make(40 * PAGE_SIZE, lists=True)
    flying = follower.choose(now=1.0)
    for now in range(2, 30, 2):
        question = flying.pop(0)
        first = (question.page - 1) * PAGE_SIZE
        answer_page(follower, question, range(first + 1, first + PAGE_SIZE + 1), now=now)
        flying += follower.choose(now=now)

        assert get_pks(flying) == []


def test_the_list_leaves_room_in_the_limit_for_single_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(pacing.time, "monotonic", lambda: clock[0])
    follower = make(40 * PAGE_SIZE, lists=True, rate=20)
    for pk in range(1, 1_001):
        follower.tasks[pk].is_alone = True
    counts: Counter[str] = Counter()
    for step in range(1, 400):
        clock[0] = now = step / 20
        for question in follower.choose(now=now):
            counts["page" if question.page else "single"] += 1
            if question.page:
                first = 1_000 + (question.page - 1) * PAGE_SIZE
                answer_page(follower, question, range(first + 1, first + PAGE_SIZE + 1), now=now)
            elif question.followed is not None:
                follower.take_answer(question.followed)
                follower.put_off(question.followed, 0.0, now=now)

    assert counts.total() <= 20 * 20
    assert counts["single"] > 20 * 20 * 0.15
    assert counts["page"] > 20 * 20 * 0.15


def test_a_vendor_that_asks_to_slow_down_is_left_alone_for_as_long_as_it_says() -> None:
    follower = make(3)
    question = follower.choose(now=1.0)[0]
    assert question.followed is not None
    follower.take_failure(question.followed, TOO_FAST)

    assert not follower.bucket.take()
    assert follower.bucket.filled_at - time.monotonic() > 2


def test_a_held_vendor_is_asked_nothing_and_a_probed_one_one_thing() -> None:
    follower = make(20, lists=True)
    follower.note_standing(is_held=True, is_open=True, now=1.0)
    assert follower.choose(now=1.0) == []

    follower.note_standing(is_held=False, is_open=True, now=2.0)
    (probe,) = follower.choose(now=2.0)
    assert probe.followed is not None
    assert follower.choose(now=2.0) == []
    follower.take_answer(probe.followed)
    assert follower.choose(now=2.1) == []  # first it is looked what the answer means

    follower.note_standing(is_held=False, is_open=False, now=3.0)
    assert get_pages(follower.choose(now=3.0)) == [1]


def test_a_task_in_doubt_is_asked_about_rarely_and_never_sought_in_the_list() -> None:
    follower = make(7, lists=True, state=State.UNKNOWN)  # type: ignore[arg-type]
    questions = follower.choose(now=1.0)

    assert len(get_pks(questions)) == 7
    assert follower.compute_wait_s(follower.tasks[1], now=1.0) == pacing.IN_DOUBT_S


def test_what_others_changed_takes_the_place_of_what_was_known() -> None:
    follower = make(1)
    (question,) = follower.choose(now=1.0)
    again = make_task(1)
    follower.add([again], now=1.0)
    assert question.followed is not None
    follower.take_answer(question.followed)
    follower.put_off(question.followed, 50.0, now=1.0)  # an answer to what it was before says nothing of it now

    assert not follower.knows(question.followed)
    assert get_pks(follower.choose(now=1.1)) == [1]


def test_a_vendors_own_estimate_lets_the_start_be_seen() -> None:
    follower = make(1, state=State.WAITING, age_s=100.0)  # type: ignore[arg-type]
    task = follower.tasks[1]
    assert follower.compute_wait_s(task, now=1.0) == pytest.approx(10, abs=0.1)

    status = Status(remote_id="t-1", state="waiting", word="QUEUED", raw={}, wait_s=5)
    task.latest = (status.word, None, None, status.wait_s)

    assert follower.compute_wait_s(task, now=1.0) == pytest.approx(2, abs=0.1)
