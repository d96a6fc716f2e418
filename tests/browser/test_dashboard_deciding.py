"""What a person is asked, in a real browser: about a task in doubt, and whether the same is wished for once more."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from jobs.models import Asset, Project, State, Task, User
from tests.browser.every_look import look_in_every_way
from tests.browser.looking import open_window
from tests.factories import AssetFactory, TaskEventFactory, TaskFactory, TaskInputFactory

pytestmark = pytest.mark.django_db(transaction=True)
RETEXTURE = "meshy.retexture"
IDS = ["018f6a2e-9c1b-7d3a-8e4f-0a1b2c3d4e5f", "018f6a2e-9c1b-7d3a-8e4f-ffffffffffff"]


@pytest.fixture
def model(project: Project) -> Asset:
    return AssetFactory(project=project, name="robot", preview="ready")


def make_doubt(model: Asset) -> Task:
    TaskFactory(operation=RETEXTURE, state=State.SUCCEEDED, charged_credits=10)
    note = "2 tasks at Meshy may be this one. Say which task it is, send it again, or give up."
    columns = {"project": model.project, "operation": RETEXTURE, "sent_at": timezone.now(), "note": note}
    task = TaskFactory(state=State.UNKNOWN, error_code="ask", **columns)
    TaskInputFactory(task=task, asset=model, field="model_url")
    words = "weathered oak with iron bands, mossy at the foot, " * 3
    found = [
        {
            "remote_id": name,
            "created_at": timezone.now().isoformat(),
            "prompt": words,
            "state": state,
            "progress_percent": 40,
        }
        for name, state in zip(IDS, ("running", "done"), strict=True)
    ]
    TaskEventFactory(task=task, data={"candidates": IDS, "found": found})
    return task


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_person_decides_about_a_task_in_doubt(
    browser: Browser, live_server: LiveServer, owner: User, model: Asset, script: bool
) -> None:
    task = make_doubt(model)
    window = open_window(browser, live_server, owner, java_script_enabled=script)
    window.go(reverse("task", args=[task.pk]))

    expect(window.page.get_by_role("button", name="It is this one")).to_have_count(2)
    window.page.get_by_role("button", name="It is this one").nth(1).click()

    expect(window.page.get_by_text(f"The task is followed as {IDS[1]}.")).to_be_visible()
    assert Task.objects.get(pk=task.pk).remote_id == IDS[1]


def test_the_question_whether_once_more_is_answered_by_its_button_alone(
    browser: Browser, live_server: LiveServer, owner: User, model: Asset
) -> None:
    window = open_window(browser, live_server, owner)
    page, address = window.page, reverse("task-new", args=["robots", "triverse.model-remesh"])
    for _ in range(2):
        window.go(f"{address}?model_file={model.pk}")
        page.locator("[data-run]").click()
    question = page.get_by_text("The same request ran")
    expect(question).to_be_visible()
    assert look_in_every_way(window) == []

    page.locator("[name=target_face_count]").first.press("Enter")
    expect(question).to_be_visible()
    assert Task.objects.count() == 1

    page.get_by_role("button", name="Run again anyway").click()

    expect(page.locator("#task-progress")).to_be_visible()
    assert Task.objects.count() == 2
