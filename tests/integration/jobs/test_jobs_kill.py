"""kill -9 of the worker's whole process group, in the middle of each state: every task ends well, created once."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.sandbox_process import SandboxProcess
from tests.task_starter import TaskStarter
from tests.waiting import wait_until
from tests.worker_process import WorkerProcess

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
def worker(tmp_path_factory: pytest.TempPathFactory, lingering: SandboxProcess) -> Iterator[WorkerProcess]:
    """A worker, which each test leaves behind at work. Blender has no memory here: nobody looks at its pictures."""
    data_dir = tmp_path_factory.mktemp("kill") / "data"
    worker = WorkerProcess(data_dir, SANDBOX_URL=lingering.base_url, PATINA_ENGINE_MEMORY_BYTES="1").migrate()
    yield worker
    worker.kill()


@pytest.fixture(scope="module")
def starter(worker: WorkerProcess) -> Iterator[TaskStarter]:
    with TaskStarter(worker.environment) as starter:
        yield starter


@pytest.fixture(autouse=True)
def no_faults(lingering: SandboxProcess) -> Iterator[None]:
    yield
    lingering.clear_faults()


def count_created(sandbox: SandboxProcess, worker: WorkerProcess, task: int) -> int:
    order_id = worker.query("SELECT order_id FROM jobs_task WHERE id = ?", task)[0][0]
    lines = sandbox.ledger()["lines"]
    return sum(line["event"] == "created" and line["client_order_id"] == order_id for line in lines)


def has_fault_struck(sandbox: SandboxProcess) -> bool:
    faults = requests.get(f"{sandbox.base_url}/_sandbox/faults", timeout=5).json()["active"]
    return all(fault["name"] == "unknown_status" for fault in faults)


def kill_in(moment: str, worker: WorkerProcess, starter: TaskStarter, sandbox: SandboxProcess) -> int:
    """Start a task, kill the worker at that moment of its life, and return the task's number."""
    state, fault = MOMENTS[moment]
    if fault:
        sandbox.set_fault(**fault)
    if moment == "queued":
        worker.kill()
    elif not worker.is_running():
        worker.start()
    task = starter.start_model(moment)
    worker.wait_for_state(task, state)
    wait_until(lambda: has_fault_struck(sandbox))
    worker.kill()
    assert worker.get_state(task) == state
    return task


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_kill_loses_nothing_and_sends_nothing_twice(
    worker: WorkerProcess, starter: TaskStarter, lingering: SandboxProcess, moment: str
) -> None:
    task = kill_in(moment, worker, starter, lingering)

    worker.start()

    worker.wait_for_state(task, "succeeded", within_s=60)
    assert count_created(lingering, worker, task) == 1
    assert worker.query("SELECT count(*) FROM jobs_asset WHERE task_id = ?", task) == [(1,)]


def test_a_task_waits_for_a_vendor_that_is_down(
    worker: WorkerProcess, starter: TaskStarter, lingering: SandboxProcess
) -> None:
    if not worker.is_running():
        worker.start()
    lingering.kill()
    task = starter.start_model("down")
    wait_until(lambda: worker.query("SELECT attempts FROM jobs_task WHERE id = ?", task)[0][0] > 0)
    note = worker.query("SELECT note FROM jobs_task WHERE id = ?", task)[0][0]
    assert note.startswith("Triverse is not answering. The task waits safely")

    lingering.start()

    worker.wait_for_state(task, "succeeded")
    assert count_created(lingering, worker, task) == 1
    assert worker.stop() == 0
