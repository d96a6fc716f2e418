"""Remesh to triangles: fewer by collapsing edges, more by splitting the longest; UVs, textures and materials stay."""

import bmesh
import bpy
import numpy as np

from engine.remesh_source import shade_by_angle

CLOSE_SHARE = 0.01
PASSES = 4
SHARP_DEGREES = 50


def rebuild_with_triangles(item: bpy.types.Object, *, target: int) -> None:
    """Bring an object of triangles to `target` faces, as nearly as its shape allows."""
    count = len(item.data.polygons)
    if count > target * (1 + CLOSE_SHARE):
        _collapse(item, target)
    elif count < target * (1 - CLOSE_SHARE):
        _split(item.data, target)
    shade_by_angle(item.data, SHARP_DEGREES)


def _collapse(item: bpy.types.Object, target: int) -> None:
    """Decimate; again where parts too small to shrink have left too much."""
    for _ in range(PASSES):
        count = len(item.data.polygons)
        if count <= target * (1 + CLOSE_SHARE):
            return
        modifier = item.modifiers.new("Decimate", "DECIMATE")
        modifier.decimate_type = "COLLAPSE"
        modifier.ratio = target / count
        modifier.use_collapse_triangulate = True
        apply_modifiers(item)
        if len(item.data.polygons) > count * 0.99:
            return


def apply_modifiers(item: bpy.types.Object) -> None:
    """Replace an object's mesh by what its modifiers make of it."""
    graph = bpy.context.evaluated_depsgraph_get()
    before = item.data
    after = bpy.data.meshes.new_from_object(item.evaluated_get(graph), preserve_all_data_layers=True, depsgraph=graph)
    item.modifiers.clear()
    item.data = after
    bpy.data.meshes.remove(before)


def _split(mesh: bpy.types.Mesh, target: int) -> None:
    """Split the longest edges in rounds; each inner edge that is split adds two triangles."""
    shape = bmesh.new()
    shape.from_mesh(mesh)
    while len(shape.faces) < target * (1 - CLOSE_SHARE):
        edges = list(shape.edges)
        gains = np.array([len(edge.link_faces) for edge in edges])
        order = np.argsort([-edge.calc_length() for edge in edges], kind="stable")
        wanted = np.searchsorted(np.cumsum(gains[order]), target - len(shape.faces)) + 1
        chosen = [edges[int(index)] for index in order[: max(wanted, 1)]]
        bmesh.ops.subdivide_edges(shape, edges=chosen, cuts=1)
        bmesh.ops.triangulate(shape, faces=[face for face in shape.faces if len(face.verts) > 3])
    shape.to_mesh(mesh)
    shape.free()
