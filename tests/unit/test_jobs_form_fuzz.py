"""Strange values in every field of every operation: refused in words or sent as they can be, never an accident."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.http import QueryDict

from jobs.operations import Operation, OperationForm
from jobs.snippets import build_example, build_snippets
from jobs.vendors import OPERATIONS

STRANGE: list[Any] = [
    "",
    " ",
    "\0",
    "a\0b",
    "\r\n",
    "0",
    "-1",
    "1e9",
    "NaN",
    "inf",
    "٣",
    "²",
    "1,2",
    ",,",
    "1,1",
    "9" * 19,
    "9" * 400,
    "None",
    "null",
    "true",
    "[]",
    "{}",
    "<script>alert(1)</script>",
    "'; DROP TABLE jobs_task; --",
    "../../etc/passwd",
    "\ud83e\ude91",
    "\u202e",
    "x" * 10_000,
    "http://[",
    "data:image/png;base64,AAAA",
    [],
    ["front", "front"],
    ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"],
    0,
    -1,
    2**63,
    2**200,
    1.5,
    True,
    None,
]


@dataclass
class AnyFile:
    """A file that every field takes."""

    pk: int
    kind: str
    format: str = "glb"
    extension: str = "glb"
    name: str = "file"
    size_bytes: int = 1000
    facts: dict[str, Any] = field(default_factory=dict)


def make_form(operation: Operation, name: str, value: Any) -> OperationForm:
    """Return the form with what the operation needs, and the strange value in one field."""
    kinds = [item.kind for item in operation.file_fields.values()]
    example = build_example(operation)["body"]
    numbers = {file: place for place, file in enumerate(operation.file_fields, start=1)}
    switches = {given: item.initial for given, item in operation.fields.items() if isinstance(item.initial, bool)}
    needed = switches | {given: numbers.get(given, found) for given, found in example.items()}
    return OperationForm(
        operation,
        {**needed, name: value},
        find_asset=lambda pk: (
            AnyFile(pk, kinds[pk - 1], format="glb" if kinds[pk - 1] == "model" else "png")
            if 0 < pk <= len(kinds)
            else None
        ),
    )


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_a_strange_value_is_refused_or_sent_as_json(operation: Operation) -> None:
    for name in operation.fields:
        for value in STRANGE:
            form = make_form(operation, name, value)

            if form.is_valid():
                body = operation.build_body(form.params, file_keys=dict.fromkeys(form.assets, "key"), order_id="o")
                text = json.dumps(body, allow_nan=False)
                assert "\\u0000" not in text, (name, value)
                build_snippets(operation, {"method": "POST", "path": "/x", "body": body})
            else:
                assert all(texts for texts in form.errors.values()), (name, value)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_an_empty_form_says_what_is_missing(operation: Operation) -> None:
    form = OperationForm(operation, QueryDict(""), find_asset=lambda pk: None)

    assert not form.is_valid()
    assert set(form.errors) <= set(operation.fields)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_what_the_reference_shows_as_an_example_is_taken(operation: Operation) -> None:
    form = make_form(operation, "nothing", "")

    assert form.is_valid(), form.errors
