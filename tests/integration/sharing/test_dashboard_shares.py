"""Editors make a link with one click, adjust it, see how it stands, and end it."""

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs import sharing
from jobs.models import Asset, Project, ShareLink, SharingPolicy, User
from tests.conftest import sign_in
from tests.factories import AssetFactory, ProjectFactory
from tests.integration.sharing.links import PASSWORD, get_front, make_link, unlock
from tests.stored import store_cube

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


@pytest.fixture
def assets(project: Project) -> list[Asset]:
    return [AssetFactory(project=project, name=f"robot {number}") for number in range(3)]


def make(client: Client, project: Project, **values: str) -> HttpResponse:
    return client.post(reverse("share-new", args=[project.slug]), values)


def adjust(client: Client, link: ShareLink, **values: object) -> HttpResponse:
    now = {"rights": sorted(sharing.get_rights(link)), "days": 30, "title": link.title, "note": link.note}
    return client.post(reverse("share", args=[link.project.slug, link.pk]), now | values)


def test_one_click_makes_a_link_of_thirty_days_that_looks_and_shows_renders(
    client: Client, project: Project, assets: list[Asset], editor: User
) -> None:
    answer = make(client, project, a=f"{assets[2].pk},{assets[0].pk}", scope="assets")
    link = ShareLink.objects.get()
    page = client.get(answer.headers["Location"]).content.decode()

    assert [item.asset_id for item in link.shared_assets.all()] == [assets[2].pk, assets[0].pk]
    assert sharing.get_rights(link) == {"look", "renders"}
    assert link.created_by == editor
    assert abs(link.expires_at - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)
    assert f"http://testserver{get_front(link)}" in page
    assert "data-copy-now" in page
    assert Client().get(get_front(link)).status_code == 200


def test_an_address_that_opens_on_this_computer_alone_is_said_to(
    client: Client, project: Project, assets: list[Asset]
) -> None:
    address = make(client, project, a=str(assets[0].pk)).headers["Location"]

    here, elsewhere = (client.get(address, headers={"host": host}) for host in ("127.0.0.1:8000", "testserver"))

    assert "opens on this computer alone, because Patina was opened as 127.0.0.1:8000." in here.content.decode()
    assert "on this computer alone" not in elsewhere.content.decode()


def test_a_page_says_first_what_the_link_would_show_and_makes_nothing(
    client: Client, project: Project, assets: list[Asset]
) -> None:
    answer = client.get(reverse("share-new", args=[project.slug]), {"a": assets[0].pk})

    assert "Create link" in answer.content.decode()
    assert not ShareLink.objects.exists()


def test_a_button_that_is_pressed_twice_makes_one_link(client: Client, project: Project, assets: list[Asset]) -> None:
    first = make(client, project, a=str(assets[0].pk))
    second = make(client, project, a=str(assets[0].pk))
    other = make(client, project, a=str(assets[1].pk))

    assert first.headers["Location"] == second.headers["Location"] != other.headers["Location"]


@pytest.mark.parametrize(
    ("asked", "scope", "count"),
    [
        ({"scope": "gallery"}, "gallery", 0),
        ({}, "gallery", 0),
        ({"a": "0,1,2", "scope": "assets"}, "assets", 3),
        ({"a": "0,1", "scope": "comparison", "mode": "flip"}, "comparison", 2),
        ({"a": "0", "scope": "comparison"}, "assets", 1),
        ({"a": "1"}, "assets", 1),
    ],
)
def test_a_link_shows_what_was_asked_for(
    client: Client, project: Project, assets: list[Asset], asked: dict[str, str], scope: str, count: int
) -> None:
    numbers = ",".join(str(assets[int(place)].pk) for place in asked.get("a", "").split(",") if place)

    make(client, project, **asked | {"a": numbers})

    link = ShareLink.objects.get()
    assert (link.scope, link.assets.count()) == (scope, count)
    assert link.options == ({"mode": "flip"} if "mode" in asked else {})


