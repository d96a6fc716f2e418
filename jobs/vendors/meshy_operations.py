"""Meshy's one operation, once for each profile of its API. Facts: its page Retexture, read on 2026-11-21.

`current` is the page as it is; `seed` is the page of autumn 2025, which still had `art_style` and lacked much.
Left out: `hd_texture`, which is today's `texture_resolution: "4k"` under a name that the vendor has deprecated.
"""

import re
from collections.abc import Mapping
from datetime import date

from django import forms
from django.core.exceptions import ValidationError

from jobs.fields import AssetField, AssetListField, ListField, OpenChoiceField, PromptField, TaskField
from jobs.operations import Endpoint, ListPrice, OffWithoutUvs, Operation, Output, WhenGiven
from jobs.rules import ExactlyOne, Excludes, Forbids, Needs, Rule

READ_ON = date(2026, 11, 21)
DOCS_URL = "https://docs.meshy.ai/en/api/retexture"
PATH = "/openapi/v1/retexture"
PROMPT_MAX_LENGTH = 600
VIEWS_MAX = 4
MODEL_MAX_BYTES = 100_000_000  # of a GLB in the request; Meshy's tool listing (its API page names no limit)
IMAGE_MAX_BYTES = 20_000_000  # what Meshy's own MCP server takes
SMALLER_MODEL = "Remesh it to fewer faces, or convert it with smaller textures, and use the result."
SMALLER_IMAGE = "Save it smaller, or as JPEG, and use that."
PICTURES = ("png", "jpeg")

SEED_MODELS = (("meshy-5", "Meshy 5"), ("meshy-4", "Meshy 4"))
NEWER_MODELS = (
    ("latest", "Latest"),
    ("meshy-7", "Meshy 7"),
    ("meshy-6", "Meshy 6"),
    ("meshy-6-lite", "Meshy 6 Lite"),
    ("meshy-n1", "Meshy N1"),
)
RETIRED_MODELS = frozenset({"meshy-4"})  # 20 March 2026; Changelog
ONLY_2K = ("meshy-4", "meshy-5", "meshy-6-lite", "meshy-n1")

PRICE = ListPrice(10, of="texture_resolution", by_value={"8k": 15})  # Changelog of 2026

ENDPOINTS = (
    Endpoint("POST", PATH, "create the task"),
    Endpoint("GET", f"{PATH}/{{id}}", "follow the task"),
    Endpoint("GET", PATH, "list the account's tasks"),
    Endpoint("DELETE", f"{PATH}/{{id}}", "delete the task there, for good"),
    Endpoint("GET", f"{PATH}/{{id}}/stream", "follow the task by a stream"),
)


def check_format_names(names: list[str]) -> None:
    """:raises ValidationError: when one of them is no file ending"""
    if not all(re.fullmatch(r"[a-z0-9]{2,8}", name) for name in names):
        raise ValidationError("Write file endings in small letters, such as glb.", code="invalid")


def build_sources(*, formats: tuple[str, ...]) -> dict[str, forms.Field]:
    return {
        "model_url": AssetField(
            label="Model",
            kind="model",
            formats=formats,
            sent_as="data_uri",
            max_bytes=MODEL_MAX_BYTES,
            way_out=SMALLER_MODEL,
            required=False,
        ),
        "input_task_id": TaskField(
            label="Earlier Meshy task",
            vendor="meshy",
            required=False,
            refused={"meshy.retexture": "Meshy takes no retexturing here. Choose the model that it made instead."},
            help_text="The ID of a finished text-to-3D, image-to-3D or remesh task at Meshy.",
        ),
    }


def build_styles() -> dict[str, forms.Field]:
    return {
        "text_style_prompt": PromptField(
            label="Style in words",
            max_length=PROMPT_MAX_LENGTH,
            required=False,
            help_text="Materials, colors, wear: what the surface should look like.",
        ),
        "image_style_url": AssetField(
            label="Style from a picture",
            kind="image",
            formats=PICTURES,
            sent_as="data_uri",
            max_bytes=IMAGE_MAX_BYTES,
            way_out=SMALLER_IMAGE,
            required=False,
            help_text="JPEG or PNG.",
        ),
    }


