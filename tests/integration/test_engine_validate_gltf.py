"""Khronos' validator, asked by way of Node: what it says, and what its process cannot do."""

import json
import struct
import subprocess
from pathlib import Path

import pytest

from engine import validate_gltf
from engine.client import validate_gltf as validate
from tests.integration.jobs.trip import build_glb, make_glb

pytestmark = pytest.mark.skipif(validate_gltf.build_command() is None, reason="no Node or no gltf-validator here")


def write(folder: Path, content: bytes) -> Path:
    path = folder / "model"
    path.write_bytes(content)
    return path


def test_a_good_file_has_no_errors(tmp_path: Path) -> None:
    found = validate(write(tmp_path, make_glb()))

    assert found is not None
    assert (found["errors"], found["warnings"], found["messages"]) == (0, 0, [])
    assert found["version"].startswith("2.")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"glTF", "GLB_UNEXPECTED_END_OF_HEADER"),
        (b"{no model", "INVALID_JSON"),
        (build_glb(b'{"asset": {"version": "2.0"}, "scene": 3}'), "UNRESOLVED_REFERENCE"),
        (b'{"asset": {"version": "2.0"}, "buffers": [{"uri": "/etc/passwd", "byteLength": 9}]}', "IO_ERROR"),
    ],
)
def test_a_bad_file_is_told_by_its_first_errors(content: bytes, code: str, tmp_path: Path) -> None:
    found = validate(write(tmp_path, content))

    assert found is not None
    assert found["errors"] >= 1
    assert found["messages"][0]["code"] == code
    assert set(found["messages"][0]) == {"code", "message", "pointer"}


def test_a_file_with_a_thousand_mistakes_names_five(tmp_path: Path) -> None:
    document = {"asset": {"version": "2.0"}, "nodes": [{"mesh": number} for number in range(5_000)]}

    found = validate(write(tmp_path, build_glb(json.dumps(document).encode())))

    assert found is not None
    assert len(found["messages"]) == 5
    assert found["errors"] >= 1_000


@pytest.mark.parametrize(
    "code",
    [
        "require('fs').readFileSync('/etc/passwd')",
        "require('fs').writeFileSync('written', 'x')",
        "require('child_process').execFileSync('/bin/true')",
        "new (require('worker_threads').Worker)('1', {eval: true})",
    ],
)
def test_the_process_may_do_nothing_but_read_its_own_code(code: str, tmp_path: Path) -> None:
    command = validate_gltf.build_command()
    assert command is not None

    done = subprocess.run([*command[:-2], "-e", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)

    assert done.returncode != 0
    assert "ERR_ACCESS_DENIED" in done.stderr
    assert not (tmp_path / "written").exists()


def test_a_process_that_does_not_answer_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validate_gltf, "LIMIT_S", 0.3)
    monkeypatch.setattr(validate_gltf, "build_command", lambda: ["/bin/sleep", "60"])

    assert validate(write(tmp_path, make_glb())) is None


def test_without_node_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validate_gltf, "find_node", lambda: None)
    validate_gltf.build_command.cache_clear()

    assert validate(write(tmp_path, make_glb())) is None
    validate_gltf.build_command.cache_clear()


@pytest.mark.parametrize(
    ("version", "option"),
    [
        ((18, 20), None),
        ((20, 0), "--experimental-permission"),
        ((22, 12), "--experimental-permission"),
        ((22, 13), "--permission"),
        ((23, 2), "--experimental-permission"),
        ((24, 19), "--permission"),
    ],
)
def test_nodes_of_every_age_are_locked_in_or_not_asked(
    version: tuple[int, int], option: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate_gltf, "read_version", lambda node: version)
    validate_gltf.build_command.cache_clear()

    command = validate_gltf.build_command()

    validate_gltf.build_command.cache_clear()
    assert (command[1] if command else None) == option


def test_a_header_that_lies_is_an_error(tmp_path: Path) -> None:
    content = bytearray(make_glb())
    struct.pack_into("<I", content, 8, len(content) + 100)

    found = validate(write(tmp_path, bytes(content)))

    assert found is not None
    assert found["errors"] == 1
