"""What came beside what was asked for, parameter by parameter."""

from typing import Any

import pytest

from jobs.models import Asset, Project, State, Task
from jobs.vendors import OPERATIONS
from jobs.verdicts import CHECKS, build_verdict, judge_outputs
from tests.factories import AssetFactory, ImageFactory, TaskFactory

pytestmark = pytest.mark.django_db

REMESH, CONVERT, RENDER = "triverse.model-remesh", "triverse.convert-model-format", "triverse.model-preview-render"
TEXTURE, WORDS, IMAGES = "triverse.texture-model", "triverse.text-to-texture", "triverse.image-generation"
MESHY = "meshy.retexture"


def make_texture(width: int, *channels: str) -> dict[str, Any]:
    return {"name": "t", "width": width, "height": width, "channels": list(channels), "mime": "image/png"}


def make_facts(**own: Any) -> dict[str, Any]:
    return {"faces": 5000, "triangles": 5000, "quads": 0, "ngons": 0, "textures": []} | own


def make_task(project: Project, key: str, **params: Any) -> Task:
    return TaskFactory(project=project, operation=key, state=State.SUCCEEDED, params=params)


def make_model(task: Task, **columns: Any) -> Asset:
    facts = columns.pop("facts", make_facts())
    key = columns.pop("output_key", "main")
    return AssetFactory(project=task.project, task=task, output_key=key, facts=facts, preview="ready", **columns)


def find_row(asset: Asset, key: str) -> dict[str, Any] | None:
    return next((row for row in build_verdict(asset) if row["key"] == key), None)


COLOR_1K, COLOR_2K, COLOR_4K = ({"textures": [make_texture(size, "base_color")]} for size in (1024, 2048, 4096))
PBR = [make_texture(2048, "base_color"), make_texture(2048, "metallic_roughness"), make_texture(2048, "normal")]
# operation, parameters, the model's facts and format, which row, what it says that came, and whether it is as asked
MODELS: list[tuple[str, dict[str, Any], dict[str, Any], str, str, Any, bool | None]] = [
    (REMESH, {"target_face_count": 5000}, {"faces": 5000}, "fbx", "faces", 5000, True),
    (REMESH, {"target_face_count": 5000}, {"faces": 5500}, "fbx", "faces", 5500, True),
    (REMESH, {"target_face_count": 5000}, {"faces": 5501}, "fbx", "faces", 5501, False),
    (REMESH, {"target_face_count": 5000}, {"faces": 4499}, "fbx", "faces", 4499, False),
    (REMESH, {}, {"faces": 100, "quads": 75, "triangles": 25}, "fbx", "face_type", "quads: 75%", True),
    (REMESH, {"face_type": "quad"}, {"faces": 100, "quads": 74}, "fbx", "face_type", "quads: 74%", False),
    (REMESH, {"face_type": "triangle"}, {"faces": 10, "triangles": 10}, "glb", "face_type", "triangles: 100%", True),
    (REMESH, {"face_type": "triangle"}, {"faces": 10, "triangles": 9}, "fbx", "face_type", "triangles: 90%", False),
    (REMESH, {}, {}, "fbx", "format", "FBX", True),
    (REMESH, {"face_type": "triangle"}, {}, "glb", "format", "GLB", True),
    (REMESH, {"face_type": "triangle", "export_format": "fbx"}, {}, "glb", "format", "GLB", False),
    (
        REMESH,
        {"texture_size": 2048},
        COLOR_2K,
        "fbx",
        "texture_size",
        2048,
        True,
    ),
    (
        REMESH,
        {"texture_size": 2048},
        COLOR_1K,
        "glb",
        "texture_size",
        1024,
        False,
    ),
    (REMESH, {"texture_size": 2048}, {"textures": []}, "glb", "texture_size", 0, False),
    (CONVERT, {"target_format": "usdz"}, {}, "usdz", "format", "USDZ", True),
    (CONVERT, {"target_format": "obj"}, {}, "glb", "format", "GLB", False),
    (TEXTURE, {}, COLOR_1K, "glb", "texture_size", 1024, True),
    (TEXTURE, {"texture_size": 4096}, {"textures": PBR}, "glb", "texture_size", 2048, False),
    (TEXTURE, {"polygon_limit": 5000}, {"faces": 5000}, "glb", "polygon_limit", 5000, True),
    (WORDS, {"polygon_limit": 4999}, {"faces": 5000}, "glb", "polygon_limit", 5000, False),
    (WORDS, {}, {"textures": PBR[:1]}, "glb", "maps", ["base color"], True),
    (WORDS, {}, {"textures": []}, "glb", "maps", [], False),
    (
        MESHY,
        {"enable_pbr": True},
        {"textures": PBR},
        "glb",
        "maps",
        ["base color", "metallic", "roughness", "normal"],
        True,
    ),
    (MESHY, {"enable_pbr": True}, {"textures": PBR[:1]}, "glb", "maps", ["base color"], False),
    (
        MESHY,
        {"texture_resolution": "4k"},
        COLOR_4K,
        "glb",
        "texture_size",
        4096,
        True,
    ),
    (MESHY, {}, {"textures": PBR}, "glb", "texture_size", 2048, True),
    (MESHY, {"target_formats": ["glb"]}, {}, "glb", "formats", ["glb"], True),
    (MESHY, {"target_formats": ["glb", "fbx"]}, {}, "glb", "formats", ["glb"], False),
    (REMESH, {}, {"validator": {"errors": 0, "warnings": 2}}, "glb", "validator", "no errors, 2 warnings", True),
    (REMESH, {}, {"validator": {"errors": 1, "warnings": 1}}, "glb", "validator", "1 error, 1 warning", False),
]


