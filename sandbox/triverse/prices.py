"""What tasks cost here. Every number is INVENTED: the vendor's price list was not readable."""

from collections.abc import Callable
from typing import Any

from sandbox.triverse.body import Body
from sandbox.triverse.flows import Flow

CONVERT_CREDITS = 5
REMESH_CREDITS = 20
REMESH_TEXTURE_CREDITS = 10
REMESH_MANY_FACES_CREDITS = 10
MANY_FACES = 500_000
IMAGE_CREDITS = 1
LARGE_IMAGE_CREDITS = 2
LARGE_IMAGE_PX = 2048 * 2048
TEXTURE_CREDITS = 40
LARGE_TEXTURE_CREDITS = 20
LARGE_TEXTURE_PX = 2048
GENERATED_IMAGE_CREDITS = 5
PROMPT_CREDITS = 1

Priced = tuple[dict[str, Any], int]


def price_render(params: dict[str, Any]) -> Priced:
    images = len(params["angles"]) * (params["enable_rgb_render"] + params["enable_white_render"])
    is_large = params["width"] * params["height"] > LARGE_IMAGE_PX
    relevant = {
        "image_count": len(params["angles"]),
        "resolution": f"{params['width']}x{params['height']}",
        "enable_rgb_render": params["enable_rgb_render"],
        "enable_white_render": params["enable_white_render"],
    }
    return relevant, max(1, images) * (LARGE_IMAGE_CREDITS if is_large else IMAGE_CREDITS)


def price_remesh(params: dict[str, Any]) -> Priced:
    cost = REMESH_CREDITS
    relevant = {"target_face_count": params["target_face_count"]}
    if params["target_face_count"] > MANY_FACES:
        cost += REMESH_MANY_FACES_CREDITS
    if params["texture_size"]:
        cost += REMESH_TEXTURE_CREDITS
        relevant["texture_size"] = params["texture_size"]
    return relevant, cost


def price_convert(_params: dict[str, Any]) -> Priced:
    return {}, CONVERT_CREDITS


def price_texture(params: dict[str, Any]) -> Priced:
    relevant = {name: params[name] for name in ("model_version", "texture_size", "polygon_limit")}
    return relevant, TEXTURE_CREDITS + (LARGE_TEXTURE_CREDITS if params["texture_size"] > LARGE_TEXTURE_PX else 0)


def price_images(params: dict[str, Any]) -> Priced:
    return {"image_count": params["image_count"]}, params["image_count"] * GENERATED_IMAGE_CREDITS


def price_prompt(_params: dict[str, Any]) -> Priced:
    return {}, PROMPT_CREDITS


PRICES: dict[str, Callable[[dict[str, Any]], Priced]] = {
    "texture-model": price_texture,
    "text-to-texture": price_texture,
    "model-preview-render": price_render,
    "model-remesh": price_remesh,
    "convert-model-format": price_convert,
    "image-generation": price_images,
    "prompt-optimize": price_prompt,
}


def quote(flow: Flow, body: Body) -> Priced:
    """Price what was sent so far: files, prompts and formats may still be missing."""
    return PRICES[flow.name](flow.check_price(body))
