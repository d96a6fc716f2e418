"""kill -9 of each of the worker's processes alone, on the three stacks: work goes on, and no process is left over.

Under bare django-q2 all of them but the pusher's end in a cluster that looks alive and does nothing, or in orphans.
"""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from redis import Redis

from tests.sandbox_process import SandboxProcess
from tests.servers import PostgresServer, RedisServer
from tests.supervised_worker import SupervisedWorker
from tests.waiting import wait_until

# The idle ones together: one of them holds what django-q2's own queue would never give back.
VICTIMS: dict[str, Callable[[SupervisedWorker], list[psutil.Process]]] = {
    "idle workers": SupervisedWorker.find_idle,
    "busy worker": SupervisedWorker.find_busy,  # at the sweep
    "monitor": SupervisedWorker.find_monitor,
    "pusher": SupervisedWorker.find_pusher,
    "sentinel": SupervisedWorker.find_sentinel,
    "main": SupervisedWorker.find_main,
}

ENDS_THE_WORKER = ("sentinel", "main")  # the supervisor starts it again


@pytest.fixture(scope="module")
def prompt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """A sandbox that does its work at once."""
    sandbox = SandboxProcess(tmp_path_factory.mktemp("victims") / "state").start()
    yield sandbox
    sandbox.stop()


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A server whose database `empty` has all tables."""
    with PostgresServer() as server:
        address = server.make_database("empty")
        SupervisedWorker(tmp_path_factory.mktemp("empty") / "data", DATABASE_URL=address).migrate()
        yield server


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory, prompt: SandboxProcess) -> Iterator[SupervisedWorker]:
    worker = SupervisedWorker(tmp_path_factory.mktemp("sqlite") / "data", SANDBOX_URL=prompt.base_url)
    with worker.migrate():
        yield worker


@pytest.mark.parametrize("victim", VICTIMS)
def test_each_process_may_die_alone(
    on_sqlite: SupervisedWorker, victim: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kill_alone(on_sqlite, victim)

    assert ("worker ended (exit status 70)" in capsys.readouterr().out) == (victim == "sentinel")


def test_each_process_may_die_alone_on_postgresql(
    tmp_path: Path, prompt: SandboxProcess, postgres: PostgresServer
) -> None:
    address = postgres.make_database("victims", template="empty")

    with SupervisedWorker(tmp_path, SANDBOX_URL=prompt.base_url, DATABASE_URL=address) as worker:
        for victim in VICTIMS:
            kill_alone(worker, victim)
        postgres.restart()
        check_work_goes_on(worker, "the database was away")


def test_each_process_may_die_alone_with_redis(
    tmp_path: Path, prompt: SandboxProcess, postgres: PostgresServer
) -> None:
    address = postgres.make_database("hints", template="empty")
    with (
        RedisServer() as redis,
        SupervisedWorker(tmp_path, SANDBOX_URL=prompt.base_url, DATABASE_URL=address, REDIS_URL=redis.url) as worker,
    ):
        for victim in VICTIMS:
            kill_alone(worker, victim)
        lose_a_hint(worker, redis)
        redis.restart()
        check_work_goes_on(worker, "the broker was away")
        assert worker.query("SELECT count(*) FROM django_q_ormq") == [(0,)]


def kill_alone(worker: SupervisedWorker, victim: str) -> None:
    worker.wait_until_complete()
    victims, main, family = VICTIMS[victim](worker), worker.find_main(), worker.find_family()
    for process in victims:
        process.kill()

    check_work_goes_on(worker, victim)

    worker.wait_until_complete()
    assert victims
    assert (worker.find_main() == main) == (victim not in ENDS_THE_WORKER)
    worker.wait_until_gone([process for process in family if process not in worker.find_family()])


def check_work_goes_on(worker: SupervisedWorker, after: str) -> None:
    worker.wait_until_done(worker.start_task(after))


def lose_a_hint(worker: SupervisedWorker, redis: RedisServer) -> None:
    """Kill the pusher with a hint in its hands: Redis has given it away, and nobody else knows of it."""
    worker.wait_until_complete()
    with Redis.from_url(redis.url) as client:
        (pusher,) = worker.find_pusher()
        task = wait_until(lambda: start_task_into_hands(worker, client, pusher.pid), within_s=10)
        pusher.kill()

        assert worker.get_state(task) == "queued"
        worker.wait_until_done(task)


def start_task_into_hands(worker: SupervisedWorker, client: Redis, pusher: int) -> int | None:
    """Return a task whose hint has left Redis for a process that stands still; None when it waited in Redis."""
    os.kill(pusher, signal.SIGSTOP)
    task = worker.start_task("lost hint")
    if client.llen("django_q:patina:q") == 0:
        return task
    os.kill(pusher, signal.SIGCONT)  # the process was not asking just then
    return None
