"""Improve prompt in a real browser: the words come back beside the field, are taken, taken back, or left."""

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from jobs.models import Project, State, Task, User
from jobs.vendors import OPERATIONS
from tests.browser.every_look import look_in_every_way
from tests.browser.looking import Window, open_window
from tests.factories import TaskFactory

pytestmark = pytest.mark.django_db(transaction=True)

GENERATION = "triverse.image-generation"
MINE = "a worn leather ball"
BETTER = "A worn leather ball, cracked brown leather, soft studio light"


@pytest.fixture
def window(browser: Browser, live_server: LiveServer, owner: User, project: Project) -> Window:
    return open_window(browser, live_server, owner)


def open_form(window: Window) -> Page:
    window.go(reverse("task-new", args=["robots", GENERATION]))
    window.page.get_by_label("Prompt").fill(MINE)
    return window.page


def finish(task: Task) -> None:
    """Let the vendor be done with the words."""
    Task.objects.filter(pk=task.pk).update(state=State.SUCCEEDED, remote_id="remote", result_text=BETTER)


def test_improved_words_are_taken_and_taken_back(window: Window) -> None:
    page = open_form(window)
    field = page.get_by_label("Prompt")

    page.get_by_role("button", name="Improve prompt").dblclick()
    expect(page.get_by_text("Your words are being improved.")).to_be_visible()
    finish(Task.objects.get())
    page.get_by_role("button", name="Use this").click()
    expect(field).to_have_value(BETTER)
    page.get_by_role("button", name="Undo").click()
    expect(field).to_have_value(MINE)

    page.get_by_role("button", name="Keep mine").click()
    expect(page.get_by_text("Yours stay as they are.")).to_be_visible()
    expect(field).to_have_value(MINE)
    page.get_by_role("button", name="Show the suggestion").click()
    expect(page.get_by_text("cracked brown leather")).to_be_visible()
    assert look_in_every_way(window) == []
    assert window.complaints == []


def test_enter_in_another_field_improves_nothing(window: Window) -> None:
    page = open_form(window)

    page.get_by_role("spinbutton", name="Pictures").press("Enter")
    page.wait_for_url("**/tasks/*/")

    assert Task.objects.get().operation == GENERATION


def test_the_references_and_words_are_accessible_and_fit(window: Window, project: Project) -> None:
    task = TaskFactory(
        project=project,
        operation="triverse.prompt-optimize",
        state=State.SUCCEEDED,
        params={"user_input": MINE},
        result_text=BETTER * 8,
        request={"method": "POST", "path": "/tasks/prompt-optimize", "body": {"user_input": MINE * 20}},
        answer={"code": 0},
    )
    longest = max(OPERATIONS, key=lambda key: len(OPERATIONS[key].fields))
    pages = [reverse("references"), reverse("reference", args=[longest]), reverse("task", args=[task.pk])]

    problems = []
    for address in pages:
        window.go(address)
        problems += look_in_every_way(window)

    assert problems == []
    assert window.complaints == []


def test_the_language_of_requests_is_remembered(window: Window) -> None:
    window.go(reverse("reference", args=["triverse.model-remesh"]))
    page = window.page
    expect(page.locator("#example-curl")).to_be_visible()

    page.get_by_text("Python", exact=True).click()
    expect(page.locator("#example-python")).to_be_visible()
    expect(page.locator("#example-curl")).to_be_hidden()
    window.go(reverse("reference", args=[GENERATION]))

    expect(page.locator("#example-python")).to_be_visible()
