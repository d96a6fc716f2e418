"""Verb `render`: pictures of a model from named sides, on a studio backdrop, on plain white, or on nothing."""

from pathlib import Path

import numpy as np
from PIL import Image

from engine.errors import UsageError
from engine.job import Job
from engine.scene import load_model
from engine.studio import VIEWS, Studio

LEAST_PX, MOST_PX = 64, 4096
DEFAULT_ANGLES, DEFAULT_PX = "front,back,left,right", 1024
FORMATS = {"png": ".png", "jpeg": ".jpg"}
JPEG_QUALITY = 92
BACKDROP_MIDDLE, BACKDROP_EDGE = (247, 248, 251), (208, 213, 223)
"""sRGB; light enough for dark subjects, dark enough for white ones."""
LOADING_SHARE = 0.1

Tone = tuple[int, int, int]


def run(job: Job) -> dict:
    """Render every angle once, and lay it on each background asked for."""
    angles = job.get_list("angles", DEFAULT_ANGLES, choices=tuple(VIEWS))
    width = job.get_integer("width", DEFAULT_PX, least=LEAST_PX, most=MOST_PX)
    height = job.get_integer("height", DEFAULT_PX, least=LEAST_PX, most=MOST_PX)
    picture_format = job.get_text("format", "png", choices=tuple(FORMATS))
    backdrops = _choose_backdrops(job, width=width, height=height)
    job.report(0, "Reading the model")
    load_model(job.source, workspace=job.workspace)
    studio = Studio()
    images = []
    for index, angle in enumerate(angles):
        job.report(LOADING_SHARE + (1 - LOADING_SHARE) * index / len(angles), f"Rendering {angle}")
        shot = studio.shoot(angle, width=width, height=height, workspace=job.workspace)
        for style, backdrop in backdrops.items():
            file = job.out / f"{angle}-{style}{FORMATS[picture_format]}"
            picture = Image.alpha_composite(backdrop, shot)
            _save(picture if style == "clear" else picture.convert("RGB"), file, picture_format=picture_format)
            images.append(_describe(file, angle=angle, style=style, size=shot.size, picture_format=picture_format))
    job.report(1, "Done")
    return {"images": sorted(images, key=lambda image: list(backdrops).index(image["style"]))}


def _choose_backdrops(job: Job, *, width: int, height: int) -> dict[str, Image.Image]:
    """Return the background of each style asked for, as a picture of the full size."""
    backdrops = {}
    if job.get_boolean("rgb", True):
        backdrops["rgb"] = build_backdrop(width, height)
    if job.get_boolean("white", False):
        backdrops["white"] = Image.new("RGBA", (width, height), "white")
    if job.get_boolean("clear", False):
        backdrops["clear"] = Image.new("RGBA", (width, height))
    if not backdrops:
        raise UsageError("Nothing to render: --rgb, --white and --clear are off.")
    return backdrops


def build_backdrop(
    width: int, height: int, *, middle: Tone = BACKDROP_MIDDLE, edge: Tone = BACKDROP_EDGE
) -> Image.Image:
    """Return the studio's paper: brightest behind the subject, with a grain that keeps it from banding."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    across = (columns / width - 0.5) * min(1, width / height)
    down = (rows / height - 0.42) * min(1, height / width)
    fall_off = np.clip(np.hypot(across, down) / 0.72, 0, 1)[..., None] ** 1.6
    inner, outer = np.array(middle, np.float32), np.array(edge, np.float32)
    grain = np.random.default_rng(1).random((height, width, 1), dtype=np.float32) - 0.5
    colour = np.clip(inner + (outer - inner) * fall_off + grain, 0, 255)
    return Image.fromarray(colour.round().astype(np.uint8), "RGB").convert("RGBA")


def _save(picture: Image.Image, file: Path, *, picture_format: str) -> None:
    if picture_format == "jpeg":
        picture.convert("RGB").save(file, "JPEG", quality=JPEG_QUALITY, optimize=True, progressive=True)
    else:
        picture.save(file, "PNG", compress_level=4)


def _describe(file: Path, *, angle: str, style: str, size: tuple[int, int], picture_format: str) -> dict:
    return {
        "file": file.name,
        "angle": angle,
        "style": style,
        "width": size[0],
        "height": size[1],
        "format": picture_format,
    }
