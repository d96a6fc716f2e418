"""One heavy and one light job at a time on the whole machine, held by file locks (they end with the process)."""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from engine.errors import EngineError

FOLDER_VARIABLE = "PATINA_ENGINE_SLOTS_DIR"
POLL_S = 0.05
BUSY = "The engine is busy with other models. Try again in a few minutes."


def get_slots_folder() -> Path:
    """Return the folder of the locks: the same for every process of this user on this machine."""
    return Path(os.environ.get(FOLDER_VARIABLE) or Path(tempfile.gettempdir()) / f"patina-engine-{os.getuid()}")


@contextlib.contextmanager
def hold_slot(name: str, *, wait_s: float, on_wait: Callable[[], None] = lambda: None) -> Iterator[Path]:
    """Hold the slot `heavy` or `light` and give its empty folder; wait for it as long as another job has it.

    What a job left there whose caller was killed is removed when the next one begins.

    :raises EngineError: busy, when it did not come free in time
    """
    folder = get_slots_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    deadline = time.monotonic() + wait_s
    with (folder / f"{name}.lock").open("a") as lock:
        told = False
        while not _try_lock(lock.fileno()):
            if time.monotonic() >= deadline:
                raise EngineError("busy", BUSY)
            if not told:
                on_wait()
                told = True
            time.sleep(POLL_S)
        workplace = folder / name
        shutil.rmtree(workplace, ignore_errors=True)
        workplace.mkdir(mode=0o700)
        try:
            yield workplace
        finally:
            shutil.rmtree(workplace, ignore_errors=True)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
