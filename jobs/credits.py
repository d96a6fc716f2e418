"""What became of a task's credits, and what projects and people spent: held, charged, released, or not known.

A task holds credits from its create on. At the end they are charged or released; where the vendor's word is missing,
that is not known. The rule is said once (`choose_kind`), for a task and for sums over many.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet, Sum, TextChoices
from django.db.models.functions import Coalesce

from jobs.models import State, Task

Charged = Task.Charged


class Kind(TextChoices):
    """What became of a task's credits."""

    NONE = "", "No credits"
    HELD = "held", "Held"
    CHARGED = "charged", "Charged"
    RELEASED = "released", "Released"
    UNKNOWN = "unknown", "Not known"


HOLDING = (State.SUBMITTING, State.UNKNOWN, State.WAITING, State.RUNNING)
PAID = (State.SAVING, State.SUCCEEDED)
BY_WORD = {Charged.YES: Kind.CHARGED, Charged.RELEASED: Kind.RELEASED, Charged.NO: Kind.NONE}


@dataclass(frozen=True)
class Money:
    """What became of one task's credits; `credits` is None where the vendor did not say how many."""

    kind: Kind
    credits: float | None


def choose_kind(state: str, error_charged: str) -> Kind:
    """Return what becomes of the credits of a task in this state; `error_charged` is told of one that went wrong."""
    if state == State.QUEUED:
        return Kind.NONE
    if state in HOLDING:
        return Kind.HELD
    if state in PAID:
        return Kind.CHARGED
    if state == State.CANCELED and not error_charged:
        return Kind.NONE
    return BY_WORD.get(Charged(error_charged), Kind.UNKNOWN) if error_charged else Kind.UNKNOWN


def read_money(task: Task) -> Money:
    """Return what became of a task's credits; an imported one cost nothing here."""
    kind = Kind.NONE if task.is_imported else choose_kind(task.state, task.error_charged)
    if kind == Kind.NONE:
        return Money(kind, None)
    is_told = kind == Kind.CHARGED and task.charged_credits is not None
    return Money(kind, task.charged_credits if is_told else task.quoted_credits)


@dataclass
class Spent:
    """What one person's tasks at one vendor came to in a project. `person` is None for a deleted account."""

    project: int
    person: int | None
    vendor: str
    tasks: int = 0
    held: float = 0.0
    charged: float = 0.0
    released: float = 0.0
    unknown: float = 0.0

    def add(self, row: dict[str, Any]) -> None:
        """Add the sums of the tasks that ended alike."""
        self.tasks += row["tasks"]
        kind = choose_kind(row["state"], row["error_charged"])
        if kind != Kind.NONE:
            amount = row["charged"] if kind == Kind.CHARGED else row["quoted"]
            setattr(self, kind.value, getattr(self, kind.value) + (amount or 0.0))


def sum_spent(tasks: QuerySet[Task], *, since: datetime | None, until: datetime | None = None) -> list[Spent]:
    """Return what those of `tasks` that were started in the period came to, the greatest charge first.

    One query over an index that holds all it needs (`task_credits`); what was imported was not spent here.
    """
    if since is not None:
        tasks = tasks.filter(created_at__gte=since)
    if until is not None:
        tasks = tasks.filter(created_at__lt=until)
    rows: Any = (
        tasks.filter(is_imported=False)
        .order_by()
        .values("project", "created_by", "vendor", "state", "error_charged")
        .annotate(
            tasks=Count("*"), quoted=Sum("quoted_credits"), charged=Sum(Coalesce("charged_credits", "quoted_credits"))
        )
    )
    found: dict[tuple[Any, ...], Spent] = {}
    for row in rows:
        key = (row["project"], row["created_by"], row["vendor"])
        found.setdefault(key, Spent(*key)).add(row)
    return sorted(found.values(), key=lambda row: (-row.charged, -row.held, row.project, row.person or 0, row.vendor))
