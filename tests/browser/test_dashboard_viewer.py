"""The 3D view in a real browser: it loads, turns, is never touched by what htmx brings, waits for a tap on phones."""

import re
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from jobs.glb_maps import read_maps
from jobs.models import Asset, Project, State, Task, User
from tests.browser.every_look import look_in_every_way
from tests.browser.looking import WIDTHS, Window, open_window
from tests.factories import TaskFactory, TaskInputFactory
from tests.made_models import cube_document, glb, png
from tests.stored import get_path, store, store_shown_cube
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

VIEWER_WITHIN_MS = 60_000
SOON_MS = 15_000
RENDER = "triverse.model-preview-render"


@pytest.fixture
def model(project: Project) -> Asset:
    return store_shown_cube(project, name="robot", facts={"triangles": 12, "vertices": 24})


def open_asset(browser: Browser, live_server: LiveServer, user: User, asset: Asset, **options: Any) -> Window:
    window = open_window(browser, live_server, user, **options)
    window.go(reverse("asset", args=[asset.project.slug, asset.pk]))
    return window


def wait_for_view(page: Page) -> Locator:
    expect(page.locator("patina-viewer.is-shown")).to_be_visible(timeout=VIEWER_WITHIN_MS)
    return page.locator("model-viewer")


def get_orbit(viewer: Locator) -> tuple[float, float]:
    """Return where the camera stands, in degrees around and from above, once it has come to rest."""
    found = viewer.evaluate(
        "(v) => { const o = v.getCameraOrbit(); return [o.theta, o.phi].map((r) => r * 180 / Math.PI); }"
    )
    return round(found[0] % 360), round(found[1])


def is_within(inner: Locator, outer: Locator) -> bool:
    small, large = inner.bounding_box(), outer.bounding_box()
    assert small is not None
    assert large is not None
    return small["x"] >= large["x"] and small["x"] + small["width"] <= large["x"] + large["width"]


def test_the_model_is_loaded_and_the_camera_goes_where_it_is_told(
    browser: Browser, live_server: LiveServer, owner: User, model: Asset
) -> None:
    window = open_asset(browser, live_server, owner, model)
    page = window.page

    viewer = wait_for_view(page)

    assert viewer.evaluate("(v) => v.loaded && v.getDimensions().x > 0") is True
    assert get_orbit(viewer) == (35, 72)
    places = {"Front": (0, 90), "Right": (270, 90), "Back": (180, 90), "Left": (90, 90), "Top": (0, 0)}
    for name, place in places.items():
        page.get_by_role("button", name=name, exact=True).click()
        assert get_orbit(viewer) == place, name
    page.keyboard.press("0")
    assert get_orbit(viewer) == (35, 72)
    page.keyboard.press("4")
    assert get_orbit(viewer) == (90, 90)
    page.get_by_label("Turntable").click()
    expect(page.get_by_label("Turntable")).to_have_attribute("aria-pressed", "true")
    page.locator("[data-viewer-light-menu] summary").click()
    for width in (1280, 1440, 1680):
        page.set_viewport_size({"width": width, "height": 900})
        assert is_within(page.locator(".viewer-light"), page.locator("patina-viewer")), width
    page.get_by_label("Brightness").fill("2")
    assert viewer.evaluate("(v) => v.exposure") == 2
    page.keyboard.press("Escape")
    wide, _ = WIDTHS["desktop"]
    page.set_viewport_size({"width": wide, "height": 720})
    page.evaluate("scrollTo(0, 300)")
    expect(page.locator("[data-viewer-stage]")).to_be_in_viewport(ratio=0.9)  # it stays while the panel is read
    assert window.list_accessibility_problems() == []
    assert window.complaints == []


def test_what_htmx_brings_never_touches_the_viewer(
    browser: Browser, live_server: LiveServer, owner: User, model: Asset
) -> None:
    task = TaskFactory(
        project=model.project,
        operation=RENDER,
        state=State.RUNNING,
        progress_percent=10,
        params={"camera_angles": ["front"], "enable_white_render": False},
    )
    TaskInputFactory(task=task, asset=model)
    window = open_asset(browser, live_server, owner, model)
    page = window.page
    viewer = wait_for_view(page)
    viewer.evaluate("(v) => { v.mark = 'mine'; v.loads = 0; v.addEventListener('load', () => v.loads++); }")
    page.get_by_role("button", name="Back", exact=True).click()
    expect(page.locator("#asset-renders .tile-hole")).to_have_count(1)

    Task.objects.filter(pk=task.pk).update(progress_percent=60)
    expect(page.locator("#asset-running progress")).to_have_attribute("value", "60", timeout=SOON_MS)
    store(
        model.project,
        png(64, 64),
        name="front.png",
        kind="render",
        task=task,
        output_key="front",
        parent=model,
        root=model,
        label="front",
        style="rgb",
        preview="ready",
    )
    Task.objects.filter(pk=task.pk).update(state=State.SUCCEEDED)

    expect(page.locator("#asset-renders [data-slide]")).to_have_count(1, timeout=SOON_MS)
    expect(page.locator("#asset-panel")).not_to_have_attribute("hx-trigger", re.compile("."))
    assert viewer.evaluate("(v) => [v.mark, v.loads]") == ["mine", 0]
    assert get_orbit(viewer) == (180, 90)
    assert window.complaints == []


