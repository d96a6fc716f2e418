"""Leather, cloth, fur and scales."""

from collections.abc import Sequence

from engine.materials.nodes import Colour, Paint, Socket, Surface
from engine.materials.stones import pick
from engine.prompt import Wish, to_linear


def leather(paint: Paint, wish: Wish) -> Surface:
    """Grain of small cells between creases, darker in them; stitched panels where the wish says so."""
    base = pick(wish, "6f4224")
    grain, crease = _grain(paint, 62)
    fold = paint.step(
        paint.math("ABSOLUTE", paint.math("SUBTRACT", paint.noise(5, detail=4, distortion=0.6), 0.5)), 0.03, 0.0
    )
    tone = paint.noise(2.4, detail=7, roughness=0.62)
    colour = paint.tone(base, paint.math("MULTIPLY_ADD", paint.step(tone, 0.25, 0.75), 0.7, 0.6))
    colour = paint.mix(colour, paint.tone(base, 0.24), paint.multiply(crease, 0.75))
    colour = paint.tone(colour, paint.math("MULTIPLY_ADD", fold, -0.2, 1.0))
    _, edge = paint.masks()
    colour = paint.mix(colour, [min(c * 1.9 + 0.03, 0.9) for c in base], paint.multiply(edge, 0.3))
    height = paint.math("MULTIPLY_ADD", fold, -0.5, grain)
    surface = Surface(
        colour,
        paint.math("MULTIPLY_ADD", crease, 0.25, paint.math("MULTIPLY_ADD", tone, 0.18, 0.36)),
        height=height,
        relief=0.0024,
    )
    if wish.trait("stitches"):
        _stitch(paint, wish, surface, base)
    return surface


def _grain(paint: Paint, scale: float) -> tuple[Socket, Socket]:
    """Return the height of leather's cells, and where the creases between them are."""
    bent = paint.warped(scale * 0.4, 0.5 / scale, at=paint.warped(4, 0.02))
    near, _ = paint.cells(scale, feature="DISTANCE_TO_EDGE", at=bent)
    fine, _ = paint.cells(scale * 2.3, feature="DISTANCE_TO_EDGE", at=bent)
    here = paint.noise(3.5, detail=3)
    cell = paint.step(near, 0.0, 0.22)
    small = paint.step(fine, 0.0, 0.2)
    height = paint.between(cell, paint.multiply(paint.add(cell, small), 0.5), paint.step(here, 0.35, 0.65))
    return height, paint.step(near, 0.09, 0.0)


def _stitch(paint: Paint, wish: Wish, surface: Surface, base: Sequence[float]) -> None:
    height, thread, fold = paint.tile("stitches", 1.9, blend=0.03)
    is_light = sum(base) > 0.9
    colour = pick(wish, "6b4a2c" if is_light else "e2cfa6", 1)
    surface.colour = paint.mix(surface.colour, paint.tone(base, 0.12), paint.multiply(fold, 0.85))
    surface.colour = paint.mix(surface.colour, colour, thread)
    surface.roughness = paint.between(surface.roughness, 0.75, thread)
    surface.height = paint.add(paint.multiply(surface.height, 0.3), paint.multiply(height, 1.6))
    surface.relief = 0.0055


def suede(paint: Paint, wish: Wish) -> Surface:
    """Short nap, brushed this way and that."""
    base = pick(wish, "9a6c45")
    nap = paint.noise(130, detail=4, roughness=0.7)
    brushed = paint.noise(3, detail=4, distortion=1.2)
    colour = paint.tone(
        base, paint.add(paint.multiply(paint.step(brushed, 0.35, 0.65), 0.5), paint.math("MULTIPLY_ADD", nap, 0.5, 0.5))
    )
    return Surface(colour, 0.96, height=nap, relief=0.0025)


def _threads(
    paint: Paint, wish: Wish, name: str, repeats: float, *, warp: Sequence[float], weft: Sequence[float]
) -> tuple[Socket, Socket]:
    height, is_warp, tone = paint.tile(name, repeats, blend=0.08)
    colour = paint.mix(weft, warp, is_warp)
    colour = paint.tone(colour, paint.math("MULTIPLY_ADD", tone, 0.9, 0.5))
    return paint.tone(colour, paint.math("MULTIPLY_ADD", paint.step(height, 0.2, 0.8), 0.5, 0.55)), height


