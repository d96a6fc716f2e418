"""Comparing: which files an address asks for, what each pane of the comparison shows, and in which ways it can.

The address is `?a=1,2[,3,4]&mode=wipe`; a form may send `a` once for each file. Guests' pages build the same panes with
addresses of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse

from dashboard.asset_page import build_view
from dashboard.contact_sheet import STYLE_SHORT
from jobs.models import Asset, Project

PANES_MIN = 2
PANES_MAX = 4
SUGGESTED_MAX = 24
BIGGEST_PK = 2**63 - 1
WHOLE_PICTURE_BYTES = 8_000_000
"""A bigger picture is compared by its poster."""
BROWSER_FORMATS = frozenset({"png", "jpeg", "webp"})

Address = Callable[[str, Asset], str]
"""Given "page", "poster", "light" or "file" and an asset, returns its address; "" where the person may not have it."""


@dataclass(frozen=True)
class Mode:
    key: str
    label: str
    icon: str
    on_phones: bool = True
    for_models: bool = True


MODES = (
    Mode("wipe", "Wipe", "separator-vertical"),
    Mode("side", "Side by side", "layout-columns", on_phones=False),
    Mode("flip", "Flip", "flip-vertical"),
    Mode("difference", "Difference", "layers-difference", on_phones=False, for_models=False),
)


@dataclass(frozen=True)
class Wanted:
    """What an address asks for: numbers of files, each once, in its order; `left_out` are more than fit."""

    pks: list[int]
    left_out: int = 0


@dataclass(frozen=True)
class Found:
    """The wanted files as far as they are there. `trashed` lie in the project's trash; of `missing` nothing is said."""

    assets: list[Asset]
    trashed: list[Asset]
    missing: int


@dataclass(frozen=True)
class Pane:
    """One of the compared files. `picture` is there at once; `model` is the GLB that the 3D view loads, "" for none."""

    asset: Asset
    label: str
    page: str
    picture: str
    model: str
    model_bytes: int
    is_heavy: bool

    @property
    def is_model(self) -> bool:
        return self.asset.kind == Asset.Kind.MODEL

    @property
    def picture_class(self) -> str:
        return "compare-poster" if self.is_model else "compare-picture"


@dataclass(frozen=True)
class Way:
    """A mode with its address in this comparison."""

    mode: Mode
    query: str
    is_current: bool


@dataclass(frozen=True)
class Comparison:
    """What compare/_stage.html needs."""

    panes: list[Pane]
    ways: list[Way]
    mode: Mode
    swapped: str  # the query in which the first two have changed places

    @property
    def has_models(self) -> bool:
        return any(pane.model for pane in self.panes)

    @property
    def model_bytes(self) -> int:
        return sum(pane.model_bytes for pane in self.panes if pane.model)

    @property
    def is_heavy(self) -> bool:
        return any(pane.is_heavy for pane in self.panes)

    @property
    def query(self) -> str:
        return build_query([pane.asset for pane in self.panes], self.mode)


def read_wanted(query: QueryDict) -> Wanted:
    """Return what the address asks for; what is no number of a file is passed over."""
    texts = ",".join(query.getlist("a"))[:400].split(",")
    numbers = [int(text) for text in texts if text.isascii() and text.isdigit() and int(text) <= BIGGEST_PK]
    pks = list(dict.fromkeys(numbers))
    return Wanted(pks[:PANES_MAX], left_out=max(0, len(pks) - PANES_MAX))


def find_assets(project: Project, pks: Sequence[int]) -> Found:
    """Return the project's files in the order of the numbers.

    What belongs elsewhere and what never was are both only counted: nobody learns which.
    """
    rows = project.assets.filter(pk__in=pks).select_related(
        "project", "created_by", "parent__task", "task__created_by", "picked_by"
    )
    by_pk = {asset.pk: asset for asset in rows.prefetch_related("task__task_inputs__asset")}
    there = [by_pk[pk] for pk in pks if pk in by_pk]
    return Found(
        assets=[asset for asset in there if asset.trashed_at is None],
        trashed=[asset for asset in there if asset.trashed_at is not None],
        missing=len(pks) - len(there),
    )


def build_comparison(assets: Sequence[Asset], *, mode: str, address: Address, with_vendors: bool = False) -> Comparison:
    """Return the comparison of two to four files; a mode that they cannot be compared in becomes the first one.

    `with_vendors`: files of more than one vendor are called by it too; `task` of each is read.
    """
    panes = build_panes(assets, address, with_vendors=with_vendors)
    modes = [item for item in MODES if item.for_models or all(pane.asset.kind != Asset.Kind.MODEL for pane in panes)]
    chosen = next((item for item in modes if item.key == mode), modes[0])
    return Comparison(
        panes=panes,
        ways=[Way(item, build_query(assets, item), item is chosen) for item in modes],
        mode=chosen,
        swapped=build_query([assets[1], assets[0], *assets[2:]], chosen),
    )


