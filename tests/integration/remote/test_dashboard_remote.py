"""A vendor's account on pages: its tasks, one by its vendor ID, taking one into a project, following it here."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dashboard import remote_page
from jobs.models import Project, State, Task
from jobs.vendors.base import VendorError
from tests.factories import TaskEventFactory, TaskFactory
from tests.integration.remote.pages import (
    IMPORT,
    LIST,
    OPEN,
    RETEXTURE,
    cut_row,
    read,
)
from tests.integration.sandbox.meshy_caller import MeshyCaller

pytestmark = pytest.mark.django_db


def test_all_tasks_of_the_account_are_listed_the_newest_first(client: Client, meshy: MeshyCaller) -> None:
    first = meshy.finish(text_style_prompt="old oak")["id"]
    second = meshy.finish(text_style_prompt="new <brass>")["id"]

    page = read(client, LIST)

    assert page.index(second) < page.index(first)
    row = cut_row(page, second)
    assert "new &lt;brass&gt;" in row
    assert "Done" in row
    assert "in 2 days" in row or "in 3 days" in row
    assert f'value="{second}"' in row


def test_a_task_of_ours_leads_to_its_page_and_project(client: Client, meshy: MeshyCaller, project: Project) -> None:
    remote_id = meshy.finish()["id"]
    task = TaskFactory(project=project, operation=RETEXTURE, state=State.SUCCEEDED, remote_id=remote_id)

    row = cut_row(read(client, LIST), remote_id)

    assert reverse("task", args=[task.pk]) in row
    assert reverse("project", args=[project.slug]) in row
    assert "Import" not in row


@pytest.mark.parametrize("address", [LIST, OPEN])
def test_of_a_task_in_a_project_that_one_is_not_in_nothing_is_told(
    client: Client, meshy: MeshyCaller, address: str
) -> None:
    remote_id = meshy.finish(text_style_prompt="secret plan")["id"]
    foreign = TaskFactory(
        project__name="Secret project", operation=RETEXTURE, state=State.SUCCEEDED, remote_id=remote_id
    )

    page = read(client, address, id=remote_id)

    assert "In another project" in cut_row(page, remote_id)
    for told in ("secret plan", "Secret project", reverse("task", args=[foreign.pk]), f'value="{remote_id}" aria'):
        assert told not in page


def test_a_long_list_has_pages(client: Client, meshy: MeshyCaller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.views.remote.PAGE_SIZE", 2)
    made = [meshy.start() for _ in range(3)]

    first, second = read(client, LIST), read(client, LIST, page="2")

    assert [remote_id in first for remote_id in made] == [False, True, True]
    assert [remote_id in second for remote_id in made] == [True, False, False]
    assert 'rel="next" href="?page=2"' in first
    assert 'rel="prev" href="?page=1"' in second
    assert 'rel="next"' not in second


@pytest.mark.parametrize("page", ["0", "-3", "x", "9" * 30])
def test_a_strange_page_number_is_no_failure(client: Client, meshy: MeshyCaller, page: str) -> None:
    assert client.get(LIST, {"page": page}).status_code == 200


def test_an_account_without_tasks_says_so(client: Client, meshy: MeshyCaller) -> None:
    assert "No tasks at Meshy" in read(client, LIST)
    assert "Nothing more" in read(client, LIST, page="2")


@pytest.mark.parametrize("address", [LIST, f"{OPEN}?id=018f"])
def test_a_vendor_that_does_not_answer_is_told_without_the_key(client: Client, offline: None, address: str) -> None:
    page = " ".join(client.get(address).content.decode().split())

    assert "Meshy is not answering" in page
    assert "What now" in page
    assert "msy_secret-key" not in page


@pytest.mark.parametrize(("http_status", "advice"), [(401, "key"), (500, "Try again")])
def test_what_the_vendor_refuses_is_told_with_what_to_do(
    client: Client, monkeypatch: pytest.MonkeyPatch, http_status: int, advice: str
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        suggestion = "Look at the key." if http_status == 401 else ""
        raise VendorError("Meshy says no.", retryable=http_status == 500, suggestion=suggestion)

    monkeypatch.setattr("jobs.remote_tasks.list_remote", refuse)

    page = read(client, LIST)

    assert "Meshy says no." in page
    assert advice in page


# --- One by its vendor ID


def test_any_task_of_the_account_is_found_by_its_id(client: Client, meshy: MeshyCaller) -> None:
    remote_id = meshy.finish(text_style_prompt="lonely oak")["id"]

    page = read(client, OPEN, id=f"  {remote_id} ")

    assert "lonely oak" in cut_row(page, remote_id)
    assert f'value="{remote_id}"' in page


def test_an_id_that_the_vendor_does_not_know_says_what_to_check(client: Client, meshy: MeshyCaller) -> None:
    page = read(client, OPEN, id="018f0000-0000-7000-8000-000000000000")

    assert "Meshy knows no task 018f0000-0000-7000-8000-000000000000 in this account" in page
    assert "Check the ID" in page


@pytest.mark.parametrize("remote_id", ["", "../../balance", "a b", "x" * 101, "<script>"])
def test_what_is_no_id_is_not_asked_for(
    client: Client, monkeypatch: pytest.MonkeyPatch, project: Project, remote_id: str
) -> None:
    monkeypatch.setattr("jobs.remote_tasks.find_remote", lambda *_: pytest.fail("the vendor was asked"))

    response = client.get(OPEN, {"id": remote_id})

    assert response.status_code == 422
    assert "<script>alert" not in response.content.decode()


# --- Import


def test_an_imported_task_becomes_one_of_the_project_and_says_so(
    client: Client, meshy: MeshyCaller, project: Project
) -> None:
    remote_id = meshy.finish(text_style_prompt="blue denim")["id"]

    response = client.post(IMPORT, {"project": project.slug, "remote_id": remote_id}, follow=True)

    task = Task.objects.get()
    assert response.redirect_chain == [(reverse("task", args=[task.pk]), 302)]
    assert (task.project, task.remote_id, task.is_imported) == (project, remote_id, True)
    page = " ".join(response.content.decode().split())
    assert "Imported into Robots" in page
    assert "Made elsewhere with this account; brought in by editor" in page


def test_importing_twice_gives_the_first_task(client: Client, meshy: MeshyCaller, project: Project) -> None:
    remote_id = meshy.finish()["id"]
    values = {"project": project.slug, "remote_id": remote_id}

    first, second = client.post(IMPORT, values), client.post(IMPORT, values)

    assert first["Location"] == second["Location"]
    assert Task.objects.count() == 1


def test_a_task_of_another_project_is_neither_taken_nor_shown(client: Client, project: Project) -> None:
    foreign = TaskFactory(operation=RETEXTURE, state=State.SUCCEEDED, remote_id="018f-foreign")

    response = client.post(IMPORT, {"project": project.slug, "remote_id": "018f-foreign"})

    assert response["Location"] == LIST
    foreign.refresh_from_db()
    assert foreign.project != project


def test_an_import_that_fails_says_why(client: Client, offline: None, project: Project) -> None:
    response = client.post(IMPORT, {"project": project.slug, "remote_id": "018f"})

    assert response["Location"] == LIST
    said = "".join(str(message) for message in client.get(LIST).context["messages"])
    assert "It was not imported. Meshy is not answering" in said
    assert not Task.objects.exists()


# --- On a task's page


@pytest.mark.parametrize(
    ("channel", "words"), [("poll", "Single requests"), ("list", "The vendor’s list"), ("stream", "A stream")]
)
def test_a_task_shows_by_which_channel_it_is_followed(
    client: Client, project: Project, channel: str, words: str
) -> None:
    running = TaskFactory(project=project, operation=RETEXTURE, state=State.RUNNING, channel=channel)
    ended = TaskFactory(project=project, operation=RETEXTURE, state=State.SUCCEEDED, channel=channel)

    pages = [read(client, reverse("task", args=[task.pk])) for task in (running, ended)]

    for page, label in zip(pages, ("Followed by", "Was followed by"), strict=True):
        shown = re.search(rf"<dt>{label}</dt> <dd> (.*?) </dd>", page)
        assert shown is not None
        assert shown[1].replace("&#x27;", "’") == words


def test_tasks_that_may_be_the_one_in_doubt_can_be_followed_by_a_click(client: Client, project: Project) -> None:
    task = TaskFactory(project=project, operation=RETEXTURE, state=State.UNKNOWN)
    TaskEventFactory(task=task, data={"candidates": ["018f-one", "018f-two"]})

    page = read(client, reverse("task", args=[task.pk]))
    response = client.post(reverse("task-adopt", args=[task.pk]), {"remote_id": "018f-two"})

    task.refresh_from_db()
    assert [f'name="remote_id" value="{name}"' in page for name in ("018f-one", "018f-two")] == [True, True]
    assert response.status_code == 302
    assert task.remote_id == "018f-two"


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(seconds=-1), "over"),
        (timedelta(minutes=10, seconds=5), "in 10 min"),
        (timedelta(hours=47, minutes=30), "in 47 h"),
        (timedelta(days=2, hours=20), "in 2 days"),
    ],
)
def test_how_long_the_vendor_keeps_a_task_is_told_briefly(ahead: timedelta, words: str) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)

    assert remote_page.build_expiry(now + ahead, now=now) == words
    assert remote_page.build_expiry(None, now=now) == ""


def test_an_imported_task_shows_only_the_steps_that_it_took_here(client: Client, project: Project) -> None:
    task = TaskFactory(project=project, operation=RETEXTURE, state=State.RUNNING, is_imported=True)
    TaskEventFactory(task=task, kind="state", state=State.RUNNING)

    steps = client.get(reverse("task", args=[task.pk])).context["steps"]

    assert [step.label for step in steps] == ["Running", "Save files", "Done"]
