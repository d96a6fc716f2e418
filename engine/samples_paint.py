"""Painted surfaces for the sample robot: procedural enamel and metal, baked into glTF's three pictures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

SAMPLES = {"mask": 4, "colour": 2}
"""Per pixel, by what is baked; 1 for the rest."""
BAKE_MARGIN_PX = 6
DIRT_REACH = 0.16
EDGE_REACH = 0.10
RAYS = 4

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Paint:
    """A surface as a craftsman would order it. Colours are in linear light.

    `wear` bares the `beneath` colour at edges, `grain` is the depth of its unevenness, `brushed` draws it out sideways.
    """

    colour: Colour
    roughness: float = 0.3
    metallic: float = 0.0
    beneath: Colour = (0.5, 0.48, 0.44)
    wear: float = 0.5
    grain: float = 0.05
    brushed: bool = False


class Mixer:
    """Adds and connects shader nodes in few words."""

    def __init__(self, material: bpy.types.Material) -> None:
        """Start with the material's empty tree."""
        self.tree = material.node_tree

    def add(self, kind: str, inputs: Mapping[Any, object], **settings: object) -> bpy.types.Node:
        """Add a node; an input is a value, or a socket to connect."""
        node = self.tree.nodes.new(kind)
        for name, setting in settings.items():
            setattr(node, name, setting)
        for key, value in inputs.items():
            if isinstance(value, bpy.types.NodeSocket):
                self.tree.links.new(value, node.inputs[key])
            else:
                node.inputs[key].default_value = value
        return node

    def calculate(self, operation: str, *values: object) -> bpy.types.NodeSocket:
        """Add a math node and return its result."""
        return self.add("ShaderNodeMath", dict(enumerate(values)), operation=operation, use_clamp=True).outputs[0]

    def blend(self, share: object, first: object, second: object) -> bpy.types.NodeSocket:
        """Mix two colours by a share of 0 to 1."""
        inputs = {0: share, 6: first, 7: second}
        return self.add("ShaderNodeMix", inputs, data_type="RGBA").outputs[2]

    def noise(self, scale: float, *, detail: float = 4, stretch: Colour = (1, 1, 1)) -> bpy.types.NodeSocket:
        """Add 3D noise in the object's own space, 0 to 1."""
        place = self.add("ShaderNodeTexCoord", {}).outputs["Object"]
        drawn = self.add("ShaderNodeVectorMath", {0: place, 1: stretch}, operation="MULTIPLY").outputs[0]
        return self.add("ShaderNodeTexNoise", {"Vector": drawn, "Scale": scale, "Detail": detail}).outputs[0]


def build_paint(name: str, paint: Paint) -> bpy.types.Material:
    """Build a procedural material; the nodes `mask`, `colour` and `orm` carry what is to be baked.

    Dirt and wear cost many rays: they are baked first, and small, into a mask that the other two then read.
    """
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    mix = Mixer(material)
    found = mix.add("ShaderNodeCombineColor", {0: _find_dirt(mix), 1: _find_edges(mix)}).outputs[0]
    mask = mix.add("ShaderNodeSeparateColor", {0: mix.add("ShaderNodeTexImage", {}, name="mask picture").outputs[0]})
    dirt, worn = mask.outputs[0], _wear_off(mix, mask.outputs[1], paint.wear)
    mottle = mix.noise(3.5, detail=5)
    varied = mix.blend(mix.calculate("MULTIPLY", mottle, 0.4), (*paint.colour, 1), (*_shade(paint.colour, 0.78), 1))
    dusty = mix.blend(mix.calculate("MULTIPLY", dirt, 0.62), varied, (*_shade(paint.colour, 0.16), 1))
    colour = mix.blend(worn, dusty, (*paint.beneath, 1))
    rough = mix.calculate("MULTIPLY_ADD", mottle, 0.22, paint.roughness - 0.1)
    rough = mix.calculate("MULTIPLY_ADD", dirt, 0.35, rough)
    rough = mix.calculate("MULTIPLY_ADD", worn, 0.15, rough)
    clear = mix.calculate("MULTIPLY_ADD", dirt, -0.6, 1.0)
    metal = mix.calculate("MAXIMUM", paint.metallic, mix.calculate("MULTIPLY", worn, 0.75))
    packed = mix.add("ShaderNodeCombineColor", {0: clear, 1: rough, 2: metal}).outputs[0]
    for label, socket in (("mask", found), ("colour", colour), ("orm", packed)):
        mix.add("ShaderNodeEmission", {"Color": socket}, name=label)
    _add_grain(mix, paint)
    return material


def _shade(colour: Colour, share: float) -> Colour:
    return (colour[0] * share, colour[1] * share, colour[2] * share)


def _find_dirt(mix: Mixer) -> bpy.types.NodeSocket:
    """Return how deep a place lies in a corner, 0 to 1."""
    occlusion = mix.add("ShaderNodeAmbientOcclusion", {"Distance": DIRT_REACH}, samples=RAYS).outputs["AO"]
    open_sky = mix.calculate("POWER", occlusion, 1.3)
    return mix.calculate("SUBTRACT", 1.0, open_sky)


def _find_edges(mix: Mixer) -> bpy.types.NodeSocket:
    """Return how near an outer edge is, 0 to 1: there, a look inwards soon meets the other side."""
    settings = {"samples": RAYS, "inside": True, "only_local": True}
    inside = mix.add("ShaderNodeAmbientOcclusion", {"Distance": EDGE_REACH}, **settings)
    return mix.calculate("SUBTRACT", 1.0, inside.outputs["AO"])


