"""What a vendor's task asks of the engine, and the two that can answer: the engine itself, or canned files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sandbox import canned
from sandbox.rows import Made, SandboxTask

Progress = Callable[[float, str], None]


class Run(Protocol):
    """The engine's caller: one verb, on one file or none, with the images that it may also read."""

    def __call__(
        self,
        verb: str,
        *,
        file: Path | None,
        out: Path,
        options: Mapping[str, object],
        on_progress: Progress | None,
        images: Sequence[Path] = (),
    ) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Job:
    """One task's work: make the files of `task` in `out`."""

    task: SandboxTask
    source: Path | None
    pictures: list[Path]
    out: Path
    run: Run
    on_progress: Progress


Maker = Callable[[Job], Made]


class WorkFailed(Exception):
    """`kind` is the engine's: refused, unreadable, unsupported, failed, timeout, memory, crashed, busy or missing."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


def run_engine(
    verb: str,
    *,
    file: Path | None,
    out: Path,
    options: Mapping[str, object],
    on_progress: Progress | None,
    images: Sequence[Path] = (),
) -> dict[str, Any]:
    """:raises WorkFailed: the engine refused, failed or is not there"""
    from engine import client  # here, so that canned results need no engine

    if not client.is_available():
        raise WorkFailed("missing", "The 3D engine is not installed beside this sandbox.")
    try:
        return client.run(verb, file=file, images=images, out=out, options=options, on_progress=on_progress)
    except client.EngineError as error:
        raise WorkFailed(error.kind, error.message) from error


def get_run(results: str) -> Run:
    return canned.run if results == "canned" else run_engine
