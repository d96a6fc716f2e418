"""What may trouble somebody who works with a model, told in plain words."""

from collections.abc import Sequence

import bpy
import numpy as np

from engine.scene import get_mesh_objects, read_positions

HUGE_TEXTURE_PIXELS = 4096
DENSE_FACES = 500_000
CHECKED_FACES = 3_000_000  # beyond, looking at every edge takes too long
WELD_STEPS = 1_000_000  # points closer than a millionth of the model's size are one point
LARGEST_M, SMALLEST_M = 100.0, 0.001


def find_problems(facts: dict, *, missing_pictures: Sequence[str]) -> list[dict]:
    """Return the problems of the model in the scene, the worst first."""
    problems = [
        *_find_texture_problems(facts, missing_pictures),
        *_find_surface_problems(facts),
        *_find_size_problems(facts),
        *_find_edge_problems(facts),
    ]
    order = {"error": 0, "warning": 1, "info": 2}
    return sorted(problems, key=lambda problem: order[problem["severity"]])


def _problem(code: str, severity: str, message: str) -> dict:
    return {"code": code, "severity": severity, "message": message}


def _find_texture_problems(facts: dict, missing_pictures: Sequence[str]) -> list[dict]:
    found = []
    if missing_pictures:
        names = ", ".join(name[:60] for name in missing_pictures[:3])
        more = f" and {len(missing_pictures) - 3} more" if len(missing_pictures) > 3 else ""
        found.append(_problem("missing_maps", "warning", f"Pictures are missing from the file: {names}{more}."))
    huge = [item for item in facts["textures"] if max(item["width"], item["height"]) > HUGE_TEXTURE_PIXELS]
    if huge:
        worst = max(huge, key=lambda item: item["width"] * item["height"])
        size = f"{worst['width']} × {worst['height']}"
        found.append(
            _problem("huge_texture", "warning", f"{_count(len(huge), 'texture')} above 4096 pixels (up to {size}).")
        )
    return found


def _find_surface_problems(facts: dict) -> list[dict]:
    found = []
    if not facts["has_uvs"]:
        found.append(_problem("no_uvs", "warning", "The model has no UVs, so no picture can be laid on it yet."))
    if not facts["materials"] and facts["format"] not in ("stl", "ply"):
        found.append(_problem("no_material", "info", "The model has no material."))
    if facts["faces"] > DENSE_FACES:
        found.append(_problem("dense", "info", f"The model is dense: {facts['faces']:,} faces."))
    return found


def _find_size_problems(facts: dict) -> list[dict]:
    largest = max(facts["bounding_box_m"]["size"])
    if largest == 0:
        return [_problem("degenerate_size", "error", "The model has no size: all its points lie in one place.")]
    if sum(side < largest * 1e-6 for side in facts["bounding_box_m"]["size"]) > 1:
        return [_problem("degenerate_size", "error", "The model is a line: it has no width.")]
    if largest > LARGEST_M:
        return [_problem("odd_size", "info", f"The model is {largest:,.0f} m large. Its unit may not be the metre.")]
    if largest < SMALLEST_M:
        return [_problem("odd_size", "info", "The model is smaller than 1 mm. Its unit may not be the metre.")]
    return []


def _find_edge_problems(facts: dict) -> list[dict]:
    if facts["faces"] > CHECKED_FACES:
        return []
    crowded = open_edges = flat = 0
    for mesh in {item.data for item in get_mesh_objects()}:
        one_crowded, one_open, one_flat = _count_edge_troubles(mesh)
        crowded, open_edges, flat = crowded + one_crowded, open_edges + one_open, flat + one_flat
    found = []
    if crowded:
        text = f"The surface is not clean: {_count(crowded, 'edge')} with more than two faces (non-manifold)."
        found.append(_problem("non_manifold", "warning", text))
    if open_edges:
        text = f"The surface is not closed: {_count(open_edges, 'edge')} at the rim of holes."
        found.append(_problem("open_edges", "info", text))
    if flat:
        found.append(_problem("degenerate_faces", "info", f"{_count(flat, 'face')} without any area."))
    return found


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _count_edge_troubles(mesh: bpy.types.Mesh) -> tuple[int, int, int]:
    """Count edges with more than two faces, edges with one face, and faces without area, after welding seams."""
    corner_points = np.empty(len(mesh.loops), dtype=np.int32)
    mesh.loops.foreach_get("vertex_index", corner_points)
    starts = np.empty(len(mesh.polygons), dtype=np.int32)
    mesh.polygons.foreach_get("loop_start", starts)
    areas = np.empty(len(mesh.polygons), dtype=np.float32)
    mesh.polygons.foreach_get("area", areas)
    welded = _weld(read_positions(mesh))[corner_points]
    following = np.roll(welded, -1)
    ends = np.append(starts[1:], len(welded)) - 1
    following[ends] = welded[starts]
    low, high = np.minimum(welded, following), np.maximum(welded, following)
    keys = (low.astype(np.int64) << 32 | high)[low != high]
    _, uses = np.unique(keys, return_counts=True)
    return int((uses > 2).sum()), int((uses == 1).sum()), int((areas <= 0).sum())


def _weld(positions: np.ndarray) -> np.ndarray:
    """Return for each point the number of the place where it lies; seams of a glTF put several at one place."""
    low = positions.min(axis=0)
    size = float(np.ptp(positions, axis=0).max()) or 1.0
    steps = np.rint((positions - low) * (WELD_STEPS / size)).astype(np.int64)
    keys = (steps[:, 0] * (WELD_STEPS + 2) + steps[:, 1]) * (WELD_STEPS + 2) + steps[:, 2]
    _, places = np.unique(keys, return_inverse=True)
    return places.astype(np.int64)
