"""Materials turned into pictures over a body's UVs, square by square so that memory stays small."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from engine.bake import fill_holes
from engine.materials.nodes import MASK_LAYER
from engine.texture_body import read_uvs, write_uvs
from engine.texture_uvs import list_offsets

SQUARE_PX = 2048
SAMPLES_BY_SIZE = ((1024, 4), (2048, 2))
"""(up to so many pixels across, samples a pixel). A larger picture is finer than what it shows."""
MASK_PX, MASK_SAMPLES = 512, 8
HOLLOW_REACH, EDGE_REACH = 0.09, 0.014
"""Of the model's longest side: how far around a point walls count, and how wide a worn edge is."""
GLOW = "Glow"


@dataclass(frozen=True)
class Channel:
    """One picture: its name, and how many colours it has."""

    name: str
    label: str
    is_colour: bool = False


BASE_COLOUR = Channel("base_color", "the base colour", is_colour=True)
SURFACE = Channel("surface", "metallic and roughness")
"""Red is one, green the roughness, blue the metallic, as glTF packs them."""
NORMAL = Channel("normal", "the normal map")

Report = Callable[[float, str], None]


def bake_masks(item: bpy.types.Object) -> bpy.types.Image:
    """Bake where a body has hollows (red) and edges (green), for wear and dirt."""
    material = bpy.data.materials.new("Masks")
    material.use_nodes = True
    _connect_masks(material.node_tree)
    item.data.materials.clear()
    item.data.materials.append(material)
    item.data.polygons.foreach_set("material_index", np.zeros(len(item.data.polygons), dtype=np.int32))
    _prepare_cycles(MASK_SAMPLES)
    uvs = read_uvs(item.data)
    pixels = _bake_square(item, MASK_PX, kind="EMIT", layouts=[uvs - offset for offset in list_offsets(uvs)])
    write_uvs(item.data, uvs)
    image = bpy.data.images.new("Masks", MASK_PX, MASK_PX, alpha=False, float_buffer=True, is_data=True)
    image.pixels.foreach_set(np.dstack([pixels, np.ones_like(pixels[..., :1])]).astype(np.float32).ravel())
    image.update()
    bpy.data.materials.remove(material)
    return image


def _connect_masks(tree: bpy.types.NodeTree) -> None:
    nodes, links = tree.nodes, tree.links
    around = nodes.new("ShaderNodeAmbientOcclusion")
    around.samples, around.inputs["Distance"].default_value = 2, HOLLOW_REACH
    near = nodes.new("ShaderNodeAmbientOcclusion")
    near.samples, near.inputs["Distance"].default_value = 2, EDGE_REACH * 2
    rounded = nodes.new("ShaderNodeBevel")
    rounded.samples, rounded.inputs["Radius"].default_value = 4, EDGE_REACH
    bend = nodes.new("ShaderNodeVectorMath")
    bend.operation = "DOT_PRODUCT"
    links.new(rounded.outputs["Normal"], bend.inputs[0])
    links.new(nodes.new("ShaderNodeNewGeometry").outputs["Normal"], bend.inputs[1])
    hollow, edge, outer = (nodes.new("ShaderNodeMapRange") for _ in range(3))
    for node, socket, low, high in (
        (hollow, around.outputs["AO"], 0.92, 0.15),
        (edge, bend.outputs["Value"], 0.985, 0.8),
        (outer, near.outputs["AO"], 0.55, 0.85),
    ):
        links.new(socket, node.inputs["Value"])
        node.inputs["From Min"].default_value, node.inputs["From Max"].default_value = low, high
    both = nodes.new("ShaderNodeMath")
    both.operation = "MULTIPLY"
    links.new(edge.outputs["Result"], both.inputs[0])
    links.new(outer.outputs["Result"], both.inputs[1])
    packed = nodes.new("ShaderNodeCombineColor")
    links.new(hollow.outputs["Result"], packed.inputs[0])
    links.new(both.outputs[0], packed.inputs[1])
    _show(tree, packed.outputs[0])


def _show(tree: bpy.types.NodeTree, socket: bpy.types.NodeSocket) -> None:
    """Let a material shine with a colour, so that EMIT bakes exactly that."""
    glow = tree.nodes.get(GLOW) or tree.nodes.new("ShaderNodeEmission")
    glow.name = GLOW
    tree.links.new(socket, glow.inputs["Color"])
    output = next(node for node in tree.nodes if node.type == "OUTPUT_MATERIAL")
    tree.links.new(glow.outputs[0], output.inputs["Surface"])


