"""The product as a person starts it: `manage.py serve` in a process of its own, on a data folder of its own."""

import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from tests import rows
from tests.ports import find_free_port

ROOT = Path(__file__).resolve().parent.parent
START_WITHIN_S = 120
STOP_WITHIN_S = 40


class SiteProcess:
    """`start()` returns when the product has said where it answers; `address` is that line's address.

    What tests/servers.py's `run_stack` gives chooses its servers: `SiteProcess(folder, **environment)`.
    """

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.data_dir = data_dir
        self.port = find_free_port()
        self.sandbox_port = find_free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.sandbox_url = f"http://127.0.0.1:{self.sandbox_port}"
        self.address = ""
        self.lines: list[str] = []
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_BASE_URL"))},
            "PATINA_DATA_DIR": str(data_dir),
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
            "SANDBOX_URL": self.sandbox_url,
            "TRIVERSE_UPLOADS_PER_MINUTE": "0",
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        self._said: queue.Queue[str | None] = queue.Queue()

    def start(self, *options: str) -> "SiteProcess":
        command = ["serve", "--port", str(self.port), "--sandbox-port", str(self.sandbox_port), *options]
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.address = self.wait_for_line("ready ").removeprefix("ready ").strip()
        return self

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            for line in stream:
                self.lines.append(line)
                self._said.put(line)
        self._said.put(None)

    def wait_for_line(self, part: str, *, within_s: float = START_WITHIN_S) -> str:
        """Return the next line that holds `part`; fail with all lines when the product ends or is too late."""
        while True:
            try:
                line = self._said.get(timeout=within_s)
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(f"“{part}” was not said:\n{''.join(self.lines)}")
            if part in line:
                return line

    def manage(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a management command on the same data."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=240,
        )

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read rows without a Django of its own; `?` stands for a value."""
        return rows.query(self.environment, sql, *values)

    def __enter__(self) -> "SiteProcess":
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop(signal.SIGTERM)

    def stop(self, number: int = signal.SIGINT) -> int:
        """End the product as Ctrl-C does and return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(timeout=STOP_WITHIN_S)
        self._reader.join(timeout=STOP_WITHIN_S)
        return status