def _wear_off(mix: Mixer, edges: bpy.types.NodeSocket, amount: float) -> bpy.types.NodeSocket:
    """Return where the paint is gone: at edges, in patches, with a crisp outline."""
    patches = mix.calculate("MULTIPLY_ADD", mix.noise(7, detail=8), 1.5, -0.38)
    strength = mix.calculate("MULTIPLY", edges, patches)
    crisp = mix.add("ShaderNodeMapRange", {0: strength, 1: 0.17, 2: 0.23, 3: 0.0, 4: amount})
    return crisp.outputs[0]


def _add_grain(mix: Mixer, paint: Paint) -> None:
    """Give the shader an uneven surface, for the normal picture."""
    stretch = (1, 1, 22) if paint.brushed else (1, 1, 1)
    height = mix.noise(14 if paint.brushed else 42, detail=3, stretch=stretch)
    bump = mix.add("ShaderNodeBump", {"Strength": paint.grain, "Distance": 0.02, "Height": height})
    shader = mix.tree.nodes["Principled BSDF"]
    mix.tree.links.new(bump.outputs[0], shader.inputs["Normal"])


def bake_paints(thing: bpy.types.Object, *, name: str, size_px: int) -> None:
    """Replace an object's paints by one material whose pictures hold them; it must have UVs."""
    mask = _bake(thing, f"{name} mask", size_px // 2, label="mask", is_data=True)
    _soften(mask)
    for slot in thing.material_slots:
        slot.material.node_tree.nodes["mask picture"].image = mask
    colour = _bake(thing, f"{name} colour", size_px, label="colour")
    packed = _bake(thing, f"{name} occlusion-roughness-metal", size_px, label="orm", is_data=True)
    normal = _bake(thing, f"{name} normal", size_px, label=None, is_data=True)
    material = _build_pbr(name, colour=colour, packed=packed, normal=normal)
    thing.data.materials.clear()
    thing.data.materials.append(material)
    thing.data.polygons.foreach_set("material_index", [0] * len(thing.data.polygons))


def _bake(
    thing: bpy.types.Object, name: str, size_px: int, *, label: str | None, is_data: bool = False
) -> bpy.types.Image:
    """Bake one emission of each paint (or, without a label, the normals) into a new picture."""
    image = bpy.data.images.new(name, size_px, size_px)
    image.colorspace_settings.name = "Non-Color" if is_data else "sRGB"
    for slot in thing.material_slots:
        nodes, links = slot.material.node_tree.nodes, slot.material.node_tree.links
        target = nodes.get("target") or nodes.new("ShaderNodeTexImage")
        target.name, target.image = "target", image
        nodes.active = target
        source = nodes[label] if label else nodes["Principled BSDF"]
        links.new(source.outputs[0], nodes["Material Output"].inputs["Surface"])
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples = SAMPLES.get(label or "", 1)
    scene.cycles.use_denoising = False
    for other in scene.objects:
        other.select_set(other is thing)
    bpy.context.view_layer.objects.active = thing
    bpy.ops.object.bake(type="EMIT" if label else "NORMAL", margin=BAKE_MARGIN_PX, use_clear=True)
    return image


def _soften(image: bpy.types.Image) -> None:
    """Average each pixel with its eight neighbours, against the noise of few rays."""
    width, height = image.size
    pixels = np.empty(width * height * 4, dtype=np.float32)
    image.pixels.foreach_get(pixels)
    grid = pixels.reshape(height, width, 4)
    rows = np.mean([np.roll(grid, shift, axis=0) for shift in (-1, 0, 1)], axis=0)
    image.pixels.foreach_set(np.mean([np.roll(rows, shift, axis=1) for shift in (-1, 0, 1)], axis=0).ravel())


def _build_pbr(
    name: str, *, colour: bpy.types.Image, packed: bpy.types.Image, normal: bpy.types.Image
) -> bpy.types.Material:
    """Build the material that the glTF exporter understands, occlusion included."""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    mix = Mixer(material)
    shader = mix.tree.nodes["Principled BSDF"]
    split = mix.add("ShaderNodeSeparateColor", {0: _show(mix, packed)})
    bend = mix.add("ShaderNodeNormalMap", {"Color": _show(mix, normal)})
    for socket, target in (
        (_show(mix, colour), "Base Color"),
        (split.outputs[1], "Roughness"),
        (split.outputs[2], "Metallic"),
        (bend.outputs[0], "Normal"),
    ):
        mix.tree.links.new(socket, shader.inputs[target])
    occlusion = mix.add("ShaderNodeGroup", {}, node_tree=_get_gltf_output())
    mix.tree.links.new(split.outputs[0], occlusion.inputs["Occlusion"])
    return material


def _show(mix: Mixer, image: bpy.types.Image) -> bpy.types.NodeSocket:
    return mix.add("ShaderNodeTexImage", {}, image=image).outputs[0]


def _get_gltf_output() -> bpy.types.NodeTree:
    """Return the node group by whose name the exporter finds the occlusion picture."""
    name = "glTF Material Output"
    if name in bpy.data.node_groups:
        return bpy.data.node_groups[name]
    group = bpy.data.node_groups.new(name, "ShaderNodeTree")
    group.interface.new_socket("Occlusion", in_out="INPUT", socket_type="NodeSocketFloat")
    return group
