"""What projects and people spent in a period: one table for a person's projects, or for one of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from jobs.credits import Spent, sum_spent
from jobs.models import Project, Task, User
from jobs.vendors import VENDOR_LABELS

PERIODS = {"week": "7 days", "month": "30 days", "quarter": "90 days", "all": "All time"}
DAYS = {"week": 7, "month": 30, "quarter": 90}
STANDARD = "month"
PROJECTS_SHOWN = 30
ROWS_SHOWN = 20
"""So many rows of a project stand on the page; the file has them all."""
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
GONE = "Deleted account"
AMOUNTS = ("charged", "held", "released", "unknown")


@dataclass
class Sums:
    """Credits of one vendor; those of another vendor are worth something else, so they are never added."""

    tasks: int = 0
    held: float = 0.0
    charged: float = 0.0
    released: float = 0.0
    unknown: float = 0.0

    def add(self, row: Spent) -> None:
        for item in fields(self):
            setattr(self, item.name, getattr(self, item.name) + getattr(row, item.name))


@dataclass(frozen=True)
class Line:
    """One person at one vendor. `person` is None where the account was deleted."""

    person: User | None
    vendor: str
    sums: Spent

    @property
    def name(self) -> str:
        return str(self.person) if self.person else GONE

    @property
    def vendor_label(self) -> str:
        return VENDOR_LABELS.get(self.vendor, self.vendor)


@dataclass
class Part:
    """One project's lines, the greatest charge first, and its sums by vendor."""

    project: Project
    lines: list[Line] = field(default_factory=list)
    totals: dict[str, Sums] = field(default_factory=dict)

    @property
    def shown(self) -> list[Line]:
        return self.lines[:ROWS_SHOWN]

    @property
    def hidden_count(self) -> int:
        return len(self.lines) - len(self.shown)

    @property
    def vendor_totals(self) -> list[tuple[str, Sums]]:
        return [(VENDOR_LABELS.get(vendor, vendor), sums) for vendor, sums in self.totals.items()]


@dataclass(frozen=True)
class Choice:
    """What the address asks for."""

    period: str
    project: Project | None

    @property
    def query(self) -> str:
        chosen = {"period": self.period} | ({"project": self.project.slug} if self.project else {})
        return urlencode(chosen)

    def get_since(self, now: datetime) -> datetime | None:
        """Return the start of the first day, in the viewer's zone; None for all time."""
        days = DAYS.get(self.period)
        if days is None:
            return None
        first: date = timezone.localtime(now).date() - timedelta(days=days - 1)
        return timezone.make_aware(datetime.combine(first, time.min))


@dataclass
class Report:
    """The whole table, and the sums of all its projects by vendor."""

    parts: list[Part]
    totals: dict[str, Sums]

    @property
    def shown(self) -> list[Part]:
        return self.parts[:PROJECTS_SHOWN]

    @property
    def hidden_count(self) -> int:
        return len(self.parts) - len(self.shown)


def read_choice(query: QueryDict, projects: QuerySet[Project]) -> Choice:
    period = query.get("period", STANDARD)
    slug = query.get("project", "").replace("\0", "")
    return Choice(
        period=period if period in PERIODS else STANDARD,
        project=projects.filter(slug=slug).first() if slug else None,
    )


def build_report(choice: Choice, projects: QuerySet[Project], *, now: datetime) -> Report:
    """Sum up the tasks of the person's projects, in three queries however many tasks there are."""
    asked = Task.objects.filter(project=choice.project) if choice.project else Task.objects.filter(project__in=projects)
    rows = sum_spent(asked, since=choice.get_since(now))
    known = {item.pk: item for item in projects.filter(pk__in={row.project for row in rows})}
    people = User.objects.in_bulk({row.person for row in rows if row.person is not None})
    parts: dict[int, Part] = {}
    totals: dict[str, Sums] = {}
    for row in rows:
        if row.project not in known:
            continue
        part = parts.setdefault(row.project, Part(known[row.project]))
        part.lines.append(Line(people.get(row.person or 0), row.vendor, row))
        part.totals.setdefault(row.vendor, Sums()).add(row)
        totals.setdefault(row.vendor, Sums()).add(row)
    return Report(list(parts.values()), {vendor: totals[vendor] for vendor in VENDOR_LABELS if vendor in totals})


def write_csv(report: Report) -> str:
    """Return every line as CSV; a name that a spreadsheet would take for a formula is marked as text."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(["project", "person", "vendor", "tasks", *AMOUNTS])
    for part in report.parts:
        for line in part.lines:
            amounts = [f"{getattr(line.sums, name):g}" for name in AMOUNTS]
            writer.writerow(_make_safe([part.project.name, line.name, line.vendor_label, line.sums.tasks, *amounts]))
    return target.getvalue()


def _make_safe(values: Iterable[Any]) -> list[Any]:
    return [f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_SIGNS) else value for value in values]
