"""Materials turned into pictures over a body's UVs, square by square so that memory stays small."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from engine.bake import copy_input, fill_holes
from engine.materials.nodes import MASK_LAYER
from engine.texture_body import read_uvs, write_uvs
from engine.texture_uvs import list_offsets

SQUARE_PX = 2048
SAMPLES_BY_SIZE = ((2048, 2),)
"""(up to so many pixels across, samples a pixel). A larger picture is finer than what it shows."""
MASK_PX, MASK_SAMPLES = 512, 4
HOLLOW_REACH, EDGE_REACH = 0.09, 0.014
"""Of the model's longest side: how far around a point walls count, and how wide a worn edge is."""
GLOW = "Glow"
JUMP = 4.0
"""So many times farther away than the other neighbour: no neighbour at all."""
STEEPEST = 3.0
FLAT = (0.0, 0.0, 1.0)


HEIGHT_MIDDLE = 0.5
"""Added to heights, so that none is below zero."""


@dataclass(frozen=True)
class Channel:
    """What is baked at once: its name, and what it is called in progress."""

    name: str
    label: str


BASE_COLOUR = Channel("base_color", "the base colour")
SURFACE = Channel("surface", "metallic, roughness and relief")
"""Red is the height, green the roughness, blue the metallic: one look at the material for all three."""

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
    pixels, known = _bake_square(item, MASK_PX, [uvs - offset for offset in list_offsets(uvs)])
    pixels = fill_holes(pixels, known=known)
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


def bake_colour(item: bpy.types.Object, *, size_px: int, report: Report) -> np.ndarray:
    """Bake the base colour of a body's materials: (size, size, 3) bytes, the first row is the picture's top."""
    _prepare_cycles(next((samples for most, samples in SAMPLES_BY_SIZE if size_px <= most), 1))
    picture = np.empty((size_px, size_px, 3), dtype=np.uint8)
    for place, layouts, square_px in _walk_squares(item, BASE_COLOUR, size_px=size_px, report=report):
        _show_channel(item, BASE_COLOUR)
        pixels, known = _bake_square(item, square_px, layouts)
        picture[place] = _to_bytes(_to_srgb(np.clip(fill_holes(pixels, known=known), 0, 1)))
    return picture


def bake_surface(item: bpy.types.Object, *, size_px: int, report: Report) -> tuple[np.ndarray, np.ndarray]:
    """Bake what else a body's materials say: glTF's picture of roughness (green) and metallic (blue), and normals.

    Normals come from the slope of the baked height: three times as fast as letting Blender bake bumps.
    """
    _prepare_cycles(1)
    surface = np.empty((size_px, size_px, 3), dtype=np.uint8)
    normal = np.empty_like(surface)
    for place, layouts, square_px in _walk_squares(item, SURFACE, size_px=size_px, report=report):
        _show_channel(item, SURFACE)
        pixels, known = _bake_square(item, square_px, layouts)
        _show_position(item)
        positions, _ = _bake_square(item, square_px, layouts)
        slopes = compute_normals(pixels[..., 0], positions, known)
        if not known.any():
            slopes[:] = FLAT
        normal[place] = _to_bytes(fill_holes(slopes, known=known | ~known.any()) * 0.5 + 0.5)
        pixels[..., 0] = 1.0  # glTF's place for occlusion, which is part of the base colour here
        surface[place] = _to_bytes(np.clip(fill_holes(pixels, known=known), 0, 1))
    return surface, normal


def _walk_squares(
    item: bpy.types.Object, channel: Channel, *, size_px: int, report: Report
) -> Iterator[tuple[tuple[slice, slice], list[np.ndarray], int]]:
    """Yield the squares of a picture: where each lies in it, the UV layouts to bake for it, and its size.

    `report` is told the share done and which square it is.
    """
    square_px = min(size_px, SQUARE_PX)
    per_side = size_px // square_px
    uvs = read_uvs(item.data, item.data.uv_layers.find(MASK_LAYER))
    offsets = list_offsets(uvs)
    for number in range(per_side * per_side):
        row, column = divmod(number, per_side)
        part = f" (square {number + 1} of {per_side * per_side})" if per_side > 1 else ""
        report(number / per_side**2, f"Baking {channel.label}{part}")
        top = size_px - (row + 1) * square_px
        place = (slice(top, top + square_px), slice(column * square_px, (column + 1) * square_px))
        layouts = [(uvs - offset) * per_side - (column, row) for offset in offsets]
        yield place, [layout for layout in layouts if _shows_faces(item.data, layout)], square_px
    write_uvs(item.data, uvs)


def _shows_faces(mesh: bpy.types.Mesh, uvs: np.ndarray) -> bool:
    """Tell whether any face of a layout may lie between 0 and 1: most squares of a large picture may be empty."""
    starts = np.empty(len(mesh.polygons), dtype=np.int32)
    mesh.polygons.foreach_get("loop_start", starts)
    low, high = np.minimum.reduceat(uvs, starts), np.maximum.reduceat(uvs, starts)
    return bool(((low < 1) & (high > 0)).all(axis=1).any())


