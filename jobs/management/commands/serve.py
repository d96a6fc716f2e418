"""`manage.py serve`: web, worker and sandbox as one, on a data folder that it prepares by itself."""

import contextlib
import fcntl
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from typing import IO, Any

from django.conf import settings
from django.core.management import BaseCommand, CommandParser, call_command

from jobs import servers, static_files
from jobs.projects import get_setup_token
from jobs.supervisor import Child, Supervisor

READY_WITHIN_S = 90
WEB_PROCESSES, WEB_THREADS = 2, 32


LOCAL_HOSTS = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}  # noqa: S104 (a person's wish, mapped)
"""Where this machine reaches itself when it listens on all its addresses."""


OURS_ALONE = ("_API_KEY", "SECRET_KEY", "_URL", "PASSWORD")


class CannotStart(Exception):
    """Why the product cannot start, in one line for a person."""


def format_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def check_port(host: str, port: int, *, option: str) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise CannotStart(f"Port {port} on {host} cannot be used ({reason}). Choose another: {option}") from error


def hold_data_folder() -> IO[str]:
    """Return a lock on the data folder: two installations on one folder would both work on its tasks."""
    file = (settings.DATA_DIR / "serve.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise CannotStart(
            f"Patina already runs on {settings.DATA_DIR}. Stop it first, or set PATINA_DATA_DIR to another folder."
        ) from error
    return file


class Command(BaseCommand):
    help = "Start web, worker and sandbox together; Ctrl-C ends them all."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--sandbox-port", type=int, default=8100)
        parser.add_argument("--web-only", action="store_true", help="`manage.py worker` runs elsewhere")

    def handle(self, *args: Any, host: str, port: int, sandbox_port: int, web_only: bool, **options: Any) -> None:
        # A supervisor must not stop half-way through its start: SIGTERM is as good as Ctrl-C.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
        try:
            self.serve(host, port, sandbox_port, web_only=web_only)
        except CannotStart as error:
            self.stderr.write(str(error))
            sys.exit(1)
        except KeyboardInterrupt:
            sys.exit(0)

    def serve(self, host: str, port: int, sandbox_port: int, *, web_only: bool) -> None:
        needs_sandbox = not web_only and not (settings.TRIVERSE_API_KEY and settings.MESHY_API_KEY)
        check_port(host, port, option="PORT=8001 make run, or --port")
        if needs_sandbox:
            check_port("127.0.0.1", sandbox_port, option="SANDBOX_PORT=8101 make run, or --sandbox-port")
        with contextlib.nullcontext() if web_only else hold_data_folder():
            if problem := servers.find_problem():
                raise CannotStart(problem)
            self.check()
            call_command("migrate", interactive=False, verbosity=0)
            static_files.collect()
            children = build_children(host, port, sandbox_port if needs_sandbox else None)
            address = f"http://{format_host(LOCAL_HOSTS.get(host, host))}:{port}"
            probes = [f"{address}/healthz"]
            if needs_sandbox:
                probes.append(f"http://127.0.0.1:{sandbox_port}/healthz")
            self.tend([child for child in children if child.name == "web" or not web_only], address, probes)

    def tend(self, children: list[Child], address: str, probes: list[str]) -> None:
        """Run the children until a stop is asked for; say when all of them answer."""
        supervisor = Supervisor(children)
        supervisor.start()
        if all(self.wait_until_ready(supervisor, probe) for probe in probes):
            token = get_setup_token()
            self.stdout.write(f"ready {address}/{f'setup/{token}/' if token else ''}")
            self.stdout.flush()
            supervisor.run()
        supervisor.stop()
        if not supervisor.stops:
            raise CannotStart(f"Patina did not answer at {address} within {READY_WITHIN_S} s: see the lines above.")

    def wait_until_ready(self, supervisor: Supervisor, probe: str) -> bool:
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline and not supervisor.stops:
            supervisor.tend()
            try:
                with urllib.request.urlopen(probe, timeout=2) as answer:  # noqa: S310 (http to ourselves)
                    if answer.status == 200:
                        return True
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        return False


def build_children(host: str, port: int, sandbox_port: int | None) -> list[Child]:
    """Return the programs in the order in which they are asked to end."""
    env = {**os.environ, "PYTHONUNBUFFERED": "1", "PATINA_DATA_DIR": str(settings.DATA_DIR)}
    if sandbox_port is not None:
        env["SANDBOX_URL"] = f"http://127.0.0.1:{sandbox_port}"
    if host not in LOCAL_HOSTS:
        env["ALLOWED_HOSTS"] = ",".join([*settings.ALLOWED_HOSTS, format_host(host)])
    bind = f"{format_host(host)}:{port}"
    gunicorn = ["-m", "gunicorn", "dashboard.wsgi", "--bind", bind, "--worker-class", "gthread"]
    gunicorn += ["--workers", str(WEB_PROCESSES), "--threads", str(WEB_THREADS), "--timeout", "60"]
    gunicorn += ["--graceful-timeout", "10", "--max-requests", "5000", "--max-requests-jitter", "500"]
    gunicorn += ["--log-level", "warning"]
    children = [
        Child("web", [sys.executable, *gunicorn], env),
        Child("worker", [sys.executable, "manage.py", "worker"], env),
    ]
    if sandbox_port is not None:
        state = str(settings.DATA_DIR / "sandbox")
        sandbox = ["-m", "sandbox", "--port", str(sandbox_port), "--state", state, "--profile", settings.MESHY_PROFILE]
        # The sandbox stands for a foreign machine: it gets none of our keys and addresses with passwords.
        foreign = {key: value for key, value in env.items() if not key.endswith(OURS_ALONE)}
        children.append(Child("sandbox", [sys.executable, *sandbox], foreign))
    return children
