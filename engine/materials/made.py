"""What comes from a factory: plastic, rubber, carbon fibre, paint, camouflage, wax, chocolate, paper."""

from collections.abc import Sequence

from engine.materials.nodes import Colour, Paint, Surface
from engine.materials.stones import pick
from engine.prompt import Wish, to_linear

CAMOUFLAGE = ("5b5f3c", "2f3524", "86795a", "1c1b18")
"""Woodland; a colour word brings its own shades."""


def plastic(paint: Paint, wish: Wish) -> Surface:
    """Moulded, with a fine grain."""
    base = pick(wish, "d5362b")
    grain, _ = paint.cells(120, feature="SMOOTH_F1")
    smudge = paint.noise(3, detail=5)
    colour = paint.tone(base, paint.math("MULTIPLY_ADD", smudge, 0.12, 0.94))
    return Surface(colour, paint.math("MULTIPLY_ADD", smudge, 0.14, 0.2), height=grain, relief=0.0004)


def rubber(paint: Paint, wish: Wish) -> Surface:
    """Dull and dark, with dust in a fine grain."""
    base = pick(wish, "232323")
    grain = paint.noise(95, detail=4, roughness=0.65)
    dust = paint.step(paint.noise(3, detail=8, roughness=0.68), 0.45, 0.8)
    colour = paint.mix(base, [c * 0.6 + 0.1 for c in base], paint.multiply(dust, 0.45))
    colour = paint.tone(colour, paint.math("MULTIPLY_ADD", grain, 0.35, 0.82))
    return Surface(colour, paint.math("MULTIPLY_ADD", dust, 0.12, 0.78), height=grain, relief=0.0022)


def carbon_fibre(paint: Paint, wish: Wish) -> Surface:
    """Two-by-two twill under clear lacquer."""
    height, is_warp, fibre = paint.tile("carbon", 2.0, blend=0.03)
    base = pick(wish, "45474c")
    light = paint.tone(base, paint.math("MULTIPLY_ADD", fibre, 1.6, 0.7))
    dark = paint.tone(base, paint.math("MULTIPLY_ADD", fibre, 0.3, 0.06))
    colour = paint.mix(dark, light, is_warp)
    colour = paint.tone(colour, paint.step(height, 0.68, 0.95, (0.35, 1.0)))
    return Surface(colour, paint.between(0.34, 0.2, is_warp), 0.3, height=height, relief=0.0022)


def paint_coat(paint: Paint, wish: Wish) -> Surface:
    """Sprayed paint with a faint orange peel; chipped where it is worn; two colours lie one above the other."""
    base: Colour = pick(wish, "3f79b0")
    if len(wish.colours) > 1:
        edge_line = paint.add(paint.axis(paint.place, "Z"), paint.multiply(paint.noise(1.2, detail=1), 0.2))
        base = paint.mix(wish.colours[1].rgb, wish.colours[0].rgb, paint.step(edge_line, 0.095, 0.105))
    peel = paint.noise(55, detail=2)
    tone = paint.noise(2, detail=4)
    colour = paint.tone(base, paint.math("MULTIPLY_ADD", tone, 0.14, 0.93))
    surface = Surface(colour, paint.math("MULTIPLY_ADD", tone, 0.1, 0.16), height=peel, relief=0.0007)
    if wish.trait("wear") or wish.trait("rust") or wish.trait("scratches"):
        _chip(paint, surface, max(wish.trait("wear"), wish.trait("rust"), wish.trait("scratches") * 0.6))
    return surface


def _chip(paint: Paint, surface: Surface, strength: float) -> None:
    """Knock paint off edges and here and there, down to primer and metal."""
    _, edge = paint.masks()
    noise = paint.add(paint.noise(7, detail=10, roughness=0.7), paint.multiply(edge, 0.4))
    chip = paint.step(noise, 0.74 - 0.12 * strength, 0.755 - 0.12 * strength)
    primer = paint.step(noise, 0.72 - 0.12 * strength, 0.735 - 0.12 * strength)
    surface.colour = paint.mix(surface.colour, to_linear("a39c90"), primer)
    surface.colour = paint.mix(surface.colour, to_linear("77777a"), chip)
    surface.roughness = paint.between(surface.roughness, 0.5, primer)
    surface.metallic = paint.multiply(chip, 0.9)
    surface.height = paint.math("MULTIPLY_ADD", primer, -0.7, paint.multiply(surface.height, 0.15))
    surface.relief = 0.004


