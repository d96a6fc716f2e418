"""Make the pictures of README.md from a running product: `make screenshots`.

Starts the product on an empty data folder, makes the first account on the first-run page, runs operations on the
sample model and takes the gallery and the asset page. Also writes pages in both themes and both widths to
build/screenshots, to be looked at.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine import client
from tests.site_process import ROOT, SiteProcess

README_PICTURES = ROOT / "docs" / "pictures"
ALL_PICTURES = ROOT / "build" / "screenshots"
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
SAMPLES = {"many_parts": "abacus", "closed_textured": "pumpkin", "vertex_colors": "knot", "skinned": "flower"}
RUNS = (
    ("triverse.model-preview-render", "--set", "camera_angles=front,right,back,left,top,three-quarter"),
    ("triverse.model-remesh", "--set", "target_face_count=8000"),
    ("triverse.convert-model-format", "--set", "target_format=usdz"),
    ("triverse.text-to-texture", "--set", "text_prompt=brown leather with stitches, brass feet"),
    ("triverse.image-generation", "--set", "prompt=a robot of blue painted metal with gold", "--set", "image_count=2"),
    ("triverse.prompt-optimize", "--set", "user_input=old wooden robot"),
    ("meshy.retexture", "--set", "text_style_prompt=red and white knit", "--set", "enable_pbr=true"),
)
# The field that takes the sample model, where it is not model_file; None for operations without a file.
MODEL_FIELDS = {
    "triverse.text-to-texture": "model_url",
    "triverse.image-generation": None,
    "triverse.prompt-optimize": None,
    "meshy.retexture": "model_url",
}
PAGES = {
    "projects": "/",
    "gallery": "/p/sample/",
    "asset": "/p/sample/a/1/",
    "remesh": "/p/sample/new/triverse.model-remesh/?model_file=1",
    "render": "/p/sample/new/triverse.model-preview-render/?model_file=1",
    "task-pictures": "/tasks/1/",
    "task-model": "/tasks/2/",
    "task-texture": "/tasks/4/",
    "task-images": "/tasks/5/",
    "task-words": "/tasks/6/",
    "task-meshy": "/tasks/7/",
    "texture-model": "/p/sample/new/triverse.texture-model/?model_file=1",
    "retexture": "/p/sample/new/meshy.retexture/?model_url=1",
    "at-meshy": "/vendors/meshy/tasks/",
    "reference": "/reference/meshy.retexture/",
    "tasks": "/tasks/",
    "settings": "/p/sample/settings/",
    "trash": "/trash/",
}


def manage(site: SiteProcess, *arguments: str) -> None:
    done = site.manage(*arguments)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)}: {done.stdout}{done.stderr}")


def fill(site: SiteProcess, browser: Browser, folder: Path) -> Path:
    """Make the account and the content, and return the cookies of the signed-in person."""
    page = browser.new_context().new_page()
    page.goto(site.address)
    for name, value in {"username": "ana", "email": "ana@example.com", "password": "a-long-enough-passphrase"}.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1, name="Sample")).to_be_visible(timeout=60_000)
    page.context.storage_state(path=folder / "cookies.json")
    for key, *options in RUNS:
        field = MODEL_FIELDS.get(key, "model_file")
        files = ["--asset", f"{field}=1"] if field else []
        manage(site, "run_operation", key, "--project", "sample", "--wait", *files, *options)
    for name, title in SAMPLES.items():
        made = folder / client.run("sample", out=folder, options={"name": name})["file"]
        model = made.rename(folder / f"{title}.glb")
        files = ["--file", f"model_file={model}", "--set", "target_format=stl", "--wait"]
        manage(site, "run_operation", "triverse.convert-model-format", "--project", "sample", *files)
    return folder / "cookies.json"


def settle(page: Page) -> None:
    """Wait until pictures and the model are there."""
    page.wait_for_load_state("load")
    viewer = page.locator("patina-viewer[data-ask=no] model-viewer")
    if viewer.count():
        viewer.evaluate("(item) => item.loaded || new Promise((done) => item.addEventListener('load', done))")
        page.wait_for_timeout(1500)
    page.wait_for_timeout(500)


def take(site: SiteProcess, browser: Browser, cookies: Path) -> None:
    for theme in ("light", "dark"):
        for width, height in ((1440, 900), (390, 844)):
            context = browser.new_context(
                base_url=site.base_url,
                storage_state=cookies,
                color_scheme=theme,  # type: ignore[arg-type]
                viewport={"width": width, "height": height},
                reduced_motion="reduce",
            )
            page = context.new_page()
            page.set_default_timeout(90_000)
            for name, address in PAGES.items():
                page.goto(address)
                settle(page)
                page.screenshot(path=ALL_PICTURES / f"{name}-{theme}-{width}.png", full_page=width < 1000)
            context.close()


def main() -> None:
    for folder in (README_PICTURES, ALL_PICTURES):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        site = SiteProcess(Path(data) / "data").start()
        try:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
            take(site, browser, fill(site, browser, Path(data)))
            browser.close()
        finally:
            site.stop()
    for name, picture in (("gallery", "gallery-dark-1440"), ("asset", "asset-light-1440")):
        (README_PICTURES / f"{name}.png").write_bytes((ALL_PICTURES / f"{picture}.png").read_bytes())
    print(f"README pictures in {README_PICTURES}, all pages in {ALL_PICTURES}")


if __name__ == "__main__":
    main()
