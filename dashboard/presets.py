"""What a form that asks for no words starts with: what the person chose there the last time."""

from __future__ import annotations

from typing import Any

from jobs.fields import AssetField, AssetListField, TaskField
from jobs.models import Task, User
from jobs.operations import Operation

FIRST: dict[str, dict[str, Any]] = {"triverse.convert-model-format": {"target_format": "fbx"}}
"""The first time, where the vendor has no default for what it must be told."""

RECENT = 200
"""So many of the person's tasks are looked through."""


def build_preset(operation: Operation, user: User) -> dict[str, Any]:
    """Return the person's last choices for the operation; nothing for one that is told in words what to make."""
    if operation.prompt_fields:
        return {}
    recent = Task.objects.filter(created_by=user).order_by("-created_at").values("pk")[:RECENT]
    last = Task.objects.filter(pk__in=recent, operation=operation.key).order_by("-pk").first()
    if last is None:
        return FIRST.get(operation.key, {})
    return {name: value for name, value in last.params.items() if _is_choice(operation, name)}


def _is_choice(operation: Operation, name: str) -> bool:
    """Tell whether the field holds a choice that fits another file too, in plain sight."""
    if name in operation.automatic or name in operation.advanced or name not in operation.fields:
        return False
    return not isinstance(operation.fields[name], AssetField | AssetListField | TaskField)
