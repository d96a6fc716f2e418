"""Task ids: UUIDs of version 7, so that their order is that of creation."""

import secrets
import uuid

COUNTER_BITS = 12
# Up to here a moment before the last one means that many ids came at once; beyond, that the clock was moved.
AHEAD_MS = 1000


class Ids:
    def __init__(self) -> None:
        self._last_ms = 0
        self._counter = 0

    def build(self, now_s: float) -> str:
        """An id that sorts behind all earlier ones, unless the clock was moved back."""
        now_ms = int(now_s * 1000)
        if now_ms <= self._last_ms < now_ms + AHEAD_MS:
            now_ms, self._counter = self._last_ms, self._counter + 1
        else:
            self._counter = 0
        if self._counter >> COUNTER_BITS:
            now_ms, self._counter = now_ms + 1, 0
        self._last_ms = now_ms
        number = now_ms << 80 | 7 << 76 | self._counter << 64 | 2 << 62 | secrets.randbits(62)
        return str(uuid.UUID(int=number))
