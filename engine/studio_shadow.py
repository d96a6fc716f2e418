"""The soft shadow under a model, computed from its surface: free of noise, and far cheaper than rendering it."""

import itertools
import math
from dataclasses import dataclass

import bpy
import numpy as np

POINTS = 300_000
GRID = 384
HALF_EXTENT = 2.8
"""Half the width of the ground that can carry shadow, in studio units (a model's diagonal is 2)."""
CELL = 2 * HALF_EXTENT / GRID
LAYERS = np.array([0, 0.02, 0.05, 0.1, 0.17, 0.27, 0.4, 0.6, 0.85, 1.2, 2.1])
"""Heights above the ground; what lies between two of them throws one layer, the softer the higher."""
CONTACT_STRENGTH, CONTACT_FADE = 0.55, 0.22
CAST_STRENGTH, CAST_FADE = 0.30, 1.1
SEED = 20


@dataclass(frozen=True)
class Projection:
    """How the ground is seen: a 3x3 matrix from ground (x, y, 1) to homogeneous pixels (column, row, depth)."""

    ground_to_pixel: np.ndarray
    width: int
    height: int


class GroundShadow:
    """Points on the surface of a model, and the shadow that they throw for a given light."""

    def __init__(self, items: list[bpy.types.Object], *, ground: float) -> None:
        """Spread points evenly over the surface of the objects."""
        triangles = np.concatenate([_read_triangles(item) for item in items])
        corners = triangles - np.array([0, 0, ground])
        areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
        self._points = _spread_points(corners, areas)
        self._expected = POINTS / max(float(areas.sum()), 1e-9) * CELL**2

    def render(self, *, sun_azimuth: float, sun_elevation: float, projection: Projection) -> np.ndarray:
        """Return the darkness (0 to 1) of each pixel of the picture, for a sun given in radians."""
        return _project(self._build_map(sun_azimuth, sun_elevation), projection)

    def _build_map(self, azimuth: float, elevation: float) -> np.ndarray:
        """Compute the darkness of the ground, seen from above: rows along y, columns along x."""
        away = np.array([-math.sin(azimuth), math.cos(azimuth)]) / math.tan(elevation)
        light = np.ones((GRID, GRID))
        for low, high in itertools.pairwise(LAYERS):
            layer = self._points[(self._points[:, 2] >= low) & (self._points[:, 2] < high)]
            if not len(layer):
                continue
            middle = (low + high) / 2
            cast = _blur(self._cover(layer[:, :2] + layer[:, 2:] * away), sigma=0.012 + 0.13 * middle)
            contact = _blur(self._cover(layer[:, :2]), sigma=0.02 + 0.45 * middle)
            light *= 1 - CAST_STRENGTH * math.exp(-middle / CAST_FADE) * cast
            light *= 1 - CONTACT_STRENGTH * math.exp(-middle / CONTACT_FADE) * contact
        return 1 - light

    def _cover(self, places: np.ndarray) -> np.ndarray:
        """Return how much of each cell of the ground is under the given places."""
        reach = (-HALF_EXTENT, HALF_EXTENT)
        counts, _, _ = np.histogram2d(places[:, 1], places[:, 0], bins=GRID, range=[reach, reach])
        return 1 - np.exp(-counts / (0.5 * self._expected))


def cover_with_subject(picture: np.ndarray, darkness: np.ndarray) -> np.ndarray:
    """Lay an RGBA picture (straight alpha, 0 to 255) over its shadow, and return the same kind."""
    alpha = picture[..., 3:].astype(np.float32) / 255
    below = darkness[..., None].astype(np.float32) * (1 - alpha)
    total = alpha + below
    colour = np.divide(
        picture[..., :3] * alpha, total, out=np.zeros_like(picture[..., :3], np.float32), where=total > 0
    )
    return np.dstack([colour, total * 255]).round().astype(np.uint8)


def _read_triangles(item: bpy.types.Object) -> np.ndarray:
    """Return the corners of an object's triangles in the world, shape (n, 3, 3)."""
    evaluated = item.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = evaluated.to_mesh()
    points = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
    mesh.vertices.foreach_get("co", points)
    indices = np.empty(len(mesh.loop_triangles) * 3, dtype=np.int32)
    mesh.loop_triangles.foreach_get("vertices", indices)
    evaluated.to_mesh_clear()
    matrix = np.array(evaluated.matrix_world)
    world = points.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]
    return world[indices].reshape(-1, 3, 3)


def _spread_points(corners: np.ndarray, areas: np.ndarray) -> np.ndarray:
    random = np.random.default_rng(SEED)
    totals = np.cumsum(areas)
    steps = (np.arange(POINTS) + 0.5) / POINTS * totals[-1]
    chosen = corners[np.minimum(np.searchsorted(totals, steps), len(corners) - 1)]
    first, second = np.sqrt(random.random((POINTS, 1))), random.random((POINTS, 1))
    return chosen[:, 0] * (1 - first) + chosen[:, 1] * first * (1 - second) + chosen[:, 2] * first * second


def _blur(values: np.ndarray, *, sigma: float) -> np.ndarray:
    """Blur with a Gaussian, its sigma in studio units."""
    across = np.fft.rfftfreq(GRID)[None, :] ** 2
    along = np.fft.fftfreq(GRID)[:, None] ** 2
    spread = np.exp(-2 * (math.pi * sigma / CELL) ** 2 * (across + along))
    return np.clip(np.fft.irfft2(np.fft.rfft2(values) * spread, s=values.shape), 0, 1)


def _project(values: np.ndarray, projection: Projection) -> np.ndarray:
    """Look at the ground map through the camera, with bilinear sampling."""
    rows, columns = np.mgrid[0 : projection.height, 0 : projection.width].astype(np.float32) + 0.5
    back = np.linalg.inv(projection.ground_to_pixel)
    back = back / abs(np.linalg.det(back)) ** (1 / 3)
    x, y, w = (back[axis, 0] * columns + back[axis, 1] * rows + back[axis, 2] for axis in range(3))
    seen = w > 1e-6
    w = np.where(seen, w, 1)
    column = (x / w + HALF_EXTENT) / CELL - 0.5
    row = (y / w + HALF_EXTENT) / CELL - 0.5
    seen &= (column >= 0) & (column < GRID - 1) & (row >= 0) & (row < GRID - 1)
    column, row = np.where(seen, column, 0), np.where(seen, row, 0)
    left, low = column.astype(np.int32), row.astype(np.int32)
    right_share, high_share = column - left, row - low
    lower = values[low, left] * (1 - right_share) + values[low, left + 1] * right_share
    upper = values[low + 1, left] * (1 - right_share) + values[low + 1, left + 1] * right_share
    return np.where(seen, lower * (1 - high_share) + upper * high_share, 0)
