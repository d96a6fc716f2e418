"""Lists in a large installation beside a small one: `python -m benchmarks.pages [--assets 100000] [--tasks 20000]`.

Both are made by `manage.py demo_data` (kept in build/bench/ and used again). Results: build/bench/pages.json
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from benchmarks.figures import FOLDER, ROOT, Section

SMALL = (100, 20)
ROUNDS = 41
WARM_UPS = 3
LIST_PAGES = {
    "projects": "/",
    "gallery": "/p/{project}/",
    "gallery, models": "/p/{project}/?kind=model",
    "gallery, oldest first": "/p/{project}/?sort=oldest",
    "gallery, by name": "/p/{project}/?sort=name",
    "gallery, largest first": "/p/{project}/?sort=size",
    "gallery, searched": "/p/{project}/?q=robot",
    "gallery, starred": "/p/{project}/?star=1",
    "gallery, picks": "/p/{project}/?pick=1",
    "gallery, reviewed": "/p/{project}/?review=approved",
    "gallery, tagged": "/p/{project}/?tag=shelf",
    "gallery, by one person": "/p/{project}/?person={person}",
    "gallery, of a vendor": "/p/{project}/?vendor=triverse",
    "gallery, of a format": "/p/{project}/?format=glb",
    "gallery, three filters and an order": "/p/{project}/?kind=model&tag=shelf&q=robot&sort=name",
    "trash": "/trash/",
    "trash of a project": "/p/{project}/trash/",
    "search": "/search/?q=robot",
    "search, files": "/search/?q=robot&in=files",
    "search, tasks": "/search/?q=robot&in=tasks",
    "my tasks": "/tasks/",
    "my tasks, need attention": "/tasks/?show=attention",
    "my tasks, done": "/tasks/?show=done",
    "my tasks, searched": "/tasks/?q=robot",
    "tasks of a project": "/p/{project}/tasks/",
    "tasks of a project, filtered": "/p/{project}/tasks/?show=done&person={person}&vendor=triverse",
    "credits": "/credits/",
    "members and invitations": "/p/{project}/members/",
    "share links": "/p/{project}/shares/",
    "comments": "/p/{project}/a/{asset}/comments/",
    "compare with": "/p/{project}/compare/?a={asset}",
    "form of a task": "/p/{project}/new/triverse.text-to-texture/",
    "guest's gallery": "/s/{guest}/",
    "polled: gallery": "/p/{project}/#part",
    "polled: my tasks": "/tasks/#part",
    "polled: tasks of a project": "/p/{project}/tasks/#part",
    "polled: comments": "/p/{project}/a/{asset}/comments/#part",
    "polled: tab counts": "/tasks/counts/",
    "polled: notices": "/notices/",
    "admin: start": "/admin/",
    "admin: tasks": "/admin/jobs/task/",
    "admin: tasks, done": "/admin/jobs/task/?state__exact=succeeded",
    "admin: tasks, searched, filtered": "/admin/jobs/task/?q=robot&project={project}&vendor=triverse&open=no",
    "admin: files": "/admin/jobs/asset/",
    "admin: files, searched, filtered": "/admin/jobs/asset/?q=robot&kind__exact=model",
    "admin: projects": "/admin/jobs/project/",
    "admin: memberships": "/admin/jobs/membership/",
    "admin: memberships, searched": "/admin/jobs/membership/?q=shelf&role__exact=viewer",
    "admin: invitations": "/admin/jobs/invitation/",
    "admin: links": "/admin/jobs/sharelink/?standing=open",
    "admin: events": "/admin/jobs/taskevent/",
    "admin: events, of a kind": "/admin/jobs/taskevent/?kind__exact=state&state=succeeded",
    "admin: comments": "/admin/jobs/comment/",
    "admin: tags": "/admin/jobs/tag/",
    "admin: stars": "/admin/jobs/star/",
    "admin: words": "/admin/jobs/searchword/",
    "admin: users": "/admin/jobs/user/",
    "admin: queue": "/admin/django_q/ormq/",
    "admin: queue, successes": "/admin/django_q/success/",
    "admin: sign-ins": "/admin/axes/accesslog/",
}
METHOD = (
    "Two installations on SQLite made by `manage.py demo_data`, both with the same newest rows on top, which fill a "
    "page of each list (benchmarks/list_rows.py), each asked in a process of its own through Django's client (all "
    "middleware, view and template; no network). Rounds are interleaved: small, large, small, large; the "
    "time is the median over {rounds} rounds, the ratio is large by small, of the time on the clock and of the CPU's ("
    "the database's with it), which other work on the machine lengthens less. Bytes are of the page before compression."
)


@dataclass
class Installation:
    """One data folder and the process that asks its pages."""

    folder: Path
    assets: int
    tasks: int

    def __enter__(self) -> Self:
        self.env = os.environ | {
            "PATINA_DATA_DIR": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
            "LOG_LEVEL": "ERROR",
        }
        self.prepare()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.page_cost"],
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=30)

    def prepare(self) -> None:
        """Make the data once; a later run brings only the tables up to date."""
        self.manage("migrate", "--verbosity", "0")
        if not (self.folder / "made").exists():
            self.make()
        self.run("-m", "benchmarks.list_rows")

    def make(self) -> None:
        person = {"DJANGO_SUPERUSER_PASSWORD": "a-long-enough-passphrase"}
        self.manage("createsuperuser", "--noinput", "--username", "bench", "--email", "b@example.com", **person)
        self.manage("demo_data", "--assets", str(self.assets), "--tasks", str(self.tasks))
        (self.folder / "made").touch()

    def manage(self, *words: str, **extra: str) -> None:
        self.run("manage.py", *words, **extra)

    def run(self, *words: str, **extra: str) -> None:
        subprocess.run([sys.executable, *words], cwd=ROOT, env=self.env | extra, check=True)

    def ask(self, address: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(address, file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{address}: the process that asks for pages has ended.")
        return json.loads(line)


@dataclass(frozen=True)
class Row:
    """One page, small and large."""

    name: str
    small: list[dict[str, Any]]
    large: list[dict[str, Any]]

    @property
    def ratio(self) -> float:
        return self.get_median_ms(self.large) / self.get_median_ms(self.small)

    @property
    def cpu_ratio(self) -> float:
        return self.get_median_ms(self.large, "cpu_s") / self.get_median_ms(self.small, "cpu_s")

    def get_median_ms(self, costs: list[dict[str, Any]], column: str = "took_s") -> float:
        return statistics.median(cost[column] for cost in costs) * 1000

    @property
    def has_same_plan(self) -> bool:
        return sorted(set(self.small[-1]["plans"])) == sorted(set(self.large[-1]["plans"]))

    def build_cells(self) -> list[str]:
        small, large = self.small[-1], self.large[-1]
        return [
            self.name,
            f"{small['queries']}, {large['queries']}",
            "same" if self.has_same_plan else "differs",
            f"{small['bytes'] / 1000:.0f}, {large['bytes'] / 1000:.0f}",
            f"{self.get_median_ms(self.small):.1f}",
            f"{self.get_median_ms(self.large):.1f}",
            f"{self.ratio:.2f}",
            f"{self.cpu_ratio:.2f}",
        ]


def measure(small: Installation, large: Installation, *, rounds: int, names: Sequence[str]) -> list[Row]:
    rows = []
    for name in names:
        address = LIST_PAGES[name]
        costs: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
        for number in range(rounds + WARM_UPS):
            for installation, found in zip((small, large), costs, strict=True):
                cost = installation.ask(address)
                if cost["status"] != 200:
                    raise SystemExit(f"{address} answers {cost['status']}.")
                if number >= WARM_UPS:
                    found.append(cost)
        rows.append(Row(name, *costs))
        print("  ".join(rows[-1].build_cells()), flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assets", type=int, default=100_000)
    parser.add_argument("--tasks", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", nargs="*", choices=list(LIST_PAGES), default=list(LIST_PAGES))
    options = parser.parse_args()
    folder = FOLDER / "installations"
    method = METHOD.format(rounds=options.rounds)
    section = Section("pages", "Lists in a large installation", method=method)
    with (
        Installation(folder / f"{SMALL[0]}-{SMALL[1]}", *SMALL) as small,
        Installation(folder / f"{options.assets}-{options.tasks}", options.assets, options.tasks) as large,
    ):
        rows = measure(small, large, rounds=options.rounds, names=options.only)
    head = ["page", "queries", "plan", "kB", f"ms at {SMALL[0]}", f"ms at {options.assets:,}", "ratio", "CPU"]
    caption = f"{SMALL[0]} files and {SMALL[1]} tasks beside {options.assets:,} and {options.tasks:,}."
    section.add_table(head, [row.build_cells() for row in rows], caption=caption)
    section.save()


if __name__ == "__main__":
    main()
