"""Reference pictures put on a model: base colour for every texel, and a surface to go with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from engine.guard_picture import open_picture
from engine.project_fill import Ink
from engine.project_mesh import read_surface
from engine.project_paint import Look, Projection
from engine.project_pattern import Pattern
from engine.project_raster import cover_in_bands
from engine.project_relief import build_relief, build_roughness
from engine.project_subject import Subject, bleed, find_subject
from engine.project_surface import Surface, normalise
from engine.project_view import Fit, Model, fit_view, measure_depths

SIDES = {1: (0,), 2: (0, 180), 3: (0, 90, 180), 4: (0, 90, 180, -90)}
"""From which sides so many pictures are taken to be, in degrees: front, left, back, right, as one walks around."""
PICTURE_PX = 2048
INK_POINTS = 150_000
MOST_DETAIL = 0.07
"""Of 1: how much fine detail hidden places take from the picture."""
FULLY = 0.99
MATCH_FROM = 0.72
"""Likeness of the outlines from which on the picture is said to show the model."""
ROUGHNESS = 0.6
"""A picture does not tell metal from paint: nothing is metal, and light places are a little smoother than dark ones."""
MARGIN_TEXELS = 8
"""How far colours go on beyond an island exactly; farther out they are only near."""

Progress = Callable[[float, str], None]
Painter = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Painting:
    """The base colour (rows from the top, sRGB, uint8), and sentences on how it came about."""

    base_color: np.ndarray
    notes: list[str]

    def build_surface(self, size_px: int) -> tuple[np.ndarray, np.ndarray]:
        """Return occlusion, roughness and metallic as glTF packs them, and normals; guessed from the base colour."""
        heights, normals = build_relief(self.base_color, size_px=size_px)
        surface = np.full(normals.shape, 255, dtype=np.uint8)
        surface[..., 1] = build_roughness(heights, roughness=ROUGHNESS)
        surface[..., 2] = 0
        return surface, normals


def paint(
    item: bpy.types.Object,
    pictures: Sequence[Path],
    *,
    size_px: int,
    report: Progress = lambda share, text: None,
) -> Painting:
    """Put one to four pictures on a mesh object whose UVs do not overlap; the first shows its front.

    :raises EngineError: a picture is refused, unsupported or unreadable
    """
    surface = read_surface(item)
    report(0.0, "Reading the picture")
    longest = max(PICTURE_PX, min(size_px, 4096))
    subjects = [find_subject(open_picture(file, longest_px=longest)) for file in pictures]
    report(0.2, "Fitting the picture to the model")
    painter, notes = build_painter(surface, subjects)
    report(0.4, "Painting")
    return Painting(paint_texels(surface, painter, size_px=size_px), notes)


def build_painter(surface: Surface, subjects: Sequence[Subject]) -> tuple[Painter, list[str]]:
    """Return what gives points of the model their colours, and sentences about it."""
    if subjects[0].is_pattern:
        corners = surface.positions.reshape(-1, 3)
        low = corners.min(axis=0)
        pattern = Pattern(subjects[0].pixels, low=low, size=float(np.ptp(corners, axis=0).max()))
        return pattern.look, ["The picture has no subject before a background: it covers the model as a pattern."]
    model = Model(surface)
    shown = [subject for subject in subjects if not subject.is_pattern]
    fits = [
        fit_view(model, subject, azimuth=side, is_sure=len(shown) > 1 and index > 0)
        for index, (subject, side) in enumerate(zip(shown, SIDES[len(shown)], strict=True))
    ]
    projections = [
        Projection(subject, fit, measure_depths(model, fit)) for subject, fit in zip(shown, fits, strict=True)
    ]
    points, normals = surface.spread_points(INK_POINTS)
    ink = _spread_ink(projections, points, normals)
    return lambda points, normals: _mix(projections, ink, points, normals), [_describe(fit) for fit in fits]


def _describe(fit: Fit) -> str:
    likeness = f"{fit.likeness:.0%}"
    if fit.likeness < MATCH_FROM:
        return f"The outline in the picture is not the model's ({likeness} alike): the picture was stretched to fit."
    sides = {0: "front", 90: "left", 180: "back", -180: "back", -90: "right"}
    side = sides.get(round(fit.azimuth), f"side at {fit.azimuth:.0f}°")
    return f"The picture shows the model from its {side} (outlines {likeness} alike)."


def _spread_ink(projections: Sequence[Projection], points: np.ndarray, normals: np.ndarray) -> Ink:
    looks = [projection.look(points, normals) for projection in projections]
    return Ink(points, _blend_seen(looks), np.minimum(np.sum([look.seen for look in looks], axis=0), 1) + 1e-9)


def _mix(projections: Sequence[Projection], ink: Ink, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    looks = [projection.look(points, normals) for projection in projections]
    known = np.minimum(np.sum([look.seen for look in looks], axis=0), 1)[:, None]
    colours = np.zeros((len(points), 3), dtype=np.float32)
    shown, rest = np.flatnonzero(known > 0), np.flatnonzero(known < FULLY)
    colours[shown] = _blend_seen([look.pick(shown) for look in looks]) * known[shown]
    colours[rest] += _guess([look.pick(rest) for look in looks], ink, points[rest]) * (1 - known[rest])
    return np.clip(colours, 0, 1)


def _blend_seen(looks: Sequence[Look]) -> np.ndarray:
    """Return the colours by which pictures show points."""
    if len(looks) == 1:
        return looks[0].sample()
    weights = [look.seen[:, None] ** 2 + 1e-6 for look in looks]
    return sum(look.sample() * weight for look, weight in zip(looks, weights, strict=True)) / sum(weights)


def _guess(looks: Sequence[Look], ink: Ink, points: np.ndarray) -> np.ndarray:
    """Return colours for points that are not seen: the folded picture's, or where another part is in its way, ink."""
    colours = _blend_guesses(looks)
    hidden = np.minimum.reduce([look.hidden for look in looks])
    dark = np.flatnonzero(hidden > 1 - FULLY)
    detail = MOST_DETAIL * np.tanh(looks[0].pick(dark).sample_detail() / MOST_DETAIL)
    share = hidden[dark, None]
    colours[dark] = colours[dark] * (1 - share) + (ink.sample(points[dark]) + detail) * share
    return colours


