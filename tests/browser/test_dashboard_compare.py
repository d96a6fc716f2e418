"""Comparing in a real browser: the four ways by keys, one camera for all models, a phone, strip and lightbox."""

import re
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from jobs.models import Asset, Project, State, User
from tests.browser.every_look import look_in_every_way
from tests.browser.looking import Window, open_window
from tests.factories import TaskFactory
from tests.made_models import png
from tests.stored import store, store_shown_cube

pytestmark = pytest.mark.django_db(transaction=True)

VIEWER_WITHIN_MS = 60_000
CAMERA = """(v) => { const o = v.getCameraOrbit(), t = v.getCameraTarget();
    return [o.theta, o.phi, o.radius, t.x, t.y, t.z, v.getFieldOfView()].map((n) => Math.round(n * 1e4)); }"""


@pytest.fixture
def upload(project: Project) -> Asset:
    return store_shown_cube(project, name="robot", facts={"triangles": 12})


@pytest.fixture
def version(project: Project, upload: Asset) -> Asset:
    return store_shown_cube(project, name="rusty robot", parent=upload, root=upload, version=2)


def store_renders(model: Asset) -> dict[str, Asset]:
    """Store the front and the back of a model in both styles, all of one task; returns them by angle and style."""
    task = TaskFactory(project=model.project, operation="triverse.model-preview-render", state=State.SUCCEEDED)
    found = {}
    for number, name in enumerate(("front rgb", "back rgb", "front white", "back white")):
        label, style = name.split()
        of = {"parent": model, "root": model, "kind": "render", "label": label, "style": style, "task": task}
        content = png(64 + number, 64)  # content of its own, so a file of its own
        columns = of | {"output_key": name, "width_px": 64, "height_px": 64, "preview": "ready"}
        found[name] = store(model.project, content, name=f"{name}.png", **columns)
    return found


def open_comparison(browser: Browser, server: LiveServer, user: User, *assets: Asset, **options: Any) -> Window:
    window = open_window(browser, server, user, **options)
    numbers = ",".join(str(asset.pk) for asset in assets)
    window.go(f"{reverse('compare', args=[assets[0].project.slug])}?a={numbers}")
    return window


def expect_shown(page: Page, *assets: Asset) -> None:
    """Wait until these panes are shown, in this order."""
    names = [str(asset.pk) for asset in assets]
    for place, name in zip(("first", "second"), names, strict=False):
        expect(page.locator(f"[data-place={place}]")).to_have_attribute("data-pane", name)


def test_pictures_are_compared_in_four_ways_by_the_keyboard(
    browser: Browser, live_server: LiveServer, owner: User, upload: Asset
) -> None:
    renders = store_renders(upload)
    front, back = renders["front rgb"], renders["back rgb"]
    window = open_comparison(browser, live_server, owner, front, back)
    page = window.page
    stage, wipe = page.locator("patina-compare"), page.get_by_role("slider", name="Wipe")

    page.keyboard.press("ArrowLeft")
    expect(wipe).to_have_value("45")
    expect(page.locator("[data-place=second] .compare-view")).to_have_css("clip-path", "inset(0px 0px 0px 45%)")
    wipe.press("End")
    expect(wipe).to_have_value("100")
    wipe.press("c")  # the wipe is a field, and still lets these keys through
    expect_shown(page, back, front)
    expect(page).to_have_url(re.compile(rf"a={back.pk},{front.pk}&mode=wipe$"))
    problems = look_in_every_way(window)
    page.set_viewport_size({"width": 1440, "height": 900})
    wipe.press("m")
    expect(stage).to_have_attribute("data-mode", "side")
    page.locator("body").press("m")
    expect(stage).to_have_attribute("data-mode", "flip")
    expect_shown(page, back)
    page.keyboard.press(" ")
    expect_shown(page, front)
    page.keyboard.press("m")
    expect(page.get_by_role("status").filter(has_text="pixel")).to_be_visible()
    expect(page).to_have_url(re.compile("mode=difference$"))
    page.reload()
    expect(stage).to_have_attribute("data-mode", "difference")
    expect(page.get_by_role("img", name="What differs is bright")).to_be_visible()
    assert problems + look_in_every_way(window) == []
    assert window.complaints == []


