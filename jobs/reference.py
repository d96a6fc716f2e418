"""What an operation takes and gives, as plain data for the reference pages and docs/reference.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms

from jobs.fields import AssetField, AssetListField, ListField, OpenChoiceField, get_choices, get_type
from jobs.operations import Endpoint, Operation, OrderId, Output
from jobs.snippets import build_snippets
from jobs.vendors import VENDOR_LABELS

SENT_AS = {
    "file_key": "the key of an upload",
    "url": "an address that anybody can read",
    "data_uri": "the bytes in the request (data URI)",
}
TYPES = {"model": "3D model", "image": "picture", "boolean": "true or false", "integer": "whole number"}
# What stands on no single operation's page. Sources: docs.triverse.ai, Upload Files and Download Assets;
# docs.meshy.ai, Rate Limits and Asset Retention; read 2026-11-21.
LIMITS = {
    "triverse": (
        "Pictures may have 50 MB (JPEG, PNG, WebP), models 200 MB.",
        "An account may send 10 files in 60 seconds, pictures and models together.",
        "A full queue answers 429: send it again later, nothing was charged.",
        "Results are kept for a while only.",
    ),
    "meshy": (
        "Requests a second and tasks at a time are limited by the account's plan; both answer 429.",
        "Results are kept for at most three days, unless the account is an enterprise's.",
    ),
}
RULE_SENTENCES = {
    "forbids": "With {when}, `{field}` cannot be {refused}.",
    "at_least_one": "At least one of {fields} has to be on.",
    "differs": "{fields} have to differ.",
    "counts_items": "`{field}` is the number of `{of}`.",
    "exactly_one": "Exactly one of {fields} is given.",
    "needs": "With `{field}`{one_of}, `{other}` has to be {allowed}.",
    "excludes": "With {when}, `{field}` is not given.",
}


@dataclass(frozen=True)
class Choice:
    """A value that the vendor's page lists. `mark` is "newer" or "retired" where it is one of these."""

    value: str
    label: str
    mark: str = ""


@dataclass(frozen=True)
class Parameter:
    """One parameter in the vendor's own spelling; texts are for people, empty where there is nothing to say."""

    name: str
    label: str
    type: str
    is_required: bool
    default: str
    limits: tuple[str, ...]
    choices: tuple[Choice, ...]
    is_open: bool  # other values may be typed
    source: str  # "seed", "current"
    sent: str  # when it leaves for the vendor
    help: str


@dataclass(frozen=True)
class Reference:
    """All that a reader needs to call the operation without us."""

    key: str
    slug: str
    label: str
    vendor: str
    vendor_label: str
    summary: str
    endpoints: tuple[Endpoint, ...]
    parameters: tuple[Parameter, ...]
    rules: tuple[str, ...]
    outputs: tuple[Output, ...]
    limits: tuple[str, ...]
    snippets: Mapping[str, str]
    docs_url: str
    checked_on: date


def build_reference(operation: Operation) -> Reference:
    return Reference(
        key=operation.key,
        slug=operation.slug,
        label=operation.label,
        vendor=operation.vendor,
        vendor_label=VENDOR_LABELS[operation.vendor],
        summary=operation.summary,
        endpoints=operation.endpoints,
        parameters=tuple(build_parameter(operation, name) for name in operation.fields),
        rules=tuple(build_sentence(rule.describe()) for rule in operation.rules),
        outputs=operation.outputs,
        limits=LIMITS[operation.vendor],
        snippets=build_snippets(operation, None),
        docs_url=operation.docs_url,
        checked_on=operation.checked_on,
    )


def build_parameter(operation: Operation, name: str) -> Parameter:
    item = operation.fields[name]
    described = operation.describe_field(name)
    default = described["default"]
    return Parameter(
        name=name,
        label=str(item.label),
        type=_get_type_words(item),
        is_required=item.required,
        default="" if default in (None, "", []) else _write(default),
        limits=tuple(build_limits(item)),
        choices=tuple(_build_choices(item)),
        is_open=isinstance(item, OpenChoiceField | ListField),
        source=described["source"],
        sent=_say_when(operation, name),
        help=described["help"],
    )


def _get_type_words(item: forms.Field) -> str:
    if isinstance(item, AssetListField):
        return "pictures" if item.kind == "image" else "3D models"
    return TYPES.get(get_type(item), get_type(item))


def _build_choices(item: forms.Field) -> list[Choice]:
    newer, retired = getattr(item, "newer", ()), getattr(item, "retired", ())
    return [
        Choice(str(value), str(label), "retired" if value in retired else "newer" if value in newer else "")
        for value, label in get_choices(item)
    ]


def build_limits(item: forms.Field) -> list[str]:
    """Return what a value has to keep to, beside its choices."""
    found = []
    if not isinstance(item, AssetField):
        found += _build_range(getattr(item, "min_value", None), getattr(item, "max_value", None), unit="")
        found += _build_range(getattr(item, "min_length", None), getattr(item, "max_length", None), unit=" characters")
    if (most := getattr(item, "max_items", None)) is not None:
        found.append(f"at most {most} items")
    if isinstance(item, AssetField | AssetListField):
        found.append(f"sent as {SENT_AS[item.sent_as]}")
        found += [f"one of {', '.join(item.formats)}"] if item.formats else []
        found += [f"at most {item.max_bytes // 1_000_000} MB"] if item.max_bytes else []
    return found


def _build_range(least: int | None, most: int | None, *, unit: str) -> list[str]:
    if least is None and most is None:
        return []
    if least is None:
        return [f"at most {most:,}{unit}"]
    return [f"at least {least:,}{unit}" if most is None else f"{least:,} to {most:,}{unit}"]


def _say_when(operation: Operation, name: str) -> str:
    automatic = operation.automatic.get(name)
    if isinstance(automatic, OrderId):
        return f"always: {automatic.note}"
    if automatic is not None:
        return f"unless given: {automatic.note}"
    if operation.fields[name].required or name in operation.always_send:
        return "always"
    return "when it is not the default" if operation.fields[name].initial is not None else "when given"


def build_sentence(rule: Mapping[str, Any]) -> str:
    """Return a rule of the catalogue, as it describes itself, in a sentence and the reason for it."""
    words = {name: value for name, value in rule.items() if isinstance(value, str)}
    words["when"] = " and ".join(f"`{name}` = {value}" for name, value in rule.get("when", {}).items())
    words["fields"] = _join([f"`{name}`" for name in rule.get("fields", [])], "and")
    words["refused"] = _join(rule.get("refused", []), "or")
    words["allowed"] = _join(rule.get("allowed", []), "or")
    words["one_of"] = f" = {_join(rule['values'], 'or')}" if rule.get("values") else ""
    sentence = RULE_SENTENCES[rule["rule"]].format(**words)
    return f"{sentence} {rule['reason']}".strip()


def _join(words: list[str], last: str) -> str:
    return f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _write(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value:,}" if value >= 10_000 else str(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
