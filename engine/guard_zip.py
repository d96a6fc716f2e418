"""Unpack a zip that strangers made: few entries, bounded size, plain names, no surprises."""

import shutil
import zipfile
from pathlib import Path

from engine.errors import EngineError
from engine.formats import is_clutter
from engine.guard_gltf import MAX_ALL_PIXELS, check_picture_size, is_plain_name
from engine.picture_header import read_picture_header

MAX_ENTRIES = 2_000
MAX_UNPACKED_BYTES = 1_500_000_000
PICTURE_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".tga", ".bmp", ".tif", ".tiff"}
OTHER_SUFFIXES = {".gltf", ".bin", ".obj", ".mtl", ".ktx2", ".usd", ".usda", ".usdc"}
DAMAGED = "This zip is damaged or cut off."
BROKEN_ZIP_ERRORS = (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, RuntimeError, EOFError)


def unpack(path: Path, *, folder: Path) -> list[Path]:
    """Unpack what belongs to a model into an empty folder, keeping its sub-folders, and return the files.

    :raises EngineError: refused, for a bomb or a name that leads outside; unreadable, where the zip is damaged
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = check_entries(archive)
            files = [_unpack_one(archive, entry, folder=folder) for entry in entries]
    except EngineError:
        raise
    except BROKEN_ZIP_ERRORS as error:
        raise EngineError("unreadable", DAMAGED) from error
    check_pictures(files)
    return files


def check_entries(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the entries that may belong to a model.

    :raises EngineError: refused, for too many or too large ones, or a name that leads outside
    """
    infos = archive.infolist()
    if len(infos) > MAX_ENTRIES:
        raise EngineError("refused", f"This zip holds more than {MAX_ENTRIES:,} files.")
    if sum(info.file_size for info in infos) > MAX_UNPACKED_BYTES:
        raise EngineError("refused", "This zip is too large once unpacked.")
    wanted = []
    for info in infos:
        if info.is_dir() or is_clutter(info.filename):
            continue
        if not is_plain_name(info.filename):
            raise EngineError("refused", "This zip holds a name that leads outside of it.")
        if info.flag_bits & 0x1:
            raise EngineError("unsupported", "This zip needs a password.")
        if Path(info.filename).suffix.lower() in PICTURE_SUFFIXES | OTHER_SUFFIXES:
            wanted.append(info)
    return wanted


def _unpack_one(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, folder: Path) -> Path:
    target = folder / entry.filename
    if not target.resolve().is_relative_to(folder.resolve()):
        raise EngineError("refused", "This zip holds a name that leads outside of it.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(entry) as packed, target.open("xb") as stream:
        shutil.copyfileobj(packed, stream, 1024 * 1024)  # zipfile stops at the size that the entry declares
    return target


def check_pictures(files: list[Path]) -> None:
    """Look at the pictures' headers.

    :raises EngineError: refused, where decoding them would take too much memory
    """
    pixels = 0
    for file in files:
        if file.suffix.lower() not in PICTURE_SUFFIXES:
            continue
        header = read_picture_header(file.read_bytes(), allow_others=True)
        if header is None:
            raise EngineError("refused", f"The picture “{file.name[:60]}” in this zip cannot be read.")
        pixels += check_picture_size(header.width, header.height, name=file.name)
    if pixels > MAX_ALL_PIXELS:
        raise EngineError("refused", "The pictures of this model are too large together. Make them smaller.")


def check_usdz(path: Path) -> None:
    """Check a USDZ without unpacking it: its names, its sizes, its pictures, and where its text layers point.

    :raises EngineError: refused or unreadable, with what is wrong
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in check_entries(archive):
                if entry.compress_type != zipfile.ZIP_STORED:
                    raise EngineError("unreadable", "This USDZ is compressed; the format does not allow that.")
                _check_usdz_entry(entry, archive.read(entry))
    except EngineError:
        raise
    except BROKEN_ZIP_ERRORS as error:
        raise EngineError("unreadable", DAMAGED) from error


def _check_usdz_entry(entry: zipfile.ZipInfo, data: bytes) -> None:
    if data.startswith(b"#usda"):
        for reference in data.split(b"@")[1::2]:
            if reference.startswith(b"/") or b".." in reference or b":" in reference:
                raise EngineError("refused", "This USDZ points to a file outside of it.")
    if Path(entry.filename).suffix.lower() in PICTURE_SUFFIXES:
        header = read_picture_header(data, allow_others=True)
        if header:
            check_picture_size(header.width, header.height, name=entry.filename)
