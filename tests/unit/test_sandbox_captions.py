"""The line that marks a generated picture as the sandbox's."""

from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw

from engine.project_subject import find_subject
from sandbox.captions import stamp

SIDE_PX = 512
GROUNDS = ["white", "#26282e", "#b8c4d0"]


@pytest.fixture
def pictures(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Image.Image, Image.Image]:
    """A disc on a plain ground, without and with its caption."""
    plain = Image.new("RGB", (SIDE_PX, SIDE_PX), request.param)
    ImageDraw.Draw(plain).ellipse((120, 100, 390, 420), fill="#a0522d")
    plain.save(tmp_path / "plain.png")
    stamp(tmp_path / "plain.png", tmp_path / "stamped.png", texts={"Title": "a disc"})
    with Image.open(tmp_path / "stamped.png") as opened:
        opened.load()
        assert opened.text["Title"] == "a disc"
        return plain, opened.convert("RGB")


@pytest.mark.parametrize("pictures", GROUNDS, indirect=True)
def test_a_caption_is_seen_at_the_bottom_edge_alone(pictures: tuple[Image.Image, Image.Image]) -> None:
    plain, stamped = pictures

    changed = ImageChops.difference(plain, stamped).convert("L")

    _, top, _, bottom = changed.getbbox() or (0, 0, 0, 0)
    assert top > 0.93 * SIDE_PX
    assert bottom < SIDE_PX
    assert changed.getextrema()[1] > 90


@pytest.mark.parametrize("pictures", GROUNDS, indirect=True)
def test_a_caption_is_not_taken_for_a_part_of_the_subject(pictures: tuple[Image.Image, Image.Image]) -> None:
    plain, stamped = (find_subject(picture.convert("RGBA")) for picture in pictures)

    assert stamped.box == plain.box
