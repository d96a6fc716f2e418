"""Tasks at work: a queue in order of arrival, a few at a time, in threads beside the server."""

import asyncio
import logging
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.accounts import Accounts
from sandbox.changes import Changes
from sandbox.clock import Clock
from sandbox.faults import read_wanted_error
from sandbox.files import RESULTS_PREFIX, Files
from sandbox.lanes import Lane
from sandbox.rows import Made, Row, SandboxTask
from sandbox.state import Store
from sandbox.work import Job, Maker, Run, WorkFailed

logger = logging.getLogger("sandbox")

LANES = ("heavy", "light")
RETRY_BUSY_ENGINE_S = 1.0
DWELL_STEP_S = 0.1
# How a task ends that a fault was wished on, beside FAILED.
OTHER_ENDS = {"cancelled": "CANCELLED", "expired": "EXPIRED"}


@dataclass(frozen=True)
class Plan:
    """How tasks are done: `makers` by vendor, `heavy` (vendor, flow) that wait for each other, `at_once` in a lane."""

    makers: Mapping[str, Maker]
    run: Run
    heavy: frozenset[tuple[str, str]] = frozenset()
    at_once: int = 1
    lingers: bool = False


class Runner:
    def __init__(self, store: Store, *, accounts: Accounts, files: Files, clock: Clock, plan: Plan) -> None:
        self._store = store
        self._accounts = accounts
        self._files = files
        self._clock = clock
        self._plan = plan
        self._lanes = {name: Lane(at_once=plan.at_once, lingers=plan.lingers) for name in LANES}
        self._threads = ThreadPoolExecutor(max_workers=plan.at_once * len(LANES), thread_name_prefix="engine")
        self._dispatchers: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending: set[str] = set()
        self._closing = False
        self.changes = Changes()

    def start(self) -> None:
        """Begin to work, first on what an earlier life of this program left open."""
        self._loop = asyncio.get_running_loop()
        shutil.rmtree(self._folder, ignore_errors=True)
        for task in self._store.tasks.values():
            if not task.has_ended:
                task.started_at, task.progress = None, 0
                self.give_place(task)
                self.add(task)
        self._dispatchers = [asyncio.create_task(lane.run(self._work)) for lane in self._lanes.values()]

    @property
    def _folder(self) -> Path:
        return self._store.folder / "work"

    def _get_lane(self, task: SandboxTask) -> Lane:
        return self._lanes["heavy" if (task.vendor, task.flow) in self._plan.heavy else "light"]

    def give_place(self, task: SandboxTask) -> None:
        """Give the task its place in the queue; it may be awaited before `add` lets it start."""
        self._get_lane(task).give_place(task)

    def add(self, task: SandboxTask) -> None:
        self._get_lane(task).add(task)

    def get_position(self, task: SandboxTask) -> int:
        return self._get_lane(task).get_position(task)

    def estimate_wait_s(self, task: SandboxTask) -> int:
        return self._get_lane(task).estimate_wait_s(task)

    async def cancel(self, task: SandboxTask) -> list[Row]:
        """Take an open task out, let its credits go, and return the rows to save.

        A task whose end is being written down is waited for: it has ended by itself.
        """
        while task.id in self._ending and not task.has_ended:
            await self.changes.wait(task.id, within_s=1)
        if task.has_ended:
            return []
        task.status, task.completed_at = "CANCELLED", self._clock.now()
        self.changes.tell(task.id)
        return self._accounts.release(task)

    async def _work(self, task: SandboxTask) -> bool:
        """Take a task to its end; False when it has none, or was cancelled before its turn."""
        if task.has_ended:
            return False
        try:
            await self._begin(task)
            if "never_ending" in task.faults:
                task.progress = 50
                return False
            await self._finish(task)
        except Exception:
            if task.has_ended:  # it was cancelled, and its files were taken away under its work
                return True
            logger.exception("task %s: the sandbox itself failed", task.id)
            await self._fail(task, WorkFailed("crashed", "The task stopped unexpectedly."))
        return True

    async def _begin(self, task: SandboxTask) -> None:
        task.status, task.started_at, task.progress = "RUNNING", self._clock.now(), 0
        self.changes.tell(task.id)
        await self._store.save(task)

    async def _finish(self, task: SandboxTask) -> None:
        try:
            await self._dwell(task, task.faults.get("takes", 0.0))
            if wanted := read_wanted_error(task.faults):
                raise WorkFailed(wanted, "The task failed because a fault was asked for.")
            made = await self._make(task)
        except WorkFailed as error:
            await self._fail(task, error)
            return
        if task.has_ended:
            return
        for fate, status in OTHER_ENDS.items():
            if fate in task.faults:
                await self._end(task, status, self._accounts.release(task))
                return
        kept = Made() if "no_asset" in task.faults else made
        await self._end(task, "SUCCESS", self._accounts.charge(task), made=kept)

    async def _dwell(self, task: SandboxTask, seconds: float) -> None:
        """Let the time of a long work pass, to see what waits behind it."""
        steps = round(seconds / DWELL_STEP_S)
        for step in range(steps):
            await asyncio.sleep(DWELL_STEP_S)
            if task.has_ended:
                return
            task.progress = 90 * (step + 1) // steps
            self.changes.tell(task.id)

    async def _make(self, task: SandboxTask) -> Made:
        while True:
            try:
                return await asyncio.get_running_loop().run_in_executor(self._threads, self._make_in_thread, task)
            except WorkFailed as error:
                if error.kind != "busy":
                    raise
                await asyncio.sleep(RETRY_BUSY_ENGINE_S)

    def _make_in_thread(self, task: SandboxTask) -> Made:
        def note_progress(share: float, _text: str) -> None:
            if task.has_ended:
                raise WorkFailed("cancelled", "The task was cancelled.")
            progress = max(task.progress, min(99, int(share * 100)))
            if progress != task.progress and self._loop and not self._closing:
                task.progress = progress
                self._loop.call_soon_threadsafe(self.changes.tell, task.id)

        note_progress(0, "")
        out = self._folder / task.id
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        job = Job(
            task=task,
            source=self._files.get_path(task.source) if task.source else None,
            pictures=[self._files.get_path(key) for key in task.pictures],
            out=out,
            run=self._plan.run,
            on_progress=note_progress,
        )
        try:
            made = self._plan.makers[task.vendor](job)
            note_progress(1, "")
            home = self._files.get_path(RESULTS_PREFIX + task.id)
            shutil.rmtree(home, ignore_errors=True)
            home.parent.mkdir(parents=True, exist_ok=True)
            out.rename(home)
        finally:
            shutil.rmtree(out, ignore_errors=True)
        return made

    async def _fail(self, task: SandboxTask, error: WorkFailed) -> None:
        if self._closing or task.has_ended:
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
        made: Made | None = None,
        error: dict[str, str] | None = None,
    ) -> None:
        """Write the end down first, then show it: what a client has seen must be true after a crash."""
        made = made or Made()
        self._ending.add(task.id)
        changes = {
            "status": status,
            "completed_at": self._clock.now(),
            "files": made.files,
            "notes": made.notes,
            "text": made.text,
            "error": error,
        }
        if status == "SUCCESS":
            changes["progress"] = 100
        await self._store.save(replace(task, **changes), *money)  # type: ignore[arg-type]
        for name, value in changes.items():
            setattr(task, name, value)
        self._ending.discard(task.id)
        self.changes.tell(task.id)
        logger.info("task %s %s: %s", task.id, task.flow, status)

    async def stop(self) -> None:
        """Leave open tasks as they are; the next start takes them up again."""
        self._closing = True
        for dispatcher in self._dispatchers:
            dispatcher.cancel()
        for lane in self._lanes.values():
            lane.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)
