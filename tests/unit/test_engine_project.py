"""A reference picture is cut out of its background, and fitted to the side of the model that it shows."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw

from engine.project_pattern import Pattern
from engine.project_plain import remove_features
from engine.project_raster import cover_in_bands
from engine.project_subject import Subject, find_subject, keep_colours
from engine.project_surface import Surface
from engine.project_view import Model, fit_view

PX = 240
BOX = (60, 40, 180, 210)
RED, BLUE = (200, 40, 40), (40, 60, 200)


def paint_paper(slope: float = 12) -> Image.Image:
    """A background like a studio's: nearly white, darker to the edges, with a grain."""
    rows, columns = np.mgrid[-1 : 1 : PX * 1j, -1 : 1 : PX * 1j]
    grain = np.random.default_rng(1).random((PX, PX)) * 2
    light = 246 - slope * np.hypot(rows, columns) ** 1.6 + grain
    return Image.fromarray(np.stack([light, light, light + 3], axis=-1).clip(0, 255).astype(np.uint8)).convert("RGBA")


def draw_block(picture: Image.Image) -> Image.Image:
    ImageDraw.Draw(picture).rectangle((BOX[0], BOX[1], BOX[2] - 1, BOX[3] - 1), fill=RED)
    return picture


def clear_paper() -> Image.Image:
    return Image.new("RGBA", (PX, PX), (0, 255, 0, 0))


def noisy_paper() -> Image.Image:
    noise = np.random.default_rng(2).integers(60, 200, (PX, PX, 1)) * np.array([0.3, 1, 0.4])
    return Image.fromarray(noise.astype(np.uint8)).convert("RGBA")


@pytest.mark.parametrize("paper", [paint_paper, clear_paper, noisy_paper])
def test_a_subject_is_found_on_paper_on_nothing_and_before_a_scene(paper: Callable[[], Image.Image]) -> None:
    subject = find_subject(draw_block(paper()))

    assert np.abs(np.array(subject.box) - BOX).max() <= 4
    assert subject.mask is not None
    assert subject.mask[60:190, 80:160].all()
    assert not subject.mask[:20].any()


def test_a_soft_shadow_on_the_ground_is_no_part_of_the_subject() -> None:
    paper = np.asarray(paint_paper()).astype(float)
    rows, columns = np.mgrid[0:PX, 0:PX]
    darkness = 0.35 * np.exp(-(((columns - 190) / 40) ** 2) - ((rows - 205) / 14) ** 2)
    paper[..., :3] *= 1 - darkness[..., None]

    subject = find_subject(draw_block(Image.fromarray(paper.astype(np.uint8))))

    assert subject.box[2] <= BOX[2] + 6


def test_words_in_a_corner_are_no_part_of_the_subject() -> None:
    picture = draw_block(paint_paper())
    ImageDraw.Draw(picture).text((PX - 8, PX - 8), "sandbox picture", fill=(120, 126, 138), anchor="rs")

    assert np.abs(np.array(find_subject(picture).box) - BOX).max() <= 4


@pytest.mark.parametrize("colour", [RED, None])
def test_a_picture_of_one_colour_or_of_noise_is_a_pattern(colour: tuple[int, int, int] | None) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (PX, PX, 3)).astype(np.uint8)
    picture = Image.fromarray(noise) if colour is None else Image.new("RGB", (PX, PX), colour)

    assert find_subject(picture.convert("RGBA")).is_pattern


def test_the_background_takes_the_colours_of_the_subject() -> None:
    colours = keep_colours(find_subject(draw_block(paint_paper())))

    assert np.abs(colours - np.array(RED) / 255).max() < 0.03


def test_a_patch_within_the_subject_is_removed_and_one_that_reaches_its_rim_stays() -> None:
    picture = draw_block(paint_paper())
    draw = ImageDraw.Draw(picture)
    draw.rectangle((90, 70, 150, 110), fill=BLUE)
    draw.rectangle((60, 160, 180, 190), fill=BLUE)
    subject = find_subject(picture)
    assert subject.mask is not None

    plain = remove_features(keep_colours(subject), subject.mask)

    assert plain[90, 120, 0] > 0.6 > 0.4 > plain[90, 120, 2]
    assert plain[175, 120, 2] > 0.6


