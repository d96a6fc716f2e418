"""Programs that the benchmarks start, each in a process of its own, and what they cost."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import psutil
import requests

from tests.ports import find_free_port
from tests.servers import PostgresServer

ROOT = Path(__file__).resolve().parent.parent
END_WITHIN_S = 15
LOAD_WITHIN_S = 60
NO_ENGINE = "import sys\nsys.modules['bpy'] = None\n"  # importlib then finds no Blender


class StubProcess:
    """The stub vendor on a free port; `base_url` is what SANDBOX_URL is set to."""

    def __init__(self, *, latency_s: float = 0.1, rate: float = 0.0, progress: str = "percent") -> None:
        self.port = find_free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        options = ["--latency", str(latency_s), "--rate", str(rate), "--progress", progress]
        command = [sys.executable, "-m", "benchmarks.stub_vendor", "--port", str(self.port), *options]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        if not self.process.stdout.readline().startswith("ready"):
            raise RuntimeError("the stub vendor did not start")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def stop(self) -> None:
        end(self.process)

    def load(self, vendor: str, count: int, **choices: Any) -> list[tuple[str, float, float]]:
        """Put tasks there; return the ID, the creation and the end of each."""
        return [tuple(item) for item in self._call("POST", "load", {"vendor": vendor, "count": count, **choices})]

    def get_ends(self) -> dict[str, float]:
        """Return when each task ends, also of those that have not yet."""
        return self._call("GET", "finished?all=1")

    def get_created(self) -> dict[str, float]:
        """Return when each task was created."""
        return self._call("GET", "created")

    def get_ages(self) -> list[float]:
        """Return for how many seconds nobody has asked about each task that still runs."""
        return self._call("GET", "ages")

    def take_counters(self) -> dict[str, int]:
        """Return how many requests of each kind came since the last call."""
        return self._call("DELETE", "counters")

    def change(self, **choices: Any) -> None:
        self._call("POST", "settings", choices)

    def reset(self) -> None:
        self._call("POST", "reset")

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = requests.request(method, f"{self.base_url}/stub/{path}", json=body or {}, timeout=LOAD_WITHIN_S)
        answer.raise_for_status()
        return answer.json()


class Talker:
    """One of our modules in a process of its own that answers a line of JSON for each that it gets (talking.py)."""

    def __init__(self, module: str, environment: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, do: str, **choices: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": do, **choices}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args} ended")
        return json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        end(self.process)


def end(process: subprocess.Popen[Any]) -> None:
    """Ask a process to end, and see to it."""
    process.terminate()
    try:
        process.wait(timeout=END_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


def get_tree(pid: int) -> list[psutil.Process]:
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def get_cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process and of all that it has started, the ended ones too."""
    total = 0.0
    for process in get_tree(pid):
        with contextlib.suppress(psutil.Error):
            total += sum(process.cpu_times())
    return total


def get_pss_mb(pid: int) -> float:
    """Return the memory of a process and its children, what they share counted once."""
    total = 0
    for process in get_tree(pid):
        with contextlib.suppress(psutil.Error):
            total += process.memory_full_info().pss
    return total / 1e6


def leave_out_engine(folder: Path) -> dict[str, str]:
    """Return an environment in which no Blender is found, as on a machine without it: no posters of models are made."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(NO_ENGINE)
    return {"PYTHONPATH": str(folder)}


@contextlib.contextmanager
def start_database(name: str) -> Iterator[tuple[dict[str, str], int | None]]:
    """Give the settings for a fresh database, and the process of its server where it has one."""
    if name == "SQLite":
        yield {}, None
        return
    with PostgresServer(durable=True) as server:
        assert server.process is not None
        yield {"DATABASE_URL": server.make_database("patina")}, server.process.pid