def test_an_awaited_view_appears_by_itself(
    browser: Browser, live_server: LiveServer, owner: User, model: Asset
) -> None:
    Asset.objects.filter(pk=model.pk).update(preview="waiting", light_sha256="")
    window = open_asset(browser, live_server, owner, model)
    expect(window.page.get_by_text("Preparing the 3D view")).to_be_visible()

    Asset.objects.filter(pk=model.pk).update(preview="ready")

    wait_for_view(window.page)
    assert window.complaints == []


@pytest.mark.parametrize(("width", "size_bytes"), [("phone", None), ("desktop", 76_000_000)])
def test_phones_and_big_files_load_nothing_before_a_tap(
    browser: Browser, live_server: LiveServer, owner: User, model: Asset, width: str, size_bytes: int | None
) -> None:
    if size_bytes:
        Asset.objects.filter(pk=model.pk).update(light_size_bytes=size_bytes)
    asked: list[str] = []
    window = open_window(browser, live_server, owner, width=width)
    window.page.on("request", lambda request: asked.append(request.url))
    window.go(reverse("asset", args=["robots", model.pk]))
    button = window.page.get_by_role("button", name=re.compile("^Load model"))

    expect(button).to_be_visible()

    expect(window.page.locator("[data-viewer-poster]")).to_be_visible()
    assert not [url for url in asked if url.endswith(".glb") or "model-viewer" in url]
    button.click()
    wait_for_view(window.page)
    assert [url for url in asked if url.endswith(".glb")]


def test_without_webgl_poster_and_words_stay(
    browser: Browser, live_server: LiveServer, owner: User, model: Asset
) -> None:
    window = open_window(browser, live_server, owner)
    window.page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null;")

    window.go(reverse("asset", args=["robots", model.pk]))

    expect(window.page.get_by_text("3D is not available here")).to_be_visible()
    expect(window.page.locator("[data-viewer-poster]")).to_be_visible()


def test_a_model_that_cannot_be_fetched_is_explained_and_can_be_tried_again(
    browser: Browser, live_server: LiveServer, owner: User, model: Asset
) -> None:
    window = open_window(browser, live_server, owner)
    window.page.route("**/light/**", lambda route: route.abort())
    window.go(reverse("asset", args=["robots", model.pk]))
    expect(window.page.get_by_text("The model could not be shown")).to_be_visible(timeout=VIEWER_WITHIN_MS)

    window.page.unroute("**/light/**")
    window.page.get_by_role("button", name=re.compile("^Load model")).click()

    wait_for_view(window.page)


def measure(asset: Asset, *, uvs: str) -> Asset:
    """Write what the engine's step finds out about a model's maps."""
    asset.facts |= {"maps": {"file": "original", "materials": read_maps(get_path(asset.sha256))}}
    asset.uv_sha256 = uvs
    asset.save()
    return asset


def paint_cube(model: Asset, color: tuple[int, int, int], **columns: Any) -> Asset:
    """Store the same cube in another color as a version of the model."""
    document, binary = cube_document()
    start, picture = document["bufferViews"][3]["byteOffset"], png(colour=color)
    document["bufferViews"][3]["byteLength"] = len(picture)
    document["buffers"] = [{"byteLength": start + len(picture)}]
    content = glb(document, binary[:start] + picture)
    version = store(model.project, content, root=model, parent=model, preview="ready", **columns)
    return measure(version, uvs=model.uv_sha256)


def get_look(viewer: Locator) -> list[int]:
    """Return how bright the middle of the view is, red, green and blue, as the person sees it."""
    return viewer.evaluate(
        """async (viewer) => {
            for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
            const picture = await createImageBitmap(await viewer.toBlob({mimeType: "image/png", idealAspect: false}));
            const canvas = document.createElement("canvas");
            canvas.width = canvas.height = 1;
            const context = canvas.getContext("2d");
            // Beside the middle, where the wires of a cube cross
            context.drawImage(picture, picture.width * 0.56, picture.height * 0.48, 1, 1, 0, 0, 1, 1);
            return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
        }"""
    )


