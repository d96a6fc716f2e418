"""The main flow as a person does it, counted: one drag and eight clicks at most; typing is free."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests import made_models
from tests.browser.walking import DONE_WITHIN_MS, VIEWER_WITHIN_MS, drop, fetch, wait_for_model

pytestmark = [pytest.mark.engine, pytest.mark.slow]

DRAGS_MAX = 1
CLICKS_MAX = 8


@dataclass
class Hand:
    """What a person does with the page, with a list of every drag and click."""

    page: Page
    drags: list[str] = field(default_factory=list)
    clicks: list[str] = field(default_factory=list)

    def drag(self, path: Path, *, name: str) -> None:
        self.drags.append(name)
        drop(self.page, path, name=name)

    def click(self, role: str, name: str) -> None:
        self.clicks.append(name)
        found = self.page.locator("header, main").get_by_role(role, name=re.compile(f"^{name}"))  # type: ignore[arg-type]
        found.first.click(timeout=DONE_WITHIN_MS)

    def press(self, keys: str) -> None:
        """Press a key that stands for a click."""
        self.clicks.append(keys)
        self.page.keyboard.press(keys)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)


def wait_for_end(page: Page) -> Locator:
    """Watch the task on its page; nothing is pressed."""
    expect(page).to_have_url(re.compile(r"/tasks/\d+/"))
    pill = page.locator("#task-progress .pill")
    expect(pill).to_have_text(re.compile("Done|Failed"), timeout=DONE_WITHIN_MS)
    expect(pill).to_contain_text("Done")
    return pill


def test_from_a_dropped_file_to_a_shared_result_in_eight_clicks(
    keyed_page: Page, browser: Browser, tmp_path: Path
) -> None:
    page, hand = keyed_page, Hand(keyed_page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    path = made_models.write(tmp_path, "crate.glb", made_models.glb())

    # Upload: its page opens by itself, with the model
    hand.drag(path, name="crate.glb")
    wait_for_model(page)

    # Retexture: the words can be typed at once
    hand.click("link", "Retexture")
    expect(page.get_by_role("textbox", name="Style in words")).to_be_focused()
    hand.type("weathered oak")
    hand.press("Control+Enter")

    # Watch: the page says when it is done
    wait_for_end(page)

    # Compare
    hand.click("link", "Compare with v1")
    expect(page.get_by_role("slider", name="Wipe")).to_be_visible(timeout=VIEWER_WITHIN_MS)
    expect(page.get_by_role("row", name="Prompt")).to_contain_text("weathered oak")

    # Render: with what was chosen the last time
    hand.click("link", "Render views")
    hand.click("button", "Render views")
    wait_for_end(page)
    pictures = page.locator("#task-pictures [data-slide]")
    expect(pictures.first).to_be_visible()
    assert fetch(page, pictures.first.get_attribute("href") or "").startswith(b"\x89PNG")

    # Convert
    hand.click("link", "Convert")
    hand.click("button", "Convert")
    wait_for_end(page)
    expect(page.get_by_role("region", name="Files")).to_contain_text("FBX")

    # Share: the link is in the clipboard
    hand.click("link", "Share")
    expect(page.get_by_role("heading", name="The link is ready")).to_be_visible()
    expect(page.locator("[data-copy-word]")).to_have_text("Copied")
    address = page.evaluate("navigator.clipboard.readText()")
    assert address == page.locator("#share-address").inner_text()
    guest = browser.new_context().new_page()
    answer = guest.goto(address)
    assert answer is not None
    assert answer.status == 200
    expect(guest.locator("body")).to_contain_text("crate")
    guest.context.close()

    assert len(hand.drags) <= DRAGS_MAX
    assert len(hand.clicks) <= CLICKS_MAX
