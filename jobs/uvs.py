"""Has a model UVs? Read from its file in milliseconds, for tasks that leave before the engine has its facts."""

import json
from pathlib import Path
from typing import Any

from jobs.formats import NotTaken
from jobs.model_checks import read_glb_document

SCAN_BYTES = 1 << 20
FBX_UVS = b"LayerElementUV"


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
    return bool(parts) and all(
        "TEXCOORD_0" in (part.get("attributes") or {}) for part in parts if isinstance(part, dict)
    )


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
