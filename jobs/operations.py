"""What an operation is: one vendor endpoint said once. Form, checks, request body and reference derive from it.

The operations themselves stand in their vendors' files (jobs/vendors/).
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from django import forms

from jobs.fields import AssetField, AssetListField, PromptField, TaskField, get_choices, get_type
from jobs.rules import Rule

Values = dict[str, Any]


class AssetLike(Protocol):
    """What the form has to know of a file in the project."""

    pk: int
    kind: str
    format: str
    extension: str
    name: str
    size_bytes: int

    @property
    def facts(self) -> Any: ...


class TaskLike(Protocol):
    """What the form has to know of an earlier task: what made it, and its ID at the vendor."""

    operation: str
    remote_id: str | None


@dataclass(frozen=True)
class Endpoint:
    """One call of the vendor's API that belongs to the operation."""

    method: str
    path: str
    purpose: str


@dataclass(frozen=True)
class Output:
    """A kind of file that the operation gives back."""

    role: str  # "model", "render", "image", "texture_map"
    note: str


@dataclass(frozen=True)
class ListPrice:
    """What the vendor's pages say that a task costs, where it cannot be asked; some values of `of` cost more."""

    credits: float
    of: str = ""
    by_value: Mapping[str, float] = field(default_factory=dict)

    def compute(self, params: Mapping[str, Any]) -> float:
        return self.by_value.get(str(params.get(self.of, "")), self.credits)


# What the product fills in by itself where a person gave nothing.


@dataclass(frozen=True)
class OrderId:
    """The task's idempotency key; never shown."""

    hidden = True
    note = "a fresh key for each task, the same on every try"

    def fill(self, values: Values, assets: Mapping[str, AssetLike]) -> Any:
        """Return nothing here: the task's row brings its key when the request is built."""
        return None


@dataclass(frozen=True)
class FormatOf:
    """The format of the file in `field`, read from the file and not asked for."""

    field: str
    hidden = True
    note = "read from the file"

    def fill(self, values: Values, assets: Mapping[str, AssetLike]) -> Any:
        return assets[self.field].format if self.field in assets else None


@dataclass(frozen=True)
class CountOf:
    """The number of items in the list `field`."""

    field: str
    hidden = False
    note = "as many as were chosen"

    def fill(self, values: Values, assets: Mapping[str, AssetLike]) -> Any:
        return len(values[self.field]) if values.get(self.field) else None


@dataclass(frozen=True)
class WhenGiven:
    """`value`, as soon as `field` is given."""

    field: str
    value: str
    hidden = False
    note = "follows from the other choices"

    def fill(self, values: Values, assets: Mapping[str, AssetLike]) -> Any:
        return self.value if values.get(self.field) else None


Automatic = OrderId | FormatOf | CountOf | WhenGiven


class Correction(Protocol):
    """A value that a person gave and that would fail at the vendor with these files: what is sent instead, and why."""

    def correct(self, value: Any, assets: Mapping[str, AssetLike]) -> tuple[Any, str] | None: ...


@dataclass(frozen=True)
class OffWithoutUvs:
    """Off where the file in `field` has no UVs, or only on some of its parts."""

    field: str
    reason: str

    def correct(self, value: Any, assets: Mapping[str, AssetLike]) -> tuple[Any, str] | None:
        asset = assets.get(self.field)
        lacks = asset is not None and asset.facts.get("has_uvs_everywhere") is False
        return (False, self.reason) if value and lacks else None


