"""The sample robot's body and head, with panel, gauge, face, ears, antenna and wind-up key."""

import math
from collections.abc import Mapping

import bpy
from mathutils import Vector

from engine import samples_shapes as shapes

Paints = Mapping[str, bpy.types.Material]
BODY_Z, HEAD_Z = 1.50, 2.72
BODY_FRONT, HEAD_FRONT = -0.535, -0.500


def build_trunk(paints: Paints) -> None:
    """Build body and head around the Z axis, looking to -Y."""
    body = shapes.rounded_box(
        "Body", (1.3, 1.0, 1.16), radius=0.24, segments=5, taper=-0.06, bulge=0.05, cuts=3, material=paints["teal"]
    )
    shapes.place(body, at=(0, 0, BODY_Z))
    pelvis = shapes.rounded_box("Pelvis", (0.86, 0.72, 0.28), radius=0.11, segments=5, material=paints["cream"])
    shapes.place(pelvis, at=(0, 0, 0.705))
    for index in range(2):
        shapes.place(shapes.torus("Waist", 0.37, 0.045, material=paints["rubber"]), at=(0, 0, 0.865 + 0.055 * index))
    for index in range(4):
        ring = shapes.torus("Neck", 0.235 - 0.012 * index, 0.045, segments=26, material=paints["steel"])
        shapes.place(ring, at=(0, 0, 2.10 + 0.068 * index))
    _build_chest(paints)
    _build_back(paints)
    _build_head(paints)


def _build_chest(paints: Paints) -> None:
    _mount(shapes.plate("Bezel", (0.98, 0.74), depth=0.09, corner=0.15, material=paints["steel"]), 0, BODY_Z + 0.04)
    _mount(shapes.plate("Panel", (0.90, 0.66), depth=0.115, corner=0.12, material=paints["cream"]), 0, BODY_Z + 0.04)
    _build_gauge(paints, x=-0.20, z=BODY_Z + 0.13)
    for index, name in enumerate(("red", "amber", "mint")):
        x = 0.10 + 0.145 * index
        ring = shapes.torus("Button ring", 0.052, 0.015, segments=20, sides=6, material=paints["brass"])
        _mount(ring, x, BODY_Z + 0.21, lift=0.118)
        dome = shapes.lathe("Button", _dome(0.048, 0.045), segments=24, material=paints[name])
        _mount(dome, x, BODY_Z + 0.21, lift=0.112)
    for index in range(4):
        bar = shapes.plate(
            "Speaker slot", (0.36, 0.032), depth=0.02, corner=0.014, edge=0.006, material=paints["rubber"]
        )
        _mount(bar, 0.245, BODY_Z + 0.075 - 0.062 * index, lift=0.105)
    for x in (-0.40, 0.40):
        for z in (BODY_Z - 0.24, BODY_Z + 0.32):
            _mount(shapes.lathe("Screw", _dome(0.026, 0.016), segments=12, material=paints["brass"]), x, z, lift=0.112)
    label = shapes.plate("Name plate", (0.30, 0.085), depth=0.02, corner=0.03, edge=0.007, material=paints["brass"])
    _mount(label, -0.20, BODY_Z - 0.175, lift=0.108)


def _build_gauge(paints: Paints, *, x: float, z: float) -> None:
    ring = [(0, 0), (0.205, 0), (0.205, 0.05), (0.175, 0.062), (0.160, 0.045), (0.160, 0.02), (0, 0.02)]
    _mount(
        shapes.lathe("Gauge", shapes.round_profile(ring, radius=0.012), segments=32, material=paints["brass"]),
        x,
        z,
        lift=0.11,
    )
    dial = [(0, 0.012), (0.158, 0.012), (0.158, 0.024), (0, 0.024)]
    _mount(shapes.lathe("Dial", dial, segments=32, material=paints["cream"]), x, z, lift=0.11)
    for index in range(9):
        angle = math.radians(210 - 30 * index)
        at = (0.128 * math.cos(angle), 0.128 * math.sin(angle), 0.026)
        tick = shapes.rounded_box("Tick", (0.034, 0.009, 0.006), radius=0.002, segments=1, material=paints["rubber"])
        shapes.place(tick, turn=(0, 0, math.degrees(angle)), at=at)
        _mount(tick, x, z, lift=0.11)
    needle = shapes.rounded_box("Needle", (0.135, 0.014, 0.01), radius=0.004, segments=2, material=paints["orange"])
    shapes.place(needle, at=(0.045, 0, 0.032))
    shapes.place(needle, turn=(0, 0, 52))
    _mount(needle, x, z, lift=0.11)
    _mount(shapes.lathe("Hub", _dome(0.022, 0.02), segments=12, material=paints["brass"]), x, z, lift=0.135)


