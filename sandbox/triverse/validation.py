"""The parameter rules of the utilities: defaults, ranges, and what is refused together."""

import re
from typing import Any

from sandbox.triverse.body import Body
from sandbox.triverse.errors import UNSUPPORTED_FORMAT, ApiError, invalid

RENDER_FIELDS = (
    "render_mode",
    "image_count",
    "resolution",
    "render_format",
    "enable_rgb_render",
    "enable_white_render",
    "camera_angles",
    "preset_name",
)
REMESH_FIELDS = ("target_face_count", "face_type", "texture_size", "export_format")
CONVERT_FIELDS = ("source_format", "target_format")

MODEL_FORMATS = ("glb", "gltf", "fbx", "obj", "stl", "ply", "usdz")
RENDER_MODES = ("basic", "multi_angle", "custom", "preset")
FACE_TYPES = ("quad", "triangle")
EXPORT_FORMATS = ("fbx", "glb")
TARGET_FACE_COUNTS = (1000, 5_000_000)
IMAGE_COUNTS = (1, 10)
REMESH_TEXTURE_SIZES = (1024, 2048, 4096)
# The vendor names front, left, right and back in examples; the rest is what the engine can do.
ANGLES = ("front", "three-quarter", "back", "left", "right", "top", "bottom")
RENDER_FORMATS = {"png": "png", "jpeg": "jpeg", "jpg": "jpeg"}
RESOLUTION = re.compile(r"(\d{1,5})x(\d{1,5})")
# Invented: the limits of a picture and the service's own face count are not documented.
SMALLEST_SIDE_PX, LARGEST_SIDE_PX = 16, 4096
DEFAULT_FACE_COUNT = 30_000


def check_render(body: Body) -> dict[str, Any]:
    mode = body.choice("render_mode", "basic", among=RENDER_MODES)
    width, height = _read_resolution(body.text("resolution") or "2048x2048")
    written_format = (body.text("render_format") or "PNG").lower()
    if written_format not in RENDER_FORMATS:
        raise invalid("render_format must be PNG or JPEG.")
    return {
        "render_mode": mode,
        "angles": _choose_angles(body, mode),
        "width": width,
        "height": height,
        "render_format": RENDER_FORMATS[written_format],
        "enable_rgb_render": body.boolean("enable_rgb_render", True),
        "enable_white_render": body.boolean("enable_white_render", True),
        "preset_name": body.text("preset_name"),
    }


def _choose_angles(body: Body, mode: str) -> list[str]:
    """One angle for each image: those that were asked for, then the default ones, then all again.

    Whether `camera_angles` must match `image_count` is undocumented, so a mismatch is accepted.
    """
    asked = [_read_angle(angle) for angle in body.texts("camera_angles")]
    count = body.integer("image_count", 3, among=IMAGE_COUNTS)
    if mode not in ("multi_angle", "custom"):
        asked = []
    elif asked and not body.has("image_count"):
        count = min(len(asked), 10)
    order = asked + [angle for angle in ANGLES if angle not in asked]
    return [order[number % len(order)] for number in range(count)]


def _read_angle(written: str) -> str:
    angle = written.strip().lower().replace("_", "-").replace(" ", "-")
    if angle not in ANGLES:
        raise invalid(f"camera_angles: {written[:40]!r} is not one of {', '.join(ANGLES)}.")
    return angle


def _read_resolution(written: str) -> tuple[int, int]:
    found = RESOLUTION.fullmatch(written.lower())
    if not found:
        raise invalid("resolution must be written as <width>x<height>, for example 2048x2048.")
    width, height = int(found.group(1)), int(found.group(2))
    if not all(SMALLEST_SIDE_PX <= side <= LARGEST_SIDE_PX for side in (width, height)):
        raise invalid(f"resolution: each side must be {SMALLEST_SIDE_PX} to {LARGEST_SIDE_PX} pixels.")
    return width, height


def check_remesh(body: Body) -> dict[str, Any]:
    face_type = body.choice("face_type", "quad", among=FACE_TYPES)
    export_format = body.choice("export_format", "fbx" if face_type == "quad" else "glb", among=EXPORT_FORMATS)
    if face_type == "quad" and export_format == "glb":
        raise invalid("export_format=glb cannot hold quads; use fbx or face_type=triangle.")
    return {
        "target_face_count": body.integer("target_face_count", DEFAULT_FACE_COUNT, among=TARGET_FACE_COUNTS),
        "face_type": face_type,
        "texture_size": body.choice("texture_size", None, among=REMESH_TEXTURE_SIZES),
        "export_format": export_format,
    }


def check_convert(body: Body) -> dict[str, Any]:
    return {
        "source_format": _read_model_format(body, "source_format"),
        "target_format": _read_model_format(body, "target_format"),
    }


def _read_model_format(body: Body, name: str) -> str:
    written = body.require_text(name).lower().removeprefix(".")
    if written not in MODEL_FORMATS:
        raise ApiError(UNSUPPORTED_FORMAT, f"{name}={written[:40]} is not one of {', '.join(MODEL_FORMATS)}.")
    return written
