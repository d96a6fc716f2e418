"""Other people's ways through the pages: by keys alone, on a phone, as a viewer who may change nothing."""

import re
from urllib.parse import urlsplit

import pytest
from django.urls import resolve, reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from dashboard.access import RULES
from jobs.models import Asset, Comment, Project, State, Task, User
from tests.browser.looking import open_window
from tests.factories import TaskFactory, TaskInputFactory
from tests.made_models import png
from tests.stored import store, store_shown_cube

pytestmark = pytest.mark.django_db(transaction=True)

VIEWER_WITHIN_MS = 60_000
RENDER = "triverse.model-preview-render"
MAY_BE_SENT_BY_A_VIEWER = frozenset({"open", "signed-in", "view"})
SENT = """() => [
    ...[...document.querySelectorAll("button, [type=submit]")]
        .filter((button) => button.type === "submit" && button.form?.method === "post")
        .map((button) => button.hasAttribute("formaction") ? button.formAction : button.form.action),
    ...[...document.querySelectorAll("[hx-post]")].map((element) => element.getAttribute("hx-post")),
].map((address) => new URL(address, location.href).pathname)"""
LINKED = "() => [...document.querySelectorAll('a[href]')].map((link) => link.href.split('#')[0])"
RING = """() => {
    const at = document.activeElement;
    if (!at || at === document.body) return "nothing";
    const own = getComputedStyle(at), beside = at.nextElementSibling && getComputedStyle(at.nextElementSibling);
    const isSeen = (style) => style && (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
        || style.boxShadow !== "none" || style.getPropertyValue("--grip").includes("20.5px"));  // the wipe's thumb
    const has = [own, beside, at.closest("label") && getComputedStyle(at.closest("label"))].some(isSeen);
    return has || !at.matches(":focus-visible") ? "" : at.outerHTML.slice(0, 120);
}"""


@pytest.fixture
def model(project: Project) -> Asset:
    return store_shown_cube(project, name="robot", facts={"triangles": 12})


@pytest.fixture
def version(project: Project, model: Asset) -> Asset:
    return store_shown_cube(project, name="rusty robot", parent=model, root=model, version=2)


@pytest.fixture
def renders(model: Asset) -> list[Asset]:
    """Three pictures of one task, one beside the other on a contact sheet."""
    params = {"camera_angles": ["front", "back", "left"], "enable_white_render": False}
    task = TaskFactory(project=model.project, operation=RENDER, state=State.SUCCEEDED, params=params)
    TaskInputFactory(task=task, asset=model)
    of = {"parent": model, "root": model, "kind": "render", "style": "rgb", "task": task, "preview": "ready"}
    size = {"width_px": 64, "height_px": 64}
    return [
        store(model.project, png(64 + n, 64), name=f"{angle}.png", label=angle, output_key=angle, **of, **size)
        for n, angle in enumerate(params["camera_angles"])
    ]


def get_page_of(asset: Asset) -> str:
    return reverse("asset", args=[asset.project.slug, asset.pk])


def get_comparison(*assets: Asset) -> str:
    numbers = ",".join(str(asset.pk) for asset in assets)
    return f"{reverse('compare', args=[assets[0].project.slug])}?a={numbers}"


# --- By keys alone


def go_by_tab(page: Page, selector: str, *, at_most: int = 60) -> None:
    """Press Tab until the focus is there; wherever it is on the way, it is seen."""
    for _ in range(at_most):
        page.keyboard.press("Tab")
        assert page.evaluate(RING) == ""
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(
        f"{selector} was not reached; the focus is on {page.evaluate('document.activeElement.outerHTML')}"
    )


def test_a_file_is_worked_on_by_keys_alone(
    browser: Browser, live_server: LiveServer, owner: User, model: Asset, version: Asset
) -> None:
    window = open_window(browser, live_server, owner)
    page, keys = window.page, window.page.keyboard
    window.go(reverse("project", args=[model.project.slug]))
    keys.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    keys.press("Enter")
    page.locator("form[data-upload] [type=file]").evaluate(
        "(input) => input.addEventListener('click', () => document.body.setAttribute('data-asked', 'for a file'))"
    )
    keys.press("u")
    expect(page.locator("body")).to_have_attribute("data-asked", "for a file")

    # The sheet names the keys of this page, and the focus comes back from it
    go_by_tab(page, ".tile a, .tile-name")
    keys.press("?")
    sheet = page.get_by_role("dialog", name="Keys")
    expect(sheet).to_contain_text("Upload")
    keys.press("Escape")
    expect(sheet).to_be_hidden()

    window.go(get_page_of(version))
    expect(page.locator("patina-viewer.is-shown")).to_be_visible(timeout=VIEWER_WITHIN_MS)
    keys.press("3")
    expect(page.get_by_role("button", name="Back", exact=True)).to_have_class(re.compile("is-on"))
    keys.press("w")
    expect(page.get_by_role("button", name="Wire", exact=True)).to_have_attribute("aria-pressed", "true")

    # A remark with a pin in the middle of the model
    go_by_tab(page, "[data-pin-set]", at_most=90)
    keys.press("Enter")
    go_by_tab(page, "[data-pin-middle]", at_most=2)
    keys.press("Enter")
    expect(page.get_by_text("The pin is set.")).to_be_visible()
    keys.type("t is a letter here: too clean")
    go_by_tab(page, "[name=verdict]", at_most=1)
    keys.press("ArrowRight")
    go_by_tab(page, ".comment-box [type=submit]", at_most=4)
    keys.press("Enter")
    expect(page.locator(".said")).to_contain_text("t is a letter here")
    expect(page.locator(".pin-mark")).to_have_count(1)
    assert version.comments.get().verdict == Asset.Review.APPROVED

    # Retexture: the key, the words, Run
    page.evaluate("document.activeElement.blur()")
    keys.press("t")
    expect(page.get_by_role("heading", level=1, name="Retexture")).to_be_visible()
    expect(page.get_by_role("textbox", name="Style in words")).to_be_focused()
    keys.type("rusty iron")
    keys.press("Control+Enter")
    expect(page).to_have_url(re.compile(r"/tasks/\d+/"))
    assert Task.objects.get().params["text_style_prompt"] == "rusty iron"

    # Compare: the wipe by arrows
    window.go(get_comparison(model, version))
    wipe = page.get_by_role("slider", name="Wipe")
    expect(wipe).to_be_visible()
    keys.press("ArrowRight")
    expect(wipe).not_to_have_value("50")
    go_by_tab(page, "[data-compare-wipe]", at_most=80)
    before = float(wipe.input_value())
    keys.press("ArrowLeft")
    assert float(wipe.input_value()) < before
    assert window.complaints == []


