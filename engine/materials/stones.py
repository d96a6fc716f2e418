"""Stone and what is laid, poured or fired from earth: marble, granite, brick, concrete, clay, ceramic, sand, lava."""

from collections.abc import Sequence

from engine.materials.nodes import Colour, Paint, Surface
from engine.prompt import Wish, to_linear


def pick(wish: Wish, default: str, index: int = 0) -> Sequence[float]:
    """Return the wish's colour, or the material's own."""
    return wish.colours[index].rgb if len(wish.colours) > index else to_linear(default)


def marble(paint: Paint, wish: Wish) -> Surface:
    """Cloudy ground with veins, thick and thin."""
    ground = pick(wish, "ece8e1")
    is_dark = sum(ground) < 0.35
    vein = pick(wish, "d8d2c8" if is_dark else "5b5c62", 1)
    bent = paint.warped(1.6, 0.55, detail=6)
    thick = paint.math("ABSOLUTE", paint.math("SUBTRACT", paint.noise(1.7, detail=6, roughness=0.5, at=bent), 0.5))
    thin = paint.math("ABSOLUTE", paint.math("SUBTRACT", paint.noise(4.2, detail=7, roughness=0.55, at=bent), 0.5))
    clouds = paint.noise(1.3, detail=6, roughness=0.6, at=bent)
    strength = paint.step(paint.noise(1.5, detail=2), 0.3, 0.55)
    lines = paint.multiply(paint.step(thick, 0.016, 0.0), strength)
    lines = paint.math("MAXIMUM", lines, paint.multiply(paint.step(thin, 0.009, 0.0), paint.multiply(strength, 0.6)))
    haze = paint.multiply(paint.step(thick, 0.11, 0.0), paint.multiply(strength, 0.28))
    colour = paint.mix(ground, paint.mix(ground, vein, 0.45), paint.multiply(paint.step(clouds, 0.5, 0.75), 0.6))
    colour = paint.mix(colour, vein, paint.math("MAXIMUM", haze, paint.multiply(lines, 0.85)))
    return Surface(colour, roughness=paint.math("MULTIPLY_ADD", lines, 0.12, 0.16), height=lines, relief=0.0003)


def granite(paint: Paint, wish: Wish) -> Surface:
    """Grains of three minerals."""
    base = pick(wish, "a09a96")
    bent = paint.warped(30, 0.012)
    _, big = paint.cells(58, at=bent)
    _, small = paint.cells(130, at=bent)
    grains = paint.ramp(
        big,
        [(0.0, to_linear("232222")), (0.2, to_linear("6c6766")), (0.42, base), (0.68, to_linear("cfc7bf"))],
        hard=True,
    )
    specks = paint.ramp(small, [(0.0, to_linear("151515")), (0.13, base), (0.8, to_linear("e6e0d8"))], hard=True)
    colour = paint.mix(grains, specks, 0.42)
    colour = paint.tone(colour, paint.math("MULTIPLY_ADD", paint.noise(3), 0.4, 0.8))
    rough = 0.24 if wish.finish != "matte" else 0.6
    return Surface(colour, roughness=paint.math("MULTIPLY_ADD", small, 0.2, rough), height=big, relief=0.0006)


