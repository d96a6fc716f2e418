"""The kinds of model files, told by their first bytes and not by their names."""

import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from engine.errors import EngineError

FORMATS = ("glb", "gltf", "fbx", "obj", "stl", "ply", "usdz")
ZIPPED_ON_EXPORT = ("gltf", "obj")
HEAD_BYTES = 4096

NOT_A_MODEL = {
    b"\x89PNG": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"GIF8": "a picture (GIF)",
    b"BM": "a picture (BMP)",
    b"%PDF": "a PDF",
    b"BLENDER": "a Blender project (.blend), which may carry scripts",
    b"\x28\xb5\x2f\xfd": "a compressed file (zstd)",
    b"\x1f\x8b": "a compressed file (gzip)",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
}
OBJ_LINE = re.compile(rb"^[ \t]*(?:v|vn|vt|f|o|g|s|mtllib|usemtl)[ \t]+\S", re.MULTILINE)
STL_HEADER_BYTES, STL_FACE_BYTES = 84, 50


@dataclass(frozen=True)
class FileKind:
    """What a file is: one of `FORMATS`, and whether it came as a zip of several files."""

    format: str
    is_zip: bool = False


def detect_kind(path: Path) -> FileKind:
    """Tell what kind of model a file is.

    :raises EngineError: unreadable, if it is empty or no model; unsupported, if it is a kind that is not read here
    """
    size = path.stat().st_size
    if size == 0:
        raise EngineError("unreadable", "This file is empty (0 bytes).")
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _detect_zip(path)
    return FileKind(_detect_single(head, size))


def _detect_single(head: bytes, size: int) -> str:
    if head.startswith(b"glTF"):
        return "glb"
    if head.startswith(b"Kaydara FBX Binary"):
        return "fbx"
    if head.startswith((b"ply\n", b"ply\r")):
        return "ply"
    _refuse_known_strangers(head)
    if _is_binary_stl(head, size):
        return "stl"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return "gltf"
    if text[:5].lower() == b"solid":
        return "stl"
    if b"\x00" not in head and OBJ_LINE.search(head):
        return "obj"
    if b"\x00" not in head and text.startswith(b"#"):
        return "obj"  # a long comment first; the check on OBJ files looks for points and faces
    raise EngineError(
        "unreadable", "This is not a 3D model that can be read here (GLB, glTF, FBX, OBJ, STL, PLY or USDZ)."
    )


def _refuse_known_strangers(head: bytes) -> None:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        raise EngineError("unreadable", "This is a picture (WebP), not a 3D model.")
    for magic, words in NOT_A_MODEL.items():
        if head.startswith(magic):
            raise EngineError("unreadable", f"This is {words}, not a 3D model that can be read here.")
    if head.startswith(b"; FBX"):
        raise EngineError("unsupported", "This is a text FBX. Save it as a binary FBX, or as GLB.")
    if head.startswith((b"#usda", b"PXR-USDC")):
        raise EngineError("unsupported", "This is a bare USD file. Pack it as USDZ.")
    if head.lstrip()[:5] == b"<?xml":
        raise EngineError("unsupported", "This is an XML file (Collada or 3MF, perhaps). Save it as GLB or FBX.")


def _is_binary_stl(head: bytes, size: int) -> bool:
    if len(head) < STL_HEADER_BYTES:
        return False
    count = int.from_bytes(head[80:84], "little")
    return count > 0 and size == STL_HEADER_BYTES + count * STL_FACE_BYTES


def _detect_zip(path: Path) -> FileKind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, RuntimeError) as error:
        raise EngineError("unreadable", "This zip is damaged or cut off.") from error
    suffixes = [PurePosixPath(name).suffix.lower() for name in names if not is_clutter(name)]
    if suffixes and suffixes[0] in (".usd", ".usda", ".usdc"):
        return FileKind("usdz")
    for suffix, found in ((".gltf", "gltf"), (".obj", "obj")):
        if suffixes.count(suffix) == 1:
            return FileKind(found, is_zip=True)
        if suffixes.count(suffix) > 1:
            raise EngineError("unsupported", f"This zip holds several {suffix} files. Put one model in a zip.")
    raise EngineError("unsupported", "This zip holds no .gltf, no .obj and no USD scene.")


def is_clutter(name: str) -> bool:
    """Tell whether a zip entry is what systems leave behind, and no part of a model."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name in (".DS_Store", "Thumbs.db")


def read_json(raw: bytes) -> dict:
    """Read a JSON object.

    :raises EngineError: unreadable, if it is broken, too deep or no object
    """
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise EngineError("unreadable", "The description (JSON) inside this file is broken.") from error
    if not isinstance(document, dict):
        raise EngineError("unreadable", "The description (JSON) inside this file is no glTF.")
    return document