def make_surface(triangles: list) -> Surface:
    positions = np.array(triangles, dtype=np.float32)
    normals = np.cross(positions[:, 1] - positions[:, 0], positions[:, 2] - positions[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return Surface(positions, normals[:, None].repeat(3, axis=1), np.zeros((len(positions), 3, 2), np.float32))


def make_block(low: tuple[float, float, float], high: tuple[float, float, float]) -> list:
    triangles = []
    for axis in range(3):
        for side in (0, 1):
            corners = []
            for a, b in ((0, 0), (1, 0), (1, 1), (0, 1)):
                share = [0, 0, 0]
                share[axis], share[(axis + 1) % 3], share[(axis + 2) % 3] = side, a, b
                corners.append([lo + s * (hi - lo) for lo, hi, s in zip(low, high, share, strict=True)])
            corners = corners if side else corners[::-1]
            triangles += [corners[:3], [corners[0], corners[2], corners[3]]]
    return triangles


L_SHAPE = make_surface(make_block((0, 0, 0), (1, 2, 0.5)) + make_block((0, 0, 0.5), (0.4, 2, 2)))
"""From the front an L, from the side a plain block, twice as deep as wide."""


def draw_outline(azimuth: float, *, box: tuple[int, int, int, int] = (50, 40, 170, 200)) -> Subject:
    """Draw the L from one side as a subject."""
    model = Model(L_SHAPE)
    view = model.aim(azimuth, 0)
    flat = view.flatten(view.turn(L_SHAPE.positions))
    low, high = flat.reshape(-1, 2).min(axis=0), flat.reshape(-1, 2).max(axis=0)
    scale = min((box[2] - box[0]) / (high[0] - low[0]), (box[3] - box[1]) / (high[1] - low[1]))
    picture = clear_paper()
    for corners in (flat - low) * scale:
        ImageDraw.Draw(picture).polygon([(box[0] + x, box[3] - y) for x, y in corners], fill=RED)
    return find_subject(picture)


@pytest.mark.parametrize("azimuth", [0, 40, -60])
def test_the_side_that_a_picture_shows_is_found_by_its_outline(azimuth: float) -> None:
    fit = fit_view(Model(L_SHAPE), draw_outline(azimuth))

    assert fit.likeness > 0.9
    assert abs(fit.azimuth - azimuth) <= 10


def test_an_outline_of_something_else_is_taken_for_the_front() -> None:
    picture = clear_paper()
    ImageDraw.Draw(picture).ellipse((20, 80, 220, 120), fill=RED)

    fit = fit_view(Model(L_SHAPE), find_subject(picture))

    assert fit.azimuth == 0
    assert fit.likeness < 0.75
    assert fit.spans is not None


def test_every_pixel_of_a_square_is_covered_once() -> None:
    square = np.array([[[0, 0], [8, 0], [8, 8]], [[0, 0], [8, 8], [0, 8]]], dtype=np.float32)

    counts = np.zeros((8, 8), dtype=int)
    for found in cover_in_bands(square, width=8, height=8):
        np.add.at(counts, (found.rows, found.columns), 1)
        places = found.mix(square)
        assert np.abs(places - np.stack([found.columns, found.rows], axis=1) - 0.5).max() < 1e-4

    assert (counts == 1).all()


def test_a_pattern_has_no_seam_where_it_begins_again() -> None:
    ramp = np.linspace(0, 1, 64, dtype=np.float32)[None, :, None].repeat(64, axis=0).repeat(3, axis=2)
    pattern = Pattern(ramp, low=np.zeros(3), size=1.0)
    points = np.stack([np.linspace(0, 1, 400), np.zeros(400), np.full(400, 0.5)], axis=1).astype(np.float32)
    normals = np.tile(np.array([0, -1, 0], dtype=np.float32), (400, 1))

    colours = pattern.look(points, normals)

    assert np.ptp(colours) > 0.5
    assert np.abs(np.diff(colours, axis=0)).max() < 0.1
