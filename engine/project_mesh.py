"""The surface of a model as plain numbers: triangles with positions, normals and UVs, and points spread over it."""

from dataclasses import dataclass

import bpy
import numpy as np


@dataclass(frozen=True)
class Surface:
    """Triangles in the world (Blender's axes): corners' positions, normals (n, 3, 3) and UVs (n, 3, 2)."""

    positions: np.ndarray
    normals: np.ndarray
    uvs: np.ndarray

    def spread_points(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return about `count` points spread evenly over the surface, and the normals there; the same each time."""
        a, b, c = (self.positions[:, corner].astype(np.float64) for corner in range(3))
        totals = np.cumsum(np.linalg.norm(np.cross(b - a, c - a), axis=1))
        steps = (np.arange(count) + 0.5) / count * totals[-1]
        chosen = np.minimum(np.searchsorted(totals, steps), len(a) - 1)
        random = np.random.default_rng(count)
        first, second = np.sqrt(random.random((count, 1))), random.random((count, 1))
        shares = np.stack([1 - first, first * (1 - second), first * second], axis=1)[..., 0].astype(np.float32)
        points = np.einsum("nc,ncd->nd", shares, self.positions[chosen])
        return points, normalise(np.einsum("nc,ncd->nd", shares, self.normals[chosen]))


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


def normalise(vectors: np.ndarray) -> np.ndarray:
    """Return vectors of length one; those without a direction stay zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(lengths, 1e-12)


def _read(rows: bpy.types.bpy_prop_collection, name: str, width: int, *, kind: type = np.float32) -> np.ndarray:
    values = np.empty(len(rows) * width, dtype=kind)
    rows.foreach_get(name, values)
    return values.reshape(-1, width)
