"""What went over the wire for a task: its request as code that runs, and the vendor's last answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobs.models import Task
from jobs.operations import Operation
from jobs.snippets import build_snippets

LANGUAGE_LABELS = {"curl": "cURL", "javascript": "JavaScript", "python": "Python"}
LONG_ANSWER_LINES = 24
"""A longer answer is folded."""


@dataclass(frozen=True)
class Snippet:
    """A request in one language."""

    key: str
    label: str
    text: str


@dataclass(frozen=True)
class Wire:
    """`missing` says why there is no request; `answer` is JSON, "" while there is none."""

    snippets: list[Snippet]
    missing: str
    answer: str

    @property
    def is_answer_long(self) -> bool:
        return self.answer.count("\n") >= LONG_ANSWER_LINES


def build_wire(task: Task) -> Wire:
    answer = build_json(task.answer) if task.answer else ""
    if task.request:
        return Wire(list_snippets(task.spec, task.request), "", answer)
    return Wire([], _explain_missing(task), answer)


def list_snippets(operation: Operation, request: Mapping[str, Any] | None) -> list[Snippet]:
    """Return the request in every language; an example where there is none."""
    texts = build_snippets(operation, dict(request) if request else None)
    return [Snippet(key, LANGUAGE_LABELS.get(key, key), text) for key, text in texts.items()]


def build_json(value: Any) -> str:
    """Return stored, redacted JSON for reading."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def _explain_missing(task: Task) -> str:
    if task.is_imported:
        return (
            f"This task was not started here but elsewhere with the same {task.vendor_label} account, "
            "so its request is not known."
        )
    if task.is_open and not task.remote_id:
        return "It has not been sent yet. The request appears here as it leaves."
    if task.remote_id:
        return "Its request was not kept."
    return "It was never sent."
