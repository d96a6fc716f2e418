"""What a file or some words can be used for: operations of the catalogue, found by the kinds of their fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from django.forms import CharField

from dashboard.pricing import explain_price, write_price, write_short_price
from jobs.fields import AssetField, AssetListField
from jobs.models import Asset
from jobs.operations import Operation, find_problem
from jobs.pairing import BOTH, PRICED_AS
from jobs.prices import Price, get_usual_prices
from jobs.vendors import OPERATIONS, VENDOR_LABELS

SHORTCUTS = {"meshy.retexture": "t", "triverse.model-preview-render": "r", "triverse.convert-model-format": "v"}
"""The key that starts an operation on the page of a file."""


@dataclass(frozen=True)
class Use:
    """An operation and the field that takes the thing; `price` is what it usually costs, "" where nobody knows."""

    operation: Operation
    field: str
    has_own_verb: bool = True
    price: str = ""
    price_note: str = ""

    @property
    def name(self) -> str:
        """Return the operation's verb, for a button; its label where another one has the same verb."""
        return self.operation.verb if self.has_own_verb else self.operation.label

    @property
    def shortcut(self) -> str:
        return SHORTCUTS.get(self.operation.key, "")

    @property
    def vendor_label(self) -> str:
        return VENDOR_LABELS.get(self.operation.vendor, "Triverse and Meshy")


def list_kind_uses(kind: str) -> list[Use]:
    """Return the operations that take a file of that kind."""
    return _name_apart([Use(operation, name) for operation, name, _ in _find_takers(kind, OPERATIONS.values())])


def list_file_uses(asset: Asset) -> list[Use]:
    """Return the operations that take this very file, with what they usually cost."""
    takers = _find_takers(asset.kind, [*OPERATIONS.values(), BOTH])
    valid = [Use(operation, name) for operation, name, item in takers if not refuse_file(item, asset)]
    return add_prices(_name_apart(valid))


def add_prices(uses: list[Use]) -> list[Use]:
    """Return the uses with what each usually costs, where that is known."""
    prices = get_usual_prices()
    return [_add_price(use, prices) for use in uses]


def _add_price(use: Use, prices: Mapping[str, Price]) -> Use:
    keys = PRICED_AS if use.operation is BOTH else (use.operation.key,)
    known = [(key.partition(".")[0], prices[key]) for key in keys if key in prices]
    if len(known) < len(keys):
        return use
    notes = [f"{write_price(price)}. {explain_price(vendor, price)}" for vendor, price in known]
    return replace(use, price=" + ".join(write_short_price(price) for _, price in known), price_note=" ".join(notes))


def _find_takers(
    kind: str, operations: Iterable[Operation]
) -> Iterator[tuple[Operation, str, AssetField | AssetListField]]:
    for operation in operations:
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


def refuse_file(item: AssetField | AssetListField, asset: Asset) -> str:
    """Say why the field does not take the file; nothing where it does."""
    return refuse_format(item, asset.format) or find_problem(item, asset) or ""


def list_starters() -> list[Operation]:
    """Return the operations that need no file to start with."""
    return [operation for operation in OPERATIONS.values() if not operation.file_fields]


def list_word_uses(*, leave_out: str = "") -> list[Use]:
    """Return the operations that are told in words what to make, without the one whose key is `leave_out`."""
    found = [(operation, find_words_field(operation)) for operation in [*OPERATIONS.values(), BOTH]]
    return add_prices([Use(operation, name) for operation, name in found if name and operation.key != leave_out])


def find_words_field(operation: Operation) -> str:
    """Return the field that takes a person's words, "" where there is none."""
    return next(iter(operation.prompt_fields), "")


def get_limit(operation: Operation, name: str) -> int | None:
    """Return how many characters the field takes, None where there is no limit."""
    item = operation.fields[name]
    return item.max_length if isinstance(item, CharField) else None
