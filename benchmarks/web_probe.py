"""A person's browser for the benchmarks: signs in over HTTP and times pages, one request after the other."""

import subprocess
import threading
import time
from collections.abc import Mapping
from typing import Self

import requests

from benchmarks.processes import ROOT, Talker, end
from tests.ports import find_free_port
from tests.waiting import wait_until

PAUSE_S = 0.15
WARM_UP = 15
START_WITHIN_S = 60


class WebProcess:
    """The web server as `manage.py serve` starts it, on the data of an installation."""

    def __init__(self, rows: Talker, environment: Mapping[str, str]) -> None:
        self.port = find_free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        command = rows.ask("get_web_command", port=self.port)
        self.process = subprocess.Popen(command, cwd=ROOT, env=dict(environment))
        try:
            wait_until(self._answers, within_s=START_WITHIN_S)
        except BaseException:
            end(self.process)
            raise

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.base_url}/healthz", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        end(self.process)


def sign_in(base_url: str, name: str, password: str) -> requests.Session:
    """Return a session that is signed in."""
    session = requests.Session()
    session.trust_env = False
    address = f"{base_url}/account/login/"
    session.get(address).raise_for_status()
    form = {"username": name, "password": password, "csrfmiddlewaretoken": session.cookies["csrftoken"]}
    answer = session.post(address, data=form, allow_redirects=False)
    if answer.status_code != 302:
        raise RuntimeError(f"signing in: {answer.status_code}")
    return session


class Probe:
    """Asks for the pages in turn until it is stopped; `seconds` holds what each took, by its name."""

    def __init__(self, session: requests.Session, base_url: str, pages: Mapping[str, str]) -> None:
        self.session = session
        self.pages = {
            "list of tasks": (base_url + pages["list"], {}),
            "page of a task": (base_url + pages["task"], {}),
            "fragment of a task": (base_url + pages["task"], {"HX-Request": "true"}),
        }
        for _ in range(WARM_UP):
            self._round({name: [] for name in self.pages})

    def _round(self, seconds: dict[str, list[float]]) -> None:
        for name, (address, headers) in self.pages.items():
            started = time.perf_counter()
            answer = self.session.get(address, headers=headers)
            seconds[name].append(time.perf_counter() - started)
            answer.raise_for_status()

    def measure(self, *, seconds: float) -> dict[str, list[float]]:
        """Return how long each answer took, by the page's name."""
        taken: dict[str, list[float]] = {name: [] for name in self.pages}
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._round(taken)
            time.sleep(PAUSE_S)
        return taken

    def start(self, *, seconds: float) -> tuple[threading.Thread, dict[str, list[float]]]:
        """Measure in a thread; what is returned beside it is filled when that has ended."""
        taken: dict[str, list[float]] = {}
        thread = threading.Thread(target=lambda: taken.update(self.measure(seconds=seconds)), daemon=True)
        thread.start()
        return thread, taken
