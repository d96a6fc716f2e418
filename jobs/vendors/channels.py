"""Names of texture maps, as vendors write them and as people read them."""

import re
from collections.abc import Iterable

# Longer names first: "metallic_roughness" is one map, not a metallic one.
CHANNELS = {
    "metallic roughness": "metallic roughness",
    "roughness metallic": "metallic roughness",
    "base colou?r": "base color",
    "albedo": "base color",
    "diffuse": "base color",
    "metallic": "metallic",
    "metalness": "metallic",
    "roughness": "roughness",
    "normal": "normal",
    "emissi(on|ve)": "emission",
    "ambient occlusion|occlusion|ao": "occlusion",
    "height|displacement": "height",
    "opacity|alpha": "opacity",
}
PATTERNS = [(re.compile(rf"\b({words})\b"), channel) for words, channel in CHANNELS.items()]


def find_channel(names: Iterable[str]) -> str:
    """Return what a map is for, from the names that lead to it, the last one first; empty where none of them tells."""
    for name in reversed(list(names)):
        words = re.sub(r"[^a-z]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
        joined = words.replace("basecolo", "base colo")
        found = next((channel for pattern, channel in PATTERNS if pattern.search(joined)), "")
        if found:
            return found
    return ""
