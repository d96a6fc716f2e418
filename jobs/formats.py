"""Which files are taken, told by their content and never by their names; and what each is called on the wire."""

import lzma
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

HEAD_BYTES = 4096
STL_HEADER_BYTES, STL_FACE_BYTES = 84, 50

MEDIA_TYPES = {
    "glb": "model/gltf-binary",
    "gltf": "model/gltf+json",
    "fbx": "application/octet-stream",
    "obj": "model/obj",
    "stl": "model/stl",
    "ply": "application/octet-stream",
    "usdz": "model/vnd.usdz+zip",
    "3mf": "model/3mf",
    "zip": "application/zip",
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
}
MODEL_FORMATS = ("glb", "gltf", "obj", "fbx", "stl", "ply", "usdz")
IMAGE_FORMATS = ("png", "jpeg", "webp")
RESULT_FORMATS = frozenset({"3mf"})  # vendors make them; nothing here can look into them
MODEL_SUFFIXES = frozenset({*MODEL_FORMATS, "zip"})
IMAGE_SUFFIXES = frozenset({"png", "jpg", "jpeg", "webp"})

# What people send by mistake, by its first bytes.
OTHERS = {
    b"GIF8": "a GIF picture",
    b"BM": "a BMP picture",
    b"II*\x00": "a TIFF picture",
    b"MM\x00*": "a TIFF picture",
    b"%PDF": "a PDF",
    b"BLENDER": "a Blender project",
    b"\x1f\x8b": "a gzip archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
    b"<svg": "an SVG picture",
    b"<?xml": "an XML file",
}
OBJ_LINE = re.compile(rb"^[ \t]*(?:v|vn|vt|f|o|g|s|mtllib|usemtl)[ \t]+\S", re.MULTILINE)


@dataclass(frozen=True)
class FileKind:
    """What a file is: "model" or "image", its format, and the extension under which it is downloaded."""

    kind: str
    format: str
    extension: str

    @property
    def label(self) -> str:
        return f"a picture ({self.format.upper()})" if self.kind == "image" else f"a 3D model ({self.format.upper()})"


class NotTaken(Exception):
    """The file is of a kind that is not taken, or is broken; the message is a sentence for a person."""


def get_media_type(extension: str) -> str:
    """Return the media type of files with this extension."""
    return MEDIA_TYPES.get(extension, "application/octet-stream")


def get_data_uri_type(kind: str, extension: str) -> str:
    """Return the media type of a file that travels in a request: of a model, vendors take it as mere bytes."""
    return "application/octet-stream" if kind == "model" else get_media_type(extension)


def detect(path: Path) -> FileKind:
    """Tell what a file is by its content.

    :raises NotTaken: when it is none of the formats that are taken
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _detect_zip(path)
    found = _detect_image(head) or _detect_model(head, path.stat().st_size)
    if found is None:
        raise NotTaken(_describe_other(head))
    return found


def _detect_image(head: bytes) -> FileKind | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind("image", "png", "png")
    if head.startswith(b"\xff\xd8\xff"):
        return FileKind("image", "jpeg", "jpg")
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return FileKind("image", "webp", "webp")
    return None


def _detect_model(head: bytes, size: int) -> FileKind | None:
    name = _detect_model_format(head, size)
    return FileKind("model", name, name) if name else None


def _detect_model_format(head: bytes, size: int) -> str | None:
    if head.startswith(b"glTF"):
        return "glb"
    if head.startswith(b"Kaydara FBX Binary") or head.lstrip().startswith(b"; FBX"):
        return "fbx"
    if head.startswith((b"ply\n", b"ply\r")):
        return "ply"
    if _is_binary_stl(head, size):
        return "stl"
    if b"\0" in head:
        return None
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"solid") and b"facet" in text:
        return "stl"
    if text.startswith(b"{"):
        return "gltf"
    return "obj" if OBJ_LINE.search(text) else None


def _is_binary_stl(head: bytes, size: int) -> bool:
    if size < STL_HEADER_BYTES:
        return False
    faces = int.from_bytes(head[80:84], "little")
    return faces > 0 and size == STL_HEADER_BYTES + faces * STL_FACE_BYTES


def _detect_zip(path: Path) -> FileKind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [info.filename for info in archive.infolist() if not info.is_dir()]
    except ZIP_ERRORS as error:
        raise NotTaken("This ZIP archive is damaged or cut off. Save it again and send it again.") from error
    suffixes = [PurePosixPath(name).suffix.lower() for name in names if not name.startswith("__MACOSX/")]
    if suffixes and suffixes[0] in (".usdc", ".usda", ".usd"):
        return FileKind("model", "usdz", "usdz")
    if ".model" in suffixes and "[Content_Types].xml" in names:
        return FileKind("model", "3mf", "3mf")
    for name in ("gltf", "obj"):
        if f".{name}" in suffixes:
            return FileKind("model", name, "zip")
    raise NotTaken("This ZIP archive holds no glTF, OBJ or USD model. Send the model file itself, or a ZIP of it.")


def _describe_other(head: bytes) -> str:
    for magic, words in OTHERS.items():
        if head.lower().startswith(magic.lower()):
            return f"This is {words}. {TAKEN}"
    return f"This is not a 3D model or picture that can be read here. {TAKEN}"


# What Python's zip reader raises on a damaged archive.
ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)

TAKEN = "Models: GLB, glTF, OBJ, FBX, STL, PLY, USDZ. Pictures: PNG, JPEG, WebP."
