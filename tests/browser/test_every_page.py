"""Every page that the configuration of addresses knows, opened and looked at: a new page is looked at too.

What a page is opened with stands in `build_addresses`; an address that stands nowhere here fails the test. Each page is
looked at in both themes and both widths, in pairs that change from page to page (light and wide with dark and narrow,
then the other two); with PATINA_EVERY_LOOK=build/looks each in all four, and a picture of each is kept in that folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from dashboard import access
from dashboard.door import list_addresses
from jobs import invitations, sharing
from jobs.remote_tasks import RemotePage
from tests.browser.every_look import CUT_MENUS, look_in_every_way, look_twice
from tests.browser.looking import SHIFT, WIDTHS, Window, open_window
from tests.factories import UserFactory
from tests.full_house import House, build_house

pytestmark = pytest.mark.django_db(transaction=True)

NOT_PAGES = {
    *("poster", "light", "file", "file-map", "contact-sheet", "guest-poster", "guest-light", "guest-file"),  # bytes
    *("healthz", "robots", "vendor-notices", "tab-counts"),  # read by machines and scripts
    *("prompt-improved", "task-pair"),  # parts of a page
    *("share-preview", "password_change_done"),  # they lead on
    *("admin:autocomplete", "admin:jsi18n", "admin:view_on_site", "admin:jobs_asset_poster", "admin:jobs_task_export"),
    *("admin:jobs_circuit_test", "admin:jobs_circuit_resume", "admin:jobs_circuit_ask"),  # forms that are sent
    *(
        "admin:login",
        "admin:logout",
        "admin:password_change",
        "admin:password_change_done",
        "admin:auth_user_password_change",
    ),
    # the same page as that of jobs_task_retry, with other words
    *(
        "admin:jobs_task_recheck",
        "admin:jobs_task_fetch-files",
        "admin:jobs_task_cancel",
        "admin:jobs_task_mark-failed",
    ),
}
MADE_BY_DJANGO = ("_changelist", "_add", "_history", "_delete", "_change", "admin:", "admin:app_list")
"""Pages of the administration that Django makes from a model's columns: those that tasks are tended on are opened."""
EVERY_LOOK = os.environ.get("PATINA_EVERY_LOOK", "")
LOOKED_AT = ("queued", "running", "asked", "failed", "succeeded")
SHIFT_MAX = 0.1


def build_addresses(house: House) -> dict[str, list[str]]:
    """Return what is opened as the owner, by the name of the address; several where a page has several faces."""
    slug, model = house.project.slug, house.model.pk
    project, empty = reverse("project", args=[slug]), reverse("project", args=[house.empty.slug])
    chosen = f"?act=again&task={house.tasks['failed'].pk}"
    of_model = {name: [reverse(name, args=[slug, model])] for name in ("asset-actions", "asset-rename", "comments")}
    in_project = ["project-settings", "project-members", "shares", "share-new", "project-trash", "project-tasks"]
    in_project += ["upload"]
    plain = ["home", "tasks", "credits", "trash", "preferences", "references", "project-new", "password_change"]
    said = house.model.comments.get(author=house.owner).pk
    assets = [house.model, house.awaited, house.render, house.picture]
    return {
        **{name: [reverse(name)] for name in plain},
        **{name: [reverse(name, args=[slug])] for name in in_project},
        **of_model,
        "project": [project, f"{project}?q=zebra&kind=render", empty, reverse("project", args=[house.viewed.slug])],
        "asset": [reverse("asset", args=[slug, asset.pk]) for asset in assets],
        "compare": [f"{project}compare/?a={model},{house.picture.pk}", f"{project}compare/?a={model}"],
        "comment-edit": [reverse("comment-edit", args=[slug, model, said])],
        "share": [reverse("share", args=[slug, house.links["files"].pk])],
        "search": [f"{reverse('search')}?q=robot", f"{reverse('search')}?q=zebra"],
        "task": [reverse("task", args=[house.tasks[name].pk]) for name in LOOKED_AT],
        "task-new": [f"{project}new/triverse.model-remesh/?model_file={model}"],
        "tasks-chosen": [reverse("tasks-chosen") + chosen],
        "task-delete-at-vendor": [reverse("task-delete-at-vendor", args=[house.tasks["deletable"].pk])],
        "remote-tasks": [reverse("remote-tasks", args=["meshy"])],
        "remote-open": [reverse("remote-open", args=["meshy"])],
        "reference": [reverse("reference", args=["triverse.model-remesh"])],
        "not found": ["/nowhere/"],
        "forbidden": [reverse("upload", args=[house.viewed.slug])],
        "not allowed": [reverse("member-add", args=[slug])],
    }


