"""The tree of a lineage: the upload, all models that descend from it, and where pictures were made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Count, Max, Q

from jobs.models import Asset

DEEPEST = 12
"""Branches below so many others are told one after the other: nobody reads a deeper tree."""


@dataclass(frozen=True)
class Stack:
    """The pictures made of one model: how many, and the newest one that has a poster."""

    count: int
    poster: Asset | None


@dataclass
class Run:
    """Models that follow each other, each made from the one before; after the last one the tree may branch."""

    nodes: list[Asset] = field(default_factory=list)
    branches: list[Run] = field(default_factory=list)


def build_tree(models: Iterable[Asset]) -> list[Run]:
    """Return the runs that start the tree: one, or several where the upload itself lies in the trash."""
    rows = list(models)
    pks = {item.pk for item in rows}
    children: dict[int | None, list[Asset]] = {}
    for item in rows:
        parent = item.parent_id if item.parent_id in pks and item.parent_id != item.pk else None
        children.setdefault(parent, []).append(item)
    return [_build_run(first, children, depth=0) for first in children.get(None, [])]


def _build_run(first: Asset, children: Mapping[int | None, list[Asset]], *, depth: int) -> Run:
    run = Run([first])
    while len(following := children.get(run.nodes[-1].pk, [])) == 1:
        run.nodes.append(following[0])
    if depth < DEEPEST:
        run.branches = [_build_run(item, children, depth=depth + 1) for item in following]
    else:
        run.nodes += _list_below(following, children)
    return run


def _list_below(models: Iterable[Asset], children: Mapping[int | None, list[Asset]]) -> list[Asset]:
    found = list(models)
    for item in found:  # grows while it is read
        found += children.get(item.pk, [])
    return found


def get_stacks(asset: Asset) -> dict[int, Stack]:
    """Return the renders of the lineage's models, by the model that they show."""
    renders = Asset.objects.kept().filter(root_id=asset.lineage_pk, kind=Asset.Kind.RENDER)
    rows = (
        renders.filter(project_id=asset.project_id)
        .order_by()
        .values("parent_id")
        .annotate(count=Count("pk"), shown=Max("pk", filter=~Q(poster_sha256="")))
    )
    found = list(rows)
    posters = Asset.objects.in_bulk([row["shown"] for row in found if row["shown"]])
    return {row["parent_id"]: Stack(row["count"], posters.get(row["shown"])) for row in found if row["parent_id"]}
