"""What came back, on the pages of tasks and files: texture maps beside their model, and whether it is as asked."""

import dataclasses
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from jobs.fields import AssetField
from jobs.models import Asset, Project, State, Task, User
from jobs.operations import Operation
from jobs.vendors import OPERATIONS
from jobs.verdicts import summarize
from tests.conftest import sign_in
from tests.factories import AssetFactory, ImageFactory, TaskFactory, TaskInputFactory
from tests.page_parts import cut

pytestmark = pytest.mark.django_db

FACES = {"key": "faces", "label": "Faces", "asked": 5000, "got": 7210, "met": False}
VALIDATOR = {"key": "validator", "label": "glTF validator", "asked": "no errors", "got": "no errors", "met": True}
UVS = {"key": "uvs", "label": "Original UVs", "asked": True, "got": None, "met": None}


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


def make_result(project: Project, **columns: Any) -> Asset:
    """Return the model that a finished task gave."""
    task = TaskFactory(project=project, state=State.SUCCEEDED)
    source = AssetFactory(project=project, preview="ready")
    TaskInputFactory(task=task, asset=source)
    made = {"task": task, "output_key": "model_url", "parent": source, "preview": "ready", **columns}
    return AssetFactory(project=project, **made)


def add_map(model: Asset, key: str, **columns: Any) -> Asset:
    made = {"task": model.task, "output_key": key, "kind": "texture_map", "preview": "ready", **columns}
    return ImageFactory(project=model.project, **made)


def look(client: Client, *, task: Task | None = None, asset: Asset | None = None) -> str:
    address = reverse("task", args=[task.pk]) if task else reverse("asset", args=["robots", asset.pk])  # type: ignore
    return client.get(address).content.decode()


def list_swatches(part: str) -> list[str]:
    return re.findall(r'class="swatch-name"[^>]*>([^<]+)', part)


def list_checks(part: str) -> list[tuple[str, ...]]:
    """Return (check, asked, got) of a table of checks."""
    return re.findall(r'<th scope="row">([^<]+)</th> <td>([^<]*)</td> <td>([^<]*)</td>', part)


def test_texture_maps_stand_in_one_order_beside_their_model(client: Client, project: Project) -> None:
    model = make_result(project)
    for key in (
        "texture_urls.0.normal",
        "texture_urls.0.roughness",
        "texture_urls.0.metallic",
        "texture_urls.BaseColor",
    ):
        add_map(model, key)
    add_map(make_result(project), "texture_urls.0.emissive")  # another task's

    of_task = cut(look(client, task=model.task), "task-maps")
    of_asset = cut(look(client, asset=model), "asset-maps")

    for part in (of_task, of_asset):
        assert list_swatches(part) == ["Base color", "Metallic", "Roughness", "Normal"]
        assert part.count("?download=1") == 4


def test_maps_do_not_stand_among_the_pictures_and_none_needs_no_place(client: Client, project: Project) -> None:
    model = make_result(project)
    without = look(client, task=model.task)
    add_map(model, "texture_urls.albedo")

    page = look(client, task=model.task)

    assert "task-maps" not in without
    assert "task-pictures" not in page


def test_a_map_in_the_trash_is_gone_from_the_row(client: Client, project: Project) -> None:
    model = make_result(project)
    add_map(model, "base_color", trashed_at=model.created_at)

    assert "asset-maps" not in look(client, asset=model)


def test_a_map_that_differs_is_marked(client: Client, project: Project) -> None:
    model = make_result(project)
    add_map(model, "base_color", verdict=[FACES], verdict_state="missed")
    add_map(model, "normal", verdict=[VALIDATOR], verdict_state="met")

    assert cut(look(client, task=model.task), "task-maps").count("Differs") == 1


def test_an_output_says_whether_it_is_as_asked_and_lists_the_checks(client: Client, project: Project) -> None:
    model = make_result(project, verdict=[FACES, VALIDATOR, UVS], verdict_state="missed")

    badge = cut(look(client, task=model.task), "task-files")
    card = cut(look(client, asset=model), "asset-verdict")

    for part in (badge, card):
        assert list_checks(part) == [
            ("Faces", "5,000", "7,210"),
            ("glTF validator", "no errors", "no errors"),
            ("Original UVs", "Yes", "–"),
        ]
        assert "Differs" in part


def test_a_miss_is_a_notice_and_no_failure(client: Client, project: Project) -> None:
    model = make_result(project, verdict=[FACES], verdict_state="missed")

    page = look(client, task=model.task)

    assert "failure-title" not in page
    assert "Done" in cut(page, "task-progress")


def test_what_nobody_judged_carries_no_badge(client: Client, project: Project) -> None:
    model = make_result(project)

    assert "verdict-badge" not in look(client, task=model.task)
    assert "asset-verdict" not in look(client, asset=model)