def build_admin_addresses(house: House) -> dict[str, list[str]]:
    failed = house.tasks["failed"].pk
    lists = ["task", "asset", "circuit"]
    return {
        "admin:index": [reverse("admin:index")],
        "admin:jobs_health": [reverse("admin:jobs_health")],
        "admin:jobs_circuit_pause": [reverse("admin:jobs_circuit_pause", args=["meshy"])],
        "admin:jobs_task_change": [reverse("admin:jobs_task_change", args=[failed])],
        "admin:jobs_asset_change": [reverse("admin:jobs_asset_change", args=[house.model.pk])],
        **{f"admin:jobs_{name}_changelist": [reverse(f"admin:jobs_{name}_changelist")] for name in lists},
        "admin:jobs_task_retry": [f"{reverse('admin:jobs_task_retry')}?ids={failed}"],
    }


def build_open_addresses(house: House) -> dict[str, list[str]]:
    """Return what is opened without an account."""
    fronts = {name: reverse("guest", args=[sharing.make_token(link)]) for name, link in house.links.items()}
    files = [f"{fronts['files']}a/{asset.pk}/" for asset in (house.model, house.picture)]
    lost = urlsafe_base64_encode(force_bytes(house.owner.pk)), default_token_generator.make_token(house.owner)
    plain = ["login", "password_reset", "password_reset_done", "password_reset_complete"]
    return {
        **{name: [reverse(name)] for name in plain},
        "setup": [reverse("setup", args=["first"])],
        "password_reset_confirm": [reverse("password_reset_confirm", args=lost)],
        "join": [reverse("join", args=[invitations.build_token(house.invitation)]), reverse("join", args=["wrong"])],
        "guest": [fronts["gallery"], fronts["files"], fronts["locked"], fronts["ended"]],
        "guest-asset": files,
        "guest-compare": [fronts["compared"]],
    }


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr("jobs.remote_tasks.list_remote", lambda *_, page, **__: RemotePage([], page, has_next=False))
    monkeypatch.setattr("jobs.projects.get_setup_token", lambda: "first")
    owner = UserFactory(username="ana", first_name="Ana", is_staff=True, is_superuser=True)
    return build_house(owner, assets=6, tasks=6, members=3)


def test_every_page_of_members_is_named_stands_still_and_is_accessible(
    browser: Browser, live_server: LiveServer, house: House
) -> None:
    opened = {**build_addresses(house), **build_open_addresses(house), **build_admin_addresses(house)}
    assert list_unknown(set(opened)) == []

    window = open_window(browser, live_server, house.owner)

    assert look_at(window, build_addresses(house)) == []


def test_every_page_without_an_account_is_named_stands_still_and_is_accessible(
    browser: Browser, live_server: LiveServer, house: House
) -> None:
    window = open_window(browser, live_server)

    assert look_at(window, build_open_addresses(house)) == []


def test_every_page_that_tasks_are_tended_on_is_named_stands_still_and_is_accessible(
    browser: Browser, live_server: LiveServer, house: House
) -> None:
    window = open_window(browser, live_server, house.owner)

    assert look_at(window, build_admin_addresses(house)) == []


def list_unknown(opened: set[str]) -> list[str]:
    """Return the addresses that nobody has said how to open, and those that are spoken of and are not there."""
    names = {name for name, _ in list_addresses() if (rule := access.get_rule(name)) and rule.get}
    unknown = {name for name in names - opened - NOT_PAGES if not is_made_by_django(name)}
    return sorted(unknown | (NOT_PAGES - names))


def is_made_by_django(name: str) -> bool:
    return name.startswith("admin:") and name.endswith(MADE_BY_DJANGO)


def look_at(window: Window, pages: Mapping[str, list[str]]) -> list[str]:
    """Return what is wrong with the pages; each is loaded on a phone and on a desktop."""
    problems = []
    addresses = [address for several in pages.values() for address in several]
    for place, address in enumerate(addresses):
        found = open_in_every_width(window, address)
        found += look_in_every_way(window, keep_in=EVERY_LOOK) if EVERY_LOOK else look_twice(window, place)
        problems += [f"{address}: {text}" for text in found]
        window.complaints.clear()  # axe itself writes styles that the policy refuses
    return problems


def open_in_every_width(window: Window, address: str) -> list[str]:
    """Return what is wrong with the page while and after it loads."""
    problems = []
    for width, (wide, high) in reversed(WIDTHS.items()):
        window.page.set_viewport_size({"width": wide, "height": high})
        window.go(address)
        shift, moved = window.page.evaluate(SHIFT)
        problems += [f"shifts by {shift:.3f} {width}: {moved}"] if shift >= SHIFT_MAX else []
        problems += [f"the menu {name} opens over the edge {width}" for name in window.page.evaluate(CUT_MENUS)]
        problems += [f"{text} {width}" for text in window.complaints]
        window.complaints.clear()
    headings = window.page.locator("h1:visible").count()
    title = re.sub(r"^\(.*?\) ", "", window.page.title()).partition(" · ")[0].strip()
    problems += [] if headings == 1 else [f"has {headings} headings of the first level"]
    problems += [] if title and title != "Patina" else ["has no title of its own"]
    return problems
