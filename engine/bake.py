"""Surfaces carried from one mesh to another: new UVs, colour and metal/roughness baked, holes filled from around."""

import io
import math
from collections.abc import Callable
from dataclasses import dataclass

import bpy
import numpy as np
from PIL import Image as Picture

EXTRUSION_SHARE, REACH_SHARE = 0.008, 0.024
"""Of the diagonal: how far outside the new surface rays start, and how far they look for the old one."""
UV_ANGLE_DEGREES = 66
UV_MARGIN = 0.003
JPEG_QUALITY = 93
DEFAULT_COLOUR = (0.8, 0.8, 0.8, 1.0)
DEFAULT_SURFACE = (1.0, 0.6, 0.0, 1.0)
"""Occlusion, roughness, metallic, as glTF packs them."""
GLOW_NODE = "Bake source"


@dataclass(frozen=True)
class Channel:
    """One picture to bake: its name, whether it is data, and what feeds it in a material."""

    name: str
    is_data: bool
    connect: Callable[[bpy.types.NodeTree, bpy.types.NodeSocket], None]


def carry_surface(original: bpy.types.Object, item: bpy.types.Object, *, size_px: int, diagonal: float) -> None:
    """Give `item` new UVs and one material with pictures of what `original` looks like there."""
    unwrap(item)
    item.data.materials.clear()
    material = bpy.data.materials.new("Surface")
    material.use_nodes = True
    item.data.materials.append(material)
    channels = [Channel("Base colour", False, _connect_colour)]
    if any(_has_more_than_colour(slot.material) for slot in original.material_slots):
        channels.append(Channel("Metal and roughness", True, _connect_surface))
    _prepare_cycles()
    pictures = {c.name: _bake(c, original, item, size_px=size_px, diagonal=diagonal) for c in channels}
    _show_pictures(material, pictures)


def unwrap(item: bpy.types.Object) -> None:
    """Replace an object's UVs by new ones without overlap."""
    layers = item.data.uv_layers
    while layers:
        layers.remove(layers[0])
    layers.new(name="UVMap")
    _select_only(item)
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.uv.smart_project(angle_limit=math.radians(UV_ANGLE_DEGREES), island_margin=UV_MARGIN)
    bpy.ops.object.mode_set(mode="OBJECT")


def find_input(tree: bpy.types.NodeTree, name: str) -> bpy.types.NodeSocket | None:
    """Return an input of a material's Principled shader; of an unlit one, its colour stands for the base colour."""
    for node in tree.nodes:
        if node.type == "BSDF_PRINCIPLED":
            return node.inputs[name]
    for node in tree.nodes:
        if node.type in ("BACKGROUND", "EMISSION") and node.name != GLOW_NODE and name == "Base Color":
            return node.inputs["Color"]
    return None


def _has_more_than_colour(material: bpy.types.Material | None) -> bool:
    if material is None or not material.use_nodes:
        return False
    metallic, roughness = (find_input(material.node_tree, name) for name in ("Metallic", "Roughness"))
    if metallic is None or roughness is None:
        return False
    return metallic.is_linked or roughness.is_linked or metallic.default_value > 0


def _prepare_cycles() -> None:
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = 1
    scene.cycles.use_denoising = False
    scene.cycles.use_adaptive_sampling = False


def _bake(
    channel: Channel, original: bpy.types.Object, item: bpy.types.Object, *, size_px: int, diagonal: float
) -> bpy.types.Image:
    _feed_emission(original, channel)
    image = bpy.data.images.new(channel.name, size_px, size_px, alpha=True)
    image.colorspace_settings.name = "Non-Color" if channel.is_data else "sRGB"
    image.pixels.foreach_set(np.zeros(size_px * size_px * 4, dtype=np.float32))  # clear: what stays so was not hit
    nodes = item.data.materials[0].node_tree.nodes
    target = nodes.new("ShaderNodeTexImage")
    target.image = image
    nodes.active = target
    _select_only(item)
    original.select_set(True)
    bpy.ops.object.bake(
        type="EMIT",
        use_selected_to_active=True,
        cage_extrusion=EXTRUSION_SHARE * diagonal,
        max_ray_distance=REACH_SHARE * diagonal,
        margin=0,
        use_clear=False,
    )
    nodes.remove(target)
    _finish(image, size_px)
    return image


