"""The texture maps inside a GLB: which picture each material uses for what, and where in the file its bytes lie."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from jobs.glb_content import Glb, NotTaken, Unreadable, open_glb

MATERIALS_MAX = 32
SHOWN_FORMATS = {"PNG": "png", "JPEG": "jpeg", "WEBP": "webp"}
"""What Pillow calls the kinds of pictures that a browser shows, and what we call them."""
HEAD_BYTES = 65_536
"""So much of a picture is read for its size."""
NAME_LENGTH = 80
FACTOR_MAX = 1e6


def read_maps(path: Path) -> list[dict[str, Any]]:
    """Return of each material its `name`, its plain values (`factors`) and its `maps`: by channel where the picture
    lies (`offset`, `size_bytes`), its `format` and pixels. Pictures that no browser shows (KTX2) are left out.
    """
    try:
        glb = open_glb(path)
        rows = glb.document.get("materials") or []
        return [_read_material(glb, row) for row in rows[:MATERIALS_MAX]]
    except (NotTaken, ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return []


def _read_material(glb: Glb, row: dict[str, Any]) -> dict[str, Any]:
    surface = row.get("pbrMetallicRoughness") or {}
    wanted = {
        "base_color": surface.get("baseColorTexture"),
        "metallic_roughness": surface.get("metallicRoughnessTexture"),
        "normal": row.get("normalTexture"),
        "occlusion": row.get("occlusionTexture"),
        "emissive": row.get("emissiveTexture"),
    }
    maps = {channel: _find_picture(glb, about["index"]) for channel, about in wanted.items() if about}
    return {
        "name": str(row.get("name") or "")[:NAME_LENGTH],
        "factors": {
            "base_color": _read_numbers(surface.get("baseColorFactor"), [1, 1, 1, 1]),
            "metallic": _read_numbers(surface.get("metallicFactor"), 1),
            "roughness": _read_numbers(surface.get("roughnessFactor"), 1),
            "emissive": _read_numbers(row.get("emissiveFactor"), [0, 0, 0]),
        },
        "maps": {channel: found for channel, found in maps.items() if found},
    }


def _read_numbers(value: Any, usual: Any) -> Any:
    numbers = value if isinstance(value, list) else [value]
    is_alike = isinstance(value, list) == isinstance(usual, list) and (
        not isinstance(usual, list) or len(numbers) == len(usual)
    )
    return value if is_alike and all(_is_factor(number) for number in numbers) else usual


def _is_factor(number: Any) -> bool:
    return isinstance(number, (int, float)) and abs(number) <= FACTOR_MAX  # no NaN, nor anything without an end


def _find_picture(glb: Glb, index: Any) -> dict[str, Any] | None:
    try:
        texture = glb.document["textures"][index]
        webp = (texture.get("extensions") or {}).get("EXT_texture_webp") or {}
        image = glb.document["images"][webp.get("source", texture.get("source"))]
        offset, size_bytes = glb.find_view(image["bufferView"])
    except (Unreadable, KeyError, IndexError, TypeError, AttributeError):
        return None
    with glb.path.open("rb") as stream:
        stream.seek(offset)
        head = stream.read(min(HEAD_BYTES, size_bytes))
    try:
        with Image.open(io.BytesIO(head), formats=list(SHOWN_FORMATS)) as picture:
            kind, (width, height) = SHOWN_FORMATS[picture.format or ""], picture.size
    except (UnidentifiedImageError, OSError, ValueError, KeyError, SyntaxError, Image.DecompressionBombError):
        return None
    return {"offset": offset, "size_bytes": size_bytes, "format": kind, "width": width, "height": height}