def _build_back(paints: Paints) -> None:
    hatch = shapes.plate("Hatch", (0.80, 0.62), depth=0.08, corner=0.14, material=paints["cream"])
    _mount(hatch, 0, BODY_Z, front=0.525, turn=180)
    shaft = shapes.lathe(
        "Key shaft",
        shapes.round_profile([(0, 0), (0.075, 0), (0.075, 0.05), (0.04, 0.06), (0.04, 0.36), (0, 0.36)], radius=0.02),
        segments=24,
        material=paints["brass"],
    )
    _mount(shaft, 0, BODY_Z, front=0.60, turn=180)
    for side in (-1, 1):
        wing = shapes.torus("Key wing", 0.145, 0.042, segments=26, sides=8, material=paints["brass"])
        shapes.place(wing, scale=(1, 0.86, 0.8), turn=(90, 0, 0))
        shapes.place(wing, at=(side * 0.165, 0.99, BODY_Z))
    for x in (-0.29, 0.29):
        for z in (-0.2, 0.2):
            screw = shapes.lathe("Screw", _dome(0.03, 0.018), segments=12, material=paints["brass"])
            _mount(screw, x, BODY_Z + z, front=0.605, turn=180)


def _build_head(paints: Paints) -> None:
    head = shapes.rounded_box(
        "Head", (1.16, 0.94, 0.84), radius=0.27, segments=6, taper=0.05, bulge=0.06, cuts=3, material=paints["teal"]
    )
    shapes.place(head, at=(0, 0, HEAD_Z))
    frame = shapes.plate("Face frame", (0.96, 0.60), depth=0.09, corner=0.22, edge=0.03, material=paints["cream"])
    _mount(frame, 0, HEAD_Z, front=HEAD_FRONT + 0.045)
    glass = shapes.plate("Face", (0.82, 0.46), depth=0.10, corner=0.17, edge=0.03, material=paints["glass"])
    _mount(glass, 0, HEAD_Z, front=HEAD_FRONT + 0.045)
    for side in (-1, 1):
        eye = shapes.lathe("Eye", _dome(0.088, 0.03), segments=28, material=paints["glow"])
        _mount(eye, side * 0.185, HEAD_Z + 0.035, front=HEAD_FRONT, lift=0.05)
        pupil = shapes.lathe("Pupil", _dome(0.040, 0.012), segments=24, material=paints["glass"])
        _mount(pupil, side * 0.180, HEAD_Z + 0.030, front=HEAD_FRONT, lift=0.076)
        glint = shapes.lathe("Glint", _dome(0.013, 0.006), segments=12, material=paints["glow"])
        _mount(glint, side * 0.180 + 0.016, HEAD_Z + 0.047, front=HEAD_FRONT, lift=0.089)
        ring = shapes.torus("Eye ring", 0.105, 0.017, segments=28, sides=8, material=paints["steel"])
        _mount(ring, side * 0.185, HEAD_Z + 0.035, front=HEAD_FRONT, lift=0.056)
        _build_ear(paints, side)
    for index in range(5):
        x = (index - 2) * 0.068
        light = shapes.plate("Mouth", (0.052, 0.034), depth=0.014, corner=0.014, edge=0.004, material=paints["glow"])
        _mount(light, x, HEAD_Z - 0.150 + 2.4 * x * x, front=HEAD_FRONT, lift=0.05)
    _build_antenna(paints)


def _build_ear(paints: Paints, side: int) -> None:
    outline = [(0, 0), (0.20, 0), (0.20, 0.06), (0.13, 0.09), (0.13, 0.13), (0, 0.13)]
    ear = shapes.lathe("Ear", shapes.round_profile(outline, radius=0.025), segments=28, material=paints["brass"])
    shapes.aim(ear, Vector((side, 0, 0)), at=Vector((side * 0.575, 0, HEAD_Z)))
    cap = shapes.lathe("Ear cap", _dome(0.105, 0.07, depth=0.12), segments=32, material=paints["orange"])
    shapes.aim(cap, Vector((side, 0, 0)), at=Vector((side * 0.70, 0, HEAD_Z)))


def _build_antenna(paints: Paints) -> None:
    outline = [(0, 0), (0.16, 0), (0.16, 0.04), (0.07, 0.07), (0.05, 0.13), (0.024, 0.15), (0.018, 0.42), (0, 0.42)]
    mast = shapes.lathe("Antenna", shapes.round_profile(outline, radius=0.02), segments=16, material=paints["brass"])
    shapes.place(mast, at=(0, 0, HEAD_Z + 0.42))
    shapes.place(shapes.sphere("Antenna ball", 0.085, material=paints["orange"]), at=(0, 0, HEAD_Z + 0.88))


def _dome(radius: float, height: float, *, depth: float = 0.02) -> list[tuple[float, float]]:
    """The profile of a closed dome that reaches some way into what it sits on; thin things get worn paint."""
    arc = [(radius * math.cos(a), height * math.sin(a)) for a in (math.pi / 2 * step / 4 for step in range(4))]
    return [(0, -depth), (radius, -depth), *arc, (0, height)]


def _mount(
    thing: bpy.types.Object, x: float, z: float, *, front: float = BODY_FRONT + 0.02, lift: float = 0.0, turn: float = 0
) -> None:
    """Turn a part that was built lying on the floor towards the viewer (or the back), and set it on a wall."""
    shapes.place(thing, turn=(90, 0, 0))
    direction = -1 if turn == 0 else 1
    shapes.place(thing, turn=(0, 0, turn), at=(x, front + direction * lift, z))
