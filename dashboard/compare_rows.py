"""What differs between compared files: one row for each thing that is not the same in all of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dashboard.asset_page import build_facts
from dashboard.contact_sheet import STYLE_LABELS
from dashboard.task_page import build_duration, build_values
from dashboard.templatetags.patina import format_label
from dashboard.templatetags.patina import size as write_size
from dashboard.uses import find_words_field
from dashboard.words import split_kept
from jobs.models import Asset, State, Task

WORDS = "Prompt"
NOTHING = "–"
FACE_FACTS = ("triangles", "quads", "ngons")


@dataclass(frozen=True)
class Value:
    """What one file has in a row; `number` where it can be reckoned with."""

    text: str
    number: float | None = None


@dataclass(frozen=True)
class Cell:
    text: str | SafeString
    change: str = ""  # against the first one: −38%


@dataclass(frozen=True)
class Row:
    label: str
    cells: list[Cell]


@dataclass(frozen=True)
class Table:
    rows: list[Row]
    same: list[tuple[str, str]]  # what is the same in all: (label, text)


def build_table(assets: Sequence[Asset]) -> Table:
    columns = [build_values_of(asset) for asset in assets]
    fullest_first = sorted(columns, key=len, reverse=True)  # so that rows stand in the order in which a file is told
    labels = list(dict.fromkeys(label for column in fullest_first for label in column))
    rows, same = [], []
    for label in labels:
        values = [column.get(label, Value(NOTHING)) for column in columns]
        if len({value.text for value in values}) > 1:
            rows.append(Row(label, _build_cells(label, values)))
        else:
            same.append((label, values[0].text))
    return Table(rows, same)


def _build_cells(label: str, values: list[Value]) -> list[Cell]:
    if label == WORDS:
        return [Cell(text) for text in mark_differing([value.text for value in values])]
    first = values[0].number
    return [Cell(value.text, _write_change(value.number, first) if place else "") for place, value in enumerate(values)]


def _write_change(number: float | None, first: float | None) -> str:
    """Return by how much it is more or less than the first, "" where that says nothing."""
    if not number or not first or number == first:
        return ""
    ratio = number / first
    if ratio >= 2:
        return f"×{ratio:.1f}".removesuffix(".0")
    percent = round((ratio - 1) * 100)
    return f"{'+' if percent > 0 else '−'}{abs(percent)}%" if percent else ""


def build_values_of(asset: Asset) -> dict[str, Value]:
    """Return all that is known of the file, by the label under which it is compared."""
    task = asset.task
    found: dict[str, Value] = {}
    if words := get_words(asset):
        found[WORDS] = Value(words)
    found["Made by"] = Value(task.spec.label if task else "Upload")
    if task:
        found |= _build_task_values(task)
    found |= _build_place(asset)
    found |= _build_file_values(asset)
    found["By"] = Value(str(asset.created_by or "Somebody"))
    return found


def get_words(asset: Asset) -> str:
    """Return the words that the file was made from; a render's are those of the model that it shows."""
    tasks = [asset.task, asset.parent.task if asset.parent and asset.kind == Asset.Kind.RENDER else None]
    for task in tasks:
        field = find_words_field(task.spec) if task else ""
        if task and field and (text := " ".join(str(task.params.get(field, "")).split())):
            return text
    return ""


def _build_task_values(task: Task) -> dict[str, Value]:
    found = {"Vendor": Value(task.vendor_label)}
    words = str(task.spec.fields[name].label) if (name := find_words_field(task.spec)) else ""
    found |= {label: Value(text) for label, text in build_values(task) if label != words}
    for item in task.task_inputs.all():
        if item.asset.kind == Asset.Kind.IMAGE and item.field in task.spec.fields:
            found[str(task.spec.fields[item.field].label)] = Value(item.asset.name)
    if task.charged_credits is not None:
        found["Credits"] = Value(f"{task.charged_credits:g}", task.charged_credits)
    if task.state == State.SUCCEEDED:
        took_s = (task.state_at - task.created_at).total_seconds()
        found["Took"] = Value(build_duration(took_s), took_s)
    return found


def _build_place(asset: Asset) -> dict[str, Value]:
    """Return where the file stands: what it came from, and what a picture shows of it."""
    found: dict[str, Value] = {}
    if asset.parent and asset.parent.kind == Asset.Kind.MODEL:
        label = "Made from" if asset.kind == Asset.Kind.MODEL else "Shows"
        found[label] = Value(f"v{asset.parent.version}")
    if asset.label and asset.kind == Asset.Kind.RENDER:
        found["Angle"] = Value(asset.label.capitalize())
    if asset.style:
        found["Style"] = Value(STYLE_LABELS.get(asset.style, asset.style.capitalize()))
    if asset.review:
        found["Review"] = Value(asset.get_review_display())
    if asset.verdict_state:
        found["Asked and got"] = Value(asset.get_verdict_state_display())
    return found


def _build_file_values(asset: Asset) -> dict[str, Value]:
    found: dict[str, Value] = {}
    faces = sum(asset.facts.get(name) or 0 for name in FACE_FACTS)
    if faces:
        found["Faces"] = Value(f"{faces:,}", faces)
    for fact in build_facts(asset):
        if fact.value != f"{faces:,}":
            found[fact.label] = Value(fact.value)
    found["Format"] = Value(format_label(asset.format))
    found["Size"] = Value(write_size(asset.size_bytes), asset.size_bytes)
    return found


def mark_differing(texts: list[str]) -> list[SafeString]:
    """Return each text as HTML in which the words are marked that do not stand in all the others."""
    return [_mark(text, [other for place, other in enumerate(texts) if place != own]) for own, text in enumerate(texts)]


def _mark(text: str, others: list[str]) -> SafeString:
    if text == NOTHING:
        return format_html("{}", NOTHING)
    pieces = [piece for piece, _ in split_kept(text, text)]
    kept = [[is_kept for _, is_kept in split_kept(other, text)] for other in others]
    everywhere = [all(flags) for flags in zip(*kept, strict=True)]
    runs = groupby(_bridge(pieces, everywhere), key=itemgetter(1))
    parts = (("".join(piece for piece, _ in run), is_same) for is_same, run in runs)
    return format_html_join(
        "", "{}", ((part if same else format_html("<mark>{}</mark>", part),) for part, same in parts)
    )


def _bridge(pieces: list[str], same: list[bool]) -> list[tuple[str, bool]]:
    """Join the words that are marked one after the other: the blank between them is marked too, no other is."""
    is_word = [bool(re.match(r"\w", piece)) for piece in pieces]
    marked = []
    for place, piece in enumerate(pieces):
        if is_word[place]:
            marked.append((piece, same[place]))
            continue
        inside = 0 < place < len(pieces) - 1 and not same[place - 1] and not same[place + 1]
        marked.append((piece, not (inside and piece.isspace())))
    return marked
