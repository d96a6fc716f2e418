"""The page of a file: what its viewer loads, its facts, lineage and renders, and how it asks again."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.asset_page import build_view, write_metres
from jobs.models import Asset, Project, State, User
from tests.conftest import sign_in
from tests.factories import AssetFactory, ImageFactory, TaskFactory, TaskInputFactory
from tests.page_parts import cut

pytestmark = pytest.mark.django_db

SHA = "ab" * 32
HTMX = {"HX-Request": "true"}
RENDER = "triverse.model-preview-render"


@pytest.fixture
def client(editor: object) -> Client:
    return sign_in(editor)  # type: ignore[arg-type]


def make_model(project: Project, **columns: Any) -> Asset:
    return AssetFactory(project=project, **{"preview": "ready", "name": "robot", "poster_sha256": SHA} | columns)


def test_who_may_edit_and_not_spend_is_told_who_gives_leave(client: Client, editor: User, project: Project) -> None:
    model = make_model(project)
    before = look(client, model)
    editor.memberships.update(may_spend=False)

    page = look(client, model)

    assert "leave to spend credits" not in before
    assert "you need leave to spend credits" in page
    assert reverse("project-members", args=[project.slug]) in page


def make_render(model: Asset, label: str, style: str, **columns: Any) -> Asset:
    values = {
        "kind": "render",
        "format": "png",
        "extension": "png",
        "preview": "ready",
        "width_px": 64,
        "height_px": 64,
    }
    return AssetFactory(project=model.project, parent=model, root=model, label=label, style=style, **values | columns)


def look(client: Client, asset: Asset, *, part: bool = False, query: str = "") -> str:
    address = reverse("asset", args=[asset.project.slug, asset.pk]) + query
    return client.get(address, headers=HTMX if part else {}).content.decode()


# --- What the viewer loads


@pytest.mark.parametrize(
    ("columns", "state", "load", "original", "ask"),
    [
        ({}, "ready", "original", False, False),
        ({"size_bytes": 76_000_000}, "ready", "original", False, True),
        ({"light_sha256": SHA, "light_size_bytes": 900_000, "size_bytes": 76_000_000}, "ready", "light", True, False),
        ({"format": "fbx", "light_sha256": SHA, "light_size_bytes": 9}, "ready", "light", False, False),
        ({"facts": {"extensions_used": ["KHR_texture_basisu"]}, "light_sha256": SHA}, "ready", "light", False, False),
        ({"facts": {"extensions_used": ["KHR_texture_basisu"]}}, "failed", "", False, True),
        ({"preview": "failed"}, "ready", "original", False, False),
        ({"preview": "lacking"}, "ready", "original", False, False),
        ({"preview": "waiting"}, "waiting", "", True, True),
        ({"preview": "lacking", "format": "fbx"}, "lacking", "", False, True),
        ({"preview": "failed", "format": "fbx"}, "failed", "", False, True),
    ],
)
def test_the_viewer_loads_the_lightest_file_that_a_browser_can_show(
    project: Project, columns: dict[str, Any], state: str, load: str, original: bool, ask: bool
) -> None:
    view = build_view(make_model(project, **columns))

    assert (view.state, view.load, view.original, view.ask) == (state, load, original, ask)


def test_an_fbx_says_that_its_light_glb_is_shown(client: Client, project: Project) -> None:
    model = make_model(project, format="fbx", extension="fbx", light_sha256=SHA, light_size_bytes=9)

    page = look(client, model)

    assert "FBX cannot be shown in the browser. This is a light GLB made from it." in page
    assert f'data-src="{reverse("light", args=[model.pk, SHA])}"' in page
    assert 'data-original=""' in page


def test_a_light_glb_offers_the_original_with_its_size(client: Client, project: Project) -> None:
    model = make_model(project, light_sha256=SHA, light_size_bytes=900_000, size_bytes=76_600_000)

    page = look(client, model)

    assert "Load original, 76.6\xa0MB" in page
    assert f'data-original="{reverse("file", args=[model.pk, model.sha256, "robot.glb"])}"' in page


@pytest.mark.parametrize(
    ("preview", "words"),
    [
        ("waiting", "Preparing the 3D view"),
        ("failed", "The preview could not be made"),
        ("lacking", "No preview on this machine"),
    ],
)
def test_where_there_is_no_view_yet_the_page_says_why(
    client: Client, project: Project, preview: str, words: str
) -> None:
    model = make_model(project, preview=preview, format="stl", preview_problem="The file is empty inside.")

    page = look(client, model)

    assert words in page
    assert "patina-viewer" not in page
    assert "?download=1" in page
    assert ("The file is empty inside." in page) == (preview != "waiting" and preview != "lacking")


def test_a_preview_that_failed_can_be_made_once_more(client: Client, project: Project) -> None:
    model = make_model(project, preview="failed", format="stl", preview_tries=3)

    client.post(reverse("asset-preview", args=["robots", model.pk]))

    model.refresh_from_db()
    assert (model.preview, model.preview_tries) == ("waiting", 0)


# --- Facts


def test_facts_are_told_in_the_fields_words(client: Client, project: Project) -> None:
    model = make_model(
        project,
        facts={
            "triangles": 48_210,
            "quads": 0,
            "vertices": 25_000,
            "materials": [{"name": "Paint <b>"}],
            "material_count": 1,
            "textures": [{"name": "a", "width": 2048, "height": 1024, "channels": ["base_color", "clear_coat"]}],
            "has_uvs": True,
            "animations": [{"name": "Walk", "duration_s": 1.25}],
            "bounding_box_m": {"size": [1.4412, 0.0123, 5120.4]},
            "generator": "Blender",
            "problems": [{"code": "no_uvs", "severity": "warning", "message": "The model has no UVs."}],
        },
    )

    page = " ".join(look(client, model).split())

    for text in ("48,210", "25,000", "Paint &lt;b&gt;", "Base color, Clear coat · 2048 × 1024", "Walk · 1.2 s"):
        assert text in page
    assert "1.44 × 0.0123 × 5,120" in page
    assert "Quads" not in page
    assert "The model has no UVs." in page


@pytest.mark.parametrize(
    ("length", "text"), [(1.4412, "1.44"), (0.0123, "0.0123"), (5120.4, "5,120"), (12.345, "12.3"), (0, "0")]
)
def test_lengths_keep_three_digits_that_count(length: float, text: str) -> None:
    assert write_metres(length) == text


def test_facts_of_an_odd_shape_do_no_harm(client: Client, project: Project) -> None:
    odd = {"textures": [{}], "materials": [{}], "animations": [{}], "bounding_box_m": {}, "problems": []}

    assert "<h1>" in look(client, make_model(project, facts=odd))


# --- Lineage and renders


def test_the_lineage_leads_from_the_upload_to_every_descendant(client: Client, project: Project) -> None:
    upload = make_model(project, name="upload")
    task = TaskFactory(project=project, state=State.SUCCEEDED)
    remeshed = make_model(project, name="remeshed", parent=upload, root=upload, version=2, task=task, output_key="m")
    make_model(project, name="sibling", parent=upload, root=upload, version=3)
    last = make_model(project, name="last", parent=remeshed, root=upload, version=4)

    page = look(client, last)

    strip, panel = cut(page, "asset-lineage"), cut(page, "asset-panel")
    assert re.findall(r'class="meta">(v\d)', strip) == ["v1", "v2", "v4", "v3"]  # branch by branch
    assert re.findall(r"<strong>(v\d)</strong>", panel) == ["v4", "v3", "v2", "v1"]
    assert strip.count('aria-current="page"') == 1
    assert "Remesh of v1" in panel


def test_a_lineage_whose_upload_is_in_the_trash_still_shows_the_rest(client: Client, project: Project) -> None:
    upload = make_model(project, name="upload", trashed_at=timezone.now())
    child = make_model(project, name="child", parent=upload, root=upload, version=2)

    page = look(client, child)

    assert re.findall(r'class="meta">(v\d)', cut(page, "asset-lineage")) == ["v2"]


def test_renders_stand_by_style_and_angle_and_tell_them_apart(client: Client, project: Project) -> None:
    model = make_model(project)
    task = TaskFactory(project=project, operation=RENDER, state=State.SUCCEEDED)
    for number, (label, style) in enumerate([("left", "white"), ("left", "rgb"), ("front", "white"), ("front", "rgb")]):
        make_render(model, label, style, task=task, output_key=str(number))

    renders = cut(look(client, model), "asset-renders")

    captions = re.findall(r'class="tile-style">(\w+)</span>.*?class="tile-caption"[^>]*>\s*(\w+)', renders)
    assert captions == [("RGB", "Front"), ("RGB", "Left"), ("White", "Front"), ("White", "Left")]
    assert "64 × 64 PNG" in renders


def test_renders_of_another_version_and_of_the_trash_stay_away(client: Client, project: Project) -> None:
    model, other = make_model(project), make_model(project)
    make_render(other, "front", "rgb", name="foreign")
    make_render(model, "front", "rgb", name="thrown away", trashed_at=timezone.now())

    renders = cut(look(client, model), "asset-renders")

    assert "No pictures of this version yet." in renders


def test_forty_renders_of_five_tasks_show_two_sets_and_fold_the_rest(client: Client, project: Project) -> None:
    model = make_model(project)
    for _ in range(5):
        task = TaskFactory(project=project, operation=RENDER, state=State.SUCCEEDED)
        for number in range(8):
            make_render(model, f"view {number}", "rgb", task=task, output_key=str(number))

    renders = cut(look(client, model), "asset-renders")

    assert renders.count("data-slide") == 40
    assert re.search(r'<details class="sheets-more".*?Earlier renders <span class="meta">24', renders)


def test_the_page_costs_the_same_however_many_renders_there_are(
    client: Client, project: Project, django_assert_max_num_queries: Any
) -> None:
    model = make_model(project)
    for _ in range(6):
        task = TaskFactory(project=project, operation=RENDER, state=State.SUCCEEDED)
        make_render(model, "front", "rgb", task=task, output_key="a")
        make_model(project, parent=model, root=model)

    with django_assert_max_num_queries(20):
        look(client, model)


# --- What changes by itself


def test_the_health_of_a_model_is_one_line_with_its_list_behind_it(client: Client, project: Project) -> None:
    warning = {"code": "no_uvs", "severity": "warning", "message": "The model has no UVs."}
    note = {"code": "dense", "severity": "info", "message": "The model is dense."}
    told = {
        "Healthy": {"problems": []},
        "Healthy, 1 note": {"problems": [note]},
        "1 warning, 1 note": {"problems": [note, warning]},
        "1 problem, 1 warning": {"problems": [warning], "validator": {"errors": 3, "warnings": 0, "messages": []}},
    }

    for text, facts in told.items():
        card = cut(look(client, make_model(project, facts={"triangles": 12, **facts})), "asset-facts")
        assert f"<strong>{text}</strong>" in card
        assert card.count('<li class="problem') == len(facts["problems"]) + ("validator" in facts)
    assert "finds 3 errors" in card
    assert "<strong>Healthy" not in cut(look(client, make_model(project, facts={"triangles": 12})), "asset-facts")


def test_a_page_leads_to_the_versions_beside_it(client: Client, project: Project) -> None:
    first = make_model(project, version=1)
    second = make_model(project, version=2, root=first, parent=first)
    third = make_model(project, version=3, root=first, parent=second)
    steps = {first: [None, second], second: [first, third], third: [second, None]}

    for model, (earlier, later) in steps.items():
        card = cut(look(client, model), "asset-versions")
        for key, beside in (("[", earlier), ("]", later)):
            found = re.findall(rf'href="([^"]+)"\s+data-key="{re.escape(key)}"', card)
            assert found == ([reverse("asset", args=[project.slug, beside.pk])] if beside else [])


def test_a_quiet_page_does_not_ask_again(client: Client, project: Project) -> None:
    for part in (False, True):
        page = look(client, make_model(project), part=part)
        assert "hx-" not in (page if part else cut(page, "asset-panel"))


def test_a_running_render_has_its_places_before_the_pictures_come(client: Client, project: Project) -> None:
    model = make_model(project)
    task = TaskFactory(
        project=project,
        operation=RENDER,
        state=State.RUNNING,
        progress_percent=40,
        params={"camera_angles": ["front", "top"], "enable_rgb_render": True, "enable_white_render": True},
    )
    TaskInputFactory(task=task, asset=model)

    page = look(client, model)

    assert cut(page, "asset-renders").count("tile-hole") == 4
    assert 'value="40"' in cut(page, "asset-panel")
    assert 'hx-trigger="every 2s"' in page
    assert '<noscript><meta http-equiv="refresh"' in page


def test_what_htmx_gets_equals_a_fresh_page_and_leaves_the_viewer_alone(client: Client, project: Project) -> None:
    model = make_model(project)
    TaskInputFactory(task=TaskFactory(project=project, state=State.RUNNING), asset=model)

    page, parts = look(client, model), look(client, model, part=True)

    for name in ("asset-panel", "asset-lineage"):
        assert cut(parts, name) == cut(page, name)
    assert "<html" not in parts
    assert "patina-viewer" not in parts
    assert "asset-viewer" not in parts


def test_an_awaited_viewer_comes_with_the_answer_that_has_it(client: Client, project: Project) -> None:
    model = make_model(project, preview="waiting")
    waiting = look(client, model)
    Asset.objects.filter(pk=model.pk).update(preview="ready")

    parts = look(client, model, part=True, query="?want=viewer")

    assert "?want=viewer" in waiting
    assert "#asset-viewer:outerMorph" in waiting
    assert "<patina-viewer" in cut(parts, "asset-viewer")
    assert "hx-get" not in parts


def test_a_page_stops_asking_for_a_preview_that_never_comes(client: Client, project: Project) -> None:
    model = make_model(project, preview="waiting", created_at=timezone.now() - timedelta(hours=2))

    assert "hx-trigger" not in cut(look(client, model), "asset-panel")


# --- Next steps, pictures


def test_every_operation_that_takes_a_model_is_a_next_step(client: Client, project: Project) -> None:
    from jobs.vendors import OPERATIONS

    model = make_model(project)

    page = look(client, model)

    for operation in OPERATIONS.values():
        fields = [name for name, item in operation.asset_fields.items() if item.kind == "model"]
        if fields:
            assert f"{reverse('task-new', args=['robots', operation.key])}?{fields[0]}={model.pk}" in page


def test_a_picture_has_a_page_with_its_model(client: Client, project: Project) -> None:
    model = make_model(project)
    render = make_render(model, "front", "white", name="robot front")

    page = look(client, render)

    assert "White background" in page
    assert "64 × 64 px" in " ".join(page.split())
    assert f'href="{reverse("asset", args=["robots", model.pk])}"' in page
    assert "data-slide" in page


def test_an_uploaded_image_has_a_page(client: Client, project: Project) -> None:
    page = look(client, ImageFactory(project=project, name="style <i>"))

    assert "style &lt;i&gt;" in page
    assert "model-viewer" not in page


def test_something_in_the_trash_is_not_found(client: Client, project: Project) -> None:
    model = make_model(project, trashed_at=timezone.now())

    assert client.get(reverse("asset", args=["robots", model.pk])).status_code == 404


def test_pages_hold_no_inline_style_or_script(client: Client, project: Project) -> None:
    model = make_model(project)
    TaskInputFactory(task=TaskFactory(project=project, state=State.RUNNING), asset=model)

    page = look(client, model)

    assert not re.search(r"<[^>]+\sstyle=|<style|\son\w+=|javascript:", page)
    assert not re.search(r"<script(?![^>]*\s(src=|type=\"application/json\"))", page)
