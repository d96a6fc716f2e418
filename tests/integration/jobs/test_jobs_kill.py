"""kill -9 of the worker's whole process group, in the middle of each state: every task ends well, created once."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from jobs.worker import is_anybody_busy
from tests.sandbox_process import SandboxProcess
from tests.waiting import wait_until
from tests.worker_process import WorkerProcess

START_TASK = """
import sys
from jobs.models import Project, User
from tests.integration.jobs.trip import start_task
project, _ = Project.objects.get_or_create(name="Robots", slug="robots")
print(start_task(project, marker=sys.argv[1]).pk)
"""
SLOW_S = 30
# Where each kill strikes: the state that is seen, and the fault that keeps the task there meanwhile.
MOMENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "queued": ("queued", {}),  # no worker has been there
    "uploading": ("submitting", {"name": "slow", "on": ["upload"], "value": SLOW_S}),
    "sending": ("submitting", {"name": "slow", "on": ["create"], "value": SLOW_S}),
    "sent": ("unknown", {"name": "drop_after_accept", "on": ["create"]}),
    "waiting": ("waiting", {}),
    "running": ("running", {"name": "unknown_status", "count": 3}),  # a word that counts as running
    "saving": ("saving", {"name": "slow", "on": ["storage"], "value": SLOW_S}),
}


@pytest.fixture(scope="module")
def lingering(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """A sandbox whose tasks take a moment."""
    sandbox = SandboxProcess(tmp_path_factory.mktemp("lingering") / "state", speed="real").start()
    yield sandbox
    sandbox.kill()  # it may still be busy with the slow answers of these tests


@pytest.fixture(scope="module")
def empty_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with all tables and no rows."""
    return WorkerProcess(tmp_path_factory.mktemp("empty") / "data").migrate().data_dir


@pytest.fixture
def worker(tmp_path: Path, empty_data: Path, lingering: SandboxProcess) -> Iterator[WorkerProcess]:
    data_dir = shutil.copytree(empty_data, tmp_path / "data")
    worker = WorkerProcess(data_dir, SANDBOX_URL=lingering.base_url)
    yield worker
    worker.kill()
    lingering.clear_faults()


def start(worker: WorkerProcess, marker: str) -> int:
    return int(worker.run_python(START_TASK, marker))


def count_created(sandbox: SandboxProcess, worker: WorkerProcess, task: int) -> int:
    order_id = worker.query("SELECT order_id FROM jobs_task WHERE id = ?", task)[0][0]
    lines = sandbox.ledger()["lines"]
    return sum(line["event"] == "created" and line["client_order_id"] == order_id for line in lines)


def has_fault_struck(sandbox: SandboxProcess) -> bool:
    faults = requests.get(f"{sandbox.base_url}/_sandbox/faults", timeout=5).json()["active"]
    return all(fault["name"] == "unknown_status" for fault in faults)


def kill_in(moment: str, worker: WorkerProcess, sandbox: SandboxProcess) -> int:
    """Start a task, kill the worker at that moment of its life, and return the task's number."""
    state, fault = MOMENTS[moment]
    if fault:
        sandbox.set_fault(**fault)
    if moment != "queued":
        worker.start()
    task = start(worker, moment)
    worker.wait_for_state(task, state)
    wait_until(lambda: has_fault_struck(sandbox))
    worker.kill()
    assert worker.get_state(task) == state
    return task


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_kill_loses_nothing_and_sends_nothing_twice(
    worker: WorkerProcess, lingering: SandboxProcess, moment: str
) -> None:
    task = kill_in(moment, worker, lingering)

    worker.start()

    worker.wait_for_state(task, "succeeded", within_s=60)
    assert count_created(lingering, worker, task) == 1
    assert worker.query("SELECT count(*) FROM jobs_asset WHERE task_id = ?", task) == [(1,)]


def test_a_task_waits_for_a_vendor_that_is_down(tmp_path: Path, empty_data: Path) -> None:
    sandbox = SandboxProcess(tmp_path / "sandbox")
    data_dir = shutil.copytree(empty_data, tmp_path / "data")
    worker = WorkerProcess(data_dir, SANDBOX_URL=sandbox.base_url).start()
    try:
        task = start(worker, "down")
        wait_until(lambda: worker.query("SELECT attempts FROM jobs_task WHERE id = ?", task)[0][0] > 0)
        note = worker.query("SELECT note FROM jobs_task WHERE id = ?", task)[0][0]
        assert note.startswith("Triverse is not answering. The task waits safely")

        sandbox.start()

        worker.wait_for_state(task, "succeeded")
        assert count_created(sandbox, worker, task) == 1
        assert worker.stop() == 0
    finally:
        worker.kill()
        sandbox.stop()


def wait_for_sweep(worker: WorkerProcess) -> None:
    wait_until(lambda: worker.query("SELECT count(*) FROM jobs_lease WHERE name = 'sweep' AND owner != ''") == [(1,)])


def test_a_cluster_whose_children_are_killed_works_on(worker: WorkerProcess) -> None:
    worker.start()
    assert worker.process is not None
    wait_for_sweep(worker)
    sentinel = psutil.Process(worker.process.pid).children()[0]
    assert is_anybody_busy(sentinel.pid)  # at the sweep

    for _ in range(2):
        children = sentinel.children()
        for child in children:  # idle workers, the sweep's, the monitor and the pusher
            child.kill()
        wait_until(lambda old=children: len([child for child in sentinel.children() if child not in old]) >= len(old))
    task = start(worker, "killed children")

    worker.wait_for_state(task, "succeeded")
    assert worker.process.poll() is None


def test_a_worker_leaves_no_process_behind(worker: WorkerProcess) -> None:
    worker.start()
    assert worker.process is not None
    wait_for_sweep(worker)
    family = find_family(worker.process.pid)
    assert len(family) >= 6

    worker.process.kill()  # the main process alone
    worker.process.wait()

    wait_until(lambda: not any(is_alive(pid) for pid in family), within_s=5)


def test_a_worker_whose_sentinel_dies_ends_with_its_status(worker: WorkerProcess) -> None:
    worker.start()
    assert worker.process is not None
    wait_for_sweep(worker)

    psutil.Process(worker.process.pid).children()[0].kill()

    assert worker.process.wait(timeout=20) == 70


def find_family(pid: int) -> list[int]:
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


def is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
