"""Comparing: what an address shows, what it says of files that are not there, which rows differ, keep this one."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.compare_rows import build_table, mark_differing
from jobs.models import Asset, Project, State, Task, User
from tests.conftest import sign_in
from tests.factories import AssetFactory, ImageFactory, ProjectFactory, TaskFactory

pytestmark = pytest.mark.django_db

RETEXTURE = "meshy.retexture"
TEXT_TO_TEXTURE = "triverse.text-to-texture"


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


@pytest.fixture
def upload(project: Project) -> Asset:
    return make_model(project, name="robot", facts={"triangles": 12_000}, size_bytes=6_100_000)


def make_model(project: Project, **columns: Any) -> Asset:
    return AssetFactory(project=project, **{"preview": "ready", "poster_sha256": "ab" * 32} | columns)


def make_version(upload: Asset, **columns: Any) -> Asset:
    version = {"parent": upload, "root": upload, "version": 2, "name": f"{upload.name} 2"}
    return make_model(upload.project, **version | columns)


def make_render(model: Asset, **columns: Any) -> Asset:
    values = {"parent": model, "root": model, "kind": "render", "label": "front", "style": "rgb", "preview": "ready"}
    return ImageFactory(project=model.project, **values | columns)


def build_address(*assets: Asset | int, mode: str = "", project: str = "robots") -> str:
    numbers = ",".join(str(item if isinstance(item, int) else item.pk) for item in assets)
    return f"{reverse('compare', args=[project])}?a={numbers}" + (f"&mode={mode}" if mode else "")


def look(client: Client, *assets: Asset | int, mode: str = "") -> str:
    return client.get(build_address(*assets, mode=mode)).content.decode()


def list_panes(page: str) -> list[int]:
    return [int(text) for text in re.findall(r'data-pane="(\d+)"', page)]


def list_rows(page: str) -> dict[str, list[str]]:
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = {}
    for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL):
        head, *cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        rows[head.strip()] = [" ".join(re.sub(r"<span.*?</span>", "", cell).split()) for cell in cells]
    return rows


# --- What the address shows


def test_the_address_names_files_and_mode(client: Client, upload: Asset) -> None:
    version = make_version(upload)

    page = look(client, version, upload, mode="flip")

    assert list_panes(page) == [version.pk, upload.pk]
    assert 'data-mode="flip"' in page
    assert re.findall(r'data-way="(\w+)"(?: aria-current="(\w+)")?', page) == [
        ("wipe", ""),
        ("side", ""),
        ("flip", "true"),
    ]
    assert f"?a={upload.pk},{version.pk}&amp;mode=flip" in page  # swapped, without a script


def test_a_form_may_name_each_file_by_itself(client: Client, upload: Asset) -> None:
    version = make_version(upload)

    page = client.get(reverse("compare", args=["robots"]), {"a": [upload.pk, version.pk]}).content.decode()

    assert list_panes(page) == [upload.pk, version.pk]


def test_versions_of_two_vendors_are_called_by_them(client: Client, upload: Asset) -> None:
    made = [
        make_version(upload, version=version, task=TaskFactory(project=upload.project, operation=key))
        for version, key in ((2, TEXT_TO_TEXTURE), (3, "meshy.retexture"))
    ]

    both, one = look(client, *made), look(client, upload, made[0])

    assert re.findall(r'data-label="([^"]*)"', both) == ["v2 Triverse", "v3 Meshy"]
    assert re.findall(r'data-label="([^"]*)"', one) == ["v1", "v2"]


def test_only_pictures_have_a_difference(client: Client, upload: Asset) -> None:
    front, back = make_render(upload), make_render(upload, label="back")

    pictures = look(client, front, back, mode="difference")
    mixed = look(client, front, upload, mode="difference")

    assert 'data-mode="difference"' in pictures
    assert 'data-mode="wipe"' in mixed
    assert "difference" not in mixed.partition("compare-panes")[0].partition("compare-ways")[2]


def test_four_are_compared_at_most_and_each_once(client: Client, upload: Asset) -> None:
    versions = [make_version(upload, version=number) for number in range(2, 7)]

    page = look(client, upload, upload, *versions)

    assert list_panes(page) == [upload.pk, *(item.pk for item in versions[:3])]
    assert "Four files at most are compared at a time: the last 2 are left out." in page


@pytest.mark.parametrize("query", ["", "?a=", "?a=x,-1,,1e3", "?a=٣,4.5", f"?a={'9' * 300}", "?a=1&a=&mode=<b>"])
def test_an_address_that_names_nothing_says_how_to_choose(client: Client, project: Project, query: str) -> None:
    answer = client.get(reverse("compare", args=["robots"]) + query)

    assert answer.status_code in {200, 404}
    assert "Choose two to four files" in answer.content.decode()


def test_one_file_offers_the_others_of_its_lineage(client: Client, upload: Asset) -> None:
    version, elsewhere = make_version(upload), make_model(upload.project, name="another one")

    page = look(client, upload)

    assert f"Compare “{upload.name}” with" in page
    assert re.findall(r'name="a"\s+value="(\d+)"', page) == [str(upload.pk), str(version.pk)]
    assert elsewhere.name not in page


def test_a_comparison_costs_the_same_queries_for_two_and_four(
    client: Client, upload: Asset, django_assert_max_num_queries: Any
) -> None:
    versions = [
        make_version(upload, version=number, task=TaskFactory(project=upload.project, state=State.SUCCEEDED))
        for number in range(2, 5)
    ]

    with django_assert_max_num_queries(12) as two:
        look(client, upload, versions[0])
    with django_assert_max_num_queries(12) as four:
        look(client, upload, *versions)

    assert len(four) <= len(two) + 1


# --- Files that are not there


def test_what_belongs_elsewhere_and_what_never_was_look_alike(client: Client, upload: Asset, editor: User) -> None:
    version = make_version(upload)
    secret = make_model(ProjectFactory(slug="secret"), name="the secret one")

    foreign, unknown = look(client, upload, version, secret), look(client, upload, version, 999_999_999)

    assert "One of these files is not in this project, or not any more." in foreign
    assert secret.name not in foreign
    assert strip_numbers(foreign) == strip_numbers(unknown)
    assert list_panes(foreign) == [upload.pk, version.pk]


def strip_numbers(page: str) -> str:
    return re.sub(r'csrfmiddlewaretoken" value="\w+"|name="form_key" value="\w+"|999999999|,\d+', "", page)


def test_where_too_few_are_left_the_rest_is_offered(client: Client, upload: Asset) -> None:
    secret = make_model(ProjectFactory(slug="secret"), name="the secret one")
    version = make_version(upload)

    answer = client.get(build_address(upload, secret))

    page = answer.content.decode()
    assert answer.status_code == 404
    assert "not in this project" in page
    assert secret.name not in page
    assert f'value="{version.pk}"' in page


def test_a_file_in_the_trash_can_be_brought_back_from_here(client: Client, upload: Asset, viewer: User) -> None:
    version = make_version(upload, trashed_at=timezone.now())

    page, seen = look(client, upload, version), look(sign_in(viewer), upload, version)

    restore = reverse("asset-restore", args=["robots", version.pk])
    assert f"“{version.name}” lies in the trash." in page
    assert (restore in page, restore in seen) == (True, False)


def test_a_stranger_finds_nothing(upload: Asset, stranger: User) -> None:
    version = make_version(upload)

    there, nowhere = (
        sign_in(stranger).get(address)
        for address in (build_address(upload, version), build_address(upload, version, project="nowhere"))
    )

    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert there.content == nowhere.content


# --- Rows that differ


def test_only_what_differs_has_a_row(client: Client, upload: Asset) -> None:
    columns = {"project": upload.project, "state": State.SUCCEEDED}
    rusty = TaskFactory(
        operation=RETEXTURE, params={"text_style_prompt": "a rusty robot"}, charged_credits=10, **columns
    )
    Task.objects.filter(pk=rusty.pk).update(state_at=rusty.created_at + timedelta(seconds=66))
    rusty.refresh_from_db()
    mossy = TaskFactory(
        operation=TEXT_TO_TEXTURE, params={"text_prompt": "a mossy robot"}, charged_credits=12, **columns
    )
    first = make_version(upload, task=rusty, facts={"triangles": 12_000}, size_bytes=6_100_000)
    second = make_version(upload, task=mossy, version=3, facts={"triangles": 4_000}, size_bytes=1_000_000)

    rows = list_rows(look(client, first, second))

    assert rows["Prompt"] == ["a <mark>rusty</mark> robot", "a <mark>mossy</mark> robot"]
    assert rows["Vendor"] == ["Meshy", "Triverse"]
    assert rows["Credits"] == ["10", "12"]
    assert rows["Faces"] == ["12,000", "4,000"]
    assert rows["Size"] == ["6.1\xa0MB".replace("\xa0", " "), "1 MB"]
    assert rows["Took"] == ["1:06", "0.0 s"]
    assert "Format" not in rows
    assert "Made from" not in rows


def test_a_number_says_how_far_it_is_from_the_first(upload: Asset) -> None:
    half = make_version(upload, facts={"triangles": 6_000}, size_bytes=18_300_000)

    table = build_table([upload, half])

    changes = {row.label: [cell.change for cell in row.cells] for row in table.rows}
    assert (changes["Faces"], changes["Size"]) == (["", "−50%"], ["", "×3"])


def test_a_render_is_told_by_the_words_of_its_model(upload: Asset) -> None:
    task = TaskFactory(project=upload.project, operation=RETEXTURE, params={"text_style_prompt": "gold <b>"})
    version = make_version(upload, task=task)

    table = build_table([make_render(upload), make_render(version, style="white")])

    cells = {row.label: [str(cell.text) for cell in row.cells] for row in table.rows}
    assert cells["Prompt"] == ["–", "<mark>gold</mark> &lt;<mark>b</mark>&gt;"]
    assert cells["Shows"] == ["v1", "v2"]
    assert cells["Style"] == ["RGB", "White background"]
    assert ("Angle", "Front") in table.same


def test_words_are_marked_where_any_other_lacks_them() -> None:
    marked = mark_differing(["old red car", "old blue van", "old red van"])

    assert [str(text) for text in marked] == [
        "old <mark>red car</mark>",
        "old <mark>blue van</mark>",
        "old <mark>red van</mark>",
    ]


# --- Keep this one


def post_keep(client: Client, upload: Asset, version: Asset, kept: Asset) -> Any:
    values = {"a": [upload.pk, version.pk], "mode": "flip", "keep": kept.pk}
    return client.post(reverse("compare-keep", args=["robots"]), values)


def test_keeping_one_picks_it_and_offers_to_move_the_other(client: Client, editor: User, upload: Asset) -> None:
    upload.picked_at = timezone.now()
    upload.save()
    version = make_version(upload)

    answer = post_keep(client, upload, version, version)

    upload.refresh_from_db()
    version.refresh_from_db()
    assert (upload.picked_at, version.picked_by) == (None, editor)
    assert answer.url == f"{build_address(upload, version, mode='flip')}&kept={version.pk}"
    page = client.get(answer.url).content.decode()
    assert "Do you still need the other one?" in page
    assert "The pick was made from it" in page  # so it is not marked for the trash
    assert re.search(rf'name="trash"\s+value="{upload.pk}"\s*>', page)


def test_the_others_go_to_the_trash_and_come_back(client: Client, upload: Asset) -> None:
    version = make_version(upload)

    values = {"a": [upload.pk, version.pk], "trash": [upload.pk]}
    answer = client.post(reverse("compare-discard", args=["robots"]), values)

    upload.refresh_from_db()
    assert upload.trashed_at is not None
    assert answer.url == reverse("asset", args=["robots", version.pk])
    assert reverse("asset-restore", args=["robots", upload.pk]) in client.get(answer.url).content.decode()


def test_only_compared_files_can_be_kept_or_moved(client: Client, upload: Asset) -> None:
    version, other = make_version(upload), make_model(upload.project)
    secret = make_model(ProjectFactory(slug="secret"))

    for target in (other, secret):
        post_keep(client, upload, version, target)
        values = {"a": [upload.pk, version.pk, secret.pk], "trash": [target.pk]}
        client.post(reverse("compare-discard", args=["robots"]), values)

    assert not Asset.objects.exclude(picked_at=None).exists()
    assert not Asset.objects.trashed().exists()


def test_who_may_not_edit_is_not_offered_to_keep(viewer: User, upload: Asset) -> None:
    version, client = make_version(upload), sign_in(viewer)

    page, answer = look(client, upload, version), post_keep(client, upload, version, version)

    assert "Keep this one" not in page
    assert answer.status_code == 403
