"""A list is read page beside page: what is asked for, when it is enough, and what moves while it is read."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from jobs.listing import AHEAD, TRIES_MAX, Round
from jobs.vendors.base import Page
from jobs.vendors.paging import PAGE_SIZE

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1)


class Listed:
    """A vendor's list, newest first; `ours` are the IDs that are looked for."""

    def __init__(self, ids: list[str], ours: set[str]) -> None:
        self.ids = ids
        self.ours = ours
        self.asked: list[int] = []

    def give(self, number: int) -> Page:
        part = self.ids[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
        seen = tuple(item for item in part if item in self.ours)
        return Page(len(part), seen, (), NOW - timedelta(seconds=number * PAGE_SIZE))


def read(reading: Round, listed: Listed, *, at_once: int = 12, shuffle: int | None = None) -> None:
    """Read as the poller does, with up to `at_once` pages under way; they come back in any order."""
    source = random.Random(shuffle)
    flying: list[int] = []
    while not reading.is_over:
        while len(flying) < at_once and (page := reading.get_page()) is not None:
            reading.note_asked(page)
            listed.asked.append(page)
            flying.append(page)
        assert flying, "it waits for nothing"
        number = flying.pop(source.randrange(len(flying)) if shuffle is not None else 0)
        reading.put(number, listed.give(number))


def make_ids(count: int, word: str = "t") -> list[str]:
    return [f"{word}-{number}" for number in range(count)]


@pytest.mark.parametrize("shuffle", [None, 1, 2, 3])
@pytest.mark.parametrize("count", [1, 6, 50, 51, 500, 1_234])
def test_all_of_ours_are_seen_in_about_as_many_pages_as_they_fill(count: int, shuffle: int | None) -> None:
    ids = make_ids(count)
    listed = Listed(ids + make_ids(5_000, "old"), set(ids))
    reading = Round(ids, oldest_at=LONG_AGO)
    read(reading, listed, shuffle=shuffle)

    assert not reading.missing
    assert len(listed.asked) == len(set(listed.asked)) <= -(-count // PAGE_SIZE) + AHEAD


def test_a_shorter_page_ends_it_and_what_was_not_seen_is_not_there() -> None:
    listed = Listed(make_ids(70), {"t-3"})
    reading = Round(["t-3", "gone"], oldest_at=LONG_AGO)
    read(reading, listed)

    assert reading.is_whole
    assert reading.missing == {"gone"}
    assert max(listed.asked) <= 2 + AHEAD


def test_a_list_whose_last_page_is_full_ends_with_an_empty_one() -> None:
    listed = Listed(make_ids(PAGE_SIZE), {"t-3"})
    reading = Round(["t-3", "gone"], oldest_at=LONG_AGO)
    read(reading, listed)

    assert reading.is_whole


def test_pages_older_than_our_oldest_task_are_not_read() -> None:
    listed = Listed(make_ids(5_000), {"t-3"})
    reading = Round(["t-3", "gone"], oldest_at=NOW - timedelta(seconds=120))
    read(reading, listed)

    assert reading.is_whole
    assert max(listed.asked) <= 3 + AHEAD


def test_it_is_not_read_on_where_single_requests_cost_less() -> None:
    ours = {*make_ids(100), "t-4999"}
    listed = Listed(make_ids(5_000), ours)
    reading = Round(ours, oldest_at=LONG_AGO)
    read(reading, listed)

    assert (reading.missing, reading.is_whole, reading.is_broken) == ({"t-4999"}, False, False)
    assert len(listed.asked) < 15


def test_a_task_that_slips_between_two_pages_is_named_as_missing() -> None:
    ids = make_ids(120)
    listed = Listed(ids, set(ids))
    reading = Round(ids, oldest_at=LONG_AGO)
    pages = [1, 2, 3]
    for number in pages:
        assert reading.get_page() == number
        reading.note_asked(number)
    reading.put(2, listed.give(2))
    listed.ids = ["new-1", *listed.ids]  # a create pushes the last one of page 1 onto page 2, which has come already
    reading.put(1, listed.give(1))
    reading.put(3, listed.give(3))

    assert reading.is_over
    assert reading.missing == {"t-49"}


def test_a_page_that_does_not_come_is_asked_for_again_and_given_up_after_a_few_tries() -> None:
    reading = Round(make_ids(10), oldest_at=LONG_AGO)
    for _ in range(TRIES_MAX):
        assert reading.get_page() == 1
        reading.note_asked(1)
        assert not reading.is_broken
        reading.put_failure(1, may_pass=True)

    assert reading.is_broken
    assert reading.get_page() is None


def test_a_refusal_gives_the_reading_up_at_once_and_too_fast_never() -> None:
    refused = Round(make_ids(10), oldest_at=LONG_AGO)
    refused.put_failure(1, may_pass=False)
    assert refused.is_broken

    slow = Round(make_ids(10), oldest_at=LONG_AGO)
    for _ in range(20):
        slow.note_asked(1)
        slow.put_failure(1, may_pass=True, is_counted=False)
    assert slow.get_page() == 1