def bake_channel(item: bpy.types.Object, channel: Channel, *, size_px: int, report: Report) -> np.ndarray:
    """Bake one channel of a body's materials: (size, size, 3) bytes, the first row is the picture's top.

    `report` is told the share done and how many squares of the picture there are.
    """
    for material in item.data.materials:
        _choose_output(material, channel)
    samples = next((samples for most, samples in SAMPLES_BY_SIZE if size_px <= most), 1)
    _prepare_cycles(samples if channel.is_colour else max(samples // 2, 1))
    square_px = min(size_px, SQUARE_PX)
    per_side = size_px // square_px
    uvs = read_uvs(item.data, item.data.uv_layers.find(MASK_LAYER))
    offsets = list_offsets(uvs)
    picture = np.empty((size_px, size_px, 3), dtype=np.uint8)
    for number in range(per_side * per_side):
        row, column = divmod(number, per_side)
        part = f" (square {number + 1} of {per_side * per_side})" if per_side > 1 else ""
        report(number / per_side**2, f"Baking {channel.label}{part}")
        layouts = [(uvs - offset) * per_side - (column, row) for offset in offsets]
        square = _bake_square(item, square_px, kind="NORMAL" if channel is NORMAL else "EMIT", layouts=layouts)
        top = size_px - (row + 1) * square_px
        picture[top : top + square_px, column * square_px : (column + 1) * square_px] = _to_bytes(square, channel)
    write_uvs(item.data, uvs)
    return picture


def _choose_output(material: bpy.types.Material, channel: Channel) -> None:
    """Connect what a channel bakes: the shader itself for normals, else its inputs as light."""
    tree = material.node_tree
    shader = tree.nodes["Principled BSDF"]
    if channel is NORMAL:
        output = next(node for node in tree.nodes if node.type == "OUTPUT_MATERIAL")
        tree.links.new(shader.outputs["BSDF"], output.inputs["Surface"])
        return
    combine = tree.nodes.new("ShaderNodeCombineColor" if channel is SURFACE else "ShaderNodeMix")
    if channel is SURFACE:
        combine.inputs[0].default_value = 1.0
        _copy(tree, shader.inputs["Roughness"], combine.inputs[1])
        _copy(tree, shader.inputs["Metallic"], combine.inputs[2])
        _show(tree, combine.outputs[0])
        return
    combine.data_type = "RGBA"
    combine.inputs["Factor"].default_value = 0.0
    _copy(tree, shader.inputs["Base Color"], combine.inputs[6])
    _show(tree, combine.outputs[2])


def _copy(tree: bpy.types.NodeTree, source: bpy.types.NodeSocket, target: bpy.types.NodeSocket) -> None:
    if source.is_linked:
        tree.links.new(source.links[0].from_socket, target)
    else:
        target.default_value = source.default_value


def _prepare_cycles(samples: int) -> None:
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = samples
    scene.cycles.use_denoising = False
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.seed = 0
    scene.render.bake.use_clear = False
    scene.render.bake.margin = 0


def _bake_square(item: bpy.types.Object, size_px: int, *, kind: str, layouts: Sequence[np.ndarray]) -> np.ndarray:
    """Bake what lies between 0 and 1 of UV layouts, one after the other into one picture.

    Returns (size, size, 3), rows from the bottom, gutters filled. The first UV layer keeps the last layout.
    """
    image = bpy.data.images.new("Square", size_px, size_px, alpha=True, float_buffer=True, is_data=True)
    image.pixels.foreach_set(np.zeros(size_px * size_px * 4, dtype=np.float32))  # what stays so was not covered
    targets = []
    for material in item.data.materials:
        target = material.node_tree.nodes.new("ShaderNodeTexImage")
        target.image = image
        material.node_tree.nodes.active = target
        targets.append((material.node_tree, target))
    for other in bpy.context.scene.objects:
        other.select_set(other is item)
    bpy.context.view_layer.objects.active = item
    item.data.uv_layers.active_index = 0
    for uvs in layouts:
        write_uvs(item.data, uvs)
        bpy.ops.object.bake(type=kind, margin=0, use_clear=False, normal_space="TANGENT")
    for tree, target in targets:
        tree.nodes.remove(target)
    pixels = np.empty(size_px * size_px * 4, dtype=np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    grid = pixels.reshape(size_px, size_px, 4)
    return fill_holes(grid[..., :3], known=grid[..., 3] > 0.5)


def _to_bytes(square: np.ndarray, channel: Channel) -> np.ndarray:
    """Turn rows upside down and numbers into bytes; colours become sRGB."""
    values = np.clip(square[::-1], 0, 1)
    if channel.is_colour:
        values = np.where(values <= 0.0031308, values * 12.92, 1.055 * np.power(values, 1 / 2.4) - 0.055)
    return (values * 255 + 0.5).astype(np.uint8)
