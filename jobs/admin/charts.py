"""Small charts, drawn by the server: an SVG needs no script, and its colours are classes of static/css/admin.css."""

from collections.abc import Iterable

from django.utils import formats
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from jobs.health_figures import Bucket

WIDTH, HEIGHT, GAP = 240.0, 48.0, 1.5
LEAST = 1.5  # so high is the least bar, and the mark of an hour without any


def draw_bars(buckets: list[Bucket], *, title: str, is_day: bool) -> SafeString:
    """Draw what ended well upon what did not; every bar says its numbers, the whole its sum."""
    highest = max((bucket.good + bucket.bad for bucket in buckets), default=0) or 1
    step = WIDTH / max(len(buckets), 1)
    bars = format_html_join(
        "",
        '<g><title>{}</title><rect class="p-bar-none" x="{}" y="{}" width="{}" height="{}"/>'
        '<rect class="p-bar-bad" x="{}" y="{}" width="{}" height="{}"/>'
        '<rect class="p-bar-good" x="{}" y="{}" width="{}" height="{}"/></g>',
        (_place(bucket, number * step, step - GAP, highest, is_day=is_day) for number, bucket in enumerate(buckets)),
    )
    good, bad = sum(bucket.good for bucket in buckets), sum(bucket.bad for bucket in buckets)
    return format_html(
        '<svg class="p-chart" viewBox="0 0 {} {}" role="img" aria-label="{}: {} done, {} failed">{}</svg>',
        int(WIDTH),
        int(HEIGHT),
        title,
        good,
        bad,
        bars,
    )


def _place(bucket: Bucket, x: float, width: float, highest: int, *, is_day: bool) -> Iterable[object]:
    bad, good = (_scale(count, highest) for count in (bucket.bad, bucket.good))
    form = "D j M" if is_day else "H:i"
    words = f"{formats.date_format(bucket.since, form)}: {bucket.good} done, {bucket.bad} failed"
    left, wide = round(x, 2), round(width, 2)
    none = 0.0 if bucket.good or bucket.bad else LEAST
    return (
        words,
        *(left, HEIGHT - LEAST, wide, none),
        *(left, round(HEIGHT - bad, 2), wide, bad),
        *(left, round(HEIGHT - bad - good, 2), wide, good),
    )


def _scale(count: int, highest: int) -> float:
    return round(max(count / highest * (HEIGHT - 2 * LEAST), LEAST), 2) if count else 0.0