def _feed_emission(original: bpy.types.Object, channel: Channel) -> None:
    """Let every material of the original shine with what is to be baked."""
    if not any(original.data.materials):
        original.data.materials.clear()
        original.data.materials.append(bpy.data.materials.new("Bare"))
    for index, slot in enumerate(original.material_slots):
        material = slot.material
        if material is None:
            material = original.data.materials[index] = bpy.data.materials.new("Bare")
        if not material.use_nodes:
            material.use_nodes = True
        tree = material.node_tree
        emission = tree.nodes.get(GLOW_NODE) or tree.nodes.new("ShaderNodeEmission")
        emission.name = GLOW_NODE
        for link in list(emission.inputs["Color"].links):
            tree.links.remove(link)
        channel.connect(tree, emission.inputs["Color"])
        output = next((node for node in tree.nodes if node.type == "OUTPUT_MATERIAL" and node.is_active_output), None)
        output = output or tree.nodes.new("ShaderNodeOutputMaterial")
        tree.links.new(emission.outputs[0], output.inputs["Surface"])


def _connect_colour(tree: bpy.types.NodeTree, target: bpy.types.NodeSocket) -> None:
    copy_input(tree, find_input(tree, "Base Color"), target, DEFAULT_COLOUR)


def _connect_surface(tree: bpy.types.NodeTree, target: bpy.types.NodeSocket) -> None:
    packed = tree.nodes.new("ShaderNodeCombineColor")
    packed.inputs[0].default_value = DEFAULT_SURFACE[0]
    for index, name in ((1, "Roughness"), (2, "Metallic")):
        copy_input(tree, find_input(tree, name), packed.inputs[index], DEFAULT_SURFACE[index])
    tree.links.new(packed.outputs[0], target)


def copy_input(
    tree: bpy.types.NodeTree, source: bpy.types.NodeSocket | None, target: bpy.types.NodeSocket, default: object
) -> None:
    """Give an input what another one has: its link, or its value."""
    if source is not None and source.is_linked:
        tree.links.new(source.links[0].from_socket, target)
    else:
        target.default_value = default if source is None else source.default_value


def _finish(image: bpy.types.Image, size_px: int) -> None:
    """Fill what no ray reached and what lies between the islands, and pack the picture as JPEG."""
    pixels = np.empty(size_px * size_px * 4, dtype=np.float32)
    image.pixels.foreach_get(pixels)
    grid = pixels.reshape(size_px, size_px, 4)
    filled = fill_holes(grid[..., :3], known=grid[..., 3] > 0.5)
    stream = io.BytesIO()
    flipped = (np.clip(filled, 0, 1)[::-1] * 255).round().astype(np.uint8)
    Picture.fromarray(flipped, "RGB").save(stream, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    data = stream.getvalue()
    image.pack(data=data, data_len=len(data))
    image.source = "FILE"
    image.file_format = "JPEG"
    image.filepath_raw = f"{image.name}.jpg"


def fill_holes(colours: np.ndarray, *, known: np.ndarray) -> np.ndarray:
    """Fill unknown pixels from known ones around them: averaged down to one pixel, then taken back up."""
    weights = known.astype(np.float32)[..., None]
    if colours.shape[0] == 1:
        return colours
    summed = _halve(colours * weights)
    counts = _halve(weights)
    coarse = np.divide(summed, counts, out=np.zeros_like(summed), where=counts > 0)
    coarse = fill_holes(coarse, known=counts[..., 0] > 0)
    finer = coarse.repeat(2, axis=0).repeat(2, axis=1)
    return np.where(known[..., None], colours, finer)


def _halve(values: np.ndarray) -> np.ndarray:
    height, width, depth = values.shape
    return values.reshape(height // 2, 2, width // 2, 2, depth).sum(axis=(1, 3))


def _show_pictures(material: bpy.types.Material, pictures: dict[str, bpy.types.Image]) -> None:
    tree = material.node_tree
    shader = tree.nodes["Principled BSDF"]
    shader.inputs["Roughness"].default_value = DEFAULT_SURFACE[1]
    for name, image in pictures.items():
        texture = tree.nodes.new("ShaderNodeTexImage")
        texture.image = image
        if name == "Base colour":
            tree.links.new(texture.outputs["Color"], shader.inputs["Base Color"])
            continue
        split = tree.nodes.new("ShaderNodeSeparateColor")
        tree.links.new(texture.outputs["Color"], split.inputs[0])
        tree.links.new(split.outputs[1], shader.inputs["Roughness"])
        tree.links.new(split.outputs[2], shader.inputs["Metallic"])


def _select_only(item: bpy.types.Object) -> None:
    for other in bpy.context.scene.objects:
        other.select_set(other is item)
    bpy.context.view_layer.objects.active = item
