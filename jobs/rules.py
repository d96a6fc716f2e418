"""What a vendor's parameters demand of each other, as data: checked by forms, printed on the reference page.

A rule looks at the values as the vendor would see them: what was given, else the vendor's default.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Values = Mapping[str, Any]


class Rule(Protocol):
    def check(self, values: Values) -> dict[str, str]:
        """Return an error text by field name; empty where the rule holds."""
        ...

    def describe(self) -> dict[str, Any]:
        """Return the rule as plain data for `manage.py operations --json` and the reference page."""
        ...


@dataclass(frozen=True)
class Forbids:
    """When `field` is `value`, `other` cannot be one of `refused`."""

    field: str
    value: str
    other: str
    refused: tuple[str, ...]
    reason: str

    def check(self, values: Values) -> dict[str, str]:
        broken = values.get(self.field) == self.value and values.get(self.other) in self.refused
        return {self.other: self.reason} if broken else {}

    def describe(self) -> dict[str, Any]:
        return {
            "rule": "forbids",
            "when": {self.field: self.value},
            "field": self.other,
            "refused": list(self.refused),
            "reason": self.reason,
        }


@dataclass(frozen=True)
class AtLeastOne:
    """One of the switches `fields` has to be on."""

    fields: tuple[str, ...]
    reason: str

    def check(self, values: Values) -> dict[str, str]:
        return {} if any(values.get(name) for name in self.fields) else {self.fields[0]: self.reason}

    def describe(self) -> dict[str, Any]:
        return {"rule": "at_least_one", "fields": list(self.fields), "reason": self.reason}


@dataclass(frozen=True)
class Differs:
    """`field` and `other` cannot be the same."""

    field: str
    other: str
    reason: str

    def check(self, values: Values) -> dict[str, str]:
        value = values.get(self.field)
        return {self.other: self.reason} if value and value == values.get(self.other) else {}

    def describe(self) -> dict[str, Any]:
        return {"rule": "differs", "fields": [self.field, self.other], "reason": self.reason}


@dataclass(frozen=True)
class CountsItems:
    """Where the list `of` is given, the number `field` is its length."""

    field: str
    of: str
    reason: str

    def check(self, values: Values) -> dict[str, str]:
        items = values.get(self.of) or []
        broken = items and values.get(self.field) not in (None, len(items))
        return {self.field: self.reason} if broken else {}

    def describe(self) -> dict[str, Any]:
        return {"rule": "counts_items", "field": self.field, "of": self.of, "reason": self.reason}


@dataclass(frozen=True)
class ExactlyOne:
    """One of `fields` has to be given, and no second one: the vendor would silently take one of them."""

    fields: tuple[str, ...]
    reason: str
    both_reason: str

    def check(self, values: Values) -> dict[str, str]:
        given = [name for name in self.fields if values.get(name) not in (None, "", [])]
        if len(given) > 1:
            return dict.fromkeys(given[1:], self.both_reason)
        return {} if given else {self.fields[0]: self.reason}

    def describe(self) -> dict[str, Any]:
        return {"rule": "exactly_one", "fields": list(self.fields), "reason": self.reason, "both": self.both_reason}


@dataclass(frozen=True)
class Needs:
    """Where `field` is given (or is one of `values`), `other` has to be one of `allowed`."""

    field: str
    other: str
    allowed: tuple[str, ...]
    reason: str
    values: tuple[str, ...] = ()

    def check(self, values: Values) -> dict[str, str]:
        given = values.get(self.field)
        applies = given in self.values if self.values else given not in (None, "", [], False)
        return {self.other: self.reason} if applies and values.get(self.other) not in self.allowed else {}

    def describe(self) -> dict[str, Any]:
        return {
            "rule": "needs",
            "field": self.field,
            "values": list(self.values),
            "other": self.other,
            "allowed": list(self.allowed),
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Excludes:
    """When `field` is `value`, `other` is not to be given: the vendor would leave it out."""

    field: str
    value: str
    other: str
    reason: str

    def check(self, values: Values) -> dict[str, str]:
        is_given = values.get(self.other) not in (None, "", [], False)
        return {self.other: self.reason} if values.get(self.field) == self.value and is_given else {}

    def describe(self) -> dict[str, Any]:
        return {"rule": "excludes", "when": {self.field: self.value}, "field": self.other, "reason": self.reason}
