"""Has a model UVs, and are two models' the same? Read from the files, without the engine."""

import hashlib
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jobs.formats import NotTaken
from jobs.glb_content import LARGEST, Glb, Unreadable, open_glb
from jobs.model_checks import read_glb_document

SCAN_BYTES = 1 << 20
FBX_UVS = b"LayerElementUV"

UVS = "TEXCOORD_0"
DRACO = "KHR_draco_mesh_compression"
TRIANGLES = 4
NUMBERS_MAX = 12_000_000
"""So many corners and points, in all parts, are worth the time and memory of looking at them."""
MOMENTS: tuple[Callable[[float, float], float], ...] = (
    lambda u, v: u,
    lambda u, v: v,
    lambda u, v: u * u,
    lambda u, v: v * v,
    lambda u, v: u * v,
)
CELLS = 8192
CELL_SHIFT = 0.2718


def has_uvs(path: Path, file_format: str) -> bool | None:
    """Return whether the model has UVs, in glTF on every part; None where this cannot be told from its text."""
    try:
        if file_format == "glb":
            return has_coordinates(read_glb_document(path))
        if file_format == "gltf":
            return has_coordinates(json.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf")))
    except (NotTaken, ValueError, TypeError, RecursionError):
        return None
    if file_format == "stl":
        return False  # the format has no place for them
    if file_format == "obj":
        return has_line(path, b"vt ")
    return has_bytes(path, FBX_UVS) if file_format == "fbx" else None


def has_coordinates(document: Any) -> bool:
    meshes = document.get("meshes") if isinstance(document, dict) else None
    parts = [part for mesh in meshes or [] if isinstance(mesh, dict) for part in mesh.get("primitives") or []]
    return bool(parts) and all(UVS in (part.get("attributes") or {}) for part in parts if isinstance(part, dict))


def has_line(path: Path, start: bytes) -> bool:
    with path.open("rb") as stream:
        return any(line.lstrip().startswith(start) for line in stream)


def has_bytes(path: Path, wanted: bytes) -> bool:
    tail = b""
    with path.open("rb") as stream:
        while piece := stream.read(SCAN_BYTES):
            if wanted in tail + piece:
                return True
            tail = piece[-len(wanted) :]
    return False


def hash_layout(path: Path) -> str:
    """Return a hash of a GLB's UV layout, "" where it has none or it cannot be read (compressed geometry).

    What an exporter may change is left out: the order of points and triangles, split points, and the last digits of
    numbers. It is made of the corners' mean place and how they spread, which differ for any two layouts in practice.
    """
    try:
        glb = open_glb(path)
        corners, read, sums = 0, 0, [0.0] * len(MOMENTS)
        for part in list_parts(glb.document):
            read += count_numbers(glb, part)
            if read > NUMBERS_MAX:
                return ""
            count, added = measure_part(glb, part)
            corners += count
            sums = [total + more for total, more in zip(sums, added, strict=True)]
    except (NotTaken, Unreadable, ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError):
        return ""
    if not corners or not all(math.isfinite(total) for total in sums):
        return ""
    # Off the round numbers that UVs are full of, else one digit's noise would fall on either side of an edge.
    cells = [math.floor(total / corners * CELLS + CELL_SHIFT) for total in sums]
    return hashlib.sha256(f"uv1:{corners}:{cells}".encode()).hexdigest()


def list_parts(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the triangles of the meshes that have texture coordinates."""
    parts = [part for mesh in document.get("meshes") or [] for part in mesh.get("primitives") or []]
    return [part for part in parts if part.get("mode", TRIANGLES) == TRIANGLES and UVS in part["attributes"]]


def count_numbers(glb: Glb, part: dict[str, Any]) -> int:
    """Return how many corners and points a part says that it has, before any of them is read."""
    named = [part["attributes"][UVS], *([part["indices"]] if "indices" in part else [])]
    return sum(glb.count(index) for index in named)


def measure_part(glb: Glb, part: dict[str, Any]) -> tuple[int, list[float]]:
    """Return how many corners the triangles have, and the sums of each moment over them.

    :raises Unreadable: when the geometry is compressed
    """
    if DRACO in (part.get("extensions") or {}):
        raise Unreadable
    across, up = glb.read_columns(part["attributes"][UVS])
    largest = LARGEST.get(across.typecode, 1)
    points = [(u / largest, v / largest) for u, v in zip(across, up, strict=True)]
    corners = glb.read_columns(part["indices"])[0] if "indices" in part else range(len(points))
    sums = []
    for moment in MOMENTS:
        values = [moment(u, v) for u, v in points]
        sums.append(math.fsum(map(values.__getitem__, corners)))
    return len(corners), sums
