"""A contact sheet as one picture: the renders in a grid, each with its angle below."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont, ImageOps

from jobs import files
from jobs.models import Asset

CELLS_MAX = 24
CELL_PX = 1024
"""A cell of a sheet with few pictures; with many they are smaller, so that a sheet keeps to SHEET_PX."""
SHEET_PX = 4096
DECODED_PIXELS_MAX = 24_000_000
"""A bigger picture goes in as its poster: a sheet must not take the memory of a whole machine."""
HALVED_UP_TO = 2.0
PNG_LEVEL = 4  # half the time of Pillow's own 6, for a sixth more bytes
GAP_SHARE, CAPTION_SHARE = 0.02, 0.07
PAPER, GROUND, INK = "#ffffff", "#f1f5f9", "#334155"


def draw_sheet(pictures: Sequence[Asset], captions: Sequence[str]) -> bytes:
    """Return a PNG with the pictures in rows.

    :raises FileNotFoundError: when a picture's bytes are not stored any more
    """
    columns = find_columns(len(pictures))
    wide, high = _find_cell(pictures, columns)
    gap, line = max(4, round(wide * GAP_SHARE)), max(14, round(wide * CAPTION_SHARE))
    rows = math.ceil(len(pictures) / columns)
    size = (gap + columns * (wide + gap), gap + rows * (high + line + gap))
    sheet = Image.new("RGB", size, PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(line * 0.6)
    for place, (asset, caption) in enumerate(zip(pictures, captions, strict=True)):
        left = gap + (place % columns) * (wide + gap)
        top = gap + (place // columns) * (high + line + gap)
        _paste(sheet, asset, box=(left, top, wide, high))
        pen.text((left + wide / 2, top + high + line / 2), caption, fill=INK, font=font, anchor="mm")
    out = io.BytesIO()
    sheet.save(out, "PNG", compress_level=PNG_LEVEL)
    return out.getvalue()


def find_columns(count: int) -> int:
    """Return how many stand in a row: up to four as they are, more in about a square that fills its last row best."""
    if count <= 4:
        return max(1, count) if count != 4 else 2
    around = round(math.sqrt(count))
    return min((around, around + 1), key=lambda columns: (-count % columns, -columns))


def _find_cell(pictures: Sequence[Asset], columns: int) -> tuple[int, int]:
    """Return the width and height of a cell, in the shape of the first picture."""
    first = pictures[0]
    wide, high = first.width_px or 1, first.height_px or 1
    longest = min(CELL_PX, SHEET_PX // columns, max(wide, high) if first.width_px else CELL_PX)
    scale = max(64, longest) / max(wide, high)
    return max(16, round(wide * scale)), max(16, round(high * scale))


def _paste(sheet: Image.Image, asset: Asset, *, box: tuple[int, int, int, int]) -> None:
    left, top, wide, high = box
    ground = PAPER if asset.style == "white" else GROUND
    sheet.paste(ground, (left, top, left + wide, top + high))
    with files.open_file(_choose_content(asset)) as stream, Image.open(stream) as image:
        image.draft("RGB", (wide, high))
        small = _fit(ImageOps.exif_transpose(image), (wide, high))
    sheet.paste(small, (left + (wide - small.width) // 2, top + (high - small.height) // 2), small)


def _fit(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the picture with its transparency, as large as fits; one that is far larger is halved before (faster)."""
    image = image.convert("RGBA")
    image.thumbnail(size, reducing_gap=HALVED_UP_TO)
    return ImageOps.contain(image, size)


def _choose_content(asset: Asset) -> str:
    is_big = (asset.width_px or 0) * (asset.height_px or 0) > DECODED_PIXELS_MAX
    return asset.poster_sha256 if is_big and asset.poster_sha256 else asset.sha256
