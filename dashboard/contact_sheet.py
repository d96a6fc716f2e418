"""Contact sheets: the pictures that a task made, and the places of those that are still to come."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dashboard.uses import find_words_field
from jobs.models import Asset, State, Task
from jobs.verdicts import summarize

ANGLE_ORDER = ("front", "right", "back", "left", "top", "bottom", "three-quarter")
STYLE_LABELS = {"rgb": "RGB", "white": "White background"}
STYLE_SHORT = {"rgb": "RGB", "white": "White"}
PICTURE_ROLES = frozenset({"render", "image"})
RESOLUTION = re.compile(r"(\d{2,4})x(\d{2,4})")
STYLE_SWITCH = re.compile(r"^enable_(\w+)_render$")
"""How vendors name the switch of a style of pictures; the word inside is the style of the results (`rgb`, `white`)."""

IMAGE_COUNT = "image_count"
"""How vendors name the number of pictures; the pictures are "image 1", "image 2" and so on."""
AT_WORK = "Being made"
SHEET_MIN = 2
"""So many pictures make a sheet that is worth having as one picture."""
OF_ALL_PICTURES = frozenset({"count", "angles"})
"""Checks that one picture of a task carries for all of them (jobs/verdicts.py)."""


@dataclass(frozen=True)
class Tile:
    """A picture that came, or the place of one that is still to come."""

    label: str
    style: str
    asset: Asset | None
    waiting_text: str = ""
    has_twin: bool = False  # the same angle is here in another style too, so one of the two is shown at a time

    @property
    def differs(self) -> bool:
        """Return whether this very picture is not as asked; what is told of all of them stands above them."""
        rows = self.asset.verdict if self.asset else []
        return any(row["met"] is False and row["key"] not in OF_ALL_PICTURES for row in rows)

    @property
    def is_at_work(self) -> bool:
        return self.waiting_text == AT_WORK

    @property
    def label_text(self) -> str:
        return self.label.capitalize() or (self.asset.name if self.asset else "Picture")

    @property
    def caption(self) -> str:
        """Return what the lightbox says of the picture."""
        return " · ".join(text for text in (self.asset.name if self.asset else "", self.style_label) if text)

    @property
    def picture_class(self) -> str:
        return "tile-picture tile-white" if self.style == "white" else "tile-picture stage"

    @property
    def style_label(self) -> str:
        return STYLE_LABELS.get(self.style, self.style)

    @property
    def style_short(self) -> str:
        return STYLE_SHORT.get(self.style, self.style)


@dataclass(frozen=True)
class Part:
    """The pictures of a sheet in one style, which can be had as one picture; `style` is "" where it has but one."""

    style: str
    label: str
    query: str


@dataclass(frozen=True)
class Sheet:
    """The pictures of one task, or those that no task made."""

    task: Task | None
    tiles: list[Tile]

    @property
    def has_styles(self) -> bool:
        return any(tile.has_twin for tile in self.tiles)

    @property
    def parts(self) -> list[Part]:
        """Return what can be had as one picture: the pictures of each style, or all of them."""
        made = [tile for tile in self.tiles if tile.asset]
        styles = list(dict.fromkeys(tile.style for tile in made)) if self.has_styles else [""]
        groups = [(style, [tile for tile in made if not style or tile.style == style]) for style in styles]
        return [
            Part(
                style,
                STYLE_SHORT.get(style, style),
                "?a=" + ",".join(str(tile.asset.pk) for tile in tiles if tile.asset),
            )
            for style, tiles in groups
            if len(tiles) >= SHEET_MIN
        ]

    @property
    def words(self) -> str:
        """Return the words that the pictures were made from, where there are any."""
        return str(self.task.params.get(find_words_field(self.task.spec), "")) if self.task else ""

    @property
    def number(self) -> int:
        return self.task.pk if self.task else 0

    @property
    def size_text(self) -> str:
        """Return "1024 × 1024 PNG" where all pictures are alike."""
        made = [tile.asset for tile in self.tiles if tile.asset]
        kinds = {(item.width_px, item.height_px, item.format) for item in made}
        if len(kinds) != 1 or not made[0].width_px:
            return ""
        return f"{made[0].width_px} × {made[0].height_px} {made[0].format.upper()}"

    @property
    def shape(self) -> str:
        """Return "square", "wide" or "tall": as the pictures are, or as they were asked for."""
        made = self.newest
        width, height = (made.width_px, made.height_px) if made else _read_resolution(self.task)
        if not width or not height or width == height:
            return "square"
        return "wide" if width > height else "tall"

    @property
    def verdict(self) -> list[dict[str, Any]]:
        """Return the checks of all pictures, each once; one that only some pictures tell says how many."""
        rows = [row for tile in self.tiles if tile.asset for row in tile.asset.verdict]
        told = Counter(str(row) for row in rows)
        of_key = Counter(row["key"] for row in rows)
        once = {str(row): row for row in rows}
        return [
            row | {"label": _build_label(row, count=told[text], of=of_key[row["key"]])} for text, row in once.items()
        ]

    @property
    def verdict_state(self) -> str:
        """Return whether the pictures are what was asked for: missed if one is not, empty where nobody looked."""
        return summarize(self.verdict)

    @property
    def get_verdict_state_display(self) -> str:
        return Asset.VerdictState(self.verdict_state).label

    @property
    def came_count(self) -> int:
        return sum(tile.asset is not None for tile in self.tiles)

    @property
    def newest(self) -> Asset | None:
        return next((tile.asset for tile in self.tiles if tile.asset), None)


def expects_pictures(task: Task) -> bool:
    return any(output.role in PICTURE_ROLES for output in task.spec.outputs)


def build_sheet(task: Task | None, pictures: Iterable[Asset]) -> Sheet:
    """Return a tile for every picture that came or may still come, each at a place that it keeps."""
    left = sort_pictures(pictures)
    tiles = []
    for label, style in build_expected(task) if task else []:
        found = next((item for item in left if item.label == label and item.style == style), None)
        if found is not None:
            left.remove(found)
        if found is not None or (task and task.is_open):
            tiles.append(Tile(label=label, style=style, asset=found, waiting_text=_get_waiting_text(task)))
    return Sheet(task, _mark_twins(tiles + [Tile(label=item.label, style=item.style, asset=item) for item in left]))


def _mark_twins(tiles: list[Tile]) -> list[Tile]:
    """Say of each tile whether the other of the two styles between which people choose has its angle too."""
    styles = {(tile.label, tile.style) for tile in tiles}
    other = dict(zip(STYLE_LABELS, reversed(STYLE_LABELS), strict=True))
    return [
        replace(tile, has_twin=bool(tile.label) and (tile.label, other.get(tile.style)) in styles) for tile in tiles
    ]


def build_expected(task: Task) -> list[tuple[str, str]]:
    """Return (label, style) of the pictures that the task's values ask for; empty where they do not tell."""
    if not expects_pictures(task):
        return []
    fields = task.spec.fields
    if any(output.role == Asset.Kind.IMAGE for output in task.spec.outputs):
        return [(f"image {number}", "") for number in range(1, _read_image_count(task) + 1)]
    lists = [value for name, value in task.params.items() if isinstance(value, list) and name in fields]
    labels = sorted((str(text) for text in lists[0]), key=_rank_angle) if lists else []
    switches = {match[1]: name for name in fields if (match := STYLE_SWITCH.match(name))}
    styles = [style for style, name in switches.items() if task.params.get(name, fields[name].initial)]
    return [(label, style) for style in sorted(styles, key=_rank_style) or [""] for label in labels]


