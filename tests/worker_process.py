"""`manage.py worker` in a process group of its own, on a data folder of its own, and rows made there from outside."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests import rows
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent
STOP_WITHIN_S = 40


class WorkerProcess:
    """Start, stop and kill a worker; look at its rows; run Python beside it on the same data.

    What tests/servers.py's `run_stack` gives chooses its servers: `WorkerProcess(folder, **environment)`.
    """

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.data_dir = data_dir
        self.log_path = data_dir / "worker.log"
        self.process: subprocess.Popen[bytes] | None = None
        kept = {name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_BASE_URL"))}
        self.environment = {
            **kept,
            "PATINA_DATA_DIR": str(data_dir),
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
            "TRIVERSE_UPLOADS_PER_MINUTE": "0",
            **environment,
        }

    def migrate(self) -> "WorkerProcess":
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.run_python("from django.core.management import call_command; call_command('migrate', verbosity=0)")
        return self

    def start(self) -> "WorkerProcess":
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "worker"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> int:
        """End it as a supervisor would and return its exit status."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=STOP_WITHIN_S)

    def kill(self) -> None:
        """kill -9 of the whole process group."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=STOP_WITHIN_S)

    def read_log(self) -> str:
        return self.log_path.read_text() if self.log_path.exists() else ""

    def run_python(self, code: str, *arguments: str) -> str:
        """Run `code` in a fresh process with Django set up on the same data and return what it prints."""
        done = subprocess.run(
            [sys.executable, "-c", f"import django; django.setup()\n{code}", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read rows without a Django of its own; `?` stands for a value."""
        return rows.query(self.environment, sql, *values)

    def get_state(self, task: int) -> str:
        return self.query("SELECT state FROM jobs_task WHERE id = ?", task)[0][0]

    def wait_for_state(self, task: int, state: str, *, within_s: float = 40) -> None:
        try:
            wait_until(lambda: self.get_state(task) == state, within_s=within_s, every_s=0.02)
        except AssertionError as error:
            raise AssertionError(f"task {task}: {self.describe(task)}\n{self.read_log()[-4000:]}") from error

    def describe(self, task: int) -> str:
        events = self.query("SELECT state, text FROM jobs_taskevent WHERE task_id = ? ORDER BY id", task)
        return f"{self.query('SELECT state, note, error_what FROM jobs_task WHERE id = ?', task)} {events}"
