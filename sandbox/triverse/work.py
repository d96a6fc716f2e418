"""How the engine's verbs become the files of a Triverse task."""

import shutil
from collections.abc import Callable
from pathlib import Path

from sandbox.rows import Made, ResultFile
from sandbox.work import Job


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
}
HEAVY_FLOWS = frozenset({"model-remesh", "model-preview-render"})
