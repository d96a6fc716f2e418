"""The admin borrows Patina's colours and sizes under Django's names: each of them is one of patina.css."""

import re
from pathlib import Path

from django.conf import settings

COLOUR = re.compile(r"#[0-9a-f]{6}\b")
SIZE = re.compile(r"(?:font-size|--p-text-[a-z]+): ([\d.]+rem)")


def read(pattern: re.Pattern[str], name: str) -> set[str]:
    return set(pattern.findall((Path(settings.BASE_DIR) / "static" / "css" / name).read_text().lower()))


def test_the_admin_has_no_colours_of_its_own() -> None:
    assert read(COLOUR, "admin.css") <= read(COLOUR, "patina.css")


def test_the_admin_has_no_sizes_of_its_own() -> None:
    assert read(SIZE, "admin.css") <= read(SIZE, "patina.css")
    assert read(SIZE, "admin.css")
