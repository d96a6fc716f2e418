"""Files: bytes under their SHA-256 in Django's default storage, checked before they are stored.

Nothing is stored that was not checked; what is stored is whole: it is written under a temporary name and then renamed.
"""

import contextlib
import errno
import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils.deconstruct import deconstructible
from PIL import Image, UnidentifiedImageError

from jobs import file_locks
from jobs.formats import (
    IMAGE_SUFFIXES,
    MODEL_SUFFIXES,
    RESULT_FORMATS,
    TAKEN,
    FileKind,
    NotTaken,
    detect,
    get_media_type,
)
from jobs.model_checks import check_model

__all__ = [
    "FileRefused",
    "StorageFull",
    "StorageTrouble",
    "StoredFile",
    "build_storage_trouble",
    "get_local_path",
    "get_media_type",
    "open_file",
    "store",
]

COPY_BYTES = 1 << 20
PART = ".part"
NAME_MAX_LENGTH = 120
Kind = Literal["model", "image"]
SIZE_UNITS = ("bytes", "kB", "MB", "GB", "TB")
KIND_WORDS = {"model": "a 3D model", "image": "a picture"}


class FileRefused(Exception):
    """The file is not taken. `message` is a sentence for a person that says what is wrong."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class StorageTrouble(Exception):
    """The storage did not take the bytes. The same may pass later."""

    message = "The storage cannot be written."


class StorageFull(StorageTrouble):
    """The disk is full, or the account's share of it is."""

    message = "There is no room to store files."


NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


def build_storage_trouble(error: Exception) -> StorageTrouble:
    """Return what to raise for an exception of the storage, whichever storage it is."""
    text = f"{type(error).__name__}: {error}"
    return StorageFull(text) if isinstance(error, OSError) and error.errno in NO_ROOM else StorageTrouble(text)


@dataclass(frozen=True)
class StoredFile:
    """A file as it was stored: what it is by its content, and its clean name without extension."""

    sha256: str
    size_bytes: int
    format: str
    extension: str
    kind: str
    width_px: int | None
    height_px: int | None
    name: str

    def get_columns(self) -> dict[str, Any]:
        """Return what an Asset's row says of the bytes themselves; kind and name depend on what the file is to it."""
        columns = ("format", "extension", "sha256", "size_bytes", "width_px", "height_px")
        return {name: getattr(self, name) for name in columns}


@deconstructible(path="jobs.files.ContentStorage")
class ContentStorage(FileSystemStorage):
    """The local folder. A file appears under its name only when all of it is on the disk."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name  # the name is the content's hash: the same name is the same file

    def _save(self, name: str, content: File) -> str:
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.{uuid.uuid4().hex}{PART}")
        try:
            with part.open("xb") as stream:
                file_locks.hold(stream)
                shutil.copyfileobj(content, stream, COPY_BYTES)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        _sync_folder(target.parent)
        return name


def _sync_folder(folder: Path) -> None:
    """Make the rename itself outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def clean_name(name: str, *, fallback: str = "file") -> str:
    """Return a readable name without folders, control characters and the known extensions."""
    last = re.split(r"[/\\]", name)[-1]
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in last).split())
    stem, dot, suffix = text.rpartition(".")
    if dot and suffix.lower() in MODEL_SUFFIXES | IMAGE_SUFFIXES:
        text = stem
    return text.strip(". ")[:NAME_MAX_LENGTH].strip() or fallback


