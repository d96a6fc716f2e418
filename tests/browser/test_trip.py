"""The main job as a person does it: make an account, drop a model, remesh, convert and render it, look at what came."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image, ImageStat
from playwright.sync_api import Page, expect

from engine import client
from tests.browser.walking import drop, fetch, get_task_report, run, wait_for_model
from tests.site_process import SiteProcess

pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed, textured model made by the engine."""
    folder = tmp_path_factory.mktemp("model")
    return folder / client.run("sample", out=folder, options={"name": "closed_textured"})["file"]


def test_the_first_run_address_works_once(owner_page: Page, site: SiteProcess) -> None:
    answer = owner_page.goto(site.address)

    assert answer is not None
    assert answer.status == 404


def test_the_sample_project_shows_its_model(owner_page: Page) -> None:
    owner_page.goto("/p/sample/")
    owner_page.get_by_role("link", name="Robot", exact=True).last.click()

    wait_for_model(owner_page)


def test_a_dropped_model_is_remeshed_to_quads(owner_page: Page, site: SiteProcess, model: Path) -> None:
    drop(owner_page, model, name="quad me.glb")
    owner_page.get_by_role("main").get_by_role("link", name="Remesh").click()
    owner_page.get_by_role("spinbutton", name="Target faces").fill("2000")
    run(owner_page, "Remesh")

    wait_for_model(owner_page)
    output = get_task_report(site, owner_page)["outputs"][0]
    assert output["format"] == "fbx"
    assert output["facts"]["quads"] == pytest.approx(2000, rel=0.1)
    expect(owner_page.get_by_role("main")).to_contain_text("FBX cannot be shown in the browser")


def test_a_dropped_model_is_converted(owner_page: Page, site: SiteProcess, model: Path) -> None:
    drop(owner_page, model, name="convert me.glb")
    owner_page.get_by_role("main").get_by_role("link", name="Convert").click()
    owner_page.get_by_role("radiogroup", name="Target format").get_by_text("USDZ").click()
    run(owner_page, "Convert")

    wait_for_model(owner_page)
    output = get_task_report(site, owner_page)["outputs"][0]
    assert output["format"] == "usdz"
    assert output["facts"]["triangles"] > 0
    assert output["facts"]["textures"]


def test_a_dropped_model_is_rendered_and_its_pictures_leafed_through(
    owner_page: Page, site: SiteProcess, model: Path
) -> None:
    page = owner_page
    drop(page, model, name="render me.glb")
    page.get_by_role("main").get_by_role("link", name="Render views").click()
    for angle in ("Front", "Left"):
        page.get_by_role("main").get_by_text(angle, exact=True).click()
    page.get_by_role("radiogroup", name="Resolution").get_by_text("Other…").click()
    page.get_by_role("combobox", name="Resolution").fill("640x480")
    run(page, "Render views")

    pictures = page.locator("#task-pictures [data-slide]")
    expect(pictures).to_have_count(4)
    seen = {check_picture(fetch(page, tile.get_attribute("href") or "")) for tile in pictures.all()}
    assert len(seen) == 4

    pictures.first.click()
    caption = page.locator(".pswp__counter")  # of the style that is shown, not of the other two pictures
    expect(caption).to_have_text(re.compile(r"1\s*/\s*2"))
    page.keyboard.press("ArrowRight")
    expect(caption).to_have_text(re.compile(r"2\s*/\s*2"))
    page.keyboard.press("Escape")
    expect(page.locator(".pswp")).to_have_count(0)

    page.get_by_role("link", name="Open model").click()
    wait_for_model(page)
    expect(page.locator("[data-gallery] [data-slide]")).to_have_count(4)


def check_picture(data: bytes) -> str:
    """Return a mark of the picture, after checking that it is a PNG of the size asked for with something on it."""
    picture = Image.open(io.BytesIO(data))
    assert picture.format == "PNG"
    assert picture.size == (640, 480)
    assert max(ImageStat.Stat(picture.convert("L")).stddev) > 5
    return str(ImageStat.Stat(picture.convert("RGB").resize((16, 16))).mean) + str(len(data))
