"""What the gallery shows: which tasks and files, in which order, with the counts of its filters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet
from django.http import QueryDict
from django.utils import timezone

from dashboard.uses import list_kind_uses, list_starters
from jobs.models import OPEN_STATES, Asset, Project, State, Task
from jobs.operations import Operation
from jobs.vendors import OPERATIONS

PAGE_SIZE = 48
# A task that went wrong keeps its place this long, so that nobody wonders where it went.
SHOW_FAILED_FOR = timedelta(days=1)
# A texture map is a part of its model, which shows it: it has a filter of its own, and no place beside the models.
PARTS = frozenset({Asset.Kind.TEXTURE_MAP})
WENT_WRONG = (State.FAILED, State.EXPIRED)
# What goes on by itself; an unknown one may wait for a person.
RUNNING = OPEN_STATES - {State.UNKNOWN}
KIND_LABELS = {
    Asset.Kind.MODEL: "Models",
    Asset.Kind.IMAGE: "Images",
    Asset.Kind.RENDER: "Renders",
    Asset.Kind.TEXTURE_MAP: "Texture maps",
}


@dataclass(frozen=True)
class Chip:
    """One filter: its address keeps the search text."""

    label: str
    count: int
    query: str
    current: bool


def build_gallery(project: Project, query: QueryDict) -> dict[str, Any]:
    """Return the gallery's context for the filters in the address: kind, q, page."""
    kind = query.get("kind", "")
    kind = kind if kind in Asset.Kind.values else ""
    text = " ".join(query.get("q", "").split())[:100]
    assets = project.assets.kept().select_related("created_by")
    found = assets.filter(name__icontains=text) if text else assets
    counts = dict(found.order_by().values_list("kind").annotate(Count("pk")))
    left_out = PARTS if counts.keys() - PARTS else frozenset()
    shown = found.filter(kind=kind) if kind else found.exclude(kind__in=left_out)
    page: Page[Asset] = Paginator(shown, PAGE_SIZE).get_page(query.get("page"))
    tasks = list_tasks(project, kind) if page.number == 1 and not text else []
    return {
        "project": project,
        "kind": kind,
        "kind_label": KIND_LABELS.get(Asset.Kind(kind), "") if kind else "",
        "q": text,
        "chips": build_chips(counts, kind=kind, text=text, left_out=left_out),
        "page": page,
        "tasks": tasks,
        "steps": list_kind_uses(Asset.Kind.MODEL),
        "picture_uses": list_kind_uses(Asset.Kind.IMAGE),
        "starters": list_starters(),
        "is_empty": not tasks and not page.object_list,
        "is_filtered": bool(kind or text),
        "running": sum(task.state in RUNNING for task in tasks),
        "is_waiting": any(task.is_open for task in tasks) or any(is_preview_due(asset) for asset in page.object_list),
        "page_query": build_query(kind=kind, q=text),
    }


def is_preview_due(asset: Asset) -> bool:
    return asset.preview == Asset.Preview.WAITING


def list_tasks(project: Project, kind: str) -> list[Task]:
    """Return the tasks that have a card of their own: on their way, or gone wrong a short while ago.

    A task that gives back words has none: nothing of it comes into the gallery.
    """
    recent = timezone.now() - SHOW_FAILED_FOR
    tasks = project.tasks.filter(state__in=OPEN_STATES) | project.tasks.filter(
        state__in=WENT_WRONG, state_at__gt=recent
    )
    kinds = {kind} if kind else set(Asset.Kind.values)
    keys = [key for key, operation in OPERATIONS.items() if has_output(operation, kinds)]
    return list(with_covers(tasks.filter(operation__in=keys)))


def has_output(operation: Operation, kinds: set[str]) -> bool:
    return any(output.role in kinds for output in operation.outputs)


def with_covers(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Fetch the files that went in, one of which is a task's picture."""
    return tasks.select_related("created_by", "project").prefetch_related("inputs")


def build_chips(counts: dict[str, int], *, kind: str, text: str, left_out: frozenset[str]) -> list[Chip]:
    """Return the filters; the first one says All only where it leaves nothing out."""
    shown = sum(count for value, count in counts.items() if value not in left_out)
    whole = "All" if shown == sum(counts.values()) else "Overview"
    chips = [Chip(whole, shown, build_query(kind="", q=text), not kind)]
    for value, label in KIND_LABELS.items():
        if counts.get(value) or value == kind:
            chips.append(Chip(label, counts.get(value, 0), build_query(kind=value, q=text), value == kind))
    return chips


def build_query(**values: str) -> str:
    """Return the address's query for the filters that are set, with its question mark; a lone one clears all."""
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in values.items() if value})
    return f"?{query.urlencode()}" if query else "?"


def find_cover(assets: Iterable[Asset]) -> Asset | None:
    """Return the first file that has a picture to show."""
    return next((asset for asset in assets if asset.poster_sha256), None)
