"""Pictures from named sides: the right side, the asked size and format, and never blank."""

import colorsys
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine import client
from tests.coloured_box import COLOURS, build_box
from tests.integration.conftest import REAL_MODELS
from tests.made_models import write

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("warm_engine")]

SIDES = tuple(COLOURS)
WIDTH, HEIGHT = 128, 96


class Renders:
    """The answer of one render job, and its pictures."""

    def __init__(self, answer: dict[str, Any], folder: Path) -> None:
        self.images: list[dict[str, Any]] = answer["images"]
        self.folder = folder

    def open(self, angle: str, style: str) -> np.ndarray:
        (image,) = [image for image in self.images if (image["angle"], image["style"]) == (angle, style)]
        with Image.open(self.folder / image["file"]) as picture:
            return np.asarray(picture.convert("RGB")).astype(int)


def render(file: Path, out: Path, **options: object) -> Renders:
    return Renders(client.run("render", file=file, out=out, options=options), out)


@pytest.fixture(scope="module")
def box_renders(tmp_path_factory: pytest.TempPathFactory) -> Renders:
    folder = tmp_path_factory.mktemp("box")
    box = write(folder, "box.glb", build_box())
    angles = ",".join([*SIDES, "three-quarter"])
    return render(box, folder / "out", angles=angles, width=WIDTH, height=HEIGHT, rgb=True, white=True, clear=True)


def name_colour(pixel: np.ndarray) -> str:
    """Return the side of the box whose colour has the nearest hue, or `none` for grey."""
    hue, saturation, _ = colorsys.rgb_to_hsv(*(pixel / 255))
    if saturation < 0.35:
        return "none"
    hues = {side: colorsys.rgb_to_hsv(*colour)[0] for side, colour in COLOURS.items()}
    return min(hues, key=lambda side: min(abs(hues[side] - hue), 1 - abs(hues[side] - hue)))


def find_sides(picture: np.ndarray) -> set[str]:
    """Return the sides that cover at least a fiftieth of a picture."""
    names = [name_colour(pixel) for pixel in picture[::3, ::3].reshape(-1, 3)]
    return {name for name in set(names) - {"none"} if names.count(name) > len(names) / 50}


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("style", ["rgb", "white"])
def test_each_angle_shows_its_own_side_of_the_model(box_renders: Renders, side: str, style: str) -> None:
    picture = box_renders.open(side, style)

    assert find_sides(picture) == {side}


def test_three_quarter_shows_the_front_the_left_and_the_top(box_renders: Renders) -> None:
    assert find_sides(box_renders.open("three-quarter", "rgb")) == {"front", "left", "top"}


def test_every_picture_has_the_asked_size_and_format(box_renders: Renders) -> None:
    assert len(box_renders.images) == 3 * (len(SIDES) + 1)
    for image in box_renders.images:
        assert (image["width"], image["height"], image["format"]) == (WIDTH, HEIGHT, "png")
        with Image.open(box_renders.folder / image["file"]) as picture:
            assert (picture.size, picture.format) == ((WIDTH, HEIGHT), "PNG")
            assert picture.mode == ("RGBA" if image["style"] == "clear" else "RGB")


def test_the_subject_fills_the_picture_and_keeps_a_margin(box_renders: Renders) -> None:
    for side in SIDES:
        is_subject = np.ptp(box_renders.open(side, "white"), axis=2) > 60
        rows = np.flatnonzero(is_subject.any(axis=1))

        assert 0.7 * HEIGHT < np.ptp(rows) < 0.9 * HEIGHT
        assert not is_subject[0].any()
        assert not is_subject[-1].any()


def test_the_white_background_is_white_and_the_studio_is_not(box_renders: Renders) -> None:
    white, studio = box_renders.open("bottom", "white"), box_renders.open("bottom", "rgb")

    assert (white[0] == 255).all()
    assert (studio[0] < 250).all()
    assert (studio[0] > 180).all()


