"""Chromium and the running product for browser tests."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looking import close_windows
from tests.site_process import SiteProcess

# Sync Playwright keeps an event loop in the test's thread; the rows that tests make there are made without threads.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

OWNER = {"username": "ana", "email": "ana@example.com", "password": "a-long-enough-passphrase"}


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    quiet = ["--disable-background-networking", "--disable-component-update", "--no-first-run", "--no-sandbox"]
    return {"executable_path": "/usr/bin/chromium", "args": quiet}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteProcess]:
    """The product, started once for all browser tests that need worker and sandbox."""
    process = SiteProcess(tmp_path_factory.mktemp("site")).start()
    yield process
    assert process.stop() == 0


@pytest.fixture(scope="session")
def owner_state(site: SiteProcess, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first account, made on the first-run page as a person makes it; its cookies as Playwright keeps them."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.address)
    for name, value in OWNER.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1, name="Sample")).to_be_visible(timeout=90_000)
    kept = tmp_path_factory.mktemp("cookies") / "owner.json"
    context.storage_state(path=kept)
    context.close()
    return kept


def note_violation(text: str, complaints: list[str]) -> None:
    if "Content Security Policy" in text:
        complaints.append(text)


@pytest.fixture
def owner_page(site: SiteProcess, browser: Browser, owner_state: Path) -> Iterator[Page]:
    """A page in which the owner is signed in; it notes what the browser complains of."""
    context = browser.new_context(
        base_url=site.base_url,
        storage_state=owner_state,
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


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown() -> None:
    """Close a test's windows before its rows go: pages ask again every two seconds."""
    close_windows()
