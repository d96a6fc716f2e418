"""From which side a picture shows a model, and which point of the model lies under which pixel."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.project_raster import cover_in_bands
from engine.project_subject import Subject, flood, grow, select_border, shrink
from engine.project_surface import Surface

OUTLINE_CELLS = 72
OUTLINE_POINTS = 24_000
AZIMUTHS, ELEVATIONS = range(-170, 181, 10), (0, 10, 20, 32)
USUAL_ANGLE_DEGREES = 28
ANGLES_DEGREES = (2, 14, 28, 42)
"""Across the model, as the camera sees it; 2 is nearly without perspective."""
TURN_COST, TILT_COST = 0.05, 0.02
"""What a half turn, and a tilt of 30 degrees, must gain in likeness: most pictures show the front."""
CLEAR_LIKENESS, CLEAR_GAIN = 0.84, 0.04
"""The front is left only for a view that fits so well, and so much better."""
WARP_BELOW, WARP_FULLY = 0.9, 0.75
"""Likeness of the outlines: under the first, rows of the picture begin to be stretched to the model's width."""
DEPTH_PX = 640
INSET = 0.03
"""Of a row's width: a stretched row is taken from a little inside the subject, away from its shaded rim."""
OUTSIDE_CELLS = 14
ADJUSTMENTS, MOST_MOVES, LEAST_GAIN = (0.04, 0.015, 0.006), 8, 0.001
BOX_MOVES = ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1), (1, 0, 1, 0), (0, 1, 0, 1))
"""Left, top, right or bottom alone, and the whole box across or down."""
OUTLINE_PX = 512


@dataclass(frozen=True)
class View:
    """A camera around the model: its axes as rows (right, up, towards it), what it looks at, and its distance."""

    axes: np.ndarray
    centre: np.ndarray
    distance: float

    def turn(self, points: np.ndarray) -> np.ndarray:
        """Return points in the camera's axes, its aim at the origin, z towards it."""
        return (points - self.centre) @ self.axes.T

    def flatten(self, turned: np.ndarray) -> np.ndarray:
        """Return where points in the camera's axes appear on the plane through the origin."""
        return turned[..., :2] * (self.distance / (self.distance - turned[..., 2:]))


def aim(azimuth: float, elevation: float, *, angle: float, centre: np.ndarray, radius: float) -> View:
    """Return the view from so many degrees around the model (0 is its front, 90 its left) and above it."""
    around, above = math.radians(azimuth), math.radians(elevation)
    towards = np.array([math.sin(around) * math.cos(above), -math.cos(around) * math.cos(above), math.sin(above)])
    right = np.array([math.cos(around), math.sin(around), 0])
    axes = np.stack([right, np.cross(towards, right), towards])
    return View(axes.astype(np.float32), centre.astype(np.float32), radius / math.sin(math.radians(angle) / 2))


@dataclass(frozen=True)
class Fit:
    """A view together with how its plane lies on the picture.

    `low` and `size` are the model's box on the view's plane; `spans` the left and right ends, in shares of the box,
    of the model's and of the subject's rows from the top (n, 4), where rows are to be stretched.
    """

    view: View
    low: np.ndarray
    size: np.ndarray
    box: tuple[float, float, float, float]
    likeness: float
    azimuth: float
    spans: np.ndarray | None = None

    def find_pixels(self, flat: np.ndarray) -> np.ndarray:
        """Return the pixels (column, row) for places on the view's plane."""
        shares = (flat - self.low) / self.size
        across, down = shares[:, 0], 1 - shares[:, 1]
        if self.spans is not None:
            places = np.linspace(0, 1, len(self.spans))
            model_left, model_right, left, right = (np.interp(down, places, ends) for ends in self.spans.T)
            across = left + (across - model_left) / np.maximum(model_right - model_left, 0.02) * (right - left)
        left_px, top_px, right_px, bottom_px = self.box
        return np.stack([left_px + across * (right_px - left_px), top_px + down * (bottom_px - top_px)], axis=1)


class Model:
    """What fitting needs to know of a model: points on its surface, its middle and its size."""

    def __init__(self, surface: Surface) -> None:
        """Spread the points."""
        self.surface = surface
        self.points, _ = surface.spread_points(OUTLINE_POINTS)
        corners = surface.positions.reshape(-1, 3)
        low, high = corners.min(axis=0), corners.max(axis=0)
        self.centre = (low + high) / 2
        self.radius = float(np.linalg.norm(high - low)) / 2 or 1.0

    def aim(self, azimuth: float, elevation: float, angle: float = USUAL_ANGLE_DEGREES) -> View:
        """Return a view of the whole model."""
        return aim(azimuth, elevation, angle=angle, centre=self.centre, radius=self.radius)


