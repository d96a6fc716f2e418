"""`manage.py serve`: one command that starts, tends and ends everything."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import requests
from pytest_django import Settings

from jobs.management.commands.serve import build_children
from sandbox.settings import read_command_line
from tests.ports import find_free_port
from tests.site_process import ROOT, SiteProcess
from tests.waiting import wait_until


@pytest.fixture
def running(tmp_path: Path):
    site = SiteProcess(tmp_path / "data").start()
    yield site
    if site.process.poll() is None:
        site.stop(signal.SIGKILL)


def find_child(site: SiteProcess, word: str) -> psutil.Process:
    children = psutil.Process(site.process.pid).children()
    return next(child for child in children if any(word in part for part in child.cmdline()))


def test_it_prints_the_first_run_address_and_ends_every_child(running: SiteProcess) -> None:
    family = psutil.Process(running.process.pid).children(recursive=True)

    answer = requests.get(running.address, timeout=10)
    status = running.stop(signal.SIGINT)

    assert running.address.startswith(f"{running.base_url}/setup/")
    assert answer.status_code == 200
    assert len(family) >= 5
    assert status == 0
    assert [child for child in family if child.is_running()] == []


def test_a_dead_child_is_started_again_and_said_so(running: SiteProcess) -> None:
    find_child(running, "sandbox").kill()

    line = running.wait_for_line("sandbox ended")

    assert "starting it again" in line
    wait_until(lambda: is_answering(f"{running.sandbox_url}/healthz"), within_s=30)
    assert is_answering(f"{running.base_url}/healthz")


def test_no_child_outlives_a_killed_supervisor(running: SiteProcess) -> None:
    family = psutil.Process(running.process.pid).children(recursive=True)

    running.process.kill()

    wait_until(lambda: not any(is_alive(child) for child in family), within_s=30)
    assert len(family) >= 5


def test_a_second_start_on_the_same_data_is_refused_in_one_line(running: SiteProcess) -> None:
    done = running.manage("serve", "--port", str(find_free_port()), "--sandbox-port", str(find_free_port()))

    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "already runs" in done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "localhost"])
def test_it_listens_where_it_is_told_and_prints_one_address(tmp_path: Path, host: str) -> None:
    site = SiteProcess(tmp_path / "data", ALLOWED_HOSTS="patina.example", PATINA_HTTPS="1")

    try:
        site.start("--host", host)
    finally:
        status = site.stop(signal.SIGTERM)

    assert status == 0
    assert sum("http://" in line for line in site.lines) == 1


def test_with_both_keys_there_is_no_sandbox_and_more_webs_may_join(tmp_path: Path) -> None:
    with SiteProcess(tmp_path / "data", TRIVERSE_API_KEY="key", MESHY_API_KEY="key") as site:
        children = psutil.Process(site.process.pid).children()

        assert len(children) == 2
        assert not is_answering(f"{site.sandbox_url}/healthz")

        another = SiteProcess(tmp_path / "data").start("--web-only")
        assert len(psutil.Process(another.process.pid).children()) == 1
        assert another.stop() == 0


@pytest.mark.parametrize("profile", ["current", "seed"])
def test_the_sandbox_takes_requests_of_the_age_in_which_they_are_written(settings: Settings, profile: str) -> None:
    settings.MESHY_PROFILE = profile

    sandbox = build_children("127.0.0.1", 8000, 8100)[-1]

    assert read_command_line(list(sandbox.command)[3:]).profile == profile


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (["--port", "99999"], {}, "Port 99999"),
        ([], {"PATINA_DATA_DIR": "/proc/patina"}, "PATINA_DATA_DIR"),
    ],
)
def test_what_cannot_start_says_why_in_one_line(
    arguments: list[str], environment: dict[str, str], words: str, tmp_path: Path
) -> None:
    done = SiteProcess(tmp_path / "data").manage("serve", *arguments, **environment)

    assert done.returncode == 1
    assert words in done.stderr
    assert done.stderr.strip().count("\n") == 0


def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        done = subprocess.run(
            [sys.executable, "manage.py", "serve", "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, "PATINA_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "dashboard.settings"},
            capture_output=True,
            text=True,
            timeout=60,
        )

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"Port {port}" in done.stderr


def is_alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def is_answering(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code == 200
    except requests.ConnectionError:
        return False
