"""How other rooms use the engine: one subprocess per job, bounded in time, memory, number and reach."""

import contextlib
import importlib.util
import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from engine.confine import MEMORY_VARIABLE, PARENT_VARIABLE
from engine.errors import EngineError
from engine.prepare import check
from engine.slots import hold_slot
from engine.validate_gltf import find_node
from engine.validate_gltf import validate as validate_gltf
from engine.verbs import VERBS

__all__ = ["EngineError", "check", "find_node", "is_available", "run", "validate_gltf"]

HEAVY_FILE_BYTES = 20_000_000  # from here on, reading alone takes seconds and hundreds of megabytes
SLOT_WAIT_S = 900.0
WAIT_VARIABLE = "PATINA_ENGINE_WAIT_S"
LOG_TAIL_BYTES = 64 * 1024
READ_BYTES = 64 * 1024
ROOT = Path(__file__).resolve().parent.parent
PASSED_VARIABLES = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", MEMORY_VARIABLE)
MISSING = (
    "The 3D engine is not installed here. `make setup` installs it (requirements/engine.txt: Python 3.11, 800 MB)."
)
MEMORY_SIGNS = (b"MemoryError", b"bad_alloc", b"alloc returns null", b"Cannot allocate memory")

logger = logging.getLogger("engine")
Progress = Callable[[float, str], None]


def is_available() -> bool:
    """Tell whether Blender can be found as a Python module, without loading it."""
    return importlib.util.find_spec("bpy") is not None


def run(
    verb: str,
    *,
    file: Path | None = None,
    images: Sequence[Path] = (),
    out: Path,
    options: Mapping[str, object] = {},
    timeout_s: float | None = None,
    on_progress: Progress | None = None,
) -> dict:
    """Run one verb on a file and return its answer; the results lie in `out`.

    `images` are pictures that the job may read besides, in the order that the verb gives a meaning to.
    Waits for the machine's heavy or light slot first; the time limit counts from when it has one. `on_progress` is
    called in this thread with 0..1 and a short text.
    :raises EngineError: its kind is refused, unreadable, unsupported, failed, timeout, memory, crashed, busy or missing
    """
    if not is_available():
        raise EngineError("missing", MISSING)
    tell = on_progress or (lambda progress, text: None)
    limit_s = VERBS[verb].timeout_s if timeout_s is None else timeout_s
    wait_s = float(os.environ.get(WAIT_VARIABLE, SLOT_WAIT_S))
    slot = hold_slot(choose_slot(verb, file), wait_s=wait_s, on_wait=lambda: tell(0.0, "Waiting for the engine"))
    with slot as folder:
        command = build_command(verb, file=file, images=images, out=out, options=options)
        return _run_process(command, folder=folder, limit_s=limit_s, tell=tell)


def choose_slot(verb: str, file: Path | None) -> str:
    """Return `heavy` or `light`: what computes long by nature, or reads a big file, is heavy."""
    is_big = file is not None and file.is_file() and file.stat().st_size > HEAVY_FILE_BYTES
    return "heavy" if VERBS[verb].is_heavy or (is_big and verb != "inspect") else "light"


def build_command(
    verb: str, *, file: Path | None, images: Sequence[Path] = (), out: Path, options: Mapping[str, object]
) -> list[str]:
    """Return the command line of a job."""
    command = [sys.executable, "-s", "-m", "engine", verb, "--out", str(out.resolve())]
    if file is not None:
        command += ["--in", str(file.resolve())]
    for image in images:
        command += ["--image", str(image.resolve())]
    for name, value in options.items():
        if value is not None:
            command.append(f"--{name}={_spell(value)}")
    return command


def _spell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(str(item) for item in value)
    return str(value)


def _build_environment(folder: Path) -> dict[str, str]:
    """Keep keys and passwords of this process away from a program that reads strangers' files."""
    passed = {name: os.environ[name] for name in PASSED_VARIABLES if name in os.environ}
    own = {"HOME": str(folder), "TMPDIR": str(folder), "PYTHONPATH": str(ROOT), PARENT_VARIABLE: str(os.getpid())}
    return {"LANG": "C.UTF-8", **passed, **own}