def write_size(size_bytes: float) -> str:
    """Write bytes in decimal units, as vendors' limits are told: 6.1 MB."""
    amount, unit = float(size_bytes), 0
    while amount >= 999.5 and unit < len(SIZE_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    text = f"{amount:.0f}" if unit == 0 or amount >= 99.5 else f"{amount:.1f}".removesuffix(".0")
    return f"{text}\u00a0{SIZE_UNITS[unit]}"


def get_limit_bytes(kind: str | None) -> int:
    """Return how large a file of this kind may be."""
    if kind == "image":
        return settings.IMAGE_MAX_BYTES
    return settings.MODEL_MAX_BYTES if kind == "model" else max(settings.MODEL_MAX_BYTES, settings.IMAGE_MAX_BYTES)


def store(
    source: Path | IO[Any],
    *,
    kind: str | None = None,
    name: str,
    limit_bytes: int | None = None,
    is_result: bool = False,
) -> StoredFile:
    """Check a file and store it under its hash; `kind` None takes models and images, whichever it is.

    `limit_bytes` takes the place of the limit for uploads; `is_result` takes formats that nobody can work on here.

    :raises FileRefused: when it is empty, too large, damaged or of another kind; nothing is stored then
    :raises StorageTrouble: when the storage does not take it; StorageFull where there is no room
    """
    with _get_spooled(source, limit_bytes=limit_bytes or get_limit_bytes(kind)) as path:
        size = path.stat().st_size
        if size == 0:
            raise FileRefused("This file is empty (0 bytes).")
        found = _get_checked_kind(path, wanted=kind, name=name)
        if found.format in RESULT_FORMATS and not is_result:
            raise FileRefused(f"{found.format.upper()} cannot be worked on here. {TAKEN}")
        if size > (limit_bytes or get_limit_bytes(found.kind)):
            raise _too_large(found.kind)
        width, height = _check_image(path) if found.kind == "image" else (None, None)
        sha256 = read_sha256(path)
        _put(path, sha256)
    return StoredFile(
        sha256=sha256,
        size_bytes=size,
        format=found.format,
        extension=found.extension,
        kind=found.kind,
        width_px=width,
        height_px=height,
        name=clean_name(name, fallback=found.kind),
    )


@contextlib.contextmanager
def _get_spooled(source: Path | IO[Any], *, limit_bytes: int) -> Iterator[Path]:
    """Give the source as a local file, which is at most `limit_bytes` long."""
    if isinstance(source, Path):
        if source.stat().st_size > limit_bytes:
            raise _too_large(None)
        yield source
        return
    with make_temporary_folder() as folder:
        path = folder / "upload"
        try:
            _copy(source, path, limit_bytes=limit_bytes)
        except OSError as error:
            raise build_storage_trouble(error) from error
        yield path


def _copy(source: IO[Any], path: Path, *, limit_bytes: int) -> None:
    total = 0
    with path.open("xb") as target:
        while chunk := source.read(COPY_BYTES):
            total += len(chunk)
            if total > limit_bytes:
                raise _too_large(None)
            target.write(chunk)


@contextlib.contextmanager
def make_temporary_folder() -> Iterator[Path]:
    """Give a folder for files on their way, beside the data and not in the machine's small /tmp.

    :raises StorageTrouble: when it cannot be made
    """
    with contextlib.ExitStack() as stack:
        try:
            folder = stack.enter_context(file_locks.hold_folder(Path(settings.DATA_DIR) / "tmp"))
        except OSError as error:
            raise build_storage_trouble(error) from error
        yield folder


def prune_temporary() -> int:
    """Delete what ended processes left half done: folders on their way, uploads, parts in the local storage."""
    left = [path for path in list_temporary() if file_locks.is_left(path)]
    for path in left:
        with contextlib.suppress(OSError):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return len(left)


def list_temporary() -> Iterator[Path]:
    """Yield what is on its way, whoever made it."""
    yield from (Path(settings.DATA_DIR) / "tmp").glob("*")
    yield from Path(settings.FILE_UPLOAD_TEMP_DIR).glob("*")
    yield from Path(settings.MEDIA_ROOT).glob(f"??/*{PART}")


def _too_large(kind: str | None) -> FileRefused:
    limit = get_limit_bytes(kind) // 1_000_000
    words = {"model": "A model", "image": "A picture"}.get(kind or "", "A file")
    return FileRefused(f"This file is too large. {words} may have at most {limit} MB.")


def _get_checked_kind(path: Path, *, wanted: str | None, name: str) -> FileKind:
    try:
        found = detect(path)
        expected = wanted or _get_claimed_kind(name)
        if expected and found.kind != expected:
            raise FileRefused(f"This file is {found.label}, not {KIND_WORDS[expected]}, whatever its name says.")
        if found.kind == "model":
            check_model(path, found)
    except NotTaken as error:
        raise FileRefused(str(error)) from error
    return found


def _get_claimed_kind(name: str) -> str | None:
    suffix = name.rpartition(".")[2].lower()
    if suffix in MODEL_SUFFIXES:
        return "model"
    return "image" if suffix in IMAGE_SUFFIXES else None


def _check_image(path: Path) -> tuple[int, int]:
    """Decode the whole picture and return its width and height."""
    try:
        with Image.open(path, formats=["PNG", "JPEG", "WEBP"]) as image:
            width, height = image.size
            if width * height > settings.IMAGE_MAX_PIXELS:
                raise FileRefused(f"This picture is too large: {width} × {height} pixels.")
            image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise FileRefused("This picture has too many pixels.") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise FileRefused("This picture is damaged or cut off.") from error
    return width, height


def read_sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def get_storage_name(sha256: str) -> str:
    """Return where a file's bytes lie in the storage."""
    return f"{sha256[:2]}/{sha256}"


def _put(path: Path, sha256: str) -> None:
    name = get_storage_name(sha256)
    try:
        if _touch(name, size_bytes=path.stat().st_size):
            return
        with path.open("rb") as stream:
            default_storage.save(name, File(stream, name=sha256))
    except Exception as error:
        raise build_storage_trouble(error) from error


def _touch(name: str, *, size_bytes: int) -> bool:
    """Return whether these bytes are there. They count as new then: housekeeping leaves what has no row for a while."""
    try:
        is_there = default_storage.exists(name) and default_storage.size(name) == size_bytes
        if is_there and isinstance(default_storage, FileSystemStorage):
            os.utime(default_storage.path(name))
    except FileNotFoundError:  # taken away this moment
        return False
    return is_there


def open_file(sha256: str) -> BinaryIO:
    """Open stored bytes for reading.

    :raises FileNotFoundError: when there are none under this hash
    """
    return default_storage.open(get_storage_name(sha256), "rb")  # type: ignore[return-value]


@contextlib.contextmanager
def get_local_path(sha256: str) -> Iterator[Path]:
    """Give stored bytes as a local file for programs that need one; read only, and gone after the block on S3."""
    if isinstance(default_storage, FileSystemStorage):
        yield Path(default_storage.path(get_storage_name(sha256)))
        return
    with make_temporary_folder() as folder, open_file(sha256) as stream:
        path = folder / sha256
        with path.open("xb") as target:
            shutil.copyfileobj(stream, target, COPY_BYTES)
        yield path
