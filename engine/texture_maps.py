"""Baked maps: written as PNG each by itself, and packed into one glTF material."""

import io
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
from PIL import Image as Picture

JPEG_QUALITY = 93
PNG_EFFORT = 4
BARE_ROUGHNESS = 0.6
"""Of a model that gets a base colour alone."""


@dataclass(frozen=True)
class Maps:
    """Bytes (h, w, 3), the first row on top. `surface` is occlusion, roughness and metallic, as glTF packs them."""

    base_color: np.ndarray
    surface: np.ndarray | None = None
    normal: np.ndarray | None = None


def write_maps(maps: Maps, folder: Path) -> dict[str, str]:
    """Write each map as a PNG of its own; return the files' names by the map's."""
    pictures = {"base_color": Picture.fromarray(maps.base_color, "RGB")}
    if maps.surface is not None:
        pictures["metallic"] = Picture.fromarray(np.ascontiguousarray(maps.surface[..., 2]), "L")
        pictures["roughness"] = Picture.fromarray(np.ascontiguousarray(maps.surface[..., 1]), "L")
    if maps.normal is not None:
        pictures["normal"] = Picture.fromarray(maps.normal, "RGB")
    for name, picture in pictures.items():
        picture.save(folder / f"{name}.png", "PNG", compress_level=PNG_EFFORT)
    return {name: f"{name}.png" for name in pictures}


def show_maps(maps: Maps) -> bpy.types.Material:
    """Return a material that shows the maps, linked as the glTF exporter packs them."""
    material = bpy.data.materials.new("Surface")
    material.use_nodes = True
    tree = material.node_tree
    shader = tree.nodes["Principled BSDF"]
    shader.inputs["Roughness"].default_value = BARE_ROUGHNESS
    tree.links.new(_add_picture(tree, "base_color", maps.base_color, is_data=False), shader.inputs["Base Color"])
    if maps.surface is not None:
        split = tree.nodes.new("ShaderNodeSeparateColor")
        tree.links.new(_add_picture(tree, "metallic_roughness", maps.surface, is_data=True), split.inputs[0])
        tree.links.new(split.outputs[1], shader.inputs["Roughness"])
        tree.links.new(split.outputs[2], shader.inputs["Metallic"])
    if maps.normal is not None:
        normal = tree.nodes.new("ShaderNodeNormalMap")
        tree.links.new(_add_picture(tree, "normal", maps.normal, is_data=True), normal.inputs["Color"])
        tree.links.new(normal.outputs["Normal"], shader.inputs["Normal"])
    return material


def _add_picture(tree: bpy.types.NodeTree, name: str, pixels: np.ndarray, *, is_data: bool) -> bpy.types.NodeSocket:
    """Pack a picture as JPEG into the material's tree and return its colour."""
    stream = io.BytesIO()
    Picture.fromarray(pixels, "RGB").save(stream, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    data = stream.getvalue()
    image = bpy.data.images.new(name, pixels.shape[1], pixels.shape[0])
    image.colorspace_settings.name = "Non-Color" if is_data else "sRGB"
    image.pack(data=data, data_len=len(data))
    image.source = "FILE"
    image.file_format = "JPEG"
    image.filepath_raw = f"{name}.jpg"
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    return node.outputs["Color"]
