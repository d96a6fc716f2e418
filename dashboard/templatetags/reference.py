"""Words of the reference pages."""

from __future__ import annotations

import re

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

ROLE_WORDS = {
    "model": "A model",
    "render": "Renders",
    "image": "Pictures",
    "texture_map": "Texture maps",
    "text": "Words",
}


@register.filter
def inline_code(text: str) -> SafeString:
    """Write what stands between backticks as code."""
    return mark_safe(re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text)))  # noqa: S308 (escaped before)


@register.filter
def role_words(role: str) -> str:
    return ROLE_WORDS.get(role, role)


@register.filter
def sent_sentence(when: str) -> str:
    """Write when a parameter leaves for the vendor: "when given", "unless given: ...", as a sentence."""
    return f"{'Filled in' if when.startswith('unless') else 'Sent'} {when.rstrip('.')}."