def _run_process(command: list[str], *, folder: Path, limit_s: float, tell: Progress) -> dict:
    started = time.monotonic()
    process = start_process(command, cwd=folder, env=_build_environment(folder))
    try:
        answer, log = _follow(process, deadline=started + limit_s, tell=tell)
    except TimeoutError as error:
        raise EngineError("timeout", f"This took longer than {limit_s:g} seconds and was stopped.") from error
    finally:
        _end_group(process)
    return _read_answer(answer, log, exit_code=process.returncode, command=command)


def start_process(command: list[str], *, cwd: Path, env: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a job as the first of a group of its own, with both streams to read (tests put another start here)."""
    return subprocess.Popen(  # noqa: S603 - our own program; the options are single words of ours
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _follow(process: subprocess.Popen[bytes], *, deadline: float, tell: Progress) -> tuple[bytes, bytes]:
    """Read both streams until they end; return the answer and the last part of the log.

    :raises TimeoutError: the deadline passed first
    """
    answer, log, line = bytearray(), bytearray(), bytearray()
    for name, data in _read_streams(process, deadline=deadline):
        if name == "answer":
            answer += data
            continue
        log = (log + data)[-LOG_TAIL_BYTES:]
        *lines, rest = (bytes(line) + data).split(b"\n")
        line = bytearray(rest[-LOG_TAIL_BYTES:])
        for each in lines:
            _tell_progress(each, tell)
    return bytes(answer), bytes(log)


def _read_streams(process: subprocess.Popen[bytes], *, deadline: float) -> Iterator[tuple[str, bytes]]:
    """Yield what comes until both streams and the process have ended.

    Children that outlive the process are killed at once: they would keep the streams open. It is not collected here,
    so that its number still names its group and nobody else's.
    """
    with selectors.DefaultSelector() as selector, _open_process(process) as end:
        selector.register(end, selectors.EVENT_READ, "end")
        for stream, name in ((process.stdout, "answer"), (process.stderr, "log")):
            assert stream is not None  # both are pipes
            selector.register(stream, selectors.EVENT_READ, name)
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            for key, _ in selector.select(left):
                if key.data == "end":
                    os.killpg(process.pid, signal.SIGKILL)
                    selector.unregister(end)
                elif data := os.read(key.fd, READ_BYTES):
                    yield key.data, data
                else:
                    selector.unregister(key.fileobj)


@contextlib.contextmanager
def _open_process(process: subprocess.Popen[bytes]) -> Iterator[int]:
    descriptor = os.pidfd_open(process.pid)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _tell_progress(line: bytes, tell: Progress) -> None:
    if not line.startswith(b'{"progress"'):
        return
    try:
        message = json.loads(line)
        progress, text = float(message["progress"]), str(message["text"])
    except (ValueError, KeyError, TypeError):
        return  # Blender printed something that only looks like progress
    tell(progress, text)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the job with all that it started, collect it, and close its pipes."""
    os.killpg(process.pid, signal.SIGKILL)  # not collected yet, so the number still is its group's
    process.wait()
    for stream in (process.stdout, process.stderr):
        if stream:
            stream.close()


def _read_answer(answer: bytes, log: bytes, *, exit_code: int, command: list[str]) -> dict:
    try:
        found = json.loads(answer)
    except ValueError:
        found = None
    if isinstance(found, dict) and "error" in found:
        error = found["error"]
        if error["kind"] in ("failed", "usage"):
            logger.error("%s failed: %s\n%s", command[4], error["message"], log.decode("utf-8", "replace"))
        raise EngineError(error["kind"], error["message"])
    if isinstance(found, dict) and exit_code == 0:
        return found
    logger.error("%s ended with %s\n%s", command[4], exit_code, log.decode("utf-8", "replace"))
    if any(sign in log for sign in MEMORY_SIGNS):
        raise EngineError("memory", "This model needs more memory than a job may take. Try a smaller or simpler file.")
    raise EngineError("crashed", "The 3D engine broke off while working on this model. The file may be damaged.")
