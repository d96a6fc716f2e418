"""Comments in a real browser: a pin on a model and on a picture, its way back, its camera, and verdicts on cards."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from jobs.models import Asset, Comment, Project, User
from tests.browser.looking import Window, open_window
from tests.made_models import png
from tests.stored import store, store_shown_cube

pytestmark = pytest.mark.django_db(transaction=True)

VIEWER_WITHIN_MS = 60_000
CAMERA = (
    """(v) => { const o = v.getCameraOrbit(); return [o.theta, o.phi, o.radius].map((n) => Math.round(n * 100)); }"""
)


@pytest.fixture
def model(project: Project) -> Asset:
    return store_shown_cube(project, name="robot", facts={"triangles": 12})


@pytest.fixture
def picture(project: Project) -> Asset:
    return store(project, png(400, 200), name="front.png", kind="render", width_px=400, height_px=200, preview="ready")


def open_file(browser: Browser, server: LiveServer, user: User, asset: Asset, **options: Any) -> Window:
    window = open_window(browser, server, user, **options)
    window.go(reverse("asset", args=[asset.project.slug, asset.pk]))
    return window


def get_marks(page: Page) -> Locator:
    return page.locator(".pin-mark")


def get_middle(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag_across(page: Page, place: Locator) -> None:
    x, y = get_middle(place)
    page.mouse.move(x + 150, y + 100)
    page.mouse.down()
    page.mouse.move(x - 50, y + 60, steps=4)
    page.mouse.up()


def say(page: Page, text: str, *, verdict: str = "Comment") -> None:
    box = page.locator("#comments")
    box.get_by_label("Comment", exact=True).first.fill(text)
    box.locator(".verdict-chip").filter(has_text=verdict).click()
    box.get_by_role("button", name="Send").click()
    expect(box.locator(".said").last).to_contain_text(text)


def test_a_pin_on_a_model_leads_to_its_comment_and_back_to_its_view(
    browser: Browser, live_server: LiveServer, owner: User, model: Asset
) -> None:
    window = open_file(browser, live_server, owner, model)
    page = window.page
    viewer = page.locator("model-viewer")
    expect(page.locator("patina-viewer.is-shown")).to_be_visible(timeout=VIEWER_WITHIN_MS)
    page.get_by_role("button", name="Right", exact=True).click()
    seen = viewer.evaluate(CAMERA)

    # Beside the model, then the place itself
    page.get_by_role("button", name="Pin to the model").click()
    box = viewer.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 5, box["y"] + 5)
    expect(page.get_by_text("That is beside the model.")).to_be_visible()
    page.mouse.click(*get_middle(viewer))
    expect(page.get_by_text("The pin is set.")).to_be_visible()
    expect(page.get_by_role("button", name="Take the pin off")).to_be_visible()
    say(page, "This edge is too clean.", verdict="Request changes")

    pin = Comment.objects.get().pin
    assert pin is not None
    assert pin["position"]
    expect(page.get_by_text("Your comment is sent.")).to_be_visible()
    expect(page.locator("#comments textarea")).to_be_focused()
    expect(page.get_by_role("button", name="Pin to the model")).to_be_visible()
    mark = get_marks(page)
    expect(mark).to_have_count(1)
    assert mark.evaluate("(mark) => mark.parentElement.localName") == "model-viewer"
    near, middle = get_middle(mark), get_middle(viewer)
    assert abs(near[0] - middle[0]) < 30
    assert abs(near[1] - middle[1]) < 30

    # Twice away and back: by the comment, and by the mark
    for way in ("comment", "mark"):
        drag_across(page, viewer)
        assert viewer.evaluate(CAMERA) != seen, way
        if way == "comment":
            page.locator("#comments").get_by_role("button", name="Pin 1").click()
        else:
            mark.focus()
            page.keyboard.press("Enter")
            expect(page.locator(".said")).to_be_focused()
            expect(page.locator(".said")).to_be_in_viewport()
        assert viewer.evaluate(CAMERA) == seen, way
    drag_across(page, viewer)
    page.get_by_role("button", name="Front", exact=True).click()
    front = viewer.evaluate(CAMERA)
    drag_across(page, viewer)
    page.get_by_role("button", name="Front", exact=True).click()
    assert viewer.evaluate(CAMERA) == front

    assert window.list_accessibility_problems() == []
    page.reload()
    expect(get_marks(page)).to_have_count(1, timeout=VIEWER_WITHIN_MS)
    page.locator(".said summary").click()
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator(".said.is-resolved")).to_be_visible()
    expect(get_marks(page)).to_have_count(0)
    window.go(reverse("project", args=[model.project.slug]))
    expect(page.locator(".tile").filter(has_text="robot")).to_contain_text("Changes requested")
    assert window.complaints == []


def test_a_pin_on_a_picture_stays_on_its_place(
    browser: Browser, live_server: LiveServer, owner: User, picture: Asset
) -> None:
    window = open_file(browser, live_server, owner, picture, theme="dark")
    page = window.page
    image = page.locator("[data-pin-picture] img")

    page.get_by_role("button", name="Pin to the picture").click()
    x, y = get_middle(image)
    page.mouse.click(x + 50, y)
    expect(page.locator(".pswp")).to_have_count(0)
    say(page, "Too dark here.", verdict="Approve")

    for width in (1440, 1000):
        page.set_viewport_size({"width": width, "height": 900})
        pin = Comment.objects.get().pin
        assert pin is not None
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        share = image.evaluate(
            """(image, mark) => {
                const seen = image.getBoundingClientRect(), at = document.querySelector(mark).getBoundingClientRect();
                const ratio = Math.min(seen.width / image.naturalWidth, seen.height / image.naturalHeight);
                const wide = image.naturalWidth * ratio;
                return (at.left - seen.left - (seen.width - wide) / 2) / wide;
            }""",
            ".pin-mark",
        )
        assert share == pytest.approx(pin["x"], abs=0.02), width
    expect(page.locator("#comments .pill").first).to_contain_text("Approved")
    assert window.list_accessibility_problems() == []
    window.go(reverse("project", args=[picture.project.slug]))
    expect(page.locator(".tile").filter(has_text="front")).to_contain_text("Approved")
    assert window.complaints == []
