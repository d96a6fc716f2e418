"""Looks at the site all the time, as open browsers do, and notes when it did not answer."""

import threading
import time
from typing import Self

import requests

from benchmarks.torture.people import Person

EVERY_S = 0.25
ANSWER_WITHIN_S = 3.0
PAGES = ("/healthz", "/tasks/", "/healthz", "/")


class Watcher:
    """`longest_s` is the longest time without any good answer."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher")
        self.longest_s = 0.0
        self.answers = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        good_at = time.monotonic()
        turn = 0
        while not self._stop.wait(EVERY_S):
            turn += 1
            is_good = self._look(PAGES[turn % len(PAGES)])
            now = time.monotonic()
            self.longest_s = max(self.longest_s, now - good_at)
            if is_good:
                good_at = now
                self.answers += 1

    def _look(self, path: str) -> bool:
        url = f"{self._person.base_url}{path}"
        try:
            answer = self._person.session.get(url, timeout=ANSWER_WITHIN_S, allow_redirects=False)
        except requests.RequestException:
            self._person.visits.lost += 1
            return False
        return self._person.visits.note(answer).status_code < 500
