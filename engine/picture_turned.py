"""Objects of studio pictures that are turned on a lathe: vases, bottles, cups, barrels, lamps."""

import math

from mathutils import Vector

from engine.picture_parts import Part, extra, main
from engine.samples_shapes import lathe, place, round_profile, smooth_profile, sphere, torus, tube

ROUND = 96
"""Segments around; the pictures are large."""
Profile = list[tuple[float, float]]


def ball() -> list[Part]:
    """A large ball on a ring: shows a material best."""
    ring = place(torus("Ring", 0.30, 0.06, segments=ROUND, sides=24), at=(0, 0, 0.06))
    return [
        main(place(sphere("Ball", 0.5, segments=ROUND, rings=64), at=(0, 0, 0.56)), "paint"),
        extra(ring, "black rubber"),
    ]


def sphere_alone() -> list[Part]:
    """A plain ball."""
    return [main(place(sphere("Sphere", 0.5, segments=ROUND, rings=64), at=(0, 0, 0.5)), "paint")]


def _turn(name: str, profile: Profile, *, passes: int = 3) -> object:
    return lathe(name, smooth_profile(profile, passes=passes), segments=ROUND)


def vase() -> list[Part]:
    """A vase with a shoulder, a neck and an inside."""
    outer: Profile = [
        (0, 0),
        (0.17, 0),
        (0.2, 0.02),
        (0.34, 0.36),
        (0.36, 0.62),
        (0.2, 0.84),
        (0.13, 0.94),
        (0.2, 1.06),
    ]
    inner: Profile = [(0.18, 1.07), (0.1, 0.94), (0.17, 0.82), (0.3, 0.6), (0.2, 0.1), (0, 0.08)]
    rim = place(torus("Rim", 0.2, 0.016, segments=ROUND, sides=20), at=(0, 0, 1.062))
    usual = "blue glazed ceramic"
    return [main(_turn("Vase", outer + inner), usual, "body", "vase"), main(rim, usual, "rim")]


def bottle() -> list[Part]:
    """A bottle with a cork."""
    outer: Profile = [
        (0, 0),
        (0.2, 0),
        (0.21, 0.03),
        (0.21, 0.62),
        (0.19, 0.72),
        (0.075, 0.84),
        (0.07, 1.04),
        (0.09, 1.05),
    ]
    top: Profile = [(0.09, 1.1), (0.06, 1.1), (0.055, 1.0), (0, 0.99)]
    cork = place(_turn("Cork", [(0, 0), (0.055, 0), (0.062, 0.14), (0.05, 0.15), (0, 0.15)], passes=2), at=(0, 0, 1.03))
    label = lathe("Label", [(0.2105, 0.2), (0.2135, 0.205), (0.2135, 0.495), (0.2105, 0.5)], segments=ROUND)
    body = _turn("Bottle", outer + top, passes=2)
    return [
        main(body, "green glass", "bottle", "body"),
        extra(cork, "oak", "cork", "cap", "stopper"),
        extra(label, "cream paper", "label"),
    ]


def mug() -> list[Part]:
    """A cup with a handle."""
    profile: Profile = [
        (0, 0),
        (0.3, 0),
        (0.33, 0.03),
        (0.34, 0.7),
        (0.335, 0.72),
        (0.31, 0.7),
        (0.3, 0.1),
        (0.28, 0.07),
        (0, 0.06),
    ]
    cup = lathe("Mug", round_profile(profile, radius=0.03, steps=4), segments=ROUND)

    def centre(t: float) -> Vector:
        angle = math.pi * (t - 0.5)
        return Vector((0.32 + 0.2 * math.cos(angle), 0, 0.37 + 0.22 * math.sin(angle)))

    handle = tube("Handle", centre, radius=lambda t: 0.04 + 0.012 * abs(2 * t - 1) ** 3, segments=40, sides=20)
    return [main(cup, "ceramic", "mug", "cup", "body"), main(handle, "ceramic", "handle")]


def bowl() -> list[Part]:
    """An open bowl on a foot."""
    outer: Profile = [(0, 0), (0.17, 0), (0.18, 0.05), (0.3, 0.1), (0.48, 0.3), (0.52, 0.44)]
    inner: Profile = [(0.5, 0.45), (0.45, 0.3), (0.28, 0.14), (0, 0.11)]
    return [main(_turn("Bowl", outer + inner), "glazed ceramic", "bowl")]


