"""The builders of studio pictures' objects, by the objects' names."""

from collections.abc import Callable

from engine import picture_built as built
from engine import picture_figures as figures
from engine import picture_turned as turned
from engine.picture_parts import Part

BUILDERS: dict[str, Callable[[], list[Part]]] = {
    "ball": turned.ball,
    "sphere": turned.sphere_alone,
    "cube": built.cube,
    "vase": turned.vase,
    "bottle": turned.bottle,
    "mug": turned.mug,
    "bowl": turned.bowl,
    "barrel": turned.barrel,
    "lamp": turned.lamp,
    "mushroom": turned.mushroom,
    "rocket": turned.rocket,
    "column": turned.column,
    "ring": turned.ring,
    "chair": built.chair,
    "stool": built.stool,
    "table": built.table,
    "crate": built.crate,
    "chest": built.chest,
    "shield": built.shield,
    "sword": built.sword,
    "tree": built.tree,
    "house": built.house,
    "book": built.book,
    "helmet": built.helmet,
    "boot": figures.boot,
    "teddy": figures.teddy,
    "robot": figures.robot,
}


def build_object(name: str) -> list[Part]:
    """Build an object in the empty scene, standing on the ground and looking to the front."""
    return BUILDERS[name]()
