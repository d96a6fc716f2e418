"""What housekeeping found, in words for a person and as data."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

CHUNK = 500  # rows of one statement: on SQLite a long one keeps all others waiting
EXAMPLES = 10


@dataclass(frozen=True)
class Finding:
    """One kind of thing that was found. `examples` are a few of them: numbers of rows, hashes, names."""

    key: str
    count: int
    text: str
    is_mended: bool
    now_do: str = ""
    examples: tuple[str, ...] = ()
    size_bytes: int = 0

    def describe(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "key": self.key,
            "count": self.count,
            "text": self.text,
            "mended": self.is_mended,
            "now_do": self.now_do,
            "examples": list(self.examples),
            "size_bytes": self.size_bytes,
        }


def count(number: int, one: str, many: str = "") -> str:
    """Return "1 row" or "2,000 rows"."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def pick(items: Iterable[object]) -> tuple[str, ...]:
    """Return a few of them to show."""
    return tuple(str(item) for item, _ in zip(items, range(EXAMPLES), strict=False))


def delete_in_chunks(rows: QuerySet) -> int:
    """Delete rows, a few hundred at a time, each only where it still is one of them; return how many."""
    deleted = 0
    while pks := list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        gone = rows.filter(pk__in=pks).delete()[0]
        deleted += gone
        if not gone or len(pks) < CHUNK:
            break
    return deleted
