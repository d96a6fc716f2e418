"""What tasks cost, in the vendor's credits (its Changelog and its own clients; seed pages name no price)."""

from typing import Any

RETEXTURE_CREDITS = 10
RETEXTURE_8K_CREDITS = 15
REMESH_CREDITS = 5


def price_retexture(params: dict[str, Any]) -> int:
    return RETEXTURE_8K_CREDITS if params["resolution"] == "8k" else RETEXTURE_CREDITS


def price_remesh(_params: dict[str, Any]) -> int:
    return REMESH_CREDITS
