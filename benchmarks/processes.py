"""Programs that the benchmarks start, each in a process of its own, and what they cost."""

import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import requests

from tests.ports import find_free_port

ROOT = Path(__file__).resolve().parent.parent
END_WITHIN_S = 15
LOAD_WITHIN_S = 60


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
        self.process.terminate()
        self.process.wait(timeout=END_WITHIN_S)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def load(self, vendor: str, count: int, **choices: Any) -> list[tuple[str, float, float]]:
        """Put tasks there; return the ID, the creation and the end of each."""
        return self._call("POST", "load", {"vendor": vendor, "count": count, **choices})

    def get_ends(self) -> dict[str, float]:
        """Return when each task ends, also of those that have not yet."""
        return self._call("GET", "finished?all=1")

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
