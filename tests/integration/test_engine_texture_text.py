"""Textures from a prompt: maps that say what was asked for, the same bytes each time, on the parts that were named."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine import client
from engine.prompt_words import MATERIAL_WORDS

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("warm_engine")]

SIZE_PX = 512
BUILD_ALL = """
import json
import bpy
from engine.materials import build
from engine.materials.catalogue import RECIPES
from engine.prompt import Wish
TRAITS = ("wear", "scratches", "cracks", "dents", "patina", "rust", "dirt", "moss", "snow", "dark")
made = {name: build(Wish(name, traits=dict.fromkeys(TRAITS, 1.0))) for name in RECIPES}
shaders = {name: material.node_tree.nodes["Principled BSDF"] for name, material in made.items()}
print(json.dumps({n: [link.name for link in s.inputs if link.is_linked] for n, s in shaders.items()}))
"""


def texture(file: Path, out: Path, **options: object) -> dict[str, Any]:
    answer: dict[str, Any] = client.run("texture", file=file, out=out, options={"texture_size": SIZE_PX, **options})
    return answer


def inspect(file: Path, out: Path) -> dict[str, Any]:
    facts: dict[str, Any] = client.run("inspect", file=file, out=out)["facts"]
    return facts


def read_map(answer: dict[str, Any], folder: Path, name: str) -> np.ndarray:
    with Image.open(folder / answer["maps"][name]) as picture:
        assert picture.size == (SIZE_PX, SIZE_PX)
        return np.asarray(picture).astype(int)


@pytest.fixture(scope="module")
def gilded(sample_models: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """A closed model with good UVs, in gold."""
    folder = tmp_path_factory.mktemp("gilded")
    return texture(sample_models / "closed_textured.glb", folder, prompt="old polished gold", seed=7), folder


def test_gold_is_yellow_metal_with_all_maps(gilded: tuple[dict[str, Any], Path]) -> None:
    answer, folder = gilded

    red, green, blue = read_map(answer, folder, "base_color").reshape(-1, 3).mean(axis=0)
    assert red > green > blue + 30
    assert read_map(answer, folder, "metallic").mean() > 180
    assert read_map(answer, folder, "roughness").mean() < 140
    assert read_map(answer, folder, "normal").reshape(-1, 3).mean(axis=0) == pytest.approx((128, 128, 250), abs=12)
    channels = {channel for picture in answer["facts"]["textures"] for channel in picture["channels"]}
    assert channels >= {"base_color", "normal"}
    assert answer["facts"]["material_count"] == 1
    assert answer["materials"][0] == {"part": "", "material": "gold", "words": ["old", "polished", "gold"]}


def test_good_uvs_are_kept_to_the_digit(
    gilded: tuple[dict[str, Any], Path], sample_models: Path, tmp_path: Path
) -> None:
    answer, _ = gilded
    before = inspect(sample_models / "closed_textured.glb", tmp_path)

    assert answer["kept_uvs"]
    assert answer["facts"]["uv_sha256"] == before["uv_sha256"]
    assert answer["facts"]["bounding_box_m"] == before["bounding_box_m"]


def test_the_same_wish_gives_the_same_bytes(
    gilded: tuple[dict[str, Any], Path], sample_models: Path, tmp_path: Path
) -> None:
    answer, folder = gilded

    again = texture(sample_models / "closed_textured.glb", tmp_path, prompt="old polished gold", seed=7)

    assert again == answer
    for name in (answer["file"], *answer["maps"].values()):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_a_model_without_uvs_gets_some_and_base_colour_alone_when_that_is_asked(
    sample_models: Path, tmp_path: Path
) -> None:
    answer = texture(sample_models / "scan_no_uvs.glb", tmp_path, prompt="red brick", pbr=False)

    assert not answer["kept_uvs"]
    assert answer["facts"]["has_uvs"]
    assert answer["notes"] == ["New UVs were made: the model has none."]
    assert list(answer["maps"]) == ["base_color"]
    colours = read_map(answer, tmp_path, "base_color").reshape(-1, 3)
    red, green, blue = colours.mean(axis=0)
    assert red > green + 15
    assert green >= blue
    assert colours.std(axis=0).max() > 15  # bricks and mortar


def test_materials_go_on_the_parts_of_a_model(sample_models: Path, tmp_path: Path) -> None:
    answer = texture(sample_models / "many_parts.glb", tmp_path, prompt="black rubber and polished chrome")

    assert [row["material"] for row in answer["materials"]] == ["rubber", "chrome"]
    metallic = read_map(answer, tmp_path, "metallic")
    assert (metallic < 30).mean() > 0.1
    assert (metallic > 220).mean() > 0.1
    assert any("chrome" in note for note in answer["notes"])


def test_rig_and_animation_survive_and_the_face_limit_holds(sample_models: Path, tmp_path: Path) -> None:
    before = inspect(sample_models / "skinned.glb", tmp_path)
    limit = before["triangles"] // 2

    answer = texture(sample_models / "skinned.glb", tmp_path, prompt="green scales", pbr=False, face_limit=limit)

    facts = answer["facts"]
    assert 100 <= facts["triangles"] <= limit
    assert facts["skins"] == before["skins"] > 0
    assert facts["animations"] == before["animations"] != []


@pytest.mark.parametrize(
    "options",
    [{}, {"prompt": "  "}, {"prompt": "oak", "texture_size": 3000}, {"prompt": "oak", "seed": -1}],
)
def test_what_cannot_be_made_is_refused_before_blender_works(
    sample_models: Path, tmp_path: Path, options: dict[str, object]
) -> None:
    with pytest.raises(client.EngineError) as caught:
        texture(sample_models / "closed_textured.glb", tmp_path, **options)

    assert caught.value.kind == "usage"


def test_every_material_that_words_lead_to_can_be_made() -> None:
    done = subprocess.run([sys.executable, "-c", BUILD_ALL], capture_output=True, text=True, timeout=280, check=False)

    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout.splitlines()[-1])
    assert set(made) == set(MATERIAL_WORDS)
    assert [name for name, fed in made.items() if not {"Base Color", "Normal"} <= set(fed)] == []
