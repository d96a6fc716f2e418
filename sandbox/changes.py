"""Wakes those who follow a task when it changes, so that nobody has to ask again and again."""

import asyncio
import contextlib
from collections import defaultdict


class Changes:
    """`closing` is set when the program ends, so that followers can leave in good order."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self.closing = asyncio.Event()

    def tell(self, task_id: str) -> None:
        """Wake everybody who waits for this task. Only in the event loop's thread."""
        for event in self._waiting.get(task_id, ()):
            event.set()

    async def wait(self, task_id: str, *, within_s: float) -> None:
        """Return at the task's next change, or when the time is over."""
        event = asyncio.Event()
        self._waiting[task_id].add(event)
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), within_s)
        finally:
            self._waiting[task_id].discard(event)
            if not self._waiting[task_id]:
                del self._waiting[task_id]
