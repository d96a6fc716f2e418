"""Wood, cut from a trunk: rings, fibres and pores in depth, so that every side shows its own cut; bark and bamboo."""

from dataclasses import dataclass

from engine.materials.nodes import Paint, Socket, Surface
from engine.prompt import Wish, to_linear


@dataclass(frozen=True)
class Wood:
    """A kind of wood: early and late colour of a ring, rings to an extent, how dark pores are, knots, shine."""

    early: str
    late: str
    rings: float
    pores: float
    knots: float = 0.0
    roughness: float = 0.52
    wave: float = 0.05


WOODS: dict[str, Wood] = {
    "oak": Wood("c69a63", "8f6235", rings=24, pores=0.75, wave=0.13),
    "pine": Wood("e6c48d", "c28a4b", rings=19, pores=0.12, knots=1.0, wave=0.13),
    "walnut": Wood("6e4a30", "3a2416", rings=22, pores=0.5, wave=0.2, roughness=0.42),
}
TRUNK_LEAN = (0.04, 0.03)
TRUNK_CENTRE = (0.62, 0.47)
"""Where the trunk's middle stands beside the model, in extents: near enough for arcs, far enough for boards."""


def _tint(wish: Wish, early: str, late: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    light, dark = to_linear(early), to_linear(late)
    if not wish.colours:
        return light, dark
    tint = wish.colours[0].rgb
    stain = [0.25 * one + 0.75 * other for one, other in zip(light, tint, strict=True)]
    share = [d / max(li, 0.01) for d, li in zip(dark, light, strict=True)]
    return tuple(stain), tuple(s * (0.35 + 0.65 * part) for s, part in zip(stain, share, strict=True))


def _from_trunk(paint: Paint, wave: float) -> tuple[Socket, Socket]:
    """Return the distance to the middle of the trunk, and the bent position it was measured at."""
    slow = paint.scaled(paint.position, (1, 1, 0.28))
    bent = paint.vector(
        "ADD", paint.place, paint.scaled(paint.vector("SUBTRACT", paint.warped(2.2, 2.0, at=slow), slow), wave)
    )
    shift = [paint.random.uniform(-0.12, 0.12) for _ in range(2)]
    x = paint.math(
        "MULTIPLY_ADD",
        paint.axis(bent, "Z"),
        TRUNK_LEAN[0],
        paint.add(paint.axis(bent, "X"), TRUNK_CENTRE[0] + shift[0]),
    )
    y = paint.math(
        "MULTIPLY_ADD",
        paint.axis(bent, "Z"),
        TRUNK_LEAN[1],
        paint.add(paint.axis(bent, "Y"), TRUNK_CENTRE[1] + shift[1]),
    )
    return paint.math("SQRT", paint.add(paint.multiply(x, x), paint.multiply(y, y))), bent


def wood(paint: Paint, wish: Wish) -> Surface:
    """Oak, pine or walnut."""
    kind = WOODS[wish.material]
    light, dark = _tint(wish, kind.early, kind.late)
    distance, bent = _from_trunk(paint, kind.wave)
    knot, swirl = _knots(paint, kind.knots)
    years = paint.noise(1.0, detail=2, at=paint.scaled(paint.position, (7, 7, 0.5)))
    uneven = paint.add(years, paint.noise(1.0, detail=1, at=paint.scaled(paint.position, (2, 2, 0.9))))
    phase = paint.add(
        paint.multiply(paint.add(distance, paint.multiply(swirl, 0.05)), kind.rings), paint.multiply(uneven, 2.2)
    )
    ring = paint.math("FRACT", phase)
    late = paint.math("MINIMUM", paint.step(ring, 0.15, 0.9), paint.step(ring, 1.0, 0.93))
    fibre = paint.noise(1.0, detail=5, roughness=0.65, at=paint.scaled(bent, (90, 90, 4.5)))
    streak = paint.noise(1.0, detail=3, at=paint.scaled(bent, (16, 16, 0.9)))
    pore = paint.step(paint.noise(1.0, detail=1, at=paint.scaled(bent, (150, 150, 8))), 0.62, 0.72)
    pore = paint.multiply(pore, paint.math("MULTIPLY_ADD", late, -0.6, 1.0))
    colour = paint.mix(light, dark, paint.math("MULTIPLY_ADD", late, 0.75, paint.multiply(streak, 0.25)))
    colour = paint.tone(colour, paint.math("MULTIPLY_ADD", fibre, 0.5, 0.75))
    colour = paint.tone(colour, paint.math("MULTIPLY_ADD", pore, -0.55 * kind.pores, 1.0))
    if kind.knots:
        colour = paint.mix(colour, to_linear("5e3418"), knot)
    height = paint.add(
        paint.multiply(fibre, 0.35), paint.math("MULTIPLY_ADD", pore, -0.6 * kind.pores, paint.multiply(late, 0.12))
    )
    return Surface(
        colour=colour,
        roughness=paint.math("MULTIPLY_ADD", late, -0.1, paint.math("MULTIPLY_ADD", fibre, 0.15, kind.roughness)),
        height=height,
        relief=0.003,
    )


def _knots(paint: Paint, amount: float) -> tuple[Socket | float, Socket | float]:
    """Return where a knot is, and how the rings swirl around it."""
    if not amount:
        return 0.0, 0.0
    distance, _ = paint.cells(2.3, at=paint.scaled(paint.warped(6, 0.04), (1.3, 1.3, 0.75)))
    return paint.multiply(paint.step(distance, 0.1, 0.05), 0.9), paint.step(distance, 0.3, 0.05)


def bark(paint: Paint, wish: Wish) -> Surface:
    """Deep furrows up the trunk."""
    long = paint.scaled(paint.warped(5, 0.1, detail=4), (1, 1, 0.3))
    distance, tone = paint.cells(13, feature="DISTANCE_TO_EDGE", at=long)
    _, tone = paint.cells(13, at=long)
    rough = paint.noise(26, detail=8, roughness=0.7, at=paint.scaled(paint.position, (1, 1, 0.45)))
    plate = paint.step(paint.add(distance, paint.multiply(rough, 0.22)), 0.13, 0.3)
    base = wish.colours[0].rgb if wish.colours else to_linear("6f5a46")
    colour = paint.mix(paint.tone(base, 0.22), paint.tone(base, paint.add(0.6, tone)), plate)
    return Surface(
        colour=paint.tone(colour, paint.math("MULTIPLY_ADD", rough, 1.1, 0.45)),
        roughness=0.95,
        height=paint.add(paint.multiply(plate, 0.7), paint.multiply(rough, 0.7)),
        relief=0.022,
    )


def bamboo(paint: Paint, wish: Wish) -> Surface:
    """Canes side by side."""
    height, ring, tone = paint.tile("bamboo", 1.7, blend=0.06)
    base = wish.colours[0].rgb if wish.colours else to_linear("cdb368")
    pale = paint.mix(
        base, to_linear("8f9a4a") if not wish.colours else paint.tone(base, 0.7), paint.multiply(tone, 0.55)
    )
    colour = paint.tone(pale, paint.math("MULTIPLY_ADD", paint.step(height, 0.1, 0.75), 0.75, 0.3))
    colour = paint.mix(colour, paint.tone(base, 0.35), paint.multiply(ring, 0.85))
    return Surface(colour=colour, roughness=0.38, height=height, relief=0.03)
