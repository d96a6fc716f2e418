"""A box with another colour on each side, as GLB made byte by byte: it shows which side a picture was taken from."""

import struct

from tests import made_models

COLOURS = {
    "front": (0.9, 0.02, 0.02),
    "back": (0.02, 0.7, 0.05),
    "left": (0.03, 0.06, 0.9),
    "right": (0.85, 0.75, 0.02),
    "top": (0.03, 0.75, 0.75),
    "bottom": (0.75, 0.04, 0.7),
}
"""Linear light. Left and right are the box's own: it looks to +Z, so its left side is at +X."""
CORNERS = {
    "front": [(-1, -1, 1), (1, -1, 1), (1, 1, 1), (-1, 1, 1)],
    "back": [(1, -1, -1), (-1, -1, -1), (-1, 1, -1), (1, 1, -1)],
    "left": [(1, -1, 1), (1, -1, -1), (1, 1, -1), (1, 1, 1)],
    "right": [(-1, -1, -1), (-1, -1, 1), (-1, 1, 1), (-1, 1, -1)],
    "top": [(-1, 1, 1), (1, 1, 1), (1, 1, -1), (-1, 1, -1)],
    "bottom": [(-1, -1, -1), (1, -1, -1), (1, -1, 1), (-1, -1, 1)],
}


def build_box(size: tuple[float, float, float] = (1, 1, 1), *, has_materials: bool = True) -> bytes:
    """Return a box of this size in metres, centred on the origin."""
    half = [length / 2 for length in size]
    binary = struct.pack("<6H", 0, 1, 2, 0, 2, 3) + b"\0" * 4
    views = [{"buffer": 0, "byteOffset": 0, "byteLength": 12}]
    accessors: list[dict[str, object]] = [{"bufferView": 0, "componentType": 5123, "count": 6, "type": "SCALAR"}]
    primitives = []
    for index, corners in enumerate(CORNERS.values()):
        points = [tuple(sign * reach for sign, reach in zip(corner, half, strict=True)) for corner in corners]
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": 48})
        binary += b"".join(struct.pack("<3f", *point) for point in points)
        low, high = [min(axis) for axis in zip(*points, strict=True)], [max(axis) for axis in zip(*points, strict=True)]
        accessors.append(
            {"bufferView": index + 1, "componentType": 5126, "count": 4, "type": "VEC3", "min": low, "max": high}
        )
        primitive = {"attributes": {"POSITION": index + 1}, "indices": 0}
        primitives.append(primitive | ({"material": index} if has_materials else {}))
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": primitives}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}],
    }
    if has_materials:
        document["materials"] = [
            {"name": side, "pbrMetallicRoughness": {"baseColorFactor": [*colour, 1], "metallicFactor": 0}}
            for side, colour in COLOURS.items()
        ]
    return made_models.glb(document, binary)
