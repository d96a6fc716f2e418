"""What a process holds on this machine by file locks: folders for files on their way, places for what is heavy.

The kernel gives such a lock back when its process ends, however it ends. So what a killed process left can be told
from what is in use, without a name, a clock or a row.
"""

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

NEW_S = 10.0  # between the making of a file and its lock
UNKNOWN_KEPT_S = 86_400.0  # where the file system knows no locks


def hold(file: int | IO[Any]) -> None:
    """Hold an open file, or folder, until it is closed; without effect where the file system knows no locks."""
    with contextlib.suppress(OSError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextlib.contextmanager
def hold_folder(base: Path) -> Iterator[Path]:
    """Give a new folder in `base` that is gone after the block.

    :raises OSError: when it cannot be made
    """
    base.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=base, ignore_cleanup_errors=True) as name:
        descriptor = os.open(name, os.O_RDONLY)
        try:
            hold(descriptor)
            yield Path(name)
        finally:
            os.close(descriptor)


def is_left(path: Path) -> bool:
    """Return whether the process that made this file or folder has surely ended, or a day has passed."""
    try:
        age_s = time.time() - path.stat().st_mtime
        if age_s < NEW_S:
            return False
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return age_s > UNKNOWN_KEPT_S
    finally:
        os.close(descriptor)
    return True


@contextlib.contextmanager
def hold_place(folder: Path, name: str, *, limit: int) -> Iterator[bool]:
    """Hold one of `limit` places; the block gets False where all are taken."""
    with contextlib.ExitStack() as stack:
        yield any(_take(stack, folder / f"{name}-{number}.lock") for number in range(limit))


def _take(stack: contextlib.ExitStack, path: Path) -> bool:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = stack.enter_context(path.open("a"))
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    except OSError:  # nothing can be locked here: better no limit than no work
        return True
    return True
