"""The body that is textured: all of a model's meshes as one throw-away object of one size, and the way back."""

from dataclasses import dataclass

import bpy
import numpy as np

from engine.scene import get_mesh_objects, read_loop_totals, read_positions

MAP_LAYER = "UVMap"


@dataclass(frozen=True)
class Piece:
    """One mesh object: which corners of the body are its own, and in which order it has them itself."""

    item: bpy.types.Object
    start: int
    order: np.ndarray
    """For each of its corners in the body: the corner's number in its own mesh."""


@dataclass(frozen=True)
class Body:
    """The joined object, and for each of its faces: the piece it comes from, and that piece's material slot."""

    item: bpy.types.Object
    pieces: tuple[Piece, ...]
    face_pieces: np.ndarray
    face_slots: np.ndarray

    def give_back_uvs(self) -> None:
        """Copy the body's UVs to the pieces, as their only layer."""
        uvs = read_uvs(self.item.data)
        for piece in self.pieces:
            mesh = piece.item.data
            while mesh.uv_layers:
                mesh.uv_layers.remove(mesh.uv_layers[0])
            own = np.empty((len(mesh.loops), 2), dtype=np.float32)
            own[piece.order] = uvs[piece.start : piece.start + len(piece.order)]
            write_uvs(mesh, own)


def build_body() -> Body:
    """Join the scene's meshes in their rest pose: Blender's axes, centred, the longest side of length one."""
    items = get_mesh_objects()
    parts = [_read_part(item) for item in items]
    points = np.concatenate([part.points for part in parts])
    low, high = points.min(axis=0), points.max(axis=0)
    points = (points - (low + high) / 2) / (float((high - low).max()) or 1.0)
    vertex_starts = np.cumsum([0, *(len(part.points) for part in parts)])
    loop_starts = np.cumsum([0, *(len(part.corners) for part in parts)])
    corners = np.concatenate([part.corners + start for part, start in zip(parts, vertex_starts, strict=False)])
    sizes = np.concatenate([part.sizes for part in parts])
    mesh = _build_mesh(points, corners, sizes, np.concatenate([part.normals for part in parts]))
    write_uvs(mesh, np.concatenate([part.uvs for part in parts]))
    body = bpy.data.objects.new("Body", mesh)
    bpy.context.scene.collection.objects.link(body)
    bpy.context.view_layer.update()
    return Body(
        body,
        tuple(
            Piece(item, int(start), part.order) for item, start, part in zip(items, loop_starts, parts, strict=False)
        ),
        np.repeat(np.arange(len(items)), [len(part.sizes) for part in parts]),
        np.concatenate([part.slots for part in parts]),
    )


@dataclass(frozen=True)
class _Part:
    points: np.ndarray
    corners: np.ndarray
    sizes: np.ndarray
    normals: np.ndarray
    uvs: np.ndarray
    slots: np.ndarray
    order: np.ndarray


def _read_part(item: bpy.types.Object) -> _Part:
    mesh = item.data
    matrix = np.array(item.matrix_world, dtype=np.float64)
    points = read_positions(mesh).astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
    sizes = read_loop_totals(mesh)
    corners = np.empty(len(mesh.loops), dtype=np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    normals = np.empty(len(mesh.loops) * 3, dtype=np.float32)
    mesh.corner_normals.foreach_get("vector", normals)
    if abs(np.linalg.det(matrix[:3, :3])) > 0:
        normals = normals.reshape(-1, 3) @ np.linalg.inv(matrix[:3, :3])
    slots = np.empty(len(mesh.polygons), dtype=np.int32)
    mesh.polygons.foreach_get("material_index", slots)
    order = np.arange(len(corners))
    if np.linalg.det(matrix[:3, :3]) < 0:  # mirrored: the corners run the other way round
        order = _turn_faces(sizes)
    uvs = read_uvs(mesh) if mesh.uv_layers else np.zeros((len(corners), 2), dtype=np.float32)
    return _Part(points, corners[order], sizes, normals.reshape(-1, 3)[order], uvs[order], slots, order)


def _turn_faces(sizes: np.ndarray) -> np.ndarray:
    """Return the corners' numbers with each face's in reverse."""
    starts = np.repeat(np.cumsum(sizes) - sizes, sizes)
    within = np.arange(int(sizes.sum())) - starts
    return starts + np.repeat(sizes, sizes) - 1 - within


def _build_mesh(points: np.ndarray, corners: np.ndarray, sizes: np.ndarray, normals: np.ndarray) -> bpy.types.Mesh:
    mesh = bpy.data.meshes.new("Body")
    mesh.vertices.add(len(points))
    mesh.vertices.foreach_set("co", points.astype(np.float32).ravel())
    mesh.loops.add(len(corners))
    mesh.loops.foreach_set("vertex_index", corners.astype(np.int32))
    mesh.polygons.add(len(sizes))
    mesh.polygons.foreach_set("loop_start", (np.cumsum(sizes) - sizes).astype(np.int32))
    mesh.update(calc_edges=True)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    mesh.normals_split_custom_set((normals / np.maximum(lengths, 1e-12)).tolist())
    return mesh


def read_uvs(mesh: bpy.types.Mesh, layer: int = 0) -> np.ndarray:
    """Return the UVs of each corner, shape (n, 2)."""
    uvs = np.empty(len(mesh.loops) * 2, dtype=np.float32)
    mesh.uv_layers[layer].uv.foreach_get("vector", uvs)
    return uvs.reshape(-1, 2)


def write_uvs(mesh: bpy.types.Mesh, uvs: np.ndarray, name: str = MAP_LAYER) -> None:
    """Set a UV layer, which is made where it is missing."""
    layer = mesh.uv_layers.get(name) or mesh.uv_layers.new(name=name, do_init=False)
    layer.uv.foreach_set("vector", np.ascontiguousarray(uvs, dtype=np.float32).ravel())