def fabric(paint: Paint, wish: Wish) -> Surface:
    """Plain weave of thick yarn; a second colour is the weft's."""
    warp = pick(wish, "b9a98a")
    weft = pick(wish, "b9a98a", 1) if len(wish.colours) > 1 else [c * 0.8 for c in warp]
    colour, height = _threads(paint, wish, "fabric", 1.7, warp=warp, weft=weft)
    colour = paint.tone(colour, paint.math("MULTIPLY_ADD", paint.noise(2.5, detail=4), 0.5, 0.75))
    surface = Surface(colour, 0.95, height=height, relief=0.0035)
    if wish.trait("stitches"):
        _stitch(paint, wish, surface, warp)
    return surface


def _dye(rgb: Sequence[float]) -> list[float]:
    """Return a colour as cotton takes it: deeper, and less pure than paint."""
    grey = sum(rgb) / 3
    return [0.6 * (0.55 * channel + 0.45 * grey) for channel in rgb]


def denim(paint: Paint, wish: Wish) -> Surface:
    """Indigo warp over white weft, washed out in places, with orange seams."""
    warp = _dye(wish.colours[0].rgb) if wish.colours else to_linear("23375f")
    colour, height = _threads(
        paint,
        wish,
        "denim",
        2.2,
        warp=warp,
        weft=[0.5 * c + 0.5 * d for c, d in zip(warp, to_linear("aeb9c8"), strict=True)],
    )
    _, edge = paint.masks()
    wash = paint.step(paint.noise(2.3, detail=6, roughness=0.6), 0.42, 0.75)
    wash = paint.math("MAXIMUM", paint.multiply(wash, 0.5), paint.multiply(edge, 0.6))
    pale = paint.mix(colour, [0.35 + 0.5 * c for c in warp], 0.6)
    surface = Surface(paint.mix(colour, pale, wash), 0.92, height=height, relief=0.002)
    orange = Wish(wish.material, colours=(), traits={})
    seam_height, thread, fold = paint.tile("stitches", 1.25, blend=0.03)
    surface.colour = paint.mix(surface.colour, paint.tone(warp, 0.35), paint.multiply(fold, 0.75))
    surface.colour = paint.mix(surface.colour, pick(orange, "c87a2c"), thread)
    surface.height = paint.add(paint.multiply(surface.height, 0.45), paint.multiply(seam_height, 1.2))
    surface.relief = 0.005
    return surface


def knit(paint: Paint, wish: Wish) -> Surface:
    """Stocking stitch in thick wool; two colours make stripes."""
    height, deep, tone = paint.tile("knit", 1.75, blend=0.05)
    base: Colour = pick(wish, "cdbfa6")
    if len(wish.colours) > 1:
        stripe = paint.math("FRACT", paint.multiply(paint.axis(paint.place, "Z"), 6.36))
        base = paint.mix(wish.colours[0].rgb, wish.colours[1].rgb, paint.step(stripe, 0.495, 0.505))
    colour = paint.tone(base, paint.math("MULTIPLY_ADD", tone, 0.75, 0.62))
    colour = paint.mix(colour, paint.tone(colour, 0.2), deep)
    return Surface(colour, 0.97, height=height, relief=0.009)


def velvet(paint: Paint, wish: Wish) -> Surface:
    """Dense pile with light and dark strokes, bright where it turns away."""
    base = pick(wish, "7a1730")
    stroke = paint.noise(2.6, detail=4, roughness=0.5, distortion=1.6)
    pile = paint.noise(160, detail=3, roughness=0.7)
    edge = paint.masks()[1]
    light = paint.add(paint.step(stroke, 0.38, 0.66), paint.multiply(edge, 0.8))
    colour = paint.mix(paint.tone(base, 0.28), [min(c * 1.45 + 0.02, 0.95) for c in base], light)
    colour = paint.tone(colour, paint.math("MULTIPLY_ADD", pile, 0.5, 0.75))
    return Surface(colour, 0.9, height=paint.add(pile, paint.multiply(stroke, 0.8)), relief=0.0018)


def silk(paint: Paint, wish: Wish) -> Surface:
    """Smooth cloth with soft folds and a shine."""
    base = pick(wish, "c9b7d6")
    folds = paint.math("SINE", paint.multiply(paint.axis(paint.warped(1.3, 0.7, detail=2), "X"), 22))
    folds = paint.math("MULTIPLY_ADD", folds, 0.5, 0.5)
    thread = paint.noise(1.0, detail=2, at=paint.scaled(paint.position, (220, 220, 20)))
    colour = paint.tone(base, paint.add(paint.multiply(folds, 0.45), paint.math("MULTIPLY_ADD", thread, 0.15, 0.6)))
    return Surface(colour, 0.3, 0.12, height=paint.add(folds, paint.multiply(thread, 0.03)), relief=0.02)


