"""Small, valid, always equal files in place of the engine's: for load and fault tests, and where Blender is missing."""

import colorsys
import io
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from sandbox import canned_models
from sandbox.canned_textures import MAPS, build_map, build_textured_glb, choose_hue

MODELS: dict[str, Callable[[], bytes]] = {
    "glb": canned_models.build_glb,
    "gltf": canned_models.build_gltf_zip,
    "fbx": canned_models.build_fbx,
    "obj": canned_models.build_obj_zip,
    "stl": canned_models.build_stl,
    "ply": canned_models.build_ply,
    "usdz": canned_models.build_usdz,
}
ZIPPED = frozenset({"gltf", "obj"})
NOTE = "A canned file: it is always the same, whatever went in."
PICTURE_SUFFIX = {"png": "png", "jpeg": "jpg"}


def run(
    verb: str,
    *,
    file: Path | None,
    out: Path,
    options: Mapping[str, object],
    on_progress: Callable[[float, str], None] | None,
    images: Sequence[Path] = (),
) -> dict[str, Any]:
    """Answer as the engine's caller does, without looking at the input files."""
    if on_progress:
        on_progress(0.5, verb)
    if verb == "render":
        return _render(out, options)
    if verb == "texture":
        return _texture(out, options)
    if verb == "picture":
        return _picture(out, options)
    target = str(options["target_format"] if verb == "convert" else options["export_format"])
    name = f"{file.stem if file else 'model'}.{'zip' if target in ZIPPED else target}"
    (out / name).write_bytes(MODELS[target]())
    return {"file": name, "format": target, "facts": {}, "notes": [NOTE]}


def _texture(out: Path, options: Mapping[str, object]) -> dict[str, Any]:
    """The textured cube; its hue follows the prompt, its maps have the size that was asked for."""
    prompt, size_px = str(options.get("prompt") or ""), int(str(options.get("texture_size") or 1024))
    pbr = options.get("pbr", True) in (True, "true")
    hue = choose_hue(f"{prompt} {options.get('seed', 0)}")
    (out / "model.glb").write_bytes(build_textured_glb(size_px=size_px, hue=hue, pbr=pbr))
    maps = {name: f"{name}.png" for name in (MAPS if pbr else MAPS[:1])}
    for name, file in maps.items():
        (out / file).write_bytes(build_map(name, size_px=size_px, hue=hue))
    materials = [{"part": "", "material": "canned", "words": prompt.split()[:3]}]
    return {
        "file": "model.glb",
        "maps": maps,
        "facts": {},
        "kept_uvs": True,
        "notes": [NOTE],
        "materials": materials,
    }


def _picture(out: Path, options: Mapping[str, object]) -> dict[str, Any]:
    width, height, kind = int(str(options["width"])), int(str(options["height"])), str(options.get("format", "png"))
    wish, name = f"{options['prompt']} {options.get('seed', 0)}", f"picture.{PICTURE_SUFFIX[kind]}"
    (out / name).write_bytes(build_picture(wish, style="rgb", width=width, height=height, kind=kind))
    told = {"width": width, "height": height, "format": kind, "subject": "disc", "material": "canned"}
    return {"images": [{"file": name, **told}]}


def _render(out: Path, options: Mapping[str, object]) -> dict[str, Any]:
    width, height, kind = int(str(options["width"])), int(str(options["height"])), str(options["format"])
    images = []
    for style in ("rgb", "white", "clear"):
        if options.get(style) not in (True, "true"):
            continue
        for angle in str(options["angles"]).split(","):
            name = f"{angle}_{style}.{PICTURE_SUFFIX[kind]}"
            (out / name).write_bytes(build_picture(angle, style=style, width=width, height=height, kind=kind))
            images.append(
                {"file": name, "angle": angle, "style": style, "width": width, "height": height, "format": kind}
            )
    return {"images": images}


@lru_cache(maxsize=64)
def build_picture(shown: str, *, style: str, width: int, height: int, kind: str) -> bytes:
    """A disc in a colour of its own for each angle or prompt, on white, on a dark ground, or on nothing (`clear`)."""
    hue = choose_hue(shown)
    colour = tuple(round(channel * 255) for channel in colorsys.hsv_to_rgb(hue, 0.7, 0.9))
    grounds: dict[str, tuple[int, ...]] = {"white": (255, 255, 255), "clear": (0, 0, 0, 0)}
    ground = grounds.get(style, (38, 40, 46))
    picture = Image.new("RGBA" if style == "clear" else "RGB", (width, height), ground)
    reach = min(width, height) * 0.35
    disc = (width / 2 - reach, height / 2 - reach, width / 2 + reach, height / 2 + reach)
    ImageDraw.Draw(picture).ellipse(disc, fill=colour)
    written = io.BytesIO()
    picture.save(written, "JPEG" if kind == "jpeg" else "PNG")
    return written.getvalue()
