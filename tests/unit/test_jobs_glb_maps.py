"""The maps inside a GLB and the hash of its UV layout, read from files made byte by byte."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobs import uvs
from jobs.glb_maps import read_maps
from jobs.uvs import hash_layout
from tests import made_models

Change = Callable[[dict[str, Any], bytearray], None]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write the cube as it is after each change."""
    numbers = iter(range(100))

    def write_one(*changes: Change) -> Path:
        document, binary = made_models.cube_document()
        content = bytearray(binary)
        for change in changes:
            change(document, content)
        path = tmp_path / f"{next(numbers)}.glb"
        path.write_bytes(made_models.glb(document, bytes(content)))
        return path

    return write_one


def turn_triangles(document: dict[str, Any], content: bytearray) -> None:
    """Tell the same triangles in another order."""
    start, length = document["bufferViews"][2]["byteOffset"], document["bufferViews"][2]["byteLength"]
    triangles = [content[start + i : start + i + 6] for i in range(0, length, 6)]
    content[start : start + length] = b"".join(reversed(triangles))


def move_uvs(by: float) -> Change:
    def move(document: dict[str, Any], content: bytearray) -> None:
        start, length = document["bufferViews"][1]["byteOffset"], document["bufferViews"][1]["byteLength"]
        numbers = struct.unpack_from(f"<{length // 4}f", content, start)
        struct.pack_into(f"<{length // 4}f", content, start, *(number + by for number in numbers))

    return move


def rename(document: dict[str, Any], content: bytearray) -> None:
    document["materials"][0]["name"] = "Other"
    document["meshes"][0]["name"] = "Anything"


def compress(document: dict[str, Any], content: bytearray) -> None:
    document["bufferViews"][1]["extensions"] = {"EXT_meshopt_compression": {}}


def take_uvs_away(document: dict[str, Any], content: bytearray) -> None:
    del document["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"]


def point_outside(document: dict[str, Any], content: bytearray) -> None:
    document["accessors"][1]["byteOffset"] = 10_000_000


@pytest.mark.parametrize("change", [turn_triangles, rename, move_uvs(3e-8)])
def test_what_an_exporter_may_change_leaves_the_layout_equal(write: Callable[..., Path], change: Change) -> None:
    assert hash_layout(write(change)) == hash_layout(write())
    assert len(hash_layout(write())) == 64


def test_another_layout_has_another_hash(write: Callable[..., Path]) -> None:
    assert hash_layout(write(move_uvs(0.01))) != hash_layout(write())


@pytest.mark.parametrize("change", [compress, take_uvs_away, point_outside])
def test_a_layout_that_cannot_be_read_has_no_hash(write: Callable[..., Path], change: Change) -> None:
    assert hash_layout(write(change)) == ""


def test_a_file_that_is_no_glb_has_neither_hash_nor_maps(tmp_path: Path) -> None:
    path = tmp_path / "cut.glb"
    path.write_bytes(made_models.glb()[:40])

    assert hash_layout(path) == ""
    assert read_maps(path) == []


def test_a_map_is_found_where_its_bytes_lie(write: Callable[..., Path]) -> None:
    path = write()

    [material] = read_maps(path)

    found = material["maps"].pop("base_color")
    assert material == {
        "name": "Red",
        "factors": {"base_color": [1, 1, 1, 1], "metallic": 1, "roughness": 1, "emissive": [0, 0, 0]},
        "maps": {},
    }
    assert (found["format"], found["width"], found["height"]) == ("png", 4, 4)
    bytes_there = path.read_bytes()[found["offset"] : found["offset"] + found["size_bytes"]]
    assert bytes_there.startswith(made_models.png())


def test_a_picture_that_no_browser_shows_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "ktx2.glb"
    path.write_bytes(made_models.glb_with_ktx2())

    assert read_maps(path)[0]["maps"] == {}


def test_values_that_are_no_numbers_become_the_usual_ones(write: Callable[..., Path]) -> None:
    def spoil(document: dict[str, Any], content: bytearray) -> None:
        document["materials"][0]["pbrMetallicRoughness"] |= {"baseColorFactor": ["<b>"], "metallicFactor": "much"}

    factors = read_maps(write(spoil))[0]["factors"]

    assert (factors["base_color"], factors["metallic"]) == ([1, 1, 1, 1], 1)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 10**400, -1e300])
def test_a_factor_that_is_no_number_of_a_material_is_the_usual_one(write: Callable[..., Path], number: float) -> None:
    def set_factors(document: dict[str, Any], content: bytearray) -> None:
        surface = document["materials"][0].setdefault("pbrMetallicRoughness", {})
        surface.update(metallicFactor=number, baseColorFactor=[1, 1, 1, number])

    factors = read_maps(write(set_factors))[0]["factors"]

    assert (factors["metallic"], factors["base_color"]) == (1, [1, 1, 1, 1])


def test_geometry_that_is_told_a_thousand_times_is_not_read_a_thousand_times(
    write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small file may say that each of its parts is the whole of it, or that all of them have no corner at all."""
    read = []
    monkeypatch.setattr(uvs, "measure_part", lambda glb, part: read.append(part) or (0, [0.0] * len(uvs.MOMENTS)))
    monkeypatch.setattr(uvs, "NUMBERS_MAX", 1_000)

    def repeat(document: dict[str, Any], content: bytearray) -> None:
        document["meshes"][0]["primitives"] *= 1_000

    assert hash_layout(write(repeat)) == ""
    assert len(read) < 50


def test_geometry_that_goes_backwards_is_not_read(write: Callable[..., Path]) -> None:
    def go_back(document: dict[str, Any], content: bytearray) -> None:
        document["bufferViews"][1]["byteStride"] = -8

    assert hash_layout(write(go_back)) == ""
