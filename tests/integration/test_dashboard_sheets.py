"""Contact sheets: one style at a time, all of it as one PNG; and the tree of a lineage."""

import io
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from dashboard.contact_sheet import build_sheet
from dashboard.lineage import DEEPEST, Run, build_tree
from dashboard.sheet_picture import SHEET_PX, find_columns
from dashboard.views import sheets
from jobs.models import Asset, Project, State, Task, User
from tests.conftest import sign_in
from tests.factories import AssetFactory, ImageFactory, ProjectFactory, TaskFactory
from tests.made_models import png
from tests.page_parts import cut
from tests.stored import get_path, store

pytestmark = pytest.mark.django_db

RENDER = "triverse.model-preview-render"
ANGLES = ("front", "right", "back", "left")


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


@pytest.fixture
def model(project: Project) -> Asset:
    return AssetFactory(project=project, name="Red robot", preview="ready", version=2)


def store_render(model: Asset, label: str, style: str, *, wide: int = 40, high: int = 30) -> Asset:
    columns = {"parent": model, "root": model, "kind": "render", "label": label, "style": style}
    return store(model.project, png(wide, high), name=f"{label}.png", width_px=wide, height_px=high, **columns)


def fetch_sheet(client: Client, *pictures: Asset | int, **headers: str) -> Any:
    numbers = ",".join(str(item if isinstance(item, int) else item.pk) for item in pictures)
    return client.get(f"{reverse('contact-sheet', args=['robots'])}?a={numbers}", headers=headers)


def open_sheet(answer: Any) -> Image.Image:
    return Image.open(io.BytesIO(answer.content))


def test_a_sheet_holds_its_pictures_in_rows_and_is_called_after_the_model(client: Client, model: Asset) -> None:
    pictures = [store_render(model, label, "white") for label in ANGLES]

    answer = fetch_sheet(client, *pictures)

    sheet = open_sheet(answer)
    assert (answer.status_code, sheet.format) == (200, "PNG")
    wide, high = sheet.size
    assert wide > 2 * 40  # two in a row
    assert high > 2 * 30
    assert answer["Content-Disposition"] == 'attachment; filename="red-robot-v2-white-sheet.png"'
    assert fetch_sheet(client, *pictures, **{"If-None-Match": answer["ETag"]}).status_code == 304


def test_a_big_sheet_keeps_to_its_size(client: Client, model: Asset) -> None:
    pictures = [store_render(model, f"view {number}", "rgb", wide=900, high=900) for number in range(9)]

    sheet = open_sheet(fetch_sheet(client, *pictures))

    assert max(sheet.size) <= SHEET_PX * 1.2


@pytest.mark.parametrize(
    ("count", "columns"), [(1, 1), (2, 2), (3, 3), (4, 2), (5, 3), (6, 3), (7, 4), (8, 4), (9, 3), (10, 4), (12, 4)]
)
def test_rows_are_filled_well(count: int, columns: int) -> None:
    assert find_columns(count) == columns


def test_a_sheet_of_what_is_not_all_here_is_not_made(client: Client, model: Asset, stranger: User) -> None:
    picture = store_render(model, "front", "rgb")
    foreign = ImageFactory(project=ProjectFactory(slug="secret"))
    trashed = ImageFactory(project=model.project, trashed_at=timezone.now())

    for wrong in (foreign, trashed, model, 999_999, 10**30):
        assert fetch_sheet(client, picture, wrong).status_code == 404
    assert fetch_sheet(client).status_code == 404
    assert fetch_sheet(sign_in(stranger), picture).status_code == 404
    get_path(picture.sha256).unlink()
    assert fetch_sheet(client, picture).status_code == 404


def test_few_sheets_are_drawn_at_once(client: Client, model: Asset) -> None:
    picture = store_render(model, "front", "rgb")
    with sheets.DRAWING, sheets.DRAWING:
        busy = fetch_sheet(client, picture)

    assert (busy.status_code, busy["Retry-After"], busy["Cache-Control"]) == (503, "5", "no-store")
    assert "ETag" not in busy
    assert fetch_sheet(client, picture).status_code == 200


def make_task(model: Asset) -> Task:
    return TaskFactory(project=model.project, operation=RENDER, state=State.SUCCEEDED, charged_credits=8)


def make_render(model: Asset, label: str, style: str, task: Task) -> Asset:
    values = {"parent": model, "root": model, "kind": "render", "label": label, "style": style, "preview": "ready"}
    return ImageFactory(project=model.project, task=task, output_key=f"{label} {style}", **values)


def test_of_an_angle_in_two_styles_one_is_shown_at_a_time(client: Client, model: Asset) -> None:
    task = make_task(model)
    pairs = {style: [make_render(model, label, style, task) for label in ANGLES[:2]] for style in ("rgb", "white")}
    lone = make_render(model, "back", "white", task)

    page = cut(client.get(reverse("asset", args=["robots", model.pk])).content.decode(), "asset-renders")

    assert re.findall(r'class="tile"[^>]*data-twin="(\w+)"', page) == ["rgb", "rgb", "white", "white"]
    assert page.count('class="tile"') == 5  # without a script all are there
    assert "data-style-choice" in page
    white = ",".join(str(item.pk) for item in [*pairs["white"], lone])
    assert f'href="{reverse("contact-sheet", args=["robots"])}?a={white}"' in page


