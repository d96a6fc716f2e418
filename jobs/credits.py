"""What became of a task's credits, and what projects and people spent: held, charged, released, or not known.

A task holds credits from its create on. At the end they are charged or released; where the vendor's word is missing,
that is not known. Said once for a row (`read_money`) and once for the database (`KIND`, `AMOUNT`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, FloatField, Q, QuerySet, Sum, TextChoices, Value, When
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
ENDED_BADLY = (State.FAILED, State.CANCELED, State.EXPIRED)
BY_WORD = {Charged.YES: Kind.CHARGED, Charged.RELEASED: Kind.RELEASED, Charged.NO: Kind.NONE}


@dataclass(frozen=True)
class Money:
    """What became of one task's credits; `credits` is None where the vendor did not say how many."""

    kind: Kind
    credits: float | None


def read_money(task: Task) -> Money:
    if task.is_imported or task.state == State.QUEUED:
        return Money(Kind.NONE, None)
    if task.state in HOLDING:
        return Money(Kind.HELD, task.quoted_credits)
    charged = task.charged_credits if task.charged_credits is not None else task.quoted_credits
    if task.state in PAID:
        return Money(Kind.CHARGED, charged)
    if task.state == State.CANCELED and not task.error_charged:
        return Money(Kind.NONE, None)
    kind = BY_WORD.get(Charged(task.error_charged), Kind.UNKNOWN) if task.error_charged else Kind.UNKNOWN
    if kind == Kind.NONE:
        return Money(Kind.NONE, None)
    return Money(kind, charged if kind == Kind.CHARGED else task.quoted_credits)


BAD = Q(state__in=ENDED_BADLY)
WHICH = {
    Kind.NONE: Q(is_imported=True)
    | Q(state=State.QUEUED)
    | Q(state=State.CANCELED, error_charged="")
    | (BAD & Q(error_charged=Charged.NO)),
    Kind.HELD: Q(state__in=HOLDING),
    Kind.CHARGED: Q(state__in=PAID) | (BAD & Q(error_charged=Charged.YES)),
    Kind.RELEASED: BAD & Q(error_charged=Charged.RELEASED),
}
KIND = Case(*[When(which, then=Value(str(kind))) for kind, which in WHICH.items()], default=Value(str(Kind.UNKNOWN)))
AMOUNT = Case(
    When(kind=Kind.CHARGED, then=Coalesce("charged_credits", "quoted_credits")),
    When(kind=Kind.NONE, then=None),
    default=F("quoted_credits"),
    output_field=FloatField(),
)


@dataclass(frozen=True)
class Spent:
    """What one person's tasks at one vendor came to in a project. `person` is None for a deleted account."""

    project: int
    person: int | None
    vendor: str
    tasks: int
    held: float
    charged: float
    released: float
    unknown: float


def sum_spent(tasks: QuerySet[Task], *, since: datetime | None, until: datetime | None = None) -> list[Spent]:
    """Return what those of `tasks` that were started in the period came to, the greatest charge first.

    One query over an index that holds all it needs (`task_credits`); what was imported was not spent here.
    """
    if since is not None:
        tasks = tasks.filter(created_at__gte=since)
    if until is not None:
        tasks = tasks.filter(created_at__lt=until)
    sums = {
        str(kind): Coalesce(Sum("amount", filter=Q(kind=kind)), 0.0)
        for kind in (Kind.HELD, Kind.CHARGED, Kind.RELEASED, Kind.UNKNOWN)
    }
    rows: Any = (
        tasks.filter(is_imported=False)
        .order_by()
        .annotate(kind=KIND)
        .annotate(amount=AMOUNT)
        .values("project", "created_by", "vendor")
        .annotate(tasks=Count("pk"), **sums)
    )
    found = [
        Spent(
            project=row["project"],
            person=row["created_by"],
            vendor=row["vendor"],
            **{name: row[name] for name in ("tasks", "held", "charged", "released", "unknown")},
        )
        for row in rows
    ]
    return sorted(found, key=lambda row: (-row.charged, -row.held, row.project, row.person or 0, row.vendor))
