"""Style sheets keep to docs/design-language.md: sizes of type and colours stand in patina.css, and nowhere else."""

import re
from pathlib import Path

import pytest
from django.conf import settings

CSS = Path(settings.BASE_DIR) / "static" / "css"
TOKENS = "patina.css"
BY_DJANGO_S_NAMES = "admin.css"  # test_admin_colours.py
SHEETS = sorted(path.name for path in CSS.glob("*.css") if path.name not in (TOKENS, BY_DJANGO_S_NAMES))
SIZE = re.compile(r"font-size:\s*([^;]+);")
WEIGHT = re.compile(r"font-weight:\s*([^;]+);")
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?|oklch)\(")
USED = re.compile(r"var\((--p-[a-z0-9-]+)")
TOLD = re.compile(r"^\s+(--p-[a-z0-9-]+):", re.MULTILINE)


def read(name: str) -> str:
    return re.sub(r"/\*.*?\*/", "", (CSS / name).read_text(), flags=re.DOTALL)


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_has_no_size_weight_or_colour_of_its_own(name: str) -> None:
    text = read(name)

    sizes = {size for size in SIZE.findall(text) if not re.fullmatch(r"var\(--p-text-[a-z]+\)|0|inherit", size)}
    assert sizes == set()
    assert set(WEIGHT.findall(text)) <= {"400", "500", "600", "inherit"}
    assert COLOUR.findall(text) == []


def test_every_token_that_is_used_is_told() -> None:
    told = set(TOLD.findall(read(TOKENS)))
    used = {
        token: path.name for path in CSS.glob("*.css") for token in USED.findall(read(path.name)) if token not in told
    }

    assert {token for token, name in used.items() if f"{token}:" not in read(name)} == set()


def test_the_type_scale_is_the_one_that_is_written_down() -> None:
    written = re.findall(
        r"`(--p-text-[a-z]+)` \| (\d+) \|", (Path(settings.BASE_DIR) / "docs" / "design-language.md").read_text()
    )
    told = re.findall(r"(--p-text-[a-z]+): ([\d.]+)rem;", read(TOKENS))

    assert [(name, float(size)) for name, size in written] == [(name, float(rem) * 16) for name, rem in told]


# --- Contrast -------------------------------------------------------------------------------------------------------

ENOUGH = 4.5
GROUNDS = {
    **dict.fromkeys(("ink", "ink-2", "ink-3", "accent-ink"), ("bg", "surface", "sunken", "hover")),
    **dict.fromkeys(("on-accent",), ("accent", "accent-hover", "danger", "danger-hover")),
    **{f"{tone}-ink": (f"{tone}-bg",) for tone in ("neutral", "active", "success", "warning", "danger")},
    "side-ink": ("side-bg", "side-on"),
}


def read_theme(theme: str) -> dict[str, str]:
    block = re.search(rf'^\[data-bs-theme="{theme}"\] {{(.*?)^}}', read(TOKENS), re.DOTALL | re.MULTILINE)
    assert block
    return dict(re.findall(r"--p-([a-z0-9-]+): (#[0-9a-f]{6});", block[1]))


def measure_light(colour: str) -> float:
    """Return a colour's relative luminance, as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_are_readable_on_every_ground_that_they_stand_on(theme: str) -> None:
    colours = read_theme(theme)
    pale = {}

    for ink, grounds in GROUNDS.items():
        for ground in grounds:
            low, high = sorted((measure_light(colours[ink]), measure_light(colours[ground])))
            if (ratio := (high + 0.05) / (low + 0.05)) < ENOUGH:
                pale[ink, ground] = round(ratio, 2)

    assert pale == {}
