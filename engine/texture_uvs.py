"""UVs to bake to: kept where every part of the surface has its own place in the picture, else new ones are needed."""

import bpy
import numpy as np

from engine.texture_body import read_uvs

GRID_PX = 512
MOST_OVERLAP = 0.03
"""Of the covered area. Neighbours share the pixels of their border, and tiny overlaps hurt nobody."""
OUTSIDE_SLACK = 0.002
MOST_OFFSETS = 4
"""A part may lie beyond the picture's border and so come in again on its other side."""
LEAST_COVER = 0.02
"""Of the picture: with less, the surface lies on a few pixels (a palette)."""


def explain_unfit(mesh: bpy.types.Mesh) -> str:
    """Return why a mesh's UVs cannot be baked to, as the end of a sentence; empty when they can."""
    if not mesh.uv_layers:
        return "the model has none"
    uvs = read_uvs(mesh).astype(np.float64)
    if not np.isfinite(uvs).all() or not uvs.any():
        return "the model has none"
    if len(list_offsets(uvs)) > MOST_OFFSETS:
        return "the old ones repeat the picture"
    mesh.calc_loop_triangles()
    corners = np.empty(len(mesh.loop_triangles) * 3, dtype=np.int32)
    mesh.loop_triangles.foreach_get("loops", corners)
    covered, area, empty = measure_overlap(uvs[corners.reshape(-1, 3)])
    if empty > 0.01 or covered < LEAST_COVER:
        return "the old ones put much of the surface on a few points"
    if area > covered * (1 + MOST_OVERLAP) + 0.004:
        return "several parts share the same place in the old ones"
    return ""


def list_offsets(uvs: np.ndarray) -> list[tuple[int, int]]:
    """Return by how many whole pictures UVs must be moved to lie in the picture: mostly not at all, (0, 0) alone."""
    low = np.floor(uvs.min(axis=0) + OUTSIDE_SLACK).astype(int)
    high = np.ceil(uvs.max(axis=0) - OUTSIDE_SLACK).astype(int)
    across, up = (range(start, max(end, start + 1)) for start, end in zip(low, high, strict=True))
    if len(across) * len(up) > MOST_OFFSETS:
        return [(0, 0)] * (MOST_OFFSETS + 1)
    return [(column, row) for row in up for column in across]


def measure_overlap(triangles: np.ndarray) -> tuple[float, float, float]:
    """Return the share of the picture covered once or more, the sum of all triangles' shares, and how many have none.

    Counts the samples of a grid that fall into triangles (n, 3, 2), row by row, so both numbers have the same error.
    """
    moved = [triangles - offset for offset in list_offsets(triangles.reshape(-1, 2))]
    a, b, c = (np.concatenate(moved)[:, corner] * GRID_PX for corner in range(3))
    areas = np.abs(np.cross(b - a, c - a)) / 2
    low = np.clip(np.ceil(np.minimum(np.minimum(a, b), c)[:, 1] - 0.5), 0, GRID_PX).astype(np.int64)
    high = np.clip(np.ceil(np.maximum(np.maximum(a, b), c)[:, 1] - 0.5), 0, GRID_PX).astype(np.int64)
    spans = high - low
    which = np.repeat(np.arange(len(spans)), spans)
    rows = np.arange(int(spans.sum())) - np.repeat(np.cumsum(spans) - spans, spans) + low[which]
    left, right = _cut(a[which], b[which], c[which], rows + 0.5)
    starts = np.clip(np.ceil(left - 0.5), 0, GRID_PX).astype(np.int64)
    ends = np.clip(np.ceil(right - 0.5), 0, GRID_PX).astype(np.int64)
    changes = np.zeros(GRID_PX * GRID_PX + 1, dtype=np.int64)
    has_some = ends > starts
    np.add.at(changes, (rows * GRID_PX + starts)[has_some], 1)
    np.add.at(changes, (rows * GRID_PX + ends)[has_some], -1)
    counts = np.cumsum(changes[:-1])
    total = GRID_PX * GRID_PX
    return float((counts > 0).sum()) / total, float(counts.sum()) / total, float((areas < 1e-9).mean())


def _cut(a: np.ndarray, b: np.ndarray, c: np.ndarray, height: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where horizontal lines enter and leave triangles."""
    left, right = np.full(len(height), np.inf), np.full(len(height), -np.inf)
    for start, end in ((a, b), (b, c), (c, a)):
        rise = end[:, 1] - start[:, 1]
        share = np.divide(height - start[:, 1], rise, out=np.full(len(height), -1.0), where=rise != 0)
        is_met = (share >= 0) & (share <= 1)
        x = start[:, 0] + share * (end[:, 0] - start[:, 0])
        left = np.where(is_met, np.minimum(left, x), left)
        right = np.where(is_met, np.maximum(right, x), right)
    return np.where(np.isfinite(left), left, 0), np.where(np.isfinite(right), right, 0)
