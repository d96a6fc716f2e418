"""How the engine's verbs become the files of a Meshy task, under the names that they have on the wire."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from sandbox import canned
from sandbox.meshy.assets import BASE_MODEL
from sandbox.meshy.inspection import Unfit, count_uvs
from sandbox.meshy.obj_parts import unpack_obj
from sandbox.meshy.threemf import write_3mf
from sandbox.meshy.validation import RESOLUTIONS
from sandbox.rows import Made, ResultFile
from sandbox.work import Job, Progress, Run, WorkFailed

THUMBNAIL_PX = 512
# Metallic, roughness and normal maps are smaller than an 8k base colour.
PBR_PX = {"2k": 2048, "4k": 2048, "8k": 4096}
EMISSION_MODEL = "meshy-6"
TEXTURE_NAMES = {
    "base_color": "texture_0.png",
    "metallic": "texture_0_metallic.png",
    "normal": "texture_0_normal.png",
    "roughness": "texture_0_roughness.png",
    "emission": "texture_0_emission.png",
}
# What of a task's time goes where; the rest is for the formats.
SURFACE_SHARE, THUMBNAIL_SHARE = 0.6, 0.1
ENGINE_TROUBLE = frozenset({"refused", "unreadable", "unsupported", "failed", "crashed"})


@dataclass
class Bench:
    """The work on one task: its files so far, and how far it has come."""

    job: Job
    run: Run
    done: float = 0.0
    files: list[ResultFile] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def out(self) -> Path:
        return self.job.out

    def ask(self, verb: str, source: Path | None, options: Mapping[str, object], *, share: float) -> tuple[dict, Path]:
        """Let the engine do a verb that takes this share of the task's time; return its answer and its folder."""
        folder = self.out / f"{verb}_{len(list(self.out.iterdir()))}"
        folder.mkdir()
        on_progress = _build_progress(self.job.on_progress, start=self.done, share=share)
        pictures = self.job.pictures if verb == "texture" else []
        answer = self.run(verb, file=source, out=folder, options=options, on_progress=on_progress, images=pictures)
        self.done += share
        self.job.on_progress(self.done, verb)
        return answer, folder

    def keep(self, path: Path, name: str, role: str) -> Path:
        """Take a file in among the results, under its name on the wire."""
        target = path.rename(self.out / name)
        self.files.append(ResultFile(name=name, role=role, size_bytes=target.stat().st_size))
        return target

    def finish(self) -> Made:
        for folder in [path for path in self.out.iterdir() if path.is_dir()]:
            shutil.rmtree(folder)
        return Made(self.files, notes=self.notes)


def _build_progress(tell: Progress, *, start: float, share: float) -> Progress:
    return lambda done, text: tell(start + share * done, text)


def make(job: Job) -> Made:
    """Do a task's work. A task of the test key has the same result whatever was sent."""
    is_sample = job.task.params["is_sample"]
    return MAKERS[job.task.flow](Bench(job, canned.run if is_sample else job.run))


def make_retexture(bench: Bench) -> Made:
    params, source = bench.job.task.params, _get_source(bench)
    if not params["is_sample"]:
        _look_at(source, keeps_uvs=params["keep_uvs"], pictures=bench.job.pictures)
    options: dict[str, object] = {
        "texture_size": RESOLUTIONS[params["resolution"]],
        "pbr": params["pbr"],
        "keep_uvs": params["keep_uvs"],
    }
    if params["prompt"] and not params["is_sample"]:
        options["prompt"] = params["prompt"]
    answer, folder = bench.ask("texture", source, options, share=SURFACE_SHARE)
    bench.notes += answer["notes"]
    base = (folder / answer["file"]).rename(bench.out / BASE_MODEL)
    _keep_maps(bench, {name: folder / file for name, file in answer["maps"].items()})
    _keep_formats(bench, base, ready={"glb": base})
    _keep_thumbnails(bench, base)
    return bench.finish()


def _get_source(bench: Bench) -> Path:
    assert bench.job.source is not None
    return bench.job.source


def _look_at(source: Path, *, keeps_uvs: bool, pictures: list[Path]) -> None:
    """:raises WorkFailed: what the vendor finds out only once a task runs"""
    try:
        share = count_uvs(source)
    except Unfit as error:
        raise WorkFailed("invalid_input", str(error)) from error
    if keeps_uvs and share.with_uvs == 0:
        raise WorkFailed("model_missing_uv", "The mesh carries no UV set.")
    if keeps_uvs and share.with_uvs < share.parts:
        raise WorkFailed("model_insufficient_uv", "Some parts of the mesh carry no UV set.")
    for picture in pictures:
        try:
            with Image.open(picture, formats=("JPEG", "PNG")) as image:
                image.verify()
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise WorkFailed("invalid_input", "The style image cannot be read.") from error


