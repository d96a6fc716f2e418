"""What the page of a new task shows of an operation's form: one control per field, chosen by the field's type alone."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.forms import BoundField

from dashboard.pickers import AssetChoice, Pickable, TaskChoice, build_asset_choices, build_task_choices
from jobs.fields import (
    AssetField,
    AssetListField,
    ListField,
    OpenChoiceField,
    PictureChoiceField,
    PromptField,
    ScaleField,
    TaskField,
)
from jobs.operations import Operation, OperationForm
from jobs.rules import ExactlyOne
from jobs.vendors import VENDOR_LABELS

# The first match wins, so the special ones stand before Django's own. The word names templates/tasks/controls/*.html.
CONTROLS: tuple[tuple[type[forms.Field], str], ...] = (
    (AssetField, "asset"),
    (AssetListField, "asset_list"),
    (TaskField, "task"),
    (PromptField, "prompt"),
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
class Before:
    """What an earlier task had in a field: in words, and as the form would send it; whether that differs now."""

    text: str
    sent: str  # JSON
    differs: bool


@dataclass
class Control:
    """One field as the page shows it."""

    kind: str
    bound: BoundField
    value: Any
    advanced: bool
    automatic_note: str = ""
    correction: str = ""  # why the value is another one than was given
    choices: list[Choice] = field(default_factory=list)
    assets: list[AssetChoice] = field(default_factory=list)
    tasks: list[TaskChoice] = field(default_factory=list)
    before: Before | None = None

    @property
    def name(self) -> str:
        return self.bound.name

    @property
    def field(self) -> Any:
        return self.bound.field

    @property
    def template(self) -> str:
        return f"tasks/controls/{self.kind}.html"

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
    def checked_task(self) -> TaskChoice | None:
        return next((choice for choice in self.tasks if choice.checked), None)

    @property
    def is_other(self) -> bool:
        """Whether the value is none of the known ones."""
        return bool(self.value) and self.checked_choice is None and self.checked_task is None

    @property
    def is_given(self) -> bool:
        return self.value not in (None, "", [])

    @property
    def is_long(self) -> bool:
        return (getattr(self.field, "max_length", None) or 0) > LONG_TEXT

    @property
    def is_many(self) -> bool:
        """Whether the choices are too many to lie side by side."""
        return len(self.choices) > MAX_SEGMENTS

    @property
    def marks(self) -> list[tuple[int, str, str]]:
        """Return a scale's marks as (value, head, what stands under it); without a head the value stands there."""
        return [
            (value, label, str(value)) if label[0].isdigit() else (value, "", label)
            for value, label in self.field.marks
        ]

    @property
    def is_default(self) -> bool:
        default = self.field.initial
        return not self.is_given or _as_text(self.value) == _as_text(default)

    @property
    def as_alternative(self) -> str:
        """How this control is called where it is one of several ways to say the same."""
        if self.kind == "task":
            return f"From an earlier {VENDOR_LABELS[self.field.vendor]} task"
        if self.kind in {"asset", "asset_list"}:
            return ALTERNATIVES[self.kind, self.field.kind]
        return "By words" if self.kind == "prompt" else str(self.field.label)


ALTERNATIVES = {
    ("asset", "model"): "From a model",
    ("asset", "image"): "By picture",
    ("asset_list", "model"): "From several models",
    ("asset_list", "image"): "By several views",
}


@dataclass(frozen=True)
class EitherOr:
    """Controls of which one alone is filled in: with script the others are neither seen nor sent."""

    name: str
    controls: list[Control]
    chosen: Control

    @property
    def element_id(self) -> str:
        return f"id_{self.name}-either"

    @property
    def legend(self) -> str:
        says_what = any(control.kind == "task" or _takes_model(control) for control in self.controls)
        return "Model" if says_what else "Style"

    @property
    def advanced(self) -> bool:
        return all(control.advanced for control in self.controls)

    @property
    def stray_errors(self) -> list[str]:
        """What is wrong with the ways that are not chosen, which would not be seen."""
        return [text for control in self.controls if control is not self.chosen for text in control.errors]


Block = Control | EitherOr


