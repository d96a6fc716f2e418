"""Small words of our templates: icons, state pills, sizes, counts and times."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.paging import COUNTED
from jobs.files import write_size
from jobs.models import Asset, State

register = template.Library()

# State -> (tone, icon): icon, word and colour say the same thing, so none of them has to be seen.
STATE_LOOKS: dict[str, tuple[str, str]] = {
    State.QUEUED: ("neutral", "circle-dashed"),
    State.SUBMITTING: ("active", "send"),
    State.UNKNOWN: ("warning", "help"),
    State.WAITING: ("active", "clock"),
    State.RUNNING: ("active", "loader-2"),
    State.SAVING: ("active", "device-floppy"),
    State.SUCCEEDED: ("success", "circle-check"),
    State.FAILED: ("danger", "alert-triangle"),
    State.CANCELED: ("neutral", "ban"),
    State.EXPIRED: ("danger", "hourglass-off"),
}
KIND_ICONS: dict[str, str] = {
    Asset.Kind.MODEL: "cube",
    Asset.Kind.IMAGE: "photo",
    Asset.Kind.TEXTURE_MAP: "texture",
    Asset.Kind.RENDER: "camera",
}
FORMAT_LABELS = {"gltf": "glTF", "jpeg": "JPEG", "webp": "WebP"}


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """Draw an icon of the sprite; decorative, so the words beside it must say the same."""
    classes = f"icon {extra}".strip()
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        classes,
        static("vendor/icons.svg"),
        name,
    )


@register.inclusion_tag("_state.html")
def state(task: Any) -> dict[str, Any]:
    """Show a task's state as a pill: icon, word, colour, and the percentage while it runs."""
    tone, name = STATE_LOOKS[task.state]
    percent = task.progress_percent if task.state == State.RUNNING else None
    return {"tone": tone, "icon_name": name, "label": State(task.state).label, "percent": percent}


@register.filter
def kind_icon(asset: Any) -> str:
    return KIND_ICONS[asset.kind]


@register.filter
def format_label(value: str) -> str:
    """Write a file format as its own people do: GLB, glTF, WebP."""
    return FORMAT_LABELS.get(value, value.upper())


@register.filter
def size(value: int | float | None) -> str:
    return "" if value is None else write_size(value)


@register.filter
def short_count(value: int | None) -> str:
    """Write a count briefly: 950, 4.8k, 36k, 1.2M."""
    if value is None:
        return ""
    for limit, unit in ((999_500, "M"), (1_000, "k")):
        if value >= limit:
            amount = value / (1_000_000 if unit == "M" else 1_000)
            text = f"{amount:.0f}" if amount >= 9.95 else f"{amount:.1f}".removesuffix(".0")
            return f"{text}{unit}"
    return str(value)


@register.filter
def capped(value: int, limit: int = COUNTED) -> str:
    """Write a count that was not counted further than the limit: 12, 1,000, 1,000+."""
    return f"{limit:,}+" if value > limit else f"{value:,}"


@register.simple_tag
def ago(moment: datetime | None) -> SafeString | str:
    """Tell how long ago something was, briefly, with the exact moment for machines and on hover."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(timespec="seconds"),
        f"{local:%Y-%m-%d %H:%M:%S %Z}",
        build_age_text(moment, now=timezone.now()),
    )


def build_age_text(moment: datetime, *, now: datetime) -> str:
    seconds = max(0, int((now - moment).total_seconds()))
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{seconds // 60} min ago"
    if seconds < 86_400:
        return f"{seconds // 3600} h ago"
    days = seconds // 86_400
    if days == 1:
        return "yesterday"
    if days < 30:
        return f"{days} days ago"
    return f"{timezone.localtime(moment):%-d %b %Y}"


@register.filter
def initials(user: Any) -> str:
    """Return one or two letters that stand for a person."""
    words = str(user).replace(".", " ").replace("_", " ").replace("-", " ").split()
    return "".join(word[0] for word in words[:2]).upper() or "?"
