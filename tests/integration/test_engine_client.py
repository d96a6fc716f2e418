"""A job that hangs, crashes, eats memory or is orphaned ends as an error, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine import client, slots
from engine.confine import MEMORY_VARIABLE
from tests import made_models
from tests.waiting import wait_until

pytestmark = pytest.mark.engine

ORPHAN = """
import sys, psutil
from pathlib import Path
from engine import client
def tell(progress, text):
    print(psutil.Process().children()[0].pid, flush=True)
client.run("render", file=Path(sys.argv[1]), out=Path(sys.argv[2]), options={"width": 4096}, on_progress=tell)
"""
FORKING = """
import json, os, time
child = os.fork()
if child:
    print(json.dumps({"child": child}))
else:
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def own_slots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(slots.FOLDER_VARIABLE, str(tmp_path / "slots"))


@pytest.fixture
def cube(tmp_path: Path) -> Path:
    return made_models.write(tmp_path, "cube.glb", made_models.glb())


def run_and_meet(cube: Path, out: Path, *, meet: Callable[[psutil.Process], object], **limits: float) -> object:
    """Return what `meet` makes of the engine's process, which is handed to it before it can have ended.

    :raises EngineError: as the job does
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        job = pool.submit(client.run, "inspect", file=cube, out=out, **limits)
        met = meet(wait_until(find_engine_process, every_s=0.01))
        job.result()
    return met


def find_engine_process() -> psutil.Process | None:
    with suppress(psutil.NoSuchProcess):  # a zombie too
        return next((child for child in psutil.Process().children() if "engine" in child.cmdline()), None)
    return None


def test_a_job_answers_and_tells_of_its_progress(cube: Path, tmp_path: Path) -> None:
    told: list[tuple[float, str]] = []

    answer = client.run("inspect", file=cube, out=tmp_path / "out", on_progress=lambda *words: told.append(words))

    assert answer["facts"]["triangles"] == 12
    assert told[0] == (0.1, "Reading the model")
    assert all(0 <= progress <= 1 for progress, _ in told)


def test_a_job_that_hangs_is_killed(cube: Path, tmp_path: Path) -> None:
    seen: list[psutil.Process] = []

    def hang(process: psutil.Process) -> None:
        seen.append(process)
        process.suspend()

    with pytest.raises(client.EngineError) as caught:
        run_and_meet(cube, tmp_path / "out", meet=hang, timeout_s=10)

    assert caught.value.kind == "timeout"
    assert "10 seconds" in caught.value.message
    assert not seen[0].is_running()


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_a_crash_is_an_error_and_not_the_end(cube: Path, tmp_path: Path, number: int) -> None:
    with pytest.raises(client.EngineError) as caught:
        run_and_meet(cube, tmp_path / "out", meet=lambda process: process.send_signal(number))

    assert caught.value.kind == "crashed"


def test_children_of_a_job_do_not_outlive_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A verb may fork; here a program of the test takes the engine's place."""
    monkeypatch.setattr(client, "build_command", lambda *_, **__: [sys.executable, "-c", FORKING, "engine", "fork"])

    answer = client.run("inspect", out=tmp_path)

    wait_until(lambda: not is_alive(answer["child"]), within_s=10)
    assert answer["child"] > 0


def is_alive(number: int) -> bool:
    return psutil.pid_exists(number) and psutil.Process(number).status() != psutil.STATUS_ZOMBIE


def test_a_job_that_wants_too_much_memory_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MEMORY_VARIABLE, str(1_700_000_000))
    document, _ = made_models.cube_document()
    vast: dict[str, Any] = {"componentType": 5126, "count": 19_999_998, "type": "VEC3"}
    document["accessors"].append(vast)
    document["meshes"][0]["primitives"][0] = {"attributes": {"POSITION": 3, "NORMAL": 3}}
    file = made_models.write(tmp_path, "vast.glb", made_models.glb(document))

    with pytest.raises(client.EngineError) as caught:
        client.run("inspect", file=file, out=tmp_path / "out")

    assert caught.value.kind == "memory"


def test_an_orphan_does_not_outlive_its_caller(cube: Path, tmp_path: Path) -> None:
    caller = subprocess.Popen(
        [sys.executable, "-c", ORPHAN, str(cube), str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        cwd=client.ROOT,
        env={**os.environ, "PYTHONPATH": str(client.ROOT)},
    )
    with caller:
        assert caller.stdout is not None
        engine = int(caller.stdout.readline())
        caller.kill()

    wait_until(lambda: not is_alive(engine), within_s=10)
    assert caller.returncode == -signal.SIGKILL


def test_a_job_waits_for_its_slot_only(cube: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(client.WAIT_VARIABLE, "0.1")

    with slots.hold_slot("heavy", wait_s=0):
        answer = client.run("inspect", file=cube, out=tmp_path / "out")
        with pytest.raises(client.EngineError) as caught:
            client.run("render", file=cube, out=tmp_path / "out")

    assert (answer["facts"]["format"], caught.value.kind) == ("glb", "busy")


def test_a_job_sees_neither_secrets_nor_other_files(
    cube: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIVERSE_API_KEY", "a-secret")
    secret = made_models.write(tmp_path, "secret.txt", b"a secret")

    environment: Any = run_and_meet(cube, tmp_path / "out", meet=lambda process: process.environ())
    tried = subprocess.run([sys.executable, "-c", CONFINED, str(secret), str(cube)], cwd=client.ROOT, check=False)

    assert "TRIVERSE_API_KEY" not in environment
    assert environment["HOME"] != os.environ["HOME"]
    assert tried.returncode in (0, 77)
    if tried.returncode == 77:
        pytest.skip("this kernel has no Landlock; the checks on files stand alone")


CONFINED = """
import sys
from pathlib import Path
from engine.confine import confine_files
secret, model = map(Path, sys.argv[1:])
secret.read_bytes()
if not confine_files(readable=[model], writable=[]):
    sys.exit(77)
model.read_bytes()
try:
    secret.read_bytes()
except PermissionError:
    sys.exit(0)
sys.exit("the secret could be read")
"""


def test_a_mistake_in_the_options_names_them(cube: Path, tmp_path: Path) -> None:
    with pytest.raises(client.EngineError) as caught:
        client.run("convert", file=cube, out=tmp_path / "out", options={"target_format": "blend"})

    assert caught.value.kind == "usage"
    assert "usdz" in caught.value.message


def test_without_blender_the_client_says_how_to_get_it(
    cube: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "is_available", lambda: False)

    with pytest.raises(client.EngineError) as caught:
        client.run("inspect", file=cube, out=tmp_path / "out")

    assert (caught.value.kind, "make setup" in caught.value.message) == ("missing", True)
