"""What is locked: every package by its hash, and by no host."""

import re
from pathlib import Path

import pytest

LOCKS = sorted((Path(__file__).resolve().parents[2] / "requirements").glob("*.txt"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_file_has_a_hash_for_each_package_and_names_no_host(lock: Path) -> None:
    text = lock.read_text()
    packages = re.findall(r"^[a-z0-9][\w.\[\]-]*==", text, re.MULTILINE)

    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]

    assert len(packages) == len(blocks) > 0
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text
    assert "index-url" not in text
