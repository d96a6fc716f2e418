"""Pages of a long list by keys instead of numbers, as quick at its end as at its start; and counts that stop counting.

The address holds the key of the row at the edge: `?after=KEY` shows what follows it in the list, `?before=KEY` what
stands before it. Rows that come and go move nobody to another place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet, ValidationError
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

COUNTED = 1_000
"""Counts go up to here; beyond it a page says "1,000+"."""
SEPARATOR = "~"
MAX_DIGITS = 18
"""More digits than this are no row's number."""
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page; `before` and `after` are the keys of its neighbours, empty where there is none."""

    rows: list[Row]
    before: str = ""
    after: str = ""

    @property
    def is_whole(self) -> bool:
        """Tell whether the list has no other page."""
        return not self.before and not self.after


def get_page(rows: QuerySet[Row], query: QueryDict, *, size: int, by: str = "-created_at") -> Page[Row]:
    """Return the page that the address asks for, of `rows` in the order of a column and then of their numbers.

    A key that cannot be read, or a step back that leads past the start, gives the first page.
    """
    column, is_falling = by.removeprefix("-"), by.startswith("-")
    before = read_key(rows.model, column, query.get("before", ""))
    if before is not None:
        found = _fetch(rows, before, column, size, is_falling=not is_falling)
        if len(found) > size:
            found = found[size - 1 :: -1]
            return Page(found, before=build_key(found[0], column), after=build_key(found[-1], column))
    key = None if before else read_key(rows.model, column, query.get("after", ""))
    found = _fetch(rows, key, column, size, is_falling=is_falling)
    if key is not None and not found:  # what was there has gone
        key, found = None, _fetch(rows, None, column, size, is_falling=is_falling)
    shown = found[:size]
    return Page(
        shown,
        before=build_key(shown[0], column) if key is not None else "",
        after=build_key(shown[-1], column) if len(found) > size else "",
    )


def build_key(row: Model, column: str) -> str:
    value = getattr(row, column)
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return f"{text}{SEPARATOR}{row.pk}"


def read_key(model: type[Model], column: str, text: str) -> tuple[Any, int] | None:
    """Return (value of the column, number) of a key in an address; None for none, and for one that is not ours."""
    value, _, number = text.rpartition(SEPARATOR)
    if not value or not number.isascii() or not number.isdigit() or len(number) > MAX_DIGITS:
        return None
    field: Any = model._meta.get_field(column)
    try:
        found = field.to_python(value)
    except ValidationError:
        return None
    return None if isinstance(found, datetime) and not is_moment(found) else (found, int(number))


def is_moment(value: datetime) -> bool:
    """Tell whether a database can be asked about it: no zone, or a zone at an end of the calendar, is no moment."""
    return value.tzinfo is not None and MINYEAR < value.year < MAXYEAR


def _beyond(column: str, key: tuple[Any, int], *, is_falling: bool) -> Q:
    """Return the condition of what follows the key; its first half is what an index is entered by."""
    value, number = key
    to, past = ("lte", "gte") if is_falling else ("gte", "lte")
    return Q(**{f"{column}__{to}": value}) & ~Q(**{column: value, f"pk__{past}": number})


def _fetch(rows: QuerySet[Row], key: tuple[Any, int] | None, column: str, size: int, *, is_falling: bool) -> list[Row]:
    """Return what follows the key, or the start of the list without one: a page, and one row more if there is one."""
    beyond = rows if key is None else rows.filter(_beyond(column, key, is_falling=is_falling))
    sign = "-" if is_falling else ""
    return list(beyond.order_by(f"{sign}{column}", f"{sign}pk")[: size + 1])


def count_up_to(limit: int = COUNTED, /, **lists: QuerySet[Any]) -> dict[str, int]:
    """Return how many rows each list has, in one statement that reads at most `limit` and one more of each.

    A count of `limit` + 1 means more than `limit`; the filter `capped` writes it so.
    """
    sums: list[str] = []
    values: list[Any] = []
    for rows in lists.values():
        try:
            sql, params = rows.order_by().values("pk")[: limit + 1].query.sql_with_params()
        except EmptyResultSet:
            sums.append("0")
            continue
        sums.append(f"(SELECT COUNT(*) FROM ({sql}) AS counted)")  # noqa: S608 (Django wrote it, with its parameters)
        values.extend(params)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(sums)}", values)
        found = cursor.fetchone()
    return dict(zip(lists, found, strict=True))


def list_first(**lists: QuerySet[Any]) -> dict[str, list[int]]:
    """Return the numbers of the rows of each list, which is sliced already, in one statement."""
    parts: list[str] = []
    values: list[Any] = []
    for place, rows in enumerate(lists.values()):
        try:
            sql, params = rows.values("pk").query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(f"SELECT {place} AS place, found.* FROM ({sql}) AS found")  # noqa: S608
        values.extend(params)
    listed: dict[str, list[int]] = {name: [] for name in lists}
    if parts:
        names = list(lists)
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), values)
            for place, pk in cursor.fetchall():
                listed[names[place]].append(pk)
    return listed
