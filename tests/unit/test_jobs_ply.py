"""PLY files: a whole one is taken however it is written, one that is cut off is not."""

import struct
from pathlib import Path

import pytest

from jobs.formats import NotTaken
from jobs.ply_checks import check_ply
from sandbox.canned_models import build_ply

POINTS = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]
HEAD = """ply
format {format} 1.0
comment made for a test
element vertex 4
property float x
property float y
property float z
element face 2
property list uchar int vertex_indices
end_header
"""
MIXED, EQUAL = [(0, 1, 2, 3), (0, 1, 2)], [(0, 1, 2), (0, 2, 3)]


def build_binary(order: str, faces: list[tuple[int, ...]]) -> bytes:
    kind = {"<": "binary_little_endian", ">": "binary_big_endian"}[order]
    points = b"".join(struct.pack(f"{order}3f", *point) for point in POINTS)
    lists = b"".join(struct.pack(f"{order}B{len(face)}i", len(face), *face) for face in faces)
    return HEAD.format(format=kind).encode() + points + lists


WHOLE = {
    "text": build_ply(),
    "text without a last line's end": build_ply().rstrip(),
    "text in one line": HEAD.format(format="ascii").encode() + b"0 0 0 1 0 0 1 1 0 0 1 0 3 0 1 2 3 0 2 3",
    "triangles": build_binary("<", EQUAL),
    "big end first": build_binary(">", EQUAL),
    "mixed faces": build_binary("<", MIXED),
    "points alone": HEAD.format(format="ascii").replace("face 2", "face 0").encode() + b"0 0 0\n" * 4,
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_file_is_taken(tmp_path: Path, name: str) -> None:
    path = tmp_path / "whole.ply"
    path.write_bytes(WHOLE[name])

    check_ply(path)


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("share", [0.3, 0.5, 0.8, 0.98])
def test_a_file_that_is_cut_off_is_not(tmp_path: Path, name: str, share: float) -> None:
    path = tmp_path / "cut.ply"
    whole = WHOLE[name].rstrip()
    path.write_bytes(whole[: int(len(whole) * share)].rstrip())

    with pytest.raises(NotTaken):
        check_ply(path)


@pytest.mark.parametrize(
    "text",
    [
        b"ply\nend_header\n",
        HEAD.format(format="ascii").replace("vertex 4", "vertex 0").encode(),
        HEAD.format(format="ascii").replace("list uchar int", "list uchar mesh").encode() + b"0 0 0\n" * 6,
        HEAD.format(format="ascii").encode() + b"0 0 0 " * 4 + b"9" * 5_000,
        HEAD.format(format="binary_little_endian").replace("uchar", "char").encode() + bytes(48) + b"\xff" * 30,
        HEAD.format(format="ascii").replace("face 2", "face 99999999999").encode() + b"0 0 0\n" * 6,
    ],
)
def test_a_header_that_lies_is_told_and_breaks_nothing(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "lies.ply"
    path.write_bytes(text)

    with pytest.raises(NotTaken):
        check_ply(path)
