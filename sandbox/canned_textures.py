"""A cube with texture maps, in place of what the engine paints."""

import colorsys
import io
import json
import struct
import zlib
from functools import lru_cache
from itertools import chain

from PIL import Image

from sandbox.canned_models import CORNERS, QUADS, pack_glb

MAPS = ("base_color", "metallic", "roughness", "normal")
FIELDS = 8
FLAT_NORMAL = (128, 128, 255)
HALF_ROUGH = (0, 140, 30)  # glTF keeps roughness in green and metalness in blue
CORNER_UVS = ((0.0, 1.0), (1.0, 1.0), (1.0, 0.0), (0.0, 0.0))


def choose_hue(wish: str) -> float:
    """A hue, 0 to 1, that is always the same for the same text."""
    return zlib.crc32(wish.encode()) % 360 / 360


@lru_cache(maxsize=32)
def build_map(name: str, *, size_px: int, hue: float) -> bytes:
    """One map as PNG: a checked base colour, the others plain."""
    if name == "base_color":
        picture = Image.new("P", (FIELDS, FIELDS))
        picture.putpalette(_shade(hue, 0.9) + _shade(hue, 0.6))
        picture.putdata([(column + row) % 2 for row in range(FIELDS) for column in range(FIELDS)])
    elif name in ("metallic", "roughness"):
        picture = Image.new("L", (1, 1), HALF_ROUGH[2 if name == "metallic" else 1])
    else:
        picture = Image.new("P", (1, 1))
        picture.putpalette(FLAT_NORMAL if name == "normal" else HALF_ROUGH)
    written = io.BytesIO()
    picture.resize((size_px, size_px), Image.Resampling.NEAREST).save(written, "PNG", compress_level=1)
    return written.getvalue()


def _shade(hue: float, value: float) -> tuple[int, ...]:
    return tuple(round(channel * 255) for channel in colorsys.hsv_to_rgb(hue, 0.6, value))


@lru_cache(maxsize=8)
def build_textured_glb(*, size_px: int, hue: float, pbr: bool) -> bytes:
    """The cube with its maps inside: four corners of its own for each face, each showing the whole map."""
    maps = [build_map("base_color", size_px=size_px, hue=hue)]
    if pbr:
        maps += [build_map(name, size_px=size_px, hue=hue) for name in ("metallic_roughness", "normal")]
    positions = struct.pack("<72f", *chain.from_iterable(CORNERS[corner] for quad in QUADS for corner in quad))
    uvs = struct.pack("<48f", *chain.from_iterable(CORNER_UVS * len(QUADS)))
    corners = [4 * face + corner for face in range(len(QUADS)) for corner in (0, 1, 2, 0, 2, 3)]
    parts = [positions, uvs, struct.pack("<36H", *corners), *maps]
    views: list[dict[str, int]] = []
    binary = b""
    for part in parts:
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(part)})
        binary += part + b"\0" * (-len(part) % 4)
    return pack_glb(json.dumps(_describe(views, length=len(binary)), separators=(",", ":")), binary)


def _describe(views: list[dict[str, int]], *, length: int) -> dict[str, object]:
    images = range(3, len(views))
    surface: dict[str, object] = {"baseColorTexture": {"index": 0}, "metallicFactor": 0.0}
    material: dict[str, object] = {"name": "canned", "pbrMetallicRoughness": surface}
    if len(images) > 1:
        surface |= {"metallicRoughnessTexture": {"index": 1}, "metallicFactor": 1.0}
        material["normalTexture"] = {"index": 2}
    return {
        "asset": {"version": "2.0", "generator": "Patina sandbox, canned"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "cube"}],
        "meshes": [
            {"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "indices": 2, "material": 0}]},
        ],
        "materials": [material],
        "textures": [{"source": number} for number in range(len(images))],
        "images": [{"bufferView": view, "mimeType": "image/png"} for view in images],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5126,
                "count": 24,
                "type": "VEC3",
                "min": [-0.5] * 3,
                "max": [0.5] * 3,
            },
            {"bufferView": 1, "componentType": 5126, "count": 24, "type": "VEC2"},
            {"bufferView": 2, "componentType": 5123, "count": 36, "type": "SCALAR"},
        ],
        "bufferViews": views,
        "buffers": [{"byteLength": length}],
    }
