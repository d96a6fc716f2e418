"""A link is made with one click and opens for a guest: 3D, comparison, password, and nothing where it is over."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from jobs import sharing
from jobs.models import Asset, Project, ShareLink, User
from tests.browser.every_look import look_in_every_way
from tests.browser.looking import Window, open_window
from tests.integration.sharing.links import PASSWORD, get_front, make_link
from tests.made_models import png
from tests.stored import store, store_shown_cube

pytestmark = pytest.mark.django_db(transaction=True)

VIEWER_WITHIN_MS = 60_000


@pytest.fixture
def model(project: Project) -> Asset:
    return store_shown_cube(project, name="robot", facts={"triangles": 12, "vertices": 24})


def wait_for_3d(window: Window) -> None:
    expect(window.page.locator(".guest-viewer.is-shown")).to_be_visible(timeout=VIEWER_WITHIN_MS)


def test_one_click_shares_a_file_and_the_guest_turns_it_in_3d(
    browser: Browser, live_server: LiveServer, editor: User, model: Asset
) -> None:
    member = open_window(browser, live_server, editor)
    member.go(reverse("asset", args=[model.project.slug, model.pk]))

    member.page.get_by_role("link", name="Share", exact=True).click()

    expect(member.page.get_by_role("heading", name="The link is ready")).to_be_visible()
    address = member.page.locator("#share-address").inner_text()
    assert ShareLink.objects.count() == 1

    guest = open_window(browser, live_server)
    guest.page.goto(address)
    wait_for_3d(guest)
    guest.page.get_by_role("button", name="Back", exact=True).click()
    expect(guest.page.get_by_role("button", name="Back", exact=True)).to_have_class("tool is-on")
    guest.page.get_by_label("Shown as").select_option("clay")
    assert look_in_every_way(guest) == []
    assert guest.complaints + member.complaints == []


def test_a_phone_fetches_no_model_before_a_tap(browser: Browser, live_server: LiveServer, model: Asset) -> None:
    link = make_link(model.project, model)
    guest = open_window(browser, live_server, width="phone", has_touch=True, is_mobile=True)
    fetched: list[str] = []
    guest.page.on("request", lambda request: fetched.append(request.url))

    guest.go(get_front(link))
    expect(guest.page.get_by_role("button", name="View in 3D")).to_be_visible()

    assert [address for address in fetched if ".glb" in address or "model-viewer" in address] == []
    guest.page.get_by_role("button", name="View in 3D").tap()
    wait_for_3d(guest)


def test_walls_comparisons_passwords_and_ends(
    browser: Browser, live_server: LiveServer, editor: User, model: Asset
) -> None:
    picture = store(model.project, png(40, 30), name="moss.png", preview=Asset.Preview.READY)
    wall = make_link(model.project, model, picture, rights=sharing.RIGHTS, user=editor, title="For Ana")
    pictures = [store(model.project, png(40, 30, (place * 80, 90, 90)), name=f"{place}.png") for place in range(2)]
    compared = make_link(model.project, *pictures, scope="comparison", rights=sharing.RIGHTS, mode="side")
    locked = make_link(model.project, password=PASSWORD)
    guest = open_window(browser, live_server)
    page = guest.page

    guest.go(get_front(wall))
    button = page.get_by_role("button", name="Compare")
    expect(button).to_be_hidden()
    page.get_by_label("Compare robot").check()
    expect(button).to_be_disabled()
    page.get_by_label("Compare moss").check()
    expect(page.get_by_text("2 chosen")).to_be_visible()
    assert look_in_every_way(guest) == []
    button.click()
    expect(page.locator("patina-compare")).to_be_visible()

    guest.go(get_front(compared))
    expect(page.locator("patina-compare")).to_be_visible()

    guest.go(get_front(locked))
    page.get_by_label("Password").fill("a wrong one")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_text("That is not the password")).to_be_visible()
    assert look_in_every_way(guest) == []
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="Gallery")).to_be_visible()

    sharing.revoke_link(locked, now=timezone.now())
    page.reload()
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    assert guest.complaints == []
