"""What an operation is: one vendor endpoint said once. Form, checks, request body and reference derive from it.

The operations themselves stand in their vendors' files (jobs/vendors/).
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from django import forms

from jobs.fields import AssetField, get_choices, get_type
from jobs.rules import Rule

Values = dict[str, Any]


class AssetLike(Protocol):
    """What the form has to know of a file in the project."""

    pk: int
    kind: str
    format: str
    name: str


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
    advanced: frozenset[str] = frozenset()
    newer: frozenset[str] = frozenset()  # fields that came after the user's own vendor pages
    always_send: frozenset[str] = frozenset()

    @property
    def slug(self) -> str:
        """The part after the vendor, for addresses: `model-remesh`."""
        return self.key.partition(".")[2]

    @property
    def asset_fields(self) -> dict[str, AssetField]:
        return {name: item for name, item in self.fields.items() if isinstance(item, AssetField)}

    def build_body(self, params: Values, *, file_keys: Mapping[str, str], order_id: str) -> Values:
        """Return the JSON body: what differs from the vendor's default, files by their vendor key."""
        body: Values = {}
        for name, item in self.fields.items():
            if name in file_keys:
                body[name] = file_keys[name]
            elif isinstance(self.automatic.get(name), OrderId):
                body[name] = params.get(name) or order_id
            elif name in params and (name in self.always_send or params[name] != item.initial):
                body[name] = params[name]
        return body

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
        return {
            "name": name,
            "type": get_type(item),
            "required": item.required and name not in self.automatic,
            "default": item.initial,
            "min": getattr(item, "min_value", None) if not isinstance(item, AssetField) else None,
            "max": getattr(item, "max_value", None),
            "choices": [value for value, _ in get_choices(item)],
            "help": str(item.help_text),
            "source": "current" if name in self.newer else "seed",
        }


class OperationForm(forms.Form):
    """The form of one operation: the person's page, the command line and the tests go through it.

    `cleaned_data` holds every field; after `is_valid()`, `params` is what the row stores (values that were given or
    filled in, as JSON) and `assets` maps the asset fields to the assets that `find_asset` returned.
    """

    def __init__(
        self,
        operation: Operation,
        data: Mapping[str, Any] | None = None,
        *,
        find_asset: Callable[[int], AssetLike | None],
        initial: Values | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.operation = operation
        self.find_asset = find_asset
        self.assets: dict[str, AssetLike] = {}
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
        for name, automatic in self.operation.automatic.items():
            if values.get(name) in (None, ""):
                values[name] = automatic.fill(values, self.assets)
        self._check_rules(values)
        self.params = {
            name: value
            for name, value in values.items()
            if name not in self.operation.asset_fields and value not in (None, "", [])
        }
        return values

    def _find_assets(self, values: Values) -> None:
        for name, item in self.operation.asset_fields.items():
            number = values.get(name)
            if number is None:
                continue
            asset = self.find_asset(number)
            if asset is None or asset.kind != item.kind:
                self.add_error(name, f"There is no {item.kind} {number} in this project.")
            elif item.formats and asset.format not in item.formats:
                known = ", ".join(text.upper() for text in item.formats)
                self.add_error(name, f"This operation reads {known}; {asset.name} is {asset.format.upper()}.")
            else:
                self.assets[name] = asset

    def _check_rules(self, values: Values) -> None:
        seen_by_vendor = {
            name: item.initial if values.get(name) in (None, "") else values[name]
            for name, item in self.operation.fields.items()
        }
        for rule in self.operation.rules:
            for name, reason in rule.check(seen_by_vendor).items():
                if name not in self.errors:
                    self.add_error(name, reason)
