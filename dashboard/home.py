"""What the first page shows: the person's tasks that need attention or run, and the projects with cover and counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Case, Count, IntegerField, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from dashboard import access
from dashboard.gallery import RUNNING, WENT_WRONG, with_covers
from jobs.models import Asset, Project, State, Task, User

ATTENTION_FOR = timedelta(days=7)
ROWS = 6


def build_home(user: User) -> dict[str, Any]:
    tasks = with_covers(access.get_own_tasks(user))
    recent = timezone.now() - ATTENTION_FOR
    wrong = tasks.filter(state__in=WENT_WRONG, state_at__gt=recent) | tasks.filter(state=State.UNKNOWN)
    running = tasks.filter(state__in=RUNNING)
    return {
        "attention": list(wrong[:ROWS]),
        "attention_count": wrong.count(),
        "running_tasks": list(running[:ROWS]),
        "running_count": running.count(),
        "projects": list(with_covers_and_counts(access.get_projects(user))),
        "is_waiting": running.exists(),
    }


def with_covers_and_counts(projects: QuerySet[Project]) -> QuerySet[Project]:
    """Add each project's newest picture (a model's before any other's) and its numbers of files and open tasks."""
    model_first = Case(When(kind=Asset.Kind.MODEL, then=0), default=1)
    covers = Asset.objects.kept().filter(project=OuterRef("pk")).exclude(poster_sha256="")
    covers = covers.order_by(model_first, "-created_at", "-pk")
    return projects.annotate(
        cover_pk=Subquery(covers.values("pk")[:1]),
        cover_sha256=Subquery(covers.values("poster_sha256")[:1]),
        file_count=count_in(Asset.objects.kept()),
        open_count=count_in(Task.objects.filter(state__in=RUNNING)),
    ).order_by("name", "pk")


def count_in(rows: QuerySet[Any]) -> Coalesce:
    numbers = rows.filter(project=OuterRef("pk")).order_by().values("project").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(numbers, output_field=IntegerField()), 0)
