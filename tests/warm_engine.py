"""The engine with Blender loaded once: each job is a fork of a process that has done nothing but import it.

Loading Blender takes 1.5 seconds of processor time, most jobs of tests take less. A job still runs `engine.__main__`
in a process of its own, with its bounds on memory, files and network. What differs is that Blender was loaded before
these bounds. Every verb is started from nothing, too: inspect by test_engine_client, sample by test_engine_samples,
preview by test_jobs_previews, and the others by the sandbox in test_sandbox_engine and test_sandbox_meshy_engine.
"""

import contextlib
import importlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import IO, Any

import pytest

from engine import client
from engine.confine import PARENT_VARIABLE, die_with_parent
from engine.verbs import VERBS

START_FROM_NOTHING = client.start_process
MESSAGE_BYTES = 100_000
PROGRAM_WORDS = 4
"""How many words of a job's command start the program: `python -s -m engine`."""


class WarmJob:
    """One job, as much of a `Popen` as the engine's client needs of it."""

    def __init__(self, engine: "WarmEngine", process: int, *, stdout: IO[bytes], stderr: IO[bytes]) -> None:
        """Wrap a process that the engine has forked."""
        self._engine = engine
        self.pid = process
        self.stdout, self.stderr = stdout, stderr
        self.returncode: int | None = None

    def wait(self) -> int:
        """Collect the process and return how it ended."""
        if self.returncode is None:
            self.returncode = int(self._engine.ask({"wait": self.pid}))
        return self.returncode


class WarmEngine:
    """The waiting process, and the end of the line to it."""

    def __init__(self) -> None:
        """Start it; it loads Blender while the test goes on."""
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-s", "-m", "tests.warm_engine", str(theirs.fileno())]
            self._process = subprocess.Popen(command, cwd=client.ROOT, pass_fds=[theirs.fileno()])

    def ask(self, message: dict[str, Any], *, streams: tuple[int, ...] = ()) -> bytes:
        socket.send_fds(self._line, [json.dumps(message).encode()], streams)
        if not (answer := self._line.recv(MESSAGE_BYTES)):
            raise EOFError("the warm engine has ended")
        return answer

    def start(self, command: list[str], *, cwd: object, env: dict[str, str]) -> WarmJob:
        """Run a job's command in a fork."""
        (out, out_end), (log, log_end) = os.pipe(), os.pipe()
        message = {"words": command[PROGRAM_WORDS:], "cwd": str(cwd), "env": env}
        process = int(self.ask(message, streams=(out_end, log_end)))
        os.close(out_end)
        os.close(log_end)
        return WarmJob(self, process, stdout=os.fdopen(out, "rb", 0), stderr=os.fdopen(log, "rb", 0))

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Let the engine's client start its jobs here."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(client, "start_process", self.start)
            yield

    def stop(self) -> None:
        self._line.close()
        self._process.wait(timeout=30)


def serve(line: socket.socket) -> None:
    """Fork a job for each request, and tell how it ended to whoever asks; end when the other side closes."""
    import bpy  # noqa: F401 - this is what is loaded ahead

    for verb in VERBS.values():
        importlib.import_module(verb.module)
    while True:
        request, streams, _, _ = socket.recv_fds(line, MESSAGE_BYTES, 2)
        if not request:
            return
        message = json.loads(request)
        if process := message.get("wait"):
            line.send(str(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])).encode())
            continue
        parent = os.getpid()
        if os.fork() == 0:
            work(line, message, streams, parent=parent)
        for stream in streams:
            os.close(stream)


def work(line: socket.socket, message: dict[str, Any], streams: list[int], *, parent: int) -> None:
    """Become the job: what `Popen` and the start of `python -m engine` do, then the program itself. Never returns."""
    import bpy

    from engine import __main__ as program

    os.setsid()
    die_with_parent(parent)
    os.environ.clear()
    os.environ.update(message["env"], **{PARENT_VARIABLE: str(parent)})
    os.chdir(message["cwd"])
    bpy.context.preferences.filepaths.temporary_directory = message["env"]["TMPDIR"]
    for number, stream in zip((1, 2), streams, strict=True):
        os.dup2(stream, number)
        os.close(stream)
    line.send(str(os.getpid()).encode())
    line.close()
    exit_code = program.main(message["words"])
    sys.stderr.flush()
    os._exit(exit_code)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as own_end:
        serve(own_end)
