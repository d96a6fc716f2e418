"""One wish for a new surface, asked of both vendors: the fields that they share, and what each of them is sent.

The form is an `Operation` of its own that no vendor has, so that pages, checks and rules treat it like any other. Its
tasks are ordinary ones of each vendor's operation; they share a `pair_key`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.db import transaction

from jobs import lifecycle
from jobs.fields import AssetField, PromptField
from jobs.models import Asset, Project, Task, User
from jobs.operations import AssetLike, Operation, OperationForm, Output
from jobs.rules import ExactlyOne
from jobs.vendors import OPERATIONS
from jobs.vendors.meshy_operations import (
    DOCS_URL,
    IMAGE_MAX_BYTES,
    MODEL_MAX_BYTES,
    PICTURES,
    PROMPT_MAX_LENGTH,
    READ_ON,
    SMALLER_IMAGE,
    SMALLER_MODEL,
)

KEY = "both.texture"
BY_WORDS, BY_PICTURE, MESHY = "triverse.text-to-texture", "triverse.texture-model", "meshy.retexture"
PRICED_AS = (BY_WORDS, MESHY)
SIZES = {"2k": 2048, "4k": 4096}
"""What both can make: Triverse nothing above 4K, Meshy nothing below 2K."""

BOTH = Operation(
    key=KEY,
    vendor="both",
    label="Texture on both",
    verb="Run on both",
    icon="columns-2",
    summary="Give the model a new surface by both vendors, and compare what comes.",
    endpoints=(),
    fields={
        "model": AssetField(
            label="Model",
            kind="model",
            formats=("glb", "gltf", "obj", "fbx", "stl"),
            max_bytes=MODEL_MAX_BYTES,
            way_out=SMALLER_MODEL,
        ),
        "prompt": PromptField(
            label="Style in words",
            max_length=PROMPT_MAX_LENGTH,
            required=False,
            help_text="Materials, colors, wear: what the surface should look like.",
        ),
        "image": AssetField(
            label="Style image",
            kind="image",
            formats=PICTURES,
            max_bytes=IMAGE_MAX_BYTES,
            way_out=SMALLER_IMAGE,
            required=False,
            help_text="JPEG or PNG.",
        ),
        "resolution": forms.ChoiceField(
            label="Texture size", choices=[("2k", "2K"), ("4k", "4K")], required=False, initial="2k"
        ),
        "pbr": forms.BooleanField(
            label="PBR maps",
            required=False,
            initial=False,
            help_text="Asked of Meshy; Triverse has no switch for them.",
        ),
        "keep_uvs": forms.BooleanField(
            label="Keep the model's UVs",
            required=False,
            initial=True,
            help_text="Asked of Meshy; Triverse has no switch for it.",
        ),
    },
    rules=(
        ExactlyOne(
            ("prompt", "image"),
            "Say the style in words, or choose a picture.",
            "Choose one kind of style: words or a picture.",
        ),
    ),
    outputs=(Output("model", "one of each vendor"), Output("texture_map", "their maps")),
    docs_url=DOCS_URL,
    checked_on=READ_ON,
)

# By operation: our field, theirs. What is not named is left to the vendor's default.
NAMES: Mapping[str, Mapping[str, str]] = {
    BY_WORDS: {"model": "model_url", "prompt": "text_prompt", "resolution": "texture_size"},
    BY_PICTURE: {"model": "model_file", "image": "image_file", "resolution": "texture_size"},
    MESHY: {
        "model": "model_url",
        "prompt": "text_style_prompt",
        "image": "image_style_url",
        "resolution": "texture_resolution",
        "pbr": "enable_pbr",
        "keep_uvs": "enable_original_uv",
    },
}


@dataclass(frozen=True)
class Part:
    """What one vendor is asked: its operation, and its form, filled in."""

    operation: Operation
    form: OperationForm


def is_pairable(operation: Operation) -> bool:
    """Tell whether the operation's values can be asked of both vendors."""
    return operation.key in NAMES


def choose_operations(values: Mapping[str, Any]) -> list[Operation]:
    """Return each vendor's operation for these values of the shared form."""
    return [OPERATIONS[BY_PICTURE if values.get("image") else BY_WORDS], OPERATIONS[MESHY]]