def test_one_style_has_no_toggle_and_one_picture_no_sheet(model: Asset) -> None:
    task = make_task(model)
    front = make_render(model, "front", "rgb", task)

    alone = build_sheet(task, [front])
    two = build_sheet(task, [front, make_render(model, "back", "rgb", task)])

    assert (alone.has_styles, alone.parts) == (False, [])
    assert (two.has_styles, [part.style for part in two.parts]) == (False, [""])


def test_the_lightbox_tells_where_a_picture_comes_from(client: Client, model: Asset) -> None:
    task = make_task(model)
    picture = make_render(model, "front", "rgb", task)

    page = client.get(reverse("asset", args=["robots", model.pk])).content.decode()

    details = page.partition("<template data-details>")[2].partition("</template>")[0]
    words = " ".join(re.sub(r"<[^>]+>", " ", details).split())
    assert "Angle Front Style RGB Pixels 64 × 64" in words
    assert "Preview render , Triverse Credits 8 for 1 picture" in words
    assert f"{reverse('compare', args=['robots'])}?a={picture.pk}" in details


# --- Lineage


def name_tree(runs: list[Run]) -> list[Any]:
    return [[*(item.name for item in run.nodes), *([name_tree(run.branches)] if run.branches else [])] for run in runs]


def make_version(parent: Asset, name: str, **columns: Any) -> Asset:
    root = parent.root or parent
    version = {"parent": parent, "root": root, "version": 2}
    return AssetFactory(project=parent.project, name=name, preview="ready", **version | columns)


def test_a_lineage_is_a_tree_in_which_chains_stay_together(model: Asset) -> None:
    first = make_version(model, "rust")
    second = make_version(first, "rust small")
    gold = make_version(model, "gold")
    last = make_version(gold, "gold small")

    tree = build_tree([model, first, second, gold, last])

    assert name_tree(tree) == [["Red robot", [["rust", "rust small"], ["gold", "gold small"]]]]


def test_a_lineage_without_its_upload_starts_where_it_can(model: Asset) -> None:
    first, second = make_version(model, "rust"), make_version(model, "gold")

    assert name_tree(build_tree([first, second])) == [["rust"], ["gold"]]


def test_the_deepest_branches_are_told_one_after_the_other(project: Project) -> None:
    models = [AssetFactory.build(pk=1, name="0", project=project)]
    for number in range(2, 120, 2):  # each version has two, and the second of them goes on
        parent = models[-1]
        models += [
            AssetFactory.build(pk=pk, name=str(pk), project=project, parent=parent) for pk in (number, number + 1)
        ]

    tree = build_tree(models)

    def measure(runs: list[Run]) -> int:
        return 1 + max((measure(run.branches) for run in runs), default=0) if runs else 0

    def count(runs: list[Run]) -> int:
        return sum(len(run.nodes) + count(run.branches) for run in runs)

    assert measure(tree) <= DEEPEST + 1
    assert count(tree) == len(models)


def test_the_strip_compares_ticked_versions_and_offers_where_it_came_from(client: Client, model: Asset) -> None:
    rust = make_version(model, "rust", version=3)
    make_render(rust, "front", "rgb", make_task(rust))

    strip = cut(client.get(reverse("asset", args=["robots", rust.pk])).content.decode(), "asset-lineage")

    compare = reverse("compare", args=["robots"])
    assert f'action="{compare}"' in strip
    assert f'href="{compare}?a={model.pk},{rust.pk}"' in strip
    assert re.findall(r'name="a"\s+value="(\d+)"\s*(checked)?', strip) == [
        (str(model.pk), ""),
        (str(rust.pk), "checked"),
    ]


def test_a_lone_upload_has_nothing_to_tick(client: Client, model: Asset) -> None:
    strip = cut(client.get(reverse("asset", args=["robots", model.pk])).content.decode(), "asset-lineage")

    assert "checkbox" not in strip
    assert "Compare" not in strip


def test_a_finished_task_offers_to_compare_with_its_source(client: Client, model: Asset) -> None:
    task = TaskFactory(project=model.project, operation="meshy.retexture", state=State.SUCCEEDED)
    task.task_inputs.create(asset=model, field="model_url")
    rust = make_version(model, "rust", task=task, output_key="model")
    address = f"{reverse('compare', args=['robots'])}?a={model.pk},{rust.pk}"

    page = client.get(reverse("task", args=[task.pk])).content.decode()
    Asset.objects.filter(pk=model.pk).update(trashed_at=timezone.now())
    without = client.get(reverse("task", args=[task.pk])).content.decode()

    assert (f'href="{address}"' in page, f'href="{address}"' in without) == (True, False)
    assert "Compare with v2" in page
