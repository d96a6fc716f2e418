"""The admin's page of the background work: who is at it, what waits, how well operations end, what projects store."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from jobs import health_figures
from jobs.admin.charts import draw_bars
from jobs.admin.rows import show_duration
from jobs.health_figures import Ended, Rate
from jobs.vendors import OPERATIONS, VENDOR_LABELS

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOURS, DAYS = 24, 7


@dataclass(frozen=True)
class Chart:
    """A vendor's last day and week."""

    vendor: str
    label: str
    day: SafeString
    week: SafeString
    day_rate: Rate
    week_rate: Rate
    day_median: str
    week_median: str


@dataclass(frozen=True)
class Line:
    """An operation's last day and week."""

    key: str
    vendor: str
    label: str
    day: Rate | None
    week: Rate | None
    day_median: str
    week_median: str


def build_charts(ended: list[Ended], *, now: datetime) -> list[Chart]:
    return [
        _build_chart(vendor, [item for item in ended if item.vendor == vendor], now=now) for vendor in VENDOR_LABELS
    ]


def _build_chart(vendor: str, ended: list[Ended], *, now: datetime) -> Chart:
    label, recent = VENDOR_LABELS[vendor], cut(ended, now=now)
    hours = health_figures.fill_buckets(recent, now=now, step=HOUR, count=HOURS)
    days = health_figures.fill_buckets(ended, now=now, step=DAY, count=DAYS)
    day, week = health_figures.rate(recent), health_figures.rate(ended)
    return Chart(
        vendor=vendor,
        label=label,
        day=draw_bars(hours, title=f"{label} by hour, the last 24", is_day=False),
        week=draw_bars(days, title=f"{label} by day, the last 7", is_day=True),
        day_rate=day,
        week_rate=week,
        day_median=show_duration(day.median),
        week_median=show_duration(week.median),
    )


def build_lines(ended: list[Ended], *, now: datetime) -> list[Line]:
    day, week = (health_figures.rate_operations(part) for part in (cut(ended, now=now), ended))
    return [
        Line(
            key=operation,
            vendor=VENDOR_LABELS.get(vendor, vendor),
            label=OPERATIONS[operation].label if operation in OPERATIONS else operation,
            day=day.get((vendor, operation)),
            week=rate,
            day_median=show_duration(day[vendor, operation].median) if (vendor, operation) in day else "–",
            week_median=show_duration(rate.median),
        )
        for (vendor, operation), rate in week.items()
    ]


def cut(ended: list[Ended], *, now: datetime) -> list[Ended]:
    return [item for item in ended if item.at > now - DAY]


def get_context(*, now: datetime) -> dict[str, Any]:
    ended = health_figures.list_ended(since=now - DAYS * DAY)
    depth, beat_at = health_figures.get_depth(now=now), health_figures.get_beat()
    return {
        "now": now,
        "workers": health_figures.list_workers(now=now),
        "beat": show_duration(now - beat_at) if beat_at else "",
        "is_alive": beat_at is not None and now - beat_at < health_figures.SILENCE,
        "depth": depth,
        "open_count": sum(depth.by_state.values()),
        "oldest": show_duration(now - depth.oldest_queued_at) if depth.oldest_queued_at else "",
        "due": show_duration(now - depth.oldest_due_at) if depth.oldest_due_at else "",
        "stuck_minutes": int(health_figures.STUCK_AFTER.total_seconds() // 60),
        "charts": build_charts(ended, now=now),
        "lines": build_lines(ended, now=now),
        "is_cut": len(ended) >= health_figures.ENDED_MAX,
        "ended_max": health_figures.ENDED_MAX,
        "storage": health_figures.get_storage(now=now),
    }


def show_health(request: HttpRequest) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": "Queue health", **get_context(now=timezone.now())}
    return TemplateResponse(request, "admin/jobs/health.html", context)
