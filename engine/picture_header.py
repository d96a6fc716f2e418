"""The size of a picture, read from its header without decoding it."""

import io
from dataclasses import dataclass

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
KTX2_MAGIC = b"\xabKTX 20\xbb\r\n\x1a\n"
JPEG_SIZE_MARKERS = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
JPEG_MARKERS_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}
OTHER_KINDS = ("BMP", "TGA", "TIFF")


@dataclass(frozen=True)
class PictureHeader:
    """What the header says."""

    mime: str
    width: int
    height: int

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.width * self.height


def read_picture_header(data: bytes, *, allow_others: bool = False) -> PictureHeader | None:
    """Read a PNG, JPEG, WebP or KTX2 header; with `allow_others` also BMP, TGA and TIFF. None: no such picture."""
    if data.startswith(PNG_MAGIC) and len(data) >= 24:
        return PictureHeader("image/png", _big(data[16:20]), _big(data[20:24]))
    if data.startswith(KTX2_MAGIC) and len(data) >= 28:
        return PictureHeader("image/ktx2", _little(data[20:24]), max(_little(data[24:28]), 1))
    if data.startswith(b"\xff\xd8"):
        return _read_jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _read_webp(data)
    return _read_other(data) if allow_others else None


def _read_jpeg(data: bytes) -> PictureHeader | None:
    at = 2
    while at + 9 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in JPEG_SIZE_MARKERS:
            return PictureHeader("image/jpeg", _big(data[at + 7 : at + 9]), _big(data[at + 5 : at + 7]))
        elif marker in JPEG_MARKERS_WITHOUT_LENGTH:
            at += 2
        else:
            at += 2 + max(_big(data[at + 2 : at + 4]), 2)
    return None


def _read_webp(data: bytes) -> PictureHeader | None:
    if len(data) < 30:
        return None
    chunk = data[12:16]
    if chunk == b"VP8X":
        return PictureHeader("image/webp", _little(data[24:27]) + 1, _little(data[27:30]) + 1)
    if chunk == b"VP8L":
        bits = _little(data[21:25])
        return PictureHeader("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if chunk == b"VP8 ":
        return PictureHeader("image/webp", _little(data[26:28]) & 0x3FFF, _little(data[28:30]) & 0x3FFF)
    return None


def _read_other(data: bytes) -> PictureHeader | None:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data), formats=OTHER_KINDS) as picture:
            return PictureHeader(f"image/{(picture.format or '').lower()}", *picture.size)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def _big(raw: bytes) -> int:
    return int.from_bytes(raw, "big")


def _little(raw: bytes) -> int:
    return int.from_bytes(raw, "little")
