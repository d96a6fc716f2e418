"""Read a Blender mesh into plain numbers."""

import bpy
import numpy as np

from engine.project_surface import Surface, normalise


def read_surface(item: bpy.types.Object) -> Surface:
    """Read a mesh object (a rig's pose is not applied)."""
    mesh = item.data
    mesh.calc_loop_triangles()
    loops = _read(mesh.loop_triangles, "loops", 3, kind=np.int32)
    vertices = _read(mesh.loops, "vertex_index", 1, kind=np.int32)[loops, 0]
    matrix = np.array(item.matrix_world, dtype=np.float64)
    positions = _read(mesh.vertices, "co", 3) @ matrix[:3, :3].T + matrix[:3, 3]
    turned = _read(mesh.corner_normals, "vector", 3) @ np.linalg.inv(matrix[:3, :3])
    uvs = _read(mesh.uv_layers.active.uv, "vector", 2)[loops]
    return Surface(positions[vertices].astype(np.float32), normalise(turned)[loops].astype(np.float32), uvs)


def _read(rows: bpy.types.bpy_prop_collection, name: str, width: int, *, kind: type = np.float32) -> np.ndarray:
    values: np.ndarray = np.empty(len(rows) * width, dtype=kind)
    rows.foreach_get(name, values)
    return values.reshape(-1, width)
