"""Colours for points of a model out of one picture: straight on where the picture shows them, folded around elsewhere.

A point that the picture cannot show (a side, the back) takes the colour of a place further inside the subject, as far
from its outline as the point lies behind the front: the picture is folded around the model like paper. At the back it
arrives mirrored. Nothing is stretched, and nothing stays bare.
"""

from dataclasses import dataclass

import numpy as np

from engine.project_plain import remove_features
from engine.project_subject import Subject, bleed, blur, keep_colours, shrink
from engine.project_view import Depths, Fit, draw_on_picture

SEEN_FROM, SEEN_FULLY = 0.16, 0.42
"""Cosine of the angle between surface and view: grazing parts of the picture are worn and stretched."""
DEPTH_BLUR_SHARE = 0.022
THICKNESS_STEPS_PX = 160
SOFT_SHARE = 0.02
"""Of the subject's size: detail is what is finer than this."""
TOLERANCE_SHARE = 0.004
TRUSTED_LIKENESS = 0.8
"""Outlines that agree so well help to tell the subject from gaps in it."""


@dataclass(frozen=True)
class Look:
    """What one picture says of points: where in it they find their colour, and how well it shows them.

    `seen` and `hidden` (behind another part) run from 0 to 1; `facing` is the cosine between surface and view.
    """

    projection: "Projection"
    pixels: np.ndarray
    seen: np.ndarray
    hidden: np.ndarray
    facing: np.ndarray

    def pick(self, chosen: np.ndarray) -> "Look":
        """Return the look at some of the points."""
        parts = (self.pixels[chosen], self.seen[chosen], self.hidden[chosen], self.facing[chosen])
        return Look(self.projection, *parts)

    def sample(self) -> np.ndarray:
        """Return the picture's colours."""
        return sample(self.projection.pixels, self.pixels)

    def sample_plain(self) -> np.ndarray:
        """Return its colours without what only the front has."""
        return sample(self.projection.plain, self.pixels)

    def sample_detail(self) -> np.ndarray:
        """Return what is fine in the plain colours."""
        soft = sample(self.projection.soft, self.pixels * self.projection.soft_scale)
        return self.sample_plain() - soft


