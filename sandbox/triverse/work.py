"""How the engine's verbs become the files of a Triverse task."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from sandbox.rows import Made, ResultFile
from sandbox.triverse.prompts import optimize
from sandbox.work import Job, Progress, WorkFailed

logger = logging.getLogger("sandbox")

# The vendor takes any whole number between; the engine bakes these.
BAKED_SIZES = (1024, 2048, 4096)
# The share of a texturing task that is done when the model is; its preview is the rest.
MAIN_SHARE = 0.85
PREVIEW = {"angles": "three-quarter", "format": "png", "rgb": "true", "white": "false"}
PREVIEW_PX = 512
# Invented: how large the vendor's pictures are is not documented.
PICTURE_PX = 1024
PICTURE_NOTE = "Sandbox pictures: made by rules, not by an AI model."


def make(job: Job) -> Made:
    """Do a task's work."""
    return MAKERS[job.task.flow](job)


def make_remesh(job: Job) -> Made:
    params = job.task.params
    options: dict[str, object] = {
        "target_faces": params["target_face_count"],
        "face_type": params["face_type"],
        "export_format": params["export_format"],
    }
    if params["texture_size"]:
        options["texture_size"] = params["texture_size"]
    return _make_model(job, "remesh", options)


def make_convert(job: Job) -> Made:
    return _make_model(job, "convert", {"target_format": job.task.params["target_format"]})


def _make_model(job: Job, verb: str, options: dict[str, object]) -> Made:
    answer = job.run(verb, file=job.source, out=job.out, options=options, on_progress=job.on_progress)
    made = job.out / answer["file"]
    model = made.rename(job.out / f"model{made.suffix}")
    _drop_others(job.out, keep={model.name})
    return Made([_describe(model, "model")], notes=answer.get("notes", []))


def make_render(job: Job) -> Made:
    params = job.task.params
    if not (params["enable_rgb_render"] or params["enable_white_render"]):
        return Made()
    options: dict[str, object] = {
        "angles": ",".join(dict.fromkeys(params["angles"])),
        "width": params["width"],
        "height": params["height"],
        "format": params["render_format"],
        "rgb": "true" if params["enable_rgb_render"] else "false",
        "white": "true" if params["enable_white_render"] else "false",
    }
    answer = job.run("render", file=job.source, out=job.out, options=options, on_progress=job.on_progress)
    pictures = {(image["style"], image["angle"]): job.out / image["file"] for image in answer["images"]}
    files = [
        _describe(path, style)
        for style in ("rgb", "white")
        if params[f"enable_{style}_render"]
        for path in _name_pictures(pictures, style=style, angles=params["angles"])
    ]
    _drop_others(job.out, keep={file.name for file in files})
    return Made(files)


def _name_pictures(pictures: dict[tuple[str, str], Path], *, style: str, angles: list[str]) -> list[Path]:
    """Give each image its angle and style as name; an angle that is asked for again is the same picture, copied."""
    named: list[Path] = []
    seen: dict[str, int] = {}
    for angle in angles:
        picture = pictures[style, angle]
        suffix = ".jpg" if picture.suffix == ".jpeg" else picture.suffix
        seen[angle] = seen.get(angle, 0) + 1
        again = "" if seen[angle] == 1 else f"_{seen[angle]}"
        target = picture.with_name(f"{angle}{again}_{style}{suffix}")
        if target != picture:
            shutil.copyfile(picture, target)
        named.append(target)
    return named


def make_texture(job: Job) -> Made:
    params = job.task.params
    asked_px = params["texture_size"]
    baked_px = next(size for size in BAKED_SIZES if size >= asked_px)
    options: dict[str, object] = {
        "texture_size": baked_px,
        "face_limit": params["polygon_limit"],
        "seed": params.get("seed", 0),
        "pbr": "true",
    }
    if "text_prompt" in params:
        options["prompt"] = spell_prompt(params["text_prompt"])
    tell = part_of(job.on_progress, 0.0, MAIN_SHARE)
    answer = job.run("texture", file=job.source, images=job.pictures, out=job.out, options=options, on_progress=tell)
    model = (job.out / answer["file"]).rename(job.out / "model.glb")
    maps = [_describe(job.out / file, f"texture:{name}") for name, file in answer["maps"].items()]
    files = [_describe(model, "model"), *maps, *_make_preview(job, model)]
    _drop_others(job.out, keep={file.name for file in files})
    notes = list(answer.get("notes", []))
    if baked_px != asked_px:
        notes.append(f"The textures are {baked_px} pixels wide: this sandbox does not make {asked_px}.")
    return Made(files, notes=notes)


def _make_preview(job: Job, model: Path) -> list[ResultFile]:
    """A picture of the result; without one the task is done all the same."""
    options = {**PREVIEW, "width": PREVIEW_PX, "height": PREVIEW_PX}
    tell = part_of(job.on_progress, MAIN_SHARE, 1.0)
    try:
        answer = job.run("render", file=model, out=job.out, options=options, on_progress=tell)
    except WorkFailed as error:
        logger.info("task %s: no preview: %s", job.task.id, error.kind)
        return []
    return [_describe((job.out / answer["images"][0]["file"]).rename(job.out / "preview.png"), "preview")]


def make_images(job: Job) -> Made:
    params, files = job.task.params, []
    prompt, count = spell_prompt(params["prompt"]), params["image_count"]
    for number in range(count):
        folder = job.out / f"picture-{number}"
        folder.mkdir()
        options = {"prompt": prompt, "seed": params["seed"] + number, "format": "png"}
        options |= {"width": PICTURE_PX, "height": PICTURE_PX}
        tell = part_of(job.on_progress, number / count, (number + 1) / count)
        answer = job.run("picture", file=None, out=folder, options=options, on_progress=tell)
        made = folder / answer["images"][0]["file"]
        files.append(_describe(made.rename(job.out / f"image_{number + 1}.png"), "image"))
    _drop_others(job.out, keep={file.name for file in files})
    return Made(files, notes=[PICTURE_NOTE])


def make_prompt(job: Job) -> Made:
    return Made(text=optimize(job.task.params["user_input"]))


def spell_prompt(text: str) -> str:
    """The prompt as one line without control characters, as an engine's option can carry it."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split()) or "-"


def part_of(tell: Progress, start: float, end: float) -> Progress:
    """Tell the progress of one step as its part of the whole."""
    return lambda share, text: tell(start + share * (end - start), text)


def _describe(path: Path, role: str) -> ResultFile:
    return ResultFile(name=path.name, role=role, size_bytes=path.stat().st_size)


def _drop_others(folder: Path, *, keep: set[str]) -> None:
    """Leave only what the task offers; an engine's by-products are nobody's business."""
    for path in folder.iterdir():
        if path.name not in keep:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


MAKERS: dict[str, Callable[[Job], Made]] = {
    "model-remesh": make_remesh,
    "convert-model-format": make_convert,
    "model-preview-render": make_render,
    "texture-model": make_texture,
    "text-to-texture": make_texture,
    "image-generation": make_images,
    "prompt-optimize": make_prompt,
}
HEAVY_FLOWS = frozenset(MAKERS) - {"convert-model-format", "prompt-optimize"}
