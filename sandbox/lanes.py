"""Queues in order of arrival. One lane for work that fills the machine, one for what passes beside it."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from sandbox.rows import SandboxTask

LINGER_PENDING_S = 0.7
LINGER_QUEUED_S = 0.9
FIRST_GUESS_S = 15.0

Work = Callable[[SandboxTask], Awaitable[bool]]


class Lane:
    """Starts tasks in order, `at_once` at the same time; `lingers` keeps each waiting long enough to be seen."""

    def __init__(self, *, at_once: int, lingers: bool) -> None:
        self._at_once = at_once
        self._lingers = lingers
        self._queue: asyncio.Queue[tuple[SandboxTask, float]] = asyncio.Queue()
        self._slots = asyncio.Semaphore(at_once)
        self._running: set[asyncio.Task[None]] = set()
        self._added = 0
        self._started = 0
        self._typical_s = FIRST_GUESS_S

    def give_place(self, task: SandboxTask) -> None:
        """Give the task its place behind all earlier ones. `add` lets it start."""
        must_wait = self._slots.locked() or self._added > self._started
        self._added += 1
        task.place = self._added
        task.status = "QUEUED" if must_wait and not self._lingers else "PENDING"

    def add(self, task: SandboxTask) -> None:
        self._queue.put_nowait((task, time.monotonic()))
        if self._lingers:
            asyncio.get_running_loop().call_later(LINGER_PENDING_S, _queue_up, task)

    def get_position(self, task: SandboxTask) -> int:
        """How many tasks have to start until this one has: 1 for the next; 0 once it has started."""
        return max(0, task.place - self._started)

    def estimate_wait_s(self, task: SandboxTask) -> int:
        return round(self.get_position(task) * self._typical_s / self._at_once)

    async def run(self, work: Work) -> None:
        """Start tasks until cancelled. `work` returns whether it took the time that such work takes."""
        while True:
            task, added_at = await self._queue.get()
            if self._lingers:
                await asyncio.sleep(added_at + LINGER_PENDING_S + LINGER_QUEUED_S - time.monotonic())
            await self._slots.acquire()
            self._started += 1
            running = asyncio.create_task(self._do(task, work))
            self._running.add(running)
            running.add_done_callback(self._running.discard)

    async def _do(self, task: SandboxTask, work: Work) -> None:
        began = time.monotonic()
        try:
            if await work(task):
                self._typical_s = 0.7 * self._typical_s + 0.3 * (time.monotonic() - began)
        finally:
            self._slots.release()

    def stop(self) -> None:
        for running in list(self._running):
            running.cancel()


def _queue_up(task: SandboxTask) -> None:
    if task.status == "PENDING":
        task.status = "QUEUED"
