"""Verb `remesh`: a new surface with about as many faces as asked for, in quads (FBX) or triangles."""

from dataclasses import dataclass, field
from pathlib import Path

import bpy

from engine.bake import carry_surface
from engine.errors import UsageError
from engine.export import export_model
from engine.facts import collect_facts
from engine.job import Job
from engine.remesh_forker import Forker, start_forker
from engine.remesh_materials import carry_plain_materials, carry_vertex_colours
from engine.remesh_part import remesh_part
from engine.remesh_quads import rebuild_with_quads
from engine.remesh_source import Source, gather_source
from engine.remesh_triangles import rebuild_with_triangles
from engine.scene import count_faces, load_model

LEAST_FACES, MOST_FACES = 100, 5_000_000
MADE_MOST = {"quad": 1_000_000, "triangle": 2_000_000}
"""What fits into a job's memory."""
TEXTURE_SIZES = ("512", "1024", "2048", "4096")
TOLERANCE = 0.10


@dataclass(frozen=True)
class Wish:
    """What is asked for."""

    faces: int
    face_type: str
    export_format: str
    texture_px: int | None


@dataclass
class Outcome:
    """What was made: parts by method (quads only), and sentences on what is not as asked."""

    parts: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def run(job: Job) -> dict:
    """Remesh a model and write it, with new UVs and baked pictures where a texture size is given."""
    wish = _read_wish(job)
    with start_forker(remesh_part) as forker:  # before Blender does anything: see remesh_forker
        job.report(0, "Reading the model")
        load_model(job.source, workspace=job.workspace)
        source = gather_source()
        outcome = Outcome(notes=list(source.notes))
        _remesh(job, wish, source, forker, outcome)
    job.report(0.9, f"Writing {wish.export_format.upper()}")
    exported = export_model(wish.export_format, folder=job.out, stem="model", workspace=job.workspace)
    outcome.notes += [note for note in exported.notes if not note.startswith("Quads became")]
    return _describe(job, wish, outcome, exported.path)


def _read_wish(job: Job) -> Wish:
    face_type = job.get_text("face_type", "quad", choices=("quad", "triangle"))
    default_format = "fbx" if face_type == "quad" else "glb"
    export_format = job.get_text("export_format", default_format, choices=("fbx", "glb"))
    if face_type == "quad" and export_format == "glb":
        raise UsageError("GLB cannot hold quads: choose FBX, or triangles.")
    texture = job.get_text("texture_size", "", choices=("", *TEXTURE_SIZES))
    faces = job.get_integer("target_faces", 10_000, least=LEAST_FACES, most=MOST_FACES)
    return Wish(faces, face_type, export_format, int(texture) if texture else None)


def _remesh(job: Job, wish: Wish, source: Source, forker: Forker, outcome: Outcome) -> None:
    """Replace the source's mesh, and carry over what it looks like."""
    target = min(wish.faces, MADE_MOST[wish.face_type])
    if target < wish.faces:
        outcome.notes.append(f"At most {target:,} faces are made here; {wish.faces:,} were asked for.")
    original = _copy(source.item)
    job.report(0.1, "Remeshing")
    if wish.face_type == "quad":
        outcome.parts = rebuild_with_quads(
            source,
            target=target,
            forker=forker,
            workspace=job.workspace,
            report=lambda done, text: job.report(0.1 + 0.6 * done, text),
        )
    else:
        rebuild_with_triangles(source.item, target=target)
    if wish.texture_px:
        job.report(0.7, "Baking the surface")
        carry_surface(original, source.item, size_px=wish.texture_px, diagonal=source.diagonal)
    elif wish.face_type == "quad":
        _carry_without_pictures(original, source.item, outcome)
    bpy.data.objects.remove(original)
    bpy.data.orphans_purge(do_recursive=True)


def _copy(item: bpy.types.Object) -> bpy.types.Object:
    copy = item.copy()
    copy.data = item.data.copy()
    bpy.context.scene.collection.objects.link(copy)
    return copy


def _carry_without_pictures(original: bpy.types.Object, item: bpy.types.Object, outcome: Outcome) -> None:
    carry_vertex_colours(original.data, item.data)
    if carry_plain_materials(original, item):
        outcome.notes.append(
            "The textures were not carried over: quads need new UVs. Choose a texture size to have them baked."
        )


def _describe(job: Job, wish: Wish, outcome: Outcome, path: Path) -> dict:
    """Read the file again, count what is in it, and say where it differs from the wish."""
    check = job.workspace / "check"
    check.mkdir()
    job.report(0.95, "Checking the result")
    written = load_model(path, workspace=check)
    triangles, quads, larger = count_faces()
    faces = triangles + quads + larger
    if abs(faces - wish.faces) > TOLERANCE * wish.faces and wish.faces <= MADE_MOST[wish.face_type]:
        outcome.notes.append(_explain_difference(faces, wish.faces))
    job.report(1, "Done")
    return {
        "file": path.name,
        "format": wish.export_format,
        "facts": collect_facts(path, written),
        "requested_faces": wish.faces,
        "faces": faces,
        "quad_share": round(quads / faces, 4) if faces else 0.0,
        "parts": outcome.parts,
        "notes": list(dict.fromkeys(outcome.notes)),
    }


def _explain_difference(faces: int, wanted: int) -> str:
    if faces > wanted:
        return f"{faces:,} faces instead of {wanted:,}: the model's parts are too many to get along with fewer."
    return f"{faces:,} faces instead of {wanted:,}: the model's parts are too small or too broken for more."
