"""One reading of a vendor's list, page beside page: which page is asked for next, and when it is enough.

While a list is read new tasks push others to the next page, and deleted ones pull them back. Pages that are read side
by side can so miss a task between them; it is asked about by itself, so none is lost.
"""

from collections.abc import Iterable
from datetime import datetime

from jobs.vendors.base import Page
from jobs.vendors.paging import PAGE_SIZE

AHEAD = 3  # pages beyond those that are needed for sure that are asked for at once
SPARE_PAGES = 3  # that are read beyond those which our tasks would fill, if they stood close together
WORTH = 8  # tasks of ours on a page: below, single requests, made when an end is due, cost less
LOOK_BACK = 4  # pages over which that is counted
TRIES_MAX = 3


class Round:
    """A reading under way."""

    def __init__(self, wanted: Iterable[str], *, oldest_at: datetime, pages: int = 0) -> None:
        """Begin to look for `wanted`, the oldest of which was made at `oldest_at`; `pages` were needed last time."""
        self.missing = set(wanted)
        self.is_broken = False
        self._oldest_at = oldest_at
        self._full_pages = -(-len(self.missing) // PAGE_SIZE)  # that our tasks would fill
        self._sure_pages = max(self._full_pages, pages)
        self._found: dict[int, int] = {}  # by page: how many of ours
        self._read = 0
        self._last = 0  # the highest page that was asked for
        self._end: int | None = None  # nothing of ours can stand after this page
        self._again: list[int] = []
        self._tries: dict[int, int] = {}

    @property
    def pages(self) -> int:
        """Return how many pages were read, from the first on without a gap."""
        return self._read

    @property
    def is_whole(self) -> bool:
        """Return whether what it has not seen is not in the list, but for what moved between the pages."""
        return self._end is not None and self._read >= self._end

    @property
    def is_over(self) -> bool:
        return self.is_broken or not self.missing or self.is_whole or self._is_dear()

    def get_page(self) -> int | None:
        """Return the page to ask for next; None while nothing is to be asked for."""
        if self.is_over:
            return None
        if self._again:
            return self._again[0]
        limit = self._sure_pages if self._read < self._sure_pages else self._read + AHEAD
        page = self._last + 1
        return page if page <= (limit if self._end is None else min(limit, self._end)) else None

    def note_asked(self, page: int) -> None:
        if self._again and self._again[0] == page:
            self._again.pop(0)
        self._last = max(self._last, page)

    def put(self, number: int, page: Page) -> None:
        """Take in a page's answer."""
        self._found[number] = len(page.seen)
        self.missing.difference_update(page.seen)
        while self._read + 1 in self._found:
            self._read += 1
        if page.size < PAGE_SIZE or (page.oldest_at is not None and page.oldest_at < self._oldest_at):
            self._end = number if self._end is None else min(self._end, number)

    def put_failure(self, number: int, *, may_pass: bool, is_counted: bool = True) -> None:
        """Let a page that did not come be asked for again, or give the reading up."""
        self._tries[number] = self._tries.get(number, 0) + is_counted
        if not may_pass or self._tries[number] >= TRIES_MAX:
            self.is_broken = True
        else:
            self._again.append(number)

    def _is_dear(self) -> bool:
        """Return whether the last pages held so few of ours that it does not pay to read on."""
        if self._read < self._full_pages + SPARE_PAGES:
            return False
        last = [self._found[page] for page in range(self._read - LOOK_BACK + 1, self._read + 1)]
        return sum(last) < WORTH * len(last)
