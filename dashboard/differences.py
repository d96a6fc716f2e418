"""Marks in a form what differs from the task that it was filled in from; the page's script goes on with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from dashboard.task_controls import Before, Control

NOTHING = "not set"
SHOWN_AT_MOST = 240


def mark_differences(controls: Iterable[Control], earlier: Mapping[str, Any]) -> None:
    """Tell each control what the earlier task had in it; `earlier` is what its form started with."""
    for control in controls:
        value = earlier.get(control.name, None if control.automatic_note else control.field.initial)
        sent = write_sent(value)
        text = _write_text(control, value)
        control.before = Before(text=text, sent=json.dumps(sent), differs=sent != write_sent(control.value))


def write_sent(value: Any) -> list[str]:
    """Return a field's value as a form sends it: a list of texts, empty where there is nothing to send."""
    if value is None or value is False or value == "":
        return []
    if value is True or value == "on":
        return ["on"]
    parts = value if isinstance(value, list | tuple) else [value]
    return [str(part).replace("\r\n", "\n") for part in parts if str(part)]


def _write_text(control: Control, value: Any) -> str:
    if control.kind == "switch":
        return "on" if value else "off"
    names = {choice.value: choice.label for choice in control.choices}
    names |= {str(choice.asset.pk): choice.asset.name for choice in control.assets}
    words = ", ".join(names.get(part, part) for part in write_sent(value))
    return (words if len(words) <= SHOWN_AT_MOST else f"{words[:SHOWN_AT_MOST]}…") or NOTHING
