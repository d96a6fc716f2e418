"""`run_operation` as a process of its own, with a worker and a sandbox: results, reports and exit status."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox_process import ROOT, SandboxProcess
from tests.waiting import wait_until
from tests.worker_process import WorkerProcess

REMESH = "triverse.model-remesh"
RENDER = "triverse.model-preview-render"
COMMAND_WITHIN_S = 120
REPORT_KEYS = {"task", "operation", "state", "remote_id", "error", "credits", "moments", "outputs"}
OUTPUT_KEYS = {"role", "format", "path", "size_bytes", "sha256", "facts", "verdict"}
MAKE_PROJECT = """
from jobs.models import User
from jobs.projects import create_project
robots = create_project(user=User.objects.create_user("ada"), name="Robots")
robots.memberships.update(may_spend=True)
"""


@pytest.fixture(scope="module")
def canned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    sandbox = SandboxProcess(tmp_path_factory.mktemp("commands-sandbox") / "state", results="canned", speed="fast")
    yield sandbox.start()
    sandbox.kill()


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory, canned: SandboxProcess) -> Iterator[WorkerProcess]:
    """A worker at work, and the project `robots` with its owner."""
    worker = WorkerProcess(tmp_path_factory.mktemp("commands") / "data", SANDBOX_URL=canned.base_url).migrate()
    worker.run_python(MAKE_PROJECT)
    worker.start()
    wait_until(lambda: worker.query("SELECT 1 FROM jobs_lease WHERE name = 'sweep'") != [], within_s=40)
    yield worker
    worker.kill()


def run_process(worker: WorkerProcess, key: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "run_operation", key, "--project", "robots", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, env=worker.environment, capture_output=True, text=True, timeout=COMMAND_WITHIN_S
    )


def hash_file(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def test_a_file_goes_out_and_its_results_come_back(worker: WorkerProcess, glb: Path, tmp_path: Path) -> None:
    done = run_process(
        worker,
        RENDER,
        *("--file", f"model_file={glb}", "--set", "camera_angles=front,left", "--set", "render_mode=multi_angle"),
        *("--set", "image_count=2", "--set", "resolution=64x48", "--set", "enable_white_render=false"),
        *("--save-to", tmp_path / "out", "--json"),
    )

    assert done.returncode == 0, done.stderr
    assert "No worker" not in done.stderr
    report = json.loads(done.stdout)
    assert set(report) == REPORT_KEYS
    assert (report["operation"], report["state"], report["error"]) == (RENDER, "succeeded", None)
    assert next(iter(report["moments"])) == "queued"
    assert report["moments"]["succeeded"].endswith("Z")
    assert all(set(output) >= OUTPUT_KEYS for output in report["outputs"])
    assert {row["key"]: row["met"] for row in report["outputs"][0]["verdict"]} == dict.fromkeys(
        ("count", "angles", "resolution", "format"), True
    )
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["robot-front-rgb.png", "robot-left-rgb.png"]
    assert [hash_file(output["path"]) for output in report["outputs"]] == [
        output["sha256"] for output in report["outputs"]
    ]
    assert {Path(output["path"]).stat().st_size for output in report["outputs"]} == {
        output["size_bytes"] for output in report["outputs"]
    }


def test_words_come_back_as_an_output_and_as_a_file(worker: WorkerProcess, tmp_path: Path) -> None:
    done = run_process(
        worker,
        *("triverse.prompt-optimize", "--set", "user_input=a red chair"),
        *("--save-to", tmp_path / "out", "--json"),
    )

    assert done.returncode == 0, done.stderr
    (output,) = json.loads(done.stdout)["outputs"]
    assert set(output) >= OUTPUT_KEYS | {"name", "text"}
    assert (output["role"], output["format"], output["name"]) == ("text", "txt", "prompt-optimization.txt")
    assert "red chair" in output["text"]
    content = Path(output["path"]).read_bytes()
    assert content.decode() == output["text"]
    assert (output["size_bytes"], output["sha256"]) == (len(content), hash_file(output["path"]))


def test_a_task_that_ends_otherwise_is_status_1(worker: WorkerProcess, canned: SandboxProcess, glb: Path) -> None:
    canned.set_fault("failed")

    done = run_process(worker, REMESH, "--file", f"model_file={glb}", "--wait", "--json")

    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert report["state"] == "failed"
    assert set(report["error"]) == {"what", "charged", "now"}
    assert report["error"]["charged"] == "released"


def test_a_time_out_is_status_3_and_the_task_goes_on(worker: WorkerProcess, canned: SandboxProcess, glb: Path) -> None:
    canned.set_fault("never_ending")

    done = run_process(worker, REMESH, "--file", f"model_file={glb}", "--wait", "--timeout", "1", "--json")

    assert done.returncode == 3
    worker.wait_for_state(json.loads(done.stdout)["task"], "running")


def test_refused_input_is_status_2_with_json_on_standard_error(worker: WorkerProcess) -> None:
    done = run_process(worker, REMESH, "--set", "target_face_count=-1")

    assert (done.returncode, done.stdout) == (2, "")
    assert set(json.loads(done.stderr)) == {"model_file", "target_face_count"}