def test_files_of_other_projects_or_in_the_trash_are_not_shared(
    client: Client, project: Project, assets: list[Asset]
) -> None:
    foreign = AssetFactory(project=ProjectFactory())
    trashed = AssetFactory(project=project, trashed_at=timezone.now())

    answers = [make(client, project, a=f"{assets[0].pk},{other.pk}").status_code for other in (foreign, trashed)]

    assert answers == [404, 404]
    assert not ShareLink.objects.exists()


@pytest.mark.parametrize("who", ["viewer", "reviewer"])
def test_who_may_not_share_learns_no_address(
    project: Project, who: str, request: pytest.FixtureRequest, assets: list[Asset]
) -> None:
    link = make_link(project, assets[0])
    client = sign_in(request.getfixturevalue(who))
    pages = [reverse(name, args=[project.slug]) for name in ("shares", "share-new")]
    pages += [reverse(name, args=[project.slug, link.pk]) for name in ("share", "share-preview")]

    assert {client.get(page).status_code for page in pages} == {403}
    assert client.post(reverse("share-revoke", args=[project.slug, link.pk])).status_code == 403
    assert make(client, project, scope="gallery").status_code == 403


def test_a_link_of_another_project_is_not_found_through_ours(client: Client, project: Project) -> None:
    foreign = make_link(ProjectFactory())

    for name in ("share", "share-preview"):
        assert client.get(reverse(name, args=[project.slug, foreign.pk])).status_code == 404
    assert client.post(reverse("share-revoke", args=[project.slug, foreign.pk])).status_code == 404


def test_rights_words_and_end_are_adjusted(client: Client, project: Project) -> None:
    link = make_link(project, rights=["look"])

    answer = adjust(client, link, rights=["models", "sources"], title="For Ana", note="The feet?", days=3)
    link.refresh_from_db()

    assert answer.status_code == 302
    assert sharing.get_rights(link) == {"models", "sources"}
    assert (link.title, link.note) == ("For Ana", "The feet?")
    assert abs(link.expires_at - timezone.now() - timedelta(days=3)) < timedelta(minutes=1)
    assert "For Ana" in Client().get(get_front(link)).content.decode()


def test_an_end_that_was_not_touched_stays_to_the_second(client: Client, project: Project) -> None:
    link = make_link(project, days=12)
    before = link.expires_at

    adjust(client, link, days=12, title="Another")
    link.refresh_from_db()

    assert link.expires_at == before


def test_a_password_is_set_kept_changed_and_taken_away(client: Client, project: Project) -> None:
    link = make_link(project)
    adjust(client, link, password=PASSWORD)
    link.refresh_from_db()
    first = link.password
    adjust(client, link, title="Another")
    link.refresh_from_db()
    kept = link.password == first
    guest = Client()
    opened = unlock(guest, link, PASSWORD).status_code

    adjust(client, link, without_password="on")
    link.refresh_from_db()

    assert PASSWORD not in first
    assert kept
    assert opened == 302
    assert link.password == ""
    assert Client().get(get_front(link)).status_code == 200


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"rights": []}, "Allow at least one"),
        ({"days": 0}, "greater than or equal to 1"),
        ({"days": 91}, "At most 90 days."),
        ({"days": "9" * 40}, "At most 90 days."),
        ({"password": "short"}, "at least 6"),
        ({"rights": ["look", "everything"]}, "not one of the available choices"),
        ({"password": PASSWORD, "without_password": "on"}, "Either a new password or none."),
    ],
)
def test_a_wrong_wish_comes_back_with_its_error(
    client: Client, project: Project, values: dict[str, object], words: str
) -> None:
    link = make_link(project, password=PASSWORD)

    answer = adjust(client, link, **values)

    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_revoking_ends_a_link_at_once_and_for_good(client: Client, project: Project) -> None:
    link = make_link(project)
    guest = Client()
    before = guest.get(get_front(link)).status_code

    client.post(reverse("share-revoke", args=[project.slug, link.pk]))

    assert (before, guest.get(get_front(link)).status_code) == (200, 404)
    assert adjust(client, link, days=30).status_code == 404
    assert get_front(link) not in client.get(reverse("share", args=[project.slug, link.pk])).content.decode()


