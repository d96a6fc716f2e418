"""The sample robot's limbs: one arm hangs, the other waves, and two boots stand firm."""

import math
from collections.abc import Mapping

import bpy
from mathutils import Vector

from engine import samples_shapes as shapes

Paints = Mapping[str, bpy.types.Material]
SHOULDER = Vector((0.70, 0, 1.86))
"""Of the subject's left arm; the right one is its mirror image."""


def build_limbs(paints: Paints) -> None:
    """Build arms and legs."""
    _build_arm(paints, side=1, elbow=Vector((1.22, -0.04, 1.78)), wrist=Vector((1.43, -0.14, 2.36)))
    _build_arm(paints, side=-1, elbow=Vector((-1.06, 0.02, 1.42)), wrist=Vector((-1.12, -0.22, 0.98)))
    for side in (-1, 1):
        _build_leg(paints, side)


def _build_arm(paints: Paints, *, side: int, elbow: Vector, wrist: Vector) -> None:
    shoulder = Vector((side * SHOULDER.x, SHOULDER.y, SHOULDER.z))
    outward = Vector((side, 0, 0))
    outline = [(0, 0), (0.215, 0), (0.215, 0.07), (0.16, 0.10), (0, 0.10)]
    disc = shapes.lathe(
        "Shoulder disc", shapes.round_profile(outline, radius=0.03), segments=26, material=paints["brass"]
    )
    shapes.aim(disc, outward, at=shoulder - outward * 0.07)
    shapes.place(shapes.sphere("Shoulder", 0.17, material=paints["orange"]), at=tuple(shoulder + outward * 0.10))
    _build_hose(paints, shoulder + outward * 0.14, elbow, bend=Vector((0, 0, -0.10)))
    shapes.place(shapes.sphere("Elbow", 0.15, material=paints["brass"]), at=tuple(elbow))
    along = (wrist - elbow).normalized()
    length = (wrist - elbow).length
    sleeve = [(0, 0.06), (0.125, 0.06), (0.165, length * 0.55), (0.185, length - 0.09), (0.185, length), (0, length)]
    forearm = shapes.lathe("Forearm", shapes.round_profile(sleeve, radius=0.05), segments=28, material=paints["teal"])
    shapes.aim(forearm, along, at=elbow)
    for share, thickness in ((0.60, 0.022), (0.72, 0.022)):
        band = shapes.torus("Band", 0.172 + 0.01 * share, thickness, segments=28, sides=8, material=paints["cream"])
        shapes.aim(band, along, at=elbow + along * length * share)
    _build_hand(paints, wrist, along)


def _build_hose(paints: Paints, start: Vector, end: Vector, *, bend: Vector) -> None:
    """A ribbed rubber hose from one place to another, sagging a little."""

    def centre(t: float) -> Vector:
        return start.lerp(end, t) + bend * math.sin(math.pi * min(max(t, 0), 1))

    def radius(t: float) -> float:
        return 0.092 + 0.018 * math.cos(2 * math.pi * 7 * t)

    shapes.tube("Hose", centre, radius=radius, segments=42, sides=12, material=paints["rubber"])


def _build_hand(paints: Paints, wrist: Vector, along: Vector) -> None:
    cuff = shapes.torus("Cuff", 0.15, 0.042, segments=28, sides=8, material=paints["brass"])
    shapes.aim(cuff, along, at=wrist + along * 0.02)
    palm = [(0, 0), (0.13, 0), (0.15, 0.07), (0.11, 0.13), (0, 0.14)]
    knob = shapes.lathe("Palm", shapes.round_profile(palm, radius=0.03), segments=26, material=paints["steel"])
    shapes.aim(knob, along, at=wrist)
    for turn in (-1, 1):
        claw = _build_claw(turn, paints["orange"])
        shapes.aim(claw, along, at=wrist)
        tip = shapes.sphere("Claw tip", 0.045, segments=12, rings=8, material=paints["rubber"])
        shapes.place(tip, at=(turn * 0.085, 0, 0.425), scale=(1, 1.35, 1))
        shapes.aim(tip, along, at=wrist)


def _build_claw(turn: int, material: bpy.types.Material) -> bpy.types.Object:
    def centre(t: float) -> Vector:
        angle = 0.25 + 2.35 * t
        return Vector((turn * 0.155 * math.sin(angle), 0, 0.20 - 0.165 * math.cos(angle + 0.05)))

    def radius(t: float) -> float:
        return 0.058 - 0.016 * t + 0.01 * math.sin(math.pi * t)

    claw = shapes.tube("Claw", centre, radius=radius, segments=16, sides=12, material=material)
    return shapes.place(claw, scale=(1, 1.35, 1), at=(0, 0, 0.08))


def _build_leg(paints: Paints, side: int) -> None:
    x = side * 0.30
    _build_hose_down(paints, x)
    boot = shapes.rounded_box(
        "Boot", (0.50, 0.78, 0.36), radius=0.15, segments=5, taper=0.14, bulge=0.06, cuts=2, material=paints["orange"]
    )
    shapes.place(boot, at=(x * 1.08, -0.10, 0.25))
    sole = shapes.plate("Sole", (0.56, 0.84), depth=0.11, corner=0.20, edge=0.03, material=paints["rubber"])
    shapes.place(sole, at=(x * 1.08, -0.10, 0))
    collar = shapes.torus("Boot collar", 0.155, 0.04, segments=28, sides=8, material=paints["cream"])
    shapes.place(collar, at=(x * 1.04, -0.02, 0.425))
    toe = shapes.plate("Toe plate", (0.30, 0.13), depth=0.05, corner=0.06, edge=0.015, material=paints["steel"])
    shapes.place(toe, turn=(83, 0, 0))
    shapes.place(toe, at=(x * 1.08, -0.458, 0.20))


def _build_hose_down(paints: Paints, x: float) -> None:
    def radius(t: float) -> float:
        return 0.125 + 0.02 * math.cos(2 * math.pi * 5 * t)

    shapes.tube(
        "Leg",
        lambda t: Vector((x * (1 + 0.04 * t), -0.02 * t, 0.66 - 0.28 * t)),
        radius=radius,
        segments=32,
        sides=16,
        material=paints["rubber"],
    )
    hip = shapes.torus("Hip ring", 0.15, 0.038, segments=28, sides=8, material=paints["brass"])
    shapes.place(hip, at=(x, 0, 0.575))
