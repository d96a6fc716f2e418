"""What the viewer's script reads, written into the page as data."""

from __future__ import annotations

from typing import Any

from django import template

from dashboard.viewer_data import build_viewer_data
from jobs.models import Asset

register = template.Library()


@register.simple_tag
def viewer_data(asset: Asset, page: Any = None) -> dict[str, Any]:
    """Return the maps of a model; on its own page also the versions whose maps fit it."""
    versions = [version.asset for version in page.versions] if page else []
    return build_viewer_data(asset, versions=versions, swatches=page.swatches if page else [])
