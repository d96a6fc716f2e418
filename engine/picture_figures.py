"""Objects of studio pictures that are grown rather than built: a boot, a teddy bear, and the sample robot."""

import itertools
import math
from collections.abc import Sequence

import bmesh
import bpy
from mathutils import Vector

from engine import samples_robot, samples_robot_limbs, samples_robot_trunk
from engine.picture_parts import Part, extra, main
from engine.samples_materials import glowing_material, plain_material
from engine.samples_paint import build_paint
from engine.samples_shapes import link_mesh, place, sphere, torus, tube

AROUND = 48
BOOT_RINGS = [
    *((-0.62, 0.17, 0.02, 0.03, 0), (-0.6, 0.17, 0.1, 0.07, 0), (-0.5, 0.19, 0.17, 0.115, 0)),
    *((-0.34, 0.21, 0.19, 0.14, 6), (-0.16, 0.26, 0.18, 0.17, 18), (0.0, 0.36, 0.165, 0.21, 42)),
    *((0.07, 0.52, 0.155, 0.21, 72), (0.09, 0.7, 0.165, 0.21, 86), (0.09, 0.84, 0.175, 0.215, 90)),
    *((0.09, 0.84, 0.15, 0.19, 90), (0.09, 0.6, 0.13, 0.17, 90), (0.09, 0.45, 0.02, 0.02, 90)),
]
"""From the toe to the inside of the shaft: middle (y, z), half width, half height, lean of the ring in degrees."""
USUAL_PAINTS = ("rubber", "glass", "glow", "red", "amber", "mint")
"""Parts of the robot that keep what they are made of."""


def boot() -> list[Part]:
    """An ankle boot with a sole, laces and a heel."""
    upper = _sweep("Upper", BOOT_RINGS)
    heel = place(sphere("Heel", 0.19, segments=AROUND, rings=32), at=(0, 0.13, 0.24), scale=(0.93, 1, 1.05))
    soles = [_sole("Sole", 0.0, 0.075, 1.0), _sole("Welt", 0.07, 0.1, 1.045)]
    collar = place(torus("Collar", 0.2, 0.034, segments=AROUND, sides=16), scale=(0.83, 1.02, 1), at=(0, 0.09, 0.83))
    laces = []
    for step in range(5):
        y, z = -0.245 + 0.045 * step - 0.006 * step**2, 0.43 + 0.05 * step

        def centre(t: float, y: float = y, z: float = z) -> Vector:
            side = 2 * t - 1
            return Vector((0.12 * side, y + 0.055 * side**2, z - 0.03 * side**2))

        laces.append(tube("Lace", centre, radius=lambda t: 0.015, segments=16, sides=12))
    parts = [extra(item, "black rubber", "sole", "soles", "outsole") for item in soles]
    parts += [extra(item, "beige fabric", "laces", "lace", "shoelaces") for item in laces]
    return [
        main(upper, "leather", "upper", "boot", "shoe"),
        main(heel, "leather"),
        main(collar, "leather", "collar"),
        *parts,
    ]


def _sweep(name: str, rings: Sequence[tuple[float, float, float, float, float]]) -> bpy.types.Object:
    shape = bmesh.new()
    loops = []
    for y, z, wide, high, lean in rings:
        loop = []
        for step in range(AROUND):
            angle = math.tau * step / AROUND
            up = high * math.sin(angle)
            tilt = math.radians(lean)
            loop.append(shape.verts.new((wide * math.cos(angle), y - up * math.sin(tilt), z + up * math.cos(tilt))))
        loops.append(loop)
    for lower, higher in itertools.pairwise(loops):
        for step in range(AROUND):
            after = (step + 1) % AROUND
            shape.faces.new([lower[step], lower[after], higher[after], higher[step]])
    shape.faces.new(loops[0])
    shape.faces.new(loops[-1])
    thing = link_mesh(name, shape)
    smooth = thing.modifiers.new("Smooth", "SUBSURF")
    smooth.levels = smooth.render_levels = 1
    return thing


