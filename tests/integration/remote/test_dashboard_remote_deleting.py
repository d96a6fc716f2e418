"""Deleting a task at its vendor: what a person is told, what has to be typed, what stays here."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from jobs.models import Asset, Project, State, Task
from tests.factories import AssetFactory, TaskFactory
from tests.integration.remote.pages import (
    RETEXTURE,
    get_delete_address,
    read,
)
from tests.integration.sandbox.meshy_caller import MeshyCaller

pytestmark = pytest.mark.django_db


def test_deleting_tells_what_is_lost_and_what_stays(client: Client, done: Task) -> None:
    page = read(client, get_delete_address(done))

    assert "It is final at Meshy." in page
    assert "1 file of this task is saved in Robots" in page
    assert "<code>abc123</code>" in page
    assert "this cancels it" not in page


def test_deleting_a_running_task_says_that_it_cancels_and_that_credits_are_not_known(
    client: Client, project: Project
) -> None:
    task = TaskFactory(project=project, operation=RETEXTURE, state=State.RUNNING)

    page = read(client, get_delete_address(task))

    assert "this cancels it" in page
    assert "Whether its credits come back is not documented" in page
    assert "Nothing of it is saved here yet" in page


@pytest.mark.parametrize("typed", ["", "delete it", "abc12", "xyz999", "DELET"])
def test_nothing_is_deleted_until_it_is_typed(
    client: Client, done: Task, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr("jobs.lifecycle.delete_at_vendor", lambda *_, **__: pytest.fail("deleted"))

    response = client.post(get_delete_address(done), {"sure": typed})

    assert response.status_code == 422
    assert "Type abc123 or DELETE." in response.content.decode()


@pytest.mark.parametrize("by_id", [True, False])
def test_a_deleted_task_is_gone_there_and_stays_here(
    client: Client, meshy: MeshyCaller, project: Project, by_id: bool
) -> None:
    remote_id = meshy.finish()["id"]
    task = TaskFactory(project=project, operation=RETEXTURE, state=State.SUCCEEDED, remote_id=remote_id)
    asset = AssetFactory(project=project, task=task, name="oak robot")

    response = client.post(get_delete_address(task), {"sure": remote_id[-6:] if by_id else "DELETE"}, follow=True)

    page = " ".join(response.content.decode().split())
    assert meshy.call("GET", f"/openapi/v1/retexture/{remote_id}").status_code == 404
    assert re.search(r"Deleted at Meshy on <time[^>]*>", page)
    assert get_delete_address(task) not in page
    assert Asset.objects.kept().filter(pk=asset.pk).exists()


def test_deleting_that_the_vendor_does_not_answer_is_told_and_can_be_tried_again(
    client: Client, done: Task, offline: None
) -> None:
    response = client.post(get_delete_address(done), {"sure": "DELETE"})

    page = response.content.decode()
    done.refresh_from_db()
    assert response.status_code == 502
    assert "Meshy is not answering" in page
    assert 'value="DELETE"' in page
    assert done.deleted_at_vendor_at is None


@pytest.mark.parametrize(
    "changes", [{"deleted_at_vendor_at": "2026-11-20T10:00Z"}, {"operation": "triverse.model-remesh"}]
)
def test_what_is_not_there_to_delete_has_no_button_and_no_page(
    client: Client, project: Project, changes: dict[str, Any]
) -> None:
    task = TaskFactory(project=project, **({"operation": RETEXTURE, "state": State.SUCCEEDED} | changes))

    response = client.get(get_delete_address(task))

    assert response["Location"] == reverse("task", args=[task.pk])
    assert get_delete_address(task) not in read(client, response["Location"])
