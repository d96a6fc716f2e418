"""What people set for themselves: their zone and their keys."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from dashboard import time_zones
from jobs.models import Project, User
from tests.conftest import sign_in
from tests.factories import TaskFactory

pytestmark = pytest.mark.django_db

ADDRESS = "/me/"


@pytest.fixture
def task_address(project: Project) -> str:
    task = TaskFactory(project=project, created_at=datetime(2026, 1, 2, 12, 0, tzinfo=UTC))
    return reverse("task", args=[task.pk])


def test_times_are_written_in_the_browsers_zone_until_another_is_chosen(viewer: User, task_address: str) -> None:
    client = sign_in(viewer)

    assert "2026-01-02 12:00:00 UTC" in client.get(task_address).content.decode()
    client.cookies["zone"] = "Asia%2FTokyo"
    assert "2026-01-02 21:00:00 JST" in client.get(task_address).content.decode()
    client.post(ADDRESS, {"time_zone": "America/New_York"})
    assert "2026-01-02 07:00:00 EST" in client.get(task_address).content.decode()


@pytest.mark.parametrize("zone", ["../../etc/passwd", "Mars/Phobos", "%00", "x" * 5000])
def test_a_zone_that_there_is_not_changes_nothing(viewer: User, task_address: str, zone: str) -> None:
    client = sign_in(viewer)
    client.cookies["zone"] = zone

    assert "2026-01-02 12:00:00 UTC" in client.get(task_address).content.decode()


def test_every_zone_of_the_list_is_one(viewer: User) -> None:
    assert {"UTC", "Europe/Paris", "Asia/Kathmandu"} <= time_zones.list_zones().keys()


def test_single_keys_are_switched_off_on_every_page(viewer: User) -> None:
    client = sign_in(viewer)
    off = b'data-single-keys="off"'

    assert off not in client.get("/").content
    response = client.post(ADDRESS, {"first_name": "Vera", "time_zone": ""}, follow=True)
    assert "Your preferences are saved." in response.content.decode()
    assert off in client.get("/").content
    client.post(ADDRESS, {"has_single_keys": "on", "time_zone": ""})
    assert off not in client.get("/").content


def test_a_zone_or_address_that_is_none_is_refused(viewer: User) -> None:
    response = sign_in(viewer).post(ADDRESS, {"time_zone": "Mars/Phobos", "email": "nobody"})

    assert response.status_code == 422
    viewer.refresh_from_db()
    assert viewer.time_zone == ""