def build_controls(form: OperationForm, *, pickable: Pickable) -> list[Control]:
    """Return a control for each field that a person may fill in."""
    operation = form.operation
    shown = [name for name in operation.fields if not _is_hidden(operation, name)]
    controls = [_build_control(form[name], operation, pickable=pickable) for name in shown]
    _correct(controls, operation)
    return controls


def build_blocks(form: OperationForm, controls: list[Control]) -> list[Block]:
    """Return the controls in their order, those of an either-or together at the place of the first."""
    by_name = {control.name: control for control in controls}
    blocks: list[Block] = []
    grouped: set[str] = set()
    either_ors = {name: rule for rule in form.operation.rules if isinstance(rule, ExactlyOne) for name in rule.fields}
    for control in controls:
        rule = either_ors.get(control.name)
        if rule is None:
            blocks.append(control)
        elif control.name not in grouped:
            members = [by_name[name] for name in rule.fields if name in by_name]
            grouped.update(rule.fields)
            blocks.append(_build_either_or(form, rule, members))
    return blocks


def _build_either_or(form: OperationForm, rule: ExactlyOne, members: list[Control]) -> EitherOr:
    """Group the controls; shown is what was filled in, else the tab that was open, else the first."""
    name = rule.fields[0]
    open_tab = form.data.get(f"_one_of_{name}", "")
    given = next((control for control in members if control.is_given), None)
    opened = next((control for control in members if control.name == open_tab), None)
    return EitherOr(name=name, controls=members, chosen=given or opened or members[0])


def _takes_model(control: Control) -> bool:
    return control.kind in {"asset", "asset_list"} and control.field.kind == "model"


def _correct(controls: list[Control], operation: Operation) -> None:
    """Show the value that would be sent instead of one that would fail with the chosen files, and why."""
    assets = {control.name: control.checked_asset.asset for control in controls if control.checked_asset}
    for control in controls:
        correction = operation.corrections.get(control.name)
        better = correction.correct(control.value, assets) if correction else None
        if better is not None:
            control.value, control.correction = better


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
    corrections = [
        {**vars(item), "of": vars(item).get("field"), "field": name, "corrects": _snake(type(item).__name__)}
        for name, item in operation.corrections.items()
    ]
    rules = [rule.describe() for rule in operation.rules]
    return json.dumps({"rules": rules, "automatic": automatic, "corrections": corrections})


def build_edit_initial(operation: Operation, params: dict[str, Any], assets: dict[str, Any]) -> dict[str, Any]:
    """Return the values that a form starts with to run a task again: without what would be filled in anew."""
    files = _gather_files(assets)
    initial = {name: value for name, value in params.items() if name in operation.fields}
    for name, automatic in operation.automatic.items():
        if automatic.hidden or initial.get(name) == automatic.fill(initial | files, assets):
            initial.pop(name, None)
    return initial | files


def _gather_files(assets: dict[str, Any]) -> dict[str, Any]:
    """Return the files' numbers by field; a task's inputs `field.0`, `field.1` make one list."""
    files: dict[str, Any] = {}
    for key, asset in sorted(assets.items(), key=lambda item: _read_place(item[0])):
        name, dot, _ = key.partition(".")
        if dot:
            files.setdefault(name, []).append(asset.pk)
        else:
            files[name] = asset.pk
    return files


def _read_place(key: str) -> int:
    """Return the place in its list of an input named `field.2`."""
    return int(key.partition(".")[2] or 0)


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


def _build_control(bound: BoundField, operation: Operation, *, pickable: Pickable) -> Control:
    automatic = operation.automatic.get(bound.name)
    control = Control(
        kind=_get_control_kind(bound.field),
        bound=bound,
        value=_get_value(bound, automatic=automatic is not None),
        advanced=bound.name in operation.advanced,
        automatic_note=automatic.note if automatic else "",
    )
    if control.kind in {"asset", "asset_list"}:
        control.assets = build_asset_choices(control.field, pickable.assets[control.name], value=control.value)
    elif control.kind == "task":
        control.tasks = build_task_choices(pickable.tasks[control.name], value=control.value)
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
