"""What survives a crash, a stop and a second start."""

import signal
import subprocess
import sys
from pathlib import Path

from tests.integration.sandbox.caller import Caller, fetch, read_data
from tests.sandbox_process import ROOT, SandboxProcess
from tests.waiting import wait_until


def test_open_tasks_survive_a_crash(lingering_sandbox: SandboxProcess) -> None:
    with Caller(lingering_sandbox) as caller:
        model = caller.upload_model()
        created = [caller.remesh(model_file=model, client_order_id=f"order-{number}") for number in range(3)]
        lingering_sandbox.kill()
        lingering_sandbox.start()

        for creation in created:
            status = caller.finish(creation)
            assert status["status"] == "SUCCESS"
            assert [event for event, _ in caller.events(status["task_uuid"])] == ["created", "charged"]
        assert read_data(caller.remesh(model_file=model, client_order_id="order-1")) == read_data(created[1])


def test_finished_tasks_credits_and_addresses_survive_a_crash(lingering_sandbox: SandboxProcess) -> None:
    with Caller(lingering_sandbox) as caller:
        lingering_sandbox.advance_clock(7200)
        done = caller.finish(caller.remesh())
        url, balance = caller.result_url(done["task_uuid"]), caller.balance()
        lingering_sandbox.kill()
        lingering_sandbox.start()

        again = caller.status(done["task_uuid"])
        assert again["status"] == "SUCCESS"
        assert again["completed_at"] == done["completed_at"]
        assert caller.balance() == balance
        assert fetch(url).status_code == 200
        later = read_data(caller.remesh())
        assert later["created_at"] > done["completed_at"]


def test_a_tasks_fate_survives_a_restart(lingering_sandbox: SandboxProcess) -> None:
    with Caller(lingering_sandbox) as caller:
        created = caller.remesh(fault="failed")
        endless = read_data(caller.remesh(fault="never_ending"))["task_uuid"]

        assert lingering_sandbox.stop() == 0
        lingering_sandbox.start()

        assert caller.finish(created)["status"] == "FAILED"
        wait_until(lambda: caller.status(endless)["status"] == "RUNNING")


def test_it_stops_at_ctrl_c(tmp_path: Path) -> None:
    sandbox = SandboxProcess(tmp_path / "state").start()
    assert sandbox.process is not None

    sandbox.process.send_signal(signal.SIGINT)

    assert sandbox.process.wait(timeout=15) == 0


def start_second(port: int, state: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--state", str(state)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)


def test_a_taken_port_gives_one_clear_line(sandbox: SandboxProcess, tmp_path: Path) -> None:
    second = start_second(sandbox.port, tmp_path / "other")

    assert second.returncode == 1
    assert len(second.stderr.splitlines()) == 1
    assert str(sandbox.port) in second.stderr


def test_two_cannot_share_a_state_folder(sandbox: SandboxProcess) -> None:
    second = start_second(0, sandbox.state_dir)

    assert second.returncode == 1
    assert len(second.stderr.splitlines()) == 1
    assert str(sandbox.state_dir) in second.stderr
