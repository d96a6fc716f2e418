"""Triverse: new surfaces for a model, from a picture or from words. Facts: its page Texturing, read on 2026-11-21."""

from jobs.fields import AssetField, OpenChoiceField, PromptField, ScaleField
from jobs.operations import Endpoint, Operation, OrderId, Output
from jobs.vendors.triverse_fields import FETCH, FOLLOW, READ_ON, SHARED_FIELDS, SHARED_NAMES, model_field

TEXTURING_URL = "https://docs.triverse.ai/api-endpoints/texturing"

QUALITY_FIELDS = {
    "texture_size": ScaleField(
        label="Texture size",
        min_value=1024,
        max_value=4096,
        marks=[(1024, "1K"), (2048, "2K"), (4096, "4K")],
        required=False,
        initial=1024,
        help_text="Width and height of the texture in pixels.",
    ),
    "polygon_limit": ScaleField(
        label="Polygon limit",
        min_value=1_000,
        max_value=1_500_000,
        marks=[(10_000, "game prop"), (100_000, "hero"), (1_000_000, "scan")],
        required=False,
        vendor_default=1_000_000,
        help_text="The result has at most so many faces. Leave it empty for Triverse's own limit.",
    ),
    "model_version": OpenChoiceField(
        label="Model version",
        choices=[("v2", "v2")],
        required=False,
        initial="v2",
        help_text="Which of Triverse's texturing models does the work.",
    ),
}
OUTPUTS = (Output("model", "the textured model"), Output("texture_map", "its maps, where Triverse gives them"))

TEXTURE_MODEL = Operation(
    key="triverse.texture-model",
    vendor="triverse",
    label="Image to texture",
    verb="Texture",
    icon="brush",
    summary="Give the model a new surface that follows a picture.",
    endpoints=(Endpoint("POST", "/tasks/texture-model", "create the task"), FOLLOW, FETCH),
    fields={
        "model_file": model_field(),
        "image_file": AssetField(
            label="Style image",
            kind="image",
            help_text="A picture of how the surface should look, best from the front.",
        ),
        **QUALITY_FIELDS,
        **SHARED_FIELDS,
    },
    automatic={"client_order_id": OrderId()},
    advanced=frozenset({"polygon_limit", "model_version", "allow_duplicate"}),
    newer=SHARED_NAMES,
    outputs=OUTPUTS,
    docs_url=TEXTURING_URL,
    checked_on=READ_ON,
)

TEXT_TO_TEXTURE = Operation(
    key="triverse.text-to-texture",
    vendor="triverse",
    label="Text to texture",
    verb="Texture",
    icon="palette",
    summary="Give the model a new surface that you describe in words.",
    endpoints=(Endpoint("POST", "/tasks/text-to-texture", "create the task"), FOLLOW, FETCH),
    fields={
        "model_url": model_field(sent_as="url"),
        "text_prompt": PromptField(label="Prompt", help_text="Name materials and colors, and which parts have them."),
        **QUALITY_FIELDS,
        **SHARED_FIELDS,
    },
    automatic={"client_order_id": OrderId()},
    advanced=frozenset({"polygon_limit", "model_version", "allow_duplicate"}),
    newer=SHARED_NAMES,
    outputs=OUTPUTS,
    docs_url=TEXTURING_URL,
    checked_on=READ_ON,
)

OPERATIONS = (TEXTURE_MODEL, TEXT_TO_TEXTURE)