def felt(paint: Paint, wish: Wish) -> Surface:
    """Matted fibres."""
    base = pick(wish, "56734e")
    curl = paint.warped(18, 0.05, detail=3)
    fibres = paint.noise(70, detail=5, roughness=0.7, at=curl)
    strand = paint.step(
        paint.math("ABSOLUTE", paint.math("SUBTRACT", paint.noise(26, detail=2, at=curl), 0.5)), 0.03, 0.0
    )
    colour = paint.tone(base, paint.add(paint.math("MULTIPLY_ADD", fibres, 0.8, 0.5), paint.multiply(strand, 0.3)))
    return Surface(colour, 0.98, height=paint.add(fibres, paint.multiply(strand, 0.3)), relief=0.0045)


def fur(paint: Paint, wish: Wish) -> Surface:
    """Locks of hair that hang down, dark at the root and light at the tip."""
    height, lock, hair = paint.tile("fur", 1.3, blend=0.4)
    base = pick(wish, "a8743f")
    second = wish.colours[1].rgb if len(wish.colours) > 1 else [c * 0.45 for c in base]
    patches = paint.step(paint.noise(2.4, detail=4, distortion=0.6), 0.44, 0.56)
    ground = paint.mix(base, second, paint.multiply(patches, 1.0 if len(wish.colours) > 1 else 0.4))
    amount = paint.add(paint.multiply(lock, 0.55), paint.multiply(hair, 0.45))
    colour = paint.tone(ground, paint.step(amount, 0.22, 0.8, (0.15, 1.7)))
    return Surface(colour, 0.85, height=height, relief=0.011)


def scales(paint: Paint, wish: Wish) -> Surface:
    """Overlapping rows, each scale with a dark rim, a keel and its own tone."""
    height, tone, inside = paint.tile("scales", 1.7, blend=0.06)
    base = pick(wish, "3f6b35")
    second = (
        wish.colours[1].rgb
        if len(wish.colours) > 1
        else [min(c * 1.6 + d, 0.9) for c, d in zip(base, (0.1, 0.08, 0.0), strict=True)]
    )
    patches = paint.step(paint.noise(2.2, detail=4), 0.38, 0.64)
    ground = paint.mix(base, second, patches)
    ground = paint.tone(ground, paint.math("MULTIPLY_ADD", tone, 0.7, 0.6))
    colour = paint.mix(paint.tone(ground, 0.12), ground, paint.step(inside, 0.0, 0.75))
    colour = paint.mix(colour, paint.tone(second, 1.5), paint.multiply(paint.step(height, 0.75, 1.0), 0.35))
    return Surface(colour, paint.between(0.7, 0.3, paint.step(inside, 0.1, 0.7)), height=height, relief=0.015)


def skin(paint: Paint, wish: Wish) -> Surface:
    """Thick wrinkled hide."""
    base = pick(wish, "8c7f75")
    wrinkle, _ = paint.cells(
        16, feature="DISTANCE_TO_EDGE", at=paint.scaled(paint.warped(5, 0.16, detail=4), (1, 1, 1.6))
    )
    fine, _ = paint.cells(52, feature="DISTANCE_TO_EDGE", at=paint.warped(12, 0.04))
    tone = paint.noise(3, detail=6)
    deep = paint.math("MAXIMUM", paint.step(wrinkle, 0.1, 0.0), paint.multiply(paint.step(fine, 0.08, 0.0), 0.5))
    colour = paint.tone(base, paint.math("MULTIPLY_ADD", tone, 0.7, 0.65))
    colour = paint.mix(colour, paint.tone(base, 0.25), paint.multiply(deep, 0.75))
    height = paint.add(paint.step(wrinkle, 0.0, 0.2), paint.multiply(paint.step(fine, 0.0, 0.15), 0.35))
    return Surface(colour, 0.62, height=height, relief=0.014)


def wicker(paint: Paint, wish: Wish) -> Surface:
    """Canes woven over stakes."""
    height, _, tone = paint.tile("wicker", 1.3, blend=0.04)
    base = pick(wish, "b58a52")
    colour = paint.tone(base, paint.math("MULTIPLY_ADD", tone, 0.9, 0.5))
    colour = paint.mix(paint.tone(base, 0.1), colour, paint.step(height, 0.1, 0.6))
    return Surface(colour, 0.6, height=height, relief=0.015)
