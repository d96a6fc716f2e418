"""PostgreSQL and Redis by their addresses: what is said when they are away, and hints that Redis carries."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf
from pytest_django import Settings

from jobs import queue, servers, worker
from jobs.worker import IDLE_AT_MOST_S, Worker
from tests.ports import find_free_port
from tests.servers import RedisServer
from tests.site_process import SiteProcess
from tests.worker_process import WorkerProcess

PASSWORD = "not-to-be-shown"


@pytest.fixture
def redis(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisServer]:
    """Redis as the broker of this process."""
    with RedisServer() as server:
        settings.REDIS_URL = server.url
        monkeypatch.setattr(Conf, "REDIS", server.url)
        monkeypatch.setattr(Conf, "ORM", None)
        yield server


@pytest.mark.parametrize(("name", "scheme"), [("DATABASE_URL", "postgres"), ("REDIS_URL", "redis")])
def test_a_server_that_is_away_is_said_in_one_line(tmp_path: Path, name: str, scheme: str) -> None:
    port = find_free_port()
    site = SiteProcess(tmp_path / "data", **{name: f"{scheme}://patina:{PASSWORD}@127.0.0.1:{port}/0"})

    done = site.manage("serve", "--port", str(site.port), "--sandbox-port", str(site.sandbox_port))

    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert str(port) in done.stderr
    assert f"Check {name}" in done.stderr
    assert PASSWORD not in done.stderr + done.stdout


def test_what_the_address_of_the_database_says_wins(tmp_path: Path) -> None:
    address = "postgres://patina@127.0.0.1/patina?sslmode=require&conn_max_age=60"
    code = "import json; from django.conf import settings; print(json.dumps(settings.DATABASES['default']))"

    found = json.loads(WorkerProcess(tmp_path, DATABASE_URL=address).run_python(code))

    assert (found["CONN_MAX_AGE"], found["CONN_HEALTH_CHECKS"]) == (60, True)
    assert found["OPTIONS"]["sslmode"] == "require"
    assert "lock_timeout" in found["OPTIONS"]["options"]


# --- Redis as the broker --------------------------------------------------------------------------------------------


def test_hints_wait_in_redis_and_the_oldest_tells_their_age(redis: RedisServer) -> None:
    before = timezone.now()
    assert queue.count_waiting(older_than=before + timedelta(hours=1)) == 0

    assert queue.send_now(queue.SUBMIT, 7)
    assert queue.send_now(queue.SAVE, 8)

    assert queue.count_waiting(older_than=timezone.now()) == 2
    assert queue.count_waiting(older_than=before) == 0


def test_a_hint_of_another_installation_is_none_of_ours(redis: RedisServer) -> None:
    broker = get_broker()
    broker.enqueue("signed by somebody else")

    assert queue.count_waiting(older_than=timezone.now()) == 0


def test_without_redis_no_hint_is_sent_and_nothing_is_raised(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    redis.stop()

    assert queue.send_now(queue.SUBMIT, 7) is False

    assert "was not sent" in caplog.text
    assert redis.password not in caplog.text
    assert "Redis cannot be used" in servers.find_redis_problem()


def test_an_address_that_cannot_be_read_is_not_repeated(settings: Settings) -> None:
    settings.REDIS_URL = "redis://:pass/word@127.0.0.1:6379/0"  # what stands before the slash is taken for a port

    assert servers.find_redis_problem() == "REDIS_URL is no address of a Redis server. Correct it, or unset it."


@pytest.mark.django_db
def test_a_worker_without_its_broker_stands_but_is_not_stuck(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "is_anybody_busy", lambda pid: False)
    idle = Worker()
    idle.cluster = SimpleNamespace(sentinel=SimpleNamespace(pid=0))
    idle.busy_at = time.monotonic() - IDLE_AT_MOST_S - 1
    redis.stop()

    assert not idle._look_after_rows()
    assert not idle._look_after_rows()  # and gets its time again when the broker is back


def test_a_worker_waits_for_its_servers(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    problems = ["PostgreSQL cannot be used.", "PostgreSQL cannot be used.", ""]
    monkeypatch.setattr(servers, "find_problem", lambda: problems.pop(0))
    monkeypatch.setattr(worker, "ASK_AGAIN_S", 0.01)

    Worker()._wait_for_servers()

    assert problems == []
    assert caplog.text.count("The worker waits for it.") == 1