def _sole(name: str, low: float, high: float, size: float) -> bpy.types.Object:
    shape = bmesh.new()
    outline = []
    for step in range(72):
        angle = math.tau * step / 72
        y = 0.465 * math.cos(angle)
        ball = 0.15 + 0.03 * math.cos(2 * math.pi * (y + 0.26)) - 0.01
        outline.append((size * ball * math.copysign(abs(math.sin(angle)) ** 0.75, math.sin(angle)), -0.155 - y * size))
    rings = [[shape.verts.new((x, y, z)) for x, y in outline] for z in (low, high)]
    for step in range(72):
        after = (step + 1) % 72
        shape.faces.new([rings[0][step], rings[0][after], rings[1][after], rings[1][step]])
    for ring in rings:
        shape.faces.new(ring)
    return link_mesh(name, shape)


def teddy() -> list[Part]:
    """A sitting teddy bear."""

    def ball(
        name: str, radius: float, at: tuple[float, float, float], *, scale: tuple[float, float, float] = (1, 1, 1)
    ) -> bpy.types.Object:
        return place(sphere(name, radius, segments=48, rings=32), at=at, scale=scale)

    body = [
        ball("Body", 0.3, (0, 0, 0.3), scale=(1, 0.9, 1.05)),
        ball("Head", 0.25, (0, -0.03, 0.76), scale=(1.08, 1, 0.95)),
    ]
    patches = [
        ball("Snout", 0.1, (0, -0.26, 0.71), scale=(1.15, 0.8, 0.9)),
        ball("Belly", 0.2, (0, -0.14, 0.31), scale=(1, 0.7, 1.05)),
    ]
    for side in (-1, 1):
        body.append(ball("Ear", 0.09, (side * 0.2, 0, 0.95), scale=(1, 0.55, 1)))
        body.append(ball("Arm", 0.1, (side * 0.31, -0.1, 0.43), scale=(0.85, 1, 1.7)))
        body.append(ball("Leg", 0.13, (side * 0.24, -0.28, 0.12), scale=(0.9, 1.5, 0.9)))
        patches.append(ball("Inner ear", 0.055, (side * 0.2, -0.04, 0.95), scale=(1, 0.5, 1)))
        patches.append(ball("Foot", 0.095, (side * 0.24, -0.43, 0.125), scale=(0.9, 0.55, 0.95)))
    eyes = [ball("Eye", 0.028, (side * 0.1, -0.262, 0.8)) for side in (-1, 1)]
    nose = ball("Nose", 0.035, (0, -0.34, 0.745), scale=(1.3, 0.7, 0.9))
    parts = [extra(item, "beige felt", "belly", "snout", "paws", "feet") for item in patches]
    parts += [extra(item, "black plastic", "eyes", "nose") for item in (*eyes, nose)]
    return [*(main(item, "brown fur", "body", "bear", "fur") for item in body), *parts]


def robot() -> list[Part]:
    """The sample project's robot; its enamel may become another material."""
    made = {**samples_robot.ENAMELS, **samples_robot.METALS}
    paints = {name: build_paint(name, paint) for name, paint in made.items()}
    paints["rubber"] = plain_material("Rubber", (0.022, 0.022, 0.024), roughness=0.62)
    paints["glass"] = plain_material("Face glass", (0.006, 0.009, 0.012), roughness=0.06)
    paints["glow"] = glowing_material("Glow", (0.10, 0.85, 0.80), strength=2.2)
    samples_robot_trunk.build_trunk(paints)
    samples_robot_limbs.build_limbs(paints)
    names = {material.name: name for name, material in paints.items()}
    parts = []
    for item in [item for item in bpy.context.scene.objects if item.type == "MESH"]:
        name = names[item.data.materials[0].name]
        if name == "teal":
            parts.append(main(item, "", "body", "robot", "armor", "armour"))
        elif name not in USUAL_PAINTS:
            parts.append(
                extra(item, "", "metal", "joints") if name in samples_robot.METALS else extra(item, "", name, "limbs")
            )
    return parts