def sort_pictures(pictures: Iterable[Asset]) -> list[Asset]:
    """Return pictures by style, then by angle, so that a sheet always reads the same way."""
    return sorted(pictures, key=lambda item: (_rank_style(item.style), _rank_angle(item.label), item.pk))


def _read_resolution(task: Task | None) -> tuple[int, int]:
    """Return the width and height that the task's values name, 0 and 0 where none does."""
    texts = [value for value in task.params.values() if isinstance(value, str)] if task else []
    match = next((found for text in texts if (found := RESOLUTION.fullmatch(text))), None)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _build_label(row: Mapping[str, Any], *, count: int, of: int) -> str:
    return str(row["label"]) if count == of else f"{row['label']} ({count} of {of} pictures)"


def _read_image_count(task: Task) -> int:
    """Return how many pictures without a name were asked for, 0 where the values do not tell."""
    item = task.spec.fields.get(IMAGE_COUNT)
    count = task.params.get(IMAGE_COUNT, item.initial if item else None)
    return count if isinstance(count, int) else 0


def _get_waiting_text(task: Task | None) -> str:
    return AT_WORK if task and task.state in {State.RUNNING, State.SAVING} else "Queued"


def _rank_angle(word: str) -> int:
    return ANGLE_ORDER.index(word) if word in ANGLE_ORDER else len(ANGLE_ORDER)


def _rank_style(word: str) -> int:
    return list(STYLE_LABELS).index(word) if word in STYLE_LABELS else len(STYLE_LABELS)
