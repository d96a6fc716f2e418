"""The doctor's page: it names what is wrong and what to do, shows no key, and works when nothing else does."""

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django_q.models import OrmQ

from jobs import queue, sweep
from jobs.doctor import rows, site
from jobs.models import Circuit, Lease, Project, State
from jobs.owners import get_owner
from jobs.vendors.probing import read_skew_s
from tests.factories import AssetFactory, TaskFactory
from tests.integration.jobs.fake_vendor import reply
from tests.integration.jobs.test_jobs_sweep import DEAD
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db
KEY = "secret-key-of-this-test"


def examine() -> tuple[int, dict[str, dict[str, Any]]]:
    """Return exit status and the lines by name."""
    out = io.StringIO()
    status = 0
    try:
        call_command("doctor", "--json", stdout=out)
    except SystemExit as end:
        status = int(str(end.code))
    found = json.loads(out.getvalue())
    assert found["ok"] is (status == 0)
    return status, {line["name"]: line for line in found["lines"]}


def read_page() -> str:
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", stdout=out)
    return out.getvalue()


def list_wrong(lines: dict[str, dict[str, Any]]) -> set[str]:
    return {name for name, line in lines.items() if line["level"] == "wrong"}


def let_the_sweep_beat() -> None:
    Lease.objects.create(name=sweep.LEASE, owner=get_owner(), until=timezone.now() + timedelta(seconds=8))


@pytest.fixture
def healthy(running_sandbox: SandboxProcess, settings, content_storage: None, tmp_path: Path) -> None:
    """An installation on its own folder, with a sandbox and a worker."""
    settings.SANDBOX_URL = running_sandbox.base_url
    settings.DATA_DIR = tmp_path
    tmp_path.chmod(0o700)
    let_the_sweep_beat()


def test_nothing_is_wrong_with_a_healthy_installation(healthy: None, project: Project) -> None:
    _, lines = examine()

    assert list_wrong(lines) - {"model-viewer", "its settings"} == set()  # the tests' rows live in memory
    assert lines["Triverse credits"]["text"] == "10,000"
    assert lines["Triverse clock"]["level"] == lines["Meshy clock"]["level"] == "ok"
    assert lines["Triverse"]["level"] == "note"
    assert lines["worker"]["text"].startswith("alive on this machine")
    assert not Lease.objects.filter(name__startswith="doctor").exists()


def test_what_waits_or_stands_still_is_told(healthy: None) -> None:
    old = timezone.now() - timedelta(hours=1)
    late = TaskFactory(next_at=old)
    TaskFactory(state=State.UNKNOWN)
    TaskFactory(state=State.SUBMITTING, owner=DEAD, lease_until=timezone.now() + timedelta(minutes=5))
    lost = AssetFactory(preview="lacking")
    queue.send_now(queue.SUBMIT, late.pk)
    OrmQ.objects.update(lock=old)
    Lease.objects.filter(name=sweep.LEASE).update(beat_at=old)
    Circuit.objects.create(
        vendor="meshy", open_until=timezone.now() + timedelta(minutes=1), opened_at=old, reason="503"
    )
    Circuit.objects.create(vendor="triverse", paused_at=old, pause_reason="The month's budget is spent")

    status, lines = examine()

    assert status == 1
    assert {"worker", "hints", "waiting tasks", "Meshy circuit", "lost uploads"} <= list_wrong(lines)
    assert f"Task {late.pk} has been due for 60 minutes" in lines["waiting tasks"]["text"]
    assert str(lost.pk) in lines["lost uploads"]["text"]
    for name in ("tasks in doubt", "abandoned tasks", "posters", "Triverse pause"):
        assert lines[name]["level"] == "note"
    assert all(line["now_do"] for line in lines.values() if line["level"] == "wrong")


def test_the_page_works_when_the_database_and_all_others_are_away(
    settings, monkeypatch: pytest.MonkeyPatch, content_storage: None
) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:9"

    def fail(*_: object) -> None:
        raise OperationalError("connection to server failed: password authentication failed")

    monkeypatch.setattr(rows, "ask", fail)
    status, lines = examine()

    assert status == 1
    assert {"database", "Triverse answers", "Meshy answers"} <= list_wrong(lines)
    assert lines["Triverse answers"]["now_do"] == "Start it: make run."
    assert lines["stored files"]["level"] == "ok"
    assert "worker" not in lines


def test_one_check_that_breaks_is_one_line(healthy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down() -> None:
        raise RuntimeError("boom")

    break_down.__name__ = "check_tasks"
    monkeypatch.setattr("jobs.doctor.service.check_tasks", break_down)

    _, lines = examine()

    assert lines["tasks"]["text"] == "It could not be looked at: RuntimeError: boom"
    assert lines["hints"]["level"] == "ok"


def test_a_storage_that_cannot_be_written_is_told(healthy: None, settings) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "tests.integration.jobs.full_storage.FullStorage"},
    }

    _, lines = examine()

    assert lines["stored files"]["level"] == "wrong"


def test_a_key_that_is_not_accepted_is_told_and_not_shown(healthy: None, settings, start) -> None:
    vendor = start(reply("401 Unauthorized", b'{"message": "bad key ' + KEY.encode() + b'"}', "Date: nonsense"))
    settings.MESHY_API_KEY, settings.MESHY_BASE_URL = KEY, vendor.url
    settings.TRIVERSE_API_KEY, settings.TRIVERSE_BASE_URL = KEY, f"http://user:{KEY}@127.0.0.1:9/api/v1"

    page = read_page()

    assert "wrong  Meshy credits     The key is not accepted." in page
    assert "wrong  Triverse answers" in page
    assert KEY not in page
    assert settings.SECRET_KEY not in page


def test_the_page_fits_into_100_columns(healthy: None, settings) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    settings.ALLOWED_HOSTS = [f"patina-{number}.example" for number in range(20)]

    page = read_page()

    assert max(map(len, page.splitlines())) <= 100
    assert page.splitlines()[-1].endswith(("notes.", "note."))


@pytest.mark.parametrize(
    ("hosts", "https", "debug", "key", "levels"),
    [
        (["localhost"], False, False, "k3y" * 20, ("wrong", "ok", "ok")),
        (["localhost"], False, True, "abcdefghij" * 5, ("ok", "ok", "note")),
        (["patina.example"], False, True, "abcdefghij" * 5, ("ok", "note", "wrong")),
        (["patina.example"], True, False, "django-insecure" * 5, ("wrong", "ok", "ok")),
        (["*"], True, False, "short", ("wrong", "wrong", "ok")),
    ],
)
def test_settings_that_others_can_reach_are_judged(
    settings, hosts: list[str], https: bool, debug: bool, key: str, levels: tuple[str, str, str]
) -> None:
    settings.ALLOWED_HOSTS, settings.HTTPS, settings.DEBUG, settings.SECRET_KEY = hosts, https, debug, key

    found = {line.name: line.level for line in site.check_site()}

    assert (found["secret key"], found["hosts"], found["debug"]) == levels


def test_migrations_that_are_missing_are_told() -> None:
    [last] = MigrationLoader(connection).graph.leaf_nodes("jobs")
    MigrationRecorder(connection).record_unapplied(*last)

    [line] = rows.check_migrations()

    assert (line.level, line.now_do) == ("wrong", "Run: manage.py migrate")
    assert ".".join(last) in line.text


def test_the_time_of_another_machine_is_read() -> None:
    assert read_skew_s("Thu, 01 Jan 1970 00:02:00 GMT", now=100.0) == 20.5
    assert read_skew_s("yesterday", now=100.0) is None
    assert read_skew_s("", now=100.0) is None
