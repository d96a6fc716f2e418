"""Blender's scene: emptied, filled from a file that was checked first, measured in glTF's axes."""

import math
from dataclasses import dataclass
from pathlib import Path

import bpy
from mathutils import Vector

from engine.errors import EngineError


@dataclass(frozen=True)
class BoundingBox:
    """A box in glTF's axes (Y up, front is +Z), in metres."""

    min: tuple[float, float, float]
    max: tuple[float, float, float]

    @property
    def size(self) -> tuple[float, float, float]:
        """The box's width, height and depth."""
        low, high = self.min, self.max
        return (high[0] - low[0], high[1] - low[1], high[2] - low[2])

    @property
    def diagonal(self) -> float:
        """The distance between its farthest corners."""
        return math.dist(self.min, self.max)


def new_scene() -> None:
    """Empty Blender (`read_factory_settings` would do it too, but is slower and leaks a handler a call)."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)


def get_mesh_objects() -> list[bpy.types.Object]:
    """Return the scene's mesh objects that have faces."""
    return [item for item in bpy.context.scene.objects if item.type == "MESH" and len(item.data.polygons)]


def count_faces() -> tuple[int, int, int]:
    """Return how many triangles, quads and larger polygons the mesh objects hold together."""
    triangles = quads = larger = 0
    for item in get_mesh_objects():
        sizes = read_loop_totals(item.data)
        triangles += int((sizes == 3).sum())
        quads += int((sizes == 4).sum())
        larger += int((sizes > 4).sum())
    return triangles, quads, larger


def read_loop_totals(mesh: bpy.types.Mesh):
    """Return the number of corners of each polygon, as a numpy array."""
    import numpy as np

    sizes = np.empty(len(mesh.polygons), dtype=np.int32)
    mesh.polygons.foreach_get("loop_total", sizes)
    return sizes


def measure_bounding_box() -> BoundingBox:
    """Measure all mesh objects as they stand, modifiers (a rig) included.

    :raises EngineError: refused, if there is nothing to measure or a position is no finite number
    """
    graph = bpy.context.evaluated_depsgraph_get()
    corners = []
    for item in get_mesh_objects():
        evaluated = item.evaluated_get(graph)
        corners += [evaluated.matrix_world @ Vector(corner) for corner in evaluated.bound_box]
    if not corners:
        raise EngineError("refused", "There is no surface in this file: no mesh with faces was found.")
    low = [min(corner[axis] for corner in corners) for axis in range(3)]
    high = [max(corner[axis] for corner in corners) for axis in range(3)]
    if not all(math.isfinite(value) for value in low + high):
        raise EngineError("refused", "Some points of this model have no finite position.")
    # Blender is Z up and its front looks to -Y; glTF is Y up and its front looks to +Z
    return BoundingBox(min=(low[0], low[2], -high[1]), max=(high[0], high[2], -low[1]))


def load_model(source: Path, *, workspace: Path) -> None:
    """Empty the scene and fill it from a file of any supported kind, after the checks on untrusted input.

    :raises EngineError: refused, unreadable or unsupported, with a sentence that says what is wrong
    """
    new_scene()
    bpy.ops.import_scene.gltf(filepath=str(source), disable_bone_shape=True)
    measure_bounding_box()
