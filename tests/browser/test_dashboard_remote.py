"""The pages of a vendor's account in both themes and widths: full, long names, empty, in trouble, deleting."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from jobs.models import Project, State, User
from jobs.remote_tasks import RemotePage, RemoteTask
from jobs.vendors.base import VendorError
from tests.browser.every_look import look_in_every_way
from tests.browser.looking import Window, open_window
from tests.factories import TaskFactory

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/vendors/meshy/tasks/"


@pytest.fixture
def window(browser: Browser, live_server: LiveServer, owner: User) -> Window:
    return open_window(browser, live_server, owner)


def make_tasks(project: Project) -> list[RemoteTask]:
    now = datetime.now(UTC)
    one = RemoteTask(
        remote_id="018f0000-0000-7000-8000-000000000000",
        operation="meshy.retexture",
        word="SUCCEEDED",
        state="done",
        progress_percent=100,
        prompt="weathered oak " * 20,
        thumbnail_url="",
        created_at=now,
        finished_at=now,
        expires_at=now + timedelta(hours=3),
        error="",
        task=None,
    )
    ours = TaskFactory(project=project, operation="meshy.retexture", state=State.SUCCEEDED)
    return [
        one,
        replace(one, remote_id="018f-ours", task=ours),
        replace(one, remote_id="018f-running", state="running", progress_percent=40, expires_at=None),
        replace(one, remote_id="018f-failed", state="failed", error="The mesh carries no UV set. " * 5),
        replace(one, remote_id="018f-odd", state="unheard", word="PAUSED", operation="", prompt="", created_at=None),
    ]


def test_the_account_s_pages_are_accessible_and_fit(
    window: Window, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    Project.objects.filter(pk=project.pk).update(name="A project with a name that is far too long for a column")
    tasks = make_tasks(project)
    problems: list[str] = []

    def answer(_: str, *, page: int, **__: Any) -> RemotePage:
        if page == 3:
            raise VendorError("Meshy is not answering.", retryable=True, code="unreachable")
        return RemotePage(items=tasks if page == 1 else [], page=page, has_next=page == 1)

    monkeypatch.setattr("jobs.remote_tasks.list_remote", answer)
    for number, text in (("1", "018f-running"), ("2", "Nothing more"), ("3", "Meshy is not answering")):
        window.go(f"{LIST}?page={number}")
        expect(window.page.get_by_text(text)).to_be_visible()
        problems += look_in_every_way(window)
    window.go(reverse("task-delete-at-vendor", args=[tasks[1].task.pk if tasks[1].task else 0]))
    window.page.get_by_role("button", name="Delete at Meshy").click()
    window.page.get_by_label("Type the last 6 characters").fill("no")
    window.page.get_by_role("button", name="Delete at Meshy").click()
    expect(window.page.get_by_text("or DELETE.")).to_be_visible()
    problems += look_in_every_way(window)

    assert problems == []
    assert window.complaints == []
