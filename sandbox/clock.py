"""The sandbox's time: the machine's, plus what a test has moved it by."""

import time
from datetime import UTC, datetime


class Clock:
    def __init__(self, offset_s: float = 0.0) -> None:
        self.offset_s = offset_s

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self.offset_s

    def advance(self, seconds: float) -> None:
        self.offset_s += seconds


def as_iso(moment: float) -> str:
    """UTC ISO 8601 with microseconds and Z, as the vendor writes it."""
    return datetime.fromtimestamp(moment, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def as_iso_or_none(moment: float | None) -> str | None:
    return None if moment is None else as_iso(moment)
