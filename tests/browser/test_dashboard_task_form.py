"""The form of a new task in a real browser: pickers, slider, rules with reasons; and the same without script."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from jobs.fields import AssetField
from jobs.models import Asset, Project, Task, User
from jobs.rules import ExactlyOne
from jobs.vendors import OPERATIONS
from tests import made_models
from tests.browser.every_look import look_in_every_way, look_twice
from tests.browser.looking import Window, open_window
from tests.stored import store, store_shown_cube

pytestmark = pytest.mark.django_db(transaction=True)

REMESH, CONVERT, RENDER = (
    "triverse.model-remesh",
    "triverse.convert-model-format",
    "triverse.model-preview-render",
)


@pytest.fixture
def model(project: Project) -> Asset:
    store_shown_cube(project, name="another")
    return store_shown_cube(project, name="robot")


@pytest.fixture
def picture(project: Project) -> Asset:
    return store(project, made_models.png(8, 8), name="leather.png", preview=Asset.Preview.READY)


@pytest.fixture
def window(browser: Browser, live_server: LiveServer, owner: User) -> Window:
    return open_window(browser, live_server, owner)


def open_form(window: Window, key: str, model: Asset | None = None) -> Page:
    query = f"?model_file={model.pk}" if model else ""
    window.go(reverse("task-new", args=["robots", key]) + query)
    return window.page


def test_quads_grey_glb_out_and_say_why(window: Window, model: Asset) -> None:
    page = open_form(window, REMESH, model)
    glb = page.get_by_role("group", name="Format").get_by_label("GLB")
    reason = page.get_by_text("GLB stores triangles only")

    expect(glb).to_be_disabled()
    expect(reason).to_be_visible()
    page.get_by_text("Triangles", exact=True).click()
    expect(glb).to_be_enabled()
    expect(reason).to_be_hidden()
    page.get_by_text("GLB", exact=True).click()
    expect(glb).to_be_checked()
    page.get_by_text("Quads", exact=True).click()

    expect(glb).to_be_disabled()
    expect(glb).not_to_be_checked()
    expect(page.get_by_label("Follows the faces")).to_be_checked()
    assert window.complaints == []


def test_the_format_that_the_file_has_already_is_greyed_out(window: Window, model: Asset) -> None:
    page = open_form(window, CONVERT, model)
    formats = page.get_by_role("radiogroup", name="Target format")

    expect(formats.get_by_label("GLB")).to_be_disabled()
    expect(page.get_by_text("GLB cannot be chosen: The model has this format already.")).to_be_visible()
    expect(formats.get_by_label("FBX")).to_be_enabled()


def test_another_value_than_the_known_ones_is_typed_and_kept(window: Window, model: Asset) -> None:
    page = open_form(window, RENDER, model)

    page.get_by_role("radiogroup", name="Resolution").get_by_text("Other…").click()
    page.get_by_role("combobox", name="Resolution").fill("640x480")
    page.get_by_role("button", name="Render views").click()
    page.wait_for_url("**/tasks/*/")

    assert Task.objects.get().params["resolution"] == "640x480"


def test_the_slider_and_its_marks_write_the_number(window: Window, model: Asset) -> None:
    page = open_form(window, REMESH, model)
    number = page.get_by_role("spinbutton", name="Target faces")

    page.get_by_role("button", name="20k game prop").click()
    expect(number).to_have_value("20000")
    page.get_by_role("slider").fill("1000")
    expect(number).to_have_value("5000000")
    page.get_by_role("slider").fill("0")
    expect(number).to_have_value("1000")
    page.get_by_role("button", name="Clear").click()

    expect(number).to_have_value("")


def test_a_model_is_picked_by_its_poster(window: Window, model: Asset) -> None:
    page = open_form(window, REMESH)

    page.get_by_role("button", name=re.compile("^Model Choose")).click()
    expect(page.get_by_role("dialog", name="Choose a model")).to_be_visible()
    assert window.list_accessibility_problems() == []
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^robot")).click()

    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name=re.compile("^Model robot"))).to_be_visible()
    expect(page.locator("[data-source-stage] img")).to_be_visible()
    page.get_by_role("button", name="Remesh", exact=True).click()
    page.wait_for_url("**/tasks/*/")
    assert list(Task.objects.get().inputs.all()) == [model]


def test_the_number_of_pictures_follows_the_angles(window: Window, model: Asset) -> None:
    page = open_form(window, RENDER, model)
    page.get_by_text("Advanced").click()
    number = page.get_by_role("spinbutton", name="Pictures per style")
    expect(number).to_have_attribute("placeholder", "Automatic")

    for angle in ("Front", "Top"):
        page.get_by_text(angle, exact=True).click()
    expect(number).to_have_attribute("placeholder", "2, automatic")
    expect(page.get_by_text("Automatic: Multi-angle")).to_be_visible()
    number.fill("5")

    expect(page.get_by_text("Ask for as many pictures as angles")).to_be_visible()


def test_both_styles_off_is_explained_before_it_is_sent(window: Window, model: Asset) -> None:
    page = open_form(window, RENDER, model)
    reason = page.get_by_text("Choose RGB render, white background, or both.")

    for style in ("RGB render", "White background"):
        page.get_by_text(style, exact=True).click()

    expect(reason).to_be_visible()
    page.get_by_text("White background", exact=True).click()
    expect(reason).to_be_hidden()


def test_a_double_click_is_one_task(window: Window, model: Asset) -> None:
    page = open_form(window, REMESH, model)

    page.get_by_role("button", name="Remesh", exact=True).dblclick(no_wait_after=True)
    page.wait_for_url("**/tasks/*/")
    page.go_back()
    page.get_by_role("button", name="Remesh", exact=True).click()
    page.wait_for_url("**/tasks/*/")

    assert Task.objects.count() == 1


def test_ctrl_enter_sends_the_form(window: Window, model: Asset) -> None:
    page = open_form(window, REMESH, model)

    page.get_by_role("spinbutton", name="Target faces").fill("5000")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/tasks/*/")

    assert Task.objects.get().params["target_face_count"] == 5000


def fill_in_without_script(page: Page, key: str, *, model: Asset, picture: Asset) -> None:
    """Give each field that has to be given, and the first way of each either-or."""
    operation = OPERATIONS[key]
    first_ways = {rule.fields[0] for rule in operation.rules if isinstance(rule, ExactlyOne)}
    for name, item in operation.fields.items():
        if name in operation.automatic or not (item.required or name in first_ways):
            continue
        element = page.locator(f"#id_{name}")
        if isinstance(item, AssetField):
            element.select_option(str(model.pk if item.kind == "model" else picture.pk))
        else:
            element.fill("fbx" if key == CONVERT else "weathered oak")


@pytest.mark.parametrize("key", OPERATIONS)
def test_every_form_works_without_script(
    browser: Browser, live_server: LiveServer, owner: User, model: Asset, picture: Asset, key: str
) -> None:
    window = open_window(browser, live_server, owner, java_script_enabled=False)
    page = open_form(window, key)
    fill_in_without_script(page, key, model=model, picture=picture)

    page.locator("[data-run]").click()

    page.wait_for_url("**/tasks/*/")
    assert Task.objects.get().operation == key


def test_every_form_is_accessible_and_fits_also_with_errors(window: Window, model: Asset) -> None:
    open_form(window, REMESH)
    problems = look_in_every_way(window)
    for place, key in enumerate(OPERATIONS):
        page = open_form(window, key)
        page.locator("[data-run]").click()
        expect(page.locator("[data-error-summary]")).to_be_focused()
        page.locator("#advanced:not([open]) > summary").click()
        problems += [f"{key}: {text}" for text in look_twice(window, place)]

    assert problems == []
    assert window.complaints == []
