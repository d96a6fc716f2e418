"""What the kernel's locks tell: which folders are in use, and which places are taken."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs import file_locks

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys
from pathlib import Path
from jobs import file_locks
base = Path(sys.argv[1])
with file_locks.hold_folder(base) as folder, file_locks.hold_place(base, "x", limit=1) as ours:
    print(folder, ours, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds a folder and the only place."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.communicate()


def make_old(path: Path) -> Path:
    os.utime(path, (1_000_000, 1_000_000))
    return path


def test_what_a_killed_process_held_is_free_at_once(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    assert holder.stdout is not None
    name, has_place = holder.stdout.readline().split()
    folder = make_old(Path(name))

    assert has_place == "True"
    assert not file_locks.is_left(folder)
    with file_locks.hold_place(tmp_path, "x", limit=1) as ours:
        assert ours is False
    holder.kill()
    holder.wait()

    assert file_locks.is_left(folder)
    with file_locks.hold_place(tmp_path, "x", limit=1) as ours:
        assert ours is True


def test_what_was_made_a_moment_ago_is_not_left(tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    fresh.mkdir()

    assert not file_locks.is_left(fresh)
    assert file_locks.is_left(make_old(fresh))
    assert not file_locks.is_left(tmp_path / "gone")


def test_places_are_given_once_each(tmp_path: Path) -> None:
    with (
        file_locks.hold_place(tmp_path, "x", limit=2) as first,
        file_locks.hold_place(tmp_path, "x", limit=2) as second,
        file_locks.hold_place(tmp_path, "x", limit=2) as third,
        file_locks.hold_place(tmp_path, "y", limit=1) as other,
    ):
        assert (first, second, third, other) == (True, True, False, True)
    with file_locks.hold_place(tmp_path, "x", limit=1) as again:
        assert again is True


def test_a_folder_is_gone_after_its_block(tmp_path: Path) -> None:
    with file_locks.hold_folder(tmp_path / "base") as folder:
        (folder / "file").write_bytes(b"x")

    assert not folder.exists()
