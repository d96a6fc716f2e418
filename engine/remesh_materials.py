"""Plain materials and vertex colours for a new surface that has no UVs: each face takes what lies nearest."""

import bpy
import numpy as np
from mathutils.bvhtree import BVHTree
from mathutils.kdtree import KDTree

from engine.bake import find_input
from engine.flatten import walk_upstream
from engine.remesh_source import read_points, read_triangles

AVERAGED_PIXELS = 100_000


def carry_plain_materials(original: bpy.types.Object, item: bpy.types.Object) -> bool:
    """Give each face of `item` a plain form of the original's material there; return whether pictures were lost."""
    sources = [slot.material for slot in original.material_slots]
    if not any(sources):
        return False
    made = [_make_plain(material) for material in sources]
    for material, _ in made:
        item.data.materials.append(material)
    if len(made) > 1:
        item.data.polygons.foreach_set("material_index", _find_nearest_materials(original.data, item.data))
    return any(has_picture for _, has_picture in made)


def _make_plain(material: bpy.types.Material | None) -> tuple[bpy.types.Material, bool]:
    """Return a material of one colour, the picture's average where there is one, and whether there was a picture."""
    name = material.name if material else "Plain"
    if material:
        material.name = f"{name} before"
    plain = bpy.data.materials.new(name)
    plain.use_nodes = True
    has_picture = False
    if material is None or not material.use_nodes:
        return plain, has_picture
    for channel in ("Base Color", "Roughness", "Metallic"):
        source, target = find_input(material.node_tree, channel), find_input(plain.node_tree, channel)
        if source is None or target is None:
            continue
        if not source.is_linked:
            target.default_value = source.default_value
            continue
        found = walk_upstream(source.links[0].from_socket)
        value = np.array(found.factor)
        if found.image is not None and found.image.size[0]:
            average = _average(found.image)
            value = value * (average if found.channel is None else average[found.channel])
            has_picture = True
        target.default_value = (*value, 1.0) if channel == "Base Color" else float(np.mean(value))
    return plain, has_picture


def _average(image: bpy.types.Image) -> np.ndarray:
    """Return a picture's average colour in linear light, of what is not see-through."""
    pixels = np.empty(image.size[0] * image.size[1] * 4, dtype=np.float32)
    image.pixels.foreach_get(pixels)
    grid = pixels.reshape(-1, 4)
    grid = grid[:: max(1, len(grid) // AVERAGED_PIXELS)]
    colours = grid[:, :3]
    if image.colorspace_settings.name == "sRGB":
        colours = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    return np.average(colours, axis=0, weights=grid[:, 3] + 1e-6)


def _find_nearest_materials(original: bpy.types.Mesh, mesh: bpy.types.Mesh) -> np.ndarray:
    owners = np.empty(len(original.polygons), dtype=np.int32)
    original.polygons.foreach_get("material_index", owners)
    tree = BVHTree.FromPolygons(read_points(original).tolist(), read_triangles(original).tolist(), all_triangles=True)
    centres = np.empty(len(mesh.polygons) * 3, dtype=np.float32)
    mesh.polygons.foreach_get("center", centres)
    nearest = [tree.find_nearest(centre)[2] for centre in centres.reshape(-1, 3).tolist()]
    return owners[np.array(nearest, dtype=np.int64)]


def carry_vertex_colours(original: bpy.types.Mesh, mesh: bpy.types.Mesh) -> None:
    """Give each vertex the colour of the nearest one of the original, where that has colours."""
    source = original.color_attributes.active_color or next(iter(original.color_attributes), None)
    if source is None:
        return
    colours = np.empty(len(source.data) * 4, dtype=np.float32)
    source.data.foreach_get("color", colours)
    colours = colours.reshape(-1, 4)
    if source.domain == "CORNER":
        corners = np.empty(len(original.loops), dtype=np.int32)
        original.loops.foreach_get("vertex_index", corners)
        by_vertex = np.ones((len(original.vertices), 4), dtype=np.float32)
        by_vertex[corners] = colours
        colours = by_vertex
    tree = KDTree(len(original.vertices))
    for index, point in enumerate(read_points(original).tolist()):
        tree.insert(point, index)
    tree.balance()
    nearest = np.array([tree.find(point)[1] for point in read_points(mesh).tolist()])
    layer = mesh.color_attributes.new(source.name, "FLOAT_COLOR", "POINT")
    layer.data.foreach_set("color", colours[nearest].ravel())
