"""What the first page shows: the person's tasks that need attention or run, and their projects with cover and counts.

It costs the same with many projects and files as with few: counts stop counting, covers are found by an index.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.core.paginator import Paginator
from django.db.models import IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils import timezone

from dashboard import access
from dashboard.paging import COUNTED, list_first
from dashboard.task_list import build_rows, count_groups, fetch_rows
from jobs.models import Asset, Group, Project, Task, User

ROWS = 6
PROJECTS = 48


class CappedCount(Subquery):
    """How many rows a subquery has, which is sliced to what is worth counting."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def build_home(user: User, query: QueryDict) -> dict[str, Any]:
    memberships = access.list_memberships(user)
    own = Task.objects.filter(created_by=user, project__in=[item.project_id for item in memberships])
    shown = (str(Group.ATTENTION), str(Group.RUNNING))
    counts = count_groups(own)
    pks = list_first(**{key: own.filter(group=key)[:ROWS] for key in shown if counts[key]})
    editable = access.list_pks_for(user, "edit")
    tasks = fetch_rows([pk for listed in pks.values() for pk in listed])
    rows = build_rows(tasks, editable=editable, now=timezone.now())
    page = Paginator(memberships, PROJECTS).get_page(query.get("page"))
    return {
        "attention": [row for row in rows if row.task.group == Group.ATTENTION],
        "attention_count": counts[Group.ATTENTION],
        "running_tasks": [row for row in rows if row.task.group == Group.RUNNING],
        "running_count": counts[Group.RUNNING],
        "page": page,
        "projects": list(list_cards([item.project_id for item in page.object_list])),
        "is_waiting": bool(counts[Group.RUNNING]),
    }


def list_cards(pks: Collection[int]) -> QuerySet[Project]:
    """Return the projects with the newest picture of each (a model's before any other's) and its counts."""
    posters = Asset.objects.kept().filter(project=OuterRef("pk")).exclude(poster_sha256="").order_by("-pk")
    models = posters.filter(kind=Asset.Kind.MODEL)
    files = Asset.objects.kept().filter(project=OuterRef("pk")).order_by()
    running = Task.objects.filter(project=OuterRef("pk"), group=Group.RUNNING).order_by()
    cards = Project.objects.filter(pk__in=pks).annotate(
        cover_pk=Coalesce(Subquery(models.values("pk")[:1]), Subquery(posters.values("pk")[:1])),
        file_count=CappedCount(files.values("pk")[: COUNTED + 1]),
        open_count=CappedCount(running.values("pk")[: COUNTED + 1]),
    )
    covers = Asset.objects.filter(pk=OuterRef("cover_pk"))
    return cards.annotate(cover_sha256=Subquery(covers.values("poster_sha256")[:1])).order_by("name", "pk")
