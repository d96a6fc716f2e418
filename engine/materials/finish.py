"""What lies upon a material: shade, polish, dirt in hollows, worn edges, scratches, rust, patina, moss, snow."""

from engine.materials.nodes import Colour, Paint, Surface, Value
from engine.prompt import Wish, to_linear

DIRT, RUST_DARK, RUST_LIGHT = to_linear("4a3a28"), to_linear("4b2414"), to_linear("a5562a")
VERDIGRIS, VERDIGRIS_LIGHT = to_linear("3f8577"), to_linear("8fc3ae")
MOSS_DARK, MOSS_LIGHT = to_linear("2c3d12"), to_linear("7b8f2e")
SNOW = to_linear("f4f6fa")
HOLLOW_SHADE = 0.45
"""How much darker the deepest hollow is, on any material: the eye expects it."""
FINISH_ROUGHNESS = {"polished": (0.35, 0.0), "satin": (0.5, 0.18), "matte": (0.35, 0.62)}
"""What a finish makes of a material's roughness: a factor, and what is added."""
METALS = frozenset({"bronze", "copper", "brass", "gold", "silver", "steel", "aluminium", "iron", "chrome"})


def finish(paint: Paint, wish: Wish, surface: Surface) -> Surface:
    """Lay on a surface what the wish says of its state, deepest first."""
    _shade(paint, wish, surface)
    _set_finish(paint, wish, surface)
    hollow, edge = paint.masks()
    if wish.trait("dents"):
        _dent(paint, surface, wish.trait("dents"))
    if wish.trait("wear"):
        _wear(paint, wish, surface, edge)
    if wish.trait("scratches") or wish.trait("wear") > 0.4:
        _scratch(paint, surface, max(wish.trait("scratches"), wish.trait("wear") * 0.5))
    if wish.trait("cracks"):
        _crack(paint, surface, wish.trait("cracks"))
    if wish.trait("patina"):
        _patina(paint, surface, wish.trait("patina"), hollow)
    if wish.trait("rust") and wish.material != "rust":
        _rust(paint, surface, wish.trait("rust"), hollow)
    _hollow(paint, surface, hollow, dirt=max(wish.trait("dirt"), wish.trait("wear") * 0.6))
    if wish.trait("moss"):
        _moss(paint, surface, wish.trait("moss"), hollow)
    if wish.trait("snow"):
        _snow(paint, surface, wish.trait("snow"))
    return surface


def _shade(paint: Paint, wish: Wish, surface: Surface) -> None:
    if wish.trait("dark"):
        surface.colour = paint.tone(surface.colour, 0.4)
    elif wish.trait("light"):
        surface.colour = paint.mix(surface.colour, (0.9, 0.88, 0.84), 0.4)


def _set_finish(paint: Paint, wish: Wish, surface: Surface) -> None:
    if wish.finish in FINISH_ROUGHNESS:
        factor, more = FINISH_ROUGHNESS[wish.finish]
        surface.roughness = paint.math("MULTIPLY_ADD", surface.roughness, factor, more)


def _cover(
    paint: Paint,
    surface: Surface,
    share: Value,
    *,
    colour: Colour,
    roughness: float,
    height: Value | None = None,
    metallic: float = 0.0,
) -> None:
    """Lay another surface over this one where `share` is 1."""
    surface.colour = paint.mix(surface.colour, colour, share)
    surface.roughness = paint.between(surface.roughness, roughness, share)
    surface.metallic = paint.between(surface.metallic, metallic, share)
    if height is not None:
        surface.height = paint.between(surface.height, height, share)


def _hollow(paint: Paint, surface: Surface, hollow: Value, *, dirt: float) -> None:
    if dirt:
        patches = paint.step(paint.noise(3.5, detail=7, roughness=0.68), 0.62 - 0.2 * dirt, 0.85 - 0.2 * dirt)
        deep = paint.step(paint.add(hollow, paint.multiply(paint.noise(9, detail=5), 0.25)), 0.3, 0.75)
        share = paint.multiply(paint.math("MAXIMUM", paint.multiply(patches, 0.7), deep), min(dirt, 1) * 0.85)
        _cover(paint, surface, share, colour=DIRT, roughness=0.9)
    if not isinstance(hollow, float):
        surface.colour = paint.tone(surface.colour, paint.math("MULTIPLY_ADD", hollow, -HOLLOW_SHADE, 1.0))


def _wear(paint: Paint, wish: Wish, surface: Surface, edge: Value) -> None:
    """Rub edges bare, bleach patches, roughen all a little."""
    strength = wish.trait("wear")
    rubbed = paint.step(paint.add(edge, paint.multiply(paint.noise(14, detail=5), 0.5)), 0.75, 0.95)
    patches = paint.step(paint.noise(5, detail=8, roughness=0.7), 0.5, 0.75)
    if wish.material in METALS:
        surface.colour = paint.tone(surface.colour, paint.math("MULTIPLY_ADD", patches, -0.35 * strength, 1.0))
        surface.roughness = paint.math("MULTIPLY_ADD", patches, 0.3 * strength, surface.roughness)
        surface.colour = paint.mix(surface.colour, paint.tone(surface.colour, 1.5), paint.multiply(rubbed, strength))
        return
    pale = paint.mix(paint.tone(surface.colour, 1.7), (0.42, 0.38, 0.32), 0.35)
    share = paint.math("MAXIMUM", rubbed, paint.multiply(patches, 0.45))
    surface.colour = paint.mix(surface.colour, pale, paint.multiply(share, strength * 0.8))
    surface.roughness = paint.math("MULTIPLY_ADD", share, 0.2 * strength, surface.roughness)


