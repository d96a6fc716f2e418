"""Metals: bare, brushed, cast, and eaten by rust."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.materials.nodes import Paint, Surface
from engine.prompt import Wish, to_linear


@dataclass(frozen=True)
class Metal:
    """A bare metal: its colour, how rough it is, how much its roughness varies, how clearly it is brushed or cast."""

    colour: str
    roughness: float
    smudges: float = 0.12
    brushed: float = 0.0
    cast: float = 0.0
    blotches: float = 0.15


METALS: dict[str, Metal] = {
    "bronze": Metal("8f673f", 0.36, smudges=0.2, cast=0.25, blotches=0.5),
    "copper": Metal("d98a66", 0.28, smudges=0.18, blotches=0.3),
    "brass": Metal("d9b35c", 0.26, smudges=0.16, brushed=0.25, blotches=0.2),
    "gold": Metal("fbcf78", 0.2, smudges=0.12, blotches=0.12),
    "silver": Metal("e6e5e1", 0.2, smudges=0.16, blotches=0.15),
    "steel": Metal("b4b7ba", 0.34, smudges=0.1, brushed=1.0, blotches=0.1),
    "aluminium": Metal("d2d4d6", 0.38, smudges=0.06, brushed=0.6, blotches=0.05),
    "iron": Metal("55534f", 0.58, smudges=0.2, cast=1.0, blotches=0.4),
    "chrome": Metal("dfe2e5", 0.06, smudges=0.05, blotches=0.03),
}
TINT_SHARE = 0.85
RUST_STOPS = ("1d1210", "3f2116", "6b3a20", "8d5230", "ad7a4c")


def metal(paint: Paint, wish: Wish) -> Surface:
    """Any of the bare metals; a colour word tints it, as anodised."""
    kind = METALS[wish.material]
    colour: Sequence[float] = to_linear(kind.colour)
    if wish.colours:
        tint = wish.colours[0].rgb
        colour = [TINT_SHARE * t + (1 - TINT_SHARE) * c for t, c in zip(tint, colour, strict=True)]
    smudge = paint.noise(3, detail=6, roughness=0.6)
    dark = paint.step(paint.noise(2.2, detail=5, distortion=0.5), 0.3, 0.75)
    surface = Surface(
        colour=paint.tone(colour, paint.math("MULTIPLY_ADD", dark, -kind.blotches, 1.0 + kind.blotches / 3)),
        roughness=paint.math("MULTIPLY_ADD", smudge, kind.smudges * 2, kind.roughness - kind.smudges, clamp=True),
        metallic=1.0,
        height=paint.noise(60, detail=3),
        relief=0.0006 * kind.smudges,
    )
    if kind.brushed or wish.finish == "brushed":
        _brush(paint, surface, kind.brushed or 1.0)
    if kind.cast and wish.finish != "polished":
        _cast(paint, surface, kind.cast)
    return surface


def _brush(paint: Paint, surface: Surface, strength: float) -> None:
    """Draw fine lines around the model."""
    fine = paint.noise(1.0, detail=3, roughness=0.7, at=paint.scaled(paint.position, (3, 3, 190)))
    broad = paint.noise(1.0, detail=2, at=paint.scaled(paint.position, (1.5, 1.5, 60)))
    lines = paint.between(fine, broad, 0.35)
    surface.colour = paint.tone(surface.colour, paint.math("MULTIPLY_ADD", lines, 1.1 * strength, 1 - 0.58 * strength))
    surface.roughness = paint.math(
        "MULTIPLY_ADD", lines, 0.5 * strength, paint.add(surface.roughness, -0.24 * strength)
    )
    surface.height, surface.relief = lines, 0.0011 * strength


def _cast(paint: Paint, surface: Surface, strength: float) -> None:
    """Give the grain of a sand mould."""
    grain = paint.add(paint.noise(70, detail=4, roughness=0.6), paint.multiply(paint.noise(18, detail=3), 0.5))
    surface.height, surface.relief = grain, 0.0028 * strength + 0.0006
    surface.roughness = paint.math("MULTIPLY_ADD", grain, 0.12 * strength, surface.roughness)


def rust(paint: Paint, wish: Wish) -> Surface:
    """Steel that rust has eaten, with some bare metal left."""
    large = paint.noise(3.2, detail=10, roughness=0.66, distortion=0.5)
    grain = paint.noise(34, detail=8, roughness=0.7)
    runs = paint.noise(9, detail=5, at=paint.scaled(paint.position, (1, 1, 0.16)))
    amount = paint.add(paint.multiply(large, 0.5), paint.add(paint.multiply(grain, 0.3), paint.multiply(runs, 0.2)))
    stops = [(0.41 + 0.045 * i, to_linear(stop)) for i, stop in enumerate(RUST_STOPS)]
    colour = paint.ramp(amount, stops)
    if wish.colours:
        share = paint.step(paint.noise(3, detail=9, roughness=0.65), 0.5, 0.54)
        colour = paint.mix(colour, wish.colours[0].rgb, paint.multiply(share, 0.9))
    bare = paint.step(paint.add(paint.multiply(large, 0.7), paint.multiply(grain, 0.3)), 0.395, 0.37)
    return Surface(
        colour=paint.mix(colour, to_linear("6d6a68"), bare),
        roughness=paint.between(0.93, 0.5, bare),
        metallic=paint.multiply(bare, 0.9),
        height=paint.between(paint.add(paint.multiply(grain, 0.7), paint.multiply(amount, 0.5)), 0.45, bare),
        relief=0.009,
    )
