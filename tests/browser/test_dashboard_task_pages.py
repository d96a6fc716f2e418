"""Pages of tasks in a real browser: they follow by themselves, keep what was opened, and stop; the lightbox."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from jobs.models import Asset, Project, State, Task, User
from tests.browser.looking import open_window
from tests.factories import TaskEventFactory, TaskFactory, TaskInputFactory
from tests.made_models import png
from tests.stored import store, store_shown_cube

pytestmark = pytest.mark.django_db(transaction=True)

SOON_MS = 15_000
RENDER = "triverse.model-preview-render"
LONG = "A_very_long_name_without_any_spaces_exported_from_some_tool_v12_final_FINAL_really_final"


@pytest.fixture
def model(project: Project) -> Asset:
    return store_shown_cube(project, name=LONG, facts={"triangles": 12}, light_size_bytes=76_000_000)


def make_task(model: Asset, state: str = State.RUNNING, **columns: object) -> Task:
    task = TaskFactory(project=model.project, state=state, **columns)
    TaskInputFactory(task=task, asset=model)
    TaskEventFactory(task=task, kind="state", state="queued", text="", data={"code": 0})
    return task


def build_answer(word: str) -> dict[str, object]:
    """Return an answer so long that it is folded."""
    return {"status": word} | {f"field {number}": number for number in range(30)}


def store_renders(model: Asset, task: Task, labels: list[str]) -> None:
    for label in labels:
        columns = {"task": task, "output_key": label, "parent": model, "root": model, "label": label, "style": "rgb"}
        store(model.project, png(64, 64), name=f"{label}.png", kind="render", preview="ready", **columns)


def test_the_page_follows_the_task_keeps_what_was_opened_and_stops(
    browser: Browser, live_server: LiveServer, owner: User, model: Asset
) -> None:
    task = make_task(model, progress_percent=10, answer=build_answer("RUNNING"))
    window = open_window(browser, live_server, owner)
    window.go(reverse("task", args=[task.pk]))
    page = window.page
    page.locator("#wire-answer summary").click()
    expect(page.locator("#answer-json")).to_be_visible()

    Task.objects.filter(pk=task.pk).update(progress_percent=62, answer=build_answer("STILL RUNNING"))
    expect(page.locator(".progress-number")).to_have_text("62%", timeout=SOON_MS)
    expect(page.locator("#answer-json")).to_contain_text("STILL RUNNING")
    expect(page.locator("#answer-json")).to_be_visible()
    task.refresh_from_db()
    task.move(State.FAILED, error_what="It broke.", error_charged="no", error_now="Try triangles.")

    expect(page.get_by_role("alert")).to_contain_text("Try triangles.", timeout=SOON_MS)
    expect(page.locator("#task-failure").get_by_role("button", name="Run again")).to_be_visible()
    expect(page.locator("#task-progress")).not_to_have_attribute("hx-trigger", re.compile("."))
    expect(page.locator("#answer-json")).to_be_visible()
    assert window.complaints == []


def test_the_lightbox_is_walked_with_keys(browser: Browser, live_server: LiveServer, owner: User, model: Asset) -> None:
    task = make_task(model, State.SUCCEEDED, operation=RENDER)
    store_renders(model, task, ["front", "left", "back"])
    window = open_window(browser, live_server, owner)
    window.go(reverse("task", args=[task.pk]))
    page = window.page

    page.locator("[data-slide]").first.click()
    expect(page.locator(".pswp--open")).to_be_visible()
    expect(page.locator(".pswp__counter")).to_have_text(re.compile(r"1\s*/\s*3"))
    expect(page.locator(".pswp__caption")).to_have_text("front · RGB")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".pswp__caption")).to_have_text("back · RGB")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".pswp__caption")).to_have_text("left · RGB")
    page.keyboard.press("Escape")

    expect(page.locator(".pswp")).to_have_count(0)
    assert page.evaluate("document.activeElement.matches('[data-slide]')")
    assert window.complaints == []


def test_pictures_are_plain_links_without_script(
    browser: Browser, live_server: LiveServer, owner: User, model: Asset
) -> None:
    task = make_task(model, State.SUCCEEDED, operation=RENDER)
    store_renders(model, task, ["front"])
    window = open_window(browser, live_server, owner, java_script_enabled=False)
    window.go(reverse("task", args=[task.pk]))

    window.page.locator("[data-slide]").first.click()

    expect(window.page).to_have_url(re.compile(r"/f/\d+/[0-9a-f]{64}/front\.png$"))


def test_a_task_is_given_up_without_script(
    browser: Browser, live_server: LiveServer, owner: User, model: Asset
) -> None:
    task = make_task(model, State.QUEUED)
    window = open_window(browser, live_server, owner, java_script_enabled=False)
    window.go(reverse("task", args=[task.pk]))

    window.page.get_by_text("Give up", exact=True).click()
    window.page.get_by_role("button", name="Give up this task").click()

    expect(window.page.locator("#task-progress .pill")).to_contain_text("Canceled")


def test_the_list_follows_by_itself(browser: Browser, live_server: LiveServer, owner: User, model: Asset) -> None:
    task = make_task(model, progress_percent=10, created_by=owner)
    window = open_window(browser, live_server, owner)
    window.go(reverse("tasks"))
    pill = window.page.locator(f"#task-{task.pk} .pill")
    expect(pill).to_contain_text("10%")

    Task.objects.filter(pk=task.pk).update(state=State.SUCCEEDED)

    expect(pill).to_contain_text("Done", timeout=SOON_MS)
    expect(window.page.locator("#task-list")).not_to_have_attribute("hx-trigger", re.compile("."))
