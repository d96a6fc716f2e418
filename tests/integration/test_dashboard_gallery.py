"""The gallery: tiles, filters, pages, tasks in their place, and the living part."""

import re
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard import finding
from jobs import search
from jobs.models import Asset, Project, State, User
from tests.conftest import sign_in
from tests.factories import AssetFactory, ImageFactory, TaskFactory, TaskInputFactory

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


@pytest.fixture
def address(project: Project) -> str:
    return reverse("project", args=[project.slug])


def make_asset(project: Project, **columns: object) -> Asset:
    return AssetFactory(project=project, **{"preview": Asset.Preview.READY, **columns})


class Living(HTMLParser):
    """Finds the living part of a page: its attributes and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.attributes: dict[str, str | None] = {}
        self.html = ""
        self._depth = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._depth:
            self.html += self.get_starttag_text() or ""
        if dict(attrs).get("id") == "living":
            self.attributes, self._depth = dict(attrs), 1
        elif self._depth and tag == "div":
            self._depth += 1

    def handle_endtag(self, tag: str) -> None:
        if self._depth and tag == "div":
            self._depth -= 1
        if self._depth:
            self.html += f"</{tag}>"

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.html += data


def read(client: Client, address: str, *, htmx: bool = False) -> Living:
    return Living(client.get(address, headers=HTMX if htmx else {}).content.decode())


def test_a_tile_shows_poster_name_facts_and_what_can_be_done(client: Client, address: str, project: Project) -> None:
    facts = {"triangles": 48_210}
    asset = make_asset(project, name="Service robot", version=3, poster_sha256="a" * 64, facts=facts)

    page = client.get(address).content.decode()

    assert reverse("poster", args=[asset.pk, "a" * 64]) in page
    for words in ("Service robot", "v3", "48k tris", "GLB", "Safe"):
        assert words in page


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_the_menu_of_a_tile_is_asked_for_alone_or_as_a_page(
    client: Client, address: str, project: Project, headers: dict[str, str]
) -> None:
    asset = make_asset(project, name="Service robot")
    back = {
        "HX-Current-URL": f"http://testserver{address}?kind=model",
        "Referer": f"http://testserver{address}?kind=model",
    }

    page = client.get(reverse("asset-actions", args=[project.slug, asset.pk]), headers=headers | back).content.decode()

    for words in ("Rename", "Delete", "Download", "Share"):
        assert words in page
    assert f"{reverse('task-new', args=[project.slug, 'triverse.model-remesh'])}?model_file={asset.pk}" in page
    assert f"?next={address}%3Fkind%3Dmodel" in page
    assert ("<html" in page) is not bool(headers)


def test_a_viewer_sees_tiles_and_no_way_to_change_them(viewer: User, address: str, project: Project) -> None:
    asset = make_asset(project)

    page = sign_in(viewer).get(address).content.decode()

    assert asset.name in page
    menu = sign_in(viewer).get(reverse("asset-actions", args=[project.slug, asset.pk])).content.decode()
    for words in ("Rename", "Delete", "data-upload", "Remesh", "Drop a model", "Share"):
        assert words not in menu
    for words in ("data-upload", "Drop a model", "asset-pick", "selected/trash", "selected/tag"):
        assert words not in page


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"preview": Asset.Preview.WAITING}, "Making the preview…"),
        ({"preview": Asset.Preview.FAILED, "preview_problem": "It is broken."}, "No preview"),
        ({"preview": Asset.Preview.LACKING, "format": "stl"}, "STL"),
    ],
)
def test_a_missing_poster_is_explained(
    client: Client, address: str, project: Project, columns: dict[str, object], words: str
) -> None:
    make_asset(project, **columns)

    assert words in read(client, address).html


def test_filters_count_by_kind_and_stay_in_the_address(client: Client, address: str, project: Project) -> None:
    make_asset(project, name="chair")
    make_asset(project, name="table")
    ImageFactory(project=project, name="chair photo")
    make_asset(project, name="thrown away", trashed_at=timezone.now())
    search.index_assets(project.assets.values_list("pk", flat=True))

    everything = read(client, address).html
    pictures = read(client, f"{address}?kind=image").html
    chairs = read(client, f"{address}?q=chair").html

    assert [words in everything for words in ("chair", "table", "thrown away")] == [True, True, False]
    assert "?kind=model" in everything
    assert "table" not in pictures
    assert "chair photo" in pictures
    assert "table" not in chairs
    assert re.search(r"\?kind=image&(amp;)?q=chair", chairs)
    assert "Texture maps" not in everything


def test_an_unknown_filter_shows_everything(client: Client, address: str, project: Project) -> None:
    asset = make_asset(project)

    assert asset.name in client.get(f"{address}?kind=nonsense&page=99").content.decode()


def test_an_empty_project_invites_and_an_empty_filter_offers_to_clear(
    client: Client, address: str, project: Project
) -> None:
    assert "Drop your first model here" in client.get(address).content.decode()

    make_asset(project)
    page = client.get(f"{address}?kind=render&q=zebra").content.decode()

    assert "Nothing matches" in page
    assert "Clear Renders" in page
    assert "Clear “zebra”" in page


def test_a_small_gallery_invites_to_drop_more_and_a_full_one_does_not(
    client: Client, address: str, project: Project
) -> None:
    make_asset(project)
    assert "Drop a model anywhere" in read(client, address).html

    for _ in range(8):
        make_asset(project)

    assert "Drop a model anywhere" not in read(client, address).html


def test_a_viewer_of_an_empty_project_is_not_asked_to_upload(viewer: User, address: str) -> None:
    assert "Nothing here yet" in sign_in(viewer).get(address).content.decode()


def list_names(page: str) -> list[str]:
    return re.findall(r'class="tile-name"[^>]*>([^<]+)', page)


def get_step(page: str, rel: str) -> str:
    """Return the address behind Newer (prev) or Older (next), "" where there is none."""
    found = re.search(rf'<a class="btn[^>]*?href="([^"]+)"[^>]*?rel="{rel}"', page, re.DOTALL)
    return found[1].replace("&amp;", "&") if found else ""


def walk(client: Client, address: str, rel: str = "next") -> list[list[str]]:
    pages = []
    while address:
        page = client.get(address).content.decode()
        pages.append(list_names(page))
        address = get_step(page, rel)
    return pages


@pytest.mark.parametrize(
    ("query", "key", "reverse_order"),
    [
        ("", lambda asset: asset.pk, True),
        ("?sort=oldest", lambda asset: asset.pk, False),
        ("?sort=name", lambda asset: (asset.name.lower(), asset.pk), False),
        ("?sort=size", lambda asset: (asset.size_bytes, asset.pk), True),
        ("?q=thing&sort=name", lambda asset: (asset.name.lower(), asset.pk), False),
        ("?format=glb&kind=model", lambda asset: asset.pk, True),
        ("?q=thing", lambda asset: asset.pk, True),
    ],
)
def test_pages_go_forth_and_back_by_keys_in_every_order(
    client: Client, address: str, project: Project, query: str, key: Callable[[Asset], Any], reverse_order: bool
) -> None:
    for number in range(100):
        make_asset(project, name=f"{'tT'[number % 2]}hing {number % 7}", size_bytes=1 + number % 5)
    search.index_assets(project.assets.values_list("pk", flat=True))
    expected = [asset.name for asset in sorted(project.assets.all(), key=key, reverse=reverse_order)]

    forth = walk(client, address + query)
    last = client.get(address + query).content.decode()
    for _ in forth[1:]:
        last = client.get(get_step(last, "next")).content.decode()
    back = walk(client, get_step(last, "prev"), "prev")

    assert [len(names) for names in forth] == [48, 48, 4]
    assert [name for names in forth for name in names] == expected
    assert back == forth[-2::-1]


def test_a_page_that_finds_too_little_says_where_to_look_on(
    client: Client, address: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "WINDOW", 3)
    make_asset(project, name="old FBX", format="fbx", review=Asset.Review.APPROVED)
    for number in range(7):
        make_asset(project, name=f"GLB {number}", review=Asset.Review.APPROVED)

    first = client.get(f"{address}?format=fbx&review=approved").content.decode()
    walked = walk(client, f"{address}?format=fbx&review=approved")

    assert "Nothing among the newest files" in first
    assert "Approved" in first
    assert walked == [[], [], ["old FBX"]]


def test_the_number_of_queries_does_not_grow_with_the_tiles(
    client: Client, address: str, project: Project, django_assert_max_num_queries: object
) -> None:
    for _ in range(30):
        make_asset(project)
        TaskInputFactory(task=TaskFactory(project=project), asset=make_asset(project))

    with django_assert_max_num_queries(12):  # type: ignore[operator]
        client.get(address)


def test_a_running_task_stands_in_the_gallery_with_its_models_poster(
    client: Client, address: str, project: Project
) -> None:
    model = make_asset(project, name="Fox", poster_sha256="b" * 64)
    task = TaskFactory(project=project, state=State.RUNNING, progress_percent=62)
    TaskInputFactory(task=task, asset=model)

    html = read(client, address).html

    assert f'id="task-{task.pk}"' in html
    assert html.count(reverse("poster", args=[model.pk, "b" * 64])) == 2
    assert "Remesh Fox" in html
    assert "62%" in html


@pytest.mark.parametrize(
    ("state", "age", "shown"),
    [
        (State.QUEUED, timedelta(days=3), True),
        (State.UNKNOWN, timedelta(days=3), True),
        (State.FAILED, timedelta(hours=1), True),
        (State.FAILED, timedelta(days=3), False),
        (State.EXPIRED, timedelta(hours=1), True),
        (State.SUCCEEDED, timedelta(0), False),
        (State.CANCELED, timedelta(0), False),
    ],
)
def test_a_task_keeps_its_place_while_it_is_open_and_a_day_after_it_went_wrong(
    client: Client, address: str, project: Project, state: State, age: timedelta, shown: bool
) -> None:
    make_asset(project)
    task = TaskFactory(project=project, state=state, state_at=timezone.now() - age)

    assert (f'id="task-{task.pk}"' in read(client, address).html) is shown


def test_a_filter_shows_only_tasks_that_give_its_kind(client: Client, address: str, project: Project) -> None:
    remesh = TaskFactory(project=project)
    render = TaskFactory(project=project, operation="triverse.model-preview-render")

    html = read(client, f"{address}?kind=render").html

    assert f'id="task-{render.pk}"' in html
    assert f'id="task-{remesh.pk}"' not in html


@pytest.mark.parametrize(
    ("state", "preview", "polls"),
    [
        (State.RUNNING, Asset.Preview.READY, True),
        (State.SUCCEEDED, Asset.Preview.WAITING, True),
        (State.SUCCEEDED, Asset.Preview.READY, False),
    ],
)
def test_the_page_asks_again_only_while_something_is_on_its_way(
    client: Client, address: str, project: Project, state: State, preview: str, polls: bool
) -> None:
    make_asset(project, preview=preview)
    TaskFactory(project=project, state=state)

    trigger = read(client, address).attributes["hx-trigger"] or ""

    assert ("every 2s" in trigger) is polls
    assert "patina:refresh from:body" in trigger


def test_what_htmx_gets_equals_a_fresh_page(client: Client, address: str, project: Project) -> None:
    make_asset(project, name="Fox")
    TaskFactory(project=project, state=State.RUNNING, progress_percent=10)
    address = f"{address}?kind=model"
    stale = read(client, address).attributes["hx-get"] or ""
    make_asset(project, name="Another fox")

    swapped, fresh = read(client, stale, htmx=True), read(client, address)

    assert "Another fox" in swapped.html
    assert (swapped.html, swapped.attributes) == (fresh.html, fresh.attributes)


def test_nothing_is_sent_when_nothing_changed(client: Client, address: str, project: Project) -> None:
    make_asset(project)
    again = read(client, address).attributes["hx-get"] or ""

    response = client.get(again, headers=HTMX)

    assert (response.status_code, response.content) == (204, b"")


def test_the_end_of_the_last_task_stops_the_polling(client: Client, address: str, project: Project) -> None:
    task = TaskFactory(project=project, state=State.SAVING)
    again = read(client, address).attributes["hx-get"] or ""
    assert task.move(State.SUCCEEDED)
    make_asset(project, task=task, output_key="model")

    living = read(client, again, htmx=True)

    assert "every" not in (living.attributes["hx-trigger"] or "")
    assert f'id="task-{task.pk}"' not in living.html


def test_a_fragment_needs_the_same_rights_as_its_page(stranger: User, address: str) -> None:
    assert sign_in(stranger).get(address, headers=HTMX).status_code == 404


def test_a_fragment_asked_for_after_the_session_ended_loads_the_whole_page(address: str) -> None:
    response = Client().get(address, headers=HTMX, follow=True)

    assert response["HX-Refresh"] == "true"


def test_texture_maps_have_a_filter_of_their_own_and_no_place_beside_the_models(
    client: Client, project: Project
) -> None:
    AssetFactory(project=project, name="robot", preview="ready")
    ImageFactory(project=project, name="robot normal", kind="texture_map", preview="ready")

    overview = client.get("/p/robots/").content.decode()
    maps = client.get("/p/robots/?kind=texture_map").content.decode()

    assert "robot normal" not in overview
    assert re.search(r'Overview <span class="chip-count">1<', overview)
    assert re.search(r'Texture maps <span class="chip-count">1<', overview)
    assert "robot normal" in maps


def test_a_task_that_gives_back_words_has_no_place_in_the_gallery(client: Client, project: Project) -> None:
    TaskFactory(project=project, operation="triverse.prompt-optimize", state=State.RUNNING)
    TaskFactory(project=project, operation="triverse.image-generation", state=State.RUNNING)

    page = client.get("/p/robots/").content.decode()

    assert re.findall(r'class="tile-name"[^>]*>([^<]+)', page) == ["Image generation"]