@pytest.mark.parametrize(("key", "params", "facts", "form", "row_key", "got", "met"), MODELS)
def test_a_model_is_judged_by_what_was_asked(
    key: str,
    params: dict[str, Any],
    facts: dict[str, Any],
    form: str,
    row_key: str,
    got: Any,
    met: bool | None,
    project: Project,
) -> None:
    model = make_model(make_task(project, key, **params), format=form, facts=make_facts(**facts))

    row = find_row(model, row_key)

    assert row is not None
    assert (row["got"], row["met"]) == (got, met)
    assert row["label"]


@pytest.mark.parametrize(
    ("key", "facts", "form", "row_key"),
    [
        (REMESH, make_facts(), "fbx", "faces"),  # no target was given
        (REMESH, make_facts(), "fbx", "texture_size"),
        (TEXTURE, make_facts(), "glb", "polygon_limit"),
        (MESHY, make_facts(), "stl", "maps"),  # a format that carries no textures
        (MESHY, make_facts(), "stl", "texture_size"),
        (TEXTURE, make_facts(), "glb", "validator"),  # no Node on this machine
    ],
)
def test_what_was_not_asked_for_or_cannot_be_known_has_no_row(
    key: str, facts: dict[str, Any], form: str, row_key: str, project: Project
) -> None:
    assert find_row(make_model(make_task(project, key), format=form, facts=facts), row_key) is None


@pytest.mark.parametrize(
    ("before", "after", "form", "used", "met"),
    [
        ("same", "same", "glb", [], True),
        ("same", "same", "fbx", [], True),
        ("same", "other", "glb", [], False),
        ("same", "other", "fbx", [], None),  # another format rounds differently
        ("same", "other", "glb", ["KHR_draco_mesh_compression"], None),
        (None, "other", "glb", [], None),
    ],
)
def test_kept_uvs_are_told_and_lost_ones_only_where_that_is_sure(
    before: str | None, after: str, form: str, used: list[str], met: bool | None, project: Project
) -> None:
    source = AssetFactory(project=project, facts={"uv_sha256": before, "extensions_used": used})
    task = make_task(project, MESHY, enable_original_uv=True)
    model = make_model(task, parent=source, format=form, facts=make_facts(uv_sha256=after))

    row = find_row(model, "uvs")

    assert row is not None
    assert row["met"] is met


def make_pictures(task: Task, kind: str, *pictures: dict[str, Any]) -> list[Asset]:
    return [
        ImageFactory(project=task.project, task=task, output_key=str(number), kind=kind, **columns)
        for number, columns in enumerate(pictures)
    ]


