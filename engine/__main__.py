"""`python -m engine VERB --in FILE [--image FILE ...] --out DIR [--option value ...]`.

The answer is JSON on standard output, progress JSON lines on standard error; the exit code tells what failed.
"""

import contextlib
import importlib
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.confine import confine_files, die_with_client, limit_memory
from engine.errors import EXIT_CODES, EngineError, UsageError
from engine.job import Job
from engine.verbs import VERBS, Verb

USAGE = f"python -m engine {{{','.join(VERBS)}}} --in FILE [--image FILE ...] --out DIR [--option value ...]"
HOW_TO_GET_IT = "`make setup` installs it with the system libraries that it needs."
OUT_OF_MEMORY = "This model needs more memory than a job may take. Try a smaller or simpler file."


def main(words: Sequence[str]) -> int:
    """Run one verb and return the exit code: 0, or the one of the error's kind."""
    die_with_client()
    limit_memory()
    with _standard_output_kept_for_the_answer() as answer_fd:
        try:
            answer, kind = _run(words), ""
        except EngineError as error:
            answer, kind = _describe(error.kind, error.message), error.kind
        except MemoryError:
            answer, kind = _describe("memory", OUT_OF_MEMORY), "memory"
        except ImportError as error:
            traceback.print_exc()
            answer, kind = _describe("missing", f"Blender cannot start here ({error}). {HOW_TO_GET_IT}"), "missing"
        except Exception as error:  # noqa: BLE001 - the outer edge: a traceback for the log, a sentence for people
            traceback.print_exc()
            answer, kind = _describe("failed", f"The engine could not finish this job ({error})."), "failed"
        _write(answer_fd, json.dumps(answer))
    return EXIT_CODES.get(kind, EXIT_CODES["failed"]) if kind else 0


def _run(words: Sequence[str]) -> dict:
    if not words or words[0] not in VERBS:
        raise UsageError(USAGE)
    verb = VERBS[words[0]]
    options, images = _read_options(words[1:])
    source, out = options.pop("in", ""), Path(options.pop("out", ".")).resolve()
    _check_options(verb, options, source)
    _check_images(verb, images)
    out.mkdir(parents=True, exist_ok=True)
    source_path = Path(source).resolve()
    with tempfile.TemporaryDirectory(prefix="patina-engine-") as name:
        folder = Path(name)
        job = Job(source=source_path, out=out, workspace=folder, options=options, images=images)
        readable = [*images, source_path] if verb.needs_file else images
        confine_files(readable=readable, writable=[out, folder.parent])
        with contextlib.chdir(folder):
            return importlib.import_module(verb.module).run(job)


def _read_options(words: Sequence[str]) -> tuple[dict[str, str], tuple[Path, ...]]:
    """Return the options by name, and the pictures apart: theirs is the only option that may be repeated."""
    options: dict[str, str] = {}
    images: list[Path] = []
    rest = iter(words)
    for word in rest:
        if not word.startswith("--"):
            raise UsageError(f"{word!r} is no option. {USAGE}")
        name, has_value, value = word[2:].partition("=")
        if not has_value:
            following = next(rest, None)
            if following is None:
                raise UsageError(f"--{name} has no value.")
            value = following
        if name == "image":
            images.append(Path(value).resolve())
        else:
            options[name.replace("-", "_")] = value
    return options, tuple(images)


def _check_options(verb: Verb, options: dict[str, str], source: str) -> None:
    unknown = sorted(set(options) - set(verb.options))
    if unknown:
        raise UsageError(f"Unknown option: --{unknown[0]}. Known here: {', '.join(verb.options) or 'none'}.")
    if not verb.needs_file:
        return
    if not source:
        raise UsageError("--in is missing.")
    if not Path(source).is_file():
        raise EngineError("unreadable", "The file is not there any more.")


def _check_images(verb: Verb, images: Sequence[Path]) -> None:
    if len(images) > verb.most_images:
        raise UsageError(f"At most {verb.most_images} --image here; there were {len(images)}.")
    if not all(image.is_file() for image in images):
        raise EngineError("unreadable", "The picture is not there any more.")


@contextlib.contextmanager
def _standard_output_kept_for_the_answer() -> Iterator[int]:
    """Send what Blender prints to standard error, so that standard output holds nothing but the answer."""
    sys.stdout.flush()
    answer_fd = os.dup(1)
    os.dup2(2, 1)
    try:
        yield answer_fd
    finally:
        sys.stdout.flush()
        os.close(answer_fd)


def _describe(kind: str, message: str) -> dict:
    return {"error": {"kind": kind, "message": message}}


def _write(fd: int, text: str) -> None:
    with os.fdopen(os.dup(fd), "w", encoding="utf-8") as stream:
        stream.write(text + "\n")


if __name__ == "__main__":
    exit_code = main(sys.argv[1:])
    sys.stderr.flush()
    os._exit(exit_code)  # Blender's own clean-up costs time and may crash after the answer is out
