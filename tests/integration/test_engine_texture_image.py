"""Texturing from pictures: what the picture shows lands where it belongs, and nothing stays bare."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from engine import client
from tests import made_models
from tests.coloured_box import build_box

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("warm_engine")]

RED, BLUE, GREEN = (200, 40, 40), (40, 60, 200), (30, 170, 60)
SIZE = 1024


def draw_front(file: Path) -> Path:
    """A tall red block with a blue foot, and a green label in its middle, on nearly white paper."""
    picture = Image.new("RGB", (240, 320), (244, 245, 247))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((40, 40, 199, 279), fill=RED)
    draw.rectangle((40, 220, 199, 279), fill=BLUE)
    draw.rectangle((85, 90, 155, 150), fill=GREEN)
    picture.save(file)
    return file


class Textured:
    """The answer of one job, and the folder with its files."""

    def __init__(self, answer: dict[str, Any], folder: Path) -> None:
        self.answer = answer
        self.folder = folder

    def render(self, out: Path) -> dict[str, np.ndarray]:
        options = {"angles": "front,back,left,top", "width": 96, "height": 96, "rgb": False, "white": True}
        answer = client.run("render", file=self.folder / self.answer["file"], out=out, options=options)
        pictures = {}
        for image in answer["images"]:
            with Image.open(out / image["file"]) as picture:
                pictures[image["angle"]] = np.asarray(picture.convert("RGB")).astype(int)
        return pictures


def texture(model: Path, images: list[Path], out: Path, **options: object) -> Textured:
    answer = client.run("texture", file=model, images=images, out=out, options={"texture_size": SIZE, **options})
    return Textured(answer, out)


@pytest.fixture(scope="module")
def block(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A block as tall as in the picture; it has neither UVs nor materials."""
    return made_models.write(tmp_path_factory.mktemp("block"), "block.glb", build_box((1, 1.5, 1), has_materials=False))


@pytest.fixture(scope="module")
def textured(block: Path, tmp_path_factory: pytest.TempPathFactory) -> Textured:
    folder = tmp_path_factory.mktemp("textured")
    return texture(block, [draw_front(folder / "front.png")], folder / "out")


def is_like(pixels: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Tell which pixels have the tint of a colour, whatever the light."""
    share = pixels / np.maximum(pixels.sum(axis=-1, keepdims=True), 1)
    return np.abs(share - np.array(colour) / sum(colour)).max(axis=-1) < 0.13


def test_the_front_shows_the_picture_and_the_other_sides_its_colours_without_the_label(
    textured: Textured, tmp_path: Path
) -> None:
    sides = textured.render(tmp_path)

    front = sides["front"]
    assert is_like(front, GREEN)[30:40, 44:52].mean() > 0.8
    for name in ("front", "back", "left"):
        side = sides[name]
        assert is_like(side, RED)[20:50, 27:33].mean() > 0.8, name
        assert is_like(side, BLUE)[76:82, 36:60].mean() > 0.8, name
    assert is_like(sides["back"], GREEN).mean() < 0.01
    assert is_like(sides["top"], RED)[30:66, 30:66].mean() > 0.9


def test_every_texel_has_a_colour_of_the_subject(textured: Textured) -> None:
    with Image.open(textured.folder / textured.answer["maps"]["base_color"]) as picture:
        texels = np.asarray(picture.convert("RGB")).astype(int)

    assert texels.shape == (SIZE, SIZE, 3)
    assert texels.max(axis=2).min() > 90  # no hole
    assert texels.min(axis=2).max() < 150  # and no paper
    assert (is_like(texels, RED) | is_like(texels, BLUE) | is_like(texels, GREEN)).mean() > 0.9


def test_the_maps_are_in_the_model_and_the_answer_says_what_the_picture_shows(textured: Textured) -> None:
    assert set(textured.answer["maps"]) == {"base_color", "metallic", "roughness", "normal"}
    assert any("front" in note for note in textured.answer["notes"])
    assert textured.answer["facts"]["has_uvs"]


def test_the_same_pictures_give_the_same_bytes(textured: Textured, block: Path, tmp_path: Path) -> None:
    again = texture(block, [draw_front(tmp_path / "front.png")], tmp_path / "out")

    for name in (*textured.answer["maps"].values(), textured.answer["file"]):
        assert (again.folder / name).read_bytes() == (textured.folder / name).read_bytes(), name


def test_a_second_picture_is_laid_on_the_back(block: Path, tmp_path: Path) -> None:
    back = tmp_path / "back.png"
    picture = Image.new("RGBA", (160, 240), GREEN)
    picture.crop((-40, -40, 200, 280)).save(back)

    sides = texture(block, [draw_front(tmp_path / "front.png"), back], tmp_path / "out", pbr=False).render(tmp_path)

    assert is_like(sides["back"], GREEN)[20:76, 36:60].mean() > 0.9
    assert is_like(sides["front"], RED)[20:50, 27:33].mean() > 0.8


@pytest.mark.parametrize(
    ("data", "kind"), [(made_models.png_that_claims(60_000, 60_000), "refused"), (b"no picture", "unsupported")]
)
def test_a_hostile_picture_is_refused(block: Path, tmp_path: Path, data: bytes, kind: str) -> None:
    file = made_models.write(tmp_path, "picture.png", data)

    with pytest.raises(client.EngineError) as caught:
        texture(block, [file], tmp_path / "out")

    assert caught.value.kind == kind


def test_more_pictures_than_are_known_what_to_do_with_are_refused(block: Path, tmp_path: Path) -> None:
    with pytest.raises(client.EngineError) as caught:
        texture(block, [draw_front(tmp_path / "front.png")] * 5, tmp_path / "out")

    assert caught.value.kind == "usage"