def test_pictures_are_judged_together_and_only_the_odd_one_is_marked(client: Client, project: Project) -> None:
    task = TaskFactory(project=project, operation="triverse.model-preview-render", state=State.SUCCEEDED)
    count = {"key": "count", "label": "Pictures", "asked": 4, "got": 3, "met": False}
    size = {"key": "resolution", "label": "Resolution", "asked": "64x64", "got": "64x64", "met": True}
    odd = size | {"got": "32x32", "met": False}
    for number, rows in enumerate([[count, size], [size], [odd]]):
        state = summarize(rows)
        made = {"output_key": str(number), "kind": "render", "verdict": rows, "verdict_state": state}
        ImageFactory(project=project, task=task, **made)

    part = cut(look(client, task=task), "task-pictures")

    assert list_checks(part) == [
        ("Pictures", "4", "3"),
        ("Resolution (2 of 3 pictures)", "64x64", "64x64"),
        ("Resolution (1 of 3 pictures)", "64x64", "32x32"),
    ]
    assert part.count("tile-differs") == 1


def test_pictures_that_are_all_as_asked_say_so_once(client: Client, project: Project) -> None:
    task = TaskFactory(project=project, operation="triverse.image-generation", state=State.SUCCEEDED)
    count = {"key": "count", "label": "Pictures", "asked": 2, "got": 2, "met": True}
    ImageFactory(project=project, task=task, output_key="1", verdict=[count], verdict_state="met")
    ImageFactory(project=project, task=task, output_key="2")

    part = cut(look(client, task=task), "task-pictures")

    assert part.count("verdict-badge") == 1
    assert list_checks(part) == [("Pictures", "2", "2")]


def test_the_gallery_stays_calm(client: Client, project: Project) -> None:
    make_result(project, verdict=[FACES], verdict_state="missed")

    assert "verdict" not in client.get(reverse("project", args=["robots"])).content.decode()


# --- Pictures as style images


def make_painter(key: str, field: str) -> Operation:
    """Return an operation that takes a picture and a model."""
    remesh = OPERATIONS["triverse.model-remesh"]
    picture = {field: AssetField(label="Style image", kind="image")}
    return dataclasses.replace(remesh, key=key, label=key.title(), fields=picture | dict(remesh.fields))


@pytest.fixture
def two_painters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave two operations in the catalogue that take a picture, and the one that makes them."""
    maker = OPERATIONS["triverse.image-generation"]
    painters = [make_painter("triverse.paint", "image_file"), make_painter("triverse.spray", "image_style_url")]
    monkeypatch.setattr("dashboard.uses.OPERATIONS", {item.key: item for item in (maker, *painters)})


def make_images(project: Project, count: int, **columns: Any) -> Task:
    made = {"operation": "triverse.image-generation", "state": State.SUCCEEDED, **columns}
    task = TaskFactory(project=project, params={"prompt": "a bronze vase", "image_count": 3}, **made)
    for number in range(1, count + 1):
        ImageFactory(project=project, task=task, output_key=str(number), label=f"image {number}", preview="ready")
    return task


def test_a_generated_picture_is_two_clicks_from_every_form_that_takes_one(
    client: Client, project: Project, two_painters: None
) -> None:
    task = make_images(project, 1)
    picture = task.outputs.get()
    wanted = [
        reverse("task-new", args=["robots", "triverse.paint"]) + f"?image_file={picture.pk}",
        reverse("task-new", args=["robots", "triverse.spray"]) + f"?image_style_url={picture.pk}",
    ]

    on_the_task = cut(look(client, task=task), "task-pictures")
    on_its_page = look(client, asset=picture)
    in_the_gallery = client.get(reverse("asset-actions", args=["robots", picture.pk])).content.decode()  # a card's menu

    for page in (on_the_task, on_its_page, in_the_gallery):
        assert [address for address in wanted if f'href="{address}"' not in page] == []


def test_a_generated_picture_tells_its_words(client: Client, project: Project) -> None:
    picture = make_images(project, 1).outputs.get()

    assert re.search(r"<dt>Words</dt>\s*<dd>\s*a bronze vase\s*</dd>", look(client, asset=picture))


def test_who_may_not_spend_is_offered_no_style_image(viewer: User, project: Project, two_painters: None) -> None:
    task = make_images(project, 1)

    pages = look(sign_in(viewer), task=task) + look(sign_in(viewer), asset=task.outputs.get())

    assert "style image" not in pages.lower()


def test_the_pictures_of_a_running_task_have_their_places(client: Client, project: Project) -> None:
    task = make_images(project, 2, state=State.RUNNING)

    part = cut(look(client, task=task), "task-pictures")

    captions = re.findall(r'class="tile-caption"[^>]*>([^<]+)', part)
    assert captions == ["Image 1", "Image 2", "Image 3"]
    assert part.count("tile-hole") == 1


def test_operations_with_the_same_verb_are_told_apart_by_their_names(
    client: Client, project: Project, two_painters: None
) -> None:
    model = AssetFactory(project=project, preview="ready")

    page = look(client, asset=model)

    assert {"Triverse.Paint", "Triverse.Spray"} <= set(re.findall(r'class="next-name">([^<]+)<', page))


def test_the_gallery_offers_what_starts_from_words(client: Client, project: Project) -> None:
    page = client.get(reverse("project", args=["robots"])).content.decode()

    assert reverse("task-new", args=["robots", "triverse.image-generation"]) + '"' in page
