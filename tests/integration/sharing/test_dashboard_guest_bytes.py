"""Each byte that a guest gets needs a right of the link's, asked for anew with each request."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs import projects, sharing
from jobs.models import Asset, Project, ShareLink, User
from tests import made_models
from tests.conftest import sign_in
from tests.factories import ProjectFactory
from tests.integration.sharing.links import Files, ask, get_addresses, get_front, make_files, make_link, unlock
from tests.stored import store, store_cube

pytestmark = pytest.mark.django_db

# What lies behind each right, alone: (file, kind of its bytes). Nothing else may come.
GIVEN = {
    "look": {("source", "poster"), ("source", "light"), ("result", "poster"), ("result", "light")},
    "renders": {(name, kind) for name in ("render", "image") for kind in ("poster", "file")} | {("picture", "poster")},
    "models": {("result", "file"), ("texture_map", "file"), ("texture_map", "poster")},
    "sources": {("source", "file"), ("picture", "file"), ("picture", "poster")},
}
NAMES = ("source", "result", "render", "texture_map", "picture", "image")


@pytest.fixture
def files(project: Project) -> Files:
    return make_files(project)


def read_all(client: Client, link: ShareLink, files: Files) -> set[tuple[str, str]]:
    """Return which bytes come, of all that there are."""
    return {
        (name, kind)
        for name in NAMES
        for kind, address in get_addresses(link, getattr(files, name)).items()
        if ask(client, address).status_code == 200
    }


@pytest.mark.parametrize("scope", ["gallery", "assets"])
@pytest.mark.parametrize("right", sharing.RIGHTS)
def test_a_right_gives_its_own_bytes_and_no_others(
    client: Client, project: Project, files: Files, right: str, scope: str
) -> None:
    link = make_link(project, *(files.list_all() if scope == "assets" else ()), rights=[right])

    assert read_all(client, link, files) == GIVEN[right]


def test_all_rights_give_all_and_the_bytes_are_the_files_own(client: Client, project: Project, files: Files) -> None:
    link = make_link(project)

    assert len(read_all(client, link, files)) == 14
    for asset in files.list_all():
        answer = ask(client, get_addresses(link, asset)["file"])
        assert len(answer.read) == asset.size_bytes  # type: ignore[attr-defined]


def test_a_right_that_is_taken_away_is_gone_with_the_next_request(
    client: Client, project: Project, files: Files
) -> None:
    link = make_link(project, files.result)
    address = get_addresses(link, files.result)["file"]
    etag = ask(client, address)["ETag"]

    sharing.change_link(link, sharing.Wish(rights=["look"]))

    assert ask(client, address).status_code == 404
    assert ask(client, address, **{"If-None-Match": etag}).status_code == 404
    assert ask(client, address, Range="bytes=10-20").status_code == 404
    assert client.head(address).status_code == 404


def test_a_small_glb_without_a_light_one_is_not_given_to_who_may_only_look(client: Client, project: Project) -> None:
    upload = store_cube(project, preview=Asset.Preview.READY)
    link = make_link(project, upload, rights=["look"])
    page = client.get(get_front(link)).content.decode()

    assert upload.sha256 not in page
    assert ask(client, get_addresses(link, upload)["file"]).status_code == 404


def test_a_model_brings_its_renders_and_maps_and_no_other_version(
    client: Client, project: Project, files: Files
) -> None:
    link = make_link(project, files.result)

    assert {name for name, _ in read_all(client, link, files)} == {"result", "render", "texture_map"}


def test_a_comparison_brings_what_it_compares_alone(client: Client, project: Project, files: Files) -> None:
    link = make_link(project, files.source, files.result, scope="comparison")

    assert {name for name, _ in read_all(client, link, files)} == {"source", "result"}


def test_other_files_numbers_and_other_contents_hashes_open_nothing(
    client: Client, project: Project, files: Files
) -> None:
    elsewhere = store(ProjectFactory(), made_models.png(30, 30), name="secret.png")
    link = make_link(project, files.result)
    token = sharing.make_token(link)
    wrong = [
        reverse("guest-file", args=[token, elsewhere.pk, elsewhere.sha256, "x.png"]),
        reverse("guest-file", args=[token, files.source.pk, files.source.sha256, "x.glb"]),
        reverse("guest-file", args=[token, files.result.pk, files.source.sha256, "x.glb"]),
        reverse("guest-file", args=[token, files.result.pk, elsewhere.sha256, "x.png"]),
        reverse("guest-poster", args=[token, files.result.pk, files.result.sha256]),
        reverse("guest-light", args=[token, files.result.pk, files.result.sha256]),
        reverse("guest-light", args=[token, files.render.pk, files.render.sha256]),
        reverse("guest-asset", args=[token, elsewhere.pk]),
        reverse("guest-asset", args=[token, files.source.pk]),
        reverse("guest-asset", args=[token, 10**30]),
    ]

    answers = {ask(client, address).content for address in wrong}

    assert answers == {client.get("/s/nothing/").content}


def test_a_link_of_one_project_opens_nothing_of_another_with_the_same_content(client: Client, project: Project) -> None:
    ours, theirs = store_cube(project), store_cube(ProjectFactory())
    link = make_link(project)

    assert ours.sha256 == theirs.sha256
    assert ask(client, get_addresses(link, ours)["file"]).status_code == 200
    assert ask(client, get_addresses(link, theirs)["file"]).status_code == 404


def test_a_file_in_the_trash_is_gone_and_comes_back_with_it(client: Client, project: Project, files: Files) -> None:
    link = make_link(project, files.result)
    address = get_addresses(link, files.result)["file"]

    projects.trash(files.result)
    while_trashed = [
        ask(client, address).status_code,
        ask(client, get_addresses(link, files.render)["file"]).status_code,
    ]
    projects.restore(files.result)

    assert while_trashed == [404, 404]
    assert ask(client, address).status_code == 200


def test_a_gallery_shows_what_comes_later(client: Client, project: Project) -> None:
    link = make_link(project)
    later = store_cube(project, name="the newest")

    assert "the newest" in client.get(get_front(link)).content.decode()
    assert ask(client, get_addresses(link, later)["file"]).status_code == 200


def test_no_shared_cache_may_keep_what_a_guest_gets(client: Client, project: Project, files: Files) -> None:
    link = make_link(project)
    addresses = get_addresses(link, files.result)
    etag = ask(client, addresses["file"])["ETag"]
    answers = [
        ask(client, addresses["file"]),
        ask(client, addresses["poster"]),
        ask(client, addresses["file"], Range="bytes=0-9"),
        ask(client, addresses["file"], **{"If-None-Match": etag}),
        ask(client, addresses["file"], Range="bytes=999999-"),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 206, 304, 416]
    for answer in answers:
        assert answer["Cache-Control"] == "private, no-cache"
        assert answer["X-Robots-Tag"].startswith("noindex, nofollow")
        assert "Cookie" in answer["Vary"]
    assert client.get(get_front(link))["Cache-Control"] == "private, no-store"


def test_a_download_is_not_continued_after_the_links_end(client: Client, project: Project, files: Files) -> None:
    link = make_link(project, files.result)
    address = get_addresses(link, files.result)["file"]
    first = ask(client, address, Range="bytes=0-99")

    ShareLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    rest = ask(client, address, Range="bytes=100-", **{"If-Range": first["ETag"]})

    assert (first.status_code, rest.status_code) == (206, 404)


def test_a_member_gets_through_a_link_no_more_than_a_guest(project: Project, files: Files, owner: User) -> None:
    link = make_link(project, files.result, rights=["look"])

    assert ask(sign_in(owner), get_addresses(link, files.result)["file"]).status_code == 404


def test_a_locked_link_gives_no_bytes_before_its_password(client: Client, project: Project, files: Files) -> None:
    link = make_link(project, password="open sesame")

    before = read_all(client, link, files)
    unlock(client, link, "open sesame")

    assert before == set()
    assert len(read_all(client, link, files)) == 14
