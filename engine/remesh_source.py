"""The model to be remeshed: all its parts as they stand, in one mesh without skeleton, with what is broken removed."""

from dataclasses import dataclass

import bmesh
import bpy
import numpy as np
from mathutils import Matrix

from engine.errors import EngineError
from engine.scene import get_mesh_objects

WELD_SHARE = 1e-5
"""Of the diagonal. GLB doubles vertices along UV seams; left apart, every seam would tear open."""


@dataclass(frozen=True)
class Source:
    """The joined object, and sentences on what was left behind."""

    item: bpy.types.Object
    diagonal: float
    notes: tuple[str, ...]


def gather_source() -> Source:
    """Join the scene's meshes, in their pose, into one clean object of triangles, and delete everything else.

    :raises EngineError: refused, if no face is left
    """
    notes = []
    if any(item.type == "ARMATURE" for item in bpy.context.scene.objects):
        notes.append("The skeleton and its animations were left out: the new surface has no weights.")
    elif bpy.data.actions:
        notes.append("The animations were left out: the parts are one surface now.")
    joined = _join([_freeze(item) for item in get_mesh_objects()])
    diagonal, dropped = clean_mesh(joined.data)
    if dropped:
        notes.append(f"{dropped:,} points without a finite position were removed.")
    return Source(joined, diagonal, tuple(notes))


def _freeze(item: bpy.types.Object) -> bpy.types.Mesh:
    """Return an object's mesh as it stands in the world, without modifiers and shape keys."""
    graph = bpy.context.evaluated_depsgraph_get()
    mesh = bpy.data.meshes.new_from_object(item.evaluated_get(graph), preserve_all_data_layers=True, depsgraph=graph)
    mesh.transform(item.matrix_world)
    if item.matrix_world.determinant() < 0:
        mesh.flip_normals()
    return mesh


def _join(meshes: list[bpy.types.Mesh]) -> bpy.types.Object:
    scene = bpy.context.scene
    for item in list(scene.objects):
        bpy.data.objects.remove(item)
    for action in list(bpy.data.actions):
        bpy.data.actions.remove(action)
    items = []
    for mesh in meshes:
        item = bpy.data.objects.new("Model", mesh)
        scene.collection.objects.link(item)
        items.append(item)
    bpy.context.view_layer.update()
    if len(items) > 1:
        with bpy.context.temp_override(
            active_object=items[0], object=items[0], selected_objects=items, selected_editable_objects=items
        ):
            bpy.ops.object.join()
    return items[0]


def clean_mesh(mesh: bpy.types.Mesh) -> tuple[float, int]:
    """Triangulate and weld a mesh and drop what is no surface; return its diagonal and the broken points dropped.

    :raises EngineError: refused, if no face is left
    """
    if "custom_normal" in mesh.attributes:
        mesh.attributes.remove(mesh.attributes["custom_normal"])
    points = read_points(mesh)
    is_finite = np.isfinite(points).all(axis=1)
    diagonal = float(np.linalg.norm(np.ptp(points[is_finite], axis=0))) if is_finite.any() else 0.0
    shape = bmesh.new()
    shape.from_mesh(mesh)
    shape.verts.ensure_lookup_table()
    broken = [shape.verts[int(index)] for index in np.flatnonzero(~is_finite)]
    bmesh.ops.delete(shape, geom=broken, context="VERTS")
    bmesh.ops.triangulate(shape, faces=[face for face in shape.faces if len(face.verts) > 3])
    bmesh.ops.remove_doubles(shape, verts=shape.verts, dist=diagonal * WELD_SHARE)
    drop_flat_and_double_faces(shape)
    loose = [vertex for vertex in shape.verts if not vertex.link_faces]
    bmesh.ops.delete(shape, geom=loose, context="VERTS")
    shape.to_mesh(mesh)
    shape.free()
    if not len(mesh.polygons) or not diagonal:
        raise EngineError("refused", "This model has no surface that could be remeshed.")
    return diagonal, len(broken)


def drop_flat_and_double_faces(shape: bmesh.types.BMesh) -> None:
    """Delete faces without area, and all but one of the faces that stand on the same corners."""
    seen: set[tuple[int, ...]] = set()
    useless = []
    shape.verts.index_update()
    for face in shape.faces:
        corners = tuple(sorted(vertex.index for vertex in face.verts))
        if corners in seen or face.calc_area() == 0:
            useless.append(face)
        seen.add(corners)
    bmesh.ops.delete(shape, geom=useless, context="FACES")


def read_points(mesh: bpy.types.Mesh) -> np.ndarray:
    """Return the vertices of a mesh, shape (n, 3)."""
    points = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
    mesh.vertices.foreach_get("co", points)
    return points.reshape(-1, 3).astype(np.float64)


def read_triangles(mesh: bpy.types.Mesh) -> np.ndarray:
    """Return the corners of a mesh's triangles as vertex numbers, shape (n, 3)."""
    corners = np.empty(len(mesh.loop_triangles) * 3, dtype=np.int32)
    mesh.loop_triangles.foreach_get("vertices", corners)
    return corners.reshape(-1, 3)


def measure_areas(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Return the area of each triangle."""
    first, second, third = (points[triangles[:, corner]] for corner in range(3))
    return np.linalg.norm(np.cross(second - first, third - first), axis=1) / 2


def shade_by_angle(mesh: bpy.types.Mesh, degrees: float) -> None:
    """Shade smooth, but keep bends sharper than this angle sharp."""
    mesh.polygons.foreach_set("use_smooth", [True] * len(mesh.polygons))
    mesh.set_sharp_from_angle(angle=float(np.radians(degrees)))
    mesh.update()


def scale_mesh(mesh: bpy.types.Mesh, factor: float) -> None:
    """Scale a mesh about the world's origin."""
    mesh.transform(Matrix.Scale(factor, 4))
