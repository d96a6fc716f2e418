"""Which files Meshy's finished tasks name, whatever shape the answer has."""

from typing import Any

import pytest

from jobs.vendors.meshy_results import build_results
from tests.unit.meshy_client import ASSETS, SIGNED


def results(**fields: Any) -> list[tuple[str, str, str]]:
    return [(file.key, file.role, file.label) for file in build_results(fields)]


def test_models_and_maps_are_found_and_the_thumbnail_is_none() -> None:
    found = results(
        model_urls={"fbx": f"{ASSETS}/model.fbx?{SIGNED}", "glb": f"{ASSETS}/model.glb", "usdz": "", "obj": None},
        texture_urls=[{"base_color": f"{ASSETS}/texture_0.png", "metallic_roughness": f"{ASSETS}/x.png"}],
        thumbnail_url=f"{ASSETS}/preview.png",
    )

    assert found == [
        ("model_urls.glb", "model", ""),
        ("model_urls.fbx", "model", ""),
        ("texture_urls.0.base_color", "texture_map", "base color"),
        ("texture_urls.0.metallic_roughness", "texture_map", "metallic roughness"),
    ]


@pytest.mark.parametrize(
    "texture_urls", [{"base_color": f"{ASSETS}/t.png"}, [{"base_color": f"{ASSETS}/t.png", "normal": ""}, None, {}]]
)
def test_textures_come_as_a_list_or_as_one_object(texture_urls: Any) -> None:
    assert results(texture_urls=texture_urls) == [("texture_urls.0.base_color", "texture_map", "base color")]


def test_an_unknown_format_and_an_unknown_map_pass_through() -> None:
    found = results(model_urls={"blend": f"{ASSETS}/model.blend"}, texture_urls=[{"sheen_tint": f"{ASSETS}/s.png"}, {}])

    assert found == [("model_urls.blend", "model", ""), ("texture_urls.0.sheen_tint", "texture_map", "sheen tint")]


def test_a_thumbnail_that_was_asked_for_is_a_result() -> None:
    assert results(alpha_thumbnail_url=f"{ASSETS}/alpha.png") == [("alpha_thumbnail_url", "image", "thumbnail")]


def test_an_obj_brings_its_materials_and_textures() -> None:
    (obj,) = build_results({"model_urls": {"obj": f"{ASSETS}/model.obj", "mtl": f"{ASSETS}/model.mtl?{SIGNED}"}})
    (alone,) = build_results({"model_urls": {"obj": f"{ASSETS}/model.obj", "mtl": ""}})

    assert [(item.name, item.channel) for item in obj.companions] == [("model.mtl", "mtl")]
    assert alone.companions == ()


def test_more_than_any_task_makes_is_left_out() -> None:
    """A row has a place for so long a key, and an OBJ for so many textures."""
    url = f"{ASSETS}/t.png"
    sets = [{f"{'m' * 500}{number}": url for number in range(50)}] * 10_000
    (obj, *maps) = build_results({"model_urls": {"obj": url, "mtl": url}, "texture_urls": sets})
    (odd,) = build_results({"model_urls": {"x" * 500: url}})

    assert len(maps) == len(obj.companions) - 1 <= 400
    assert max(len(file.key) for file in (odd, *maps)) <= 200
