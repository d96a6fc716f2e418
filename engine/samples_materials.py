"""Materials of the sample models: plain colours, and pictures computed from numbers."""

import bpy
import numpy as np


def plain_material(
    name: str, colour: tuple[float, float, float], *, roughness: float = 0.5, metallic: float = 0.0
) -> bpy.types.Material:
    """A material of one colour (linear light), as the glTF exporter writes it."""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*colour, 1)
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Metallic"].default_value = metallic
    return material


def glowing_material(name: str, colour: tuple[float, float, float], *, strength: float) -> bpy.types.Material:
    """A material that gives light of its own."""
    material = plain_material(name, colour, roughness=0.3)
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Emission Color"].default_value = (*colour, 1)
    shader.inputs["Emission Strength"].default_value = strength
    return material


def textured_material(name: str, pixels: np.ndarray, *, roughness: float = 0.5) -> bpy.types.Material:
    """A material whose base colour is a picture: rows from the bottom, sRGB values 0..1, shape (h, w, 3)."""
    height, width = pixels.shape[:2]
    image = bpy.data.images.new(name, width, height)
    image.pixels.foreach_set(np.dstack([pixels, np.ones((height, width))]).astype(np.float32).ravel())
    image.pack()
    material = plain_material(name, (1, 1, 1), roughness=roughness)
    nodes, links = material.node_tree.nodes, material.node_tree.links
    texture = nodes.new("ShaderNodeTexImage")
    texture.image = image
    links.new(texture.outputs["Color"], nodes["Principled BSDF"].inputs["Base Color"])
    return material
