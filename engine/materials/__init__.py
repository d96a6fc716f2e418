"""Blender materials from wishes: procedural, in object space, of base colour, roughness, metallic and relief."""

import bpy

from engine.materials import catalogue, finish
from engine.materials.nodes import Paint
from engine.prompt import Wish

__all__ = ["build"]


def build(wish: Wish, *, extent: float = 1.0, masks: bpy.types.Image | None = None) -> bpy.types.Material:
    """Return a new material for a model whose longest side has `extent` (in the object's own units).

    `masks` is a picture over the model's UVs that says where hollows (red) and edges (green) are; wear needs it.
    The same wish gives the same material.
    """
    material = bpy.data.materials.new(wish.material.replace("_", " ").capitalize())
    material.use_nodes = True
    tree = material.node_tree
    shader = tree.nodes["Principled BSDF"]
    paint = Paint(tree, extent=extent, seed=wish.seed, masks=masks)
    surface = finish.finish(paint, wish, catalogue.RECIPES[wish.material](paint, wish))
    paint.feed(shader.inputs["Base Color"], surface.colour)
    paint.feed(shader.inputs["Roughness"], surface.roughness)
    paint.feed(shader.inputs["Metallic"], surface.metallic)
    if surface.relief and not isinstance(surface.height, float):
        bump = tree.nodes.new("ShaderNodeBump")
        bump.inputs["Filter Width"].default_value = 1.0  # a whole texel: a narrower one leaves grain in baked normals
        bump.inputs["Distance"].default_value = surface.relief * extent
        paint.feed(bump.inputs["Height"], surface.height)
        tree.links.new(bump.outputs["Normal"], shader.inputs["Normal"])
    return material
