"""The servers of one run: the product, the sandbox and what the stack needs, in a folder of their own."""

import contextlib
import ctypes
import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import redis
import requests

from benchmarks.torture.plan import Options
from tests.sandbox_process import SandboxProcess
from tests.servers import run_stack
from tests.site_process import SiteProcess

PR_SET_CHILD_SUBREAPER = 36
PASSWORD = "a-long-enough-passphrase"
SLUG = "torture"
KEYS = {"triverse": "torture-triverse", "meshy": "torture-meshy"}
CREDITS = 1_000_000
# The time-out of a create; and above it, with the longest late acceptance (4 s) and the longest lag of a list (2.5 s).
READ_TIMEOUT_S = 3.0
QUIET_S = 10.0

MAKE_PEOPLE = """
from django.contrib.auth.hashers import make_password
from jobs.models import Membership, Project, User
project = Project.objects.create(name="Torture", slug="{slug}")
password = make_password("{password}")
for number in range({people}):
    user = User.objects.create(username=f"person{{number}}", password=password)
    role = "owner" if number == 0 else "editor"
    Membership.objects.create(project=project, user=user, role=role, may_spend=True)
"""
# What is left in the broker. Steps that come again by themselves are passed over: one may wait for the next start, and
# one that died with its worker is forgotten a minute after it was taken (Q_CLUSTER: `retry` is 2,100 s).
NAME_HINTS = """
from django.conf import settings
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.models import OrmQ
from django_q.signing import SignedPackage
ROUNDS = ("sweep", "housekeep")
for row in OrmQ.objects.all():
    left_s = (row.lock - timezone.now()).total_seconds()
    if not (row.func().endswith(ROUNDS) and (left_s < 0 or left_s > 2_100 - 90)):
        print(row.func(), row.args(), f"for {left_s:.0f} s")
broker = get_broker()
for payload in broker.connection.lrange(broker.list_key, 0, -1) if settings.REDIS_URL else []:
    package = SignedPackage.loads(payload)
    if not package["func"].endswith(ROUNDS):
        print(package["func"], package["args"], "in Redis")
"""
# Posters and light models are the engine's work, minutes of it; no file of a vendor depends on them.
WITHOUT_ENGINE = 'import sys\nsys.modules["bpy"] = None\n'


@dataclass
class Stage:
    options: Options
    folder: Path
    site: SiteProcess
    sandbox: SandboxProcess
    servers: set[int] = field(default_factory=set)  # of the stack

    @property
    def base_url(self) -> str:
        return self.site.base_url

    @property
    def vendor_files(self) -> Path:
        return self.sandbox.state_dir / "files"

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.site.query(sql, *values)

    def start_faults(self) -> None:
        plan = {"seed": self.options.seed, "share": self.options.faults}
        self._call_sandbox("POST", "plan", plan)

    def end_faults(self) -> None:
        self._call_sandbox("DELETE", "plan")

    def _call_sandbox(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = requests.request(method, f"{self.sandbox.base_url}/_sandbox/{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def fill_purses(self) -> None:
        """Give both accounts credits for every wish; an account is there once it was seen."""
        for url, vendor in ((f"{self.sandbox.triverse_url}/users/me", "triverse"), (self.meshy_balance_url, "meshy")):
            requests.get(url, headers={"Authorization": f"Bearer {KEYS[vendor]}"}, timeout=30).raise_for_status()
        for account in self.sandbox.ledger()["accounts"]:
            self.sandbox.set_credits(account["account"], CREDITS)

    @property
    def meshy_balance_url(self) -> str:
        return f"{self.sandbox.base_url}/openapi/v1/balance"

    def read_vendor(self, table: str) -> list[dict[str, Any]]:
        """Return rows of the sandbox as they are written down, whether it runs or not."""
        path = self.sandbox.state_dir / "sandbox.sqlite3"
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as rows:
            found = rows.execute(f"SELECT row FROM {table} ORDER BY rowid").fetchall()
        return [json.loads(row) for (row,) in found]

    def name_hints(self) -> list[str]:
        """Return what lies in the broker, by the steps that are hinted at."""
        if not self.count_hints():
            return []
        done = self.site.manage("shell", "-v", "0", "-c", NAME_HINTS)
        return done.stdout.splitlines() if done.returncode == 0 else [done.stderr[-500:]]

    def count_hints(self) -> int:
        """Return how many hints lie in the broker, the sweep's own among them."""
        url = self.site.environment.get("REDIS_URL")
        if not url:
            return int(self.query("SELECT count(*) FROM django_q_ormq")[0][0])
        with redis.Redis.from_url(url) as client:
            return sum(int(client.llen(key)) for key in client.keys("*") if client.type(key) == b"list")

    def find_left(self) -> list[str]:
        """Return what still runs of the product when it has ended, whoever its parent was."""
        keep = {self.sandbox.process.pid} if self.sandbox.process else set()
        keep |= self.servers
        left = []
        for process in psutil.Process().children():
            with contextlib.suppress(psutil.Error):
                if process.pid not in keep and process.status() != psutil.STATUS_ZOMBIE:
                    left.append(f"{process.pid} {' '.join(process.cmdline())[:60]}")
        return left


def adopt_orphans() -> None:
    """Become the parent of whatever a killed process of this run leaves behind, so that it can be found."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


@contextlib.contextmanager
def set_stage(options: Options, folder: Path) -> Iterator[Stage]:
    """Start everything, empty of tasks, with people who can sign in; end what still runs afterwards."""
    adopt_orphans()
    shims = folder / "shims"
    shims.mkdir()
    (shims / "sitecustomize.py").write_text(WITHOUT_ENGINE)
    sandbox = SandboxProcess(folder / "sandbox")
    with run_stack(options.stack) as servers:
        site = SiteProcess(folder / "data", **servers, **build_environment(sandbox, shims))
        stage = Stage(options, folder, site, sandbox, {process.pid for process in psutil.Process().children()})
        try:
            sandbox.start()
            site.start()
            make_people(site, options.people)
            stage.fill_purses()
            yield stage
        finally:
            end(site)
            sandbox.kill()


def end(site: SiteProcess) -> None:
    """End what still runs after a run that broke off; its children end with it."""
    if getattr(site, "process", None) is None or site.process.poll() is not None:
        return
    try:
        site.stop(signal.SIGTERM)
    except subprocess.TimeoutExpired:
        site.process.kill()
        site.process.wait()


def build_environment(sandbox: SandboxProcess, shims: Path) -> dict[str, str]:
    return {
        "TRIVERSE_API_KEY": KEYS["triverse"],
        "TRIVERSE_BASE_URL": sandbox.triverse_url,
        "MESHY_API_KEY": KEYS["meshy"],
        "MESHY_BASE_URL": sandbox.base_url,
        "VENDOR_READ_TIMEOUT_S": str(READ_TIMEOUT_S),
        "CREATE_QUIET_S": str(QUIET_S),
        "PYTHONPATH": str(shims),
    }


def make_people(site: SiteProcess, people: int) -> None:
    done = site.manage("shell", "-c", MAKE_PEOPLE.format(slug=SLUG, password=PASSWORD, people=people))
    if done.returncode:
        sys.exit(done.stderr)
