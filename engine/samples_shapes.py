"""The shapes that sample models are made of: rounded boxes, lathed profiles, tubes and rings."""

import itertools
import math
from collections.abc import Callable, Sequence

import bmesh
import bpy
from mathutils import Matrix, Vector

SHARP_DEGREES = 48
"""Edges with a sharper bend than this stay sharp."""

Point = tuple[float, float, float]


def link_mesh(name: str, shape: bmesh.types.BMesh, *, material: bpy.types.Material | None = None) -> bpy.types.Object:
    """Turn a BMesh into a smooth-shaded object of the scene, and free it."""
    bmesh.ops.recalc_face_normals(shape, faces=shape.faces)
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(*_order(shape))
    shape.free()
    mesh.polygons.foreach_set("use_smooth", [True] * len(mesh.polygons))
    mesh.set_sharp_from_angle(angle=math.radians(SHARP_DEGREES))
    if material is not None:
        mesh.materials.append(material)
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def _order(shape: bmesh.types.BMesh) -> tuple[list[Point], list[Point], list[list[int]]]:
    """Return vertices, no edges, and faces in an order of their own: Blender's depends on memory addresses."""
    points = [tuple(round(value, 6) for value in vertex.co) for vertex in shape.verts]
    ranks = {index: rank for rank, index in enumerate(sorted(range(len(points)), key=lambda index: points[index]))}
    shape.verts.index_update()
    faces = []
    for face in shape.faces:
        corners = [ranks[vertex.index] for vertex in face.verts]
        first = corners.index(min(corners))
        faces.append(corners[first:] + corners[:first])
    return sorted(points), [], sorted(faces)


def place(
    thing: bpy.types.Object, *, at: Point = (0, 0, 0), turn: Point = (0, 0, 0), scale: Point = (1, 1, 1)
) -> bpy.types.Object:
    """Move the vertices themselves (degrees, Blender axes), so that objects keep an identity transform."""
    angles = [math.radians(angle) for angle in turn]
    rotation = (
        Matrix.Rotation(angles[2], 4, "Z") @ Matrix.Rotation(angles[1], 4, "Y") @ Matrix.Rotation(angles[0], 4, "X")
    )
    thing.data.transform(Matrix.Translation(at) @ rotation @ Matrix.Diagonal((*scale, 1)))
    return thing


def aim(thing: bpy.types.Object, direction: Vector, *, at: Vector) -> bpy.types.Object:
    """Turn a part's own Z axis into a direction, and move its origin to a place."""
    rotation = Vector((0, 0, 1)).rotation_difference(direction).to_matrix().to_4x4()
    thing.data.transform(Matrix.Translation(at) @ rotation)
    return thing


def rounded_box(
    name: str,
    size: Point,
    *,
    radius: float,
    segments: int = 4,
    taper: float = 0.0,
    bulge: float = 0.0,
    cuts: int = 0,
    material: bpy.types.Material | None = None,
) -> bpy.types.Object:
    """A box around the origin with rounded edges; `taper` narrows its top, `bulge` swells its sides."""
    shape = bmesh.new()
    bmesh.ops.create_cube(shape, size=1.0, matrix=Matrix.Diagonal((*size, 1)))
    for vertex in shape.verts:
        narrow = 1 - taper * (vertex.co.z / size[2] + 0.5)
        vertex.co.x *= narrow
        vertex.co.y *= narrow
    bmesh.ops.bevel(
        shape,
        geom=list(shape.edges),
        offset=radius,
        offset_type="OFFSET",
        segments=segments,
        profile=0.5,
        affect="EDGES",
    )
    if cuts:
        long_edges = [edge for edge in shape.edges if edge.calc_length() > radius * 1.5]
        bmesh.ops.subdivide_edges(shape, edges=long_edges, cuts=cuts, use_grid_fill=True)
    if bulge:
        _bulge(shape, size=size, amount=bulge)
    return link_mesh(name, shape, material=material)


