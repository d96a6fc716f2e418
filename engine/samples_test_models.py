"""Small models for tests and trials, one for each trait that real files bring along."""

import math

import bmesh
import bpy
import numpy as np
from mathutils import Matrix, Vector, noise

from engine import samples_shapes as shapes
from engine.samples_materials import plain_material, textured_material

TEXTURE_PX = 512


def closed_textured() -> None:
    """A pumpkin: one closed surface with UVs and one picture."""
    pumpkin = _pumpkin(segments=108, rings=40)
    pumpkin.data.materials.append(textured_material("Skin", _pumpkin_skin()))
    pumpkin.data.transform(_scaled(0.16))


def draco() -> None:
    """A glazed vase, to be exported with Draco compression."""
    profile = [
        (0, 0),
        (0.5, 0),
        (0.62, 0.12),
        (0.95, 0.7),
        (1.0, 1.15),
        (0.78, 1.6),
        (0.42, 1.95),
        (0.36, 2.2),
        (0.5, 2.45),
    ]
    inside = [
        (0.44, 2.45),
        (0.3, 2.2),
        (0.36, 1.95),
        (0.7, 1.55),
        (0.9, 1.15),
        (0.85, 0.7),
        (0.5, 0.14),
        (0, 0.1),
    ]
    outline = shapes.smooth_profile([*profile, *inside])
    vase = shapes.lathe("Vase", outline, segments=64)
    vase.data.materials.append(textured_material("Glaze", _glaze(), roughness=0.18))
    _unwrap_by_height(vase)
    vase.data.transform(_scaled(0.12))


def scan_no_uvs() -> None:
    """A rough stone as a scanner gives it: 20,480 triangles, no UVs, no material."""
    shape = bmesh.new()
    bmesh.ops.create_icosphere(shape, subdivisions=6, radius=1.0)
    for vertex in shape.verts:
        direction = vertex.co.normalized()
        large = noise.fractal(direction * 1.1, 1.0, 2.0, 3, noise_basis="PERLIN_ORIGINAL")
        facets = noise.voronoi(direction * 2.1)[0][0]
        grain = noise.fractal(direction * 14, 0.8, 2.2, 3, noise_basis="PERLIN_ORIGINAL")
        vertex.co = direction * (1 + 0.35 * large + 0.22 * facets + 0.02 * grain)
        vertex.co.z *= 0.75
    stone = shapes.link_mesh("Stone scan", shape)
    stone.data.transform(_scaled(0.3))


