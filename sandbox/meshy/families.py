"""The families of tasks: each has five verbs under its own path. Two are performed, the others are only known."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.meshy.fields import Fields
from sandbox.meshy.prices import price_remesh, price_retexture
from sandbox.meshy.profiles import Profile
from sandbox.meshy.validation import Wish, check_remesh, check_retexture


@dataclass(frozen=True)
class Family:
    """`inputs` are the types of the tasks that `input_task_id` may name."""

    path: str
    type: str
    check: Callable[[Fields, Profile], Wish]
    price: Callable[[dict[str, Any]], int]
    inputs: frozenset[str]


GENERATED = frozenset({"text-to-3d-preview", "text-to-3d-refine", "image-to-3d"})
RETEXTURE = Family("/v1/retexture", "retexture", check_retexture, price_retexture, GENERATED | {"remesh"})
REMESH = Family("/v1/remesh", "remesh", check_remesh, price_remesh, GENERATED | {"retexture"})
FAMILIES = {family.type: family for family in (RETEXTURE, REMESH)}

# Their lists are empty, their ids unknown, and their creates refused.
OTHER_PATHS = (
    "/v1/convert",
    "/v1/resize",
    "/v1/uv-unwrap",
    "/v1/image-to-3d",
    "/v1/multi-image-to-3d",
    "/v1/rigging",
    "/v1/animations",
    "/v1/text-to-image",
    "/v1/image-to-image",
    "/v1/print/analyze",
    "/v1/print/repair",
    "/v1/print/multi-color",
    "/v2/text-to-3d",
    "/creative-lab/{product:str}/v1/prototype",
    "/creative-lab/{product:str}/v1/build",
)
