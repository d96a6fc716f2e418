"""Colours for what no picture shows: known colours spread through space, as ink through paper."""

import numpy as np

CELLS = 64


class Ink:
    """Known colours of points, averaged in a grid of cells and continued smoothly into the empty ones."""

    def __init__(self, points: np.ndarray, colours: np.ndarray, weights: np.ndarray) -> None:
        """Spread the colours (n, 3) of points, the heavier the surer."""
        self._low = points.min(axis=0)
        self._scale = (CELLS - 1) / max(float(np.ptp(points, axis=0).max()), 1e-9)
        cells = np.rint((points - self._low) * self._scale).astype(np.int64)
        places = (cells[:, 0] * CELLS + cells[:, 1]) * CELLS + cells[:, 2]
        values = np.concatenate([colours * weights[:, None], weights[:, None]], axis=1)
        sums = [np.bincount(places, weights=values[:, band], minlength=CELLS**3) for band in range(4)]
        grid = np.stack(sums, axis=-1).reshape(CELLS, CELLS, CELLS, 4).astype(np.float32)
        self._grid = _continue(grid)

    def sample(self, points: np.ndarray) -> np.ndarray:
        """Return the colours at points, blended between the eight cells around each."""
        places = np.clip((points - self._low) * self._scale, 0, CELLS - 1.001).astype(np.float32)
        corner = places.astype(np.int32)
        share = places - corner
        total = np.zeros((len(points), 3), dtype=np.float32)
        for step in np.ndindex(2, 2, 2):
            weight = np.prod(np.where(np.array(step), share, 1 - share), axis=1, keepdims=True)
            i, j, k = (corner + np.array(step)).T
            total += weight * self._grid[i, j, k]
        return total


def _continue(sums: np.ndarray) -> np.ndarray:
    """Return the mean of each cell, and for empty cells that of what lies around: halved down and taken back up."""
    weights = sums[..., 3:]
    known = np.divide(sums[..., :3], weights, out=np.zeros_like(sums[..., :3]), where=weights > 0)
    if sums.shape[0] == 1:
        return known
    size = sums.shape[0] // 2
    coarse = _continue(sums.reshape(size, 2, size, 2, size, 2, 4).sum(axis=(1, 3, 5)))
    for axis in range(3):
        coarse = _double(coarse, axis)
    trust = weights / (weights + 0.25)
    return known * trust + coarse * (1 - trust)


def _double(values: np.ndarray, axis: int) -> np.ndarray:
    count = values.shape[axis]
    before = values.take(np.maximum(np.arange(count) - 1, 0), axis)
    after = values.take(np.minimum(np.arange(count) + 1, count - 1), axis)
    pairs = np.stack([0.75 * values + 0.25 * before, 0.75 * values + 0.25 * after], axis=axis + 1)
    shape = list(values.shape)
    shape[axis] *= 2
    return pairs.reshape(shape)
