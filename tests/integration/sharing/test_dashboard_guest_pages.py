"""What guests see: what the link gives, in 3D and compared, and no word of vendors, credits or the team's own marks."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs import sharing
from jobs.models import Asset, Project, Star, User
from tests.factories import AssetFactory, TaskFactory
from tests.integration.sharing.links import Files, get_addresses, get_front, make_files, make_link

pytestmark = pytest.mark.django_db

SECRETS = re.compile("triverse|meshy|credit|vendor|sign in|/p/|/tasks/|/f/[0-9]", re.IGNORECASE)


@pytest.fixture
def files(project: Project) -> Files:
    return make_files(project)


def read(client: Client, address: str, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_pages_name_no_vendor_and_lead_nowhere_else(
    client: Client, project: Project, files: Files, owner: User
) -> None:
    Star.objects.create(user=owner, asset=files.result)
    link = make_link(project, user=owner, title="For Ana", note="The feet?")
    token = sharing.make_token(link)
    pages = [read(client, get_front(link))]
    pages += [read(client, reverse("guest-asset", args=[token, asset.pk])) for asset in files.list_all()]
    pages.append(read(client, reverse("guest-compare", args=[token]), a=f"{files.source.pk},{files.result.pk}"))

    for page in pages:
        own = page.replace(f"/s/{token}/f/", "").replace(f"/s/{token}/", "").replace("/static/vendor/", "")
        assert SECRETS.search(own) is None
        assert project.name not in own
        assert '<meta name="robots" content="noindex"' in page
        assert "starred" not in own.lower()


def test_one_model_is_the_page_itself_with_3d_renders_and_downloads(
    client: Client, project: Project, files: Files
) -> None:
    link = make_link(project, files.result)
    page = read(client, get_front(link))

    assert f'data-src="{get_addresses(link, files.result)["light"]}"' in page
    assert get_addresses(link, files.render)["file"] in page
    assert f"{get_addresses(link, files.result)['file']}?download=1" in page
    assert f"{get_addresses(link, files.texture_map)['file']}?download=1" in page


@pytest.mark.parametrize(
    ("rights", "there", "missing"),
    [
        (["look"], ["data-src"], ["?download=1", "Renders"]),
        (["look", "renders"], ["data-src", "Renders"], ["?download=1"]),
        (["models"], ["?download=1"], ["Renders", "/poster/", "/light/"]),
        (["look", "models"], ["?download=1", "data-src"], ["Renders"]),
    ],
)
def test_a_page_offers_what_the_rights_give(
    client: Client, project: Project, files: Files, rights: list[str], there: list[str], missing: list[str]
) -> None:
    page = read(client, get_front(make_link(project, files.result, rights=rights)))

    assert [word for word in there if word not in page] == []
    assert [word for word in missing if word in page] == []


def test_a_selection_is_a_wall_in_its_order_and_compares(client: Client, project: Project, files: Files) -> None:
    link = make_link(project, files.result, files.source)
    page = read(client, get_front(link))
    both = f"{files.source.pk},{files.result.pk}"
    compared = read(client, reverse("guest-compare", args=[sharing.make_token(link)]), a=both)

    assert page.index(f"/a/{files.result.pk}/") < page.index(f"/a/{files.source.pk}/")
    assert get_addresses(link, files.source)["light"] in compared
    assert get_addresses(link, files.result)["light"] in compared


def test_a_comparison_opens_in_its_mode_and_swaps_and_changes_it(
    client: Client, project: Project, files: Files
) -> None:
    link = make_link(project, files.source, files.result, scope="comparison", mode="flip")
    front = get_front(link)
    page = read(client, front)
    swapped = read(client, front, a=f"{files.result.pk},{files.source.pk}", mode="side")

    assert 'data-mode="flip"' in page
    assert 'data-mode="side"' in swapped
    panes = [re.findall(r'data-pane="(\d+)"', text) for text in (page, swapped)]
    assert panes[0] == [str(files.source.pk), str(files.result.pk)] == panes[1][::-1]
    assert "What differs" in page


def test_a_comparison_with_foreign_numbers_shows_none_of_them(client: Client, project: Project, files: Files) -> None:
    other = AssetFactory(project=project, name="not for you")
    link = make_link(project, files.source, files.result, scope="comparison")

    page = read(client, get_front(link), a=f"{files.source.pk},{other.pk},{files.render.pk}")

    assert "not for you" not in page
    assert "Choose two to four" in page


def test_a_whole_gallery_costs_the_same_however_large_it_is(
    client: Client, project: Project, django_assert_max_num_queries: object
) -> None:
    now = timezone.now()
    made = Asset.objects.bulk_create(AssetFactory.build_batch(1200, project=project, created_at=now))
    link = make_link(project)

    with django_assert_max_num_queries(6):  # type: ignore[operator]
        page = read(client, get_front(link))
    seen, _ = walk(client, get_front(link), "after")

    assert [int(pk) for pk in seen] == sorted((asset.pk for asset in made), reverse=True)
    assert len(page.encode()) < 300_000


@pytest.mark.parametrize("rights", [["sources"], ["models"], ["renders", "sources"], ["look", "models"]])
def test_a_right_to_a_part_of_a_kind_looks_through_a_window_at_a_time(
    client: Client, project: Project, monkeypatch: pytest.MonkeyPatch, rights: list[sharing.Right]
) -> None:
    monkeypatch.setattr("dashboard.guest_wall.WINDOW", 30)
    monkeypatch.setattr("dashboard.guest_wall.PAGE_SIZE", 7)
    task = TaskFactory(project=project)
    kinds = [Asset.Kind.MODEL, Asset.Kind.IMAGE, Asset.Kind.RENDER, Asset.Kind.MODEL, Asset.Kind.TEXTURE_MAP]
    for place in range(120):
        origin = {"task": task, "output_key": str(place)} if place % 11 else {}
        AssetFactory(project=project, kind=kinds[place % 5], **origin)
    link = make_link(project, rights=rights)
    shown = sharing.get_shown(link).exclude(kind=Asset.Kind.TEXTURE_MAP).order_by("-pk")
    wanted = [str(pk) for pk in shown.values_list("pk", flat=True)]

    forth, last = walk(client, get_front(link), "after")
    back, _ = walk(client, last, "before")

    assert forth == wanted
    assert set(wanted) == set(back)


def walk(client: Client, address: str, step: str) -> tuple[list[str], str]:
    """Return the numbers of the files on a page and on all that follow it, and the address of the last page."""
    seen: list[str] = []
    for _ in range(40):
        page = read(client, address)
        seen += re.findall(r'class="tile-name"[^>]*href="[^"]*/a/(\d+)/"', page)
        onward = re.search(rf'href="([^"]*[?;]{step}=[^"]*)"', page)
        if onward is None:
            break
        address = onward[1].replace("&amp;", "&")
    return seen, address


def test_a_gallery_is_filtered_by_kind(client: Client, project: Project, files: Files) -> None:
    link = make_link(project)

    assert set(re.findall(r'value="(\d+)"\s+form="guest-compare"', read(client, get_front(link), show="pictures"))) == {
        str(asset.pk) for asset in (files.render, files.picture, files.image)
    }


def test_a_row_that_was_tampered_with_in_the_address_gives_the_first_page(
    client: Client, project: Project, files: Files
) -> None:
    first = read(client, get_front(make_link(project)))
    link = make_link(project)

    for query in ("x", "-1", "~", "9" * 40, "\x00", "1e3"):
        page = read(client, get_front(link), after=query)
        assert page.count("guest-tile") == first.count("guest-tile")


def test_robots_may_read_what_tells_them_to_go(client: Client) -> None:
    lines = client.get("/robots.txt").content.decode().split("\n")

    assert "Allow: /s/" in lines
    assert "Disallow: /" in lines
