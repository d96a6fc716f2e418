"""A first look at a model file: what it is, and whether it has a mesh and UVs. It needs no engine."""

import json
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HEAD_BYTES = 4096
GLB_HEADER_BYTES, GLB_CHUNK_HEADER_BYTES = 12, 8
STL_HEADER_BYTES, STL_FACE_BYTES = 84, 50
MESHOPT = "EXT_meshopt_compression"
NO_MODEL = "The model file is empty or corrupt."
NO_MESH = "The scene has no mesh."


class Unfit(Exception):
    """The file cannot be worked on; the message says why."""


@dataclass(frozen=True)
class UvShare:
    """How many of a model's parts have UVs."""

    parts: int
    with_uvs: int


def sniff_model(path: Path) -> str:
    """Tell a model's extension by its first bytes; `glb` where they tell nothing, to fail when it is read."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith((b"Kaydara FBX Binary", b"; FBX")):
        return "fbx"
    if _is_binary_stl(head, path.stat().st_size) or head.lstrip()[:6].lower() == b"solid ":
        return "stl"
    if head.lstrip().startswith(b"{"):
        return "gltf"
    lines = [line.split(b" ", 1)[0] for line in head.splitlines()]
    return "obj" if b"\0" not in head and {b"v", b"f", b"mtllib"} & set(lines) else "glb"


def _is_binary_stl(head: bytes, size_bytes: int) -> bool:
    if len(head) < STL_HEADER_BYTES:
        return False
    return size_bytes == STL_HEADER_BYTES + STL_FACE_BYTES * struct.unpack_from("<I", head, 80)[0]


def count_uvs(path: Path) -> UvShare:
    """Count a model's parts, and those with UVs.

    :raises Unfit: empty or corrupt, a text FBX, compressed with meshopt, or without a mesh
    """
    if path.stat().st_size == 0:
        raise Unfit(NO_MODEL)
    suffix = path.suffix.removeprefix(".")
    if suffix in ("glb", "gltf"):
        share = _count_gltf(_read_glb_text(path) if suffix == "glb" else path.read_bytes())
    elif suffix == "obj":
        share = _count_obj(path)
    elif suffix == "fbx":
        share = _count_fbx(path)
    else:
        share = UvShare(parts=1, with_uvs=0)  # STL has no place for UVs
    if share.parts == 0:
        raise Unfit(NO_MESH)
    return share


def _read_glb_text(path: Path) -> bytes:
    with path.open("rb") as file:
        header = file.read(GLB_HEADER_BYTES + GLB_CHUNK_HEADER_BYTES)
        if len(header) < GLB_HEADER_BYTES + GLB_CHUNK_HEADER_BYTES:
            raise Unfit(NO_MODEL)
        magic, version, total, length, kind = struct.unpack("<4sIII4s", header)
        if (magic, version, kind) != (b"glTF", 2, b"JSON") or not length <= total <= path.stat().st_size:
            raise Unfit(NO_MODEL)
        return file.read(length)


def _count_gltf(text: bytes) -> UvShare:
    try:
        document = json.loads(text)
        if MESHOPT in [*document.get("extensionsRequired", []), *document.get("extensionsUsed", [])]:
            raise Unfit("The model is compressed with meshopt, which is not supported.")
        return _count_primitives(document)
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError) as error:
        raise Unfit(NO_MODEL) from error


def _count_primitives(document: dict[str, Any]) -> UvShare:
    used = {node["mesh"] for node in document.get("nodes", []) if "mesh" in node}
    meshes = [mesh for number, mesh in enumerate(document.get("meshes", [])) if number in used]
    primitives = [primitive for mesh in meshes for primitive in mesh["primitives"]]
    with_uvs = sum("TEXCOORD_0" in primitive["attributes"] for primitive in primitives)
    return UvShare(parts=len(primitives), with_uvs=with_uvs)


def _count_obj(path: Path) -> UvShare:
    has_faces = has_uvs = False
    with path.open("rb") as file:
        for line in file:
            has_faces = has_faces or line.startswith(b"f ")
            has_uvs = has_uvs or line.startswith(b"vt ")
            if has_faces and has_uvs:
                break
    return UvShare(parts=int(has_faces), with_uvs=int(has_uvs))


def _count_fbx(path: Path) -> UvShare:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content.find(b"Kaydara FBX Binary", 0, 32) != 0:
            is_text = content.find(b"FBX", 0, 64) >= 0
            raise Unfit("ASCII FBX is not supported. Save the model as binary FBX." if is_text else NO_MODEL)
        has_mesh = content.find(b"PolygonVertexIndex") >= 0
        return UvShare(parts=int(has_mesh), with_uvs=int(content.find(b"LayerElementUV") >= 0))
