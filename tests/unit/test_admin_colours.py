"""The admin borrows Patina's colours under Django's names: each of them is one of patina.css."""

import re
from pathlib import Path

from django.conf import settings

COLOUR = re.compile(r"#[0-9a-f]{6}\b")


def read_colours(name: str) -> set[str]:
    return set(COLOUR.findall((Path(settings.BASE_DIR) / "static" / "css" / name).read_text().lower()))


def test_the_admin_has_no_colours_of_its_own() -> None:
    assert read_colours("admin.css") <= read_colours("patina.css")
