"""Prices that follow the form, one form for both vendors, kept drafts, marked differences, and the page of credits."""

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from jobs import pairing
from jobs.models import Project, State, Task, User
from tests.browser.every_look import look_in_every_way
from tests.browser.looking import Window, open_window
from tests.factories import TaskFactory, TaskInputFactory
from tests.stored import store_shown_cube

pytestmark = pytest.mark.django_db(transaction=True)
RETEXTURE = reverse("task-new", args=["robots", pairing.MESHY])


@pytest.fixture
def window(browser: Browser, live_server: LiveServer, owner: User) -> Window:
    return open_window(browser, live_server, owner)


def test_a_form_tells_its_price_keeps_its_words_and_goes_to_both(window: Window, project: Project) -> None:
    model = store_shown_cube(project, name="robot")
    page = window.page
    window.go(f"{RETEXTURE}?model_url={model.pk}")
    run = page.locator("[data-run]")
    expect(run).to_contain_text("10 credits")

    page.get_by_role("radiogroup", name="Texture resolution").get_by_text("8K").click()
    expect(run).to_contain_text("15 credits")
    expect(page.locator("[data-price-note]")).to_have_text("Meshy’s list price.")

    words = page.get_by_label("Style in words")
    words.fill("old oak,\nworn at the edges")
    page.keyboard.press("Escape")
    expect(words).to_have_value("old oak,\nworn at the edges")
    window.go(reverse("credits"))
    window.go(f"{RETEXTURE}?model_url={model.pk}")
    expect(words).to_have_value("")
    page.get_by_role("button", name="Bring it back").click()
    expect(words).to_have_value("old oak,\nworn at the edges")
    expect(run).to_contain_text("15 credits")

    page.get_by_role("button", name="Run on both").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Texture on both")
    expect(page.get_by_label("Style in words")).to_have_value("old oak,\nworn at the edges")
    assert look_in_every_way(window) == []
    run.click()
    expect(page.locator("#task-pair li")).to_have_count(2)
    first, second = Task.objects.order_by("pk")
    assert (first.pair_key, first.params["texture_size"]) == (second.pair_key, 4096)

    page.goto(f"{window.base_url}{RETEXTURE}?model_url={model.pk}")
    expect(page.locator("[data-draft]")).to_be_visible()  # this form was never sent
    page.get_by_role("button", name="Forget it").click()
    page.reload()
    expect(page.locator("[data-draft]")).to_be_hidden()
    assert window.complaints == []


def test_what_differs_is_marked_while_it_is_changed_and_credits_are_told(
    window: Window, project: Project, owner: User
) -> None:
    model = store_shown_cube(project, name="robot")
    task = TaskFactory(
        project=project,
        created_by=owner,
        operation="triverse.text-to-texture",
        params={"text_prompt": "oak", "texture_size": 1024, "model_version": "v2", "allow_duplicate": False},
        state=State.SUCCEEDED,
        charged_credits=40,
    )
    TaskInputFactory(task=task, asset=model, field="model_url")
    page = window.page
    window.go(reverse("task", args=[task.pk]))
    page.get_by_role("link", name="Edit and run").click()

    line = page.locator("[data-differences]")
    expect(line).to_have_text("Nothing differs from it now.")
    page.get_by_role("button", name="2K").click()
    page.get_by_label("Prompt", exact=True).fill("steel")
    expect(line).to_have_text("2 values differ.")
    expect(page.locator(".was:visible")).to_have_text(["Before: oak", "Before: 1024"])
    assert look_in_every_way(window) == []
    page.get_by_label("Prompt", exact=True).fill("oak")
    expect(line).to_have_text("1 value differs.")

    window.go(reverse("credits"))
    expect(page.get_by_role("row", name="owner Triverse Tasks 1 Charged 40")).to_be_visible()  # of a phone
    assert window.complaints == []
