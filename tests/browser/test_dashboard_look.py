"""How pages look and where they ask: menus and dialogs, the theme, the line about a vendor, no other hosts."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Route, expect
from pytest_django.live_server_helper import LiveServer

from jobs import circuit
from jobs.models import Circuit, Project, State, User
from tests.browser.looking import SHIFT, THEMES, open_window
from tests.factories import AssetFactory, MembershipFactory, ProjectFactory, TaskFactory, TaskInputFactory
from tests.stored import store_shown_cube

pytestmark = pytest.mark.django_db(transaction=True)

LONG = "A_very_long_name_without_any_spaces_exported_from_some_tool_v12_final_FINAL_really_final"


@pytest.fixture
def crowded(owner: User, project: Project) -> Project:
    """A project with everything that a gallery may have to show."""
    model = store_shown_cube(project, name=LONG, facts={"triangles": 48_210}, version=4)
    AssetFactory(project=project, name="waiting")
    AssetFactory(project=project, name="failed", preview="failed", preview_problem="It is broken.")
    AssetFactory(project=project, name="stl", preview="lacking", format="stl")
    AssetFactory(project=project, name=LONG, trashed_at=timezone.now())
    for number in range(4):
        AssetFactory(project=project, preview="lacking", created_at=timezone.now() - timedelta(days=number))
    for state in (State.QUEUED, State.WAITING, State.UNKNOWN, State.FAILED):
        task = TaskFactory(
            project=project, created_by=owner, state=state, note="Triverse is not answering. Your task waits safely."
        )
        TaskInputFactory(task=task, asset=model)
    TaskFactory(project=project, created_by=owner, state=State.RUNNING, progress_percent=62)
    MembershipFactory(project=project, user__username="somebody-with-a-rather-long-name-of-an-account")
    MembershipFactory(project=ProjectFactory(name=LONG[:80], slug="empty"), user=owner, role="owner")
    circuit.pause("triverse", actor=owner, reason=LONG)
    Circuit.objects.create(vendor="meshy", opened_at=timezone.now(), open_until=timezone.now() + timedelta(hours=1))
    MembershipFactory(project=ProjectFactory(name="Given up", trashed_at=timezone.now()), user=owner, role="owner")
    return project


PAGES = {
    "home": "/",
    "gallery": "/p/robots/",
    "nothing found": "/p/robots/?kind=render&q=zebra",
    "empty project": "/p/empty/",
    "settings": "/p/robots/settings/",
    "upload": "/p/robots/upload/",
    "trash": "/trash/",
    "new project": "/p/new/",
    "password": "/account/password/",
    "not found": "/nowhere/",
}
PAINTED = """() => new Promise((resolve) => new PerformanceObserver((list) => {
    if (list.getEntriesByName("first-contentful-paint").length) resolve();
}).observe({type: "paint", buffered: true}))"""
SEEN_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"


def test_the_line_about_a_vendor_comes_and_goes_while_the_page_is_open(
    browser: Browser, live_server: LiveServer, owner: User, staff: User
) -> None:
    window = open_window(browser, live_server, owner)
    lines = window.page.get_by_role("status").filter(has_text="is paused")
    window.go(PAGES["password"])  # nothing else on it asks for itself

    circuit.pause("triverse", actor=staff, reason="")
    window.page.evaluate(SEEN_AGAIN)
    expect(lines).to_have_count(1)
    circuit.resume("triverse", actor=staff)
    window.page.evaluate(SEEN_AGAIN)
    expect(lines).to_have_count(0)

    window.page.context.clear_cookies()
    circuit.pause("triverse", actor=staff, reason="")
    with window.page.expect_response("**/notices/") as asked:
        window.page.evaluate(SEEN_AGAIN)
    assert asked.value.status == 204
    # it does not lead to the sign-in: that would lose words
    expect(window.page).to_have_title(re.compile("^Change password"))
    assert window.complaints == []


def test_letters_that_come_late_move_nothing(
    browser: Browser, live_server: LiveServer, owner: User, crowded: Project
) -> None:
    window = open_window(browser, live_server, owner)
    held: list[Route] = []
    window.page.route("**/*.woff2", lambda route: held.append(route))
    window.page.goto(window.base_url + PAGES["gallery"], wait_until="domcontentloaded")
    window.page.evaluate(PAINTED)

    for route in held:
        with window.page.expect_request_finished(lambda request: request.url.endswith(".woff2")):
            route.continue_()
    window.page.evaluate("document.fonts.ready")

    shift, moved = window.page.evaluate(SHIFT)
    assert held
    assert (shift, moved) == (0, "")


@pytest.mark.parametrize("theme", THEMES)
def test_open_menus_dialogs_and_lists_are_accessible_too(
    browser: Browser, live_server: LiveServer, crowded: Project, owner: User, theme: str
) -> None:
    window = open_window(browser, live_server, owner, theme=theme)
    window.go(reverse("project", args=["robots"]))
    page = window.page

    page.locator(".tile-menu summary").first.click()
    with_menu = window.list_accessibility_problems()
    page.get_by_role("link", name="Rename").first.click()
    page.locator("dialog[open] input[name=name]").wait_for()
    with_dialog = window.list_accessibility_problems()

    assert (with_menu, with_dialog) == ([], [])


def test_the_chosen_theme_stays_and_comes_with_the_page(browser: Browser, live_server: LiveServer, owner: User) -> None:
    window = open_window(browser, live_server, owner, theme="light")
    window.go("/")
    page = window.page

    page.get_by_role("button", name="Use the dark theme").locator("visible=true").click()
    chosen = page.locator("html").get_attribute("data-bs-theme")
    source = page.request.get(live_server.url + "/").text()

    assert chosen == "dark"
    assert 'data-bs-theme="dark"' in source  # from the server: nothing flashes
    page.reload()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"


def test_without_a_choice_the_systems_theme_is_used(browser: Browser, live_server: LiveServer, owner: User) -> None:
    window = open_window(browser, live_server, owner, theme="dark")
    window.go("/")

    assert window.page.locator("html").get_attribute("data-bs-theme") == "dark"


def test_the_keyboard_skips_to_the_content(browser: Browser, live_server: LiveServer, owner: User) -> None:
    window = open_window(browser, live_server, owner)
    window.go("/")

    window.page.keyboard.press("Tab")
    window.page.keyboard.press("Enter")

    assert window.page.evaluate("document.activeElement.id") == "content"


def test_pages_ask_nothing_of_other_hosts(
    browser: Browser, live_server: LiveServer, crowded: Project, owner: User
) -> None:
    window = open_window(browser, live_server, owner)
    asked: list[str] = []
    window.page.on("request", lambda request: asked.append(request.url))

    for address in PAGES.values():
        window.go(address)

    assert len(asked) > len(PAGES)
    assert [url for url in asked if not url.startswith((live_server.url, "data:", "blob:"))] == []
