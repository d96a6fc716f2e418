"""The few files that all demo rows share: a ball in each colour, with its picture and its texture maps."""

from __future__ import annotations

import colorsys
import io
import json
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageDraw, ImageFilter

from jobs import files

RINGS, SEGMENTS = 24, 48
TRIANGLES = RINGS * SEGMENTS * 2
POSTER_PX = 640
MAP_PX = 256


@dataclass(frozen=True)
class Look:
    """A surface of the ball."""

    name: str
    colour: tuple[int, int, int]
    metallic: float
    roughness: float


@dataclass(frozen=True)
class Content:
    """What is stored of one look."""

    look: Look
    model: files.StoredFile
    poster: files.StoredFile
    render: files.StoredFile
    maps: dict[str, files.StoredFile]


def list_looks() -> list[Look]:
    names = ("copper", "amber", "moss", "teal", "cobalt", "violet", "rose", "slate")
    looks = []
    for number, name in enumerate(names):
        colour = colorsys.hsv_to_rgb((0.05 + number / len(names)) % 1, 0.25 if name == "slate" else 0.62, 0.82)
        red, green, blue = (round(channel * 255) for channel in colour)
        looks.append(Look(name, (red, green, blue), 0.9 if number % 3 == 0 else 0.0, 0.2 + 0.06 * number))
    return looks


def store_contents() -> list[Content]:
    """Store what is not there yet; the same bytes each time, so that nothing is stored twice."""
    return [_store(look) for look in list_looks()]


def _store(look: Look) -> Content:
    maps = {
        "base_color": _store_picture(Image.new("RGB", (MAP_PX, MAP_PX), look.colour), "base"),
        "metallic": _store_picture(_build_grey(look.metallic), "metallic"),
        "roughness": _store_picture(_build_grey(look.roughness), "roughness"),
    }
    ball = _draw_ball(look)
    backdrop = Image.new("RGBA", ball.size, (235, 239, 244, 255))
    backdrop.alpha_composite(ball)
    return Content(
        look=look,
        model=files.store(io.BytesIO(build_ball(look)), kind="model", name="ball.glb"),
        poster=_store_picture(ball, "poster", file_format="WEBP"),
        render=_store_picture(backdrop.convert("RGB"), "render"),
        maps=maps,
    )


def _store_picture(picture: Image.Image, name: str, *, file_format: str = "PNG") -> files.StoredFile:
    stream = io.BytesIO()
    picture.save(stream, file_format, **({"quality": 80} if file_format == "WEBP" else {}))
    stream.seek(0)
    return files.store(stream, kind="image", name=f"{name}.{file_format.lower()}")


def _build_grey(value: float) -> Image.Image:
    return Image.new("L", (MAP_PX, MAP_PX), round(value * 255)).convert("RGB")


def _draw_ball(look: Look) -> Image.Image:
    """Draw the ball on nothing, lit from the upper left, with a soft shadow."""
    light, outline, shadow = _light_ball()
    channels = [light.point([_shade(look, channel, value / 255) for value in range(256)]) for channel in look.colour]
    ball = Image.merge("RGBA", [*channels, outline])
    ground = Image.new("RGBA", ball.size, (15, 23, 42, 0))
    ground.putalpha(shadow)
    ground.alpha_composite(ball)
    return ground.resize((POSTER_PX, POSTER_PX), Image.Resampling.LANCZOS)


def _shade(look: Look, channel: int, light: float) -> int:
    shine = light ** (4 + 60 * (1 - look.roughness)) * (1 - look.roughness) * 190
    return min(255, round(channel * (0.3 + 0.75 * light) + shine))


@cache
def _light_ball() -> tuple[Image.Image, Image.Image, Image.Image]:
    """Return how much light falls on each pixel of a ball, where it is, and its shadow."""
    size = POSTER_PX // 2
    radius, middle_x, middle_y = size * 0.34, size / 2, size * 0.46
    light = bytearray(size * size)
    for y in range(size):
        for x in range(size):
            across, down = (x - middle_x) / radius, (y - middle_y) / radius
            toward = math.sqrt(max(0.0, 1 - across * across - down * down))
            light[y * size + x] = round(255 * max(0.0, min(1.0, -0.5 * across - 0.6 * down + 0.62 * toward)))
    outline, shadow = Image.new("L", (size, size)), Image.new("L", (size, size))
    around = (middle_x - radius, middle_y - radius, middle_x + radius, middle_y + radius)
    ImageDraw.Draw(outline).ellipse(around, fill=255)
    below = (middle_x - radius * 1.1, middle_y + radius * 0.78, middle_x + radius * 1.1, middle_y + radius * 1.22)
    ImageDraw.Draw(shadow).ellipse(below, fill=90)
    return Image.frombytes("L", (size, size), bytes(light)), outline, shadow.filter(ImageFilter.GaussianBlur(8))


def build_ball(look: Look) -> bytes:
    """Return a GLB: a ball of one metre with UVs and one plain material."""
    points, normals, uvs = bytearray(), bytearray(), bytearray()
    for ring in range(RINGS + 1):
        for segment in range(SEGMENTS + 1):
            down, around = math.pi * ring / RINGS, 2 * math.pi * segment / SEGMENTS
            normal = (math.sin(down) * math.cos(around), math.cos(down), math.sin(down) * math.sin(around))
            normals += struct.pack("<3f", *normal)
            points += struct.pack("<3f", *(value / 2 for value in normal))
            uvs += struct.pack("<2f", segment / SEGMENTS, ring / RINGS)
    corners = struct.pack(f"<{TRIANGLES * 3}H", *_list_corners())
    return _build_glb(look, [bytes(points), bytes(normals), bytes(uvs), corners])


def _list_corners() -> Iterator[int]:
    row = SEGMENTS + 1
    for ring in range(RINGS):
        for segment in range(SEGMENTS):
            start = ring * row + segment
            yield from (start, start + 1, start + row, start + 1, start + row + 1, start + row)


def _build_glb(look: Look, parts: list[bytes]) -> bytes:
    views, offset = [], 0
    for part in parts:
        views.append({"buffer": 0, "byteOffset": offset, "byteLength": len(part)})
        offset += len(part)
    count = (RINGS + 1) * (SEGMENTS + 1)
    bounds = {"min": [-0.5, -0.5, -0.5], "max": [0.5, 0.5, 0.5]}
    document = {
        "asset": {"version": "2.0", "generator": "Patina demo data"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "Ball"}],
        "meshes": [
            {"primitives": [{"attributes": {"POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2}, "indices": 3, "material": 0}]}
        ],
        "materials": [
            {
                "name": look.name.capitalize(),
                "pbrMetallicRoughness": {
                    "baseColorFactor": [*((channel / 255) ** 2.2 for channel in look.colour), 1],
                    "metallicFactor": look.metallic,
                    "roughnessFactor": look.roughness,
                },
            }
        ],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": count, "type": "VEC3", **bounds},
            {"bufferView": 1, "componentType": 5126, "count": count, "type": "VEC3"},
            {"bufferView": 2, "componentType": 5126, "count": count, "type": "VEC2"},
            {"bufferView": 3, "componentType": 5123, "count": TRIANGLES * 3, "type": "SCALAR"},
        ],
        "bufferViews": views,
        "buffers": [{"byteLength": offset}],
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    binary = b"".join(parts)
    binary += b"\0" * (-len(binary) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks
