"""Objects of studio pictures that are put together of boards, boxes and tubes."""

import math

import bmesh
import bpy
from mathutils import Vector

from engine.picture_parts import Part, cushion, extra, main
from engine.samples_shapes import Point, lathe, link_mesh, place, rounded_box, smooth_profile, sphere, torus, tube


def _box(name: str, size: Point, at: Point, *, radius: float = 0.012, turn: Point = (0, 0, 0)) -> bpy.types.Object:
    return place(rounded_box(name, size, radius=min(radius, min(size) * 0.45)), at=at, turn=turn)


def cube() -> list[Part]:
    """A cube with soft edges."""
    return [main(_box("Cube", (0.9, 0.9, 0.9), (0, 0, 0.45), radius=0.06), "plastic")]


def chair() -> list[Part]:
    """A chair with a cushion."""
    legs = [_box("Leg", (0.06, 0.06, 0.46), (x, y, 0.23)) for x in (-0.22, 0.22) for y in (-0.22,)]
    legs += [_box("Post", (0.06, 0.06, 1.02), (x, 0.22, 0.51)) for x in (-0.22, 0.22)]
    rails = [_box("Rail", (0.4, 0.035, 0.05), (0, y, 0.4)) for y in (-0.22, 0.22)]
    rails += [_box("Rail", (0.035, 0.4, 0.05), (x, 0, 0.4)) for x in (-0.22, 0.22)]
    slats = [_box("Slat", (0.4, 0.03, 0.09), (0, 0.22, height)) for height in (0.64, 0.79, 0.94)]
    seat = _box("Seat", (0.52, 0.52, 0.04), (0, 0, 0.46), radius=0.015)
    pad = place(rounded_box("Cushion", (0.46, 0.42, 0.08), radius=0.035, bulge=0.12, cuts=6), at=(0, -0.02, 0.52))
    parts = [main(item, "oak", "legs", "leg") for item in legs]
    parts += [main(item, "oak", "back", "frame", "chair") for item in (*rails, *slats, seat)]
    return [*parts, cushion(pad, "red fabric", "seat", "cushion", "upholstery", "pad")]


def stool() -> list[Part]:
    """A round stool on three legs."""
    seat = lathe("Seat", smooth_profile([(0, 0.6), (0.3, 0.6), (0.32, 0.63), (0.3, 0.67), (0, 0.66)]), segments=72)
    legs = []
    for step in range(3):
        angle = math.radians(90 + 120 * step)
        top, foot = (
            Vector((math.cos(angle), math.sin(angle), 0)) * 0.18,
            Vector((math.cos(angle), math.sin(angle), 0)) * 0.3,
        )

        def centre(t: float, top: Vector = top, foot: Vector = foot) -> Vector:
            return foot.lerp(top, t) + Vector((0, 0, 0.61 * t))

        legs.append(tube("Leg", centre, radius=lambda t: 0.028 + 0.012 * t, segments=8, sides=24))
    return [main(seat, "oak", "seat", "stool"), *(main(leg, "oak", "legs", "leg") for leg in legs)]


def table() -> list[Part]:
    """A table."""
    top = _box("Top", (1.3, 0.8, 0.05), (0, 0, 0.72), radius=0.018)
    legs = [_box("Leg", (0.08, 0.08, 0.7), (x, y, 0.35)) for x in (-0.56, 0.56) for y in (-0.32, 0.32)]
    aprons = [_box("Apron", (1.1, 0.03, 0.1), (0, y, 0.65)) for y in (-0.32, 0.32)]
    aprons += [_box("Apron", (0.03, 0.62, 0.1), (x, 0, 0.65)) for x in (-0.56, 0.56)]
    parts = [main(item, "oak", "legs", "leg", "frame") for item in (*legs, *aprons)]
    return [main(top, "oak", "top", "tabletop", "table"), *parts]


def crate() -> list[Part]:
    """A crate of boards in a frame."""
    inside = [_box("Board", (0.86, 0.86, 0.19), (0, 0, 0.14 + 0.2 * step), radius=0.008) for step in range(4)]
    edges: list[bpy.types.Object] = []
    for a in (-0.43, 0.43):
        for b in (-0.43, 0.43):
            edges.append(_box("Post", (0.11, 0.11, 0.94), (a, b, 0.47)))
            edges.append(_box("Beam", (0.78, 0.11, 0.11), (0, a, 0.47 + b * 0.97)))
            edges.append(_box("Beam", (0.11, 0.78, 0.11), (a, 0, 0.47 + b * 0.97)))
    braces = [_box("Brace", (1.0, 0.04, 0.1), (0, side * 0.44, 0.47), turn=(0, 42, 0)) for side in (-1, 1)]
    lid = _box("Lid", (0.86, 0.86, 0.03), (0, 0, 0.88))
    parts = [main(item, "pine", "boards", "planks") for item in (*inside, lid)]
    return [*parts, *(main(item, "pine", "frame", "edges", "corners") for item in (*edges, *braces))]


def chest() -> list[Part]:
    """A treasure chest with a vaulted lid and iron bands."""
    body = _box("Body", (1.0, 0.62, 0.42), (0, 0, 0.21), radius=0.02)
    lid = _half_barrel("Lid", width=1.0, radius=0.31, base=0.43)
    bands: list[bpy.types.Object] = []
    for x in (-0.36, 0.36):
        bands.append(_box("Band", (0.1, 0.65, 0.44), (x, 0, 0.21)))
        bands.append(place(_half_barrel("Band", width=0.1, radius=0.325, base=0.43), at=(x, 0, 0)))
    bands.append(_box("Rim", (1.03, 0.65, 0.045), (0, 0, 0.415)))
    lock = _box("Lock", (0.16, 0.06, 0.2), (0, -0.325, 0.4), radius=0.02)
    parts = [extra(item, "iron", "bands", "band", "fittings", "straps") for item in bands]
    return [main(body, "oak", "chest", "body"), main(lid, "oak", "lid"), *parts, extra(lock, "brass", "lock")]


def _half_barrel(name: str, *, width: float, radius: float, base: float) -> bpy.types.Object:
    shape = bmesh.new()
    rings = []
    for x in (-width / 2, width / 2):
        angles = [math.pi * step / 32 for step in range(33)]
        rings.append([shape.verts.new((x, radius * math.cos(a), base + radius * 0.75 * math.sin(a))) for a in angles])
    for step in range(33):
        after = (step + 1) % 33
        shape.faces.new([rings[0][step], rings[0][after], rings[1][after], rings[1][step]])
    for ring in rings:
        shape.faces.new(ring)
    bmesh.ops.bevel(
        shape, geom=[e for e in shape.edges if e.calc_face_angle(0) > 1], offset=0.012, segments=3, affect="EDGES"
    )
    return link_mesh(name, shape)


def shield() -> list[Part]:
    """A round shield with a boss and a rim."""
    face = lathe(
        "Face",
        smooth_profile([(0, 0.1), (0.2, 0.095), (0.46, 0.02), (0.47, -0.02), (0.2, 0.06), (0, 0.065)]),
        segments=96,
    )
    rim = torus("Rim", 0.47, 0.03, segments=96, sides=20)
    boss = lathe("Boss", smooth_profile([(0.15, 0.08), (0.14, 0.11), (0.1, 0.18), (0, 0.2)]), segments=64)
    rivets = []
    for step in range(12):
        angle = math.tau * step / 12
        rivet = sphere("Rivet", 0.018, segments=16, rings=10)
        rivets.append(place(rivet, at=(0.38 * math.cos(angle), 0.38 * math.sin(angle), 0.055)))
    parts = [extra(item, "steel", "rim", "boss", "edge", "rivets") for item in (rim, boss, *rivets)]
    parts.append(main(face, "oak", "shield", "face"))
    for part in parts:
        place(part.item, turn=(78, 0, 0), at=(0, 0, 0.5))
    return parts


def sword() -> list[Part]:
    """A sword standing on its point."""
    shape = bmesh.new()
    outline = [(0.06, 0.36), (0.05, 0.9), (0, 1.06)]
    spine = [shape.verts.new((0, side * 0.014, height)) for side in (-1, 1) for height in (0.36, 0.9)]
    tip = shape.verts.new((0, 0, outline[2][1]))
    for sign in (-1, 1):
        low, high = (shape.verts.new((sign * width, 0, height)) for width, height in outline[:2])
        for near, far in (spine[:2], spine[2:]):
            shape.faces.new([near, far, high, low])
            shape.faces.new([far, tip, high])
    blade = link_mesh("Blade", shape)
    guard = _box("Guard", (0.34, 0.05, 0.045), (0, 0, 0.35), radius=0.02)
    grip = lathe(
        "Grip",
        [(0, 0.12), *((0.028 + 0.003 * (step % 2), 0.13 + 0.2 * step / 20) for step in range(21)), (0, 0.34)],
        segments=32,
    )
    pommel = place(sphere("Pommel", 0.05, segments=32, rings=20), at=(0, 0, 0.1))
    parts = [
        main(blade, "steel", "blade", "sword"),
        extra(guard, "brass", "guard", "hilt"),
        extra(pommel, "brass", "pommel"),
    ]
    parts.append(extra(grip, "leather", "grip", "handle"))
    for part in parts:
        place(part.item, turn=(0, 180, 0), at=(0, 0, 1.08))
    return parts


def tree() -> list[Part]:
    """A tree with a round crown."""
    trunk = lathe(
        "Trunk", smooth_profile([(0, 0), (0.16, 0), (0.09, 0.15), (0.07, 0.5), (0.05, 0.75), (0, 0.75)]), segments=32
    )
    crowns = []
    for x, y, z, radius in (
        (0, 0, 0.95, 0.32),
        (0.22, -0.05, 0.78, 0.24),
        (-0.22, 0.02, 0.8, 0.25),
        (0.02, 0.2, 0.78, 0.24),
        (0, -0.2, 0.76, 0.22),
    ):
        crowns.append(place(sphere("Crown", radius, segments=48, rings=32), at=(x, y, z)))
    return [main(crown, "moss", "crown", "leaves", "foliage", "tree") for crown in crowns] + [
        extra(trunk, "bark", "trunk", "stem")
    ]


def house() -> list[Part]:
    """A small house with a gabled roof."""
    shape = bmesh.new()
    ends = []
    for y in (-0.4, 0.4):
        ends.append([shape.verts.new((x, y, z)) for x, z in ((-0.4, 0), (0.4, 0), (0.4, 0.5), (0, 0.86), (-0.4, 0.5))])
    for step in range(5):
        after = (step + 1) % 5
        shape.faces.new([ends[0][step], ends[0][after], ends[1][after], ends[1][step]])
    for end in ends:
        shape.faces.new(end)
    walls = link_mesh("Walls", shape)
    roofs = [_box("Roof", (0.66, 1.0, 0.06), (sign * 0.24, 0, 0.7), turn=(0, sign * 42, 0)) for sign in (-1, 1)]
    door = _box("Door", (0.2, 0.04, 0.36), (0, -0.41, 0.18))
    panes = [_box("Window", (0.14, 0.03, 0.16), (x, -0.405, 0.32)) for x in (-0.25, 0.25)]
    chimney = _box("Chimney", (0.13, 0.13, 0.4), (0.22, 0.15, 0.85))
    parts = [extra(roof, "slate", "roof") for roof in roofs] + [
        extra(pane, "blue glass", "window", "windows") for pane in panes
    ]
    return [
        main(walls, "brick", "walls", "wall", "house"),
        *parts,
        extra(door, "oak", "door"),
        extra(chimney, "brick", "chimney"),
    ]


def book() -> list[Part]:
    """A thick book lying down."""
    covers = [_box("Cover", (0.74, 1.0, 0.03), (0, 0, height), radius=0.012) for height in (0.015, 0.265)]
    spine = _box("Spine", (0.04, 1.0, 0.28), (-0.365, 0, 0.14), radius=0.018)
    pages = _box("Pages", (0.69, 0.95, 0.22), (0.005, 0, 0.14), radius=0.004)
    bands = [_box("Band", (0.05, 0.03, 0.29), (-0.368, y, 0.14), radius=0.012) for y in (-0.3, 0, 0.3)]
    parts = [main(item, "leather", "cover", "binding", "book") for item in (*covers, spine, *bands)]
    return [*parts, extra(pages, "white paper", "pages")]


def helmet() -> list[Part]:
    """A round helmet with a rim, a crest and two horns."""
    bowl = [(0, 0.03), (0.38, 0.03), (0.4, 0), (0.42, 0.02), (0.42, 0.28), (0.32, 0.55), (0, 0.68)]
    dome = place(lathe("Dome", smooth_profile(bowl), segments=96), scale=(0.94, 1.06, 1))
    rim = place(torus("Rim", 0.41, 0.035, segments=96, sides=16), scale=(0.94, 1.06, 1.3), at=(0, 0, 0.045))

    def ridge(t: float) -> Vector:
        angle = math.pi * (0.04 + 0.92 * t)
        return Vector((0, -0.445 * math.cos(angle), 0.06 + 0.585 * math.sin(angle)))

    crest = tube("Crest", ridge, radius=lambda t: 0.03 + 0.012 * math.sin(math.pi * t), segments=48, sides=16)
    horns = []
    for side in (-1, 1):

        def bow(t: float, side: int = side) -> Vector:
            return Vector((side * (0.34 + 0.3 * math.sin(1.5 * t)), 0, 0.3 + 0.12 * t + 0.38 * t**2))

        horns.append(tube("Horn", bow, radius=lambda t: 0.085 * (1 - t) ** 0.7 + 0.004, segments=32, sides=24))
    parts = [extra(item, "brass", "crest", "rim", "trim") for item in (rim, crest)]
    return [main(dome, "steel", "helmet", "dome"), *parts, *(extra(horn, "bone", "horns", "horn") for horn in horns)]


def fin(angle: float) -> bpy.types.Object:
    """A rocket's fin, turned around the axis by so many degrees."""
    shape = bmesh.new()
    outline = [(0.14, 0.16), (0.2, 0.42), (0.34, 0.2), (0.36, -0.02), (0.28, 0.06)]
    sides = [[shape.verts.new((x, y, z)) for x, z in outline] for y in (-0.022, 0.022)]
    for step in range(len(outline)):
        after = (step + 1) % len(outline)
        shape.faces.new([sides[0][step], sides[0][after], sides[1][after], sides[1][step]])
    for side in sides:
        shape.faces.new(side)
    bmesh.ops.bevel(shape, geom=list(shape.edges), offset=0.012, segments=3, affect="EDGES")
    return place(link_mesh("Fin", shape), turn=(0, 0, angle))
