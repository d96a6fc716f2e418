"""What a person does in the running product, again and again: sign in, drop a file, start a task, see its model."""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from playwright.sync_api import Browser, Locator, Page, expect

from tests.site_process import SiteProcess

OWNER = {"username": "ana", "email": "ana@example.com", "password": "a-long-enough-passphrase"}
DONE_WITHIN_MS = 180_000
VIEWER_WITHIN_MS = 60_000

DROP = """([element, bytes, name]) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], name));
    for (const type of ["dragenter", "dragover", "drop"])
        element.dispatchEvent(new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


def make_first_account(browser: Browser, address: str, *, kept: Path) -> Path:
    """Make the first account on the first-run page as a person makes it, and keep its cookies."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    for name, value in OWNER.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1, name="Sample")).to_be_visible(timeout=90_000)
    context.storage_state(path=kept)
    context.close()
    return kept


def note_violation(text: str, complaints: list[str]) -> None:
    if "Content Security Policy" in text:
        complaints.append(text)


@contextmanager
def open_signed_in(browser: Browser, base_url: str, state: Path) -> Iterator[Page]:
    """Open a page with those cookies; it is over without a complaint of the browser."""
    context = browser.new_context(
        base_url=base_url,
        storage_state=state,
        viewport={"width": 1440, "height": 900},
        reduced_motion="reduce",
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: note_violation(message.text, complaints))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []
    context.close()


def drop(page: Page, path: Path, *, name: str) -> None:
    """Drop a file on the gallery; the page of the asset that it became opens by itself."""
    page.goto("/p/sample/")
    page.evaluate(DROP, [page.locator("body").element_handle(), base64.b64encode(path.read_bytes()).decode(), name])
    expect(page.get_by_role("heading", level=1, name=Path(name).stem)).to_be_visible()


def run(page: Page, verb: str) -> None:
    """Send the open form, whose button says its price too, and wait on the task's page for its end."""
    page.get_by_role("main").get_by_role("button", name=re.compile(rf"^{verb}( ·|$)")).click()
    expect(page).to_have_url(re.compile(r"/tasks/\d+/"))
    expect(page.locator("#task-progress .pill")).to_have_text(re.compile("Done|Failed"), timeout=DONE_WITHIN_MS)
    expect(page.locator("#task-progress .pill")).to_contain_text("Done")


def wait_for_model(page: Page) -> Locator:
    """Wait for the picture of the model itself: model-viewer says that it has loaded."""
    viewer = page.locator("model-viewer")
    expect(viewer).to_be_visible(timeout=VIEWER_WITHIN_MS)
    loaded = viewer.evaluate(
        """(viewer) => viewer.loaded || new Promise((resolve, reject) => {
            viewer.addEventListener("load", () => resolve(true));
            viewer.addEventListener("error", (event) => reject(new Error(event.detail?.type)));
        })"""
    )
    assert loaded is True
    assert viewer.evaluate("(viewer) => viewer.getDimensions().x") > 0
    return viewer


def fetch(page: Page, address: str) -> bytes:
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    answer = requests.get(requests.compat.urljoin(page.url, address), cookies=cookies, timeout=30)
    assert answer.status_code == 200
    return answer.content


def get_task_report(site: SiteProcess, page: Page) -> dict:
    """Return what the database says of the open task's outputs, with their facts."""
    number = page.url.rstrip("/").rpartition("/")[2]
    code = (
        "import json; from jobs.models import Task; from jobs.reports import build_report;"
        f"print(json.dumps(build_report(Task.objects.get(pk={number}))))"
    )
    done = site.manage("shell", "--no-imports", "--command", code)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
