"""A poster for every model, and a light GLB where the viewer needs another file than the model's own."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from engine import client
from engine.gltf_facts import read_gltf_facts
from engine.gltf_file import open_gltf
from tests import made_models
from tests.integration.conftest import REAL_MODELS

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("warm_engine")]

DRACO = "KHR_draco_mesh_compression"


def preview(file: Path, out: Path, **options: object) -> dict[str, Any]:
    return client.run("preview", file=file, out=out, options={"poster_px": 128, **options})


def test_a_small_glb_gets_a_poster_only(sample_models: Path, tmp_path: Path) -> None:
    answer = preview(sample_models / "closed_textured.glb", tmp_path)

    assert (answer["light"], answer["facts"]["format"]) == (None, "glb")
    assert [path.name for path in tmp_path.iterdir()] == ["poster.webp"]
    with Image.open(tmp_path / answer["poster"]) as poster:
        assert (poster.format, poster.size) == ("WEBP", (128, 128))
        alpha = poster.convert("RGBA").getchannel("A")
        assert (alpha.getpixel((0, 0)), alpha.getpixel((64, 64))) == (0, 255)
        assert len(poster.convert("RGB").getcolors(maxcolors=128 * 128) or []) > 500


def test_a_big_glb_gets_a_light_copy_with_the_same_shape(sample_models: Path, tmp_path: Path) -> None:
    source = sample_models / "skinned.glb"

    answer = preview(source, tmp_path, light_over_bytes=1000)

    light = open_gltf(tmp_path / answer["light"])
    facts = read_gltf_facts(light)
    assert DRACO in light.document["extensionsRequired"]
    assert facts["triangles"] == answer["facts"]["triangles"]
    assert (facts["skins"], len(facts["animations"])) == (1, 2)
    assert light.path.stat().st_size < source.stat().st_size


def test_what_is_no_glb_gets_a_light_copy_with_small_webp_pictures(tmp_path: Path) -> None:
    files = made_models.obj_with_files() | {"red.png": made_models.png(2048, 512)}
    file = made_models.write(tmp_path, "cube.zip", made_models.zipped(files))

    answer = preview(file, tmp_path)

    [texture] = read_gltf_facts(open_gltf(tmp_path / answer["light"]))["textures"]
    assert (texture["mime"], texture["width"], texture["height"]) == ("image/webp", 1024, 256)
    assert answer["facts"]["textures"][0]["width"] == 2048


def test_a_dense_mesh_is_thinned_in_its_light_copy_and_keeps_its_size(tmp_path: Path) -> None:
    file = made_models.write(tmp_path, "hills.stl", made_models.dense_stl(390))

    answer = preview(file, tmp_path)

    light = open_gltf(tmp_path / answer["light"])
    facts = read_gltf_facts(light)
    assert answer["facts"]["triangles"] == 304_200
    assert 250_000 < facts["triangles"] <= 300_000
    assert light.path.stat().st_size < 2_000_000
    [primitive] = [part for mesh in light.document["meshes"] for part in mesh["primitives"]]
    places = light.document["accessors"][primitive["attributes"]["POSITION"]]
    sides = [high - low for low, high in zip(places["min"], places["max"], strict=True)]
    assert sorted(sides) == pytest.approx([0.1, 1, 1], abs=0.01)


def test_ktx2_never_reaches_the_viewer(tmp_path: Path) -> None:
    file = made_models.write(tmp_path, "cube.glb", made_models.glb_with_ktx2())

    answer = preview(file, tmp_path)

    light = read_gltf_facts(open_gltf(tmp_path / answer["light"]))
    assert [item["mime"] for item in answer["facts"]["textures"]] == ["image/ktx2"]
    assert [(item["mime"], item["width"], item["height"]) for item in light["textures"]] == [("image/webp", 8, 8)]
    assert set(light["extensions_required"]) == {DRACO, "EXT_texture_webp"}
    with Image.open(tmp_path / answer["poster"]) as poster:
        red, green, blue, _ = poster.convert("RGBA").getpixel((64, 64))
    assert red > 2 * max(green, blue)


@pytest.mark.parametrize(("size_bytes", "is_big"), [(8_000_000, False), (8_000_004, True)])
def test_a_glb_of_more_than_eight_million_bytes_gets_a_light_copy(
    tmp_path: Path, size_bytes: int, is_big: bool
) -> None:
    file = made_models.write(tmp_path, "cube.glb", made_models.glb_of_size(size_bytes))

    answer = preview(file, tmp_path)

    assert answer["facts"]["size_bytes"] == size_bytes
    assert bool(answer["light"]) == is_big
    assert not is_big or (tmp_path / answer["light"]).stat().st_size < 100_000


@pytest.mark.parametrize("name", REAL_MODELS)
def test_real_models_get_a_poster_and_without_ktx2_no_light_copy(
    shared_models: Path, tmp_path: Path, name: str
) -> None:
    answer = preview(shared_models / f"{name}.glb", tmp_path)

    with Image.open(tmp_path / answer["poster"]) as poster:
        assert len(poster.convert("RGB").getcolors(maxcolors=128 * 128) or []) > 200
    holds_ktx2 = "image/ktx2" in {item["mime"] for item in answer["facts"]["textures"]}
    assert holds_ktx2 == (name == "barn_lamp_ktx2")
    assert bool(answer["light"]) == holds_ktx2
    if holds_ktx2:
        light = read_gltf_facts(open_gltf(tmp_path / answer["light"]))
        assert {item["mime"] for item in light["textures"]} == {"image/webp"}
        assert light["triangles"] == answer["facts"]["triangles"]
