"""Tasks at work: a queue in order of arrival, a few at a time, in threads beside the server."""

import asyncio
import logging
import shutil
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from sandbox.accounts import Accounts
from sandbox.clock import Clock
from sandbox.files import RESULTS_PREFIX, Files
from sandbox.rows import ResultFile, Row, SandboxTask
from sandbox.state import Store
from sandbox.work import Job, Maker, Run, WorkFailed

logger = logging.getLogger("sandbox")

AT_ONCE = 2
LINGER_PENDING_S = 0.7
LINGER_QUEUED_S = 0.9
RETRY_BUSY_ENGINE_S = 1.0
FIRST_GUESS_S = 15.0


class Runner:
    def __init__(
        self,
        store: Store,
        *,
        accounts: Accounts,
        files: Files,
        clock: Clock,
        makers: Mapping[str, Maker],
        run: Run,
        lingers: bool,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._files = files
        self._clock = clock
        self._makers = makers
        self._run = run
        self._queue: asyncio.Queue[tuple[SandboxTask, float]] = asyncio.Queue()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._threads = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="engine")
        self._running: set[asyncio.Task[None]] = set()
        self._dispatcher: asyncio.Task[None] | None = None
        self._added = 0
        self._started = 0
        self._typical_s = FIRST_GUESS_S
        self._closing = False
        self._lingers = lingers

    def start(self) -> None:
        """Begin to work, first on what an earlier life of this program left open."""
        shutil.rmtree(self._folder, ignore_errors=True)
        for task in self._store.tasks.values():
            if not task.has_ended:
                task.started_at, task.progress = None, 0
                self.give_place(task)
                self.add(task)
        self._dispatcher = asyncio.create_task(self._dispatch())

    @property
    def _folder(self) -> Path:
        return self._store.folder / "work"

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
        return round(self.get_position(task) * self._typical_s / AT_ONCE)

    async def _dispatch(self) -> None:
        while True:
            task, added_at = await self._queue.get()
            await self._linger(task, added_at)
            await self._slots.acquire()
            self._started += 1
            running = asyncio.create_task(self._work(task))
            self._running.add(running)
            running.add_done_callback(self._running.discard)

    async def _linger(self, task: SandboxTask, added_at: float) -> None:
        """Let a person see PENDING and QUEUED for a moment; a real service never starts at once."""
        if self._lingers:
            await asyncio.sleep(added_at + LINGER_PENDING_S + LINGER_QUEUED_S - time.monotonic())

    async def _work(self, task: SandboxTask) -> None:
        began = time.monotonic()
        try:
            await self._begin(task)
            if "never_ending" in task.faults:
                task.progress = 50
                return
            await self._finish(task)
            self._typical_s = 0.7 * self._typical_s + 0.3 * (time.monotonic() - began)
        except Exception:
            logger.exception("task %s: the sandbox itself failed", task.id)
            await self._fail(task, WorkFailed("crashed", "The task stopped unexpectedly."))
        finally:
            self._slots.release()

    async def _begin(self, task: SandboxTask) -> None:
        task.status, task.started_at, task.progress = "RUNNING", self._clock.now(), 0
        await self._store.save(task)

    async def _finish(self, task: SandboxTask) -> None:
        try:
            if "failed" in task.faults:
                raise WorkFailed("failed", "The task failed because a fault was asked for.")
            files = await self._make(task)
        except WorkFailed as error:
            await self._fail(task, error)
            return
        if "cancelled" in task.faults:
            await self._end(task, "CANCELLED", self._accounts.release(task))
            return
        kept = [] if "no_asset" in task.faults else files
        await self._end(task, "SUCCESS", self._accounts.charge(task), files=kept)

    async def _make(self, task: SandboxTask) -> list[ResultFile]:
        while True:
            try:
                return await asyncio.get_running_loop().run_in_executor(self._threads, self._make_in_thread, task)
            except WorkFailed as error:
                if error.kind != "busy":
                    raise
                await asyncio.sleep(RETRY_BUSY_ENGINE_S)

    def _make_in_thread(self, task: SandboxTask) -> list[ResultFile]:
        def note_progress(share: float, _text: str) -> None:
            task.progress = max(task.progress, min(99, int(share * 100)))

        out = self._folder / task.id
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        source = self._files.get_path(task.source or "")
        job = Job(task=task, source=source, out=out, run=self._run, on_progress=note_progress)
        made = self._makers[task.vendor](job)
        home = self._files.get_path(RESULTS_PREFIX + task.id)
        shutil.rmtree(home, ignore_errors=True)
        home.parent.mkdir(parents=True, exist_ok=True)
        out.rename(home)
        return made

    async def _fail(self, task: SandboxTask, error: WorkFailed) -> None:
        if self._closing:
            return
        logger.info("task %s failed: %s: %s", task.id, error.kind, error.message)
        reason = {"kind": error.kind, "message": error.message}
        await self._end(task, "FAILED", self._accounts.release(task), error=reason)

    async def _end(
        self,
        task: SandboxTask,
        status: str,
        money: list[Row],
        *,
        files: list[ResultFile] | None = None,
        error: dict[str, str] | None = None,
    ) -> None:
        """Write the end down first, then show it: what a client has seen must be true after a crash."""
        changes = {"status": status, "completed_at": self._clock.now(), "files": files or [], "error": error}
        if status == "SUCCESS":
            changes["progress"] = 100
        await self._store.save(replace(task, **changes), *money)  # type: ignore[arg-type]
        for name, value in changes.items():
            setattr(task, name, value)
        logger.info("task %s %s: %s", task.id, task.flow, status)

    async def stop(self) -> None:
        """Leave open tasks as they are; the next start takes them up again."""
        self._closing = True
        if self._dispatcher:
            self._dispatcher.cancel()
        for running in list(self._running):
            running.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)


def _queue_up(task: SandboxTask) -> None:
    if task.status == "PENDING":
        task.status = "QUEUED"