def _bulge(shape: bmesh.types.BMesh, *, size: Point, amount: float) -> None:
    for vertex in shape.verts:
        x, y, z = (2 * vertex.co[axis] / size[axis] for axis in range(3))
        vertex.co.x *= 1 + amount * (1 - y * y) * (1 - z * z)
        vertex.co.y *= 1 + amount * (1 - x * x) * (1 - z * z)
        vertex.co.z *= 1 + amount * (1 - x * x) * (1 - y * y)


def plate(
    name: str,
    size: tuple[float, float],
    *,
    depth: float,
    corner: float,
    edge: float = 0.02,
    material: bpy.types.Material | None = None,
) -> bpy.types.Object:
    """A flat plate with rounded corners, lying on the floor, its upper rim rounded by `edge`."""
    shape = bmesh.new()
    slopes = [(edge * (1 - math.cos(a)), depth - edge * (1 - math.sin(a))) for a in (0, 0.4, 0.8, 1.2, math.pi / 2)]
    rings = [_plate_ring(shape, size, inset, height, corner) for inset, height in [(0, 0), *slopes]]
    for lower, upper in itertools.pairwise(rings):
        _bridge(shape, lower, upper)
    shape.faces.new(rings[0])
    shape.faces.new(rings[-1])
    return link_mesh(name, shape, material=material)


def _plate_ring(
    shape: bmesh.types.BMesh, size: tuple[float, float], inset: float, height: float, corner: float
) -> list[bmesh.types.BMVert]:
    radius = max(corner - inset, 1e-3)
    reach = (size[0] / 2 - inset - radius, size[1] / 2 - inset - radius)
    ring = []
    for quarter, (right, up) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        for step in range(7):
            angle = math.pi / 2 * (quarter + step / 6)
            x, y = right * reach[0] + radius * math.cos(angle), up * reach[1] + radius * math.sin(angle)
            ring.append(shape.verts.new((x, y, height)))
    return ring


def lathe(
    name: str,
    profile: Sequence[tuple[float, float]],
    *,
    segments: int = 32,
    material: bpy.types.Material | None = None,
) -> bpy.types.Object:
    """Turn (radius, height) pairs around Z; a radius of 0 at an end closes it with a pole."""
    shape = bmesh.new()
    rings = [_ring(shape, radius, height, segments) for radius, height in profile]
    for lower, upper in itertools.pairwise(rings):
        _bridge(shape, lower, upper)
    return link_mesh(name, shape, material=material)


def _ring(shape: bmesh.types.BMesh, radius: float, height: float, segments: int) -> list[bmesh.types.BMVert]:
    if radius == 0:
        return [shape.verts.new((0, 0, height))]
    angles = [2 * math.pi * step / segments for step in range(segments)]
    return [shape.verts.new((radius * math.cos(a), radius * math.sin(a), height)) for a in angles]


def _bridge(shape: bmesh.types.BMesh, lower: list[bmesh.types.BMVert], upper: list[bmesh.types.BMVert]) -> None:
    count = max(len(lower), len(upper))
    for step in range(count):
        following = (step + 1) % count
        corners = [
            lower[step % len(lower)],
            lower[following % len(lower)],
            upper[following % len(upper)],
            upper[step % len(upper)],
        ]
        shape.faces.new(list(dict.fromkeys(corners)))


def round_profile(
    profile: Sequence[tuple[float, float]], *, radius: float, steps: int = 2
) -> list[tuple[float, float]]:
    """Round the inner corners of a lathe profile, so that turned parts catch the light."""
    rounded = [profile[0]]
    for before, corner, after in zip(profile, profile[1:], profile[2:], strict=False):
        here = Vector(corner)
        to_before, to_after = Vector(before) - here, Vector(after) - here
        reach = min(radius, to_before.length * 0.45, to_after.length * 0.45)
        start, end = here + to_before.normalized() * reach, here + to_after.normalized() * reach
        for step in range(steps + 1):
            t = step / steps
            point = start * (1 - t) ** 2 + here * 2 * t * (1 - t) + end * t * t
            rounded.append((max(point.x, 0.0), point.y))
    return [*rounded, profile[-1]]


