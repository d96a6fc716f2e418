"""The create endpoints as data: what each checks, which of its fields name files, and which this sandbox lacks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.triverse.body import Body
from sandbox.triverse.validation import (
    CONVERT_FIELDS,
    REMESH_FIELDS,
    RENDER_FIELDS,
    check_convert,
    check_remesh,
    check_render,
)
from sandbox.triverse.validation_ai import (
    IMAGE_FIELDS,
    PROMPT_FIELDS,
    TEXT_TEXTURE_FIELDS,
    TEXTURE_FIELDS,
    check_image_count,
    check_images,
    check_prompt,
    check_text_texture,
    check_texture,
)

Check = Callable[[Body], dict[str, Any]]


def check_nothing(_body: Body) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Flow:
    """`check` turns what was sent into the parameters in effect, `check_price` only those that the price depends on.

    `model_field` and `image_field` name the files that the task needs; `wants_url` tells that the model must be an
    address. `varies` tells that the same request, sent again, is meant to give something else.
    """

    name: str
    check: Check
    fields: tuple[str, ...]
    check_price: Check
    model_field: str | None = "model_file"
    image_field: str | None = None
    wants_url: bool = False
    varies: bool = False


FLOWS = {
    flow.name: flow
    for flow in (
        Flow("texture-model", check_texture, TEXTURE_FIELDS, check_texture, image_field="image_file"),
        Flow(
            "text-to-texture",
            check_text_texture,
            TEXT_TEXTURE_FIELDS,
            check_texture,
            model_field="model_url",
            wants_url=True,
            varies=True,
        ),
        Flow("model-preview-render", check_render, RENDER_FIELDS, check_render),
        Flow("model-remesh", check_remesh, REMESH_FIELDS, check_remesh),
        Flow("convert-model-format", check_convert, CONVERT_FIELDS, check_nothing),
        Flow("image-generation", check_images, IMAGE_FIELDS, check_image_count, model_field=None, varies=True),
        Flow("prompt-optimize", check_prompt, PROMPT_FIELDS, check_nothing, model_field=None),
    )
}
# Known to the vendor, not to this sandbox: answered with 2002.
OTHER_FLOWS = ("image-to-model", "image-to-mesh", "text-to-model", "text-to-mesh")