def stone(paint: Paint, wish: Wish) -> Surface:
    """Weathered rock; sandstone has layers, slate splits in flakes."""
    default = {"sandstone": "c9a274", "slate": "484c55"}.get(wish.material, "8b8680")
    base = pick(wish, default)
    stretch = {"sandstone": (1, 1, 3.2), "slate": (1, 1, 7)}.get(wish.material, (1, 1, 1))
    bent = paint.scaled(paint.warped(2, 0.22, detail=4), stretch)
    lumps = paint.noise(3.2, detail=10, roughness=0.62, at=bent)
    distance, _ = paint.cells(3.4, feature="DISTANCE_TO_EDGE", at=paint.warped(4, 0.28, detail=6))
    somewhere = paint.step(paint.noise(2.1, detail=3), 0.46, 0.6)
    crack = paint.multiply(paint.step(distance, 0.014, 0.0), somewhere)
    grain = paint.noise(70, detail=5, roughness=0.7)
    layers = paint.noise(1.0, detail=3, at=paint.scaled(paint.warped(2, 0.1), (0.8, 0.8, 18)))
    if wish.material == "slate":
        layers = paint.add(layers, paint.multiply(paint.math("FRACT", paint.multiply(layers, 9)), 0.35))
    shade = paint.add(paint.multiply(lumps, 1.2), paint.multiply(grain, 0.35))
    if wish.material != "stone":
        shade = paint.add(paint.multiply(shade, 0.6), paint.multiply(layers, 0.65))
        crack = paint.multiply(crack, 0.3)
    colour = paint.tone(base, paint.math("MULTIPLY_ADD", paint.step(shade, 0.45, 1.15), 1.15, 0.35))
    colour = paint.mix(colour, paint.tone(base, 0.14), paint.multiply(crack, 0.8))
    pale = paint.step(paint.noise(6, detail=8, roughness=0.7), 0.6, 0.75)
    colour = paint.mix(colour, (0.5, 0.48, 0.43), paint.multiply(pale, 0.3))
    height = paint.add(paint.multiply(lumps, 0.8), paint.add(paint.multiply(grain, 0.18), paint.multiply(layers, 0.3)))
    return Surface(colour, 0.88, height=paint.math("MULTIPLY_ADD", crack, -0.3, height), relief=0.035)


def concrete(paint: Paint, wish: Wish) -> Surface:
    """Poured grey with stains, fine grain and air holes."""
    base = pick(wish, "9b9994")
    stains = paint.noise(2.6, detail=9, roughness=0.65)
    grain = paint.noise(90, detail=5, roughness=0.7)
    distance, chance = paint.cells(26)
    hole = paint.multiply(paint.step(distance, 0.2, 0.13), paint.step(chance, 0.62, 0.64))
    shade = paint.add(paint.multiply(paint.step(stains, 0.3, 0.72), 0.36), paint.multiply(grain, 0.3))
    colour = paint.tone(base, paint.add(shade, 0.66))
    colour = paint.tone(colour, paint.math("MULTIPLY_ADD", hole, -0.62, 1.0))
    height = paint.math("MULTIPLY_ADD", hole, -1.0, paint.multiply(grain, 0.35))
    return Surface(colour, 0.9, height=height, relief=0.0055)


def brick(paint: Paint, wish: Wish) -> Surface:
    """Bricks in mortar; two colours are mixed brick by brick."""
    height, tone, joint = paint.tile("brick", 1.5, blend=0.02)
    first, second = pick(wish, "96402d"), pick(wish, "b5694a", 1)
    if wish.colours and wish.colours[0].name.endswith(("red", "brown", "orange")):
        first = [0.2 * one + 0.8 * other for one, other in zip(first, to_linear("96402d"), strict=True)]  # burnt clay
    if len(wish.colours) == 1:
        second = [channel * 1.5 for channel in first]
    grain = paint.noise(45, detail=7, roughness=0.7)
    burnt = paint.step(paint.math("FRACT", paint.multiply(tone, 7.3)), 0.72, 0.95)
    colour = paint.mix(first, second, tone)
    colour = paint.mix(colour, paint.tone(first, 0.35), paint.multiply(burnt, 0.7))
    colour = paint.tone(colour, paint.math("MULTIPLY_ADD", grain, 0.9, 0.55))
    mortar = paint.tone(to_linear("b9b1a4"), paint.math("MULTIPLY_ADD", grain, 0.6, 0.55))
    return Surface(
        paint.mix(colour, mortar, joint), 0.9, height=paint.add(height, paint.multiply(grain, 0.12)), relief=0.009
    )


