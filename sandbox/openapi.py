"""One OpenAPI document of all that this sandbox answers, put together from the vendors' parts."""

from collections.abc import Callable
from typing import Any

from sandbox.meshy import openapi as meshy
from sandbox.triverse import openapi as triverse

DOCUMENTS: dict[str, Callable[[], dict[str, Any]]] = {
    "triverse": triverse.build_document,
    "meshy": meshy.build_document,
}


def build_document() -> dict[str, Any]:
    """:raises ValueError: two vendors give the same name to different things"""
    whole: dict[str, Any] = {}
    for build in DOCUMENTS.values():
        whole = _merge(whole, build())
    return whole


def _merge(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    merged = dict(one)
    for name, value in other.items():
        there = merged.get(name, value)
        if isinstance(there, dict) and isinstance(value, dict):
            merged[name] = _merge(there, value)
        elif name in ("title", "version", "description"):
            merged[name] = there
        elif there != value:
            raise ValueError(name)
        else:
            merged[name] = value
    return merged
