"""The surface of a model as plain numbers: triangles with positions, normals and UVs, and points spread over it."""

from dataclasses import dataclass

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


def normalise(vectors: np.ndarray) -> np.ndarray:
    """Return vectors of length one; those without a direction stay zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(lengths, 1e-12)
