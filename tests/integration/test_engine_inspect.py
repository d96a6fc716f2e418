"""The facts of a model and its problems, as Blender and the file itself tell them."""

import struct
from pathlib import Path
from typing import Any

import pytest

from engine import client
from tests import made_models

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("warm_engine")]


def inspect(file: Path, out: Path) -> dict[str, Any]:
    facts: dict[str, Any] = client.run("inspect", file=file, out=out)["facts"]
    return facts


def list_codes(facts: dict[str, Any]) -> set[str]:
    return {problem["code"] for problem in facts["problems"]}


def changed_points(change: dict[int, tuple[float, float, float]]) -> bytes:
    document, binary = made_models.cube_document()
    for index, point in change.items():
        binary = binary[: index * 12] + struct.pack("<3f", *point) + binary[index * 12 + 12 :]
    return made_models.glb(document, binary)


def test_the_facts_of_a_cube(tmp_path: Path) -> None:
    facts = inspect(made_models.write(tmp_path, "cube.glb", made_models.glb()), tmp_path)

    counts = {name: facts[name] for name in ("triangles", "quads", "ngons", "faces", "vertices", "objects", "meshes")}
    assert counts == {
        "triangles": 12,
        "quads": 0,
        "ngons": 0,
        "faces": 12,
        "vertices": 8,
        "objects": 1,
        "meshes": 1,
    }
    assert facts["bounding_box_m"] == {"min": [0, 0, 0], "max": [1, 1, 1], "size": [1, 1, 1]}
    assert (facts["format"], facts["size_bytes"]) == ("glb", len(made_models.glb()))
    assert (facts["material_count"], facts["textures"][0]["channels"]) == (1, ["base_color"])
    assert facts["problems"] == []


def test_a_quad_model_reports_quads(tmp_path: Path) -> None:
    facts = inspect(made_models.write(tmp_path, "cube.obj", made_models.obj()), tmp_path)

    assert (facts["format"], facts["quads"], facts["triangles"], facts["faces"]) == ("obj", 6, 0, 6)
    assert "missing_maps" in list_codes(facts)


@pytest.mark.parametrize(
    ("name", "expected", "codes"),
    [
        ("closed_textured", {"has_uvs": True, "skins": 0, "has_vertex_colors": False}, set()),
        ("scan_no_uvs", {"has_uvs": False, "uv_sha256": None, "material_count": 0}, {"no_uvs", "no_material"}),
        ("skinned", {"skins": 1}, {"no_uvs"}),
        ("vertex_colors", {"has_vertex_colors": True}, {"no_uvs"}),
        ("broken_topology", {"has_uvs": False}, {"non_manifold", "open_edges"}),
        ("draco", {"extensions_required": ["KHR_draco_mesh_compression"]}, set()),
    ],
)
def test_each_trait_is_seen(
    sample_models: Path, tmp_path: Path, name: str, expected: dict[str, Any], codes: set[str]
) -> None:
    facts = inspect(sample_models / f"{name}.glb", tmp_path)

    assert {key: facts[key] for key in expected} == expected
    assert codes <= list_codes(facts)
    assert all(problem["message"].endswith(".") for problem in facts["problems"])


def test_a_rig_tells_its_animations(sample_models: Path, tmp_path: Path) -> None:
    facts = inspect(sample_models / "skinned.glb", tmp_path)

    assert {item["name"]: item["duration_s"] > 0 for item in facts["animations"]} == {"Nod": True, "Sway": True}


def test_the_uv_hash_knows_the_layout_and_not_the_order(tmp_path: Path) -> None:
    document, binary = made_models.cube_document()
    indices = document["bufferViews"][2]
    start, end = indices["byteOffset"], indices["byteOffset"] + indices["byteLength"]
    triangles = [binary[at : at + 6] for at in range(start, end, 6)]
    reordered = binary[:start] + b"".join(reversed(triangles)) + binary[end:]
    uvs = document["bufferViews"][1]["byteOffset"]
    moved = binary[:uvs] + struct.pack("<2f", 0.25, 0.75) + binary[uvs + 8 :]

    hashes = [
        inspect(made_models.write(tmp_path, f"{at}.glb", made_models.glb(document, data)), tmp_path)["uv_sha256"]
        for at, data in enumerate((binary, reordered, moved))
    ]

    assert len(hashes[0]) == 64
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_huge_texture_is_pointed_out(tmp_path: Path) -> None:
    files = made_models.obj_with_files() | {"red.png": made_models.png(5000, 2)}

    facts = inspect(made_models.write(tmp_path, "cube.zip", made_models.zipped(files)), tmp_path)

    assert list_codes(facts) == {"huge_texture"}
    assert "5000" in facts["problems"][0]["message"]


@pytest.mark.parametrize(
    ("points", "code"),
    [
        ({index: (float(index), 0.0, 0.0) for index in range(8)}, "degenerate_size"),
        ({7: (5000.0, 1.0, 1.0)}, "odd_size"),
    ],
)
def test_an_odd_size_is_pointed_out(tmp_path: Path, points: dict[int, tuple[float, float, float]], code: str) -> None:
    facts = inspect(made_models.write(tmp_path, "odd.glb", changed_points(points)), tmp_path)

    assert code in list_codes(facts)


def test_a_position_that_is_no_number_is_refused(tmp_path: Path) -> None:
    file = made_models.write(tmp_path, "nan.glb", changed_points({3: (float("nan"), 0.0, 0.0)}))

    with pytest.raises(client.EngineError) as caught:
        inspect(file, tmp_path)

    assert (caught.value.kind, "finite" in caught.value.message) == ("refused", True)


def test_a_model_of_points_only_is_refused(tmp_path: Path) -> None:
    document, _ = made_models.cube_document()
    document["meshes"][0]["primitives"][0]["mode"] = 0
    file = made_models.write(tmp_path, "points.glb", made_models.glb(document))

    with pytest.raises(client.EngineError) as caught:
        inspect(file, tmp_path)

    assert (caught.value.kind, "no mesh" in caught.value.message) == ("refused", True)


@pytest.mark.parametrize(
    ("name", "triangles"),
    [
        ("fox.glb", 576),
        ("cake.glb", 1332),
        ("boot.glb", 39906),
        ("spot.glb", 5856),
        ("flight_helmet.glb", 94722),
        ("barn_lamp_ktx2.glb", 10203),
    ],
)
def test_real_models_are_read(shared_models: Path, tmp_path: Path, name: str, triangles: int) -> None:
    facts = inspect(shared_models / name, tmp_path)

    assert (facts["triangles"], facts["format"]) == (triangles, "glb")
    assert all(item["width"] > 0 and item["channels"] for item in facts["textures"])
