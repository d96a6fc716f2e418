"""`manage.py worker` under the supervisor that `serve` has, without the web; its processes can be found and killed."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Self

import psutil

from jobs.models import END_STATES
from jobs.supervisor import Child, Supervisor
from tests.task_starter import TaskStarter
from tests.waiting import wait_until
from tests.worker_process import ROOT, WorkerProcess

WORKERS = 4


class SupervisedWorker(WorkerProcess):
    """Tended only while somebody waits: `wait`."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        super().__init__(data_dir, WORKERS=str(WORKERS), **environment)
        self.child = Child("worker", [sys.executable, str(ROOT / "manage.py"), "worker"], self.environment)
        self.supervisor = Supervisor([self.child])
        self.starter = TaskStarter(self.environment)

    def __enter__(self) -> Self:
        self.child.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.supervisor.stop()
        self.starter.stop()

    def start_task(self, marker: str) -> int:
        return self.starter.start_words(marker)

    def tend(self) -> None:
        self.supervisor.tend()

    # --- Its processes; django-q2 says in their titles what they do ---------------------------------------------------

    def find_main(self) -> list[psutil.Process]:
        return [psutil.Process(self.child.process.pid)] if self.child.process and self.child.is_running() else []

    def find_sentinel(self) -> list[psutil.Process]:
        return [child for main in self.find_main() for child in main.children()]

    def find_children(self, title: str) -> list[psutil.Process]:
        """Return the sentinel's children whose titles say `title`."""
        children = [child for sentinel in self.find_sentinel() for child in sentinel.children()]
        return [child for child in children if title in f"{read_title(child)} "]

    def find_idle(self) -> list[psutil.Process]:
        return self.find_children(" idle ")

    def find_busy(self) -> list[psutil.Process]:
        return self.find_children(" processing ")

    def find_monitor(self) -> list[psutil.Process]:
        return self.find_children(" monitor ")

    def find_pusher(self) -> list[psutil.Process]:
        return self.find_children(" pusher ")

    def find_family(self) -> list[psutil.Process]:
        return [*self.find_main(), *(child for main in self.find_main() for child in main.children(recursive=True))]

    def is_complete(self) -> bool:
        """Return whether each process is there once, a sweep among the workers, and none beside them."""
        idle, busy, others = self.find_idle(), self.find_busy(), [*self.find_monitor(), *self.find_pusher()]
        is_sweeping = self.query("SELECT count(*) FROM jobs_lease WHERE name = 'sweep' AND owner != ''") == [(1,)]
        known = [*idle, *busy, *others]
        is_full = len(idle) + len(busy) == WORKERS and len(idle) >= WORKERS - 1 and len(others) == 2
        return is_sweeping and bool(busy) and is_full and len(self.find_family()) == len(known) + 2

    def wait_until_complete(self) -> None:
        wait_until(lambda: self.tend() or holds(self.is_complete), within_s=60, every_s=0.2)

    def wait_until_gone(self, processes: list[psutil.Process]) -> None:
        wait_until(lambda: self.tend() or not any(is_alive(process) for process in processes), every_s=0.2)

    def wait_until_done(self, task: int) -> None:
        try:
            wait_until(lambda: self.tend() or self.get_state(task) in END_STATES, within_s=60, every_s=0.2)
        finally:
            print(self.describe(task))  # noqa: T201 (seen when a test fails)
        assert self.get_state(task) == "succeeded"


def read_title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline()).rstrip()
    except psutil.Error:
        return ""


def holds(condition: Callable[[], bool]) -> bool:
    """Return the condition's answer; False when a process died while it was looked at."""
    try:
        return condition()
    except psutil.NoSuchProcess:
        return False


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