def _scratch(paint: Paint, surface: Surface, strength: float) -> None:
    """Draw thin lines in three directions."""
    lines: Value = 0.0
    for turn, stretch in enumerate(((60, 2.2, 9), (3, 45, 7), (9, 4, 52))):
        streaks = paint.noise(1.0, detail=2, at=paint.scaled(paint.warped(2 + turn, 0.06), stretch))
        thin = paint.step(paint.math("ABSOLUTE", paint.math("SUBTRACT", streaks, 0.5)), 0.012, 0.0)
        lines = paint.math("MAXIMUM", lines, thin)
    here = paint.step(paint.noise(4, detail=3), 0.52 - 0.15 * strength, 0.62)
    lines = paint.multiply(paint.multiply(lines, here), strength)
    surface.colour = paint.mix(surface.colour, paint.tone(surface.colour, 1.8), paint.multiply(lines, 0.7))
    surface.roughness = paint.math("MULTIPLY_ADD", lines, 0.25, surface.roughness)
    surface.height = paint.math("MULTIPLY_ADD", lines, -0.3, surface.height)
    surface.relief = max(surface.relief, 0.0012)


def _crack(paint: Paint, surface: Surface, strength: float) -> None:
    distance, _ = paint.cells(7, feature="DISTANCE_TO_EDGE", at=paint.warped(5, 0.12, detail=5))
    crack = paint.multiply(paint.step(distance, 0.03, 0.005), strength)
    surface.colour = paint.mix(surface.colour, paint.tone(surface.colour, 0.15), crack)
    surface.height = paint.math("MULTIPLY_ADD", crack, -1.0, surface.height)
    surface.relief = max(surface.relief, 0.004)


def _dent(paint: Paint, surface: Surface, strength: float) -> None:
    distance, _ = paint.cells(17, feature="SMOOTH_F1", at=paint.warped(6, 0.03))
    surface.height = paint.math("MULTIPLY_ADD", distance, strength * 1.2, paint.multiply(surface.height, 0.2))
    surface.relief = max(surface.relief, 0.014)


def _patina(paint: Paint, surface: Surface, strength: float, hollow: Value) -> None:
    noise = paint.noise(4, detail=9, roughness=0.68, distortion=0.4)
    streaks = paint.noise(7, detail=6, at=paint.scaled(paint.position, (1, 1, 0.18)))
    amount = paint.add(paint.multiply(paint.add(noise, streaks), 0.5), paint.multiply(hollow, 0.35))
    share = paint.step(amount, 0.72 - 0.36 * strength, 0.86 - 0.3 * strength)
    colour = paint.mix(VERDIGRIS, VERDIGRIS_LIGHT, paint.noise(16, detail=6))
    _cover(paint, surface, share, colour=colour, roughness=0.85)


def _rust(paint: Paint, surface: Surface, strength: float, hollow: Value) -> None:
    noise = paint.noise(5, detail=10, roughness=0.68, distortion=0.3)
    share = paint.step(paint.add(noise, paint.multiply(hollow, 0.3)), 0.68 - 0.28 * strength, 0.74 - 0.26 * strength)
    grain = paint.noise(40, detail=5)
    colour = paint.mix(RUST_DARK, RUST_LIGHT, paint.step(grain, 0.35, 0.65))
    _cover(paint, surface, share, colour=colour, roughness=0.92, height=grain)
    surface.relief = max(surface.relief, 0.003)


def _moss(paint: Paint, surface: Surface, strength: float, hollow: Value) -> None:
    amount = paint.add(paint.multiply(paint.upward(), 0.2), paint.noise(4.5, detail=9, roughness=0.65))
    amount = paint.add(amount, paint.multiply(hollow, 0.3))
    share = paint.step(amount, 0.72 - 0.3 * strength, 0.84 - 0.3 * strength)
    tufts = paint.noise(55, detail=4, roughness=0.7)
    colour = paint.mix(MOSS_DARK, MOSS_LIGHT, paint.step(tufts, 0.3, 0.7))
    _cover(paint, surface, share, colour=colour, roughness=0.97, height=paint.add(tufts, 0.5))
    surface.relief = max(surface.relief, 0.008)


def _snow(paint: Paint, surface: Surface, strength: float) -> None:
    amount = paint.add(paint.upward(), paint.multiply(paint.noise(6, detail=6), 0.9))
    share = paint.step(amount, 1.25 - 0.9 * strength, 1.4 - 0.9 * strength)
    grain = paint.noise(30, detail=5)
    _cover(paint, surface, share, colour=SNOW, roughness=0.75, height=paint.add(paint.multiply(grain, 0.4), 0.8))
    surface.relief = max(surface.relief, 0.006)
