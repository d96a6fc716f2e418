"""Is a model file whole? Checks of structure that need no 3D software, before anything is stored."""

import itertools
import json
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from jobs.formats import STL_FACE_BYTES, STL_HEADER_BYTES, ZIP_ERRORS, FileKind, NotTaken
from jobs.ply_checks import check_ply

GLB_HEADER_BYTES, GLB_CHUNK_HEADER_BYTES = 12, 8
JSON_CHUNK, BIN_CHUNK = 0x4E4F534A, 0x004E4942
GLTF_JSON_MAX_BYTES = 64_000_000  # may hold its geometry as text
GLB_JSON_MAX_BYTES = 16_000_000  # holds none; parsed in the web process, at up to 25 times its size
GLB_MAX_CHUNKS = 16  # two are usual
FBX_MAX_TOP_RECORDS = 1_000  # about a dozen are usual
ZIP_MAX_ENTRIES = 2_000
ZIP_MAX_TOTAL_BYTES = 2_000_000_000
ZIP_MAX_RATIO = 200  # unpacked to packed; pictures and meshes stay under 20
FBX_HEADER_BYTES = 27
FBX_64_BIT_SINCE = 7500  # from this version on, offsets have 64 bits
TAIL_BYTES = 4096


def check_model(path: Path, kind: FileKind) -> None:
    """Look whether the file is complete and says the truth about itself.

    :raises NotTaken: with a sentence that says what is wrong
    """
    if kind.extension == "zip" or kind.format in ("usdz", "3mf"):
        _check_zip(path)
    elif kind.format == "glb":
        _check_glb(path)
    elif kind.format == "gltf":
        _check_gltf(path)
    elif kind.format == "fbx":
        _check_fbx(path)
    elif kind.format == "stl":
        _check_stl(path)
    elif kind.format == "ply":
        check_ply(path)
    else:
        _check_obj(path)


def _check_glb(path: Path) -> None:
    document, bin_bytes = _read_glb(path)
    _check_no_outside_files(document)
    _check_bin_chunk(document, bin_bytes)


def read_glb_document(path: Path) -> dict[str, Any]:
    """Return a GLB's description (JSON).

    :raises NotTaken: when the file is not whole
    """
    return _read_glb(path)[0]