def _keep_maps(bench: Bench, maps: dict[str, Path]) -> None:
    params = bench.job.task.params
    if params["pbr"] and params["ai_model"] == EMISSION_MODEL and params["resolution"] != "8k":
        maps["emission"] = bench.out / "emission.png"
        # Nothing that the engine paints glows.
        Image.new("RGB", (PBR_PX[params["resolution"]],) * 2).save(maps["emission"])
    for name, wire_name in TEXTURE_NAMES.items():
        if name in maps:
            kept = bench.keep(maps[name], wire_name, f"texture:{name}")
            if name != "base_color":
                _shrink(kept, PBR_PX[params["resolution"]])


def _shrink(path: Path, most_px: int) -> None:
    with Image.open(path) as picture:
        if picture.width > most_px:
            picture.resize((most_px, most_px), Image.Resampling.BOX).save(path, compress_level=1)


def _keep_formats(bench: Bench, source: Path, *, ready: Mapping[str, Path]) -> None:
    """Take in what is `ready`, by format, and write the other formats that were asked for from `source`."""
    formats = bench.job.task.params["formats"]
    share = (1 - THUMBNAIL_SHARE - bench.done) / max(1, len(formats))
    for name in formats:
        if name in ready:
            copy = bench.out / "copy"
            copy.hardlink_to(ready[name])
            bench.keep(copy, f"model.{name}", f"model:{name}")
            bench.done += share
            continue
        try:
            _keep_format(bench, source, name, share=share)
        except WorkFailed as error:
            if error.kind not in ENGINE_TROUBLE:
                raise
            raise WorkFailed("format_conversion_failed", f"The model could not be written as {name}.") from error


def _keep_format(bench: Bench, source: Path, name: str, *, share: float) -> None:
    written_format = "stl" if name == "3mf" else name
    answer, folder = bench.ask("convert", source, {"target_format": written_format}, share=share)
    written = folder / answer["file"]
    if name == "obj":
        model, material = unpack_obj(written, folder, textures=TEXTURE_NAMES)
        bench.keep(model, "model.obj", "model:obj")
        bench.keep(material, "model.mtl", "model:mtl")
        return
    if name == "3mf":
        stl, written = written, folder / "model.3mf"
        try:
            write_3mf(stl, written)
        except ValueError as error:
            raise WorkFailed("failed", str(error)) from error
    bench.keep(written, f"model.{name}", f"model:{name}")


def _keep_thumbnails(bench: Bench, base: Path) -> None:
    wants_alpha = bench.job.task.params["alpha_thumbnail"]
    options: dict[str, Any] = {"angles": "three-quarter", "width": THUMBNAIL_PX, "height": THUMBNAIL_PX}
    options |= {"format": "png", "rgb": True, "white": False, "clear": wants_alpha}
    answer, folder = bench.ask("render", base, options, share=THUMBNAIL_SHARE)
    pictures = {image["style"]: folder / image["file"] for image in answer["images"]}
    bench.keep(pictures["rgb"], "preview.png", "thumbnail")
    if wants_alpha:
        bench.keep(pictures["clear"], "preview_alpha.png", "alpha_thumbnail")


def make_remesh(bench: Bench) -> Made:
    params, source = bench.job.task.params, _get_source(bench)
    if not params["is_sample"]:
        _look_at(source, keeps_uvs=False, pictures=[])
    quads = params["topology"] == "quad"
    options = {
        "target_faces": params["faces"],
        "face_type": "quad" if quads else "triangle",
        # The engine writes quads as FBX alone; a GLB of them is triangles, as it must be.
        "export_format": "fbx" if quads else "glb",
    }
    answer, folder = bench.ask("remesh", source, options, share=SURFACE_SHARE)
    bench.notes += answer["notes"]
    made = glb = folder / answer["file"]
    if quads:
        answer, folder = bench.ask("convert", made, {"target_format": "glb"}, share=0)
        glb = folder / answer["file"]
    base = bench.out / BASE_MODEL
    base.hardlink_to(glb)
    _keep_formats(bench, made, ready={"glb": base, "fbx": made} if quads else {"glb": base})
    _keep_thumbnails(bench, base)
    return bench.finish()


MAKERS: dict[str, Callable[[Bench], Made]] = {"retexture": make_retexture, "remesh": make_remesh}
HEAVY_FLOWS = frozenset(MAKERS)
