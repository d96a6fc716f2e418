"""What the page of a file shows: what the viewer loads, its facts in words, its lineage, its renders."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from dashboard.contact_sheet import Sheet, build_sheet, expects_pictures
from dashboard.model_health import Health, build_health
from dashboard.texture_maps import TEXTURE_LABELS, Swatch, build_swatches
from dashboard.uses import Use, list_file_uses
from jobs.models import OPEN_STATES, Asset, Task

ASK_BEFORE_BYTES = 20_000_000
"""A bigger file is loaded when the person asks for it."""
VIEWER_FORMAT = "glb"
HIDDEN_EXTENSION = "KHR_texture_basisu"
"""KTX2 textures: their decoder needs `unsafe-eval`, which our Content-Security-Policy refuses."""
SHEETS_AT_ONCE = 2
"""So many sets of renders are open; the earlier ones fold away."""


@dataclass(frozen=True)
class View:
    """What the viewer loads. `state` is ready, waiting, failed or lacking; `load` is "light", "original" or ""."""

    state: str
    load: str
    load_bytes: int | None
    original: bool  # the file itself can be shown too
    ask: bool  # before it is loaded
    note: str = ""


@dataclass(frozen=True)
class Fact:
    label: str
    value: str
    more: tuple[str, ...] = ()


@dataclass(frozen=True)
class Version:
    """One model of a lineage, and how it came to be."""

    asset: Asset
    made_by: str
    came_from: str
    is_current: bool
    on_path: bool


@dataclass
class Page:
    """All that the page of a model needs from the database, read once."""

    view: View
    facts: list[Fact]
    versions: list[Version]
    sheets: list[Sheet]
    running: list[Task]
    swatches: list[Swatch] = field(default_factory=list)
    health: Health | None = None
    next_steps: list[Use] = field(default_factory=list)

    @property
    def path(self) -> list[Version]:
        return [version for version in self.versions if version.on_path]

    @property
    def earlier(self) -> Asset | None:
        """The version before this one, for the key [."""
        return self._find_beside(-1)

    @property
    def later(self) -> Asset | None:
        return self._find_beside(1)

    def _find_beside(self, step: int) -> Asset | None:
        place = next((i for i, version in enumerate(self.versions) if version.is_current), None)
        beside = -1 if place is None else place + step
        return self.versions[beside].asset if 0 <= beside < len(self.versions) else None

    @property
    def coming_models(self) -> list[Task]:
        """The running tasks that will add a version."""
        return [task for task in self.running if any(output.role == "model" for output in task.spec.outputs)]

    @property
    def recent_sheets(self) -> list[Sheet]:
        return self.sheets[:SHEETS_AT_ONCE]

    @property
    def earlier_sheets(self) -> list[Sheet]:
        return self.sheets[SHEETS_AT_ONCE:]

    @property
    def render_count(self) -> int:
        return sum(sheet.came_count for sheet in self.sheets)

    @property
    def earlier_count(self) -> int:
        return sum(sheet.came_count for sheet in self.earlier_sheets)


def build_page(asset: Asset) -> Page:
    running = get_running(asset)
    return Page(
        view=build_view(asset),
        facts=build_facts(asset),
        versions=get_versions(asset),
        sheets=get_sheets(asset, running),
        running=running,
        swatches=get_swatches(asset),
        health=build_health(asset.facts),
        next_steps=list_file_uses(asset),
    )


def build_view(asset: Asset) -> View:
    """Decide what the viewer loads: the light GLB where there is one, else the file where a browser can show it."""
    is_glb = asset.format == VIEWER_FORMAT
    undecodable = HIDDEN_EXTENSION in asset.facts.get("extensions_used", [])
    showable = is_glb and not undecodable
    if asset.light_sha256:
        light_bytes = asset.light_size_bytes
        note = "" if showable else _build_light_note(asset, undecodable=undecodable)
        return View("ready", "light", light_bytes, showable, (light_bytes or 0) > ASK_BEFORE_BYTES, note)
    if showable and asset.preview != Asset.Preview.WAITING:
        return View("ready", "original", asset.size_bytes, False, asset.size_bytes > ASK_BEFORE_BYTES)
    states = {Asset.Preview.WAITING: "waiting", Asset.Preview.LACKING: "lacking"}
    return View(states.get(Asset.Preview(asset.preview), "failed"), "", None, showable, True)


def _build_light_note(asset: Asset, *, undecodable: bool) -> str:
    if undecodable:
        return "This file holds KTX2 textures, which cannot be shown here. This is a light GLB made from it."
    label = {"gltf": "glTF"}.get(asset.format, asset.format.upper())
    return f"{label} cannot be shown in the browser. This is a light GLB made from it."


def build_facts(asset: Asset) -> list[Fact]:
    """Return what was measured, in the field's words; only what is known."""
    facts = asset.facts
    rows = [
        _count("Triangles", facts.get("triangles")),
        _count("Quads", facts.get("quads")),
        _count("Polygons with more sides", facts.get("ngons")),
        _count("Vertices", facts.get("vertices"), keep_zero=True),
        _count("Meshes", facts.get("meshes")),
        _build_materials(facts),
        _build_textures(facts),
        Fact("UVs", "Yes" if facts["has_uvs"] else "None") if "has_uvs" in facts else None,
        _build_animations(facts),
        _count("Skins", facts.get("skins")),
        Fact("Vertex colors", "Yes") if facts.get("has_vertex_colors") else None,
        _build_dimensions(facts),
        Fact("Pixels", f"{asset.width_px} × {asset.height_px}") if asset.width_px else None,
        Fact("Made with", str(facts["generator"])) if facts.get("generator") else None,
    ]
    return [row for row in rows if row is not None]


def _count(label: str, number: Any, *, keep_zero: bool = False) -> Fact | None:
    if number is None or (not number and not keep_zero):
        return None
    return Fact(label, f"{number:,}")


def _build_materials(facts: Mapping[str, Any]) -> Fact | None:
    materials = facts.get("materials") or []
    count = facts.get("material_count", len(materials))
    names = tuple(str(item.get("name") or "Unnamed") for item in materials)
    return Fact("Materials", f"{count:,}", names) if count else Fact("Materials", "None") if facts else None


def _build_textures(facts: Mapping[str, Any]) -> Fact | None:
    textures = facts.get("textures")
    if textures is None:
        return None
    if not textures:
        return Fact("Textures", "None")
    sizes = [max(item.get("width") or 0, item.get("height") or 0) for item in textures]
    largest = max(sizes)
    value = f"{len(textures):,}, up to {largest:,} px" if largest else f"{len(textures):,}"
    return Fact("Textures", value, tuple(_describe_texture(item) for item in textures))


def _describe_texture(item: Mapping[str, Any]) -> str:
    channels = ", ".join(
        TEXTURE_LABELS.get(name, str(name).replace("_", " ").capitalize()) for name in item.get("channels") or []
    )
    size = f"{item['width']} × {item['height']}" if item.get("width") else ""
    return " · ".join(part for part in (channels or str(item.get("name") or "Texture"), size) if part)


def _build_animations(facts: Mapping[str, Any]) -> Fact | None:
    animations = facts.get("animations") or []
    lines = tuple(f"{item.get('name') or 'Unnamed'} · {item.get('duration_s') or 0:.1f} s" for item in animations)
    return Fact("Animations", f"{len(animations):,}", lines) if animations else None


def _build_dimensions(facts: Mapping[str, Any]) -> Fact | None:
    size = (facts.get("bounding_box_m") or {}).get("size")
    if not size:
        return None
    return Fact("Size in metres", " × ".join(write_metres(length) for length in size), ("Width, height, depth",))


def write_metres(length: float) -> str:
    """Write a length with three digits that count: 0.0123, 1.44, 12.3, 5,120."""
    if length <= 0 or not math.isfinite(length):
        return "0"
    decimals = min(6, max(0, 2 - math.floor(math.log10(length))))
    return f"{length:,.{decimals}f}"


def get_versions(asset: Asset) -> list[Version]:
    """Return the models of the asset's lineage, oldest first."""
    root = asset.lineage_pk
    models = (
        Asset.objects.kept()
        .filter(Q(pk=root) | Q(root_id=root), project_id=asset.project_id, kind=Asset.Kind.MODEL)
        .select_related("task", "parent", "created_by")
        .order_by("version", "created_at", "pk")
    )
    found = list(models)
    path = _find_path(asset, {item.pk: item for item in found})
    return [
        Version(
            asset=item,
            made_by=item.task.spec.label if item.task else "Upload",
            came_from=f"v{item.parent.version}" if item.parent and item.parent.kind == Asset.Kind.MODEL else "",
            is_current=item.pk == asset.pk,
            on_path=item.pk in path,
        )
        for item in found
    ]


def _find_path(asset: Asset, models: dict[int, Asset]) -> set[int]:
    """Return the asset and what it came from, up to the upload."""
    path: set[int] = set()
    number = asset.pk if asset.pk in models else asset.parent_id
    while number in models and number not in path:
        path.add(number)
        number = models[number].parent_id
    return path


def get_sheets(asset: Asset, running: list[Task]) -> list[Sheet]:
    """Return the pictures made of this version, newest first; what running tasks will bring has its place already."""
    renders = (
        Asset.objects.kept()
        .filter(parent=asset, kind=Asset.Kind.RENDER, project_id=asset.project_id)
        .select_related("task", "created_by")
    )
    tasks: dict[int, Task | None] = {task.pk: task for task in running if expects_pictures(task)}
    pictures: dict[int, list[Asset]] = {number: [] for number in tasks}
    for item in renders:
        number = item.task_id or 0
        tasks.setdefault(number, item.task)
        pictures.setdefault(number, []).append(item)
    sheets = [build_sheet(tasks[number], items) for number, items in pictures.items()]
    return [sheet for sheet in sheets if sheet.tiles]


def get_swatches(asset: Asset) -> list[Swatch]:
    """Return the texture maps that the model's task gave beside it."""
    beside = Asset.objects.kept().filter(task_id=asset.task_id, project_id=asset.project_id)
    return build_swatches(beside.filter(kind=Asset.Kind.TEXTURE_MAP)) if asset.task_id else []


def get_running(asset: Asset) -> list[Task]:
    """Return the tasks that work on this file now, newest first."""
    return list(asset.used_by.filter(state__in=OPEN_STATES).select_related("created_by").distinct())
