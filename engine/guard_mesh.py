"""FBX, PLY and STL: do the first lines promise more than the file can hold?"""

import struct
from pathlib import Path

from engine.errors import EngineError

HEADER_LIMIT_BYTES = 64 * 1024
MAX_POINTS = 60_000_000
MAX_FACES = 60_000_000
OLDEST_FBX = 7100  # Blender's importer reads no older one
PLY_BYTES = {
    "char": 1, "uchar": 1, "int8": 1, "uint8": 1, "short": 2, "ushort": 2, "int16": 2, "uint16": 2,
    "int": 4, "uint": 4, "int32": 4, "uint32": 4, "float": 4, "float32": 4, "double": 8, "float64": 8,
}  # fmt: skip
CUT_OFF = "This file is cut off: it says that it holds more than is there."


def check_fbx(path: Path) -> None:
    """Check the header of a binary FBX.

    :raises EngineError: unreadable, if it is cut off; unsupported, if it is too old
    """
    with path.open("rb") as stream:
        head = stream.read(27)
    if len(head) < 27 or path.stat().st_size < 200:
        raise EngineError("unreadable", CUT_OFF)
    (version,) = struct.unpack("<I", head[23:27])
    if version < OLDEST_FBX:
        raise EngineError("unsupported", f"This FBX is of version {version / 1000:.1f}; 7.1 or newer is needed.")


def check_ply(path: Path) -> None:
    """Check the header of a PLY against the size of the file.

    :raises EngineError: unreadable or refused, where it promises what the file cannot hold
    """
    with path.open("rb") as stream:
        head = stream.read(HEADER_LIMIT_BYTES)
    end = head.find(b"end_header")
    if end < 0:
        raise EngineError("unreadable", "This PLY has no proper header.")
    counts, least_bytes = _read_ply_elements(head[:end].decode("ascii", "replace"))
    if counts.get("vertex", 0) > MAX_POINTS or counts.get("face", 0) > MAX_FACES:
        raise EngineError("refused", "This model has more points or faces than can be worked with here.")
    if not counts.get("face"):
        raise EngineError("refused", "There is no surface in this file: it holds points without faces.")
    if least_bytes > path.stat().st_size - end:
        raise EngineError("unreadable", CUT_OFF)


def _read_ply_elements(header: str) -> tuple[dict[str, int], int]:
    """Return how many of each element there are, and how many bytes that takes at least."""
    counts: dict[str, int] = {}
    row_bytes: dict[str, int] = {}
    is_text, name = False, ""
    try:
        for line in header.splitlines():
            words = line.split()
            if words[:1] == ["format"]:
                is_text = words[1] == "ascii"
            elif words[:1] == ["element"]:
                name = words[1]
                counts[name], row_bytes[name] = int(words[2]), 0
                if counts[name] < 0:
                    raise EngineError("unreadable", "This PLY has no proper header.")
            elif words[:1] == ["property"]:
                row_bytes[name] += 2 if is_text else PLY_BYTES[words[2] if words[1] == "list" else words[1]]
    except (IndexError, KeyError, ValueError) as error:
        raise EngineError("unreadable", "This PLY has no proper header.") from error
    return counts, sum(counts[item] * row_bytes[item] for item in counts)


def check_stl(path: Path) -> None:
    """Look for facets in an STL; binary ones were told by their exact size.

    :raises EngineError: unreadable, if there is none; refused, if there are too many
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(HEADER_LIMIT_BYTES)
    count = int.from_bytes(head[80:84], "little")
    if size == 84 + count * 50 and count:
        if count > MAX_FACES:
            raise EngineError("refused", "This model has more faces than can be worked with here.")
    elif b"facet" not in head:
        raise EngineError("unreadable", "This STL holds no faces, or is cut off.")
