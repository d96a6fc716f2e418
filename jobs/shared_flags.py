"""Memory that a worker's processes share: a stop is wanted; the guard is alive; django-q2's events and timers.

Plain bytes in anonymous mappings made before the fork, without a lock: a killed process can leave nothing taken.
Outside of `manage.py worker` no stop is ever wanted.
"""

import contextlib
import ctypes
import mmap
import time

STOP_AT, BEAT_AT = 0, 8
LOOK_EVERY_S = 0.1
_page: mmap.mmap | None = None
_beat_at: ctypes.c_double | None = None  # written and read in one piece: struct.pack_into writes zeros first


def prepare() -> None:
    """Make the page; to be called once, before the first fork."""
    global _page, _beat_at
    _page = mmap.mmap(-1, mmap.PAGESIZE)
    _beat_at = ctypes.c_double.from_buffer(_page, BEAT_AT)
    beat()


def ask_to_stop() -> None:
    if _page is not None:
        _page[STOP_AT] = 1


def is_stopping() -> bool:
    """Return whether long steps should put down their work and give it back."""
    return _page is not None and _page[STOP_AT] == 1


def beat() -> None:
    """Say that the guard loop goes round (CLOCK_MONOTONIC is one clock for all processes)."""
    if _beat_at is not None:
        _beat_at.value = time.monotonic()


def get_beat_age_s() -> float:
    """Return how long ago the guard loop went round."""
    return 0.0 if _beat_at is None else time.monotonic() - _beat_at.value


class SharedEvent:
    """Has the part of multiprocessing.Event that django-q2 uses."""

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, mmap.PAGESIZE)

    def set(self) -> None:
        self._page[0] = 1

    def is_set(self) -> bool:
        return self._page[0] == 1

    def wait(self, timeout: float | None = None) -> bool:
        """Return whether it was set within `timeout` seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self.is_set():
            left = LOOK_EVERY_S if deadline is None else deadline - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(left, LOOK_EVERY_S))
        return True


class SharedValue:
    """Has the part of multiprocessing.Value that django-q2 uses: a worker's time left, and what became of it.

    Its lock locks nothing. What a write that crosses another can do is harmless: an idle worker may be replaced.
    """

    def __init__(self, typecode: str, value: float) -> None:
        self._number = ctypes.c_double.from_buffer(mmap.mmap(-1, mmap.PAGESIZE))  # written and read in one piece
        self.value = value

    @property
    def value(self) -> float:
        return self._number.value

    @value.setter
    def value(self, value: float) -> None:
        self._number.value = value

    def get_lock(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()
