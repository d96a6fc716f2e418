"""PostgreSQL and Redis for tests and benchmarks: own processes on free loopback ports, in a folder that goes with them.

Not pytest-postgresql and pytest-redis: their servers are pytest fixtures that run as whoever calls, while benchmarks
start the same servers without pytest, and PostgreSQL refuses to run as root, which a container's user often is.
A server that the machine runs by itself is neither used nor touched.
"""

import contextlib
import ctypes
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import psycopg
import redis
from psycopg import sql

from tests.ports import find_free_port
from tests.waiting import wait_until

PR_SET_PDEATHSIG = 1
START_WITHIN_S = 60
STOP_WITHIN_S = 20
NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
STACKS = ("sqlite", "postgres", "redis")


class Server:
    """A program in a temporary folder, which its end takes away; killed by the kernel when this process dies."""

    name: str
    owner: str  # the Debian package's user, whose the program is when we are root
    asks_to_end = signal.SIGTERM
    ends_at_once = signal.SIGKILL

    def __init__(self) -> None:
        self.port = find_free_port()
        self.password = secrets.token_hex(12)
        self.user = self.owner if os.geteuid() == 0 else None
        self.process: subprocess.Popen[bytes] | None = None
        # Not below pytest's own folder, nor in root's TMPDIR, where another user may not go.
        self.folder = Path(tempfile.mkdtemp(prefix=f"patina-{self.name}-", dir="/tmp" if self.user else None))
        self.log_path = self.folder / "server.log"
        self.log_path.touch()
        for path in (self.folder, self.log_path):
            self._give_away(path)

    @property
    def url(self) -> str:
        raise NotImplementedError

    def build_command(self) -> Sequence[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def start(self) -> Self:
        """Start it and return when it answers."""
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self.build_command(),
                cwd=self.folder,
                env=build_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=self._die_with_parent,
                **self._build_identity(),
            )
        wait_until(self._is_up, within_s=START_WITHIN_S, every_s=0.02)
        return self

    def _build_identity(self) -> dict[str, Any]:
        if self.user is None:
            return {}
        return {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": []}

    def _give_away(self, path: Path) -> None:
        """Let the server's own user have the file."""
        if self.user:
            shutil.chown(path, self.user, pwd.getpwnam(self.user).pw_gid)

    def _die_with_parent(self) -> None:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, self.ends_at_once)

    def _is_up(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise AssertionError(f"{self.name} ended:\n{self.log_path.read_text()}")
        return self.answers()

    def stop(self) -> None:
        """End it as a machine's shutdown would."""
        self._end(self.asks_to_end)

    def kill(self) -> None:
        """End it as a crash would."""
        self._end(self.ends_at_once)

    def restart(self) -> None:
        """Crash and come back at the same address, with what is on the disk."""
        self.kill()
        self.start()

    def _end(self, number: int) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(timeout=STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *error: object) -> None:
        self.stop()
        shutil.rmtree(self.folder)


class PostgresServer(Server):
    """Rows; without `durable` its commits do not wait for the disk. `url` is an empty database's."""

    name = owner = "postgres"
    asks_to_end = signal.SIGINT  # SIGTERM would wait for every client to leave
    ends_at_once = signal.SIGQUIT  # a killed main process would leave its children

    def __init__(self, *, durable: bool = False) -> None:
        super().__init__()
        self.programs = find_postgres()
        self.options = () if durable else NOT_DURABLE
        self.data = self.folder / "data"

    @property
    def url(self) -> str:
        return self.get_url("postgres")

    def get_url(self, database: str) -> str:
        return f"postgres://patina:{self.password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> Self:
        if not self.data.exists():
            self._make_cluster()
        return super().start()

    def _make_cluster(self) -> None:
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(self.password)
        self._give_away(password)
        command = [self.programs / "initdb", "--pgdata", self.data, "--username", "patina", "--pwfile", password]
        done = subprocess.run(
            [*command, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"],
            cwd=self.folder,
            env=build_environment(),
            capture_output=True,
            text=True,
            **self._build_identity(),
        )
        assert done.returncode == 0, done.stderr
        password.unlink()

    def build_command(self) -> Sequence[str]:
        options = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *self.options]
        return [
            str(self.programs / "postgres"),
            "-D",
            str(self.data),
            *(part for option in options for part in ("-c", option)),
        ]

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def make_database(self, name: str, *, template: str = "template1") -> str:
        """Make a database, empty or a copy of `template`, and return its address."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            )
        return self.get_url(name)


class RedisServer(Server):
    """Hints, kept in memory alone: a restart has lost them all."""

    name = "redis"
    owner = "redis"

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def build_command(self) -> Sequence[str]:
        program = find_program("redis-server")
        settings = self.folder / "redis.conf"
        settings.touch(mode=0o600)
        settings.write_text(
            f"bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\ndir {self.folder}\n"
            'save ""\nappendonly no\n'
        )
        self._give_away(settings)
        return [program, str(settings)]

    def answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


@contextlib.contextmanager
def run_stack(name: str, *, durable: bool = False) -> Iterator[dict[str, str]]:
    """Start what one of `STACKS` needs; yield the settings with which the product runs on it."""
    assert name in STACKS, name
    with contextlib.ExitStack() as servers:
        environment: dict[str, str] = {}
        if name in ("postgres", "redis"):
            server = servers.enter_context(PostgresServer(durable=durable))
            environment["DATABASE_URL"] = server.make_database("patina")
        if name == "redis":
            environment["REDIS_URL"] = servers.enter_context(RedisServer()).url
        yield environment


def build_environment() -> dict[str, str]:
    """Return what the servers get of ours: no key, no address."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}


def find_postgres() -> Path:
    """Return the folder with the newest PostgreSQL's programs; Debian keeps them out of PATH."""
    versions = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    if versions:
        return max(versions, key=lambda path: float(path.parent.name))
    return Path(find_program("postgres")).parent


def find_program(name: str) -> str:
    program = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/bin")
    if program is None:
        raise RuntimeError(f"{name} is not on this machine. Run: python scripts/system_packages.py servers")
    return program
