"""Attempts with a real time limit: each runs in a fork of a process that has done nothing but import Blender.

QuadriFlow is one call into C that cannot be interrupted, and it may crash; a forked child can be killed. The
parent of those children must not have run any operator (Blender's threads do not survive a fork), so it is
itself forked off before the job touches Blender.
"""

import contextlib
import math
import os
import resource
import select
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from engine.confine import die_with_parent

AT_ONCE = 2
"""QuadriFlow uses one core; the machine this was made for has two."""

Outcome = str
"""`done`, `rejected` (the attempt itself said no), `timeout` or `crashed`."""
REJECTED_CODE = 3
WAIT_TIMES = 10
"""An attempt may last so many times its limit on the clock: the machine may be busy with other things."""


@dataclass(frozen=True)
class Attempt:
    """One call of the forker's work, with the seconds of processor time that it may take."""

    argument: object
    limit_s: float


class Forker:
    """The handle of the waiting process."""

    def __init__(self, connection: Connection) -> None:
        """Talk to the process over this connection."""
        self._connection = connection

    def run(self, attempts: Sequence[Attempt], *, on_end: Callable[[int], None] = lambda index: None) -> list[Outcome]:
        """Run attempts, two at a time, and return how each ended; `on_end` hears of each as it ends."""
        self._connection.send(list(attempts))
        outcomes: list[Outcome] = [""] * len(attempts)
        for _ in attempts:
            index, outcome = self._connection.recv()
            outcomes[index] = outcome
            on_end(index)
        return outcomes


@contextlib.contextmanager
def start_forker(work: Callable[[object], bool]) -> Iterator[Forker]:
    """Fork the waiting process now. `work` gets each attempt's argument in a child, and returns False to reject it."""
    ours, theirs = Pipe()
    parent = os.getpid()
    process = os.fork()
    if process == 0:
        die_with_parent(parent)
        ours.close()
        _serve(theirs, work)
        os._exit(0)
    theirs.close()
    try:
        yield Forker(ours)
    finally:
        ours.close()
        os.waitpid(process, 0)


def _serve(connection: Connection, work: Callable[[object], bool]) -> None:
    """Answer requests until the other side closes."""
    children: dict[int, tuple[int, int, float]] = {}
    with contextlib.suppress(EOFError, OSError):
        while True:
            waiting = list(enumerate(connection.recv()))
            while waiting or children:
                while waiting and len(children) < AT_ONCE:
                    index, attempt = waiting.pop(0)
                    process = _fork_child(work, attempt)
                    deadline = time.monotonic() + WAIT_TIMES * attempt.limit_s
                    children[os.pidfd_open(process)] = (process, index, deadline)
                _wait_for_one(connection, children)
    for process, _, _ in children.values():
        os.kill(process, signal.SIGKILL)


def _fork_child(work: Callable[[object], bool], attempt: Attempt) -> int:
    parent = os.getpid()
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        die_with_parent(parent)
        seconds = math.ceil(attempt.limit_s)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        code = 0 if work(attempt.argument) else REJECTED_CODE
    except BaseException:  # noqa: BLE001 - the outermost edge of this process
        traceback.print_exc()
    os._exit(code)


def _wait_for_one(connection: Connection, children: dict[int, tuple[int, int, float]]) -> None:
    """Wait until a child ends, is over its time, or the other side is gone; tell what ended."""
    nearest = min(deadline for _, _, deadline in children.values())
    watched: list[int] = [connection.fileno(), *children]
    ready, _, _ = select.select(watched, [], [], max(nearest - time.monotonic(), 0))
    if connection.fileno() in ready:
        raise EOFError  # nothing is sent while attempts run: it was closed
    for handle, (process, index, deadline) in list(children.items()):
        is_late = handle not in ready and time.monotonic() >= deadline
        if is_late:
            os.kill(process, signal.SIGKILL)
        if not is_late and handle not in ready:
            continue
        _, status = os.waitpid(process, 0)
        os.close(handle)
        del children[handle]
        endings = {0: "done", REJECTED_CODE: "rejected", -signal.SIGXCPU: "timeout"}
        outcome = "timeout" if is_late else endings.get(os.waitstatus_to_exitcode(status), "crashed")
        connection.send((index, outcome))
