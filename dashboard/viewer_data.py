"""What the viewer's script is told of a model: the maps of its materials, and other versions whose maps fit it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse

from dashboard.texture_maps import Swatch, find_map
from jobs.models import Asset

OUTFITS_MAX = 12


def build_viewer_data(asset: Asset, *, versions: Iterable[Asset], swatches: Iterable[Swatch]) -> dict[str, Any]:
    """Return `materials` (name, factors, maps by channel) and `outfits`: versions with the same UV layout."""
    materials = build_materials(asset) or build_loose_maps(swatches)
    return {"materials": materials, "outfits": build_outfits(asset, versions)}


def build_materials(asset: Asset) -> list[dict[str, Any]]:
    """Return the materials inside the file (or its light GLB), each map with its address."""
    found = asset.facts.get("maps") or {}
    sha256 = get_maps_sha256(asset)
    return [
        {
            "name": material["name"],
            "factors": material["factors"],
            "maps": {
                channel: _describe(about, reverse("file-map", args=[asset.pk, sha256, number, channel]))
                for channel, about in material["maps"].items()
            },
        }
        for number, material in enumerate(found.get("materials", []))
        if sha256
    ]


def get_maps_sha256(asset: Asset) -> str:
    """Return the content in which the maps of `facts` lie: the file itself or its light GLB."""
    is_light = (asset.facts.get("maps") or {}).get("file") == "light"
    return asset.light_sha256 if is_light else asset.sha256


def build_loose_maps(swatches: Iterable[Swatch]) -> list[dict[str, Any]]:
    """Return the texture maps that came as files of their own, as if they were one material's."""
    files = {find_map(swatch.asset): swatch.asset for swatch in reversed(list(swatches))}
    maps = {
        channel: _describe(
            {"size_bytes": item.size_bytes, "format": item.format, "width": item.width_px, "height": item.height_px},
            reverse("file", args=[item.pk, item.sha256, item.file_name]),
        )
        for channel, item in files.items()
        if channel
    }
    return [{"name": "", "factors": {}, "maps": maps}] if maps else []


def _describe(about: Mapping[str, Any], address: str) -> dict[str, Any]:
    return {
        "url": address,
        "size": about["size_bytes"],
        "format": about["format"],
        "width": about["width"],
        "height": about["height"],
    }


def build_outfits(asset: Asset, versions: Iterable[Asset]) -> list[dict[str, Any]]:
    """Return the versions whose maps can be laid on this one without loading their mesh."""
    if not asset.uv_sha256:
        return []
    alike = [item for item in versions if item.uv_sha256 == asset.uv_sha256 and item.pk != asset.pk]
    return [
        {"version": item.version, "name": item.name, "pk": item.pk, "materials": build_materials(item)}
        for item in alike[-OUTFITS_MAX:]
    ]
