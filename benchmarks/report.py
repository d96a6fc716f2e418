"""Measures and writes docs/performance.md: `python -m benchmarks.report [PART ...] [--no-run] [--more]`.

Without parts: all of them, in about a quarter of an hour. A part that is not measured now keeps what stands in the
page, so one can be measured again alone; `--no-run` takes up what lies in build/bench/ already. Files there that other
programs wrote in the same form (figures.Section) become sections as well.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.figures import FOLDER, ROOT, describe_machine

PAGE = ROOT / "docs" / "performance.md"
PARTS = ("in_flight", "lag", "submit_latency", "downloads", "pages", "first_view")
ORDER = (*PARTS, "torture")  # others follow by name
ALWAYS_WHOLE = ("submit_latency", "downloads", "pages", "first_view")  # parts without rarer cases
INTRODUCTION = (
    "# Performance\n\n"
    "Written by `make bench` (benchmarks/report.py) from measurements on one machine; `make bench ARGS=lag` measures "
    "one part again and leaves the others. Every part says when, on what and beside which load it was taken. Absolute "
    "times depend on the machine: compare the designs of one run with each other, not two runs.\n"
)
SECTION = re.compile(r"<!-- part: (\S+) -->\n(.*?)<!-- end of part -->\n", re.DOTALL)


def read_page(text: str) -> dict[str, str]:
    """Return the page's sections by their names, each as it stands."""
    return dict(SECTION.findall(text))


def build_page(sections: dict[str, str]) -> str:
    """Return the page with these sections, in their usual order."""
    names = [*(name for name in ORDER if name in sections), *sorted(sections.keys() - set(ORDER))]
    parts = [f"<!-- part: {name} -->\n{sections[name]}<!-- end of part -->\n" for name in names]
    return "\n".join([INTRODUCTION, *parts])


def build_section(content: dict[str, Any]) -> str:
    """Return a section's Markdown from what figures.Section saved."""
    taken = f"Taken {content['measured_at'].replace('T', ' ').replace('+00:00', '')} UTC in {content['took_s']} s"
    where = f"at {content['commit']} on {content['machine']}; load before: {content['load_before']}."
    pieces = [f"## {content['title']}", content["method"], f"{taken} {where}"]
    for table in content["tables"]:
        pieces += [table["caption"]] if table["caption"] else []
        pieces.append(build_table(table["head"], table["rows"]))
    if content["notes"]:
        pieces.append("\n".join(f"- {note}" for note in content["notes"]))
    return "\n\n".join(pieces) + "\n"


def build_table(head: list[str], rows: list[list[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(escape(cell) for cell in line)} |" for line in lines)


def escape(cell: Any) -> str:
    return str(cell).replace("|", "\\|")


def update(page: Path, folder: Path, names: set[str] | None = None) -> None:
    """Put the measurements that lie in `folder` into the page; `names` limits them. Other sections stay."""
    sections = read_page(page.read_text()) if page.exists() else {}
    for path in sorted(folder.glob("*.json")):
        if names is None or path.stem in names:
            sections[path.stem] = build_section(json.loads(path.read_text()))
    page.write_text(build_page(sections))


def run_part(name: str, *, more: bool) -> None:
    """Measure one part in a process of its own."""
    extra = ["--more"] if more and name not in ALWAYS_WHOLE else []
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *extra], cwd=ROOT, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; or the name of a file in build/bench/")
    parser.add_argument("--no-run", action="store_true", help="only write the page")
    parser.add_argument("--more", action="store_true", help="also the rarer cases of each part")
    options = parser.parse_args()
    wanted = options.parts or list(PARTS)
    print(describe_machine(), flush=True)
    for name in [] if options.no_run else [name for name in wanted if name in PARTS]:
        print(f"--- {name}", flush=True)
        run_part(name, more=options.more)
    update(PAGE, FOLDER, set(options.parts) or None)
    print(PAGE)


if __name__ == "__main__":
    main()
