"""Verb `picture`: a studio picture of an object that the prompt names, in the prompt's materials and colours."""

import random
from collections.abc import Sequence
from pathlib import Path

import bpy
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from engine import materials
from engine.job import Job
from engine.picture_builders import build_object
from engine.picture_objects import choose_object
from engine.picture_parts import Part
from engine.prompt import Wish, read_prompt
from engine.render import build_backdrop
from engine.samples_shapes import place
from engine.scene import get_mesh_objects, measure_bounding_box, new_scene
from engine.studio import Studio, View

LEAST_PX, MOST_PX, DEFAULT_PX = 64, 4096, 1024
FORMATS = {"png": ".png", "jpeg": ".jpg"}
JPEG_QUALITY = 93
MOST_SEED = 2**31 - 1
LABEL = "sandbox picture"
"""Stands in a corner and in the file: nobody shall take it for a vendor's work."""
LABEL_SHARE, LABEL_COLOUR = 0.018, (120, 126, 138)
TONES = (
    ((247, 248, 251), (208, 213, 223)),
    ((251, 247, 241), (224, 213, 199)),
    ((243, 248, 244), (202, 216, 206)),
    ((250, 245, 246), (221, 206, 210)),
    ((242, 247, 251), (196, 211, 224)),
    ((249, 247, 251), (211, 206, 224)),
    ((240, 240, 241), (186, 188, 192)),
)
"""Backgrounds: the middle, and the edge."""
TURN_DEGREES, TILT_DEGREES = (14, 40), (8, 22)
SOFT_MATERIALS = {"leather", "suede", "fabric", "denim", "knit", "velvet", "silk", "felt", "fur"}
SAMPLES = 2
"""Per pixel: procedural materials are computed anew for each (moss at 1024 px: 63 CPU s with 4)."""
STRETCH = 0.07
"""How much taller or shorter than built an object may be."""


def run(job: Job) -> dict:
    """Render one picture; the same words, seed and size give the same picture."""
    prompt = job.get_text("prompt")
    seed = job.get_integer("seed", 0, least=0, most=MOST_SEED)
    width = job.get_integer("width", DEFAULT_PX, least=LEAST_PX, most=MOST_PX)
    height = job.get_integer("height", DEFAULT_PX, least=LEAST_PX, most=MOST_PX)
    picture_format = job.get_text("format", "png", choices=tuple(FORMATS))
    chance = random.Random(f"{seed} {prompt}")  # noqa: S311 - it picks an angle, it keeps no secret
    wishes = read_prompt(prompt, seed)
    subject = choose_object(prompt, understood=tuple(word for wish in wishes for word in wish.words))
    job.report(0, f"Building a {subject}")
    new_scene()
    parts = build_object(subject)
    used = dress(parts, wishes, seed=seed)
    stretch = 1 + chance.uniform(-STRETCH, STRETCH)
    for item in get_mesh_objects():
        place(item, scale=(1, 1, stretch))
    view = View(chance.choice((-1, 1)) * chance.uniform(*TURN_DEGREES), chance.uniform(*TILT_DEGREES))
    job.report(0.15, "Rendering")
    shot = Studio().shoot(view, width=width, height=height, workspace=job.workspace, most_samples=SAMPLES)
    middle, edge = chance.choice(TONES)
    picture = Image.alpha_composite(build_backdrop(width, height, middle=middle, edge=edge), shot)
    file = job.out / f"picture{FORMATS[picture_format]}"
    _save(_label(picture.convert("RGB")), file, picture_format=picture_format, prompt=prompt)
    job.report(1, "Done")
    image = {"file": file.name, "width": width, "height": height, "format": picture_format}
    return {"images": [{**image, "subject": subject, "material": ", ".join(used)}]}


def dress(parts: Sequence[Part], wishes: Sequence[Wish], *, seed: int) -> list[str]:
    """Give each part the material that the prompt wishes for it; return the materials' names, the main one first."""
    box = measure_bounding_box()
    built: dict[str, bpy.types.Material] = {}
    used: list[str] = []
    for part in sorted(parts, key=lambda part: not part.is_main):
        wish = choose_wish(part, parts, wishes, seed=seed)
        if wish is None:  # what the object came with
            continue
        key = repr(wish)
        if key not in built:
            built[key] = materials.build(wish, extent=max(box.size))
        part.item.data.materials.clear()
        part.item.data.materials.append(built[key])
        used.append(wish.material.replace("_", " "))
    return list(dict.fromkeys(used))


def choose_wish(part: Part, parts: Sequence[Part], wishes: Sequence[Wish], *, seed: int) -> Wish | None:
    """Return the wish for a part: one that names it, the main one, a further one, or what is usual for the part."""
    for wish in wishes:
        if set(wish.parts) & set(part.names):
            return wish
    first = wishes[0]
    for_cushions = first.material in SOFT_MATERIALS and any(each.is_soft for each in parts)
    is_free = first.is_guess and not first.words
    if not is_free and (part.is_soft if for_cushions else part.is_main):
        return first
    names = {name for each in parts for name in each.names}
    further = [wish for wish in wishes[1:] if not set(wish.parts) & names]
    if further and not part.is_main:
        return further[0]
    return read_prompt(part.usual, seed)[0] if part.usual else None


def _label(picture: Image.Image) -> Image.Image:
    size = max(8, round(min(picture.size) * LABEL_SHARE))
    draw = ImageDraw.Draw(picture)
    place_at = (picture.width - size, picture.height - size)
    draw.text(place_at, LABEL, fill=LABEL_COLOUR, font=ImageFont.load_default(size), anchor="rs")
    return picture


def _save(picture: Image.Image, file: Path, *, picture_format: str, prompt: str) -> None:
    if picture_format == "jpeg":
        picture.save(file, "JPEG", quality=JPEG_QUALITY, comment=LABEL.encode())
        return
    words = PngInfo()
    words.add_itxt("Comment", LABEL)
    words.add_itxt("Description", prompt)
    picture.save(file, "PNG", compress_level=4, pnginfo=words)