def build_panes(assets: Sequence[Asset], address: Address, *, with_vendors: bool) -> list[Pane]:
    labels = build_labels(assets, with_vendors=with_vendors)
    return [_build_pane(asset, label, address) for asset, label in zip(assets, labels, strict=True)]


def _build_pane(asset: Asset, label: str, address: Address) -> Pane:
    page = address("page", asset)
    if asset.kind != Asset.Kind.MODEL:
        return Pane(asset, label, page, _build_picture(asset, address), model="", model_bytes=0, is_heavy=False)
    view = build_view(asset)
    load = {"light": "light", "original": "file"}.get(view.load, "")
    return Pane(
        asset,
        label,
        page,
        picture=address("poster", asset) if asset.poster_sha256 else "",
        model=address(load, asset) if load else "",
        model_bytes=view.load_bytes or 0,
        is_heavy=view.ask,
    )


def _build_picture(asset: Asset, address: Address) -> str:
    """Return the picture itself where a browser shows it soon, else its poster."""
    whole = asset.format in BROWSER_FORMATS and asset.size_bytes <= WHOLE_PICTURE_BYTES
    found = address("file", asset) if whole else ""
    return found or (address("poster", asset) if asset.poster_sha256 else "")


def build_labels(assets: Sequence[Asset], *, with_vendors: bool) -> list[str]:
    """Return a short name for each, by which it is called in tabs and tables; no two are alike."""
    one_lineage = len({asset.lineage_pk for asset in assets}) == 1
    one_parent = len({asset.parent_id for asset in assets}) == 1
    labels = [_build_label(asset, one_lineage=one_lineage, one_parent=one_parent) for asset in assets]
    vendors = [asset.task.vendor_label if with_vendors and asset.task else "" for asset in assets]
    if len(set(vendors) - {""}) > 1:
        labels = [f"{label} {vendor}".strip() for label, vendor in zip(labels, vendors, strict=True)]
    counts, seen = Counter(labels), Counter[str]()
    for place, label in enumerate(labels):
        seen[label] += 1
        if counts[label] > 1:
            labels[place] = f"{label} ({seen[label]})"
    return labels


def _build_label(asset: Asset, *, one_lineage: bool, one_parent: bool) -> str:
    if asset.kind == Asset.Kind.MODEL:
        return f"v{asset.version}" if one_lineage else f"{asset.name} v{asset.version}"
    version = f"v{asset.parent.version}" if asset.parent and not one_parent else ""
    parts = [version, asset.label.capitalize(), STYLE_SHORT.get(asset.style, asset.style.capitalize())]
    return " ".join(part for part in parts if part) if asset.label else asset.name


def build_query(assets: Iterable[Asset], mode: Mode) -> str:
    return "?" + urlencode({"a": ",".join(str(asset.pk) for asset in assets), "mode": mode.key}, safe=",")


def build_member_address(kind: str, asset: Asset) -> str:
    """Return where a member of the project finds the file; `asset.project` is read."""
    if kind == "page":
        return reverse("asset", args=[asset.project.slug, asset.pk])
    if kind == "file":
        return reverse("file", args=[asset.pk, asset.sha256, asset.file_name])
    return reverse(kind, args=[asset.pk, asset.poster_sha256 if kind == "poster" else asset.light_sha256])


def list_suggestions(asset: Asset) -> list[Asset]:
    """Return what the file is most likely compared with: versions of its lineage, or pictures of it."""
    others = _get_alike(asset).exclude(pk=asset.pk).select_related("project", "parent")
    found = [item for item in others.order_by("-pk")[:SUGGESTED_MAX] if item.project_id == asset.project_id]
    if asset.kind == Asset.Kind.MODEL:
        return found
    return sorted(found, key=lambda item: (item.label != asset.label, item.style != asset.style))


def _get_alike(asset: Asset) -> QuerySet[Asset]:
    """Return its lineage, by the index of that; naming the project too would have all of its files read."""
    alike = Asset.objects.kept().filter(kind=asset.kind)
    if asset.kind == Asset.Kind.MODEL:
        root = asset.lineage_pk
        lineage = Asset.objects.filter(Q(pk=root) | Q(root_id=root)).order_by()
        return alike.filter(pk__in=lineage.values("pk"))
    return alike.filter(root_id=asset.root_id) if asset.root_id else alike.filter(project_id=asset.project_id)
