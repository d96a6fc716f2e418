"""Chromium and the running product for browser tests."""

import os
from collections.abc import Iterator
from ctypes.util import find_library
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.looking import close_windows
from tests.browser.walking import make_first_account, open_signed_in
from tests.sandbox_process import SandboxProcess
from tests.site_process import SiteProcess

# Sync Playwright keeps an event loop in the test's thread; the rows that tests make there are made without threads.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


MADE_UP_KEY = "a-made-up-key"
QUIET = ["--disable-background-networking", "--disable-component-update", "--no-first-run", "--no-sandbox"]
PAINTED_BY_SKIA = ["--disable-gpu-compositing"]
"""Without a graphics card OpenGL in software would put every page together: of gallery and viewer 281 CPU s, so 168."""
MESA = ["--use-gl=angle", "--use-angle=gl-egl", "--ignore-gpu-blocklist"]
"""WebGL by Mesa's software renderer: a page with a model costs 6 CPU seconds, with Chromium's own it costs 14."""


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    has_mesa = find_library("EGL") is not None and find_library("EGL_mesa") is not None
    return {
        "executable_path": "/usr/bin/chromium",
        "args": [*QUIET, *PAINTED_BY_SKIA, *(MESA if has_mesa else [])],
        "env": {**os.environ, "LIBGL_ALWAYS_SOFTWARE": "1"},
    }


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteProcess]:
    """The product, started once for all browser tests that need worker and sandbox."""
    process = SiteProcess(tmp_path_factory.mktemp("site")).start()
    yield process
    assert process.stop() == 0


@pytest.fixture(scope="session")
def owner_state(site: SiteProcess, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first account's cookies as Playwright keeps them."""
    return make_first_account(browser, site.address, kept=tmp_path_factory.mktemp("cookies") / "owner.json")


@pytest.fixture
def owner_page(site: SiteProcess, browser: Browser, owner_state: Path) -> Iterator[Page]:
    """A page in which the owner is signed in; it notes what the browser complains of."""
    with open_signed_in(browser, site.base_url, owner_state) as page:
        yield page


@pytest.fixture(scope="session")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteProcess]:
    """The product with keys, as a team runs it; at the vendors' addresses a sandbox gives small results at once."""
    folder = tmp_path_factory.mktemp("keyed")
    sandbox = SandboxProcess(folder / "sandbox").start()
    triverse = {"TRIVERSE_API_KEY": MADE_UP_KEY, "TRIVERSE_BASE_URL": sandbox.triverse_url}
    meshy = {"MESHY_API_KEY": MADE_UP_KEY, "MESHY_BASE_URL": sandbox.base_url}
    site = SiteProcess(folder / "data", **triverse, **meshy).start()
    yield site
    assert site.stop() == 0
    sandbox.stop()


@pytest.fixture(scope="session")
def keyed_state(keyed: SiteProcess, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_first_account(browser, keyed.address, kept=tmp_path_factory.mktemp("cookies") / "owner.json")


@pytest.fixture
def keyed_page(keyed: SiteProcess, browser: Browser, keyed_state: Path) -> Iterator[Page]:
    with open_signed_in(browser, keyed.base_url, keyed_state) as page:
        yield page


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown() -> None:
    """Close a test's windows before its rows go: pages ask again every two seconds."""
    close_windows()