def drag(page: Page, view: Locator) -> None:
    box = view.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2 + 20, steps=4)
    page.mouse.up()


def test_models_share_a_camera_until_one_is_unlocked(
    browser: Browser, live_server: LiveServer, owner: User, upload: Asset, version: Asset
) -> None:
    window = open_comparison(browser, live_server, owner, upload, version)
    page = window.page
    expect(page.locator(".compare-pane.is-shown")).to_have_count(2, timeout=VIEWER_WITHIN_MS)
    first, second = page.locator("model-viewer").first, page.locator("model-viewer").last
    page.get_by_role("link", name="Side by side").click()

    before = first.evaluate(CAMERA)
    drag(page, page.locator(".compare-view").first)
    moved = first.evaluate(CAMERA)
    assert moved != before
    assert second.evaluate(CAMERA) == moved

    page.get_by_label("Camera of v2 goes with the others").click()
    drag(page, page.locator(".compare-view").first)
    assert first.evaluate(CAMERA) != moved
    assert second.evaluate(CAMERA) == moved

    page.get_by_label("Camera of v2 goes with the others").click()
    assert second.evaluate(CAMERA) == first.evaluate(CAMERA)
    page.locator("summary[aria-label=Camera]").click()
    page.get_by_role("button", name="Front").click()
    for model in (first, second):
        expect(model).to_have_js_property("cameraOrbit", "0deg 90deg auto")
    page.locator("summary[aria-label=Look]").click()
    page.get_by_role("button", name="Clay").click()
    expect(second).to_have_attribute("data-mode", "clay")
    assert window.list_accessibility_problems() == []
    assert window.complaints == []


def test_a_phone_flips_and_wipes_pictures_and_fetches_models_when_told(
    browser: Browser, live_server: LiveServer, owner: User, upload: Asset, version: Asset
) -> None:
    window = open_window(browser, live_server, owner, width="phone")
    page, fetched = window.page, []
    page.on("request", lambda request: fetched.append(request.url))
    window.go(f"{reverse('compare', args=['robots'])}?a={upload.pk},{version.pk}&mode=side")

    expect(page.locator("patina-compare")).to_have_attribute("data-mode", "wipe")
    expect(page.get_by_role("link", name="Side by side")).to_be_hidden()
    page.get_by_role("link", name="Flip").click()
    page.get_by_role("button", name="Flip").click()
    expect_shown(page, version)
    assert not [url for url in fetched if ".glb" in url or "model-viewer" in url]
    assert window.measure_overflow_px() == 0

    with page.expect_request(re.compile(r"\.glb")):
        page.get_by_role("button", name=re.compile("Compare in 3D")).click()
    assert window.complaints == []


def test_the_strip_compares_and_the_lightbox_tells(
    browser: Browser, live_server: LiveServer, owner: User, upload: Asset, version: Asset
) -> None:
    store_renders(version)
    window = open_window(browser, live_server, owner, width="desktop")
    page = window.page
    address = reverse("asset", args=["robots", version.pk])
    window.go(address)
    tiles = page.locator("#asset-renders .tile")

    expect(tiles.filter(visible=True)).to_have_count(2)
    page.get_by_role("button", name="White").click()
    expect(tiles.filter(visible=True).first).to_have_attribute("data-twin", "white")
    page.reload()
    expect(page.get_by_role("button", name="White")).to_have_attribute("aria-pressed", "true")
    page.locator("#asset-renders a[data-slide]:visible").first.click()
    details = page.locator(".pswp__details")
    expect(details).to_contain_text("White background")
    page.keyboard.press("i")
    expect(details).to_be_hidden()
    page.keyboard.press("i")
    page.keyboard.press("ArrowRight")
    expect(details).to_contain_text("Back")
    assert window.list_accessibility_problems() == []
    page.keyboard.press("Escape")
    expect(page.locator(".pswp")).to_have_count(0)

    page.get_by_label("Compare v1").check()
    page.get_by_role("button", name="Compare 2").click()
    expect(page).to_have_url(re.compile(rf"/compare/\?a={upload.pk},{version.pk}"))
    window.go(address)
    page.locator(f"[data-lineage-open='{upload.pk}']").click(modifiers=["Shift"])
    expect(page).to_have_url(re.compile(rf"/compare/\?a={version.pk},{upload.pk}"))
    assert window.complaints == []
