"""Words of the task pages: times of day and names of states."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.templatetags.patina import capped
from jobs.models import State

register = template.Library()


@register.simple_tag
def clock(moment: datetime) -> SafeString:
    """Write the time of day; with the day where it is not today's."""
    local = timezone.localtime(moment)
    today = timezone.localtime(timezone.now()).date()
    text = f"{local:%H:%M:%S}" if local.date() == today else f"{local:%-d %b %H:%M}"
    title = f"{local:%Y-%m-%d %H:%M:%S %Z}"
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(timespec="seconds"), title, text)


@register.filter
def plain_value(value: Any) -> str:
    """Write a value of a check or a request for reading; a dash where there is none."""
    if value is None or value == "" or value == []:
        return "–"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list | tuple):
        return ", ".join(plain_value(item) for item in value)
    return f"{value:,}" if isinstance(value, int | float) else str(value)


@register.simple_tag
def day(moment: datetime) -> SafeString:
    """Write a day: 22 Nov 2026; with the exact moment on hover."""
    local = timezone.localtime(moment)
    title = f"{local:%Y-%m-%d %H:%M:%S %Z}"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(timespec="seconds"), title, f"{local:%-d %b %Y}"
    )


@register.simple_tag
def tab_prefix(counts: dict[str, int]) -> str:
    """Write what stands before a page's title in the browser's tab: (1 needs you, 2 running); nothing for none."""
    attention, running = counts["attention"], counts["running"]
    parts = [f"{capped(attention, 99)} need{'s' if attention == 1 else ''} you"] if attention else []
    parts += [f"{capped(running, 99)} running"] if running else []
    return f"({', '.join(parts)}) " if parts else ""


@register.filter
def state_word(state: str) -> str:
    return State(state).label