def mosaic(paint: Paint, wish: Wish) -> Surface:
    """Glossy tiles in grout."""
    height, tone, joint = paint.tile("mosaic", 1.7, blend=0.02)
    first, second, third = pick(wish, "1f6f8b"), pick(wish, "e8e2d2", 1), pick(wish, "4fb0b5", 2)
    if len(wish.colours) == 1:
        second, third = [c * 0.45 for c in first], [min(c * 1.8 + 0.05, 0.9) for c in first]
    elif len(wish.colours) == 2:
        third = first
    colour = paint.ramp(tone, [(0.0, first), (0.4, third), (0.7, second)], hard=True)
    colour = paint.tone(colour, paint.math("MULTIPLY_ADD", paint.math("FRACT", paint.multiply(tone, 11.7)), 0.4, 0.75))
    colour = paint.mix(colour, to_linear("cfcac0"), joint)
    return Surface(colour, paint.between(0.14, 0.9, joint), height=height, relief=0.0035)


def fired(paint: Paint, wish: Wish) -> Surface:
    """Terracotta and plain ceramic: matt, with the turner's rings."""
    is_pot = wish.material == "terracotta"
    base = pick(wish, "b06a4c" if is_pot else "d9cdb9")
    rings = paint.noise(1.0, detail=3, at=paint.scaled(paint.warped(3, 0.02), (0.6, 0.6, 42)))
    bloom = paint.step(paint.noise(2.6, detail=8, roughness=0.65), 0.48, 0.8)
    grain = paint.noise(80, detail=4, roughness=0.7)
    specks, chance = paint.cells(46)
    colour = paint.tone(base, paint.add(paint.multiply(rings, 0.3), paint.math("MULTIPLY_ADD", grain, 0.25, 0.72)))
    if is_pot:
        colour = paint.mix(colour, (0.66, 0.52, 0.42), paint.multiply(bloom, 0.45))
    else:
        speck = paint.multiply(paint.step(specks, 0.22, 0.12), paint.step(chance, 0.7, 0.72))
        colour = paint.mix(colour, to_linear("6b5238"), paint.multiply(speck, 0.75))
    height = paint.add(paint.multiply(rings, 0.7), paint.multiply(grain, 0.3))
    return Surface(colour, 0.85 if is_pot else 0.55, height=height, relief=0.0045)


def glazed(paint: Paint, wish: Wish) -> Surface:
    """Glaze that pools in hollows, runs thin on edges and lets the clay show, with a fine crackle."""
    base = pick(wish, "2f7f86")
    second: Colour = wish.colours[1].rgb if len(wish.colours) > 1 else [min(c * 2.4 + 0.06, 0.9) for c in base]
    flow = paint.noise(3, detail=5, at=paint.scaled(paint.warped(2.5, 0.25), (1, 1, 0.45)), distortion=0.6)
    edge = paint.masks()[1]
    colour = paint.ramp(flow, [(0.28, [c * 0.4 for c in base]), (0.5, base)])
    colour = paint.mix(colour, second, paint.step(flow, 0.52, 0.74))
    clay = paint.step(paint.add(edge, paint.multiply(flow, 0.3)), 0.8, 1.0)
    colour = paint.mix(colour, to_linear("a87448"), paint.multiply(clay, 0.75))
    distance, _ = paint.cells(16, feature="DISTANCE_TO_EDGE", at=paint.warped(8, 0.03))
    crackle = paint.multiply(paint.step(distance, 0.012, 0.0), 0.35)
    colour = paint.tone(colour, paint.math("MULTIPLY_ADD", crackle, -0.6, 1.0))
    speck_distance, chance = paint.cells(60)
    speck = paint.multiply(paint.step(speck_distance, 0.2, 0.1), paint.step(chance, 0.8, 0.82))
    colour = paint.tone(colour, paint.math("MULTIPLY_ADD", speck, -0.5, 1.0))
    return Surface(colour, roughness=paint.between(0.07, 0.4, clay), height=flow, relief=0.005)


