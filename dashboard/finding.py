"""One page of a project's files under the filters of an address, with bounded work however many files there are.

Newest and oldest first follow the files' numbers, so that each facet's index is in the right order already. One facet
alone is its index. Of several the rarest leads: a window of its rows is looked through, and a page that does not fill
says from where the next one goes on. Other orders sort what the newest window holds, or follow an index of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import F, Model, Q, QuerySet, Subquery
from django.db.models.functions import Lower

from dashboard.facets import FACETS, Filters, get_known, resolve
from dashboard.paging import MAX_DIGITS, Page, count_up_to
from jobs import search
from jobs.models import Asset, Project, User

Row = TypeVar("Row", bound=Model)
Fetch = Callable[[int | None, bool], tuple[list[Row], int | None]]
Prepare = Callable[[QuerySet[Asset]], QuerySet[Asset]]
PAGE_SIZE = 48
WINDOW = 1_000  # rows of the leading filter that one page looks through
# A texture map is a part of its model, which shows it: it has a filter of its own, and no place beside the models.
PARTS = frozenset({Asset.Kind.TEXTURE_MAP})
ORDERS = {"name": Lower("name"), "size": F("size_bytes")}
FALLING = frozenset({"", "size"})


@dataclass(frozen=True)
class Counts:
    """How many files of each kind match; `is_capped` where no more than the newest were counted."""

    by_kind: dict[str, int]
    is_capped: bool = False


class Listing:
    """The files of a project that an address asks for."""

    def __init__(self, project: Project, user: User, filters: Filters) -> None:
        self.project, self.user, self.filters = project, user, filters
        self.known = get_known(project)
        self.facets = resolve(self.known, filters)

    # --- What matches ------------------------------------------------------------------------------------------------

    @property
    def has_own_order(self) -> bool:
        return self.filters.sort in ORDERS

    @cached_property
    def leads(self) -> str:
        return next(iter(self.facets), "")

    def narrow(self, rows: QuerySet[Asset], *, but: str = "") -> QuerySet[Asset]:
        """Leave the kept files of the project that pass every facet but one."""
        rows = rows.filter(project=self.project, trashed_at__isnull=True)
        for name, value in self.facets.items():
            if name != but:
                rows = rows.filter(FACETS[name].narrow(self.user, value))
        return rows

    def build_window(self, *, beyond: int | None = None, rises: bool = False, but: str = "") -> QuerySet[Any]:
        """Return the numbers of the leading filter's next rows, `WINDOW` at most."""
        return self.build_lead(beyond=beyond, rises=rises, but=but)[:WINDOW]

    def find_edge(self, *, beyond: int | None = None, rises: bool = False, but: str = "") -> int | None:
        """Return the last number in the window; None where it holds all that is left."""
        return next(iter(self.build_window(beyond=beyond, rises=rises, but=but)[WINDOW - 1 :]), None)

    def build_lead(self, *, beyond: int | None, rises: bool, but: str) -> QuerySet[Any]:
        """Return the numbers of all its rows, in their order."""
        name = next((name for name in self.facets if name != but), "")
        if name:
            column = FACETS[name].column
            rows = FACETS[name].lead(self.project, self.user, self.facets[name])
        else:
            column, rows = "pk", Asset.objects.filter(project=self.project, trashed_at__isnull=True)
        if beyond is not None:
            rows = rows.filter(**{f"{column}__gt" if rises else f"{column}__lt": beyond})
        return rows.order_by(column if rises else f"-{column}").values_list(column, flat=True)

    @cached_property
    def newest_found(self) -> search.Found | None:
        """What holds the words of the search, among the newest files."""
        return search.find("asset", [self.project.pk], self.filters.q)

    def find(self, beyond: int | None, *, rises: bool) -> search.Found | None:
        if beyond is None and not rises:
            return self.newest_found
        return search.find("asset", [self.project.pk], self.filters.q, beyond=beyond, oldest_first=rises)

    # --- Counting ----------------------------------------------------------------------------------------------------

    def count(self) -> Counts:
        """Return how many match by kind, whichever kind is asked for."""
        if not self.filters.q and not self.facets.keys() - {"kind"}:
            kept = Asset.objects.filter(project=self.project, trashed_at__isnull=True)
            return Counts(count_up_to(**{kind: kept.filter(kind=kind) for kind in Asset.Kind.values}))
        rows = self.narrow(Asset.objects.all(), but="kind")
        # Counted here: a GROUP BY would tempt the database to walk all files of the project by their kinds.
        if found := self.newest_found:
            kinds = search.narrow(rows, "asset", found).order_by("-pk").values_list("kind", flat=True)
            return tally(kinds, is_capped=found.reached is not None)
        window = self.build_window(but="kind")
        rows = rows.filter(pk__in=window).annotate(edge=Subquery(window[WINDOW - 1 :]))
        listed = list(rows.order_by("-pk").values_list("kind", "edge"))
        edge = listed[0][1] if listed else self.find_edge(but="kind")
        return tally((kind for kind, _ in listed), is_capped=edge is not None)

    # --- Pages -------------------------------------------------------------------------------------------------------

    def get_page(
        self,
        *,
        after: str,
        before: str,
        leave_out: frozenset[str] = frozenset(),
        prepare: Prepare = lambda rows: rows,
    ) -> Page[Asset]:
        """Return the page behind the file with the number `after`, or the one before `before`; the first without.

        `prepare` adds to the rows what a page shows of them.
        """
        self.prepare, self.left_out = prepare, leave_out
        return page_by_number(self._fetch, after=after, before=before, size=PAGE_SIZE)

    def _fetch(self, key: int | None, back: bool) -> tuple[list[Asset], int | None]:
        """Return a page and one file more if there is one; and the number up to which was looked, if not to the end."""
        rows = self.narrow(Asset.objects.all())
        if self.left_out:
            rows = rows.exclude(kind__in=self.left_out)
        if self.has_own_order:
            return self._fetch_ordered(rows, key, back=back), None
        rises = (self.filters.sort == "oldest") != back
        edge: int | None = None
        window = None
        if found := self.find(key, rises=rises):
            rows, edge = search.narrow(rows, "asset", found), found.reached
        elif len(self.facets) > 1 or self.left_out or FACETS.get(self.leads, FACETS["kind"]).column != "pk":
            window = self.build_window(beyond=key, rises=rises)
            rows = rows.filter(pk__in=window)
        elif key is not None:
            rows = rows.filter(**{"pk__gt" if rises else "pk__lt": key})
        listed = list(self.prepare(rows.order_by("pk" if rises else "-pk"))[: PAGE_SIZE + 1])
        if window is not None and len(listed) <= PAGE_SIZE:
            edge = self.find_edge(beyond=key, rises=rises)
        return listed, edge if len(listed) <= PAGE_SIZE else None

    def _fetch_ordered(self, rows: QuerySet[Asset], key: int | None, *, back: bool) -> list[Asset]:
        """Return a page in another order than the files' numbers: of all the project's, or of the newest that match."""
        if found := self.newest_found:
            rows = search.narrow(rows, "asset", found)
        elif self.facets:
            rows = rows.filter(pk__in=self.build_window())
        value = ORDERS[self.filters.sort]
        rows = rows.annotate(sort_value=value)
        falls = (self.filters.sort in FALLING) != back
        start = key and self.project.assets.filter(pk=key).annotate(sort_value=value).values_list(
            "sort_value", flat=True
        )
        if start:
            edge = start[0]
            to, past = ("lte", "gte") if falls else ("gte", "lte")
            rows = rows.filter(**{f"sort_value__{to}": edge}).exclude(Q(sort_value=edge) & Q(**{f"pk__{past}": key}))
        sign = "-" if falls else ""
        return list(self.prepare(rows.order_by(f"{sign}sort_value", f"{sign}pk"))[: PAGE_SIZE + 1])


def tally(kinds: Iterable[str], *, is_capped: bool) -> Counts:
    by_kind = Counter(kinds)
    return Counts({kind: by_kind[kind] for kind in Asset.Kind.values}, is_capped)


def page_by_number(fetch: Fetch[Row], *, after: str, before: str, size: int) -> Page[Row]:
    """Return the page behind the row with the number `after`, or the one that ends before `before`; else the first.

    `fetch` takes a number and whether to go back from it; it returns a page and one row more if there is one, and up
    to which number it looked if that was not the end.
    """
    if (key := read_number(before)) is not None:
        found, edge = fetch(key, True)
        if len(found) > size or edge is not None:
            found = found[:size][::-1]
            return Page(found, before=str(found[0].pk if found else edge), after=str(found[-1].pk if found else key))
    start = None if before else read_number(after)
    found, edge = fetch(start, False)
    shown = found[:size]
    onward = shown[-1].pk if len(found) > size else edge
    return Page(
        shown,
        before="" if start is None else str(shown[0].pk if shown else start),
        after="" if onward is None else str(onward),
    )


def read_number(text: str) -> int | None:
    """Return the number that an address names; None for none, and for what can be no row's."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else None
