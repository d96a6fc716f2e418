"""Pictures from outside are checked by their header before anything decodes them."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import EngineError
from engine.guard_picture import open_picture
from tests import made_models


def write_picture(folder: Path, picture: Image.Image, kind: str, **options: object) -> Path:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return made_models.write(folder, f"picture.{kind.lower()}", stream.getvalue())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_opened_with_alpha_and_not_larger_than_asked(tmp_path: Path, kind: str) -> None:
    file = write_picture(tmp_path, Image.new("RGB", (400, 200), (200, 40, 40)), kind)

    picture = open_picture(file, longest_px=100)

    assert (picture.mode, picture.size) == ("RGBA", (100, 50))
    assert np.abs(np.array(picture.getpixel((50, 25))) - (200, 40, 40, 255)).max() < 8


def test_a_photograph_lying_on_its_side_is_set_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: to be turned by a quarter
    file = write_picture(tmp_path, Image.new("RGB", (40, 20)), "JPEG", exif=exif)

    assert open_picture(file).size == (20, 40)


def test_a_photograph_with_damaged_notes_is_taken_as_it_lies(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a robot"
    file = write_picture(tmp_path, Image.new("RGB", (40, 20)), "JPEG", exif=exif)
    note, height = b"\x01\x0e\x00\x02", b"\x01\x01\x00\x02"  # a text, and one in the place of a number
    file.write_bytes(file.read_bytes().replace(note, height))

    assert max(open_picture(file).size) == 40


def test_sixteen_bit_grey_keeps_its_middle(tmp_path: Path) -> None:
    file = write_picture(tmp_path, Image.fromarray(np.full((16, 16), 32768, np.uint16)), "PNG")

    assert open_picture(file).getpixel((3, 3)) == (127, 127, 127, 255)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (made_models.png_that_claims(60_000, 60_000), "refused"),
        (made_models.png_that_claims(64, 64), "unreadable"),
        (made_models.png(2, 2), "refused"),
        (made_models.png(800, 10), "refused"),
        (made_models.png(64, 64)[:80], "unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported"),
        (made_models.ktx2(), "unsupported"),
        (b"", "unsupported"),
    ],
)
def test_what_is_hostile_damaged_or_of_another_kind_is_refused(tmp_path: Path, data: bytes, kind: str) -> None:
    file = made_models.write(tmp_path, "picture.png", data)

    with pytest.raises(EngineError) as caught:
        open_picture(file)

    assert caught.value.kind == kind
