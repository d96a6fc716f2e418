"""Every kind of file in and out: the shape stays the same, and textures survive where the format can hold them."""

import functools
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from engine import client
from engine.formats import FORMATS
from tests import made_models
from tests.integration.conftest import REAL_MODELS

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("warm_engine")]

HOLDS_TEXTURES = {"glb", "gltf", "fbx", "obj", "usdz"}
HOLDS_RIGS = {"glb", "gltf", "fbx", "usdz"}
Convert = Callable[[Path, str], tuple[Path, dict[str, Any]]]


@pytest.fixture(scope="session")
def convert(tmp_path_factory: pytest.TempPathFactory) -> Convert:
    """Convert a file once per run, however many tests ask for it."""
    done: dict[tuple[Path, str], tuple[Path, dict[str, Any]]] = {}

    def get_converted(file: Path, target: str) -> tuple[Path, dict[str, Any]]:
        if (file, target) not in done:
            out = tmp_path_factory.mktemp("converted")
            answer = client.run("convert", file=file, out=out, options={"target_format": target})
            done[file, target] = (out / answer["file"], answer)
        return done[file, target]

    return get_converted


def inspect(file: Path, out: Path) -> dict[str, Any]:
    facts: dict[str, Any] = client.run("inspect", file=file, out=out)["facts"]
    return facts


@pytest.fixture(scope="module")
def real_facts(shared_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, Any]]:
    """Inspect a real model once, however many tests ask for it."""
    out = tmp_path_factory.mktemp("facts")
    return functools.cache(lambda name: inspect(shared_models / f"{name}.glb", out))


def assert_same_shape(facts: dict[str, Any], other: dict[str, Any]) -> None:
    assert facts["triangles"] + 2 * facts["quads"] == other["triangles"] + 2 * other["quads"]
    for corner in ("min", "max"):
        assert facts["bounding_box_m"][corner] == pytest.approx(other["bounding_box_m"][corner], abs=1e-4)


@pytest.mark.parametrize("target", FORMATS)
def test_a_textured_glb_goes_out_in_every_format(
    convert: Convert, sample_models: Path, tmp_path: Path, target: str
) -> None:
    before = inspect(sample_models / "closed_textured.glb", tmp_path)

    file, answer = convert(sample_models / "closed_textured.glb", target)

    assert file.suffix == (".zip" if target in ("gltf", "obj") else f".{target}")
    assert (answer["format"], answer["facts"]["format"]) == (target, target)
    assert answer["facts"]["size_bytes"] == file.stat().st_size
    assert_same_shape(answer["facts"], before)
    if target in HOLDS_TEXTURES:
        assert [item["channels"] for item in answer["facts"]["textures"]] == [["base_color"]]
        assert answer["facts"]["textures"][0]["width"] == before["textures"][0]["width"]
        assert not any("left out" in note for note in answer["notes"])
    else:
        assert answer["facts"]["textures"] == []
        assert any("textures" in note for note in answer["notes"])


@pytest.mark.parametrize("source", [name for name in FORMATS if name != "glb"])
def test_every_format_comes_in_again(convert: Convert, sample_models: Path, tmp_path: Path, source: str) -> None:
    between, first = convert(sample_models / "closed_textured.glb", source)

    _, answer = convert(between, "glb")

    assert_same_shape(answer["facts"], first["facts"])
    assert len(answer["facts"]["textures"]) == (source in HOLDS_TEXTURES)
    assert answer["facts"]["has_uvs"] == (source != "stl")


@pytest.mark.parametrize("target", sorted(HOLDS_RIGS))
def test_a_rig_survives_where_the_format_holds_one(convert: Convert, sample_models: Path, target: str) -> None:
    _, answer = convert(sample_models / "skinned.glb", target)

    assert answer["facts"]["skins"] == 1
    assert len(answer["facts"]["animations"]) == (1 if target == "usdz" else 2)
    assert any("1 of 2" in note for note in answer["notes"]) == (target == "usdz")


def test_what_cannot_move_says_so(convert: Convert, sample_models: Path) -> None:
    _, answer = convert(sample_models / "skinned.glb", "obj")

    assert any("no animation" in note for note in answer["notes"])


@pytest.mark.parametrize("target", ["glb", "fbx", "ply", "usdz", "obj"])
def test_vertex_colours_survive(convert: Convert, sample_models: Path, target: str) -> None:
    _, answer = convert(sample_models / "vertex_colors.glb", target)

    assert answer["facts"]["has_vertex_colors"]


