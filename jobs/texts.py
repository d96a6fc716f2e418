"""Finds the words in the result of an operation that gives back a text; no page of a vendor says where they stand."""

import json
from collections.abc import Iterator
from pathlib import Path

from jobs.operations import Operation
from jobs.vendors.reading import clean_text

# The first one that holds words wins; a plain `prompt` may repeat what was asked.
TEXT_KEYS = ("optimized_prompt", "optimizedPrompt", "prompt", "optimized_text", "text", "result")
TEXT_MAX_LENGTH = 20_000
FILE_MAX_BYTES = 200_000
ROLE = "text"


def gives_text(operation: Operation) -> bool:
    """Return whether the operation's result is a text and no file."""
    return any(output.role == ROLE for output in operation.outputs)


def find_text(output: object) -> str:
    """Return the words of a result, at most TEXT_MAX_LENGTH of them; empty where there are none."""
    if isinstance(output, str):
        return _clean(output)
    for level in _walk(output):
        for key in TEXT_KEYS:
            if text := _clean(level.get(key)):
                return text
    return ""


def read_text(path: Path) -> str:
    """Return the words of a result that came as a file: JSON, or the bare words."""
    with path.open("rb") as stream:
        data = stream.read(FILE_MAX_BYTES)
    try:
        words = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""
    try:
        return find_text(json.loads(words))
    except (ValueError, RecursionError):
        return _clean(words)


def _clean(value: object) -> str:
    """Return `value` as words: no address, and no sign that a database refuses."""
    text = clean_text(value).strip() if isinstance(value, str) else ""
    return "" if text.startswith(("http://", "https://")) else text[:TEXT_MAX_LENGTH]


def _walk(value: object) -> Iterator[dict[str, object]]:
    """Yield the objects of a result, the outer ones first."""
    level = [value]
    for _ in range(5):
        objects = [item for item in level if isinstance(item, dict)]
        yield from objects
        lists = [item for item in level if isinstance(item, list)]
        level = [inner for item in objects for inner in item.values()] + [inner for item in lists for inner in item]
