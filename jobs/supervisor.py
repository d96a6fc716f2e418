"""Start several programs as one: restart what dies, pass their lines on, end all of them together.

Linux: each child is told to end (SIGTERM) when the supervisor dies, however it dies.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

PR_SET_PDEATHSIG = 1
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_S = 30.0  # a child that lived this long starts again without a pause
GRACE_S = 15.0
TICK_S = 0.2


def die_with_parent() -> None:
    """Ask the kernel, in the child, for SIGTERM when the parent dies."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """A program under supervision."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    process: subprocess.Popen[str] | None = None
    started_at: float = 0.0
    pause_s: float = FIRST_PAUSE_S
    start_at: float = 0.0
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603 (commands of our own)
            self.command,
            env=dict(self.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        self.started_at = time.monotonic()
        assert self.process.stdout is not None
        thread = threading.Thread(target=pass_lines_on, args=(self.name, self.process.stdout), daemon=True)
        thread.start()
        self.threads = [thread]

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def send(self, number: int) -> None:
        if self.process is not None and self.is_running():
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)

    def kill_group(self) -> None:
        """End what the child has started too."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 (the supervisor's own voice)


def pass_lines_on(name: str, stream: IO[str]) -> None:
    with stream:
        for line in stream:
            say(f"{name:8}| {line.rstrip()}")


class Supervisor:
    """Runs children until SIGINT or SIGTERM; a second one ends them at once."""

    def __init__(self, children: Sequence[Child]) -> None:
        self.children = list(children)
        self.stops = 0

    def start(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        for child in self.children:
            child.start()

    def _on_signal(self, number: int, frame: object) -> None:
        self.stops += 1
        if self.stops > 1:
            for child in self.children:
                child.kill_group()

    def run(self) -> None:
        """Return when a stop was asked for and every child has ended."""
        while not self.stops:
            self.tend()
            time.sleep(TICK_S)
        self.stop()

    def tend(self) -> None:
        """Start again what has died, after a pause that doubles while it keeps dying."""
        now = time.monotonic()
        for child in self.children:
            if child.is_running():
                continue
            if not child.start_at:
                if now - child.started_at > STEADY_S:
                    child.pause_s = FIRST_PAUSE_S
                code = child.process.returncode if child.process else None
                child.kill_group()
                say(f"{child.name} ended (exit status {code}); starting it again in {child.pause_s:g} s")
                child.start_at = now + child.pause_s
                child.pause_s = min(child.pause_s * 2, LONGEST_PAUSE_S)
            elif now >= child.start_at:
                child.start_at = 0.0
                child.start()

    def stop(self) -> None:
        """End the children: a request first, in their order; force after the grace time."""
        for child in self.children:
            child.send(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_S
        while any(child.is_running() for child in self.children) and time.monotonic() < deadline:
            time.sleep(TICK_S / 4)
        for child in self.children:
            if child.is_running():
                say(
                    f"{child.name} did not end in {GRACE_S:g} s: killed",
                )
            child.kill_group()
        sys.stdout.flush()
