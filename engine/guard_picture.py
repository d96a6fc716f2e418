"""The door for pictures that come from outside: size read from the header first, then decoded by name of its kind."""

import struct
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from engine.errors import EngineError
from engine.picture_header import read_picture_header

MOST_BYTES = 50_000_000
MOST_PIXELS = 64_000_000  # 256 MB once decoded with alpha; beyond what any camera of a phone makes by default
LEAST_SIDE_PX = 8
MOST_PROPORTION = 20  # a picture this much longer than wide shows nothing that could go on a model
KINDS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}


def open_picture(file: Path, *, longest_px: int | None = None) -> Image.Image:
    """Check a picture and return it as RGBA, upright, scaled down where a side is longer than `longest_px`.

    :raises EngineError: refused (too large, too small), unsupported (another kind) or unreadable (damaged)
    """
    kind = _check_header(file)
    try:
        with Image.open(file, formats=[kind]) as opened:
            if longest_px is not None:
                opened.draft("RGB", (longest_px, longest_px))  # a JPEG is decoded smaller, the others ignore it
            picture = _convert(_set_upright(opened))
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise EngineError("unreadable", "The picture is damaged.") from error
    if longest_px is not None and max(picture.size) > longest_px:
        picture.thumbnail((longest_px, longest_px), Image.Resampling.LANCZOS)
    return picture


def _set_upright(picture: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(picture)
    except (struct.error, TypeError):  # what a camera wrote beside the picture is damaged, and nobody looks at it
        return picture


def _check_header(file: Path) -> str:
    """Return Pillow's name of the picture's kind."""
    if file.stat().st_size > MOST_BYTES:
        raise EngineError("refused", f"The picture is larger than {MOST_BYTES // 1_000_000} MB.")
    header = read_picture_header(file.read_bytes())
    if header is None or header.mime not in KINDS:
        raise EngineError("unsupported", "The picture is neither PNG, JPEG nor WebP.")
    short, long = sorted((header.width, header.height))
    if header.pixels > MOST_PIXELS:
        raise EngineError("refused", f"The picture is {header.width} × {header.height} pixels: too large.")
    if short < LEAST_SIDE_PX or long > short * MOST_PROPORTION:
        raise EngineError("refused", f"The picture is {header.width} × {header.height} pixels: too small to be of use.")
    return KINDS[header.mime]


def _convert(picture: Image.Image) -> Image.Image:
    """Return the picture as RGBA; sixteen-bit grey is scaled down, which Pillow would cut off at 255."""
    if picture.mode.startswith("I"):
        picture = picture.convert("I").point(lambda value: value / 257).convert("L")
    return picture.convert("RGBA")
