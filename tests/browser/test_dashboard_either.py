"""Either-ors, counters, pictures in an order and switches that follow the chosen file, in a real browser."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from jobs.models import Asset, Project, Task, User
from tests import made_models
from tests.browser.every_look import look_in_every_way
from tests.browser.looking import Window, open_window
from tests.stored import store, store_shown_cube

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/p/robots/new/meshy.retexture/"


@pytest.fixture
def window(browser: Browser, live_server: LiveServer, owner: User) -> Window:
    return open_window(browser, live_server, owner)


@pytest.fixture
def robot(project: Project) -> Asset:
    return store_shown_cube(project, name="robot", facts={"has_uvs_everywhere": True})


@pytest.fixture
def scan(project: Project) -> Asset:
    return store_shown_cube(project, name="scan", facts={"has_uvs_everywhere": False})


@pytest.fixture
def views(project: Project) -> list[Asset]:
    names = ("front", "side", "back")
    return [
        store(project, made_models.png(8 + place, 8), name=f"{name}.png", preview=Asset.Preview.READY)
        for place, name in enumerate(names)
    ]


def pick(page: Page, button: str, *names: str) -> None:
    page.get_by_role("button", name=re.compile(button)).click()
    for name in names:
        page.get_by_role("dialog").get_by_role("button", name=re.compile(f"^{name}")).click()


def test_what_is_not_chosen_is_not_sent(window: Window, robot: Asset) -> None:
    window.go(f"{ADDRESS}?model_url={robot.pk}")
    page = window.page
    words, earlier = page.get_by_role("textbox", name="Style in words"), page.get_by_text("From an earlier Meshy task")

    words.fill("weathered oak")
    page.get_by_text("By picture", exact=True).click()
    expect(words).to_be_hidden()
    earlier.click()
    page.get_by_role("combobox", name="Earlier Meshy task").fill("018f-earlier")
    page.get_by_text("By words", exact=True).click()
    expect(words).to_have_value("weathered oak")
    page.locator("[data-run]").click()
    page.wait_for_url("**/tasks/*/")

    task = Task.objects.get()
    assert (task.params["input_task_id"], task.params["text_style_prompt"]) == ("018f-earlier", "weathered oak")
    assert not task.inputs.exists()
    assert window.complaints == []


def test_the_counter_follows_and_warns_near_and_over_the_limit(window: Window, robot: Asset) -> None:
    window.go(f"{ADDRESS}?model_url={robot.pk}")
    page = window.page
    words, counted = page.get_by_role("textbox", name="Style in words"), page.locator("[data-counted]")

    words.fill(" é\n😀 ")
    expect(counted).to_contain_text("3 / 600")
    words.fill("x" * 545)
    expect(counted).to_have_class(re.compile("is-near"))
    words.fill("x" * 612)

    expect(counted).to_contain_text("612 / 600: 12 too many")
    expect(counted).to_have_class(re.compile("is-over"))
    assert window.list_accessibility_problems() == []


def test_a_model_that_the_vendor_has_retired_says_so_when_it_is_chosen(window: Window, robot: Asset) -> None:
    window.go(f"{ADDRESS}?model_url={robot.pk}&ai_model=meshy-4")
    reason = window.page.get_by_text("The vendor has retired this one")

    expect(reason).to_be_visible()
    window.page.get_by_text("Meshy 6", exact=True).click()

    expect(reason).to_be_hidden()


def test_pictures_are_numbered_moved_and_sent_in_their_order(window: Window, robot: Asset, views: list[Asset]) -> None:
    window.go(f"{ADDRESS}?model_url={robot.pk}")
    page = window.page
    page.get_by_text("By several views", exact=True).click()

    pick(page, "^Choose pictures", "side", "front", "back")
    page.get_by_role("button", name="Done").click()
    items = page.get_by_role("list", name="Chosen, in order").get_by_role("listitem")
    expect(items).to_have_text([re.compile(r"1 Front\s+side"), re.compile(r"2\s+front"), re.compile(r"3\s+back")])
    assert look_in_every_way(window) == []
    page.get_by_role("button", name="Move front forward").click()
    page.get_by_role("button", name="Remove back").click()
    page.locator("#advanced > summary").click()
    expect(page.get_by_text("Automatic: Meshy 7")).to_be_visible()
    page.locator("[data-run]").click()
    page.wait_for_url("**/tasks/*/")

    task = Task.objects.get()
    sent = task.task_inputs.filter(field__startswith="multiview").order_by("field")
    assert [item.asset.name for item in sent] == ["front", "side"]
    assert task.params["ai_model"] == "meshy-7"
    assert window.complaints == []


def test_the_switch_for_uvs_follows_the_chosen_model(window: Window, robot: Asset, scan: Asset) -> None:
    window.go(f"{ADDRESS}?model_url={robot.pk}")
    page = window.page
    switch = page.get_by_role("switch", name="Keep the model's UVs")
    expect(switch).to_be_checked()

    pick(page, "^Model robot", "scan")
    expect(switch).not_to_be_checked()
    expect(switch).to_be_disabled()
    expect(page.get_by_text("This model has no UVs to keep")).to_be_visible()
    pick(page, "^Model scan", "robot")

    expect(switch).to_be_checked()
    expect(switch).to_be_enabled()
    expect(page.get_by_text("This model has no UVs to keep")).to_be_hidden()