def _blend_guesses(looks: Sequence[Look]) -> np.ndarray:
    """Return colours for points that no picture shows: of the pictures that look from nearer their side."""
    if len(looks) == 1:
        return looks[0].sample_plain()
    weights = [(0.02 + np.maximum(look.facing[:, None] + 0.35, 0)) ** 3 for look in looks]
    return sum(look.sample_plain() * weight for look, weight in zip(looks, weights, strict=True)) / sum(weights)


def paint_texels(surface: Surface, painter: Painter, *, size_px: int) -> np.ndarray:
    """Ask the painter for each texel that a triangle covers, and continue the colours over the others."""
    uvs, triangles = wrap_around(surface.uvs)
    corners = np.stack([uvs[..., 0], 1 - uvs[..., 1]], axis=-1) * size_px
    positions, normals = surface.positions[triangles], surface.normals[triangles]
    canvas = np.zeros((size_px, size_px, 3), dtype=np.uint8)
    known = np.zeros((size_px, size_px), dtype=bool)
    for found in cover_in_bands(corners, width=size_px, height=size_px):
        colours = painter(found.mix(positions), normalise(found.mix(normals)))
        canvas[found.rows, found.columns] = (colours * 255).round().astype(np.uint8)
        known[found.rows, found.columns] = True
    return fill_margins(canvas, known)


def wrap_around(uvs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Move triangles (n, 3, 2) into the texture; one over its border comes once at each side that it reaches.

    Returns the UVs, and which triangle each is.
    """
    moved = uvs - np.floor(uvs.min(axis=1, keepdims=True))
    parts, numbers = [], []
    for step in ((0, 0), (1, 0), (0, 1), (1, 1)):
        chosen = np.flatnonzero((moved.max(axis=1) > step).all(axis=1)) if any(step) else np.arange(len(uvs))
        parts.append(moved[chosen] - step)
        numbers.append(chosen)
    return np.concatenate(parts), np.concatenate(numbers)


def fill_margins(canvas: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Continue colours beyond the islands: exactly for a few texels, roughly over the rest."""
    step = max(1, canvas.shape[0] // 1024)
    small_known = known[: len(known) // step * step : step, : len(known) // step * step : step]
    small = canvas[::step, ::step][: small_known.shape[0], : small_known.shape[1]]
    rough = bleed(small.astype(np.float32), known=small_known).round().astype(np.uint8)
    rough = rough.repeat(step, axis=0).repeat(step, axis=1)
    rough = np.pad(rough, [(0, len(known) - len(rough))] * 2 + [(0, 0)], mode="edge")
    for _ in range(MARGIN_TEXELS):
        for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1)):
            shifted = np.roll(known, step, axis) & ~known
            rows, columns = np.nonzero(shifted)
            back = ((rows - step) % len(known), columns) if axis == 0 else (rows, (columns - step) % len(known))
            canvas[rows, columns] = canvas[back]
            known = known | shifted
    return np.where(known[..., None], canvas, rough)