def smooth_profile(profile: Sequence[tuple[float, float]], *, passes: int = 3) -> list[tuple[float, float]]:
    """Turn a lathe profile into a flowing curve that keeps its ends (Chaikin's corner cutting)."""
    curve = [Vector(point) for point in profile]
    for _ in range(passes):
        cut = [point for a, b in itertools.pairwise(curve) for point in (a.lerp(b, 0.25), a.lerp(b, 0.75))]
        curve = [curve[0], *cut, curve[-1]]
    return [(point.x, point.y) for point in curve]


def torus(
    name: str,
    ring_radius: float,
    tube_radius: float,
    *,
    segments: int = 24,
    sides: int = 8,
    material: bpy.types.Material | None = None,
) -> bpy.types.Object:
    """A ring around Z."""

    def centre(t: float) -> Vector:
        return Vector((math.cos(2 * math.pi * t), math.sin(2 * math.pi * t), 0)) * ring_radius

    return tube(
        name,
        centre,
        radius=lambda _: tube_radius,
        segments=segments,
        sides=sides,
        closed=True,
        material=material,
    )


def tube(
    name: str,
    centre: Callable[[float], Vector],
    *,
    radius: Callable[[float], float],
    segments: int,
    sides: int,
    closed: bool = False,
    material: bpy.types.Material | None = None,
) -> bpy.types.Object:
    """Sweep a circle along `centre(t)`, t from 0 to 1, its size by `radius(t)`; open tubes get caps."""
    shape = bmesh.new()
    steps = [step / segments for step in range(segments + 1)]
    frames = _transport_frames(centre, steps, closed=closed)
    rings = [
        _swept_ring(shape, centre(t), frame=frame, radius=radius(t), sides=sides)
        for t, frame in zip(steps, frames, strict=True)
    ]
    if closed:
        bmesh.ops.delete(shape, geom=rings.pop(), context="VERTS")
    for lower, upper in zip(rings, rings[1:] + rings[:1] if closed else rings[1:], strict=False):
        _bridge(shape, lower, upper)
    if not closed:
        shape.faces.new(rings[0])
        shape.faces.new(rings[-1])
    return link_mesh(name, shape, material=material)


def _transport_frames(
    centre: Callable[[float], Vector], steps: Sequence[float], *, closed: bool
) -> list[tuple[Vector, Vector]]:
    """Return two directions across the path for each step, carried along without twist; a loop ends as it began."""
    forwards = [(centre(t + 1e-3) - centre(t - 1e-3)).normalized() for t in steps]
    side = forwards[0].orthogonal().normalized()
    sides = [side]
    for before, after in itertools.pairwise(forwards):
        side = before.rotation_difference(after) @ side
        sides.append(side)
    twist = 0.0
    if closed:
        first, last = sides[0], sides[-1]
        twist = math.atan2(last.cross(first).dot(forwards[0]), last.dot(first))
    turned = [
        Matrix.Rotation(twist * t, 3, forward) @ side for t, forward, side in zip(steps, forwards, sides, strict=True)
    ]
    return [(side, side.cross(forward)) for side, forward in zip(turned, forwards, strict=True)]


def _swept_ring(
    shape: bmesh.types.BMesh, middle: Vector, *, frame: tuple[Vector, Vector], radius: float, sides: int
) -> list[bmesh.types.BMVert]:
    side, up = frame
    angles = [2 * math.pi * step / sides for step in range(sides)]
    return [shape.verts.new(middle + (side * math.cos(a) + up * math.sin(a)) * radius) for a in angles]


def sphere(
    name: str,
    radius: float,
    *,
    segments: int = 24,
    rings: int = 16,
    material: bpy.types.Material | None = None,
) -> bpy.types.Object:
    """A ball around the origin."""
    shape = bmesh.new()
    bmesh.ops.create_uvsphere(shape, u_segments=segments, v_segments=rings, radius=radius)
    return link_mesh(name, shape, material=material)


def join(things: Sequence[bpy.types.Object], *, name: str) -> bpy.types.Object:
    """Join objects into the first of them, each keeping its material slots."""
    bpy.context.view_layer.update()
    with bpy.context.temp_override(
        active_object=things[0], object=things[0], selected_objects=things, selected_editable_objects=things
    ):
        bpy.ops.object.join()
    joined = things[0]
    joined.name = joined.data.name = name
    return joined