@dataclass(frozen=True)
class Operation:
    """One operation of a vendor. Field names are the vendor's own; a field's `initial` is the vendor's default."""

    key: str
    vendor: str
    label: str
    verb: str  # for a button: "Remesh"
    icon: str
    summary: str
    endpoints: tuple[Endpoint, ...]  # the first one creates
    fields: Mapping[str, forms.Field]
    outputs: tuple[Output, ...]
    docs_url: str
    checked_on: date
    rules: tuple[Rule, ...] = ()
    automatic: Mapping[str, Automatic] = field(default_factory=dict)
    corrections: Mapping[str, Correction] = field(default_factory=dict)
    advanced: frozenset[str] = frozenset()
    newer: frozenset[str] = frozenset()  # fields that came after the user's own vendor pages
    always_send: frozenset[str] = frozenset()
    list_price: ListPrice | None = None

    @property
    def slug(self) -> str:
        """The part after the vendor, for addresses: `model-remesh`."""
        return self.key.partition(".")[2]

    @property
    def asset_fields(self) -> dict[str, AssetField]:
        return {name: item for name, item in self.fields.items() if isinstance(item, AssetField)}

    @property
    def file_fields(self) -> dict[str, AssetField | AssetListField]:
        """The fields that take one file or several."""
        return {name: item for name, item in self.fields.items() if isinstance(item, AssetField | AssetListField)}

    @property
    def prompt_fields(self) -> list[str]:
        """The fields that take a person's words."""
        return [name for name, item in self.fields.items() if isinstance(item, PromptField)]

    def get_file_field(self, input_name: str) -> AssetField | AssetListField:
        """Return the field of a task's input; the files of a list are named `field.0`, `field.1` and so on."""
        return self.file_fields[input_name.partition(".")[0]]

    def build_body(self, params: Values, *, file_keys: Mapping[str, Any], order_id: str) -> Values:
        """Return the JSON body: what differs from the vendor's default, files by what the vendor takes for them."""
        body: Values = {}
        for name, item in self.fields.items():
            several = [file_keys[key] for key in sorted(file_keys) if key.startswith(f"{name}.")]
            if name in file_keys:
                body[name] = file_keys[name]
            elif several:
                body[name] = several
            elif isinstance(self.automatic.get(name), OrderId):
                body[name] = params.get(name) or order_id
            elif name in self.always_send:
                body[name] = params.get(name, item.initial)
            elif name in params and params[name] != item.initial:
                body[name] = params[name]
        return body

    def build_priced(self, params: Mapping[str, Any]) -> Values:
        """Return what a price may depend on of the body: no files, no person's words, nothing of this one request."""
        of_one = {name for name, item in self.automatic.items() if isinstance(item, OrderId)} | {"allow_duplicate"}
        left_out = {*of_one, *self.prompt_fields, *self.file_fields}
        body = self.build_body(dict(params), file_keys={}, order_id="")
        return {name: value for name, value in body.items() if name not in left_out}

    def describe(self) -> dict[str, Any]:
        """Return the operation as plain data (`manage.py operations --json`)."""
        return {
            "key": self.key,
            "vendor": self.vendor,
            "endpoints": [{"method": e.method, "path": e.path} for e in self.endpoints],
            "label": self.label,
            "summary": self.summary,
            "fields": [self.describe_field(name) for name in self.fields],
            "automatic": list(self.automatic),
            "rules": [rule.describe() for rule in self.rules],
            "docs_url": self.docs_url,
            "checked_on": self.checked_on.isoformat(),
        }

    def describe_field(self, name: str) -> dict[str, Any]:
        item = self.fields[name]
        is_file = isinstance(item, AssetField)
        return {
            "name": name,
            "type": get_type(item),
            "required": item.required and name not in self.automatic,
            "default": item.initial if item.initial is not None else getattr(item, "vendor_default", None),
            "min": getattr(item, "min_value", getattr(item, "min_length", None)) if not is_file else None,
            "max": getattr(item, "max_value", None)
            or getattr(item, "max_length", None)
            or getattr(item, "max_items", None),
            "choices": [value for value, _ in get_choices(item)],
            "help": str(item.help_text),
            "source": "current" if name in self.newer else "seed",
        }


def find_problem(item: AssetField | AssetListField, asset: AssetLike) -> str | None:
    """Say why a file cannot be sent as the vendor takes it here, and what a person can do about it."""
    if item.max_bytes and asset.size_bytes > item.max_bytes:
        size, limit = asset.size_bytes / 1_000_000, item.max_bytes // 1_000_000
        return f"{asset.name} has {size:.0f} MB; here a file may have at most {limit} MB. {item.way_out}"
    if item.sent_as == "data_uri" and asset.extension == "zip":
        return f"{asset.name} is several files in a ZIP, and here one file is taken. Convert it to GLB first."
    return None


