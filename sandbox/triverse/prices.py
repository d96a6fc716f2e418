"""What tasks cost here. Every number is INVENTED: the vendor's price list was not readable."""

from collections.abc import Callable
from typing import Any

from sandbox.triverse.body import Body
from sandbox.triverse.validation import check_remesh, check_render

CONVERT_CREDITS = 5
REMESH_CREDITS = 20
REMESH_TEXTURE_CREDITS = 10
REMESH_MANY_FACES_CREDITS = 10
MANY_FACES = 500_000
IMAGE_CREDITS = 1
LARGE_IMAGE_CREDITS = 2
LARGE_IMAGE_PX = 2048 * 2048

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


PRICES: dict[str, Callable[[dict[str, Any]], Priced]] = {
    "model-preview-render": price_render,
    "model-remesh": price_remesh,
    "convert-model-format": price_convert,
}


def quote(flow: str, body: Body) -> Priced:
    """Price what was sent so far: files and formats may still be missing."""
    if flow == "convert-model-format":
        return price_convert({})
    check = check_render if flow == "model-preview-render" else check_remesh
    return PRICES[flow](check(body))
