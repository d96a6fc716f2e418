"""What is done to chosen files: compare, tag, pick, share, download, trash; and the star of one person."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from django.test import Client
from django.urls import reverse

from jobs import search
from jobs.models import Asset, Membership, Project, User
from tests.conftest import sign_in
from tests.factories import AssetFactory, MembershipFactory, ProjectFactory, TaskFactory
from tests.made_models import glb, png
from tests.stored import get_path, store

pytestmark = pytest.mark.django_db

GALLERY = "/p/robots/"


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


@pytest.fixture
def files(project: Project) -> list[Asset]:
    return [AssetFactory(project=project, name=f"robot {number}") for number in range(5)]


def send(client: Client, what: str, assets: list[Asset], **values: object) -> object:
    address = reverse(f"selected-{what}", args=["robots"])
    return client.post(address, {"a": [asset.pk for asset in assets], "next": f"{GALLERY}?kind=model", **values})


def read(client: Client, what: str, assets: list[Asset], **values: object) -> str:
    address = reverse(f"selected-{what}", args=["robots"])
    values = {"a": [asset.pk for asset in assets], "next": GALLERY, **values}
    return client.post(address, values, follow=True).content.decode()


@pytest.mark.parametrize("number", [2, 4])
def test_two_to_four_files_are_compared_in_their_order(client: Client, files: list[Asset], number: int) -> None:
    chosen = files[:number][::-1]

    answer = send(client, "compare", chosen)

    assert answer.url == f"/p/robots/compare/?a={','.join(str(asset.pk) for asset in chosen)}"  # type: ignore[attr-defined]


@pytest.mark.parametrize("number", [0, 1, 5])
def test_other_numbers_of_files_are_not_compared(client: Client, files: list[Asset], number: int) -> None:
    page = read(client, "compare", files[:number])

    assert f"Choose two to four files to compare. You have chosen {number}." in page


def test_chosen_files_are_shared_by_the_form_of_links(client: Client, files: list[Asset]) -> None:
    answer = send(client, "share", files[:2])

    numbers = f"{files[0].pk},{files[1].pk}"
    assert answer.url == f"/p/robots/shares/new/?a={numbers}&scope=assets"  # type: ignore[attr-defined]


def test_files_are_tagged_and_the_tag_is_taken_off_again(client: Client, project: Project, files: list[Asset]) -> None:
    tagged = read(client, "tag", files[:2], tag="Hero")
    names = set(project.tags.get().assets.values_list("name", flat=True))
    off = read(client, "tag", files[:2], tag="hero", off="")

    assert "2 files tagged “Hero”." in tagged
    assert names == {"robot 0", "robot 1"}
    assert "2 files without the tag “hero”." in off
    assert not project.tags.exists()


def test_a_tag_that_cannot_be_is_explained(client: Client, project: Project, files: list[Asset]) -> None:
    page = read(client, "tag", files[:1], tag="x" * 41)

    assert "A tag has 40 characters at most. This one has 41. Nothing was changed." in page
    assert not project.tags.exists()


def test_files_are_picked_for_the_team_and_let_go(client: Client, editor: User, files: list[Asset]) -> None:
    read(client, "pick", files[:2], on="1")
    picked = list(Asset.objects.filter(picked_by=editor, picked_at__isnull=False))
    read(client, "pick", files[:1], on="")

    assert len(picked) == 2
    assert list(Asset.objects.filter(picked_at__isnull=False)) == [files[1]]


def test_the_trash_takes_many_and_undo_brings_them_back(client: Client, project: Project, files: list[Asset]) -> None:
    page = read(client, "trash", files[:3])
    left = project.assets.kept().count()
    undo = f"/p/robots/selected/restore/?a={','.join(str(asset.pk) for asset in files[:3])}"
    restored = client.post(undo, follow=True).content.decode()

    assert "3 files are in the trash." in page
    assert f'action="{undo}"' in page
    assert left == 2
    assert "3 files back." in restored
    assert project.assets.kept().count() == 5


def test_a_zip_holds_the_originals_and_tells_what_they_are(client: Client, project: Project, editor: User) -> None:
    task = TaskFactory(project=project, operation="meshy.retexture", params={"text_style_prompt": "rust"})
    model = store(project, glb(), name="Röbot: 1.glb", user=editor)
    made = store(project, png(9, 9), name="view.png", task=task, output_key="x", parent=model, label="front")
    twin = store(project, png(8, 8), name="VIEW.png")
    lost = store(project, png(7, 7), name="lost.png")
    get_path(lost.sha256).unlink()
    read(client, "tag", [model], tag="Hero")

    answer = send(client, "download", [model, made, twin, lost])
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]

    assert answer["Content-Type"] == "application/zip"  # type: ignore[index]
    assert int(answer["Content-Length"]) == len(content)  # type: ignore[index]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert archive.read(names[0]) == glb()
        manifest = json.loads(archive.read("manifest.json"))
    assert names == ["Röbot_ 1.glb", "view.png", "VIEW 2.png", "manifest.json"]
    first, second, _, last = manifest["files"]
    assert (first["file"], first["tags"], first["added_by"]) == (names[0], ["Hero"], "editor")
    assert first["sha256"] == model.sha256
    assert (second["made_from"], second["angle"]) == (model.pk, "front")
    assert second["task"] == {
        "number": task.pk,
        "operation": "meshy.retexture",
        "parameters": {"text_style_prompt": "rust"},
    }
    assert last["file"] is None


@pytest.mark.parametrize("what", ["tag", "pick", "share", "download", "trash"])
def test_nothing_happens_where_nothing_is_chosen(client: Client, files: list[Asset], what: str) -> None:
    assert "Choose files first: tick their boxes." in read(client, what, [], tag="x")


@pytest.mark.parametrize("what", ["tag", "pick", "share", "trash", "restore"])
def test_a_viewer_changes_nothing(viewer: User, files: list[Asset], what: str) -> None:
    answer = send(sign_in(viewer), what, files, tag="x")

    assert answer.status_code == 403  # type: ignore[attr-defined]
    assert not Asset.objects.exclude(trashed_at=None, picked_at=None, tags=None).exists()


def test_a_viewer_compares_and_downloads(viewer: User, project: Project) -> None:
    chosen = [store(project, png(5, size), name=f"{size}.png") for size in (5, 6)]
    client = sign_in(viewer)

    assert send(client, "compare", chosen).status_code == 302  # type: ignore[attr-defined]
    assert send(client, "download", chosen).status_code == 200  # type: ignore[attr-defined]


@pytest.mark.parametrize("what", ["tag", "pick", "trash", "download"])
def test_files_of_another_project_are_passed_over(client: Client, editor: User, project: Project, what: str) -> None:
    other = ProjectFactory()
    MembershipFactory(project=other, user=editor, role=Membership.Role.OWNER)
    foreign = AssetFactory(project=other)

    page = read(client, what, [foreign], tag="x", on="1")

    foreign.refresh_from_db()
    assert "Choose files first" in page
    assert (foreign.trashed_at, foreign.picked_at) == (None, None)


def test_a_star_is_set_by_a_form_and_by_a_script(viewer: User, files: list[Asset]) -> None:
    client = sign_in(viewer)
    star = reverse("asset-star", args=["robots", files[0].pk])

    by_form = client.post(star, {"on": "1", "next": GALLERY})
    again = client.post(star, {"on": "1", "next": GALLERY})
    set_once = viewer.stars.count()
    by_script = client.post(star, {"on": ""}, headers={"X-Requested-With": "fetch"})

    assert (by_form.url, again.url) == (GALLERY, GALLERY)
    assert set_once == 1
    assert (by_script.status_code, viewer.stars.count()) == (204, 0)


def test_a_star_is_nobody_elses_business(client: Client, viewer: User, files: list[Asset]) -> None:
    starred = files[0]
    client.post(reverse("asset-star", args=["robots", starred.pk]), {"on": "1"})
    places = [GALLERY, f"{GALLERY}?star=1", reverse("search") + "?q=robot"]
    for asset in files:
        search.index_new_asset(asset)
    own, others = client, sign_in(viewer)

    shown = {who: [who.get(place).content.decode() for place in places] for who in (own, others)}

    assert all(is_starred(page, starred) for page in shown[own])
    assert not any(is_starred(page, asset) for page in shown[others] for asset in files)
    assert f'id="asset-{starred.pk}"' not in shown[others][1]
    assert f'id="asset-{starred.pk}"' in shown[others][2]


def is_starred(page: str, asset: Asset) -> bool:
    star = reverse("asset-star", args=[asset.project.slug, asset.pk])
    return re.search(rf'"{star}"[^>]*aria-pressed="true"', page) is not None


def test_a_pick_is_for_editors(editor: User, viewer: User, files: list[Asset]) -> None:
    pick = reverse("asset-pick", args=["robots", files[0].pk])

    refused = sign_in(viewer).post(pick, {"on": "1"})
    taken = sign_in(editor).post(pick, {"on": "1"}, headers={"X-Requested-With": "fetch"})

    files[0].refresh_from_db()
    assert (refused.status_code, taken.status_code) == (403, 204)
    assert files[0].picked_by == editor


def test_a_files_own_page_shows_its_marks_and_takes_tags(editor: User, viewer: User, files: list[Asset]) -> None:
    page = reverse("asset", args=["robots", files[0].pk])
    read(sign_in(editor), "tag", files[:1], tag="Hero", next=page)
    sign_in(editor).post(reverse("asset-star", args=["robots", files[0].pk]), {"on": "1"})

    of_editor = sign_in(editor).get(page).content.decode()
    of_viewer = sign_in(viewer).get(page).content.decode()

    assert "#Hero" in of_editor
    assert "Take off the tag Hero" in of_editor
    assert 'aria-pressed="true"' in of_editor
    assert "#Hero" in of_viewer
    assert "Take off the tag Hero" not in of_viewer
    assert re.search(r'class="mark"[^>]*aria-pressed="false"', of_viewer)
