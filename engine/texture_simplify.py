"""A model brought under a number of triangles before it is textured; parts, rigs and UVs stay."""

import bmesh
import bpy

from engine.remesh_source import WELD_SHARE
from engine.remesh_triangles import PASSES
from engine.scene import get_mesh_objects


def simplify(most: int) -> list[str]:
    """Collapse edges until the scene has at most `most` triangles; return sentences on what could not be done."""
    if _count_triangles() <= most:
        return []
    items = [item for item in get_mesh_objects() if item.data.shape_keys is None]
    for item in items:
        _weld(item.data)
    for _ in range(PASSES):
        before = _count_triangles()
        if before <= most:
            break
        fixed = before - sum(_count_triangles(item) for item in items)
        share = max(most - fixed, 1) / max(before - fixed, 1)
        for item in items:
            _collapse(item, share * 0.995)
        if _count_triangles() > before * 0.99:
            break
    count = _count_triangles()
    if count > most:
        return [
            f"The model has {count:,} triangles instead of {most:,} at most: its parts cannot get along with fewer."
        ]
    return []


def _count_triangles(item: bpy.types.Object | None = None) -> int:
    if item is None:
        return sum(_count_triangles(each) for each in get_mesh_objects())
    item.data.calc_loop_triangles()
    return len(item.data.loop_triangles)


def _weld(mesh: bpy.types.Mesh) -> None:
    """Join the vertices that a file doubles along UV seams: left apart, every seam would tear open."""
    if "custom_normal" in mesh.attributes:
        mesh.attributes.remove(mesh.attributes["custom_normal"])
    shape = bmesh.new()
    shape.from_mesh(mesh)
    bmesh.ops.triangulate(shape, faces=[face for face in shape.faces if len(face.verts) > 3])
    reach = max((vertex.co.length for vertex in shape.verts), default=1.0)
    bmesh.ops.remove_doubles(shape, verts=shape.verts, dist=2 * reach * WELD_SHARE)
    shape.to_mesh(mesh)
    shape.free()


def _collapse(item: bpy.types.Object, share: float) -> None:
    """Replace an object's mesh by one with fewer triangles; its other modifiers (a rig) stay as they are."""
    others = [(modifier, modifier.show_viewport) for modifier in item.modifiers]
    for modifier, _ in others:
        modifier.show_viewport = False
    decimate = item.modifiers.new("Decimate", "DECIMATE")
    decimate.ratio, decimate.use_collapse_triangulate = min(share, 1.0), True
    graph = bpy.context.evaluated_depsgraph_get()
    after = bpy.data.meshes.new_from_object(item.evaluated_get(graph), preserve_all_data_layers=True, depsgraph=graph)
    item.modifiers.remove(decimate)
    after.name = item.data.name
    item.data = after
    for modifier, was_shown in others:
        modifier.show_viewport = was_shown