def test_keys_that_are_switched_off_do_nothing(
    browser: Browser, live_server: LiveServer, owner: User, model: Asset
) -> None:
    owner.has_single_keys = False
    owner.save()
    window = open_window(browser, live_server, owner)
    page = window.page
    page.route("**/*.glb", lambda route: route.abort())
    window.go(get_page_of(model))
    address = page.url

    for key in ("t", "s", "?", "/", "c", "r"):
        page.keyboard.press(key)

    assert page.url == address
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    assert page.evaluate("document.activeElement === document.body") is True


# --- On a phone


def test_a_phone_shows_pictures_first_and_reaches_every_button(
    browser: Browser, live_server: LiveServer, owner: User, model: Asset, version: Asset, renders: list[Asset]
) -> None:
    window = open_window(browser, live_server, owner, width="phone", has_touch=True, is_mobile=True)
    page = window.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    window.go(reverse("project", args=[model.project.slug]))
    below_px = page.locator(".phone-bar").evaluate("(bar) => innerHeight - bar.getBoundingClientRect().bottom")
    assert below_px == pytest.approx(0, abs=1)
    page.locator(".tile-name a, a.tile-name").filter(has_text="robot").last.tap()
    expect(page.get_by_role("heading", level=1)).to_contain_text("robot")
    window.go(get_page_of(model))
    expect(page.get_by_role("button", name=re.compile("^Load model"))).to_be_visible()

    # The contact sheet leafs in the lightbox
    page.locator("[data-gallery] [data-slide]").first.tap()
    counter = page.locator(".pswp__counter")
    expect(counter).to_have_text(re.compile(r"1\s*/\s*3"))
    swipe(page)
    expect(counter).to_have_text(re.compile(r"2\s*/\s*3"))

    window.go(get_page_of(model))
    # The form's button stands above the bar
    page.get_by_role("link", name=re.compile("^Retexture")).tap()
    run = page.locator("[data-run]")
    expect(run).to_be_in_viewport()
    box = run.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert run.evaluate(
        "(run) => { const r = run.getBoundingClientRect();"
        "return run.contains(document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2)); }"
    )

    window.go(get_comparison(model, version))
    expect(page.get_by_role("link", name="Side by side")).to_be_hidden()
    page.get_by_role("link", name="Flip", exact=True).tap()
    page.get_by_role("button", name="Flip").tap()
    page.get_by_role("link", name="Wipe", exact=True).tap()
    expect(page.get_by_role("slider", name="Wipe")).to_be_visible()
    assert [url for url in asked if ".glb" in url or "model-viewer" in url] == []

    assert window.measure_overflow_px() <= 0
    assert window.complaints == []


def swipe(page: Page) -> None:
    """Move one finger from right to left over the middle of the window."""
    session = page.context.new_cdp_session(page)
    for kind, x in [("touchStart", 330), *[("touchMove", 330 - step * 40) for step in range(1, 7)], ("touchEnd", None)]:
        points = [] if x is None else [{"x": x, "y": 400}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


# --- As a viewer


def get_name(path: str) -> str:
    return resolve(path).url_name or ""


def test_a_viewer_meets_no_button_that_would_be_refused(
    browser: Browser, live_server: LiveServer, owner: User, viewer: User, model: Asset, renders: list[Asset]
) -> None:
    Comment.objects.create(asset=model, author=owner, text="Look at this.")
    failed = TaskFactory(project=model.project, created_by=owner, state=State.FAILED, error_code="timeout")
    done = renders[0].task
    assert done is not None
    window = open_window(browser, live_server, viewer)
    page = window.page
    page.route("**/*.glb", lambda route: route.abort())
    slug = model.project.slug
    addresses = [reverse(name, args=[slug]) for name in ("project", "project-members", "project-tasks")]
    addresses += [get_page_of(model), get_page_of(renders[0]), get_comparison(*renders[:2]), "/", reverse("tasks")]
    addresses += [reverse("task", args=[task.pk]) for task in (failed, done)]
    addresses += [f"{reverse('search')}?q=robot"]

    sent: set[str] = set()
    linked: set[str] = set()
    for address in addresses:
        window.go(address)
        sent |= set(page.evaluate(SENT))
        linked |= {url for url in page.evaluate(LINKED) if url.startswith(live_server.url)}
        expect(page.locator("[data-key=u], [data-key=t], [data-key=s], [data-drop-layer]")).to_have_count(0)

    assert {path for path in sent if RULES[get_name(path)].post not in MAY_BE_SENT_BY_A_VIEWER} == set()
    answers = {urlsplit(url).path: page.request.get(url).status for url in linked}
    assert {path: status for path, status in answers.items() if status >= 400} == {}
