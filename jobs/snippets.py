"""A request as code that runs: cURL, JavaScript and Python, with the key as a variable and files from disk.

What was sent names files by the vendor's keys, by signed addresses or by their bytes. None of these can be used again,
so the code brings a file of the reader's own to the vendor in the same way.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from django import forms

from jobs.fields import AssetField, AssetListField, OpenChoiceField, PromptField, get_choices
from jobs.formats import MEDIA_TYPES, get_data_uri_type, get_media_type
from jobs.operations import FormatOf, Operation, OrderId
from jobs.rules import ExactlyOne
from jobs.snippet_languages import LANGUAGES, Call, File, FreshId
from jobs.vendors import BASE_URLS, KEY_VARIABLES

EXAMPLE_PROMPT = "worn brown leather with brass rivets"
EXAMPLE_SUBJECT = "a red leather armchair, studio light"
NAME_IN_DATA_URI = re.compile(r"<[^<>]*\.([a-z0-9]{2,8}), ")  # as jobs.vendors.base.DataUri writes itself for people
USUAL_FORMATS = {"model": "glb", "image": "png"}


def build_snippets(operation: Operation, request: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the code of a request by language: curl, javascript, python.

    `request` is `Task.request`; None gives an example with what the operation needs and no more.
    """
    call = build_call(operation, request or build_example(operation))
    return {name: write(call) for name, write in LANGUAGES.items()}


def build_call(operation: Operation, request: Mapping[str, Any]) -> Call:
    body = {name: _read_value(operation, name, value) for name, value in request["body"].items()}
    return Call(
        base_url=BASE_URLS[operation.vendor],
        key_variable=KEY_VARIABLES[operation.vendor],
        method=request["method"],
        path=request["path"],
        body=body,
    )


def _read_value(operation: Operation, name: str, value: Any) -> Any:
    if isinstance(operation.automatic.get(name), OrderId):
        return FreshId()
    field = operation.file_fields.get(name)
    if field is None:
        return value
    if isinstance(value, list):
        return [_read_file(field, item, number=number) for number, item in enumerate(value, start=1)]
    return _read_file(field, value)


def _read_file(field: AssetField | AssetListField, value: object, *, number: int = 0) -> File:
    extension = find_extension(str(value)) or USUAL_FORMATS[field.kind]
    place = f"-{number}" if number else ""
    is_inside = field.sent_as == "data_uri"
    return File(
        path=f"{field.kind}{place}.{extension}",
        kind=field.kind,
        media_type=get_data_uri_type(field.kind, extension) if is_inside else get_media_type(extension),
        sent_as=field.sent_as,
    )


def find_extension(value: str) -> str:
    """Return the file ending that a key, an address or a data URI tells; empty where it tells none that we know."""
    if value.startswith("data:"):
        named = NAME_IN_DATA_URI.search(value)
        media_type = value[5:].partition(";")[0]
        by_type = {name: extension for extension, name in MEDIA_TYPES.items() if name != "application/octet-stream"}
        return named.group(1) if named else by_type.get(media_type, "")
    extension = PurePosixPath(urlsplit(value).path).suffix.lstrip(".").lower()
    return extension if extension in MEDIA_TYPES else ""


# --- An example, where nothing was sent yet ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Example:
    """Collects values until no rule of the operation objects."""

    operation: Operation
    values: dict[str, Any]

    def objects(self) -> bool:
        seen = {name: self.values.get(name, item.initial) for name, item in self.operation.fields.items()}
        return any(rule.check(seen) for rule in self.operation.rules)

    def give(self, name: str) -> None:
        """Give the field the first usual value with which no rule objects."""
        for value in get_usual_values(self.operation, name):
            self.values[name] = value
            if not self.objects():
                return


def get_usual_values(operation: Operation, name: str) -> Iterator[Any]:
    """Yield values that fit the field alone."""
    item = operation.fields[name]
    if isinstance(item, AssetField):
        yield f"{item.kind}.{USUAL_FORMATS[item.kind]}"
    elif isinstance(operation.automatic.get(name), FormatOf):
        yield USUAL_FORMATS["model"]
    elif isinstance(item, PromptField):
        yield EXAMPLE_SUBJECT if not operation.file_fields else EXAMPLE_PROMPT
    elif isinstance(item, OpenChoiceField | forms.ChoiceField):
        yield from (value for value, _ in get_choices(item))
    else:
        yield item.initial


def build_example(operation: Operation) -> dict[str, Any]:
    """Return a request with all that the operation needs, in the shape of `Task.request`."""
    example = Example(operation, {})
    for rule in operation.rules:
        if isinstance(rule, ExactlyOne):
            example.give(rule.fields[0])
    for name, automatic in operation.automatic.items():
        if isinstance(automatic, FormatOf):
            example.give(name)
    for name, item in operation.fields.items():
        if name not in example.values and item.required and name not in operation.automatic:
            example.give(name)
        elif name in operation.always_send:
            example.values.setdefault(name, item.initial)
        elif isinstance(operation.automatic.get(name), OrderId):
            example.values[name] = ""
    body = {name: example.values[name] for name in operation.fields if name in example.values}
    create = operation.endpoints[0]
    return {"method": create.method, "path": create.path, "body": body}
