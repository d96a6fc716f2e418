"""Verb `texture`: a new surface for a model, from a prompt or from pictures, baked to maps over its UVs."""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import bpy
import numpy as np

from engine import materials
from engine.bake import unwrap
from engine.errors import UsageError
from engine.export import export_model
from engine.facts import collect_facts
from engine.job import Job
from engine.materials.nodes import MASK_LAYER
from engine.prompt import Wish, read_prompt
from engine.scene import count_faces, load_model
from engine.texture_bake import bake_colour, bake_masks, bake_surface
from engine.texture_body import Body, build_body, read_uvs, write_uvs
from engine.texture_maps import Maps, show_maps, write_maps
from engine.texture_parts import plan_parts
from engine.texture_simplify import simplify
from engine.texture_uvs import explain_unfit

SIZES = ("512", "1024", "2048", "4096", "8192")
MOST_SURFACE_PX = 4096
"""Metallic, roughness and normal are never larger: at 8192 only the base colour is."""
MOST_SEED = 2**31 - 1
LEAST_FACES, MOST_FACES = 100, 5_000_000


@dataclass(frozen=True)
class Order:
    """What is asked for."""

    prompt: str
    size_px: int
    seed: int
    has_pbr: bool
    keeps_uvs: bool
    most_faces: int | None

    @property
    def surface_px(self) -> int:
        """The size of all maps but the base colour."""
        return min(self.size_px, MOST_SURFACE_PX)


@dataclass
class Outcome:
    """What came of it: sentences on what is not as one may expect, and which material went where."""

    notes: list[str] = field(default_factory=list)
    materials: list[dict] = field(default_factory=list)
    kept_uvs: bool = False


def run(job: Job) -> dict:
    """Texture a model; write it as GLB, and its maps as PNG beside it."""
    order = _read_order(job)
    outcome = Outcome()
    job.report(0, "Reading the model")
    load_model(job.source, workspace=job.workspace)
    if order.most_faces:
        outcome.notes += simplify(order.most_faces)
    job.report(0.06, "Preparing the UVs")
    body = build_body()
    for piece in body.pieces:
        piece.item.hide_render = True  # it stands where the body is, and would darken it
    _choose_uvs(body, order, outcome)
    maps = _project(job, order, body, outcome) if job.images else _paint(job, order, body, outcome)
    job.report(0.88, "Writing the maps")
    files = write_maps(maps, job.out)
    _dress(body, maps)
    job.report(0.93, "Writing GLB")
    exported = export_model("glb", folder=job.out, stem="model", workspace=job.workspace)
    outcome.notes += exported.notes
    return _describe(job, outcome, exported.path, files)


def _read_order(job: Job) -> Order:
    prompt = job.get_text("prompt", "")
    if not prompt.strip() and not job.images:
        raise UsageError("There is nothing to texture from: give --prompt or --image.")
    faces = job.get_text("face_limit", "")
    return Order(
        prompt=prompt,
        size_px=int(job.get_text("texture_size", "2048", choices=SIZES)),
        seed=job.get_integer("seed", 0, least=0, most=MOST_SEED),
        has_pbr=job.get_boolean("pbr", True),
        keeps_uvs=job.get_boolean("keep_uvs", True),
        most_faces=job.get_integer("face_limit", least=LEAST_FACES, most=MOST_FACES) if faces else None,
    )


def _choose_uvs(body: Body, order: Order, outcome: Outcome) -> None:
    """Keep the model's UVs where each part of the surface has its own place in them; else make new ones."""
    reason = explain_unfit(body.item.data) if order.keeps_uvs else "that was asked for"
    if reason:
        outcome.notes.append(f"New UVs were made: {reason}.")
        for piece in body.pieces:
            if piece.item.data.users > 1:
                piece.item.data = piece.item.data.copy()  # each copy of a shared mesh needs a place of its own
        unwrap(body.item)
    body.give_back_uvs()
    outcome.kept_uvs = not reason
    write_uvs(body.item.data, read_uvs(body.item.data), MASK_LAYER)
    body.item.data.uv_layers.active_index = 0


def _paint(job: Job, order: Order, body: Body, outcome: Outcome) -> Maps:
    """Bake what the prompt asks for."""
    wishes = read_prompt(order.prompt, order.seed)
    plan = plan_parts(body, wishes)
    outcome.notes += plan.notes
    if wishes[0].is_guess:
        outcome.notes.append(f"The prompt names no material that is known here: {_say(wishes[0])} was chosen.")
    outcome.materials = [
        {"part": place, "material": _say(wish), "words": list(wish.words)}
        for wish, place in zip(wishes, plan.places, strict=True)
    ]
    job.report(0.1, "Finding hollows and edges")
    masks = bake_masks(body.item)
    _dress_body(body, wishes, plan.face_wishes, masks)
    share = 0.45 if order.has_pbr else 0.73
    colour = bake_colour(body.item, size_px=order.size_px, report=partial(_report_within, job, 0.15, share))
    if not order.has_pbr:
        return Maps(colour)
    rest = bake_surface(body.item, size_px=order.surface_px, report=partial(_report_within, job, 0.6, 0.28))
    return Maps(colour, *rest)


def _report_within(job: Job, start: float, width: float, done: float, text: str) -> None:
    job.report(start + width * done, text)


def _say(wish: Wish) -> str:
    return wish.material.replace("_", " ")


def _dress_body(body: Body, wishes: list[Wish], face_wishes: np.ndarray, masks: bpy.types.Image) -> None:
    mesh = body.item.data
    mesh.materials.clear()
    for wish in wishes:
        mesh.materials.append(materials.build(wish, extent=1.0, masks=masks))
    mesh.polygons.foreach_set("material_index", face_wishes)
    mesh.update()


def _project(job: Job, order: Order, body: Body, outcome: Outcome) -> Maps:
    """Let the pictures' colours fall on the body."""
    from engine import project  # only here: it is not needed for prompts

    projected = project.paint(
        body.item,
        list(job.images),
        size_px=order.size_px,
        report=lambda done, text: job.report(0.1 + 0.78 * done, text),
    )
    outcome.notes += projected.notes
    outcome.materials = [{"part": "", "material": "picture", "words": []}]
    if not order.has_pbr:
        return Maps(projected.base_color)
    return Maps(projected.base_color, *projected.build_surface(order.surface_px))


def _dress(body: Body, maps: Maps) -> None:
    """Give the model's own meshes the one new material, and forget the body."""
    material = show_maps(maps)
    for piece in body.pieces:
        piece.item.hide_render = False
        mesh = piece.item.data
        mesh.materials.clear()
        mesh.materials.append(material)
        mesh.polygons.foreach_set("material_index", np.zeros(len(mesh.polygons), dtype=np.int32))
        for slot in piece.item.material_slots:
            slot.link = "DATA"
        mesh.update()
    bpy.data.objects.remove(body.item)
    bpy.data.orphans_purge(do_recursive=True)


def _describe(job: Job, outcome: Outcome, path: Path, files: dict[str, str]) -> dict:
    """Read the written file again and say what is in it."""
    check = job.workspace / "check"
    check.mkdir()
    job.report(0.97, "Checking the result")
    written = load_model(path, workspace=check)
    job.report(1, "Done")
    return {
        "file": path.name,
        "maps": files,
        "facts": collect_facts(path, written),
        "faces": sum(count_faces()),
        "kept_uvs": outcome.kept_uvs,
        "notes": list(dict.fromkeys(outcome.notes)),
        "materials": outcome.materials,
    }