def fit_view(model: Model, subject: Subject, *, azimuth: float = 0, is_sure: bool = False) -> Fit:
    """Find the view whose outline is the subject's; the front unless another is clearly better.

    With `is_sure` the picture is known to be from `azimuth`, give or take a little.
    """
    outline = _crop_outline(subject)
    nearby = (range(-10, 11, 5), (0, 6, 12)) if is_sure else (AZIMUTHS, ELEVATIONS)
    views = [(azimuth + a, e, USUAL_ANGLE_DEGREES) for a in nearby[0] for e in nearby[1]]
    plain = _pick(model, outline, [(azimuth, 0, angle) for angle in ANGLES_DEGREES], around=azimuth)
    best = _pick(model, outline, views, around=azimuth)
    a, e, angle = best[1]
    best = _pick(model, outline, [(a + i, e + j, angle) for i in (-5, 0, 5) for j in (-5, 0, 5)], around=azimuth)
    a, e, _ = best[1]
    best = _pick(model, outline, [(a, e, angle) for angle in ANGLES_DEGREES], around=azimuth)
    plain_fit, best_fit = (_build_fit(model, subject, pose) for _, pose in (plain, best))
    is_clear = best_fit.likeness > CLEAR_LIKENESS and best_fit.likeness > plain_fit.likeness + CLEAR_GAIN
    return best_fit if is_clear else plain_fit


Pose = tuple[float, float, float]
Outline = tuple[np.ndarray, float]
"""Cells of the subject's box that it covers, and how wide the box is for its height."""


def _pick(model: Model, outline: Outline, poses: Sequence[Pose], *, around: float) -> tuple[float, Pose]:
    """Return the pose most like the outline and its score, the first of equals."""

    def judge(pose: Pose) -> float:
        turn = abs((pose[0] - around + 180) % 360 - 180)
        cost = TURN_COST * turn / 180 + TILT_COST * abs(pose[1]) / 30
        return _compare(model.aim(*pose), model.points, outline) - cost

    scored = [(judge(pose), pose) for pose in poses]
    return max(scored, key=lambda item: item[0])


def _compare(view: View, points: np.ndarray, outline: Outline) -> float:
    """Return how much two outlines have in common (1: all), once their boxes are laid on each other."""
    cells, proportion = draw_outline(view.flatten(view.turn(points)))
    common = (cells & outline[0]).sum() / max((cells | outline[0]).sum(), 1)
    narrower, wider = sorted((proportion, outline[1]))
    return float(common * (narrower / max(wider, 1e-6)) ** 0.5)


def draw_outline(flat: np.ndarray) -> Outline:
    """Mark the cells of the box of flat points that hold any, and close the gaps between points."""
    low, high = flat.min(axis=0), flat.max(axis=0)
    size = np.maximum(high - low, 1e-9)
    places = np.minimum(((flat - low) / size * OUTLINE_CELLS).astype(np.int64), OUTLINE_CELLS - 1)
    cells = np.zeros((OUTLINE_CELLS, OUTLINE_CELLS), dtype=bool)
    cells[OUTLINE_CELLS - 1 - places[:, 1], places[:, 0]] = True
    closed = np.pad(grow(cells, steps=1), 1)  # a rim of air, through which the outside can be reached
    air = flood(~closed, seeds=~closed & select_border(closed.shape))
    return shrink(~air, steps=1)[1:-1, 1:-1], float(size[0] / size[1])


def _crop_outline(subject: Subject) -> Outline:
    left, top, right, bottom = subject.box
    return _sample_mask(subject, subject.box), (right - left) / (bottom - top)


def _build_fit(model: Model, subject: Subject, pose: Pose) -> Fit:
    view = model.aim(*pose)
    flat = view.flatten(view.turn(model.surface.positions.reshape(-1, 3)))
    low, high = flat.min(axis=0), flat.max(axis=0)
    cells, proportion = draw_outline(view.flatten(view.turn(model.points)))
    box, likeness = _adjust_box(cells, proportion, subject)
    warp = float(np.clip((WARP_BELOW - likeness) / (WARP_BELOW - WARP_FULLY), 0, 1))
    spans = None
    if warp > 0:
        ours, theirs = _find_spans(cells), _find_spans(_sample_mask(subject, box))
        theirs = theirs + INSET * np.ptp(theirs, axis=1, keepdims=True) * np.array([1, -1])
        spans = np.concatenate([ours, theirs * warp + ours * (1 - warp)], axis=1)
    return Fit(view, low, np.maximum(high - low, 1e-9), box, likeness, pose[0], spans)


Box = tuple[float, float, float, float]


