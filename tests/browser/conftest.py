"""Chromium and the running product for browser tests."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.site_process import SiteProcess

# Sync Playwright keeps an event loop in the test's thread; the rows that tests make there are made without threads.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

OWNER = {"username": "ana", "password": "a-long-enough-passphrase"}


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    quiet = ["--disable-background-networking", "--disable-component-update", "--no-first-run", "--no-sandbox"]
    return {"executable_path": "/usr/bin/chromium", "args": quiet}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteProcess]:
    """The product, started once for all browser tests that need worker and sandbox; no account yet."""
    process = SiteProcess(tmp_path_factory.mktemp("site")).start()
    yield process
    assert process.stop() == 0