def porcelain(paint: Paint, wish: Wish) -> Surface:
    """White and smooth, painted with blue flourishes (or with the second colour)."""
    ground, ink = pick(wish, "f1f0ec"), pick(wish, "1f3f96", 1)
    if len(wish.colours) == 1 and sum(ground) < 1.6:
        ground, ink = to_linear("f1f0ec"), wish.colours[0].rgb
    if len(wish.colours) > 1 and sum(ground) < sum(ink):
        ground, ink = ink, ground
    drawn, wash, _ = paint.tile("flourish", 2.2, blend=0.12)
    ink_here = paint.math("MULTIPLY", drawn, paint.math("MULTIPLY_ADD", wash, 0.75, 0.3), clamp=True)
    return Surface(paint.mix(ground, ink, ink_here), 0.08, height=drawn, relief=0.0002)


def jade(paint: Paint, wish: Wish) -> Surface:
    """Waxy green, cloudy in depth, with a few dark threads."""
    base = pick(wish, "4f8f63")
    bent = paint.warped(1.4, 0.7, detail=5)
    clouds = paint.noise(2.1, detail=7, roughness=0.52, at=bent)
    fine = paint.noise(9, detail=6, roughness=0.6, at=bent)
    amount = paint.add(paint.multiply(clouds, 0.8), paint.multiply(fine, 0.2))
    colour = paint.ramp(
        amount,
        [
            (0.36, [c * 0.2 for c in base]),
            (0.46, [c * 0.62 for c in base]),
            (0.54, base),
            (0.64, [c * 0.55 + 0.24 * (0.55 + b) for c, b in zip(base, base, strict=True)]),
        ],
    )
    threads = paint.step(
        paint.math("ABSOLUTE", paint.math("SUBTRACT", paint.noise(2.7, detail=6, at=bent), 0.5)), 0.016, 0.0
    )
    colour = paint.mix(colour, [c * 0.16 for c in base], paint.multiply(threads, 0.55))
    _, edge = paint.masks()
    colour = paint.mix(colour, [min(c * 1.9 + 0.05, 0.9) for c in base], paint.multiply(edge, 0.35))
    return Surface(colour, roughness=paint.math("MULTIPLY_ADD", fine, 0.12, 0.14), height=fine, relief=0.001)


def ice(paint: Paint, wish: Wish) -> Surface:
    """Blue depth, white fractures and trapped bubbles."""
    base = pick(wish, "8fc4dc")
    depth = paint.noise(2, detail=6, distortion=0.8)
    distance, _ = paint.cells(
        2.6, feature="DISTANCE_TO_EDGE", at=paint.scaled(paint.warped(3, 0.1, detail=5), (1, 0.5, 0.7))
    )
    somewhere = paint.step(paint.noise(1.8, detail=3), 0.48, 0.62)
    veil = paint.multiply(paint.step(distance, 0.22, 0.0), 0.35)
    fracture = paint.multiply(paint.math("MAXIMUM", paint.step(distance, 0.02, 0.0), veil), somewhere)
    frost = paint.step(paint.noise(5, detail=10, roughness=0.72), 0.5, 0.75)
    bubbles, chance = paint.cells(30)
    bubble = paint.multiply(paint.step(bubbles, 0.16, 0.08), paint.step(chance, 0.7, 0.72))
    colour = paint.ramp(depth, [(0.3, [c * 0.35 for c in base]), (0.52, base), (0.72, [0.5 + 0.5 * c for c in base])])
    white = paint.math(
        "MAXIMUM", paint.multiply(fracture, 0.75), paint.math("MAXIMUM", paint.multiply(frost, 0.6), bubble)
    )
    colour = paint.mix(colour, (0.93, 0.97, 1.0), white)
    return Surface(
        colour,
        paint.math("MULTIPLY_ADD", frost, 0.4, 0.06),
        height=paint.add(depth, paint.multiply(fracture, 0.2)),
        relief=0.012,
    )


def glass(paint: Paint, wish: Wish) -> Surface:
    """Smooth and dark in depth: as glass looks that cannot be seen through."""
    base = pick(wish, "2c6b6a")
    flow = paint.noise(1.6, detail=3, distortion=1.2)
    _, edge = paint.masks()
    colour = paint.ramp(
        flow, [(0.3, [c * 0.25 for c in base]), (0.55, base), (0.75, [min(c * 1.7 + 0.08, 1) for c in base])]
    )
    return Surface(
        paint.mix(colour, [min(c * 2 + 0.2, 1) for c in base], paint.multiply(edge, 0.4)),
        0.03,
        height=flow,
        relief=0.0008,
    )


