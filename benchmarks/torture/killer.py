"""Kills and freezes the product's processes by the strikes of a plan, and starts the sandbox again after its own."""

import contextlib
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Sequence

import psutil

from benchmarks.torture.plan import FREEZE, Strike
from benchmarks.torture.stage import Stage

SANDBOX_DOWN_S = 0.7
FALLBACK = {"busy worker": "idle worker", "idle worker": "busy worker"}
WEB = frozenset({"web worker", "web master"})


class Killer:
    """`struck` counts what was hit by name; `web_at` has the moments (time.monotonic) at which the web was hit."""

    def __init__(self, stage: Stage, strikes: Sequence[Strike]) -> None:
        self._stage = stage
        self._strikes = strikes
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="killer")
        self._wakers: list[threading.Timer] = []
        self.struck: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self.problems: list[str] = []

    def start(self) -> None:
        self._thread.start()

    def finish(self) -> None:
        """Return when the last strike has struck and everything that was frozen goes on."""
        self._thread.join()
        for waker in self._wakers:
            waker.join()

    def stop(self) -> None:
        """Strike no more."""
        self._stop.set()
        self.finish()

    def _run(self) -> None:
        began = time.monotonic()
        for strike in self._strikes:
            if self._stop.wait(max(0.0, began + strike.at_s - time.monotonic())):
                return
            try:
                self._strike(strike)
            except Exception as error:  # noqa: BLE001 -- the run goes on and says so
                self.problems.append(f"{strike.victim}: {error!r}")

    def _strike(self, strike: Strike) -> None:
        if strike.victim == "sandbox":
            self._stage.sandbox.kill()
            time.sleep(SANDBOX_DOWN_S)
            self._stage.sandbox.start()
            self.struck["sandbox"] += 1
            return
        found = find_victims(self._stage, strike.victim) or find_victims(
            self._stage, FALLBACK.get(strike.victim, strike.victim)
        )
        if not found:
            self.missed[strike.victim] += 1  # it is being started again just now
            return
        process = found[min(int(strike.place * len(found)), len(found) - 1)]
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            self._hit(process, strike)
            self.struck[strike.victim] += 1

    def _hit(self, process: psutil.Process, strike: Strike) -> None:
        if strike.victim == FREEZE:
            process.suspend()
            waker = threading.Timer(strike.frozen_s, wake, [process])
            self._wakers.append(waker)
            waker.start()
        elif strike.victim == "worker group":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def wake(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.resume()


def find_victims(stage: Stage, victim: str) -> list[psutil.Process]:
    """Return the processes that a name fits at this moment, in the order of their ids."""
    try:
        found = _find(psutil.Process(stage.site.process.pid), victim)
        if victim == FREEZE and stage.sandbox.process is not None:
            found.append(psutil.Process(stage.sandbox.process.pid))
    except psutil.NoSuchProcess:
        return []
    return sorted(found, key=lambda process: process.pid)


def _find(product: psutil.Process, victim: str) -> list[psutil.Process]:
    masters = _get_children(product, "gunicorn")
    mains = _get_children(product, "qcluster", "manage.py worker")
    sentinels = [child for main in mains for child in _get_children(main, "")]
    crew = [child for sentinel in sentinels for child in _get_children(sentinel, "")]
    if victim == FREEZE:
        return [*crew, *sentinels, *(child for master in masters for child in _get_children(master, ""))]
    words = {"idle worker": " idle", "busy worker": " processing ", "monitor": " monitor", "pusher": " pusher"}
    if victim in words:
        return [child for child in crew if words[victim] in read_title(child)]
    return {
        "sentinel": sentinels,
        "worker main": mains,
        "worker group": mains,
        "web master": masters,
        "web worker": [child for master in masters for child in _get_children(master, "")],
    }[victim]


def _get_children(process: psutil.Process, *words: str) -> list[psutil.Process]:
    return [child for child in process.children() if any(word in read_title(child) for word in words)]


def read_title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
