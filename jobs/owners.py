"""Names for processes, and which of them are surely dead: what a dead one held can be taken over at once.

A name is `host:boot:namespace:pid:start`. Only about processes of this machine, since its last start and in our own
PID namespace, can anything be known; all others count as alive until their lease runs out.
"""

import os
import socket
from pathlib import Path

import psutil


def _read_place() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
        namespace = Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:
        boot, namespace = f"{psutil.boot_time():.0f}", "0"
    return f"{socket.gethostname()[:40]}:{boot}:{namespace}"


PLACE = _read_place()


def get_owner() -> str:
    """Return this process's name."""
    pid = os.getpid()
    return f"{PLACE}:{pid}:{psutil.Process(pid).create_time():.2f}"


def is_dead(owner: str) -> bool:
    """Return True only when the process of this name surely does not live any more."""
    place, _, rest = owner.rpartition(":")[0].rpartition(":")
    if place != PLACE or not rest.isdigit():
        return False
    try:
        process = psutil.Process(int(rest))
        started = f"{process.create_time():.2f}"
        return started != owner.rpartition(":")[2] or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False
