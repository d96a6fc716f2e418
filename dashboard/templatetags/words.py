"""Words that are improved: what does it, and which words were kept."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from dashboard.improving import Improver
from dashboard.improving import get_improver as find_improver
from dashboard.words import mark_kept

register = template.Library()


@register.simple_tag
def get_improver() -> Improver:
    return find_improver()


@register.simple_tag
def kept_words(before: str, after: str) -> SafeString:
    """Write `after` with the words marked that stand in `before` too."""
    return mark_kept(before, after)
