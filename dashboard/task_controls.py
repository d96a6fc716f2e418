"""What the page of a new task shows of an operation's form: one control per field, chosen by the field's type alone."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.forms import BoundField

from jobs.fields import AssetField, ListField, OpenChoiceField, PictureChoiceField, ScaleField
from jobs.models import Asset
from jobs.operations import Operation, OperationForm

# The first match wins, so the special ones stand before Django's own. The word names templates/tasks/controls/*.html.
CONTROLS: tuple[tuple[type[forms.Field], str], ...] = (
    (AssetField, "asset"),
    (ListField, "tiles"),
    (OpenChoiceField, "open"),
    (PictureChoiceField, "pictures"),
    (forms.ChoiceField, "segments"),
    (forms.BooleanField, "switch"),
    (ScaleField, "scale"),
    (forms.IntegerField, "number"),
    (forms.CharField, "text"),
)
ANGLE_PICTURES = frozenset({"front", "back", "left", "right", "top", "bottom", "three-quarter"})
MAX_SEGMENTS = 9
LONG_TEXT = 120
"""A text that may be longer than this many characters gets an area of several lines."""


@dataclass(frozen=True)
class Choice:
    """One value that can be picked."""

    value: str
    label: str
    checked: bool
    picture: str = ""
    note: str = ""


@dataclass(frozen=True)
class AssetChoice:
    """One file of the project in a picker; `refusal` says why it cannot be taken."""

    asset: Asset
    checked: bool
    refusal: str = ""


@dataclass
class Control:
    """One field as the page shows it."""

    kind: str
    bound: BoundField
    value: Any
    advanced: bool
    automatic_note: str = ""
    choices: list[Choice] = field(default_factory=list)
    assets: list[AssetChoice] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.bound.name

    @property
    def field(self) -> Any:
        return self.bound.field

    @property
    def element_id(self) -> str:
        return self.bound.auto_id

    @property
    def errors(self) -> list[str]:
        return [str(text) for text in self.bound.errors]

    @property
    def described_by(self) -> str:
        """The ids that tell more of the field: its help, its reason, its errors."""
        parts = [f"{self.element_id}-help"] if self.field.help_text or self.automatic_note else []
        parts += [f"{self.element_id}-error"] if self.errors else []
        return " ".join([*parts, f"{self.element_id}-reason"])

    @property
    def checked_choice(self) -> Choice | None:
        return next((choice for choice in self.choices if choice.checked), None)

    @property
    def checked_asset(self) -> AssetChoice | None:
        return next((choice for choice in self.assets if choice.checked), None)

    @property
    def is_other(self) -> bool:
        """Whether the value is none of the known ones."""
        return bool(self.value) and self.checked_choice is None

    @property
    def is_long(self) -> bool:
        return (getattr(self.field, "max_length", None) or 0) > LONG_TEXT

    @property
    def is_many(self) -> bool:
        """Whether the choices are too many to lie side by side."""
        return len(self.choices) > MAX_SEGMENTS

    @property
    def is_default(self) -> bool:
        default = self.field.initial
        return self.value in (None, "", []) or _as_text(self.value) == _as_text(default)


def build_controls(form: OperationForm, *, assets: dict[str, list[Asset]]) -> list[Control]:
    """Return a control for each field that a person may fill in; `assets` are the files to pick from, by kind."""
    operation = form.operation
    shown = [name for name in operation.fields if not _is_hidden(operation, name)]
    return [_build_control(form[name], operation, assets=assets) for name in shown]


def build_hidden_notes(operation: Operation) -> list[tuple[str, str]]:
    """Return (label, note) of what Patina fills in and does not ask for."""
    return [
        (str(operation.fields[name].label), automatic.note)
        for name, automatic in operation.automatic.items()
        if automatic.hidden
    ]


def build_rules_json(operation: Operation) -> str:
    """Return rules and automatic fields as data for the page's script; the server checks them again."""
    automatic = [
        {
            "field": name,
            "fills": _snake(type(item).__name__),
            "of": item.field,
            "value": getattr(item, "value", None),
        }
        for name, item in operation.automatic.items()
        if hasattr(item, "field")
    ]
    return json.dumps({"rules": [rule.describe() for rule in operation.rules], "automatic": automatic})


def build_edit_initial(operation: Operation, params: dict[str, Any], assets: dict[str, Any]) -> dict[str, Any]:
    """Return the values that a form starts with to run a task again: without what would be filled in anew."""
    initial = {name: value for name, value in params.items() if name in operation.fields}
    for name, automatic in operation.automatic.items():
        if automatic.hidden or initial.get(name) == automatic.fill(initial, assets):
            initial.pop(name, None)
    return initial | {name: asset.pk for name, asset in assets.items()}


def _is_hidden(operation: Operation, name: str) -> bool:
    automatic = operation.automatic.get(name)
    return automatic is not None and automatic.hidden


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


def _get_control_kind(item: forms.Field) -> str:
    for cls, kind in CONTROLS:
        if isinstance(item, cls):
            return kind
    raise TypeError(f"{type(item).__name__} has no control yet: add it to CONTROLS")


def _build_control(bound: BoundField, operation: Operation, *, assets: dict[str, list[Asset]]) -> Control:
    automatic = operation.automatic.get(bound.name)
    control = Control(
        kind=_get_control_kind(bound.field),
        bound=bound,
        value=_get_value(bound, automatic=automatic is not None),
        advanced=bound.name in operation.advanced,
        automatic_note=automatic.note if automatic else "",
    )
    if control.kind == "asset":
        control.assets = _build_asset_choices(control, assets[control.field.kind])
    elif control.kind in {"tiles", "open", "pictures", "segments"}:
        control.choices = _build_choices(control, newer=operation.newer)
    return control


def _get_value(bound: BoundField, *, automatic: bool) -> Any:
    """Return what the control shows. What Patina fills in starts empty: the vendor's default would overrule it."""
    if automatic and not bound.form.is_bound and bound.name not in bound.form.initial:
        return None
    return bound.value()


def _build_choices(control: Control, *, newer: frozenset[str]) -> list[Choice]:
    item = control.field
    chosen = (
        [_as_text(value) for value in control.value or []] if control.kind == "tiles" else [_as_text(control.value)]
    )
    pairs = [(str(value), str(label)) for value, label in getattr(item, "choices", [])]
    known = {value for value, _ in pairs}
    if control.kind == "tiles":
        pairs += [(value, value) for value in chosen if value not in known]
    elif "" not in known and not item.required and (control.automatic_note or not item.initial):
        pairs.insert(0, ("", "Automatic" if control.automatic_note else "Not set"))
    pictures = getattr(item, "pictures", {})
    return [
        Choice(
            value=value,
            label=label,
            checked=value in chosen,
            picture=pictures.get(value, f"angle-{value}" if value in ANGLE_PICTURES else ""),
            note=_build_choice_note(item, value),
        )
        for value, label in pairs
    ]


def _build_choice_note(item: forms.Field, value: str) -> str:
    if value in getattr(item, "retired", ()):
        return "retired"
    return "new" if value in getattr(item, "newer", ()) else ""


def _build_asset_choices(control: Control, assets: list[Asset]) -> list[AssetChoice]:
    formats = control.field.formats
    known = ", ".join(text.upper() for text in formats)
    return [
        AssetChoice(
            asset=asset,
            checked=str(asset.pk) == _as_text(control.value),
            refusal=f"Reads {known}" if formats and asset.format not in formats else "",
        )
        for asset in assets
    ]
