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
