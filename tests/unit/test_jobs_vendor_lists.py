"""A vendor's list is read from its newest task back: complete or not, whatever moves while it is read."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobs.vendors.base import Listed, Status
from jobs.vendors.paging import PAGE_SIZE, PAGES_MAX, read_list

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def make(number: int, *, age_s: float | None) -> Listed:
    status = Status(remote_id=f"t-{number}", state="running", word="IN_PROGRESS", raw={})
    return Listed(status, created_at=None if age_s is None else NOW - timedelta(seconds=age_s))


class Lists:
    """Gives prepared pages, and counts."""

    def __init__(self, items: list[Listed], *, new_on_each_page: int = 0) -> None:
        self.items = items
        self.new = new_on_each_page
        self.pages = 0

    def fetch_page(self, page: int, *, page_size: int) -> list[Listed]:
        self.pages += 1
        self.items = [make(1_000_000 + self.pages * 100 + n, age_s=0) for n in range(self.new)] + self.items
        return self.items[(page - 1) * page_size : page * page_size]


def read(vendor: Lists, **options: Any) -> Any:
    return read_list(vendor, **options)  # type: ignore[arg-type]


def make_items(count: int, *, step_s: float = 1) -> list[Listed]:
    return [make(number, age_s=number * step_s) for number in range(count)]


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (PAGE_SIZE - 1, 1), (PAGE_SIZE, 2), (PAGE_SIZE + 1, 2)])
def test_a_shorter_page_is_the_last_one(count: int, pages: int) -> None:
    vendor = Lists(make_items(count))
    listing = read(vendor)

    assert (len(listing.items), listing.is_complete, vendor.pages) == (count, True, pages)


def test_it_is_read_no_further_back_than_needed() -> None:
    vendor = Lists(make_items(500))

    assert read(vendor, back_to=NOW - timedelta(seconds=60)).is_complete
    assert vendor.pages == 2


def test_it_is_read_until_all_that_is_wanted_is_seen() -> None:
    vendor = Lists(make_items(500))

    assert read(vendor, wanted=["t-3", "t-70"]).is_complete
    assert vendor.pages == 2


@pytest.mark.parametrize(
    "items",
    [
        make_items(200)[::-1],  # oldest first: the vendor left `sort_by` out
        [make(number, age_s=None) for number in range(200)],
        [make(number, age_s=1000 * (number % 2)) for number in range(200)],
    ],
    ids=["oldest first", "no moments", "any order"],
)
def test_a_list_in_another_order_is_read_to_its_end(items: list[Listed]) -> None:
    vendor = Lists(items)
    listing = read(vendor, back_to=NOW - timedelta(seconds=60))

    assert len(listing.items) == 200
    assert vendor.pages == 5


def test_what_cannot_be_read_to_its_end_is_not_complete() -> None:
    vendor = Lists(make_items(PAGE_SIZE * (PAGES_MAX + 1)))

    assert not read(vendor).is_complete
    assert vendor.pages == PAGES_MAX


def test_new_tasks_push_others_to_the_next_page_and_none_is_lost_or_counted_twice() -> None:
    vendor = Lists(make_items(120), new_on_each_page=3)
    listing = read(vendor)

    assert {f"t-{number}" for number in range(120)} <= set(listing.items)
