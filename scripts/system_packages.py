"""Check the Debian packages that a part of Patina stands on; install them when the user may, else name them.

Usage: python scripts/system_packages.py engine|browser|servers|venv

What Debian starts by itself after an installation is left as it is: tests and benchmarks start servers of their own.
"""

import os
import shutil
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

ENGINE_LIBRARIES = {  # what `import bpy` links to
    "X11": "libx11-6",
    "Xrender": "libxrender1",
    "Xfixes": "libxfixes3",
    "Xi": "libxi6",
    "xkbcommon": "libxkbcommon0",
    "SM": "libsm6",
    "ICE": "libice6",
    "GL": "libgl1",
}


def find_missing(part: str) -> list[str]:
    """Return the packages that `part` lacks on this machine."""
    if part == "engine":
        return [package for library, package in ENGINE_LIBRARIES.items() if find_library(library) is None]
    if part == "browser":
        return [] if shutil.which("chromium") else ["chromium"]
    if part == "servers":
        has_postgres = any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or shutil.which("initdb")
        return [
            *([] if has_postgres else ["postgresql"]),
            *([] if shutil.which("redis-server") else ["redis-server"]),
        ]
    return ["python3-venv"]


def get_root_command() -> list[str] | None:
    """Return how to become root without a question: nothing to add, sudo, or None."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True).returncode == 0:
        return [sudo, "-n"]
    return None


def install(packages: list[str]) -> bool:
    root = get_root_command()
    if root is None or not shutil.which("apt-get"):
        return False
    print(f"Installing {' '.join(packages)}", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", *packages]):
        done = subprocess.run(
            [*root, *command], env=quiet, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        if done.returncode:
            print(done.stderr.strip(), file=sys.stderr)
    return True


def main() -> int:
    part = sys.argv[1]
    missing = find_missing(part)
    if not missing:
        return 0
    installed = install(missing)
    if installed and (part == "venv" or not find_missing(part)):
        return 0
    print(f"Missing on this machine: {' '.join(missing)}. Run: sudo apt-get install {' '.join(missing)}")
    if part == "engine":
        print("Until then Patina runs without posters, light previews and the sandbox's results.")
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
