"""The texture maps that came with a model: which map each file is, in the order in which people read them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from jobs.models import Asset

TEXTURE_LABELS = {
    "base_color": "Base color",
    "metallic_roughness": "Metallic-roughness",
    "metallic": "Metallic",
    "roughness": "Roughness",
    "normal": "Normal",
    "occlusion": "Occlusion",
    "emissive": "Emissive",
}
"""The maps in the order of their row."""
MAP_WORDS = (
    ("metallic_roughness", r"metallic_?roughness|roughness_?metallic|\borm\b"),
    ("base_color", r"base_?color|albedo|diffuse"),
    ("metallic", r"metallic|metalness"),
    ("roughness", r"roughness"),
    ("normal", r"normal"),
    ("occlusion", r"occlusion|ambient"),
    ("emissive", r"emissi"),
)
"""What vendors call the maps; the first match wins."""


@dataclass(frozen=True)
class Swatch:
    """One map of a model."""

    label: str
    asset: Asset


def build_swatches(assets: Iterable[Asset]) -> list[Swatch]:
    """Return the texture maps among the files, each with its name."""
    found = [(find_map(item), item) for item in assets if item.kind == Asset.Kind.TEXTURE_MAP]
    found.sort(key=lambda pair: (_rank(pair[0]), pair[1].pk))
    return [Swatch(TEXTURE_LABELS.get(name, item.name), item) for name, item in found]


def find_map(asset: Asset) -> str:
    """Return which map the file is ("base_color"), read from its label or its place in the answer; "" if none fits."""
    for text in (asset.label, asset.output_key.rpartition(".")[2], asset.output_key, asset.name):
        words = re.sub(r"[\s-]+", "_", text.lower())
        for name, pattern in MAP_WORDS:
            if re.search(pattern, words):
                return name
    return ""


def _rank(name: str) -> int:
    return list(TEXTURE_LABELS).index(name) if name in TEXTURE_LABELS else len(TEXTURE_LABELS)