class Projection:
    """One picture, fitted to a model."""

    def __init__(self, subject: Subject, fit: Fit, depths: Depths) -> None:
        """Prepare the maps that every look needs."""
        self.fit = fit
        is_alike = fit.likeness > TRUSTED_LIKENESS
        within = draw_on_picture(fit, depths, subject.pixels.shape[:2]) if is_alike else None
        self.pixels = keep_colours(subject, within=within)
        assert subject.mask is not None  # patterns are not projected
        self.plain = remove_features(self.pixels, subject.mask)
        self.soft, self.soft_scale = soften(self.plain, size=max(np.ptp(np.reshape(subject.box, (2, 2)), axis=0)))
        is_model = np.isfinite(depths.near)
        self._near = _widen(np.where(is_model, depths.near, -np.inf))
        self._far = -_widen(np.where(is_model, -depths.far, -np.inf))
        self._smooth_near = _smooth(depths.near, is_model)
        self._smooth_far = _smooth(depths.far, is_model)
        self._thickness = _measure_thickness(is_model) * depths.cell
        self._cell = depths.cell
        self._size = float(fit.size.max())

    def look(self, points: np.ndarray, normals: np.ndarray) -> Look:
        """Return what the picture says of points of the world with unit normals."""
        turned, facing = self.fit.view.turn(points), normals @ self.fit.view.axes.T
        flat = self.fit.view.flatten(turned)
        place = self._find_cell(flat)
        tolerance = self._tolerate(facing[:, 2])
        in_front = turned[:, 2] >= self._near[place] - tolerance
        in_back = turned[:, 2] <= self._far[place] + tolerance
        seen = np.where(in_front, _ease(facing[:, 2], SEEN_FROM, SEEN_FULLY), 0).astype(np.float32)
        open_back = np.where(in_back, _ease(-facing[:, 2], SEEN_FROM, SEEN_FULLY), 0)
        behind = np.minimum(self._smooth_near[place] - turned[:, 2], turned[:, 2] - self._smooth_far[place])
        folded = _fold(np.maximum(behind, 0), self._thickness[place]) * (1 - seen) * (1 - open_back)
        pixels = self.fit.find_pixels(flat - folded[:, None] * facing[:, :2])
        is_blocked = np.where(facing[:, 2] > 0, ~in_front, ~in_back)
        hidden = is_blocked * _ease(np.abs(facing[:, 2]), 0.15, 0.6)
        return Look(self, pixels, seen, hidden.astype(np.float32), facing[:, 2])

    def _find_cell(self, flat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        height, width = self._near.shape
        places = (flat - self.fit.low) / self._cell
        column = np.clip(places[:, 0], 0, width - 1).astype(np.int64)
        row = np.clip(height - places[:, 1], 0, height - 1).astype(np.int64)
        return row, column

    def _tolerate(self, facing: np.ndarray) -> np.ndarray:
        """Return how far behind the nearest surface a point may seem to be: more where it slants across cells."""
        cosine = np.clip(np.abs(facing), 0.1, 1)
        return self._cell * (1 + 2 * np.sqrt(1 - cosine**2) / cosine) + TOLERANCE_SHARE * self._size


def sample(picture: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Return the colours at (column, row) places, between pixels where need be; the frame's edge goes on outside."""
    height, width = picture.shape[:2]
    x = np.clip(pixels[:, 0] - 0.5, 0, width - 1.001).astype(np.float32)
    y = np.clip(pixels[:, 1] - 0.5, 0, height - 1.001).astype(np.float32)
    column, row = x.astype(np.int32), y.astype(np.int32)
    across, down = (x - column)[:, None], (y - row)[:, None]
    flat, start = picture.reshape(-1, picture.shape[2]), row.astype(np.int64) * width + column
    right = 1 if width > 1 else 0
    below = width if height > 1 else 0
    upper = flat[start] * (1 - across) + flat[start + right] * across
    lower = flat[start + below] * (1 - across) + flat[start + below + right] * across
    return upper * (1 - down) + lower * down


def soften(pixels: np.ndarray, *, size: float) -> tuple[np.ndarray, float]:
    """Return a picture without its fine detail (by the size of its subject), small, and its scale to the picture."""
    step = max(1, max(pixels.shape[:2]) // 512)
    small = pixels[::step, ::step]
    radius = max(1, round(size / step * SOFT_SHARE))
    return np.stack([blur(small[..., band], radius=radius) for band in range(3)], axis=-1), 1 / step


def _ease(values: np.ndarray, low: float, high: float) -> np.ndarray:
    share = np.clip((values - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)


def _fold(depth: np.ndarray, thickness: np.ndarray) -> np.ndarray:
    """Fold a depth to and fro between 0 and the thickness, so that it never leads out of the subject."""
    period = 2 * np.maximum(thickness, 1e-6)
    return period / 2 - np.abs(depth % period - period / 2)


def _widen(values: np.ndarray) -> np.ndarray:
    """Return the largest value among each cell and its eight neighbours."""
    for axis in (0, 1):
        padded = np.pad(values, [(1, 1) if each == axis else (0, 0) for each in (0, 1)], mode="edge")
        count = values.shape[axis]
        values = np.maximum.reduce([padded.take(range(start, start + count), axis) for start in range(3)])
    return values


def _smooth(depths: np.ndarray, is_model: np.ndarray) -> np.ndarray:
    """Blur depths inside the outline, and continue them outside."""
    radius = max(1, round(max(depths.shape) * DEPTH_BLUR_SHARE))
    weights = blur(is_model.astype(np.float32), radius=radius)
    total = blur(np.where(is_model, depths, 0).astype(np.float32), radius=radius)
    known = weights > 0.02
    smooth = np.divide(total, weights, out=np.zeros_like(total), where=known)
    return bleed(smooth[..., None], known=known)[..., 0]


def _measure_thickness(is_model: np.ndarray) -> np.ndarray:
    """Return how wide the outline is around each cell, in cells."""
    step = max(1, max(is_model.shape) // THICKNESS_STEPS_PX)
    inside = np.pad(is_model[::step, ::step], 1)
    distance = np.zeros(inside.shape, dtype=np.float32)
    while inside.any():
        distance += inside
        inside = shrink(inside, steps=1)
    distance = distance[1:-1, 1:-1]
    radius = max(1, round(max(distance.shape) * 0.04))
    weights = blur((distance > 0).astype(np.float32), radius=radius)
    mean = np.divide(blur(distance, radius=radius), weights, out=np.ones_like(weights), where=weights > 0.02)
    wide = np.maximum(3.2 * mean, 2) * step
    height, width = is_model.shape
    return wide.repeat(step, axis=0).repeat(step, axis=1)[:height, :width]
