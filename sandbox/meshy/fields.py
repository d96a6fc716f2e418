"""Reads one request's parameters; whatever is wrong is refused with 400 and the parameter's name."""

from collections.abc import Collection
from typing import Any

from sandbox.meshy.answers import invalid
from sandbox.meshy.body import Spilled

Written = str | Spilled
"""An address or a data URI as it was sent, or the file that a long data URI has become."""


class Fields:
    """Null and the empty string count as not sent. What nobody asks for is ignored, and named in `unread`."""

    def __init__(self, sent: dict[str, Any]) -> None:
        self._sent = {name: value for name, value in sent.items() if value is not None and value != ""}
        self._read: set[str] = set()

    @property
    def unread(self) -> set[str]:
        return set(self._sent) - self._read

    def has(self, name: str) -> bool:
        return name in self._sent

    def _take(self, name: str) -> Any:
        self._read.add(name)
        return self._sent.get(name)

    def text(self, name: str, *, limit: int) -> str:
        """The text, or an empty one."""
        value = self._take(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise invalid(f"{name} must be a string")
        if len(value) > limit:
            raise invalid(f"{name} must be at most {limit} characters")
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self._take(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise invalid(f"{name} must be a boolean")
        return value

    def choice(self, name: str, default: str, *, among: Collection[str]) -> str:
        value = self._take(name)
        if value is None:
            return default
        if not isinstance(value, str) or value not in among:
            raise invalid(f"Invalid {name}: {_show(value)}. It must be one of {', '.join(sorted(among))}")
        return value

    def choices(self, name: str, default: tuple[str, ...], *, among: Collection[str]) -> list[str]:
        """Each once, in the order that was sent. An empty list counts as not sent."""
        value = self._take(name)
        if value is None or value == []:
            return list(default)
        if not isinstance(value, list):
            raise invalid(f"{name} must be an array of strings")
        for entry in value:
            if not isinstance(entry, str) or entry not in among:
                raise invalid(f"Invalid {name}: {_show(entry)}. Allowed are {', '.join(among)}")
        return list(dict.fromkeys(value))

    def integer(self, name: str, default: int, *, low: int, high: int) -> int:
        value = self._take(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise invalid(f"{name} must be an integer from {low} to {high}")
        return value

    def file(self, name: str) -> Written | None:
        value = self._take(name)
        if value is not None and not isinstance(value, Written):
            raise invalid(f"{name} must be a URL or a data URI")
        return value

    def files(self, name: str, *, most: int) -> list[Written]:
        value = self._take(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(entry, Written) and entry != "" for entry in value):
            raise invalid(f"{name} must be an array of URLs or data URIs")
        if len(value) > most:
            raise invalid(f"{name} must have 1 to {most} entries")
        return value


def _show(value: object) -> str:
    return repr(value)[:60]