def compute_normals(heights: np.ndarray, positions: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return normals in tangent space, -1 to 1, from heights and positions of texels (rows from the bottom)."""
    across = _compute_slope(heights, positions, known, axis=1)
    up = _compute_slope(heights, positions, known, axis=0)
    length = np.sqrt(across**2 + up**2 + 1)
    return np.stack([-across / length, -up / length, 1 / length], axis=-1)


def _compute_slope(heights: np.ndarray, positions: np.ndarray, known: np.ndarray, *, axis: int) -> np.ndarray:
    """Return how steeply heights rise along an axis, from both neighbours or from the one on the same island."""
    rise, run = np.diff(heights, axis=axis), np.linalg.norm(np.diff(positions, axis=axis), axis=-1)
    last = known.shape[axis] - 1
    both = np.delete(known, 0, axis=axis) & np.delete(known, last, axis=axis)
    run = np.where(both & (run > 0), run, np.inf)
    before, after = ((1, 0), (0, 1))
    pad = [(0, 0), (0, 0)]
    pad[axis] = before
    rise_back, run_back = np.pad(rise, pad), np.pad(run, pad, constant_values=np.inf)
    pad[axis] = after
    rise_on, run_on = np.pad(rise, pad), np.pad(run, pad, constant_values=np.inf)
    run_back = np.where(run_back > JUMP * run_on, np.inf, run_back)  # a neighbour so far away is of another island
    run_on = np.where(run_on > JUMP * run_back, np.inf, run_on)
    weights = np.isfinite(run_back).astype(np.float32) + np.isfinite(run_on)
    return np.clip((rise_back / run_back + rise_on / run_on) / np.maximum(weights, 1), -STEEPEST, STEEPEST)


def _show_channel(item: bpy.types.Object, channel: Channel) -> None:
    """Let all materials of a body shine with what a channel bakes."""
    for material in item.data.materials:
        tree = material.node_tree
        shader = tree.nodes["Principled BSDF"]
        packed = tree.nodes.get(channel.name)
        if packed is None:
            packed = _pack_surface(tree, shader) if channel is SURFACE else _pack_colour(tree, shader)
            packed.name = channel.name
        _show(tree, next(socket for socket in packed.outputs if socket.enabled and socket.type == "RGBA"))


def _pack_colour(tree: bpy.types.NodeTree, shader: bpy.types.ShaderNode) -> bpy.types.ShaderNode:
    node = tree.nodes.new("ShaderNodeMix")
    node.data_type = "RGBA"
    node.inputs["Factor"].default_value = 0.0
    copy_input(tree, shader.inputs["Base Color"], node.inputs[6], None)
    return node


def _pack_surface(tree: bpy.types.NodeTree, shader: bpy.types.ShaderNode) -> bpy.types.ShaderNode:
    node = tree.nodes.new("ShaderNodeCombineColor")
    node.inputs[0].default_value = HEIGHT_MIDDLE
    bump = next((other for other in tree.nodes if other.type == "BUMP"), None)
    if bump is not None:
        height = tree.nodes.new("ShaderNodeMath")
        height.operation = "MULTIPLY_ADD"
        copy_input(tree, bump.inputs["Height"], height.inputs[0], None)
        height.inputs[1].default_value = bump.inputs["Distance"].default_value
        height.inputs[2].default_value = HEIGHT_MIDDLE
        tree.links.new(height.outputs[0], node.inputs[0])
    copy_input(tree, shader.inputs["Roughness"], node.inputs[1], None)
    copy_input(tree, shader.inputs["Metallic"], node.inputs[2], None)
    return node


def _show_position(item: bpy.types.Object) -> None:
    """Let all materials shine with where they are (a body lies between -0.5 and 0.5)."""
    for material in item.data.materials:
        tree = material.node_tree
        shifted = tree.nodes.get("position")
        if shifted is None:
            shifted = tree.nodes.new("ShaderNodeVectorMath")
            shifted.name, shifted.operation = "position", "ADD"
            shifted.inputs[1].default_value = (1.0, 1.0, 1.0)
            place = tree.nodes.new("ShaderNodeTexCoord")
            tree.links.new(place.outputs["Object"], shifted.inputs[0])
        _show(tree, shifted.outputs["Vector"])


def _prepare_cycles(samples: int) -> None:
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = samples
    scene.cycles.use_denoising = False
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.seed = 0
    scene.cycles.max_bounces = 0  # what is baked needs no light
    scene.render.bake.use_clear = False
    scene.render.bake.margin = 0


def _bake_square(item: bpy.types.Object, size_px: int, layouts: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Bake what lies between 0 and 1 of UV layouts, one after the other into one picture.

    Returns (size, size, 3) with rows from the bottom, and which pixels are covered.
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
        bpy.ops.object.bake(type="EMIT", margin=0, use_clear=False)
    for tree, target in targets:
        tree.nodes.remove(target)
    pixels = np.empty(size_px * size_px * 4, dtype=np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    grid = pixels.reshape(size_px, size_px, 4)
    return grid[..., :3], grid[..., 3] > 0.5


def _to_srgb(values: np.ndarray) -> np.ndarray:
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * np.power(values, 1 / 2.4) - 0.055)


def _to_bytes(square: np.ndarray) -> np.ndarray:
    """Turn rows upside down and numbers from 0 to 1 into bytes."""
    return (square[::-1] * 255 + 0.5).astype(np.uint8)
