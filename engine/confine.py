"""Bounds that the engine's process sets on itself before Blender starts: memory, its parent's life, files, network."""

import ctypes
import os
import resource
import signal
import site
import sys
from collections.abc import Iterable
from pathlib import Path

MEMORY_LIMIT_BYTES = 6 * 1024**3  # measured: 2 GB render 1024 px, 3 GB remesh a million faces to quads
PARENT_VARIABLE = "PATINA_ENGINE_PARENT"
MEMORY_VARIABLE = "PATINA_ENGINE_MEMORY_BYTES"

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
# Source: landlock(7) and linux/landlock.h; the numbers are the same on every architecture since Linux 5.13
SYS_LANDLOCK_CREATE_RULESET, SYS_LANDLOCK_ADD_RULE, SYS_LANDLOCK_RESTRICT_SELF = 444, 445, 446
CREATE_RULESET_VERSION = 1
RULE_PATH_BENEATH = 1
EXECUTE, READ_FILE, READ_DIR, WRITE_FILE = 1 << 0, 1 << 2, 1 << 3, 1 << 1
FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | 1 << 14  # the last one is truncating, known since version 3
ALL_RIGHTS_BY_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1}
ALL_RIGHTS = (1 << 15) - 1
NETWORK_RIGHTS = 0b11  # bind and connect (TCP), known since version 4
SYSTEM_FOLDERS = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/fonts", "/sys/devices")
PROCESS_FACTS = ("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat")
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/dev/shm")  # noqa: S108 - not a temp file


class _RulesetAttributes(ctypes.Structure):
    _fields_ = [("handled_access_fs", ctypes.c_uint64), ("handled_access_net", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32)]


def limit_memory() -> None:
    """Cap the address space, so that a bomb ends this process and not the machine."""
    limit = int(os.environ.get(MEMORY_VARIABLE, MEMORY_LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def die_with_client() -> None:
    """End when the client that started this process ends, however it ends; started by hand, do nothing."""
    if parent := os.environ.get(PARENT_VARIABLE):
        die_with_parent(int(parent))


def die_with_parent(parent: int) -> None:
    """End when the parent process ends, however it ends. A fork does not inherit it: call it in each child."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)


def confine_files(*, readable: Iterable[Path], writable: Iterable[Path]) -> bool:
    """Shut this process off from all other files and from the network (Landlock, Linux 5.13 and newer).

    It is the second wall: a path that slips through the checks on untrusted files leads nowhere. Returns whether
    the kernel could do it; without it the checks stand alone.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(SYS_LANDLOCK_CREATE_RULESET, None, 0, CREATE_RULESET_VERSION)
    if version < 1:
        return False
    rights = ALL_RIGHTS_BY_VERSION.get(version, ALL_RIGHTS)
    attributes = _RulesetAttributes(rights, NETWORK_RIGHTS if version >= 4 else 0)
    size = ctypes.sizeof(attributes) if version >= 4 else 8
    ruleset = libc.syscall(SYS_LANDLOCK_CREATE_RULESET, ctypes.byref(attributes), size, 0)
    if ruleset < 0:
        return False
    package = Path(__file__).resolve().parent
    code = {package, *map(Path, site.getsitepackages()), Path(sys.prefix), Path(sys.base_prefix)}
    for path in (*code, *map(Path, SYSTEM_FOLDERS + PROCESS_FACTS), *readable):
        _allow(libc, ruleset, path, rights & (EXECUTE | READ_FILE | READ_DIR))
    for path in (*map(Path, DEVICES), *writable):
        _allow(libc, ruleset, path, rights)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    done = libc.syscall(SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return done


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # not on this system
    rule = _PathBeneath(rights if path.is_dir() else rights & FILE_RIGHTS, descriptor)
    libc.syscall(SYS_LANDLOCK_ADD_RULE, ruleset, RULE_PATH_BENEATH, ctypes.byref(rule), 0)
    os.close(descriptor)