def map_to(operation: Operation, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the vendor's values for those of the shared form; what its present profile lacks is left out."""
    return {
        theirs: _write_size(operation, values[ours]) if ours == "resolution" else values[ours]
        for ours, theirs in NAMES[operation.key].items()
        if theirs in operation.fields and values.get(ours) not in (None, "")
    }


def map_from(operation: Operation, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the shared form's values for those of a vendor's: what has no counterpart there is left out."""
    found = {ours: values[theirs] for ours, theirs in NAMES[operation.key].items() if theirs in values}
    if "resolution" in found:
        found["resolution"] = _read_size(found["resolution"])
    return found


def list_left_out(operation: Operation, values: Mapping[str, Any]) -> list[str]:
    """Return the names of a vendor's values that were changed and that the shared form has no field for."""
    known = set(NAMES[operation.key].values())
    filled_in = {*operation.automatic, "allow_duplicate"}
    return [
        name
        for name, value in values.items()
        if name in operation.fields
        and name not in known | filled_in
        and value not in (None, "", [], operation.fields[name].initial)
    ]


def build_parts(values: Mapping[str, Any], shared: OperationForm) -> list[Part]:
    """Return each vendor's form filled in from the shared one, which finds the files."""
    return [_build_part(operation, values, shared) for operation in choose_operations(values)]


def _build_part(operation: Operation, values: Mapping[str, Any], shared: OperationForm) -> Part:
    """Fill in a form; a switch that the shared one lacks stands as at the vendor, since one that is not sent is off."""
    switches = {name: item.initial for name, item in operation.fields.items() if isinstance(item.initial, bool)}
    data = switches | map_to(operation, values)
    return Part(operation, OperationForm(operation, data, find_asset=shared.find_asset))


def find_problems(parts: list[Part]) -> dict[str, list[str]]:
    """Return what the vendors' own forms refuse, by the shared form's field ("" where none is meant)."""
    problems: dict[str, list[str]] = {}
    for part in parts:
        ours_by_theirs = {theirs: ours for ours, theirs in NAMES[part.operation.key].items()}
        for name, texts in part.form.errors.items():
            problems.setdefault(ours_by_theirs.get(name, ""), []).extend(str(text) for text in texts)
    return problems


def start_both(
    parts: list[Part], *, project: Project, user: User, request_key: str, repeats_after: int | None
) -> list[Task]:
    """Start a task at each vendor, or none. The same `request_key` again gives the first ones.

    :raises StartedBefore: when the person started one of them a moment ago, after task `repeats_after`
    """
    pair_key = secrets.token_hex(16)
    with transaction.atomic():
        return [
            lifecycle.create_task(
                project=project,
                user=user,
                operation=part.operation,
                params=part.form.params,
                assets=cast(dict[str, Asset], part.form.assets),
                form_key=f"{request_key[:50]}-{part.operation.vendor}",
                notices=part.form.notices,
                repeats_after=repeats_after,
                pair_key=pair_key,
            )
            for part in parts
        ]


def get_pair(task: Task) -> list[Task]:
    """Return the tasks of one wish, in the order of their start; none where the task stands alone."""
    if not task.pair_key:
        return []
    pair = Task.objects.filter(pair_key=task.pair_key, project=task.project_id).select_related("project")
    return list(pair.defer("request", "answer").order_by("pk"))


def get_models(pair: list[Task]) -> list[AssetLike]:
    """Return the first model of each task of the pair that has one, in the pair's order."""
    outputs = Asset.objects.kept().filter(task__in=[task.pk for task in pair], kind=Asset.Kind.MODEL).order_by("pk")
    first: dict[int, Asset] = {}
    for asset in outputs:
        first.setdefault(asset.task_id or 0, asset)
    return [first[task.pk] for task in pair if task.pk in first]


def _write_size(operation: Operation, size: str) -> Any:
    return SIZES.get(size, size) if operation.vendor == "triverse" else size


def _read_size(value: Any) -> str:
    """Return the nearest size that both can make."""
    text = str(value).lower()
    if text.endswith("k"):
        return "2k" if text in ("1k", "2k") else "4k"
    return "4k" if text.isdecimal() and int(text) > SIZES["2k"] else "2k"
