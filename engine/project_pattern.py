"""A picture without a subject: repeated without seams, and laid on a model from its three main directions."""

import numpy as np

from engine.project_paint import sample

REPEATS = 1.6
"""How many times the pattern goes along the longest side of the model."""
OVERLAP = 0.14
"""Share of the picture whose edges are blended into the opposite ones."""
SHARPNESS = 6
"""How narrow the blend between directions is."""


class Pattern:
    """A picture as a seamless tile in space."""

    def __init__(self, pixels: np.ndarray, *, low: np.ndarray, size: float) -> None:
        """Make the tile; `low` and `size` are the model's least corner and longest side."""
        self._tile = make_seamless(pixels)
        self._mean = self._tile.mean(axis=(0, 1))
        self._low = low
        self._pixels_per_unit = max(self._tile.shape[:2]) * REPEATS / max(size, 1e-9)

    def look(self, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
        """Return the colours of points of the world with unit normals."""
        x, y, z = (points - self._low).T
        sides = np.where(normals >= 0, 1, -1)
        planes = ((y * sides[:, 0], -z), (x * -sides[:, 1], -z), (x, -y * sides[:, 2]))
        weights = np.abs(normals) ** SHARPNESS
        weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
        apart = np.zeros((len(points), 3), dtype=np.float32)
        for axis, (across, down) in enumerate(planes):
            used = weights[:, axis] > 0.003
            places = np.stack([across[used] + 0.37 * axis, down[used] + 0.21 * axis], axis=1) * self._pixels_per_unit
            colours = self._sample(places) - self._mean
            apart[used] += weights[used, axis, None] * colours
        # two pictures blended half and half lose contrast: give it back
        contrast = np.sqrt((weights**2).sum(axis=1, keepdims=True))
        return np.clip(self._mean + apart / contrast, 0, 1)

    def _sample(self, places: np.ndarray) -> np.ndarray:
        height, width = self._tile.shape[:2]
        padded = np.pad(self._tile, ((0, 1), (0, 1), (0, 0)), mode="wrap")
        return sample(padded, places % np.array([width, height]) + 0.5)


def make_seamless(pixels: np.ndarray) -> np.ndarray:
    """Return a tile a little smaller than the picture whose edges meet, blended over what was cut off."""
    for axis in (0, 1):
        count = pixels.shape[axis]
        depth = max(1, round(count * OVERLAP))
        kept, extra = np.split(pixels, [count - depth], axis)
        shape = [1, 1, 1]
        shape[axis] = depth
        share = np.linspace(0, 1, depth, dtype=np.float32).reshape(shape)
        start, rest = np.split(kept, [depth], axis)
        mean = pixels.mean(axis=(0, 1))
        mixed = (start - mean) * share + (extra - mean) * (1 - share)
        start = mean + mixed / np.sqrt(share**2 + (1 - share) ** 2)
        pixels = np.concatenate([start, rest], axis)
    return np.clip(pixels, 0, 1).astype(np.float32)
