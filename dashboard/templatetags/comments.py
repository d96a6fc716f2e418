"""What people think of a file, in a pill, and the places that their remarks are pinned to."""

from __future__ import annotations

import json
from typing import Any

from django import template

from jobs.models import Asset

register = template.Library()

# Verdict -> (tone, icon): as with the states of a task, none of icon, word and colour has to be seen.
REVIEW_LOOKS: dict[str, tuple[str, str]] = {
    Asset.Review.APPROVED: ("success", "circle-check"),
    Asset.Review.CHANGES: ("warning", "message-report"),
}


@register.inclusion_tag("comments/_review.html")
def review(value: str) -> dict[str, Any]:
    """Show a verdict of people; nothing where there is none."""
    tone, name = REVIEW_LOOKS.get(value, ("", ""))
    return {"tone": tone, "icon_name": name, "label": Asset.Review(value).label if tone else ""}


@register.filter
def pin_json(pin: Any) -> str:
    return json.dumps(pin, separators=(",", ":"))
