"""What lies inside a GLB beside its description: numbers of its geometry and the bytes of its pictures."""

from __future__ import annotations

import struct
import sys
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.formats import NotTaken
from jobs.model_checks import read_glb_document

CHUNK_HEAD = struct.Struct("<I4s")
HEADER_BYTES = 12
COMPRESSED = ("EXT_meshopt_compression", "KHR_meshopt_compression")
ARRAY_CODES = {5121: "B", 5123: "H", 5125: "I", 5126: "f"}
"""Kinds of numbers (componentType) by their letter in `array`: unsigned of 1, 2 and 4 bytes, and floats."""
PARTS = {"SCALAR": 1, "VEC2": 2}
LARGEST = {"B": 255, "H": 65535}


class Unreadable(Exception):
    """The numbers are compressed or laid out in a way that is not read here."""


@dataclass(frozen=True)
class Glb:
    """A GLB whose description was read; `binary_start` is where its bytes begin, `binary_bytes` how many they are."""

    path: Path
    document: dict[str, Any]
    binary_start: int
    binary_bytes: int

    def find_view(self, index: Any) -> tuple[int, int]:
        """Return where in the file a part of the binary begins, and its length.

        :raises Unreadable: when it is compressed, or reaches beyond the file
        """
        view = _get(self.document.get("bufferViews"), index)
        start, length = view.get("byteOffset", 0), view.get("byteLength")
        is_packed = any(name in (view.get("extensions") or {}) for name in COMPRESSED)
        if is_packed or view.get("buffer", 0) != 0 or not isinstance(start, int) or not isinstance(length, int):
            raise Unreadable
        if start < 0 or length < 0 or start + length > self.binary_bytes:
            raise Unreadable
        return self.binary_start + start, length

    def count(self, index: Any) -> int:
        """Return how many numbers or vectors an accessor says that it has.

        :raises Unreadable: when it says nothing of it
        """
        count = _get(self.document.get("accessors"), index).get("count")
        if not isinstance(count, int) or count < 0:
            raise Unreadable
        return count

    def read_columns(self, index: Any) -> list[array[Any]]:
        """Return an accessor's numbers as they are stored, one array for each part of its vectors.

        :raises Unreadable: when it is compressed, sparse, or of another kind than texture coordinates and indices have
        """
        accessor = _get(self.document.get("accessors"), index)
        code, parts = ARRAY_CODES.get(accessor.get("componentType", 0)), PARTS.get(accessor.get("type", ""))
        count = self.count(index)
        if code is None or parts is None or "sparse" in accessor:
            raise Unreadable
        numbers, size = array(code), array(code).itemsize
        start, length = self.find_view(accessor.get("bufferView"))
        offset = accessor.get("byteOffset", 0)
        stride = self.document["bufferViews"][accessor["bufferView"]].get("byteStride") or parts * size
        used = (count - 1) * stride + parts * size if count else 0
        if stride < 1 or stride % size or offset % size or offset < 0 or offset + used > length:
            raise Unreadable
        with self.path.open("rb") as stream:
            stream.seek(start + offset)
            numbers.frombytes(stream.read(used))
        if sys.byteorder == "big":
            numbers.byteswap()
        step = stride // size
        return [numbers[part::step][:count] for part in range(parts)]


def _get(rows: Any, index: Any) -> dict[str, Any]:
    found = rows[index] if isinstance(rows, list) and isinstance(index, int) and 0 <= index < len(rows) else None
    if not isinstance(found, dict):
        raise Unreadable
    return found


def open_glb(path: Path) -> Glb:
    """Read where everything lies.

    :raises NotTaken: when the file is not whole
    """
    document = read_glb_document(path)
    start, size = HEADER_BYTES, path.stat().st_size
    with path.open("rb") as stream:
        while start + CHUNK_HEAD.size <= size:
            stream.seek(start)
            length, kind = CHUNK_HEAD.unpack(stream.read(CHUNK_HEAD.size))
            start += CHUNK_HEAD.size
            if kind == b"BIN\0":
                return Glb(path, document, start, min(length, size - start))
            start += length
    return Glb(path, document, size, 0)


__all__ = ["LARGEST", "Glb", "NotTaken", "Unreadable", "open_glb"]
