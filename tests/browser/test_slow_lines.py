"""Pages that come in pieces over a slow line: what is painted first does not move when the rest is there."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests.browser.looking import SHIFT, Window, open_window
from tests.factories import UserFactory
from tests.full_house import build_house

pytestmark = pytest.mark.django_db(transaction=True)

SLOW = {"offline": False, "latency": 5, "downloadThroughput": 40_000, "uploadThroughput": 1_000_000}
"""Milliseconds and bytes per second: a page of 40 kB is read in some thirty pieces."""
SHIFT_MAX = 0.02


def test_no_page_moves_what_it_has_shown_when_the_rest_of_it_comes(browser: Browser, live_server: LiveServer) -> None:
    owner = UserFactory(username="ana", first_name="Ana", is_staff=True, is_superuser=True)
    house = build_house(owner, assets=6, tasks=6, members=3)
    slug = house.project.slug
    addresses = {
        "phone": [
            reverse("task", args=[house.tasks["succeeded"].pk]),
            reverse("project-members", args=[slug]),
            reverse("comments", args=[slug, house.model.pk]),
        ],
        "desktop": [
            reverse("tasks"),
            reverse("project-tasks", args=[slug]),
            reverse("admin:jobs_asset_changelist"),
        ],
    }

    moved = [
        text
        for width, several in addresses.items()
        for text in list_shifts(open_window(browser, live_server, owner, width=width), several)
    ]

    assert moved == []


def list_shifts(window: Window, addresses: list[str]) -> list[str]:
    """Return what moved on each page; its styles and scripts are kept by the browser from a first look."""
    for address in addresses:
        window.go(address)
    window.page.context.new_cdp_session(window.page).send("Network.emulateNetworkConditions", SLOW)
    problems = []
    for address in addresses:
        window.go(address)
        shift, moved = window.page.evaluate(SHIFT)
        problems += [f"{address} shifts by {shift:.3f}: {moved}"] if shift >= SHIFT_MAX else []
    return problems