def wait_for_look(viewer: Locator, color: list[int]) -> None:
    """Wait until the view has been drawn in its new size and way."""
    wait_until(lambda: get_look(viewer) == pytest.approx(color, abs=3), within_s=SOON_MS / 1000)


def test_light_mode_and_maps_change_what_is_seen_and_go_along_to_another_version(
    browser: Browser, live_server: LiveServer, owner: User, model: Asset
) -> None:
    measure(model, uvs="a" * 64)
    rust = paint_cube(model, (20, 60, 220), name="rust", version=2)
    window = open_asset(browser, live_server, owner, model)
    page = window.page
    models: list[str] = []
    page.on("request", lambda request: models.append(request.url) if request.url.endswith(".glb") else None)
    viewer = wait_for_view(page)
    models.clear()
    lit = get_look(viewer)
    assert lit[0] > 2 * lit[2]  # red

    page.keyboard.press("1")
    page.get_by_role("button", name="Clay", exact=True).click()
    wait_until(lambda: max(get_look(viewer)) - min(get_look(viewer)) < 12)  # clay has no color
    page.keyboard.press("w")
    expect(page.get_by_role("button", name="Wire", exact=True)).to_have_attribute("aria-pressed", "true")
    wait_until(lambda: get_look(viewer)[0] > get_look(viewer)[2])  # the surface is seen between the wires

    page.keyboard.press("m")
    pane = page.get_by_role("region", name="Texture maps, flat")
    expect(pane.get_by_text("4 × 4 · PNG")).to_be_visible()
    wait_for_look(viewer, [200, 40, 40])  # the map as it is stored, without light
    pane.get_by_role("button", name="Zoom in").click()
    expect(pane.locator("canvas")).to_have_class(re.compile("is-close"))
    with page.expect_download() as download:
        pane.get_by_role("button", name="Download this map").click()
    assert download.value.suggested_filename == "robot_base_color.png"
    pane.get_by_role("button", name="Roughness").click()
    expect(pane.get_by_text("No roughness map. The material says 1 everywhere.")).to_be_visible()
    wait_for_look(viewer, [255, 255, 255])
    assert look_in_every_way(window) == []
    wide, high = WIDTHS["desktop"]
    page.set_viewport_size({"width": wide, "height": high})

    page.keyboard.press("m")
    page.get_by_role("group", name="Same mesh, maps of").get_by_role("button", name="v2").click()
    expect(page.get_by_text("Maps of v2 on this mesh")).to_be_visible()
    wait_until(lambda: get_look(viewer)[2] > 2 * get_look(viewer)[0])
    page.get_by_role("group", name="Same mesh, maps of").get_by_role("button", name="v1").click()
    expect(page.get_by_text("Maps of v2 on this mesh")).to_have_count(0)
    wait_until(lambda: get_look(viewer)[0] > 2 * get_look(viewer)[2])
    assert models == [], "no model was loaded again"

    page.locator("[data-viewer-light-menu] summary").click()
    page.get_by_role("radio", name="Evening").check()
    page.get_by_label("Brightness").fill("1.5")
    page.locator("[data-viewer-light-menu] summary").click()
    page.get_by_role("button", name="Clay", exact=True).click()
    page.locator("#content").focus()
    page.keyboard.press("]")
    page.wait_for_url(re.compile(f"/a/{rust.pk}/$"))
    viewer = wait_for_view(page)
    assert get_orbit(viewer) == (0, 90)
    assert viewer.get_attribute("environment-image").endswith("#evening.hdr")  # type: ignore[union-attr]
    assert viewer.evaluate("(v) => v.exposure") == 1.5
    assert page.get_by_role("button", name="Clay", exact=True).get_attribute("aria-pressed") == "true"
    assert page.get_by_role("radio", name="Evening", include_hidden=True).is_checked()
    assert window.complaints == []


def test_p_keeps_a_picture_of_the_view_among_the_renders(
    browser: Browser, live_server: LiveServer, owner: User, model: Asset
) -> None:
    window = open_asset(browser, live_server, owner, model)
    page = window.page
    wait_for_view(page)
    page.keyboard.press("3")

    page.keyboard.press("p")

    expect(page.get_by_text("robot back is in the gallery.")).to_be_visible()
    expect(page.locator("#asset-renders [data-slide]")).to_have_count(1)
    picture = Asset.objects.get(kind=Asset.Kind.RENDER)
    assert (picture.label, picture.style, picture.parent_id) == ("back", "view", model.pk)
    assert (picture.width_px or 0) > 300
    assert window.complaints == []
