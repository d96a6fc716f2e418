"""The sandbox in a process of its own, with a state folder of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests

from tests.ports import find_free_port
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent
START_WITHIN_S = 30
STOP_WITHIN_S = 15
ANSWER_WITHIN_S = 30


class SandboxProcess:
    """`base_url` is the host, `triverse_url` ends in `/api/v1`; both stay the same over a restart."""

    def __init__(
        self,
        state_dir: Path,
        *,
        results: str = "canned",
        speed: str = "fast",
        limits: bool = False,
        profile: str = "current",
        port: int | None = None,
        dialect: str = "new",
        ids: str = "random",
        test_key: bool = False,
    ) -> None:
        self.state_dir = state_dir
        self.port = port or find_free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.triverse_url = f"{self.base_url}/api/v1"
        self.log_path = state_dir.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None
        self._options = ["--results", results, "--speed", speed, "--profile", profile]
        self._options += ["--dialect", dialect, "--ids", ids]
        self._options += ["--limits", "on" if limits else "off", "--test-key", "on" if test_key else "off"]

    def start(self) -> "SandboxProcess":
        """Start it and return when it answers."""
        command = [sys.executable, "-m", "sandbox", "--port", str(self.port), "--state", str(self.state_dir)]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *self._options], cwd=ROOT, env=dict(os.environ), stdout=log, stderr=log
            )
        wait_until(self._answers, within_s=START_WITHIN_S, every_s=0.02)
        return self

    def _answers(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise AssertionError(f"the sandbox ended:\n{self.read_log()}")
        try:
            return requests.get(f"{self.base_url}/healthz", timeout=5).status_code == 200
        except requests.ConnectionError:
            return False

    def read_log(self) -> str:
        return self.log_path.read_text()

    def stop(self) -> int:
        """End it as a supervisor would; return its exit status."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """End it as a crash would."""
        return self._end(signal.SIGKILL)

    def _end(self, number: int) -> int:
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=STOP_WITHIN_S)

    def restart(self) -> "SandboxProcess":
        self.stop()
        return self.start()

    def set_fault(
        self, name: str, *, count: int | None = 1, on: list[str] | None = None, value: float | None = None
    ) -> None:
        """Let the next `count` requests fail, whoever sends them; None: all, until `clear_faults`."""
        self._call("POST", "faults", {"name": name, "count": count, "on": on or [], "value": value})

    def clear_faults(self) -> None:
        self._call("DELETE", "faults")

    def advance_clock(self, seconds: float) -> None:
        self._call("POST", "clock", {"advance_s": seconds})

    def change_settings(self, **choices: object) -> None:
        """Answer from now on as chosen: dialect, duplicates, profile, limits."""
        self._call("POST", "settings", choices)

    def set_credits(self, account: str, total: float) -> None:
        self._call("POST", "credits", {"account": account, "total": total})

    def ledger(self, *, account: str | None = None, task: str | None = None) -> dict[str, Any]:
        """What was created, charged and released: `accounts` and `lines`."""
        narrowed = "&".join(f"{name}={value}" for name, value in (("account", account), ("task", task)) if value)
        return self._call("GET", f"ledger?{narrowed}")

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        url = f"{self.base_url}/_sandbox/{path}"
        answer = requests.request(method, url, json=body, timeout=ANSWER_WITHIN_S)
        assert answer.status_code == 200, answer.text
        return answer.json()
