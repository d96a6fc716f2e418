"""Marks a generated picture as the sandbox's: a line that people see, and words in the file that programs find."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageStat
from PIL.PngImagePlugin import PngInfo

CAPTION = "sandbox picture"
SMALLEST_TYPE_PX = 10
TYPE_SHARE = 1 / 48
DARK, LIGHT = (40, 44, 52, 200), (255, 255, 255, 220)


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
    """Thin letters without a plate: who cuts the picture's subject out must not take the caption for a part of it."""
    type_px = max(SMALLEST_TYPE_PX, round(picture.height * TYPE_SHARE))
    font = ImageFont.load_default(type_px)
    place = (picture.width / 2, picture.height - type_px * 0.5)
    pen = ImageDraw.Draw(picture, "RGBA")
    ground = picture.crop(pen.textbbox(place, CAPTION, font=font, anchor="mb"))
    is_light = ImageStat.Stat(ground.convert("L")).mean[0] > 127
    pen.text(place, CAPTION, font=font, anchor="mb", fill=DARK if is_light else LIGHT)