def test_the_list_tells_how_each_link_stands_and_who_made_it(
    client: Client, project: Project, assets: list[Asset], owner: User
) -> None:
    living = make_link(project, assets[0], user=owner, title="For Ana", password=PASSWORD)
    ended = make_link(project, title="Long ago")
    ShareLink.objects.filter(pk=living.pk).update(view_count=7)
    ShareLink.objects.filter(pk=ended.pk).update(expires_at=timezone.now())
    sharing.revoke_link(make_link(project, title="A slip"), now=timezone.now())

    page = client.get(reverse("shares", args=[project.slug])).content.decode()

    for words in ("For Ana", "owner", "7 views", "Password", "Ended", "Revoked", "30 days left"):
        assert words in page
    assert get_front(living) in page
    assert get_front(ended) not in page


def test_a_long_list_comes_in_pages_at_the_same_cost(
    client: Client, project: Project, django_assert_max_num_queries: object
) -> None:
    make_link(project, title="the oldest")
    ShareLink.objects.bulk_create(
        ShareLink(project=project, scope="gallery", expires_at=timezone.now(), nonce=f"nonce{number}")
        for number in range(60)
    )

    with django_assert_max_num_queries(12):  # type: ignore[operator]
        page = client.get(reverse("shares", args=[project.slug])).content.decode()

    assert "the oldest" not in page
    assert "Older" in page


def test_the_ceiling_of_the_staff_holds_for_new_and_old_links(
    client: Client, project: Project, staff: User, assets: list[Asset]
) -> None:
    old = make_link(project, days=80)
    admin = sign_in(staff)

    answer = admin.post(
        reverse("admin:jobs_sharingpolicy_add"),
        {"share_days_default": 5, "share_days_max": 10, "invitation_days": 7},
        follow=True,
    )
    make(client, project, a=str(assets[0].pk))
    new = ShareLink.objects.latest("pk")
    old.refresh_from_db()

    assert "1 link now end" in answer.content.decode()
    assert abs(old.expires_at - timezone.now() - timedelta(days=10)) < timedelta(minutes=1)
    assert abs(new.expires_at - timezone.now() - timedelta(days=5)) < timedelta(minutes=1)
    assert adjust(client, new, days=11).status_code == 422


def test_a_policy_that_contradicts_itself_is_refused_and_there_is_one(staff: User) -> None:
    admin = sign_in(staff)
    address = reverse("admin:jobs_sharingpolicy_add")

    wrong = admin.post(address, {"share_days_default": 20, "share_days_max": 10, "invitation_days": 7})
    admin.post(address, {"share_days_default": 5, "share_days_max": 10, "invitation_days": 7})

    assert "No more than a link may last" in wrong.content.decode()
    assert admin.get(address).status_code == 403
    assert SharingPolicy.objects.count() == 1


def test_staff_see_every_link_without_what_opens_it_and_revoke_it(project: Project, staff: User) -> None:
    link = make_link(project, title="For Ana", password=PASSWORD)
    admin = sign_in(staff)
    pages = [
        admin.get(address).content.decode()
        for address in (
            reverse("admin:jobs_sharelink_changelist"),
            reverse("admin:jobs_sharelink_change", args=[link.pk]),
        )
    ]

    admin.post(
        reverse("admin:jobs_sharelink_changelist"), {"action": "revoke", "_selected_action": [link.pk]}, follow=True
    )
    link.refresh_from_db()

    assert all("For Ana" in page for page in pages)
    assert not any(link.nonce in page or link.password in page for page in pages)
    assert link.revoked_at is not None


def test_a_shared_file_in_the_trash_leaves_its_link_empty_and_open(client: Client, project: Project) -> None:
    asset = store_cube(project)
    link = make_link(project, asset)

    client.post(reverse("asset-delete", args=[project.slug, asset.pk]))

    assert "Nothing to see yet" in Client().get(get_front(link)).content.decode()


def test_a_choice_in_the_gallery_is_shared_with_its_one_click(
    client: Client, project: Project, assets: list[Asset]
) -> None:
    address = reverse("selected-share", args=[project.slug])

    answer = client.post(address, {"a": [assets[1].pk, assets[0].pk]}, follow=True)

    assert "The link is ready" in answer.content.decode()
    assert ShareLink.objects.get().assets.count() == 2
