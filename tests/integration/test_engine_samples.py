"""The models that the project makes by itself: each has the trait that it is there for."""

from pathlib import Path
from typing import Any

import pytest

from engine import client
from tests.warm_engine import START_FROM_NOTHING

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("warm_engine")]

MAKERS = [*(client.ROOT / "engine").glob("samples*.py"), client.ROOT / "engine" / "scene.py"]
"""What the Makefile's rule for build/sample.glb looks at, too."""


def inspect(file: Path, out: Path) -> dict[str, Any]:
    facts: dict[str, Any] = client.run("inspect", file=file, out=out)["facts"]
    return facts


def find_channels(facts: dict[str, Any]) -> set[str]:
    return {channel for texture in facts["textures"] for channel in texture["channels"]}


def test_the_closed_textured_model_has_uvs_a_picture_and_no_open_edge(sample_models: Path, tmp_path: Path) -> None:
    facts = inspect(sample_models / "closed_textured.glb", tmp_path)

    assert facts["has_uvs"]
    assert find_channels(facts) == {"base_color"}
    assert {problem["code"] for problem in facts["problems"]}.isdisjoint({"open_edges", "non_manifold"})


def test_the_scan_has_neither_uvs_nor_material(sample_models: Path, tmp_path: Path) -> None:
    facts = inspect(sample_models / "scan_no_uvs.glb", tmp_path)

    assert (facts["has_uvs"], facts["material_count"], facts["triangles"]) == (False, 0, 20_480)


def test_the_model_of_many_parts_has_twenty_of_them_and_several_materials(sample_models: Path, tmp_path: Path) -> None:
    facts = inspect(sample_models / "many_parts.glb", tmp_path)

    assert facts["objects"] >= 20
    assert facts["material_count"] >= 5


def test_the_skinned_model_has_a_skeleton_and_two_animations(sample_models: Path, tmp_path: Path) -> None:
    facts = inspect(sample_models / "skinned.glb", tmp_path)

    assert facts["skins"] == 1
    assert {animation["name"] for animation in facts["animations"]} == {"Sway", "Nod"}
    assert all(animation["duration_s"] == pytest.approx(2, abs=0.1) for animation in facts["animations"])


def test_the_vertex_coloured_model_has_colours_and_no_picture(sample_models: Path, tmp_path: Path) -> None:
    facts = inspect(sample_models / "vertex_colors.glb", tmp_path)

    assert (facts["has_vertex_colors"], facts["textures"]) == (True, [])


def test_the_broken_model_is_found_to_be_broken(sample_models: Path, tmp_path: Path) -> None:
    facts = inspect(sample_models / "broken_topology.glb", tmp_path)

    assert {problem["code"] for problem in facts["problems"]} >= {"non_manifold", "open_edges"}


def test_the_draco_model_needs_its_extension(sample_models: Path, tmp_path: Path) -> None:
    facts = inspect(sample_models / "draco.glb", tmp_path)

    assert facts["extensions_required"] == ["KHR_draco_mesh_compression"]


@pytest.mark.parametrize("name", ["many_parts", "skinned"])
def test_a_sample_is_the_same_file_each_time_also_from_nothing(
    sample_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(client, "start_process", START_FROM_NOTHING)

    client.run("sample", out=tmp_path, options={"name": name})

    assert (tmp_path / f"{name}.glb").read_bytes() == (sample_models / f"{name}.glb").read_bytes()


@pytest.fixture
def robot(settings, tmp_path: Path) -> Path:
    """The sample project's model: the one that `make setup` made, where nothing that makes it is younger."""
    made: Path = settings.SAMPLE_MODEL
    youngest = max(path.stat().st_mtime for path in MAKERS)
    if made.is_file() and made.stat().st_mtime > youngest:
        return made
    file = tmp_path / client.run("sample", out=tmp_path, options={"name": "sample"})["file"]
    assert file.name == made.name
    return file


@pytest.mark.slow
def test_the_sample_project_gets_a_small_model_with_all_kinds_of_pictures(robot: Path, tmp_path: Path) -> None:
    facts = inspect(robot, tmp_path / "facts")

    assert facts["size_bytes"] < 3_000_000
    assert 10_000 < facts["triangles"] < 40_000
    assert find_channels(facts) >= {"base_color", "metallic_roughness", "normal", "occlusion"}
    assert facts["material_count"] >= 4
    assert facts["problems"] == []


def test_an_unknown_sample_is_refused(tmp_path: Path) -> None:
    with pytest.raises(client.EngineError) as caught:
        client.run("sample", out=tmp_path, options={"name": "teapot"})

    assert caught.value.kind == "usage"
