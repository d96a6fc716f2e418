"""A browser window for tests: signed in, in one theme and width, that remembers what the console complained about."""

import threading
from dataclasses import dataclass, field
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from jobs.models import User
from tests.conftest import sign_in

expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong

WIDTHS = {"desktop": (1440, 900), "phone": (390, 844)}
ASK_AXE = "async (options) => (await axe.run(document, options)).violations"
SHIFT = """() => new Promise((resolve) => {
    let sum = 0;
    const moved = [];
    const write = ({x, y, width, height}) => [x, y, width, height].map(Math.round).join(",");
    const observer = new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
        if (entry.hadRecentInput) return;  // the window was made wider or narrower just then
        sum += entry.value;
        moved.push(...entry.sources.map(({node, previousRect, currentRect}) =>
            `${(node?.cloneNode().outerHTML ?? "").slice(0, 100)} ${write(previousRect)} to ${write(currentRect)}`));
    }));
    observer.observe({type: "layout-shift", buffered: true});
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve([sum, moved.join(" ")]))));
})"""
"""Gives by how much the page has shifted since it began, and what moved."""
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@dataclass
class Window:
    """One page of a browser; `complaints` are errors of the console and of scripts."""

    page: Page
    base_url: str
    complaints: list[str] = field(default_factory=list)

    def go(self, address: str) -> None:
        self.page.goto(self.base_url + address)

    def list_accessibility_problems(self, *, rules: tuple[str, ...] = ()) -> list[str]:
        """Return what axe finds: by all of its rules, or by those named."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(Axe().axe_script)
        only = {"runOnly": list(rules)} if rules else {}
        found = self.page.evaluate(ASK_AXE, {"resultTypes": ["violations"], **only})
        return [f"{item['id']}: {node['html'][:160]}" for item in found for node in item["nodes"]]

    def measure_overflow_px(self) -> int:
        """Return by how much the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))


_opened: list[BrowserContext] = []
ANSWERED_WITHIN_S = 10


def open_window(
    browser: Browser,
    server: LiveServer,
    user: User | None = None,
    *,
    theme: str = "light",
    width: str = "desktop",
    **options: Any,
) -> Window:
    wide, high = WIDTHS[width]
    size: Any = {"width": wide, "height": high}
    scheme: Any = theme
    context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce", **options)
    _opened.append(context)
    if user is not None:
        session = sign_in(user).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": server.url}])
    window = Window(context.new_page(), server.url)
    window.page.on("console", lambda message: note_complaint(window, message.type, message.text))
    window.page.on("pageerror", lambda error: window.complaints.append(str(error)))
    return window


def close_windows() -> None:
    """Close what a test opened and wait for the server's last answers, so that none asks rows that are gone."""
    while _opened:
        _opened.pop().close()
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(ANSWERED_WITHIN_S)


def note_complaint(window: Window, kind: str, text: str) -> None:
    """Keep errors; the browser's own line about an answer's status is no mistake of a page."""
    if kind == "error" and not text.startswith("Failed to load resource"):
        window.complaints.append(text)
