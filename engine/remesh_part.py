"""One part of a model to quads, in a process of its own: try, measure how true the result is, and save or reject it."""

from dataclasses import dataclass
from pathlib import Path

import bmesh
import bpy
import numpy as np
from mathutils.bvhtree import BVHTree

from engine.remesh_source import drop_flat_and_double_faces, measure_areas, read_points, read_triangles
from engine.remesh_triangles import apply_modifiers

DIAGONAL = 100.0
"""All parts come in a scale where the whole model has this diagonal: QuadriFlow refuses edges below 1e-4."""
WELD = 2e-3
SURPLUS = {"flow": 1.06, "flow harder": 1.2, "voxel": 1.06}
"""QuadriFlow delivers about 6 % less than it is asked for."""
REDUCTION = {"flow": (8, 16_000), "flow harder": (4, 6_000), "voxel": (8, 16_000)}
"""Reduce the part to so many times the target first, but not below the second number: its time grows with both."""
AREA_RATIOS = {"flow": (0.75, 1.3), "flow harder": (0.75, 1.3), "voxel": (0.6, 1.5)}
PART_SHARE = {"flow": 0.02, "flow harder": 0.02, "voxel": 0.04}
WHOLE_SHARE = 0.004
CUT_CORNERS, CUT_EDGES = 2.5, 0.75
"""Few faces cut corners: the part may stray from the result by more than the result from it, in limits or edges."""
JOIN_PASSES = 4
VOXELS_ACROSS = 120
PROBES = 3_000
JOIN_ANGLE = 0.7
"""Radians; two triangles become a quad when they are flatter than this."""


@dataclass(frozen=True)
class Order:
    """What to do with one part: `source` and `result` are .npz files, `level` says how often to subdivide after."""

    source: Path
    result: Path
    method: str
    target: int
    level: int = 0


def remesh_part(order: object) -> bool:
    """Run one attempt and save its result; return False when it failed or strays from the part."""
    assert isinstance(order, Order)
    with np.load(order.source) as saved:
        points, triangles = saved["points"], saved["triangles"]
    if order.method == "join":
        item = _join_to_quads(points, triangles, order.target)
    else:
        item = _build_object(points, triangles)
        if not _flow(item, order) or not _is_true(item.data, points, triangles, order.method):
            return False
        _lay_back(item.data, points, triangles, limit=_get_limit(points, order.method))
    if order.level:
        _refine(item, order.level, points, triangles)
    corners, sizes = _read_faces(item.data)
    np.savez(order.result, points=read_points(item.data), corners=corners, sizes=sizes)
    return True


def _join_to_quads(points: np.ndarray, triangles: np.ndarray, target: int) -> bpy.types.Object:
    """Reduce, and join pairs of triangles; with fewer triangles again while too many found no partner."""
    wanted = target * 2
    for _ in range(JOIN_PASSES):
        item = _build_object(points, triangles)
        _reduce(item, wanted)
        _join_triangles(item.data)
        count = len(item.data.polygons)
        if count <= target * 1.03:
            break
        wanted = round(wanted * target / count)
    return item


def _build_object(points: np.ndarray, triangles: np.ndarray) -> bpy.types.Object:
    mesh = bpy.data.meshes.new("Part")
    mesh.from_pydata(points, [], triangles)
    item = bpy.data.objects.new("Part", mesh)
    bpy.context.scene.collection.objects.link(item)
    bpy.context.view_layer.objects.active = item
    item.select_set(True)
    return item


def _flow(item: bpy.types.Object, order: Order) -> bool:
    """Run QuadriFlow, after what the method does first."""
    if order.method == "voxel":
        item.data.remesh_voxel_size = max(item.dimensions) / VOXELS_ACROSS
        bpy.ops.object.voxel_remesh()
    times, least = REDUCTION[order.method]
    _reduce(item, max(times * order.target, least))
    repair_for_quadriflow(item.data)
    try:
        done = bpy.ops.object.quadriflow_remesh(
            mode="FACES",
            target_faces=round(order.target * SURPLUS[order.method]),
            use_preserve_boundary=order.method == "flow",
            use_mesh_symmetry=False,
            seed=0,
        )
    except RuntimeError:  # how the operator says that it found no solution
        return False
    return done == {"FINISHED"} and len(item.data.polygons) > 0


def _reduce(item: bpy.types.Object, count: int) -> None:
    if len(item.data.polygons) <= count:
        return
    modifier = item.modifiers.new("Decimate", "DECIMATE")
    modifier.ratio = count / len(item.data.polygons)
    modifier.use_collapse_triangulate = True
    apply_modifiers(item)


