"""What all lists of the admin share: rows that are only looked at, counts that end at a thousand, values shown."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar, cast

from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

COUNTED = 1_000
"""So far a list is counted and paged; older rows are reached by a filter."""
NOTHING = "–"
MET_WORDS = {True: "as asked", False: "differs", None: "not known"}


class CappedPaginator(Paginator):
    """Counts no further than a person pages: a hundred thousand rows cost what a thousand cost."""

    @cached_property
    def count(self) -> int:
        return min(self._found, COUNTED)

    @cached_property
    def _found(self) -> int:
        rows = cast("QuerySet", self.object_list).order_by()
        return rows.values("pk")[: COUNTED + 1].count()


class ReadOnly:
    """Rows that are looked at: their life belongs to other modules."""

    change_form_template: ClassVar[Any] = "admin/jobs/looked_at.html"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LongList(admin.ModelAdmin):
    """A list that costs the same however long it is: counted to a thousand, newest first, by the primary key."""

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 200
    ordering = ("-pk",)
    sortable_by = ()  # an order that no index has would read every row


def show_json(value: Any) -> SafeString | str:
    if not value:
        return NOTHING
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False))


def show_verdict(rows: list[dict[str, Any]]) -> SafeString | str:
    """Write one line for each check."""
    lines = [(row["label"], row["asked"], row["got"], MET_WORDS[row["met"]]) for row in rows]
    return format_html_join(mark_safe("<br>"), "{}: asked {}, got {} ({})", lines) or NOTHING


def show_poster(pk: int | None, sha256: str) -> SafeString:
    """Show a small picture; its address serves staff who are no members of the project."""
    if not pk or not sha256:
        return mark_safe('<span class="p-thumb"></span>')
    address = reverse("admin:jobs_asset_poster", args=[pk, sha256])
    return format_html('<img class="p-thumb" src="{}" width="48" height="36" alt="" loading="lazy">', address)


def show_link(name: str, pk: Any, text: object) -> SafeString | str:
    """Link to a row's page, where there is a row: `name` is model and page, as in `task_change`."""
    if pk is None:
        return NOTHING
    return format_html('<a href="{}">{}</a>', reverse(f"admin:jobs_{name}", args=[pk]), text)


def show_since(moment: datetime | None) -> str:
    """Write a moment shortly: without the year while it is this one."""
    if moment is None:
        return NOTHING
    local = timezone.localtime(moment)
    return formats.date_format(local, "j M H:i" if local.year == timezone.localtime().year else "j M Y H:i")


def show_time(moment: datetime | None, *, seconds: bool = False) -> SafeString | str:
    """Show a moment in one line; the exact one on hover."""
    if moment is None:
        return NOTHING
    exact = timezone.localtime(moment).isoformat(sep=" ", timespec="seconds")
    words = f"{show_since(moment)}:{moment:%S}" if seconds else show_since(moment)
    return format_html('<time class="p-line" datetime="{}" title="{}">{}</time>', exact, exact, words)


def show_duration(span: timedelta | None) -> str:
    """Write a span in its two largest units: 3 d 4 h, 2 h 5 min, 40 s."""
    if span is None:
        return NOTHING
    seconds = max(int(span.total_seconds()), 0)
    units = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
    parts: list[str] = []
    for size, word in units:
        count, seconds = divmod(seconds, size)
        if count or parts:
            parts.append(f"{count} {word}" if count else "")
        if len(parts) == 2:
            break
    return " ".join(part for part in parts if part) or "0 s"


def show_number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.4g}" if value < 1_000 else f"{value:,.0f}"


def column(words: str, read: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    """Return a column of a list that shows what `read` makes of its row."""

    @admin.display(description=words)
    def show(_: Any, row: Any) -> Any:
        return read(row)

    return show
