"""New surfaces: as many faces as asked for, quads that stay quads, textures that come along, messy models too."""

import functools
import io
import json
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine import client
from tests.coloured_box import build_box
from tests.integration.conftest import REAL_MODELS
from tests.made_models import write

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("warm_engine")]

MESSY_MODELS = {
    "scan_no_uvs": (0.03, 0.97),
    "many_parts": (0.03, 0.58),
    "skinned": (0.03, 0.92),
    "vertex_colors": (0.03, 0.97),
    "broken_topology": (0.3, 0.97),
    "draco": (0.03, 0.97),
}
"""How far the box of the result may differ, and the least share of quads: a little under what is reached.

The fins of the broken model are single triangles, and get lost; small parts in a model of many stay triangles.
"""
REAL_QUADS = {
    "fox": (600, 0.97),
    "cake": (5000, 0.94),
    "flight_helmet": (8000, 0.76),
    "barn_lamp_ktx2": (2000, 0.88),
    "spot": (600, 0.97),
    "boot": (600, 0.97),
}
"""How many faces are asked for, and the least share of quads, likewise."""


Told = list[float]
Quads = Callable[[Path], tuple[dict[str, Any], Told]]


def remesh(file: Path, out: Path, **options: object) -> dict[str, Any]:
    answer: dict[str, Any] = client.run("remesh", file=file, out=out, options=options)
    return answer


@pytest.fixture(scope="module")
def quads(tmp_path_factory: pytest.TempPathFactory) -> Quads:
    """Make 1,500 quads of a model once, however many tests ask; return the answer and the progress that was told."""

    @functools.cache
    def get_quads(file: Path) -> tuple[dict[str, Any], Told]:
        told: Told = []
        answer = client.run(
            "remesh",
            file=file,
            out=tmp_path_factory.mktemp("quads"),
            options={"target_faces": 1500},
            on_progress=lambda progress, text: told.append(progress),
        )
        return answer, told

    return get_quads


def inspect(file: Path, out: Path) -> dict[str, Any]:
    facts: dict[str, Any] = client.run("inspect", file=file, out=out)["facts"]
    return facts


def assert_same_place(facts: dict[str, Any], other: dict[str, Any], *, share: float) -> None:
    """Both boxes have the same corners, up to a share of the longest side."""
    slack = share * max(other["bounding_box_m"]["size"])
    for corner in ("min", "max"):
        assert facts["bounding_box_m"][corner] == pytest.approx(other["bounding_box_m"][corner], abs=slack)


def read_glb_pictures(file: Path) -> list[np.ndarray]:
    """Return the pictures inside a GLB, 0 to 255."""
    data = file.read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    document, binary = json.loads(data[20 : 20 + length]), data[28 + length :]
    pictures = []
    for image in document["images"]:
        view = document["bufferViews"][image["bufferView"]]
        start = view.get("byteOffset", 0)
        with Image.open(io.BytesIO(binary[start : start + view["byteLength"]])) as picture:
            pictures.append(np.asarray(picture.convert("RGB")).astype(int))
    return pictures


def test_quads_come_as_fbx_and_are_quads_when_it_is_read_again(sample_models: Path, tmp_path: Path) -> None:
    source = sample_models / "closed_textured.glb"

    answer = remesh(source, tmp_path, target_faces=1500)

    again = inspect(tmp_path / answer["file"], tmp_path)
    assert answer["format"] == "fbx"
    assert 1350 <= answer["faces"] <= 1650
    assert answer["quad_share"] > 0.95
    assert (again["faces"], again["quads"]) == (answer["faces"], round(answer["faces"] * answer["quad_share"]))
    assert_same_place(again, inspect(source, tmp_path), share=0.05)
    assert any("textures were not carried over" in note for note in answer["notes"])


def test_triangles_come_as_glb_and_keep_uvs_and_texture(sample_models: Path, tmp_path: Path) -> None:
    source = sample_models / "closed_textured.glb"

    answer = remesh(source, tmp_path, target_faces=1000, face_type="triangle")

    facts = answer["facts"]
    assert (answer["format"], answer["file"].endswith(".glb"), answer["notes"]) == ("glb", True, [])
    assert 900 <= answer["faces"] <= 1100
    assert facts["has_uvs"]
    assert [texture["channels"] for texture in facts["textures"]] == [["base_color"]]
    assert_same_place(facts, inspect(source, tmp_path), share=0.03)


def test_triangles_can_be_had_as_fbx(sample_models: Path, tmp_path: Path) -> None:
    source = sample_models / "vertex_colors.glb"

    answer = remesh(source, tmp_path, target_faces=900, face_type="triangle", export_format="fbx")

    assert (answer["format"], answer["facts"]["format"], answer["facts"]["quads"]) == ("fbx", "fbx", 0)
    assert 810 <= answer["faces"] <= 990


@pytest.mark.parametrize("target", [12_001, 60_000])
def test_more_triangles_than_the_source_has_are_made_by_splitting(
    sample_models: Path, tmp_path: Path, target: int
) -> None:
    source = sample_models / "closed_textured.glb"

    answer = remesh(source, tmp_path, target_faces=target, face_type="triangle")

    assert abs(answer["faces"] - target) <= 0.1 * target
    assert answer["facts"]["has_uvs"]
    assert_same_place(answer["facts"], inspect(source, tmp_path), share=0.001)


