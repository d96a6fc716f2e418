"""What guests see of files: with addresses only for what their link gives them, and no word of vendors or credits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import QueryDict

from dashboard import guest_wall
from dashboard.asset_page import HIDDEN_EXTENSION, VIEWER_FORMAT, Fact, build_facts
from dashboard.guests import Guest
from dashboard.templatetags.patina import format_label, size
from jobs import light_models, sharing
from jobs.models import Asset, ShareLink

RENDERS_MAX = 120
ASK_BEFORE_BYTES = 20_000_000
"""A bigger model is loaded when the guest asks for it."""
HIDDEN_FACTS = frozenset({"Made with"})
"""The program that wrote the file may be a vendor's."""
SHOWN_FORMATS = frozenset({"png", "jpeg", "webp"})
KINDS = {"models": ("Models", (Asset.Kind.MODEL,)), "pictures": ("Pictures", sharing.PICTURES)}


@dataclass(frozen=True)
class Card:
    """One file as a guest has it: each address is empty where the guest has no right to what lies there."""

    asset: Asset
    page: str
    poster: str
    file: str

    @property
    def is_model(self) -> bool:
        return self.asset.kind == Asset.Kind.MODEL

    @property
    def picture(self) -> str:
        """Where the picture itself is shown from; in a browser, so a poster in place of what none can show."""
        return self.file if self.file and not self.is_model and self.asset.format in SHOWN_FORMATS else self.poster

    @property
    def comparable(self) -> bool:
        return self.asset.kind != Asset.Kind.TEXTURE_MAP


@dataclass(frozen=True)
class Stage:
    """What the 3D view loads. `state` is ready, coming (a light GLB is being made), lacking, or none: no right."""

    state: str
    src: str = ""
    size_bytes: int = 0

    @property
    def ask(self) -> bool:
        return self.size_bytes > ASK_BEFORE_BYTES


@dataclass(frozen=True)
class FilePage:
    """The page of one file."""

    card: Card
    stage: Stage
    facts: list[Fact]
    renders: list[Card] = field(default_factory=list)
    maps: list[Card] = field(default_factory=list)

    @property
    def downloads(self) -> list[Card]:
        return [card for card in (self.card, *self.maps) if card.file]


@dataclass(frozen=True)
class Row:
    """One fact of each of the compared files."""

    label: str
    values: list[str]


def build_card(guest: Guest, asset: Asset) -> Card:
    page, poster, file = (guest.build_address(kind, asset) for kind in ("page", "poster", "file"))
    return Card(asset, page=page, poster=poster, file=file)


def get_stage(guest: Guest, asset: Asset, *, now: datetime) -> Stage:
    """Choose the GLB of the 3D view: the light one; the file itself only for those who may have it anyway.

    Where there is neither, a light one is wished for.
    """
    if asset.kind != Asset.Kind.MODEL or "look" not in guest.rights:
        return Stage("none")
    if light := guest.build_address("light", asset):
        return Stage("ready", light, asset.light_size_bytes or 0)
    decodable = HIDDEN_EXTENSION not in asset.facts.get("extensions_used", [])
    original = guest.build_address("file", asset) if asset.format == VIEWER_FORMAT and decodable else ""
    if original:
        return Stage("ready", original, asset.size_bytes)
    return Stage("coming" if light_models.wish(asset, now=now) else "lacking")


def get_file_page(guest: Guest, asset: Asset, *, now: datetime) -> FilePage:
    """Read all that the page of one file shows; renders and maps beside a model."""
    facts = list_facts(asset)
    page = FilePage(build_card(guest, asset), get_stage(guest, asset, now=now), facts)
    if asset.kind != Asset.Kind.MODEL:
        return page
    beside = Q(kind=Asset.Kind.RENDER, parent=asset)
    if asset.task_id:
        beside |= Q(kind=Asset.Kind.TEXTURE_MAP, task=asset.task_id)
    found = guest.get_files().filter(beside).order_by("-created_at", "-pk")[:RENDERS_MAX]
    cards = [build_card(guest, item) for item in found]
    return FilePage(
        page.card,
        page.stage,
        facts,
        renders=[card for card in cards if card.asset.kind == Asset.Kind.RENDER],
        maps=[card for card in cards if card.asset.kind == Asset.Kind.TEXTURE_MAP],
    )


def get_wall(guest: Guest, query: QueryDict) -> dict[str, Any]:
    """Return the context of many files: all that were chosen, or one page of a whole gallery."""
    if guest.link.scope != ShareLink.Scope.GALLERY:
        return {"cards": [build_card(guest, asset) for asset in sharing.get_chosen(guest.link)]}
    show = query.get("show", "")
    show = show if show in KINDS else ""
    page = guest_wall.get_page(guest, query, kinds=KINDS[show][1]) if show else guest_wall.get_page(guest, query)
    return {
        "cards": [build_card(guest, asset) for asset in page.rows],
        "page": page,
        "show": show,
        "chips": [(key, label) for key, (label, _) in KINDS.items()],
        "keep": f"show={show}&" if show else "",
    }


def build_rows(assets: Sequence[Asset]) -> list[Row]:
    """Return the facts in which the files differ."""
    tables = [{fact.label: fact.value for fact in list_facts(asset)} for asset in assets]
    for table, asset in zip(tables, assets, strict=True):
        table["File"] = f"{format_label(asset.format)}, {size(asset.size_bytes)}"
    labels = dict.fromkeys(label for table in tables for label in table)
    rows = [Row(label, [table.get(label, "") for table in tables]) for label in labels]
    return [row for row in rows if len(set(row.values)) > 1]


def list_facts(asset: Asset) -> list[Fact]:
    return [fact for fact in build_facts(asset) if fact.label not in HIDDEN_FACTS]