def _adjust_box(cells: np.ndarray, proportion: float, subject: Subject) -> tuple[Box, float]:
    """Move the sides of the subject's box as long as the outlines agree better (a shadow may have widened it)."""
    model = np.pad(cells, OUTSIDE_CELLS)
    box = np.array(subject.box)

    def judge(box: np.ndarray) -> float:
        found = _sample_mask(subject, box, outside=OUTSIDE_CELLS)
        common = (found & model).sum() / (found | model).sum()
        narrower, wider = sorted((proportion, float((box[2] - box[0]) / (box[3] - box[1]))))
        return float(common * (narrower / wider) ** 0.5)

    likeness = judge(box)
    lengths = np.array([box[2] - box[0], box[3] - box[1]] * 2)
    for share in ADJUSTMENTS:
        moves = [sign * share * lengths * np.array(sides) for sides in BOX_MOVES for sign in (1, -1)]
        for _ in range(MOST_MOVES):
            scored = [(judge(box + move), index) for index, move in enumerate(moves)]
            best, index = max(scored, key=lambda item: (item[0], -item[1]))
            if best <= likeness + LEAST_GAIN:
                break
            box, likeness = box + moves[index], best
    if likeness < WARP_FULLY:  # something else: its own box is as good as any
        return subject.box, judge(np.array(subject.box))
    left, top, right, bottom = (float(side) for side in box)
    return (left, top, right, bottom), likeness


def _sample_mask(subject: Subject, box: Box | np.ndarray, *, outside: int = 0) -> np.ndarray:
    """Return the subject's cells over a box of the picture, and so many cells around it."""
    assert subject.mask is not None  # patterns have no outline
    steps = (np.arange(-outside, OUTLINE_CELLS + outside) + 0.5) / OUTLINE_CELLS
    columns = np.floor(box[0] + steps * (box[2] - box[0])).astype(np.int64)
    rows = np.floor(box[1] + steps * (box[3] - box[1])).astype(np.int64)
    height, width = subject.mask.shape
    inside = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))
    return subject.mask[np.clip(rows, 0, height - 1)][:, np.clip(columns, 0, width - 1)] & inside


def _find_spans(cells: np.ndarray) -> np.ndarray:
    """Return the left and right end of each row, in shares of the width, smoothed over neighbouring rows."""
    filled = cells.any(axis=1)
    if not filled.any():
        return np.tile([0.0, 1.0], (len(cells), 1))
    left = np.where(filled, cells.argmax(axis=1), 0) / OUTLINE_CELLS
    right = 1 - np.where(filled, cells[:, ::-1].argmax(axis=1), 0) / OUTLINE_CELLS
    rows = np.arange(len(cells))
    ends = [np.interp(rows, rows[filled], end[filled]) for end in (left, right)]
    kernel = np.hanning(9)[1:-1] / np.hanning(9)[1:-1].sum()
    return np.stack([np.convolve(np.pad(end, 3, mode="edge"), kernel, mode="valid") for end in ends], axis=1)


def draw_on_picture(fit: Fit, depths: "Depths", shape: tuple[int, ...]) -> np.ndarray:
    """Return where the model's outline lies on a picture of this shape (rows, columns), as a mask or a smaller copy."""
    rows, columns = np.nonzero(np.isfinite(depths.near))
    flat = np.stack([columns + 0.5, depths.near.shape[0] - rows - 0.5], axis=1) * depths.cell + fit.low
    share = min(1, OUTLINE_PX / max(shape))
    mask = np.zeros((max(1, round(shape[0] * share)), max(1, round(shape[1] * share))), dtype=bool)
    places = (fit.find_pixels(flat) * (np.array(mask.shape[::-1]) / np.array(shape[::-1]))).astype(np.int64)
    across, down = (np.clip(places[:, axis], 0, mask.shape[1 - axis] - 1) for axis in (0, 1))
    mask[down, across] = True
    return shrink(grow(mask, steps=2), steps=3)


@dataclass(frozen=True)
class Depths:
    """How near the model's nearest and farthest surface is, over the box of a fit (rows from the top).

    Cells beside the model are NaN. `cell` is the size of one in the model's units.
    """

    near: np.ndarray
    far: np.ndarray
    cell: float


def measure_depths(model: Model, fit: Fit) -> Depths:
    """Look through the model once, as the picture's camera would."""
    turned = fit.view.turn(model.surface.positions)
    cell = float(fit.size.max()) / DEPTH_PX
    width, height = (max(1, math.ceil(side / cell)) for side in fit.size)
    flat = (fit.view.flatten(turned) - fit.low) / cell
    flat[..., 1] = height - flat[..., 1]
    near, far = np.full(width * height, -np.inf, np.float32), np.full(width * height, np.inf, np.float32)
    for found in cover_in_bands(flat, width=width, height=height):
        depth = found.mix(turned[..., 2:])[:, 0]
        place = found.rows * width + found.columns
        np.maximum.at(near, place, depth)
        np.minimum.at(far, place, depth)
    near[~np.isfinite(near)] = far[~np.isfinite(far)] = np.nan
    return Depths(near.reshape(height, width), far.reshape(height, width), cell)
