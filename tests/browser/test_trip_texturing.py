"""New surfaces as a person gets them: from words, from a picture made of better words, and at Meshy, deleted there."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests import made_models
from tests.browser.walking import (
    DONE_WITHIN_MS,
    VIEWER_WITHIN_MS,
    drop,
    fetch,
    open_signed_in,
    run,
    wait_for_model,
)
from tests.site_process import SiteProcess

pytestmark = [pytest.mark.engine, pytest.mark.slow]

WISH = "a rusty iron ball"


@pytest.fixture
def page(keyed_page: Page) -> Page:
    return keyed_page


@pytest.fixture(scope="module")
def cube(keyed: SiteProcess, browser: Browser, keyed_state: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the page of a cube that was dropped on the gallery."""
    path = made_models.write(tmp_path_factory.mktemp("cube"), "cube.glb", made_models.glb())
    with open_signed_in(browser, keyed.base_url, keyed_state) as page:
        drop(page, path, name="my cube.glb")
        return page.url


def choose_model(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile("^Model ")).click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile(f"^{name}")).click()


def read_map(page: Page, label: str) -> Image.Image:
    """Return the texture map of that name on the open page, after checking that it is shown."""
    tile = page.get_by_role("region", name="Texture maps").get_by_role("link", name=f"Download the {label} map")
    expect(tile).to_be_visible()
    return Image.open(io.BytesIO(fetch(page, tile.get_attribute("href") or "")))


def open_account(page: Page, vendor_id: str) -> Locator:
    """Open the account's tasks from the side and return the row of that task, which may be missing."""
    page.get_by_role("link", name="Tasks at Meshy").click()
    expect(page.get_by_role("heading", level=1, name="Tasks at Meshy")).to_be_visible()
    return page.get_by_role("row").filter(has_text=vendor_id)


def open_by_id(page: Page, vendor_id: str) -> None:
    page.get_by_label("Open by vendor ID").fill(vendor_id)
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_role("heading", level=1, name=vendor_id)).to_be_visible()


def test_words_are_improved_and_drawn_and_the_picture_gives_a_model_its_surface(page: Page, cube: str) -> None:
    page.goto("/p/sample/")
    page.get_by_label("Start from words").click()
    page.get_by_role("link", name="Image generation").click()
    page.get_by_label("Prompt").fill(WISH)
    page.get_by_role("button", name="Improve prompt").click()
    page.get_by_role("button", name="Use this").click(timeout=DONE_WITHIN_MS)
    better = page.get_by_label("Prompt").input_value()
    assert WISH in better.lower()
    assert len(better) > len(WISH)
    page.get_by_role("spinbutton", name="Pictures").fill("1")
    run(page, "Generate")

    expect(page.get_by_role("region", name="Request")).to_contain_text(better)
    pictures = page.get_by_role("region", name="Pictures")
    expect(pictures.get_by_role("img")).to_have_count(1)
    pictures.get_by_label(re.compile("^Use .* as style image$")).click()
    pictures.get_by_role("link", name="Image to texture").click()
    expect(page.get_by_role("heading", level=1, name="Image to texture")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Style image (?!Choose)"))).to_be_visible()
    choose_model(page, "my cube v1")
    run(page, "Texture")

    expect(page.get_by_role("region", name="Request")).to_contain_text("/tasks/texture-model")
    expect(page.locator("model-viewer")).to_be_visible(timeout=VIEWER_WITHIN_MS)
    assert read_map(page, "Base color").format == "PNG"


def test_a_model_gets_the_surface_that_words_describe(page: Page, cube: str) -> None:
    page.goto(cube)
    page.get_by_role("main").get_by_role("link", name="Text to texture").click()
    page.get_by_label("Prompt").fill("polished gold")
    run(page, "Texture")

    request = page.get_by_role("region", name="Request")
    expect(request).to_contain_text("polished gold")
    expect(request).to_contain_text("/tasks/text-to-texture")
    expect(page.locator("model-viewer")).to_be_visible(timeout=VIEWER_WITHIN_MS)
    assert read_map(page, "Base color").format == "PNG"


def test_a_model_is_retextured_at_meshy_found_there_and_deleted_there(page: Page, cube: str) -> None:
    page.goto(cube)
    page.get_by_role("main").get_by_role("link", name="Retexture").click()
    page.get_by_role("textbox", name="Style in words").fill("weathered oak")
    page.get_by_role("switch", name="PBR maps").check()
    run(page, "Retexture")

    wait_for_model(page)
    for label in ("Base color", "Metallic", "Roughness", "Normal"):
        assert read_map(page, label).format == "PNG"
    task_address = page.url
    at_vendor = page.get_by_role("region", name="At Meshy")
    expect(at_vendor).to_contain_text("Was followed by")
    vendor_id = at_vendor.get_by_role("code").inner_text()

    row = open_account(page, vendor_id)
    expect(row).to_contain_text("weathered oak")
    expect(row).to_contain_text("Done")
    open_by_id(page, vendor_id)
    page.get_by_role("row").filter(has_text=vendor_id).get_by_role("link", name=re.compile("^Task ")).click()
    expect(page).to_have_url(task_address)

    at_vendor.get_by_role("link", name="Delete at Meshy").click()
    expect(page.get_by_text("Our copies stay.")).to_be_visible()
    page.get_by_label("Type the last 6 characters").fill(vendor_id[-6:])
    page.get_by_role("button", name="Delete at Meshy").click()
    expect(at_vendor).to_contain_text("Deleted at Meshy on")
    model = page.get_by_role("region", name="Files").get_by_label(re.compile("^Download .*glb$"))
    assert fetch(page, model.get_attribute("href") or "").startswith(b"glTF")
    assert read_map(page, "Base color").format == "PNG"
    expect(open_account(page, vendor_id)).to_have_count(0)
    open_by_id(page, vendor_id)
    expect(page.get_by_role("alert")).to_contain_text("What happened")
