"""Words of a file's card."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.templatetags.patina import icon
from jobs.models import Asset

register = template.Library()

# What the team said of it comes first, then what is wrong with it. (word, tone, icon, more)
REVIEW_LOOKS = {
    Asset.Review.APPROVED: ("success", "circle-check"),
    Asset.Review.CHANGES: ("warning", "message-report"),
}


@register.simple_tag
def asset_state(asset: Any) -> SafeString:
    """Show how a file stands: its review, else whether something is wrong, else that it is safe here."""
    word, tone, name, more = describe_state(asset)
    title = format_html(' title="{}"', more) if more else SafeString("")
    return format_html('<span class="tile-state tone-{}"{}>{}{}</span>', tone, title, icon(name), word)


def describe_state(asset: Any) -> tuple[str, str, str, str]:
    if asset.review:
        return (Asset.Review(asset.review).label, *REVIEW_LOOKS[asset.review], "")
    if asset.preview == Asset.Preview.WAITING:
        return "Making preview", "active", "loader-2", "The file is stored. Its picture is on its way."
    if asset.preview == Asset.Preview.FAILED:
        return "No preview", "warning", "alert-triangle", "The file is stored. No picture of it could be made."
    if asset.verdict_state == Asset.VerdictState.MISSED:
        return "Differs", "warning", "alert-circle", "It is not quite what was asked for: its page says how."
    return "Safe", "success", "shield-lock", "Stored here with its checksum; it does not expire."
