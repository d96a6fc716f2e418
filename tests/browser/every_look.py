"""One page, loaded once, looked at in both themes and both widths."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.browser.looking import THEMES, WIDTHS, Window

STOP_TRANSITIONS = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("*, *::before, *::after { transition: none !important; }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""
"""Else a color that is inherited passes from parent to child one frame after the other when the theme changes."""
NEXT_PICTURE = "() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))"
"""The page has then heard of its new theme and width."""
PAIRS = ((("light", "desktop"), ("dark", "phone")), (("light", "phone"), ("dark", "desktop")))
OF_COLOURS = ("color-contrast", "link-in-text-block")
"""The rules that another theme can break: the rest is the same page in the same width, and was asked of the first."""
CUTS_ITS_NAME = """() => {
    const name = document.querySelector("h1");
    return name !== null && name.scrollWidth > name.clientWidth && name.clientWidth < 180;
}"""

CUT_MENUS = """() => [...document.querySelectorAll("details.menu")].flatMap((menu) => {
    const was = menu.open;
    menu.open = true;
    const list = menu.querySelector(".menu-list");
    const { left, right } = list?.checkVisibility() ? list.getBoundingClientRect() : { left: 0, right: 0 };
    menu.open = was;
    return left < 0 || right > window.innerWidth + 0.5 ? [menu.querySelector("summary").textContent.trim()] : [];
})"""
"""The names of the menus that would open over the edge of the window; what is left of it cannot even be scrolled to."""


def look_in_every_way(window: Window, *, keep_in: str = "") -> list[str]:
    """Return what is wrong with the open page, each with the theme and width in which it is.

    Pictures of what is looked at are kept in the folder `keep_in`, if one is named.
    """
    problems = []
    window.page.evaluate(STOP_TRANSITIONS)
    for theme in THEMES:
        scheme: Any = theme
        window.page.emulate_media(color_scheme=scheme)
        if window.page.locator("html[data-bs-theme]").count():  # the administration's pages have Django's switch
            expect(window.page.locator("html")).to_have_attribute("data-bs-theme", theme)
        for width, (wide, high) in WIDTHS.items():
            window.page.set_viewport_size({"width": wide, "height": high})
            found = window.list_accessibility_problems(rules=() if theme == THEMES[0] else OF_COLOURS)
            overflow_px = window.measure_overflow_px()
            found += [f"wider than the window by {overflow_px} px"] if overflow_px > 0 else []
            found += ["the page's name is cut off"] if window.page.evaluate(CUTS_ITS_NAME) else []
            problems += [f"{window.page.url} {theme} {width}: {text}" for text in found]
            if keep_in:
                path = window.page.url.removeprefix(window.base_url).lower()
                name = re.sub(r"[^a-z0-9]+", "-", path).strip("-")[-60:] or "home"
                window.page.screenshot(path=Path(keep_in) / f"{name}.{width}.{theme}.png", full_page=True)
    return problems


def look_twice(window: Window, place: int) -> list[str]:
    """Return what is wrong with the open page, the `place`th of many alike, in two of the four looks in turn."""
    problems = []
    window.page.evaluate(STOP_TRANSITIONS)
    for theme, width in PAIRS[place % 2]:
        scheme: Any = theme
        wide, high = WIDTHS[width]
        window.page.emulate_media(color_scheme=scheme)
        window.page.set_viewport_size({"width": wide, "height": high})
        window.page.evaluate(NEXT_PICTURE)
        overflow_px = window.measure_overflow_px()
        found = window.list_accessibility_problems()
        found += [f"wider than the window by {overflow_px} px"] if overflow_px > 0 else []
        problems += [f"{theme} {width}: {text}" for text in found]
    return problems
