"""A glTF file taken apart without Blender: its JSON, its buffers and its pictures."""

import base64
import binascii
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from engine.errors import EngineError
from engine.formats import read_json

GLB_HEADER_BYTES = 12
CHUNK_HEADER_BYTES = 8
JSON_LIMIT_BYTES = 64 * 1024 * 1024
EMBEDDED_MARK = ";base64,"
CUT_OFF = "This GLB is cut off or damaged: its header names more data than there is."
BROKEN_JSON = "The description (JSON) inside this file is broken."


@dataclass
class GltfFile:
    """A glTF document and where its bytes lie. `folder` is where an unpacked zip put the other files, if any."""

    path: Path
    document: dict
    binary_offset: int = 0
    binary_length: int = 0
    folder: Path | None = None
    _buffers: dict[int, bytes] = field(default_factory=dict, repr=False)

    def get_list(self, name: str) -> list[dict]:
        """Return one of the document's lists; what is no list of objects is refused."""
        items = self.document.get(name, [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise EngineError("unreadable", BROKEN_JSON)
        return items

    def read_buffer(self, index: int) -> bytes:
        """Return a whole buffer: the GLB's own chunk, a data URI, or a file beside (of an unpacked zip)."""
        if index not in self._buffers:
            buffer = self.get_list("buffers")[index]
            uri = buffer.get("uri")
            if uri is None:
                with self.path.open("rb") as stream:
                    stream.seek(self.binary_offset)
                    self._buffers[index] = stream.read(self.binary_length if index == 0 else 0)
            else:
                self._buffers[index] = self.read_uri(uri)
        return self._buffers[index]

    def read_uri(self, uri: str) -> bytes:
        """Return what a uri that was checked before stands for."""
        if uri.startswith("data:"):
            return decode_data_uri(uri)
        if self.folder is None:
            raise EngineError("refused", "This file keeps its data in other files.")
        return (self.folder / unquote(uri)).read_bytes()

    def read_view(self, index: int) -> bytes:
        """Return the bytes of a bufferView."""
        view = self.get_list("bufferViews")[index]
        start = view.get("byteOffset", 0)
        return self.read_buffer(view["buffer"])[start : start + view["byteLength"]]

    def read_picture(self, index: int) -> bytes:
        """Return the bytes of an image as they are stored, compressed."""
        image = self.get_list("images")[index]
        if "bufferView" in image:
            return self.read_view(image["bufferView"])
        return self.read_uri(image["uri"]) if "uri" in image else b""


def decode_data_uri(uri: str) -> bytes:
    """Decode a base64 data URI.

    :raises EngineError: refused, if it is no base64 (Blender would take the rest of it for a path)
    """
    _, mark, encoded = uri.partition(EMBEDDED_MARK)
    if not mark:
        raise EngineError("refused", "This file holds embedded data that is not in base64.")
    try:
        return base64.b64decode(encoded)
    except (binascii.Error, ValueError) as error:
        raise EngineError("unreadable", "The data embedded in this file is broken.") from error


def open_gltf(path: Path, *, folder: Path | None = None) -> GltfFile:
    """Open a GLB or a .gltf and read its JSON.

    :raises EngineError: unreadable, where the container is damaged, cut off, or says something untrue
    """
    with path.open("rb") as stream:
        is_glb = stream.read(4) == b"glTF"
    if is_glb:
        return _open_glb(path)
    if path.stat().st_size > JSON_LIMIT_BYTES * 8:  # data URIs may make it large
        raise EngineError("refused", "This .gltf is too large. Save it as GLB.")
    return _check_version(GltfFile(path, read_json(path.read_bytes().removeprefix(b"\xef\xbb\xbf")), folder=folder))


def _open_glb(path: Path) -> GltfFile:
    size = path.stat().st_size
    with path.open("rb") as stream:
        header = stream.read(GLB_HEADER_BYTES)
        if len(header) < GLB_HEADER_BYTES:
            raise EngineError("unreadable", CUT_OFF)
        _, version, length = struct.unpack("<4sII", header)
        if version != 2:
            raise EngineError("unsupported", f"This is glTF version {version}; version 2 is needed.")
        if length > size:
            raise EngineError("unreadable", CUT_OFF)
        if length < size:
            raise EngineError("unreadable", "This GLB's header tells another length than the file has.")
        json_length = _read_chunk_header(stream.read, b"JSON", room=size - GLB_HEADER_BYTES)
        if json_length > JSON_LIMIT_BYTES:
            raise EngineError("refused", "The description (JSON) inside this GLB is too large.")
        found = GltfFile(path, read_json(stream.read(json_length)))
        rest = size - stream.tell()
        if rest >= CHUNK_HEADER_BYTES:
            found.binary_length = _read_chunk_header(stream.read, b"BIN\x00", room=rest)
            found.binary_offset = stream.tell()
    return _check_version(found)


def _read_chunk_header(read: Callable[[int], bytes], kind: bytes, *, room: int) -> int:
    header = read(CHUNK_HEADER_BYTES)
    if len(header) < CHUNK_HEADER_BYTES:
        raise EngineError("unreadable", CUT_OFF)
    length, found = struct.unpack("<I4s", header)
    if found != kind:
        raise EngineError("unreadable", "This GLB is damaged: its parts are not where they belong.")
    if length > room - CHUNK_HEADER_BYTES:
        raise EngineError("unreadable", CUT_OFF)
    return length


def _check_version(found: GltfFile) -> GltfFile:
    asset = found.document.get("asset")
    if not isinstance(asset, dict) or not isinstance(asset.get("version"), str):
        raise EngineError("unreadable", "This is no glTF: it does not say which version it is.")
    if asset["version"].split(".")[0] != "2":
        raise EngineError("unsupported", f"This is glTF version {asset['version'][:10]}; version 2 is needed.")
    return found


def write_glb(path: Path, document: dict, binary: bytes) -> None:
    """Write a GLB of one JSON chunk and one binary chunk."""
    import json

    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    padding = b"\x00" * (-len(binary) % 4)
    body = struct.pack("<I4s", len(text), b"JSON") + text
    chunk_header = struct.pack("<I4s", len(binary) + len(padding), b"BIN\x00")
    total = GLB_HEADER_BYTES + len(body) + len(chunk_header) + len(binary) + len(padding)
    with path.open("wb") as stream:
        stream.write(struct.pack("<4sII", b"glTF", 2, total))
        for part in (body, chunk_header, binary, padding):
            stream.write(part)
