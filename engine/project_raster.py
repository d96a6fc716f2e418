"""Triangles to pixels in numpy: which triangle covers a pixel's middle, and where in the triangle it lies."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

BAND_PIXELS = 2_000_000
"""Covered pixels are handed out in bands of rows of about so many, so that memory does not grow with the picture."""
CHUNK_TRIANGLES = 200_000


@dataclass(frozen=True)
class Coverage:
    """Covered pixels: their row and column, the triangle, and the shares of its three corners (n, 3)."""

    rows: np.ndarray
    columns: np.ndarray
    triangles: np.ndarray
    shares: np.ndarray

    def mix(self, corner_values: np.ndarray) -> np.ndarray:
        """Interpolate values given at the corners of all triangles, shape (triangles, 3, depth)."""
        picked = corner_values[self.triangles]
        return np.einsum("nc,ncd->nd", self.shares, picked)


def cover_in_bands(corners: np.ndarray, *, width: int, height: int) -> Iterator[Coverage]:
    """Rasterise triangles (n, 3, 2), in pixels from the top left, band by band from the top.

    A pixel may come more than once where triangles overlap; the order never depends on the machine.
    """
    rows_per_band = max(1, BAND_PIXELS // width)
    low = np.ceil(corners[..., 1].min(axis=1) - 0.5)
    high = np.ceil(corners[..., 1].max(axis=1) - 0.5)
    for start in range(0, height, rows_per_band):
        end = min(start + rows_per_band, height)
        chosen = np.flatnonzero((low < end) & (high > start))
        for begin in range(0, len(chosen), CHUNK_TRIANGLES):
            part = chosen[begin : begin + CHUNK_TRIANGLES]
            found = _cover(corners[part].astype(np.float64), part, columns=width, rows=(start, end))
            if len(found.rows):
                yield found


def _cover(corners: np.ndarray, numbers: np.ndarray, *, columns: int, rows: tuple[int, int]) -> Coverage:
    """Fill triangles row by row: a triangle meets each row of pixel middles in one span."""
    y = corners[..., 1]
    first = np.clip(np.ceil(y.min(axis=1) - 0.5), rows[0], rows[1]).astype(np.int64)
    last = np.clip(np.ceil(y.max(axis=1) - 0.5), rows[0], rows[1]).astype(np.int64)
    which, row = _expand(first, last)
    start, end = _find_spans(corners[which], row + 0.5)
    left = np.clip(np.ceil(start - 0.5), 0, columns).astype(np.int64)
    right = np.clip(np.ceil(end - 0.5), 0, columns).astype(np.int64)
    span, column = _expand(left, np.maximum(left, right))
    which, row = which[span], row[span]
    shares = _compute_shares(corners, which, column + 0.5, row + 0.5)
    return Coverage(row, column, numbers[which], shares)


def _expand(starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each whole number of each range (end not included) which range it is of, and the number."""
    counts = np.maximum(ends - starts, 0)
    which = np.repeat(np.arange(len(starts)), counts)
    offsets = np.cumsum(counts) - counts
    return which, np.arange(len(which)) - offsets[which] + starts[which]


def _find_spans(corners: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    start, end = np.full(len(y), np.inf), np.full(len(y), -np.inf)
    for one, other in ((0, 1), (1, 2), (2, 0)):
        (x0, y0), (x1, y1) = corners[:, one].T, corners[:, other].T
        crosses = (y0 <= y) != (y1 <= y)
        step = np.where(crosses, y1 - y0, 1)
        x = x0 + (y - y0) * (x1 - x0) / step
        start = np.where(crosses, np.minimum(start, x), start)
        end = np.where(crosses, np.maximum(end, x), end)
    empty = ~np.isfinite(start)
    return np.where(empty, 0, start), np.where(empty, 0, end)


def _compute_shares(corners: np.ndarray, which: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    area = np.where(np.abs(area) < 1e-12, 1, area)
    dx, dy = x - a[which, 0], y - a[which, 1]
    second = (dx * (c[:, 1] - a[:, 1])[which] - dy * (c[:, 0] - a[:, 0])[which]) / area[which]
    third = (dy * (b[:, 0] - a[:, 0])[which] - dx * (b[:, 1] - a[:, 1])[which]) / area[which]
    shares = np.clip(np.stack([1 - second - third, second, third], axis=1), 0, 1)
    return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)