def camouflage(paint: Paint, wish: Wish) -> Surface:
    """Patches of four shades on canvas."""
    shades: list[Sequence[float]] = [to_linear(shade) for shade in CAMOUFLAGE]
    if len(wish.colours) == 1:
        own = wish.colours[0].rgb
        shades = [
            own,
            tuple(c * 0.35 for c in own),
            tuple(min(c * 1.7 + 0.06, 0.9) for c in own),
            tuple(c * 0.1 for c in own),
        ]
    elif wish.colours:
        shades = [*(colour.rgb for colour in wish.colours), *shades][:4]
    colour: Colour = shades[0]
    for index, (shade, limit) in enumerate(zip(shades[1:], (0.515, 0.545, 0.585), strict=True)):
        place = paint.vector("ADD", paint.warped(5, 0.12, detail=3), (index * 7.3, index * 3.1, index * 5.7))
        patch = paint.noise(3.1, detail=2, roughness=0.45, distortion=0.7, at=paint.scaled(place, (1, 1, 1.35)))
        colour = paint.mix(colour, shade, paint.step(patch, limit - 0.004, limit + 0.004))
    height, _, tone = paint.tile("fabric", 2.6, blend=0.1)
    colour = paint.tone(colour, paint.math("MULTIPLY_ADD", paint.multiply(tone, height), 0.6, 0.66))
    return Surface(colour, 0.88, height=height, relief=0.003)


def wax(paint: Paint, wish: Wish) -> Surface:
    """Soft and milky, with runs."""
    base = pick(wish, "ead9ac")
    run = paint.noise(5, detail=3, at=paint.scaled(paint.warped(3, 0.08), (1, 1, 0.16)))
    cloud = paint.noise(2, detail=5)
    colour = paint.tone(base, paint.add(paint.multiply(run, 0.25), paint.math("MULTIPLY_ADD", cloud, 0.25, 0.76)))
    return Surface(colour, 0.38, height=paint.add(run, paint.multiply(cloud, 0.3)), relief=0.02)


def chocolate(paint: Paint, wish: Wish) -> Surface:
    """Poured and smooth, with soft swirls."""
    base = pick(wish, "47281a")
    swirl = paint.noise(2.2, detail=3, distortion=2.4)
    bloom = paint.step(paint.noise(6, detail=8, roughness=0.7), 0.58, 0.8)
    colour = paint.tone(base, paint.math("MULTIPLY_ADD", swirl, 0.5, 0.75))
    colour = paint.mix(colour, to_linear("8d6f5c"), paint.multiply(bloom, 0.2))
    return Surface(colour, paint.math("MULTIPLY_ADD", bloom, 0.2, 0.28), height=swirl, relief=0.012)


def paper(paint: Paint, wish: Wish) -> Surface:
    """Creased brown paper with fibres."""
    base = pick(wish, "c2a27a")
    facets, tone = paint.cells(7, at=paint.warped(3, 0.2, detail=4))
    edge, _ = paint.cells(7, feature="DISTANCE_TO_EDGE", at=paint.warped(3, 0.2, detail=4))
    fibre = paint.noise(80, detail=5, roughness=0.7)
    crease = paint.step(edge, 0.025, 0.0)
    colour = paint.tone(base, paint.add(paint.multiply(tone, 0.2), paint.math("MULTIPLY_ADD", fibre, 0.3, 0.72)))
    colour = paint.mix(colour, [c * 0.6 + 0.3 for c in base], paint.multiply(crease, 0.5))
    return Surface(
        colour,
        0.9,
        height=paint.add(facets, paint.add(paint.multiply(fibre, 0.05), paint.multiply(crease, 0.12))),
        relief=0.012,
    )