def test_a_texture_size_bakes_the_colours_into_new_uvs(tmp_path: Path) -> None:
    box = write(tmp_path, "box.glb", build_box())

    answer = remesh(box, tmp_path / "out", target_faces=600, face_type="triangle", texture_size=512)

    colour = read_glb_pictures(tmp_path / "out" / answer["file"])[0]
    wanted = [[243, 39, 39], [39, 218, 64], [48, 70, 243], [237, 224, 39], [48, 224, 224], [224, 56, 218]]
    flat = colour.reshape(-1, 3)
    found = [np.mean(np.abs(flat - side).max(axis=1) < 24) for side in wanted]
    assert colour.shape == (512, 512, 3)
    assert answer["facts"]["has_uvs"]
    assert min(found) > 0.05
    assert sum(found) > 0.65  # the rest lies between the islands, and mixes the colours around it


def test_quads_carry_a_baked_texture_inside_the_fbx(sample_models: Path, tmp_path: Path) -> None:
    source = sample_models / "closed_textured.glb"

    answer = remesh(source, tmp_path, target_faces=1200, texture_size=512)

    facts = answer["facts"]
    assert facts["has_uvs"]
    assert [(texture["width"], texture["height"]) for texture in facts["textures"]] == [(512, 512)]
    assert facts["textures"][0]["channels"] == ["base_color"]
    assert not any("not carried over" in note for note in answer["notes"])


@pytest.mark.parametrize("name", MESSY_MODELS)
def test_messy_models_become_quads(quads: Quads, sample_models: Path, tmp_path: Path, name: str) -> None:
    source = sample_models / f"{name}.glb"
    slack, least_share = MESSY_MODELS[name]

    answer, _ = quads(source)

    is_near = abs(answer["faces"] - 1500) <= 150
    is_explained = any("instead of 1,500" in note for note in answer["notes"])
    assert is_near or is_explained
    assert answer["quad_share"] > least_share
    assert sum(answer["parts"].values()) >= 1
    assert_same_place(answer["facts"], inspect(source, tmp_path), share=slack)


@pytest.mark.parametrize("name", REAL_MODELS)
def test_real_models_become_fewer_triangles(shared_models: Path, tmp_path: Path, name: str) -> None:
    source = shared_models / f"{name}.glb"

    answer = remesh(source, tmp_path, target_faces=1000, face_type="triangle")

    before = inspect(source, tmp_path)
    assert 900 <= answer["faces"] <= 1100
    assert bool(answer["facts"]["textures"]) == bool(before["textures"])
    assert_same_place(answer["facts"], before, share=0.06)


@pytest.mark.parametrize("name", REAL_QUADS)
def test_real_models_become_quads(shared_models: Path, tmp_path: Path, name: str) -> None:
    target, least_share = REAL_QUADS[name]

    answer = remesh(shared_models / f"{name}.glb", tmp_path, target_faces=target)

    assert abs(answer["faces"] - target) <= 0.1 * target
    assert answer["quad_share"] > least_share


def test_a_skeleton_that_is_left_out_is_told(sample_models: Path, tmp_path: Path) -> None:
    answer = remesh(sample_models / "skinned.glb", tmp_path, target_faces=800, face_type="triangle")

    assert any("skeleton" in note for note in answer["notes"])
    assert (answer["facts"]["skins"], answer["facts"]["animations"]) == (0, [])


def test_quads_keep_plain_materials_and_vertex_colours(quads: Quads, sample_models: Path) -> None:
    plain, _ = quads(sample_models / "many_parts.glb")
    coloured, _ = quads(sample_models / "vertex_colors.glb")

    names = {material["name"] for material in plain["facts"]["materials"]}
    assert names == {"Walnut", "Brass", "Coral", "Mustard", "Teal", "Cream"}
    assert coloured["facts"]["has_vertex_colors"]


def test_progress_only_goes_forward(quads: Quads, sample_models: Path) -> None:
    _, told = quads(sample_models / "many_parts.glb")

    assert len(told) > 2
    assert told == sorted(told)
    assert told[-1] == 1


@pytest.mark.parametrize(
    "options",
    [
        {"face_type": "quad", "export_format": "glb"},
        {"export_format": "glb"},
        {"texture_size": 1000},
        {"target_faces": 99},
        {"target_faces": 5_000_001},
        {"face_type": "hexagon"},
    ],
)
def test_what_cannot_be_made_is_refused(tmp_path: Path, options: dict[str, object]) -> None:
    box = write(tmp_path, "box.glb", build_box())

    with pytest.raises(client.EngineError) as caught:
        remesh(box, tmp_path / "out", **{"target_faces": 500, **options})

    assert caught.value.kind == "usage"


SPIKE = """
import bpy
import numpy as np
from engine import remesh_part
from engine.remesh_source import read_points
points = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], dtype=float)
triangles = np.array([[0, 1, 2], [0, 2, 3]])
strayed = points.copy()
strayed[2] = (1, 1, 5)
mesh = remesh_part._build_object(strayed, triangles).data
remesh_part._lay_back(mesh, points, triangles, limit=0.1)
assert np.abs(read_points(mesh) - points).max() < 1e-6, read_points(mesh)
"""


def test_a_point_that_strays_from_the_part_is_laid_back_onto_it() -> None:
    """QuadriFlow leaves such a spike once in many runs; here a program of the test makes one."""
    done = subprocess.run([sys.executable, "-c", SPIKE], cwd=client.ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr[-2000:]
