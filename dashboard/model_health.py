"""Is a model in good order? One plain line, and the list behind it: what the engine and Khronos' validator found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobs.verdicts import write_count

LEVELS = ("error", "warning", "info")
WORDS = {"error": "problem", "warning": "warning", "info": "note"}


@dataclass(frozen=True)
class Health:
    """`level` is the worst that was found, "good" where nothing was; `problems` have a severity and a message."""

    level: str
    text: str
    problems: list[dict[str, str]]


def build_health(facts: Mapping[str, Any]) -> Health | None:
    """Return what is known of the model's order; None before it was looked at."""
    if "problems" not in facts:
        return None
    problems = [*facts["problems"], *_read_validator(facts.get("validator"))]
    problems.sort(key=lambda problem: LEVELS.index(problem["severity"]))
    counts = {level: sum(problem["severity"] == level for problem in problems) for level in LEVELS}
    told = [write_count(number, WORDS[level]) for level, number in counts.items() if number]
    level = next((level for level in LEVELS if counts[level]), "good")
    start = ["Healthy"] if level in ("good", "info") else []
    return Health(level, ", ".join([*start, *told]), problems)


def _read_validator(found: Mapping[str, Any] | None) -> list[dict[str, str]]:
    if not found or not found["errors"]:
        return []
    text = f"Khronos' glTF validator finds {write_count(found['errors'], 'error')}; some programs may not open it."
    return [{"severity": "error", "message": text}]