def test_the_clear_background_lets_through_all_but_the_subject(box_renders: Renders) -> None:
    (image,) = [image for image in box_renders.images if (image["angle"], image["style"]) == ("front", "clear")]
    with Image.open(box_renders.folder / image["file"]) as picture:
        alpha = picture.getchannel("A")

    assert (alpha.getpixel((0, 0)), alpha.getpixel((WIDTH // 2, HEIGHT // 2))) == (0, 255)


def test_no_two_angles_give_the_same_picture(box_renders: Renders) -> None:
    pictures = [box_renders.open(side, "rgb") for side in (*SIDES, "three-quarter")]

    assert all(np.abs(one - other).mean() > 5 for one, other in combinations(pictures, 2))


def test_a_jpeg_of_one_style_is_one_picture(tmp_path: Path) -> None:
    box = write(tmp_path, "box.glb", build_box())

    renders = render(box, tmp_path / "out", angles="front", width=64, height=80, format="jpeg", rgb=False, white=True)

    assert [(image["style"], image["format"]) for image in renders.images] == [("white", "jpeg")]
    with Image.open(tmp_path / "out" / renders.images[0]["file"]) as picture:
        assert (picture.format, picture.size) == ("JPEG", (64, 80))


@pytest.mark.parametrize("size", [0.002, 500.0])
def test_the_picture_does_not_depend_on_the_size_of_the_model(tmp_path: Path, size: float) -> None:
    plain = write(tmp_path, "plain.glb", build_box())
    scaled = write(tmp_path, "scaled.glb", build_box((size, size, size)))
    options = {"angles": "three-quarter", "width": 96, "height": 96}

    one = render(plain, tmp_path / "one", **options).open("three-quarter", "rgb")
    other = render(scaled, tmp_path / "other", **options).open("three-quarter", "rgb")

    assert np.abs(one - other).mean() < 1.5


def test_a_model_without_materials_is_shown_in_neutral_clay(tmp_path: Path) -> None:
    bare = write(tmp_path, "bare.glb", build_box(has_materials=False))

    picture = render(bare, tmp_path / "out", angles="front", width=64, height=64).open("front", "rgb")

    middle = picture[24:40, 24:40].reshape(-1, 3)
    assert np.ptp(middle, axis=1).max() < 25
    assert 110 < middle.mean() < 225


@pytest.mark.parametrize("name", REAL_MODELS)
def test_real_models_are_in_the_picture(shared_models: Path, tmp_path: Path, name: str) -> None:
    options = {"angles": "three-quarter", "width": 96, "height": 96, "rgb": False, "white": True}

    picture = render(shared_models / f"{name}.glb", tmp_path, **options).open("three-quarter", "white")

    is_subject = picture.min(axis=2) < 200
    rows, columns = np.flatnonzero(is_subject.any(axis=1)), np.flatnonzero(is_subject.any(axis=0))
    assert max(np.ptp(rows), np.ptp(columns)) > 0.6 * 96
    assert not is_subject[0].any()
    assert len(np.unique(picture[is_subject], axis=0)) > 100


def test_progress_is_told_for_every_angle(tmp_path: Path) -> None:
    box = write(tmp_path, "box.glb", build_box())
    told: list[tuple[float, str]] = []

    client.run(
        "render",
        file=box,
        out=tmp_path / "out",
        options={"angles": "front,top", "width": 64, "height": 64},
        on_progress=lambda progress, text: told.append((progress, text)),
    )

    assert [text for _, text in told if text.startswith("Rendering")] == ["Rendering front", "Rendering top"]
    assert [progress for progress, _ in told] == sorted(progress for progress, _ in told)
    assert told[-1][0] == 1


@pytest.mark.parametrize(
    "options",
    [{"width": 63}, {"height": 4097}, {"angles": "front,sideways"}, {"format": "webp"}, {"rgb": False, "white": False}],
)
def test_what_cannot_be_rendered_is_refused_before_blender_works(tmp_path: Path, options: dict[str, object]) -> None:
    box = write(tmp_path, "box.glb", build_box())

    with pytest.raises(client.EngineError) as caught:
        render(box, tmp_path / "out", **options)

    assert caught.value.kind == "usage"


@pytest.mark.parametrize("name", ["closed_textured", "scan_no_uvs", "many_parts", "skinned", "vertex_colors", "draco"])
def test_models_of_every_kind_make_pictures_with_something_on_them(
    sample_models: Path, tmp_path: Path, name: str
) -> None:
    renders = render(
        sample_models / f"{name}.glb", tmp_path, angles="three-quarter", width=96, height=96, rgb=False, white=True
    )

    picture = renders.open("three-quarter", "white")
    is_subject = (picture < 235).any(axis=2)
    assert 0.08 < is_subject.mean() < 0.85
    assert picture[is_subject].std() > 10
