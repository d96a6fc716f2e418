"""How `python -m engine` leaves: an exit code for each kind of error, and the same kind in its answer."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from engine import __main__ as program
from engine import client
from engine.errors import EXIT_CODES, EngineError
from tests import made_models


def leave(words: Sequence[str], capfd: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Return the exit code, and the kind that standard output tells."""
    code = program.main(words)
    return code, json.loads(capfd.readouterr().out).get("error", {}).get("kind", "")


@pytest.fixture(autouse=True)
def _without_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the bounds that a process sets on itself away from the process of the tests."""
    for name in ("die_with_client", "limit_memory"):
        monkeypatch.setattr(program, name, lambda: None)


def raise_from_verb(error: Exception) -> Callable[[Sequence[str]], dict]:
    def run(words: Sequence[str]) -> dict:
        raise error

    return run


def test_every_kind_has_a_code_of_its_own() -> None:
    assert EXIT_CODES == {
        "usage": 2,
        "refused": 3,
        "unreadable": 4,
        "unsupported": 5,
        "failed": 6,
        "memory": 7,
        "missing": 8,
    }


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        *((EngineError(kind, "This cannot be."), kind) for kind in EXIT_CODES),
        (MemoryError(), "memory"),
        (ModuleNotFoundError("No module named 'bpy'"), "missing"),
        (ValueError("broken on purpose"), "failed"),
        (EngineError("odd", "A kind that nobody knows."), "odd"),
    ],
)
def test_an_error_leaves_with_the_code_of_its_kind(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], error: Exception, kind: str
) -> None:
    monkeypatch.setattr(program, "_run", raise_from_verb(error))

    assert leave(["inspect"], capfd) == (EXIT_CODES.get(kind, 6), kind)


def test_an_answer_leaves_with_zero(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(program, "_run", lambda words: {"facts": {}})

    assert leave(["inspect"], capfd) == (0, "")


def glb_with(**changes: object) -> bytes:
    document, _ = made_models.cube_document()
    return made_models.glb(document | changes)


@pytest.mark.engine
@pytest.mark.parametrize(
    ("verb", "data", "kind"),
    [
        ("inspect", made_models.glb(), ""),
        ("inflate", made_models.glb(), "usage"),
        ("inspect", glb_with(images=[{"uri": "../secret.png"}]), "refused"),
        ("inspect", b"no model at all", "unreadable"),
        ("inspect", glb_with(extensionsRequired=["ODD_shapes"]), "unsupported"),
    ],
)
def test_the_program_itself_leaves_with_that_code(tmp_path: Path, verb: str, data: bytes, kind: str) -> None:
    file = made_models.write(tmp_path, "cube.glb", data)

    command = [sys.executable, "-m", "engine", verb, "--in", str(file), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=client.ROOT, capture_output=True, check=False)

    assert json.loads(done.stdout).get("error", {}).get("kind", "") == kind
    assert done.returncode == (EXIT_CODES[kind] if kind else 0)
