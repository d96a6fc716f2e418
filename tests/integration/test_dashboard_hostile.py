"""What nobody means well sends: values that no page of ours has ever written. Nothing breaks, and nothing is told."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.urls import reverse

from jobs.models import Asset, Comment, Project, ShareLink, User
from tests.conftest import sign_in
from tests.factories import AssetFactory, TaskFactory

pytestmark = pytest.mark.django_db

LATEST, EARLIEST = "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"
HUGE = "9" * 5_000


@pytest.fixture
def client(owner: User) -> Client:
    return sign_in(owner)


@pytest.mark.parametrize("address", ["/tasks/", "/trash/", "/p/robots/shares/"])
def test_a_place_at_the_end_of_time_is_the_first_page(client: Client, address: str) -> None:
    for place in ("after", "before"):
        for moment in (LATEST, EARLIEST):
            assert client.get(address, {place: f"{moment}~1"}).status_code == 200, (place, moment)


@pytest.mark.parametrize("query", ["until=9999-12-31", "since=9999-12-31", "since=0001-01-01", "until=0001-01-01"])
def test_a_day_at_the_end_of_time_filters_no_tasks(client: Client, query: str) -> None:
    for zone in ("Asia/Tokyo", "Pacific/Niue"):
        client.cookies["zone"] = zone
        assert client.get(f"/tasks/?{query}").status_code == 200, zone


def test_a_moment_at_the_end_of_time_brings_no_task_back(client: Client) -> None:
    for moment in (LATEST, EARLIEST, "2026-01-01", "\0"):
        assert client.post(f"/tasks/undismiss/?{urlencode({'at': moment})}").status_code == 302, moment


@pytest.mark.parametrize(
    "place", ["1,2,3", "x:y", "é", "//evil.example/", "/\\evil.example", "https:evil.example", "\0"]
)
def test_a_way_back_that_is_no_page_of_ours_is_the_list_of_tasks(client: Client, place: str) -> None:
    answer = client.post("/tasks/undismiss/", {"next": place})

    assert answer.headers["Location"] == reverse("tasks")


def test_what_is_no_files_number_shares_nothing(client: Client, project: Project) -> None:
    for number in (HUGE, "x", "²", "-1"):
        assert client.post(reverse("share-new", args=[project.slug]), {"a": number}).status_code == 404, number
    assert not ShareLink.objects.exists(), "a gallery was shared in the place of a file that is none"


@pytest.mark.parametrize("number", [10**400, -(10**400)])
def test_a_pin_beyond_all_numbers_is_refused(client: Client, project: Project, number: int) -> None:
    asset = AssetFactory(project=project)

    answer = client.post(
        reverse("comments", args=[project.slug, asset.pk]),
        {"text": "here", "pin": json.dumps({"x": number, "y": 0})},
    )

    assert answer.status_code == 422
    assert not Comment.objects.exists()


@pytest.mark.parametrize("sort", ["name", "size"])
def test_another_projects_file_is_no_place_in_a_sorted_gallery(client: Client, project: Project, sort: str) -> None:
    """Else whoever has files of all names would read from the page's first row how the other one is called."""
    hidden = AssetFactory(name="m", size_bytes=500)
    for value in ("a", "z"):
        AssetFactory(project=project, name=value, size_bytes=1 if value == "a" else 1_000)

    def list_names(**query: object) -> list[str]:
        page = client.get("/p/robots/", {"sort": sort, **query}).context["page"]
        return [asset.name for asset in page.rows]

    nowhere = Asset.objects.order_by("-pk").values_list("pk", flat=True)[0] + 1
    assert list_names(after=hidden.pk) == list_names(after=nowhere)
    assert list_names(before=hidden.pk) == list_names(before=nowhere)


def test_staff_are_asked_about_no_task_where_the_address_names_none(staff: User) -> None:
    TaskFactory()
    client = sign_in(staff)

    for ids in ("²", HUGE[:1_000], "-1", "x,²"):
        page = client.get("/admin/jobs/task/deeds/retry/", {"ids": ids})
        assert page.status_code == 200, ids
        assert page.context["rows"] == [], ids


@pytest.mark.parametrize("query", ["vendor=%00", "person=a%00b", "project=%00", "_changelist_filters=a%2500&x=%00"])
def test_the_administration_hands_no_nul_on_to_the_database(staff: User, query: str) -> None:
    assert sign_in(staff).get(f"/admin/jobs/task/?{query}").status_code == 400


def test_an_export_of_what_cannot_be_read_is_the_list_with_a_word_of_it(staff: User) -> None:
    TaskFactory()
    client = sign_in(staff)

    for query in ("pk__in=%C2%B2", "pk__in=x", "created_at__gte=x", "nonsense=1"):
        answer = client.get(f"/admin/jobs/task/export/?{query}")
        assert answer.headers["Location"] == "/admin/jobs/task/?e=1", query
    assert client.get("/admin/jobs/task/?stuck=%C2%B2").status_code == 200


def test_a_nul_is_no_projects_address(client: Client) -> None:
    """On PostgreSQL alone this would be an error."""
    assert client.get("/credits/?project=%00").status_code == 200
    assert client.post("/vendors/meshy/import/", {"project": "a\0", "remote_id": "x"}).status_code == 404
    assert client.post("/tasks/chosen/", {"act": "dismiss-all", "of": "a\0"}).status_code == 404


def test_a_user_name_beyond_all_names_is_a_wrong_one() -> None:
    answer = Client().post(reverse("login"), {"username": "x" * 400, "password": "x"})

    assert answer.status_code == 200
    assert not AccessAttempt.objects.exists()