def clay(paint: Paint, wish: Wish) -> Surface:
    """Modelling clay with the marks of fingers."""
    base = pick(wish, "b0795a")
    dents = paint.noise(9, detail=3, roughness=0.5)
    distance, _ = paint.cells(7, feature="SMOOTH_F1", at=paint.warped(3, 0.1))
    whorl = paint.math("SINE", paint.multiply(paint.add(distance, paint.multiply(dents, 0.15)), 110))
    print_here = paint.step(paint.noise(4, detail=1), 0.5, 0.6)
    grain = paint.noise(60, detail=4)
    colour = paint.tone(base, paint.add(paint.multiply(dents, 0.35), paint.math("MULTIPLY_ADD", grain, 0.16, 0.74)))
    prints = paint.multiply(paint.multiply(whorl, print_here), 0.025)
    height = paint.add(
        paint.add(paint.multiply(dents, 0.7), paint.multiply(distance, 0.5)),
        paint.add(prints, paint.multiply(grain, 0.05)),
    )
    return Surface(colour, 0.72, height=height, relief=0.02)


def snow(paint: Paint, wish: Wish) -> Surface:
    """Packed snow: soft drifts, blue hollows, glittering crystals."""
    base = pick(wish, "f3f6fb")
    drifts = paint.noise(4, detail=5, roughness=0.5)
    grain = paint.noise(95, detail=5, roughness=0.75)
    glitter, chance = paint.cells(140)
    spark = paint.multiply(paint.step(glitter, 0.3, 0.1), paint.step(chance, 0.9, 0.92))
    colour = paint.mix(paint.tone(base, (0.72)), base, paint.step(drifts, 0.25, 0.6))
    colour = paint.mix(colour, to_linear("b7cbe8"), paint.multiply(paint.step(drifts, 0.46, 0.25), 0.35))
    height = paint.add(paint.multiply(drifts, 0.9), paint.multiply(grain, 0.55))
    return Surface(colour, paint.math("MULTIPLY_ADD", spark, -0.5, 0.85), height=height, relief=0.014)


def moss(paint: Paint, wish: Wish) -> Surface:
    """Cushions of fine leaves."""
    base = pick(wish, "5d7a24")
    cushions = paint.cells(11, feature="SMOOTH_F1", at=paint.warped(6, 0.1, detail=4))[0]
    tufts = paint.noise(60, detail=5, roughness=0.75)
    leaves, leaf = paint.cells(120)
    amount = paint.add(paint.multiply(tufts, 0.6), paint.multiply(leaf, 0.4))
    colour = paint.ramp(
        amount,
        [
            (0.25, [c * 0.18 for c in base]),
            (0.5, base),
            (0.75, [c * 1.7 + d for c, d in zip(base, (0.09, 0.08, 0.01), strict=True)]),
        ],
    )
    dry = paint.step(paint.noise(3.5, detail=6), 0.55, 0.75)
    colour = paint.mix(colour, to_linear("9a8b3c"), paint.multiply(dry, 0.35))
    colour = paint.tone(colour, paint.math("MULTIPLY_ADD", cushions, -0.8, 1.2))
    height = paint.math(
        "MULTIPLY_ADD", cushions, -0.8, paint.add(paint.multiply(tufts, 0.6), paint.multiply(leaves, 0.25))
    )
    return Surface(colour, 0.98, height=height, relief=0.016)


