"""What a gallery is filtered by: each facet alone and together, chips, and what is offered when nothing matches."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from jobs import search, tags
from jobs.models import Asset, Comment, Project, Star, User
from tests.conftest import sign_in
from tests.factories import AssetFactory, ImageFactory, ProjectFactory, TaskFactory, UserFactory

pytestmark = pytest.mark.django_db

ADDRESS = "/p/robots/"


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


@pytest.fixture
def files(project: Project, editor: User) -> dict[str, Asset]:
    """One file for each facet, and a plain one."""
    task = TaskFactory(project=project, operation="meshy.retexture", state="succeeded")
    made = {
        "plain": AssetFactory(project=project, name="plain"),
        "fbx": AssetFactory(project=project, name="fbx", format="fbx", extension="fbx"),
        "mine": AssetFactory(project=project, name="mine", created_by=editor),
        "picked": AssetFactory(project=project, name="picked", picked_at=timezone.now()),
        "approved": AssetFactory(project=project, name="approved", review=Asset.Review.APPROVED),
        "changes": AssetFactory(project=project, name="changes", review=Asset.Review.CHANGES),
        "starred": AssetFactory(project=project, name="starred"),
        "tagged": AssetFactory(project=project, name="tagged"),
        "meshy": AssetFactory(project=project, name="meshy", task=task, output_key="model"),
        "picture": ImageFactory(project=project, name="picture"),
    }
    Star.objects.create(user=editor, asset=made["starred"])
    Star.objects.create(user=UserFactory(), asset=made["plain"])
    tags.add_tag(project, [made["tagged"]], "Hero")
    search.index_assets([asset.pk for asset in made.values()])
    return made


def list_names(client: Client, query: str) -> list[str]:
    page = client.get(f"{ADDRESS}?{query}").content.decode()
    return re.findall(r'class="tile-name"[^>]*>([^<]+)', page)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("format=fbx", ["fbx"]),
        ("person=editor", ["mine"]),
        ("pick=1", ["picked"]),
        ("review=approved", ["approved"]),
        ("review=changes", ["changes"]),
        ("star=1", ["starred"]),
        ("tag=hero", ["tagged"]),
        ("vendor=meshy", ["meshy"]),
        ("kind=image", ["picture"]),
        ("tag=nobody-has-it", []),
        ("person=nobody", []),
        ("star=1&tag=hero", []),
        ("tag=hero&kind=model&format=glb", ["tagged"]),
        ("vendor=meshy&kind=model", ["meshy"]),
        ("review=approved&sort=name", ["approved"]),
        ("q=tag&kind=model&sort=size", ["tagged"]),
        ("q=hero", ["tagged"]),
        ("star=1&sort=oldest", ["starred"]),
    ],
)
def test_each_filter_leaves_what_it_says(client: Client, files: dict[str, Asset], query: str, names: list[str]) -> None:
    assert list_names(client, query) == names


def test_what_lies_in_the_trash_passes_no_filter(client: Client, files: dict[str, Asset]) -> None:
    Asset.objects.update(trashed_at=timezone.now())

    for query in ("star=1", "tag=hero", "pick=1", "vendor=meshy", "q=hero", "sort=name"):
        assert list_names(client, query) == [], query


@pytest.mark.parametrize("query", ["kind=x&sort=x&star=2", "q=%00%00", "tag=%00", "after=x&before=-1", "after=9" * 30])
def test_what_cannot_be_asked_for_is_passed_over(client: Client, files: dict[str, Asset], query: str) -> None:
    assert client.get(f"{ADDRESS}?{query}").status_code == 200


def test_filters_are_chips_that_are_taken_away_one_by_one(client: Client, files: dict[str, Asset]) -> None:
    page = client.get(f"{ADDRESS}?tag=hero&format=fbx&sort=name").content.decode()

    chips = re.findall(r'class="chip chip-set"\s+href="([^"]+)"', page)
    assert [chip.replace("&amp;", "&") for chip in chips] == [
        f"{ADDRESS}?format=fbx&sort=name",
        f"{ADDRESS}?tag=hero&sort=name",
    ]
    assert "Nothing matches" in page
    assert "Clear #hero" in page
    assert "Clear FBX" in page


def test_counts_by_kind_follow_the_other_filters(client: Client, files: dict[str, Asset]) -> None:
    page = client.get(f"{ADDRESS}?tag=hero").content.decode()

    assert re.search(r'All <span class="chip-count">1<', page)
    assert re.search(r'Models <span class="chip-count">1<', page)
    assert "Images" not in re.findall(r'aria-label="Filter by kind">(.*?)</nav>', page, re.DOTALL)[0]


def test_the_menu_offers_the_tags_and_people_of_this_project(
    client: Client, files: dict[str, Asset], owner: User
) -> None:
    other = ProjectFactory()
    tags.add_tag(other, [AssetFactory(project=other)], "Elsewhere")

    page = client.get(ADDRESS).content.decode()

    assert "?tag=Hero" in page
    assert "?person=owner" in page
    assert "Elsewhere" not in page


def test_a_card_tells_review_pick_comments_and_renders(
    client: Client, project: Project, files: dict[str, Asset], owner: User
) -> None:
    model = files["approved"]
    Comment.objects.create(asset=model, author=owner, text="Fine.", verdict=Asset.Review.APPROVED)
    Comment.objects.create(asset=model, author=owner, text="Gone.", trashed_at=timezone.now())
    for label in ("front", "back", "front"):
        ImageFactory(project=project, kind="render", parent=model, label=label, poster_sha256=label[0] * 64)

    page = client.get(f"{ADDRESS}?review=approved").content.decode()

    assert "1 comment on approved" in page
    assert "Approved" in page
    angles = re.findall(r'data-angles="([^"]+)"', page)
    assert len(angles) == 1
    assert sorted(part.split(" ")[1] for part in angles[0].split(",")) == ["back", "front"]
