"""What a file or some words can be used for: operations of the catalogue, found by the kinds of their fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.forms import CharField

from jobs.fields import AssetField, AssetListField
from jobs.models import Asset
from jobs.operations import Operation
from jobs.vendors import OPERATIONS, VENDOR_LABELS


@dataclass(frozen=True)
class Use:
    """An operation and the field that takes the thing; `refusal` says why it does not."""

    operation: Operation
    field: str
    refusal: str = ""
    has_own_verb: bool = True

    @property
    def name(self) -> str:
        """Return the operation's verb, for a button; its label where another one has the same verb."""
        return self.operation.verb if self.has_own_verb else self.operation.label

    @property
    def vendor_label(self) -> str:
        return VENDOR_LABELS[self.operation.vendor]


def list_kind_uses(kind: str) -> list[Use]:
    """Return the operations that take a file of that kind."""
    return _name_apart([Use(operation, name) for operation, name, _ in _find_takers(kind)])


def list_file_uses(asset: Asset) -> list[Use]:
    """Return the operations that take files of this kind, with the reason where they do not read this format."""
    takers = _find_takers(asset.kind)
    return _name_apart([Use(operation, name, refuse_format(item, asset.format)) for operation, name, item in takers])


def _find_takers(kind: str) -> Iterator[tuple[Operation, str, AssetField | AssetListField]]:
    for operation in OPERATIONS.values():
        for name, item in operation.file_fields.items():
            if kind in item.kinds:
                yield operation, name, item
                break


def _name_apart(uses: list[Use]) -> list[Use]:
    """Mark the uses whose verb says too little to tell them apart."""
    verbs = Counter(use.operation.verb for use in uses)
    return [replace(use, has_own_verb=verbs[use.operation.verb] == 1) for use in uses]


def refuse_format(item: AssetField | AssetListField, file_format: str) -> str:
    """Say which formats the field takes where this one is none of them; nothing where it is."""
    if not item.formats or file_format in item.formats:
        return ""
    return f"Reads {', '.join(text.upper() for text in item.formats)}"


def list_starters() -> list[Operation]:
    """Return the operations that need no file to start with."""
    return [operation for operation in OPERATIONS.values() if not operation.file_fields]


def list_word_uses(*, leave_out: str = "") -> list[Use]:
    """Return the operations that are told in words what to make, without the one whose key is `leave_out`."""
    found = [(operation, find_words_field(operation)) for operation in OPERATIONS.values()]
    return [Use(operation, name) for operation, name in found if name and operation.key != leave_out]


def find_words_field(operation: Operation) -> str:
    """Return the field that takes a person's words, "" where there is none."""
    return next(iter(operation.prompt_fields), "")


def get_limit(operation: Operation, name: str) -> int | None:
    """Return how many characters the field takes, None where there is no limit."""
    item = operation.fields[name]
    return item.max_length if isinstance(item, CharField) else None