VIEWS = AssetListField(
    label="Style from several views",
    kind="image",
    max_items=VIEWS_MAX,
    formats=PICTURES,
    sent_as="data_uri",
    max_bytes=IMAGE_MAX_BYTES,
    way_out=SMALLER_IMAGE,
    required=False,
    help_text="One to four pictures of the same object; the first one is the front.",
)
KEEP_UVS = forms.BooleanField(
    label="Keep the model's UVs",
    required=False,
    initial=True,
    help_text="Off, Meshy unwraps the model anew.",
)
ART_STYLE = OpenChoiceField(
    label="Art style",
    choices=[("realistic", "Realistic"), ("cartoon", "Cartoon")],
    required=False,
    initial="realistic",
)
QUALITY: dict[str, forms.Field] = {
    "enable_pbr": forms.BooleanField(
        label="PBR maps",
        required=False,
        initial=False,
        help_text="Metallic, roughness and normal beside the base color.",
    ),
    "texture_resolution": OpenChoiceField(
        label="Texture resolution",
        choices=[("2k", "2K"), ("4k", "4K"), ("8k", "8K")],
        required=False,
        initial="2k",
        help_text="8K costs more, and its PBR maps have 4K.",
    ),
    "remove_lighting": forms.BooleanField(
        label="Take light and shadow out of the texture",
        required=False,
        initial=True,
        help_text="Meshy 6 alone heeds this.",
    ),
    "target_formats": ListField(
        label="Formats",
        choices=[(name, name.upper()) for name in ("glb", "obj", "fbx", "stl", "usdz", "3mf")],
        max_items=6,
        required=False,
        initial=["glb"],
        validators=[check_format_names],
        help_text="Each further format takes longer. GLB where none is chosen.",
    ),
    "alpha_thumbnail": forms.BooleanField(label="Thumbnail with transparent background", required=False, initial=False),
}

ONE_SOURCE = ExactlyOne(
    ("model_url", "input_task_id"),
    "Choose a model, or an earlier task at Meshy.",
    "Choose either a model or an earlier task: Meshy would take the task and leave the model out.",
)
NO_UVS = "This model has no UVs to keep on all of its parts, so Meshy makes new ones."


def build_style_rule(*names: str) -> Rule:
    return ExactlyOne(
        names,
        "Say the style in words, or choose a picture.",
        "Choose one kind of style: of words and a picture Meshy would leave the words out.",
    )


def build_resolution_rule(size: str) -> Rule:
    reason = f"{size.upper()} needs Meshy 6, Meshy 7 or the latest model."
    return Forbids(field="texture_resolution", value=size, other="ai_model", refused=ONLY_2K, reason=reason)


CURRENT = Operation(
    key="meshy.retexture",
    vendor="meshy",
    label="Retexture",
    verb="Retexture",
    icon="brush",
    summary="Give the model a new surface from words or pictures.",
    endpoints=ENDPOINTS,
    fields={
        **build_sources(formats=("glb", "gltf", "obj", "fbx", "stl")),
        **build_styles(),
        "multiview_image_urls": VIEWS,
        "enable_original_uv": KEEP_UVS,
        "ai_model": OpenChoiceField(
            label="AI model",
            choices=[*SEED_MODELS, *NEWER_MODELS],
            newer=[name for name, _ in NEWER_MODELS],
            retired=RETIRED_MODELS,
            required=False,
            initial="latest",
            help_text="Name one for results that can be repeated: what the latest is changes.",
        ),
        **QUALITY,
    },
    rules=(
        ONE_SOURCE,
        build_style_rule("text_style_prompt", "image_style_url", "multiview_image_urls"),
        Needs("multiview_image_urls", "ai_model", ("meshy-7", "meshy-n1"), "Several views need Meshy 7."),
        build_resolution_rule("4k"),
        build_resolution_rule("8k"),
        Excludes("ai_model", "meshy-n1", "text_style_prompt", "Meshy N1 leaves words out: choose a picture."),
        Excludes("ai_model", "meshy-n1", "enable_pbr", "Meshy N1 makes no PBR maps."),
    ),
    automatic={"ai_model": WhenGiven("multiview_image_urls", "meshy-7")},
    corrections={"enable_original_uv": OffWithoutUvs("model_url", NO_UVS)},
    advanced=frozenset({"ai_model", "remove_lighting", "target_formats", "alpha_thumbnail"}),
    newer=frozenset({"multiview_image_urls", *QUALITY}),
    always_send=frozenset({"enable_original_uv", "target_formats"}),
    outputs=(
        Output("model", "in each chosen format"),
        Output("texture_map", "base color; PBR maps if asked for"),
    ),
    list_price=PRICE,
    docs_url=DOCS_URL,
    checked_on=READ_ON,
)

SEED = Operation(
    key="meshy.retexture",
    vendor="meshy",
    label="Retexture",
    verb="Retexture",
    icon="brush",
    summary="Give the model a new surface from words or a picture.",
    endpoints=ENDPOINTS,
    fields={
        **build_sources(formats=("glb",)),
        **build_styles(),
        "enable_original_uv": KEEP_UVS,
        "ai_model": OpenChoiceField(label="AI model", choices=SEED_MODELS, required=False, initial="meshy-5"),
        "art_style": ART_STYLE,
    },
    rules=(ONE_SOURCE, build_style_rule("text_style_prompt", "image_style_url")),
    corrections={"enable_original_uv": OffWithoutUvs("model_url", NO_UVS)},
    advanced=frozenset({"ai_model"}),
    always_send=frozenset({"enable_original_uv"}),
    outputs=(Output("model", "GLB, FBX and USDZ"), Output("texture_map", "base color")),
    list_price=PRICE,
    docs_url=DOCS_URL,
    checked_on=READ_ON,
)

PROFILES: Mapping[str, Operation] = {"current": CURRENT, "seed": SEED}
