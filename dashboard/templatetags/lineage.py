"""The tree of a lineage for its strip of thumbnails."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template

from dashboard.lineage import Run, build_tree, get_stacks
from jobs.models import Asset

register = template.Library()


@register.simple_tag
def lineage_tree(versions: Iterable[Any]) -> list[Run]:
    """Return the tree of the versions (each with its `asset`), oldest first."""
    return build_tree(version.asset for version in versions)


@register.simple_tag
def render_stacks(asset: Asset) -> dict[int, Any]:
    """Return the renders of the lineage's models, by the model that they show."""
    return get_stacks(asset)


@register.filter
def of_model(stacks: dict[int, Any], asset: Asset) -> Any:
    return stacks.get(asset.pk)


@register.simple_tag
def compare_partner(asset: Asset, versions: Iterable[Any]) -> Asset | None:
    """Return the version that this one is most likely compared with: what it was made from, else the newest other."""
    others = [version.asset for version in versions if version.asset.pk != asset.pk]
    parent = next((item for item in others if item.pk == asset.parent_id), None)
    return parent or (others[-1] if others else None)
