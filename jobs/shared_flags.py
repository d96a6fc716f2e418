"""A page of memory that a worker's processes share: a stop is wanted; the guard is alive.

Plain bytes in an anonymous mapping made before the fork, without a lock: a killed process can leave nothing taken.
Outside of `manage.py worker` no stop is ever wanted.
"""

import mmap
import struct
import time

STOP_AT, BEAT_AT = 0, 8
_page: mmap.mmap | None = None


def prepare() -> None:
    """Make the page; to be called once, before the first fork."""
    global _page
    _page = mmap.mmap(-1, mmap.PAGESIZE)
    beat()


def ask_to_stop() -> None:
    if _page is not None:
        _page[STOP_AT] = 1


def is_stopping() -> bool:
    """Return whether long steps should put down their work and give it back."""
    return _page is not None and _page[STOP_AT] == 1


def beat() -> None:
    """Say that the guard loop goes round (CLOCK_MONOTONIC is one clock for all processes)."""
    if _page is not None:
        struct.pack_into("<d", _page, BEAT_AT, time.monotonic())


def get_beat_age_s() -> float:
    """Return how long ago the guard loop went round."""
    if _page is None:
        return 0.0
    return time.monotonic() - struct.unpack_from("<d", _page, BEAT_AT)[0]