def repair_for_quadriflow(mesh: bpy.types.Mesh) -> None:
    """Make a mesh that QuadriFlow accepts: no short edge, at most two faces an edge, one winding.

    Where three faces meet, or two with opposite winding, the edge is split and not deleted: nothing gets lost.
    """
    shape = bmesh.new()
    shape.from_mesh(mesh)
    bmesh.ops.remove_doubles(shape, verts=shape.verts, dist=WELD)
    bmesh.ops.dissolve_degenerate(shape, edges=shape.edges, dist=WELD)
    bmesh.ops.triangulate(shape, faces=[face for face in shape.faces if len(face.verts) > 3])
    drop_flat_and_double_faces(shape)
    _split_edges(shape, [edge for edge in shape.edges if len(edge.link_faces) > 2])
    bmesh.ops.recalc_face_normals(shape, faces=shape.faces)
    _split_edges(shape, [edge for edge in shape.edges if len(edge.link_faces) == 2 and not edge.is_contiguous])
    bmesh.ops.delete(shape, geom=[v for v in shape.verts if not v.link_faces], context="VERTS")
    shape.to_mesh(mesh)
    shape.free()


def _split_edges(shape: bmesh.types.BMesh, edges: list[bmesh.types.BMEdge]) -> None:
    if edges:
        bmesh.ops.split_edges(shape, edges=edges)


def _join_triangles(mesh: bpy.types.Mesh) -> None:
    shape = bmesh.new()
    shape.from_mesh(mesh)
    bmesh.ops.join_triangles(
        shape, faces=shape.faces, angle_face_threshold=JOIN_ANGLE, angle_shape_threshold=JOIN_ANGLE
    )
    shape.to_mesh(mesh)
    shape.free()


def _read_faces(mesh: bpy.types.Mesh) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners of all faces in a row, and how many each face has."""
    corners = np.empty(len(mesh.loops), dtype=np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    sizes = np.empty(len(mesh.polygons), dtype=np.int32)
    mesh.polygons.foreach_get("loop_total", sizes)
    return corners, sizes


def _is_true(mesh: bpy.types.Mesh, points: np.ndarray, triangles: np.ndarray, method: str) -> bool:
    """Tell whether a result has the part's area and lies close to it, and the part close to the result."""
    new_points = read_points(mesh)
    if not np.isfinite(new_points).all():
        return False
    new_triangles = read_triangles(mesh)
    ratio = measure_areas(new_points, new_triangles).sum() / max(measure_areas(points, triangles).sum(), 1e-12)
    low, high = AREA_RATIOS[method]
    if not low <= ratio <= high:
        return False
    limit = _get_limit(points, method)
    if _measure_distance(new_points, points, triangles) >= limit:
        return False
    edge = float(np.sqrt(measure_areas(points, triangles).sum() / len(mesh.polygons)))
    return _measure_distance(points, new_points, new_triangles) < max(CUT_CORNERS * limit, CUT_EDGES * edge)


def _get_limit(points: np.ndarray, method: str) -> float:
    """Return how far a result may stray from the part."""
    return max(PART_SHARE[method] * float(np.linalg.norm(np.ptp(points, axis=0))), WHOLE_SHARE * DIAGONAL)


def _lay_back(mesh: bpy.types.Mesh, points: np.ndarray, triangles: np.ndarray, *, limit: float) -> None:
    """Lay the few points onto the part again that stray from it: one spike makes a model larger than it is."""
    tree = BVHTree.FromPolygons(points.tolist(), triangles.tolist(), all_triangles=True)
    for index, point in enumerate(read_points(mesh).tolist()):
        place, _, _, distance = tree.find_nearest(point)
        if distance > limit:
            mesh.vertices[index].co = place


def _measure_distance(probes: np.ndarray, points: np.ndarray, triangles: np.ndarray) -> float:
    """Return the distance to a surface under which 95 % of the points lie."""
    tree = BVHTree.FromPolygons(points.tolist(), triangles.tolist(), all_triangles=True)
    step = max(1, len(probes) // PROBES)
    return float(np.percentile([tree.find_nearest(point)[3] for point in probes[::step].tolist()], 95))


def _refine(item: bpy.types.Object, level: int, points: np.ndarray, triangles: np.ndarray) -> None:
    """Subdivide, and lay the finer surface onto the part again."""
    original = _build_object(points, triangles)
    subdivide = item.modifiers.new("Subdivide", "SUBSURF")
    subdivide.levels = subdivide.render_levels = level
    wrap = item.modifiers.new("Wrap", "SHRINKWRAP")
    wrap.target = original
    wrap.wrap_method = "NEAREST_SURFACEPOINT"
    apply_modifiers(item)
    bpy.data.objects.remove(original)