def _read_glb(path: Path) -> tuple[dict[str, Any], int]:
    """Return the description and the size of the geometry."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        header = stream.read(GLB_HEADER_BYTES)
        if len(header) < GLB_HEADER_BYTES:
            raise NotTaken("This GLB is cut off: it ends inside its header.")
        version, length = struct.unpack_from("<II", header, 4)
        if version != 2:
            raise NotTaken(f"This GLB says version {version}; version 2 is the one that can be read.")
        if length > size:
            raise NotTaken(f"This GLB is cut off: its header says {length:,} bytes, the file has {size:,}.")
        if length < size:
            raise NotTaken(f"This GLB's header is wrong: it says {length:,} bytes, the file has {size:,}.")
        chunks = list(itertools.islice(_read_chunks(stream, length), GLB_MAX_CHUNKS + 1))
        if len(chunks) > GLB_MAX_CHUNKS:
            raise NotTaken("This GLB has more parts than any exporter writes, so it is not read.")
        if not chunks or chunks[0][0] != JSON_CHUNK:
            raise NotTaken("This GLB's first part is not its description (JSON), so it cannot be read.")
        if chunks[0][2] > GLB_JSON_MAX_BYTES:
            raise NotTaken("This model's description is too large. Merge some of its parts and export it again.")
        stream.seek(chunks[0][1])
        document = _parse_gltf(stream.read(chunks[0][2]))
    return document, next((size for kind, _, size in chunks[1:] if kind == BIN_CHUNK), 0)


def _read_chunks(stream: BinaryIO, length: int) -> Iterator[tuple[int, int, int]]:
    """Yield (type, offset, size) of each chunk."""
    offset = GLB_HEADER_BYTES
    while offset < length:
        stream.seek(offset)
        head = stream.read(GLB_CHUNK_HEADER_BYTES)
        size, kind = struct.unpack("<II", head) if len(head) == GLB_CHUNK_HEADER_BYTES else (length, 0)
        offset += GLB_CHUNK_HEADER_BYTES
        if offset + size > length:
            raise NotTaken("This GLB is damaged: one of its parts is longer than the file.")
        yield kind, offset, size
        offset += size


def _check_bin_chunk(document: dict[str, Any], bin_bytes: int) -> None:
    first = next(iter(_list(document, "buffers")), {})
    wanted = first.get("byteLength", 0) if "uri" not in first else 0
    if not isinstance(wanted, int) or wanted > bin_bytes:
        raise NotTaken("This GLB is damaged: its geometry is shorter than its description says.")


def _parse_gltf(text: bytes) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotTaken("The description (JSON) of this glTF is damaged and cannot be read.") from error
    if not isinstance(document, dict) or not isinstance(document.get("asset"), dict):
        raise NotTaken("This is JSON, but not glTF: it has no asset part.")
    return document


def _list(document: dict[str, Any], key: str) -> list[dict[str, Any]]:
    items = document.get(key, [])
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _check_no_outside_files(document: dict[str, Any]) -> None:
    for item in _list(document, "buffers") + _list(document, "images"):
        uri = item.get("uri")
        if uri is not None and not str(uri).startswith("data:"):
            name = PurePosixPath(str(uri)).name[:60]
            raise NotTaken(f"This model needs another file ({name}). Send a GLB, or a ZIP with all its files.")


def _check_gltf(path: Path) -> None:
    if path.stat().st_size > GLTF_JSON_MAX_BYTES:
        raise NotTaken("This glTF is too large as text. Save it as GLB and send that.")
    _check_no_outside_files(_parse_gltf(path.read_bytes().removeprefix(b"\xef\xbb\xbf")))


def _check_zip(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            _check_zip_entries(infos)
            broken = archive.testzip()
    except ZIP_ERRORS as error:
        raise NotTaken("This archive is damaged or cut off. Save it again and send it again.") from error
    if broken:
        raise NotTaken(f"This archive is damaged at {PurePosixPath(broken).name[:60]}.")


def _check_zip_entries(infos: list[zipfile.ZipInfo]) -> None:
    total = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if any(info.flag_bits & 0x1 for info in infos):
        raise NotTaken("This archive has a password. Send it without one.")
    if len(infos) > ZIP_MAX_ENTRIES or total > ZIP_MAX_TOTAL_BYTES or total > max(packed, 1) * ZIP_MAX_RATIO:
        raise NotTaken("This archive unpacks to far more than a model needs.")
    for info in infos:
        parts = PurePosixPath(info.filename.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts:
            raise NotTaken("This archive holds names that point outside of it.")


def _check_fbx(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(FBX_HEADER_BYTES)
        if not head.startswith(b"Kaydara FBX Binary"):
            return  # the old text form has no lengths to check
        if len(head) < FBX_HEADER_BYTES:
            raise NotTaken("This FBX is cut off: it ends inside its header.")
        wide = struct.unpack_from("<I", head, 23)[0] >= FBX_64_BIT_SINCE
        form, record_bytes = ("<QQQB", 25) if wide else ("<IIIB", 13)
        offset = FBX_HEADER_BYTES
        for _ in range(FBX_MAX_TOP_RECORDS):
            stream.seek(offset)
            record = stream.read(record_bytes)
            end = struct.unpack(form, record)[0] if len(record) == record_bytes else size + 1
            if end == 0:
                return
            if end > size or end <= offset:
                raise NotTaken("This FBX is cut off or damaged: a part of it is longer than the file.")
            offset = end
        raise NotTaken("This FBX has more parts than any exporter writes, so it is not read.")


def _check_stl(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(STL_HEADER_BYTES)
        faces = int.from_bytes(head[80:84], "little")
        if size == STL_HEADER_BYTES + faces * STL_FACE_BYTES:
            return
        stream.seek(max(size - TAIL_BYTES, 0))
        if b"endsolid" not in stream.read():
            raise NotTaken("This STL is cut off: its end is missing.")


def _check_obj(path: Path) -> None:
    has_points = has_faces = False
    with path.open("rb") as stream:
        for line in stream:
            has_points = has_points or line.lstrip().startswith((b"v ", b"v\t"))
            has_faces = has_faces or line.lstrip().startswith((b"f ", b"f\t"))
            if has_points and has_faces:
                return
    raise NotTaken("This OBJ has no faces, so there is no surface to work on.")