def many_parts() -> None:
    """An abacus: 41 separate closed parts in six materials."""
    wood = plain_material("Walnut", (0.16, 0.065, 0.025), roughness=0.45)
    brass = plain_material("Brass", (0.85, 0.55, 0.22), roughness=0.25, metallic=1)
    beads = [
        plain_material("Coral", (0.75, 0.11, 0.07), roughness=0.3),
        plain_material("Mustard", (0.8, 0.42, 0.04), roughness=0.3),
        plain_material("Teal", (0.02, 0.27, 0.28), roughness=0.3),
        plain_material("Cream", (0.82, 0.74, 0.58), roughness=0.35),
    ]
    _abacus_frame(wood)
    for row in range(5):
        height = 0.4 + row * 0.45
        rod = shapes.lathe("Rod", [(0, -1.6), (0.035, -1.6), (0.035, 1.6), (0, 1.6)], segments=12, material=brass)
        shapes.place(rod, turn=(0, 90, 0), at=(0, 0, height))
        for index in range(6):
            shift = 0.35 if index >= 5 - row else -0.35
            bead = _bead(beads[(row + index // 3) % 4])
            shapes.place(bead, turn=(0, 90, 0), at=((index - 2.5) * 0.34 + shift, 0, height))
    for thing in bpy.context.scene.objects:
        thing.data.transform(_scaled(0.1))


def vertex_colors() -> None:
    """A knot coloured by its vertices alone: no UVs, no picture."""

    def centre(t: float) -> Vector:
        a = 2 * math.pi * t
        reach = 1 + 0.42 * math.cos(3 * a)
        return Vector((reach * math.cos(2 * a), 0.55 * math.sin(3 * a), reach * math.sin(2 * a))) * 0.3

    material = plain_material("Vertex colours", (1, 1, 1), roughness=0.3)
    nodes, links = material.node_tree.nodes, material.node_tree.links
    source = nodes.new("ShaderNodeVertexColor")
    source.layer_name = "Color"
    links.new(source.outputs["Color"], nodes["Principled BSDF"].inputs["Base Color"])
    knot = shapes.tube("Knot", centre, radius=lambda _: 0.075, segments=240, sides=20, closed=True, material=material)
    colours = knot.data.color_attributes.new("Color", "FLOAT_COLOR", "POINT")
    ring = np.repeat(np.arange(240) / 240, 20)
    channels = [0.5 + 0.45 * np.cos(2 * np.pi * (ring + shift)) for shift in (0.0, 0.33, 0.67)]
    colours.data.foreach_set("color", np.column_stack([*channels, np.ones_like(ring)]).astype(np.float32).ravel())


def broken_topology() -> None:
    """A mug with many faults: holes, fins on edges, flipped, doubled and flat faces, parts that cross."""
    outline = shapes.round_profile([(0, 0), (0.9, 0), (1, 2), (0.88, 2), (0.8, 0.12), (0, 0.12)], radius=0.08, steps=6)
    mug = shapes.lathe("Mug", outline, segments=48, material=plain_material("Glaze", (0.1, 0.28, 0.5), roughness=0.25))
    handle = shapes.torus("Handle", 0.55, 0.13, segments=36, sides=14)
    shapes.place(handle, turn=(90, 0, 0), at=(1.15, 0, 1.05))
    _break(mug.data)
    shapes.join([mug, handle], name="Broken mug").data.transform(_scaled(0.05))


def _scaled(size: float) -> Matrix:
    return Matrix.Scale(size, 4)


def _grid(size_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Return u (left to right) and v (bottom to top) of every pixel, 0 to 1."""
    line = (np.arange(size_px) + 0.5) / size_px
    u, v = np.meshgrid(line, line)
    return u, v


def _mix(first: tuple[float, ...], second: tuple[float, ...], amount: np.ndarray) -> np.ndarray:
    share = np.clip(amount, 0, 1)[..., None]
    return np.asarray(first) * (1 - share) + np.asarray(second) * share


def _grain(size_px: int) -> np.ndarray:
    """Return fine noise from a fixed seed, 0 to 1."""
    return np.random.default_rng(7).random((size_px, size_px))


PUMPKIN_RIBS = 9


def _pumpkin_point(u: float, v: float) -> Vector:
    """The surface of a ribbed, dented globe: u runs around, v from the bottom to the top."""
    around, up = 2 * math.pi * u, math.pi * (v - 0.5)
    rib = 1 - 0.13 * (1 - abs(math.sin(PUMPKIN_RIBS * around / 2)) ** 0.7) * math.cos(up) ** 0.5
    dent = 1 - 0.38 * math.exp(-(((1 - abs(2 * v - 1)) / 0.28) ** 2))
    flat = math.cos(up) * rib
    return Vector((math.cos(around) * flat, math.sin(around) * flat, 0.78 * math.sin(up) * dent + 0.66))


def _pumpkin(*, segments: int, rings: int) -> bpy.types.Object:
    points = [_pumpkin_point(column / segments, row / rings) for row in range(1, rings) for column in range(segments)]
    bottom, top = len(points), len(points) + 1
    faces: list[list[int]] = []
    spots: list[tuple[float, float]] = []
    for row in range(rings):
        for column in range(segments):
            places = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)]
            corners: dict[int, tuple[float, float]] = {}
            for u, v in places:
                index = {0: bottom, rings: top}.get(v, (v - 1) * segments + u % segments)
                corners.setdefault(index, (u / segments, v / rings))
            faces.append(list(corners))
            spots += corners.values()
    mesh = bpy.data.meshes.new("Pumpkin")
    mesh.from_pydata([*points, _pumpkin_point(0, 0), _pumpkin_point(0, 1)], [], faces)
    mesh.uv_layers.new(name="UVMap").uv.foreach_set("vector", np.array(spots, dtype=np.float32).ravel())
    mesh.polygons.foreach_set("use_smooth", [True] * len(mesh.polygons))
    pumpkin = bpy.data.objects.new("Pumpkin", mesh)
    bpy.context.scene.collection.objects.link(pumpkin)
    return pumpkin


def _pumpkin_skin() -> np.ndarray:
    u, v = _grid(TEXTURE_PX)
    rib = np.abs(np.sin(PUMPKIN_RIBS * np.pi * u)) ** 0.6
    skin = _mix((0.62, 0.20, 0.05), (0.95, 0.52, 0.13), rib * 0.9 + 0.1 * _grain(TEXTURE_PX))
    speckle = (_grain(TEXTURE_PX) > 0.985)[..., None]
    skin = np.where(speckle, skin * 0.82 + 0.12, skin)
    stem = np.clip((v - 0.93) / 0.02, 0, 1)[..., None]
    return skin * (1 - stem) + np.asarray((0.36, 0.40, 0.17)) * stem


def _glaze() -> np.ndarray:
    u, v = _grid(TEXTURE_PX)
    wave = 0.03 * np.sin(2 * np.pi * u * 5) + 0.012 * np.sin(2 * np.pi * u * 13)
    colours = _mix((0.07, 0.22, 0.36), (0.45, 0.68, 0.72), (v + wave - 0.25) / 0.45)
    rim = np.clip((v + wave - 0.8) / 0.03, 0, 1)[..., None]
    speckle = 0.02 * (_grain(TEXTURE_PX)[..., None] - 0.5)
    return colours * (1 - rim) + np.asarray((0.91, 0.87, 0.76)) * rim + speckle


def _unwrap_by_height(thing: bpy.types.Object) -> None:
    """Give a lathed object UVs: angle to the right, height upwards; faces across the seam run past 1."""
    mesh = thing.data
    uv_layer = mesh.uv_layers.new(name="UVMap")
    heights = [vertex.co.z for vertex in mesh.vertices]
    low, high = min(heights), max(heights)
    for polygon in mesh.polygons:
        middle = math.atan2(polygon.center.y, polygon.center.x)
        for loop_index in polygon.loop_indices:
            point = mesh.vertices[mesh.loops[loop_index].vertex_index].co
            angle = math.atan2(point.y, point.x) if point.xy.length > 1e-6 else middle
            angle += 2 * math.pi * round((middle - angle) / (2 * math.pi))
            uv_layer.data[loop_index].uv = (angle / (2 * math.pi), (point.z - low) / (high - low))


def _abacus_frame(wood: bpy.types.Material) -> None:
    for x in (-1.66, 1.66):
        post = shapes.rounded_box("Post", (0.2, 0.34, 2.75), radius=0.06, material=wood)
        shapes.place(post, at=(x, 0, 1.375))
    for z in (0.06, 2.62):
        beam = shapes.rounded_box("Beam", (3.1, 0.24, 0.16), radius=0.05, material=wood)
        shapes.place(beam, at=(0, 0, z + 0.04))
    for x in (-1.66, 1.66):
        foot = shapes.rounded_box("Foot", (0.3, 1.1, 0.14), radius=0.05, material=wood)
        shapes.place(foot, at=(x, 0, 0.0))


def _bead(material: bpy.types.Material) -> bpy.types.Object:
    outside = [(0.045, -0.13), (0.1, -0.145), (0.21, -0.04), (0.21, 0.04), (0.1, 0.145), (0.045, 0.13)]
    outline = shapes.round_profile([*outside, outside[0]], radius=0.05, steps=3)
    return shapes.lathe("Bead", outline, segments=24, material=material)


def _break(mesh: bpy.types.Mesh) -> None:
    """Damage a mesh in every way that files from the wild are damaged."""
    shape = bmesh.new()
    shape.from_mesh(mesh)
    shape.faces.ensure_lookup_table()
    faces = list(shape.faces)
    bmesh.ops.reverse_faces(shape, faces=faces[100:160])
    for face in faces[300:312]:
        corners = [shape.verts.new(vertex.co) for vertex in face.verts]
        shape.faces.new(corners)
    for edge in list(faces[500].edges)[:2] + list(faces[700].edges)[:2]:
        fin = shape.verts.new(edge.verts[0].co * 1.3)
        shape.faces.new([*edge.verts, fin])
    here, there = faces[20].verts[0].co, faces[21].verts[0].co
    shape.faces.new([shape.verts.new(here), shape.verts.new(here), shape.verts.new(here.lerp(there, 0.5))])
    bmesh.ops.delete(shape, geom=faces[820:850:3] + faces[200:206], context="FACES")
    shape.to_mesh(mesh)
    shape.free()
