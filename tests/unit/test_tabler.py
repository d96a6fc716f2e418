"""Our part of Tabler (scripts/tabler.scss) holds every class of Tabler's that a template uses."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WHOLE = ROOT / "node_modules" / "@tabler" / "core" / "dist" / "css" / "tabler.min.css"
CLASS = re.compile(r"\.(-?[_a-zA-Z][\w-]*)")
SPOKEN = re.compile(r'class="([^"]*)"')
TEMPLATE_CODE = re.compile(r"{[{%].*?[%}]}")


def list_classes(*paths: Path) -> set[str]:
    return {name for path in paths for name in CLASS.findall(path.read_text())}


def test_no_template_uses_a_class_of_a_part_of_tabler_that_is_left_out() -> None:
    pages = [path for path in (ROOT / "templates").rglob("*.html") if "admin" not in path.parts]
    used = {
        name
        for path in pages
        for classes in SPOKEN.findall(TEMPLATE_CODE.sub(" ", path.read_text()))
        for name in classes.split()
    }
    ours = list_classes(ROOT / "static" / "vendor" / "tabler" / "tabler.css", *(ROOT / "static" / "css").glob("*.css"))

    assert "btn" in used
    assert sorted(used & list_classes(WHOLE) - ours) == []