def barrel() -> list[Part]:
    """A barrel of staves with hoops."""
    profile: Profile = [(0, 0.05), (0.3, 0.05), (0.31, 0), (0.34, 0)]
    profile += [(0.34 + 0.08 * math.sin(math.pi * step / 16), step / 16) for step in range(1, 16)]
    profile += [(0.34, 1), (0.31, 1), (0.3, 0.95), (0, 0.95)]
    hoops = []
    for height in (0.06, 0.26, 0.74, 0.94):
        low, high = (0.34 + 0.08 * math.sin(math.pi * (height + side * 0.03)) + 0.004 for side in (-1, 1))
        band: Profile = [
            (low - 0.01, height - 0.03),
            (low + 0.008, height - 0.03),
            (high + 0.008, height + 0.03),
            (high - 0.01, height + 0.03),
        ]
        hoops.append(extra(lathe("Hoop", band, segments=ROUND), "iron", "hoop", "hoops", "band", "bands", "rings"))
    return [main(lathe("Barrel", profile, segments=ROUND), "oak", "barrel", "staves"), *hoops]


def lamp() -> list[Part]:
    """A table lamp with a shade."""
    foot: Profile = [
        (0, 0),
        (0.24, 0),
        (0.25, 0.03),
        (0.1, 0.08),
        (0.05, 0.2),
        (0.1, 0.36),
        (0.04, 0.52),
        (0.03, 0.62),
        (0, 0.62),
    ]
    shade: Profile = [(0.36, 0.56), (0.22, 0.98), (0.21, 0.98), (0.35, 0.56), (0.36, 0.56)]
    return [
        main(_turn("Foot", foot), "brass", "foot", "base", "stand", "lamp"),
        extra(lathe("Shade", shade, segments=ROUND), "cream fabric", "shade", "lampshade"),
    ]


def mushroom() -> list[Part]:
    """A mushroom."""
    cap: Profile = [(0, 0.5), (0.2, 0.5), (0.46, 0.47), (0.5, 0.52), (0.4, 0.74), (0.22, 0.88), (0, 0.9)]
    stem: Profile = [(0, 0), (0.18, 0), (0.2, 0.05), (0.12, 0.25), (0.11, 0.54), (0, 0.55)]
    return [
        main(_turn("Cap", cap), "red paint", "cap", "mushroom"),
        extra(_turn("Stem", stem), "bone", "stem", "stalk"),
    ]


def rocket() -> list[Part]:
    """A rocket with three fins."""
    from engine.picture_built import fin

    body: Profile = [(0, 0.12), (0.12, 0.12), (0.15, 0.2), (0.24, 0.6), (0.2, 0.95), (0.1, 1.18), (0, 1.3)]
    nozzle: Profile = [(0, 0.16), (0.1, 0.16), (0.15, 0.04), (0.13, 0.04), (0.08, 0.12), (0, 0.13)]
    ring = place(torus("Window", 0.085, 0.022, segments=48, sides=16), turn=(90, 0, 0), at=(0, -0.225, 0.78))
    pane = place(sphere("Pane", 0.08, segments=32, rings=20), scale=(1, 0.35, 1), at=(0, -0.215, 0.78))
    fins = [extra(fin(angle), "red paint", "fin", "fins") for angle in (30, 150, 270)]
    return [
        main(_turn("Rocket", body), "white paint", "rocket", "body"),
        extra(_turn("Nozzle", nozzle, passes=1), "steel", "nozzle", "engine"),
        extra(ring, "brass", "ring"),
        extra(pane, "blue glass", "window", "porthole"),
        *fins,
    ]


def column() -> list[Part]:
    """A column with a base and a capital."""
    profile: Profile = [(0, 0), (0.3, 0), (0.3, 0.08), (0.26, 0.1), (0.27, 0.15), (0.2, 0.18)]
    profile += [(0.2 - 0.03 * step / 8, 0.18 + 0.8 * step / 8) for step in range(1, 9)]
    profile += [(0.25, 1.03), (0.25, 1.07), (0.3, 1.1), (0.3, 1.18), (0, 1.18)]
    return [
        main(
            lathe("Column", round_profile(profile, radius=0.02, steps=4), segments=ROUND), "marble", "column", "pillar"
        )
    ]


def ring() -> list[Part]:
    """A ring with a stone."""
    band = place(torus("Ring", 0.4, 0.07, segments=ROUND, sides=32), turn=(90, 0, 0), at=(0, 0, 0.47))
    stone = place(sphere("Stone", 0.17, segments=10, rings=6), scale=(1, 1, 0.8), at=(0, 0, 1.0))
    stone.data.polygons.foreach_set("use_smooth", [False] * len(stone.data.polygons))
    setting = place(torus("Setting", 0.13, 0.035, segments=48, sides=16), at=(0, 0, 0.93))
    return [
        main(band, "gold", "ring", "band"),
        main(setting, "gold"),
        extra(stone, "red glass", "stone", "gem", "jewel"),
    ]
