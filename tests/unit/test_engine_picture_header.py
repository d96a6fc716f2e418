"""The size of a picture is read from its header, whatever wrote it."""

import io
import struct

import pytest
from PIL import Image

from engine.picture_header import KTX2_MAGIC, PictureHeader, read_picture_header


def encode(kind: str, mode: str = "RGB", **options: object) -> bytes:
    stream = io.BytesIO()
    Image.new(mode, (37, 21), 128 if mode == "L" else None).save(stream, kind, **options)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (encode("PNG"), "image/png"),
        (encode("PNG", "LA"), "image/png"),
        (encode("JPEG"), "image/jpeg"),
        (encode("JPEG", "L", progressive=True), "image/jpeg"),
        (encode("JPEG", exif=b"Exif\0\0" + b"x" * 3000), "image/jpeg"),
        (encode("WEBP"), "image/webp"),
        (encode("WEBP", lossless=True), "image/webp"),
        (encode("WEBP", "RGBA", exif=b"Exif\0\0" + b"x" * 50), "image/webp"),
    ],
)
def test_size_and_kind_are_read(data: bytes, mime: str) -> None:
    assert read_picture_header(data) == PictureHeader(mime, 37, 21)


def test_the_size_of_a_ktx2_is_read() -> None:
    data = KTX2_MAGIC + struct.pack("<IIIII", 0, 1, 512, 256, 0)

    assert read_picture_header(data) == PictureHeader("image/ktx2", 512, 256)


@pytest.mark.parametrize(("kind", "mime"), [("BMP", "image/bmp"), ("TGA", "image/tga"), ("TIFF", "image/tiff")])
def test_other_kinds_are_read_only_where_they_are_allowed(kind: str, mime: str) -> None:
    data = encode(kind)

    assert read_picture_header(data) is None
    assert read_picture_header(data, allow_others=True) == PictureHeader(mime, 37, 21)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("length", [0, 3, 12, 20])
def test_a_cut_off_header_is_no_picture(kind: str, length: int) -> None:
    assert read_picture_header(encode(kind)[:length]) is None