def test_renders_are_judged_one_by_one_and_counted_once(project: Project) -> None:
    task = make_task(
        project, RENDER, camera_angles=["front", "left"], image_count=2, resolution="64x48", enable_white_render=False
    )
    good = {"width_px": 64, "height_px": 48}
    first, second = make_pictures(task, "render", good | {"label": "front"}, {"label": "front", "format": "jpeg"})

    judge_outputs(task)

    first.refresh_from_db()
    second.refresh_from_db()
    assert {row["key"]: row["met"] for row in first.verdict} == {
        "count": True,
        "angles": False,
        "resolution": True,
        "format": True,
    }
    assert {row["key"]: row["met"] for row in second.verdict} == {"resolution": False, "format": False}
    assert (first.verdict_state, second.verdict_state) == ("missed", "missed")
    angles = next(row for row in first.verdict if row["key"] == "angles")
    assert (angles["asked"], angles["got"]) == (["front", "left"], ["front"])


@pytest.mark.parametrize(("params", "came", "met"), [({}, 4, True), ({}, 3, False), ({"image_count": 1}, 1, True)])
def test_generated_images_are_counted(params: dict[str, Any], came: int, met: bool, project: Project) -> None:
    task = make_task(project, IMAGES, **params)
    pictures = make_pictures(task, "image", *[{}] * came)

    judge_outputs(task)

    rows = [row for asset in Asset.objects.filter(pk=pictures[0].pk) for row in asset.verdict]
    assert [(row["key"], row["got"], row["met"]) for row in rows] == [("count", came, met)]
    assert not Asset.objects.filter(pk__in=[picture.pk for picture in pictures[1:]]).exclude(verdict=[]).exists()


def test_both_styles_of_renders_are_counted_together(project: Project) -> None:
    task = make_task(project, RENDER, image_count=1, resolution="64x64")
    make_pictures(task, "render", {"style": "rgb"}, {"style": "white"})

    judge_outputs(task)

    assert set(task.outputs.values_list("verdict_state", flat=True)) == {"met"}


def test_the_number_is_not_judged_before_all_are_there(project: Project) -> None:
    task = make_task(project, IMAGES)
    Task.objects.filter(pk=task.pk).update(state=State.SAVING)
    (picture,) = make_pictures(task, "image", {})

    row = find_row(Asset.objects.get(pk=picture.pk), "count")

    assert row is not None
    assert row["met"] is None


def test_a_map_has_the_size_that_was_asked_for(project: Project) -> None:
    task = make_task(project, TEXTURE, texture_size=2048)
    colors, normals = make_pictures(
        task,
        "texture_map",
        {"label": "base color", "width_px": 1024, "height_px": 1024},
        {"label": "normal", "width_px": 512, "height_px": 512},
    )

    judge_outputs(task)

    colors.refresh_from_db()
    normals.refresh_from_db()
    assert [(row["got"], row["met"]) for row in colors.verdict] == [(1024, False)]
    assert (normals.verdict, normals.verdict_state) == ([], "")


def test_an_imported_task_is_judged_by_what_the_vendor_tells_of_it_alone(project: Project) -> None:
    task = make_task(project, MESHY, enable_pbr=False, texture_resolution="4k")
    Task.objects.filter(pk=task.pk).update(is_imported=True)
    model = make_model(Task.objects.get(pk=task.pk), facts=make_facts(**COLOR_2K))

    assert {row["key"]: row["met"] for row in build_verdict(model)} == {"texture_size": False, "maps": True}


def test_an_upload_is_not_judged(project: Project) -> None:
    assert build_verdict(AssetFactory(project=project, facts=make_facts(), preview="ready")) == []


def test_a_model_is_not_judged_while_its_facts_are_being_made(project: Project) -> None:
    model = AssetFactory(project=project, task=make_task(project, REMESH), output_key="main", preview="waiting")

    assert build_verdict(model) == []


def test_without_an_engine_the_verdict_says_that_it_does_not_know(project: Project) -> None:
    task = make_task(project, REMESH, target_face_count=5000)
    model = AssetFactory(project=project, task=task, output_key="main", preview="lacking", format="fbx")

    assert {row["key"]: row["met"] for row in build_verdict(model)} == {
        "faces": None,
        "face_type": None,
        "format": True,
    }


def test_every_check_hangs_on_a_parameter_that_there_is() -> None:
    names = {name for operation in OPERATIONS.values() for name in operation.fields}

    assert set(CHECKS) <= names