def test_vertex_colours_come_back_into_a_glb(convert: Convert, sample_models: Path) -> None:
    between, _ = convert(sample_models / "vertex_colors.glb", "ply")

    _, answer = convert(between, "glb")

    assert answer["facts"]["has_vertex_colors"]


@pytest.mark.parametrize("name", ["many_parts", "broken_topology", "scan_no_uvs", "draco"])
def test_messy_models_go_through_fbx_unchanged(
    convert: Convert, sample_models: Path, tmp_path: Path, name: str
) -> None:
    before = inspect(sample_models / f"{name}.glb", tmp_path)

    _, answer = convert(sample_models / f"{name}.glb", "fbx")

    assert_same_shape(answer["facts"], before)
    assert answer["facts"]["material_count"] == before["material_count"]


def test_quads_stay_quads_where_they_can(convert: Convert, tmp_path: Path) -> None:
    cube = made_models.write(tmp_path, "cube.zip", made_models.zipped(made_models.obj_with_files()))

    _, as_fbx = convert(cube, "fbx")
    _, as_glb = convert(cube, "glb")

    assert (as_fbx["facts"]["quads"], as_fbx["facts"]["triangles"], len(as_fbx["facts"]["textures"])) == (6, 0, 1)
    assert (as_glb["facts"]["quads"], as_glb["facts"]["triangles"], len(as_glb["facts"]["textures"])) == (0, 12, 1)
    assert any("Quads became triangles" in note for note in as_glb["notes"])


def test_a_colour_factor_is_painted_into_the_picture(convert: Convert, tmp_path: Path) -> None:
    document, binary = made_models.cube_document()
    document["materials"][0]["pbrMetallicRoughness"]["baseColorFactor"] = [1.0, 0.0, 0.0, 1.0]
    start = document["bufferViews"][3]["byteOffset"]
    white = made_models.png(colour=(255, 255, 255))
    white += b"\0" * (-len(white) % 4)
    document["bufferViews"][3]["byteLength"] = len(white)
    document["buffers"][0]["byteLength"] = start + len(white)
    file = made_models.write(tmp_path, "red.glb", made_models.glb(document, binary[:start] + white))

    result, _ = convert(file, "obj")

    with zipfile.ZipFile(result) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".png"))
        picture = Image.open(io.BytesIO(archive.read(name))).convert("RGB")
    assert picture.getpixel((1, 1)) == (255, 0, 0)


def test_an_unlit_material_keeps_its_colour(convert: Convert, tmp_path: Path) -> None:
    document, _ = made_models.cube_document()
    document["extensionsUsed"] = ["KHR_materials_unlit"]
    document["materials"][0]["extensions"] = {"KHR_materials_unlit": {}}
    file = made_models.write(tmp_path, "unlit.glb", made_models.glb(document))

    _, answer = convert(file, "fbx")

    assert [item["channels"] for item in answer["facts"]["textures"]] == [["base_color"]]
    assert any("lit" in note for note in answer["notes"])


@pytest.mark.parametrize("target", ["fbx", "usdz"])
@pytest.mark.parametrize("name", REAL_MODELS)
def test_real_models_go_out_unchanged(
    convert: Convert, real_facts: Callable[[str], dict[str, Any]], shared_models: Path, name: str, target: str
) -> None:
    before = real_facts(name)

    _, answer = convert(shared_models / f"{name}.glb", target)

    if before["skins"] and target == "fbx":  # read again, it stands in the pose of another of its animations
        assert (answer["facts"]["triangles"], answer["facts"]["skins"]) == (before["triangles"], before["skins"])
        assert answer["facts"]["uv_sha256"] == before["uv_sha256"]
        assert len(answer["facts"]["animations"]) == len(before["animations"])
    else:
        assert_same_shape(answer["facts"], before)
    colours = [item for item in answer["facts"]["textures"] if "base_color" in item["channels"]]
    assert len(colours) == sum("base_color" in item["channels"] for item in before["textures"])


def test_a_real_gltf_with_files_beside_it_comes_in_as_a_zip(
    convert: Convert, real_facts: Callable[[str], dict[str, Any]], shared_models: Path, tmp_path: Path
) -> None:
    folder = shared_models / "spot_gltf"
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    archive = made_models.write(tmp_path, "spot.zip", made_models.zipped(files))

    _, answer = convert(archive, "glb")

    assert_same_shape(answer["facts"], real_facts("spot"))
    assert [item["channels"] for item in answer["facts"]["textures"]] == [["base_color"]]