def sand(paint: Paint, wish: Wish) -> Surface:
    """Grains in wind ripples."""
    base = pick(wish, "d8b784")
    bent = paint.warped(2.2, 0.16, detail=3)
    ripple = paint.math(
        "SINE", paint.add(paint.multiply(paint.axis(bent, "Z"), 105), paint.multiply(paint.axis(bent, "X"), 30))
    )
    ripple = paint.math("MULTIPLY_ADD", ripple, 0.5, 0.5)
    _, grain = paint.cells(190)
    drift = paint.noise(3, detail=4)
    colour = paint.ramp(
        grain, [(0.0, [c * 0.72 for c in base]), (0.3, base), (0.9, [min(c * 1.25, 0.95) for c in base])]
    )
    colour = paint.tone(colour, paint.add(paint.multiply(ripple, 0.22), paint.math("MULTIPLY_ADD", drift, 0.3, 0.7)))
    height = paint.add(paint.multiply(ripple, 0.6), paint.add(paint.multiply(grain, 0.14), paint.multiply(drift, 0.5)))
    return Surface(colour, 0.95, height=height, relief=0.012)


def lava(paint: Paint, wish: Wish) -> Surface:
    """Black crust, torn over a glow."""
    glow = pick(wish, "ff5a10")
    bent = paint.warped(3, 0.3, detail=6)
    distance, tone = paint.cells(5.5, feature="DISTANCE_TO_EDGE", at=bent)
    _, tone = paint.cells(5.5, at=bent)
    thin = paint.noise(4, detail=6, roughness=0.6)
    heat = paint.math("SUBTRACT", paint.multiply(paint.step(thin, 0.34, 0.7), 0.2), distance, clamp=True)
    crust_grain = paint.noise(30, detail=8, roughness=0.72)
    crust = paint.ramp(crust_grain, [(0.3, to_linear("0b0a0a")), (0.7, to_linear("3a3432"))])
    hot = [min(c + d, 1) for c, d in zip(glow, (0.0, 0.45, 0.08), strict=True)]
    colour = paint.ramp(heat, [(0.0, (0.0, 0.0, 0.0)), (0.02, [c * 0.25 for c in glow]), (0.06, glow), (0.14, hot)])
    share = paint.step(heat, 0.0, 0.05)
    height = paint.add(
        paint.step(distance, 0.0, 0.2), paint.add(paint.multiply(crust_grain, 0.35), paint.multiply(tone, 0.15))
    )
    return Surface(paint.mix(crust, colour, share), paint.between(0.85, 0.45, share), height=height, relief=0.03)


def mud(paint: Paint, wish: Wish) -> Surface:
    """Dried earth in plates."""
    base = pick(wish, "6f543b")
    bent = paint.warped(5, 0.14, detail=4)
    distance, _ = paint.cells(6.5, feature="DISTANCE_TO_EDGE", at=bent)
    _, tone = paint.cells(6.5, at=bent)
    plate = paint.step(distance, 0.01, 0.09)
    grain = paint.noise(50, detail=7, roughness=0.7)
    colour = paint.tone(base, paint.add(paint.multiply(tone, 0.35), paint.math("MULTIPLY_ADD", grain, 0.8, 0.35)))
    colour = paint.mix(paint.tone(base, 0.12), colour, plate)
    return Surface(
        colour, 0.93, height=paint.add(paint.multiply(plate, 0.8), paint.multiply(grain, 0.25)), relief=0.018
    )


def bone(paint: Paint, wish: Wish) -> Surface:
    """Ivory with fine pores and yellowed hollows."""
    base = pick(wish, "e3d6b8")
    fibre = paint.noise(1.0, detail=4, at=paint.scaled(paint.warped(3, 0.05), (45, 45, 7)))
    pore = paint.step(fibre, 0.66, 0.74)
    stain = paint.step(paint.noise(3, detail=8, roughness=0.65), 0.45, 0.8)
    colour = paint.mix(base, to_linear("9c7f4e"), paint.multiply(stain, 0.55))
    colour = paint.tone(colour, paint.math("MULTIPLY_ADD", pore, -0.35, paint.math("MULTIPLY_ADD", fibre, 0.2, 0.9)))
    return Surface(colour, 0.5, height=paint.math("MULTIPLY_ADD", pore, -0.8, fibre), relief=0.003)