class OperationForm(forms.Form):
    """The form of one operation: the person's page, the command line and the tests go through it.

    `cleaned_data` holds every field; after `is_valid()`, `params` is what the row stores (values that were given or
    filled in, as JSON) and `assets` maps the task's inputs to the assets that `find_asset` returned: a field's name,
    or `field.0`, `field.1` for a list. `find_task` returns a task of ours by its number. `notices` says by field what
    was changed for the person, and why.
    """

    def __init__(
        self,
        operation: Operation,
        data: Mapping[str, Any] | None = None,
        *,
        find_asset: Callable[[int], AssetLike | None],
        find_task: Callable[[int], TaskLike | None] = lambda pk: None,
        initial: Values | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.operation = operation
        self.find_asset = find_asset
        self.find_task = find_task
        self.assets: dict[str, AssetLike] = {}
        self.notices: dict[str, str] = {}
        self.params: Values = {}
        for name, item in operation.fields.items():
            self.fields[name] = copy.deepcopy(item)
            if name in operation.automatic:
                self._leave_open(self.fields[name])

    @staticmethod
    def _leave_open(item: forms.Field) -> None:
        """Let a field be empty that the product fills in: the form starts without a value for it."""
        item.required = False
        item.initial = None
        if isinstance(item, forms.ChoiceField):
            item.choices = [("", "Automatic"), *get_choices(item)]

    def clean(self) -> Values:
        values = super().clean() or {}
        self._find_assets(values)
        self._find_tasks(values)
        for name in self.operation.always_send:
            if values.get(name) in (None, "", []):
                values[name] = self.operation.fields[name].initial
        for name, automatic in self.operation.automatic.items():
            if values.get(name) in (None, ""):
                values[name] = automatic.fill(values, self.assets)
        self._check_rules(values)
        for name, correction in self.operation.corrections.items():
            if (better := correction.correct(values.get(name), self.assets)) is not None:
                values[name], self.notices[name] = better
        self.params = {
            name: value
            for name, value in values.items()
            if name not in self.operation.file_fields and value not in (None, "", [])
        }
        return values

    def _find_assets(self, values: Values) -> None:
        for name, item in self.operation.file_fields.items():
            given = values.get(name)
            if isinstance(item, AssetField):
                self._find_asset(name, item, given, key=name)
                continue
            for place, number in enumerate(given or []):
                self._find_asset(name, item, number, key=f"{name}.{place}")

    def _find_asset(self, name: str, item: AssetField | AssetListField, number: int | None, *, key: str) -> None:
        if number is None:
            return
        asset = self.find_asset(number)
        if asset is None or asset.kind not in item.kinds:
            self.add_error(name, f"There is no {item.kind} {number} in this project.")
        elif item.formats and asset.format not in item.formats:
            known = ", ".join(text.upper() for text in item.formats)
            self.add_error(name, f"This operation reads {known}; {asset.name} is {asset.format.upper()}.")
        elif (problem := find_problem(item, asset)) is not None:
            self.add_error(name, problem)
        else:
            self.assets[key] = asset

    def _find_tasks(self, values: Values) -> None:
        """Put the vendor's ID in the place of a task's number; an ID that was typed stays."""
        for name, item in self.operation.fields.items():
            given = values.get(name)
            if not isinstance(item, TaskField) or not given or not given.isdecimal():
                continue
            task = self.find_task(int(given))
            if task is None or not task.remote_id:
                self.add_error(name, f"There is no finished task {given} of this vendor that you can use.")
            elif task.operation in item.refused:
                self.add_error(name, item.refused[task.operation])
            else:
                values[name] = task.remote_id

    def _check_rules(self, values: Values) -> None:
        seen_by_vendor = {
            name: item.initial if values.get(name) in (None, "") else values[name]
            for name, item in self.operation.fields.items()
        }
        for rule in self.operation.rules:
            if not self.errors.keys().isdisjoint(getattr(rule, "fields", ())):
                continue  # what was given there is refused already: it must not count as left out
            for name, reason in rule.check(seen_by_vendor).items():
                if name not in self.errors:
                    self.add_error(name, reason)
