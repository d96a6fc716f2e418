"""What the objects of studio pictures consist of: parts with a name, a place among the wishes and a usual material."""

from dataclasses import dataclass

import bpy


@dataclass(frozen=True)
class Part:
    """A part of an object.

    `names` are words that a prompt may call it by. A main part takes the prompt's first material; another one takes a
    further one, and without that it is made of what is usual for it (a prompt of its own; empty: as it was built).
    """

    item: bpy.types.Object
    names: tuple[str, ...]
    usual: str
    is_main: bool = True
    is_soft: bool = False
    """Upholstery: it takes leather and cloth before the frame does."""


def main(item: bpy.types.Object, usual: str, *names: str) -> Part:
    """A part that the object is named for."""
    return Part(item, names, usual)


def cushion(item: bpy.types.Object, usual: str, *names: str) -> Part:
    """A part that is upholstered."""
    return Part(item, names, usual, is_main=False, is_soft=True)


def extra(item: bpy.types.Object, usual: str, *names: str) -> Part:
    """A part that is seldom of the object's own material."""
    return Part(item, names, usual, is_main=False)
