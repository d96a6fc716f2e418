"""Marks a generated picture as the sandbox's: a line that people see, and words in the file that programs find."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

CAPTION = "sandbox picture"
SMALLEST_TYPE_PX = 10
TYPE_SHARE = 1 / 40


def stamp(source: Path, target: Path, *, texts: dict[str, str]) -> None:
    """Write the picture to `target` as PNG, with the caption at its bottom edge and `texts` as its metadata."""
    with Image.open(source) as opened:
        picture = opened.convert("RGB")
    _write_caption(picture)
    told = PngInfo()
    for name, text in {"Software": "Patina sandbox", "Comment": CAPTION, **texts}.items():
        told.add_itxt(name, text)
    picture.save(target, "PNG", pnginfo=told)


def _write_caption(picture: Image.Image) -> None:
    type_px = max(SMALLEST_TYPE_PX, round(picture.height * TYPE_SHARE))
    font = ImageFont.load_default(type_px)
    x, y = picture.width / 2, picture.height - type_px * 0.6
    pen = ImageDraw.Draw(picture, "RGBA")
    left, top, right, bottom = pen.textbbox((x, y), CAPTION, font=font, anchor="mb")
    margin = type_px * 0.35
    pen.rounded_rectangle((left - margin, top - margin, right + margin, bottom + margin), margin, fill=(0, 0, 0, 120))
    pen.text((x, y), CAPTION, font=font, anchor="mb", fill=(255, 255, 255, 235))
