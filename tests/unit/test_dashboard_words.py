"""How sizes, counts, ages, names and ranges are read and written."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.ranges import UnsatisfiableRange, parse_range
from dashboard.templatetags.patina import STATE_LOOKS, build_age_text, format_label, initials, short_count, size
from jobs.models import State

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ICON_NAMES = {line.partition("#")[0].strip() for line in Path("static/icons/names.txt").read_text().splitlines()} - {""}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (99_476, "99.5 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (6_120_000, "6.1 MB"),
        (200_000_000, "200 MB"),
        (2_000_000_000, "2 GB"),
        (None, ""),
    ],
)
def test_sizes_are_written_in_decimal_units_as_limits_are_told(value: int | None, text: str) -> None:
    assert size(value).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (1000, "1k"), (5_856, "5.9k"), (48_210, "48k"), (999_499, "999k"), (1_210_000, "1.2M")],
)
def test_counts_are_brief(value: int, text: str) -> None:
    assert short_count(value) == text


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 min ago"),
        (timedelta(hours=23), "23 h ago"),
        (timedelta(days=1), "yesterday"),
        (timedelta(days=29), "29 days ago"),
        (timedelta(days=60), "22 Sep 2026"),
    ],
)
def test_ages_are_brief_and_become_a_date_after_a_month(age: timedelta, text: str) -> None:
    assert build_age_text(NOW - age, now=NOW) == text


def test_formats_are_spelled_as_their_own_people_do() -> None:
    assert [format_label(name) for name in ("glb", "gltf", "webp")] == ["GLB", "glTF", "WebP"]


@pytest.mark.parametrize(("name", "letters"), [("Ana Moreau", "AM"), ("tom", "T"), ("lin.wu", "LW"), ("", "?")])
def test_initials_stand_for_a_person(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_every_state_has_a_look_with_an_icon_of_the_sprite() -> None:
    assert set(STATE_LOOKS) == set(State)
    assert {icon for _, icon in STATE_LOOKS.values()} <= ICON_NAMES


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-99", (0, 99)),
        ("bytes=900-", (900, 999)),
        ("bytes=900-5000", (900, 999)),
        ("bytes=-5", (995, 999)),
        ("bytes=-5000", (0, 999)),
        ("", None),
        ("bytes=-", None),
        ("bytes=5-2", None),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
        ("bytes=١-٢", None),
    ],
)
def test_a_single_range_is_understood_and_anything_else_means_the_whole_file(
    header: str, span: tuple[int, int] | None
) -> None:
    assert parse_range(header, 1000) == span


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(header: str) -> None:
    with pytest.raises(UnsatisfiableRange):
        parse_range(header, 1000)
