"""Pictures that tile without a seam, computed from numbers: weaves, knit, bricks, scales, stitches.

Red is the height, green and blue are masks (each function says which); colours come later, from the wish.
Rows run from the bottom, as Blender keeps them.
"""

from collections.abc import Callable

import bpy
import numpy as np

SIZE_PX = 1024
Layers = tuple[np.ndarray, np.ndarray, np.ndarray]


def get_image(name: str, *, seed: int) -> bpy.types.Image:
    """Return the picture of a tile in Blender, computed when it is asked for first."""
    title = f"tile {name} {seed}"
    if title in bpy.data.images:
        return bpy.data.images[title]
    image = bpy.data.images.new(title, SIZE_PX, SIZE_PX, alpha=False, float_buffer=True, is_data=True)
    layers = TILES[name](np.random.default_rng(seed))
    pixels = np.dstack([*layers, np.ones_like(layers[0])]).astype(np.float32)
    image.pixels.foreach_set(pixels.ravel())
    image.update()
    return image


def _grid() -> tuple[np.ndarray, np.ndarray]:
    """Return across and up, 0 to 1, for every pixel."""
    line = (np.arange(SIZE_PX, dtype=np.float32) + 0.5) / SIZE_PX
    across, up = np.meshgrid(line, line)
    return across, up


def noise(random: np.random.Generator, *, across: float, up: float, power: float = 1.6) -> np.ndarray:
    """Return tiling noise around 0.5 with about so many bumps each way; a higher power is softer."""
    white = np.fft.rfft2(random.standard_normal((SIZE_PX, SIZE_PX)))
    up_wave = np.fft.fftfreq(SIZE_PX, 1 / SIZE_PX)[:, None] / up
    across_wave = np.fft.rfftfreq(SIZE_PX, 1 / SIZE_PX)[None, :] / across
    wave = np.hypot(up_wave, across_wave)
    field = np.fft.irfft2(white / (1 + wave**2) ** power, (SIZE_PX, SIZE_PX))
    return np.clip(0.5 + 0.19 * field / field.std(), 0, 1).astype(np.float32)


def _dome(offset: np.ndarray) -> np.ndarray:
    """Return the height of a round thread at an offset of -1 to 1 from its middle."""
    return np.sqrt(np.clip(1 - offset**2, 0, 1))


def _smooth(value: np.ndarray, low: float, high: float) -> np.ndarray:
    share = np.clip((value - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)


def _pick(random: np.random.Generator, rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return one random number per cell of a grid."""
    table = random.random(shape).astype(np.float32)
    return table[rows.astype(int) % shape[0], columns.astype(int) % shape[1]]


def _weave(random: np.random.Generator, *, threads: int, period: int, over: int, fibres: float) -> Layers:
    """Weave two sets of threads: warp lies over the weft in `over` of `period` crossings, one further each row.

    Masks: 1 where the warp (upright) shows; how light this thread and fibre is.
    """
    across, up = _grid()
    x, y = across * threads, up * threads
    column, row = np.floor(x), np.floor(y)
    lift = _lift(y + column, period, over)
    sink = 1 - _lift(x + row, period, over)
    warp = _dome((x - column - 0.5) * 1.9) * (0.35 + 0.65 * lift)
    weft = _dome((y - row - 0.5) * 1.9) * (0.35 + 0.65 * sink)
    is_warp = warp > weft
    slub = noise(random, across=threads * 2.2, up=threads / 7)
    other = noise(random, across=threads / 7, up=threads * 2.2)
    strands = np.where(is_warp, slub, other)
    threads_warp = _pick(random, np.zeros_like(column), column, (1, threads))
    threads_weft = _pick(random, row, np.zeros_like(row), (threads, 1))
    tone = 0.6 * strands + 0.4 * np.where(is_warp, threads_warp, threads_weft)
    return np.maximum(warp, weft) * (1 - fibres) + fibres * strands, is_warp.astype(np.float32), tone


def _lift(place: np.ndarray, period: int, over: int) -> np.ndarray:
    """Return how far a thread lies up (1) or under the other (0), with soft slopes between."""
    phase = np.mod(place, period)
    edge = np.minimum(np.abs(phase - 0), np.abs(phase - period))
    edge = np.minimum(edge, np.abs(phase - over))
    is_over = phase < over
    return np.where(is_over, 0.5 + 0.5 * _smooth(edge, 0, 0.45), 0.5 - 0.5 * _smooth(edge, 0, 0.45))


def fabric(random: np.random.Generator) -> Layers:
    """Plain weave."""
    return _weave(random, threads=56, period=2, over=1, fibres=0.25)


def denim(random: np.random.Generator) -> Layers:
    """Twill: three over, one under."""
    return _weave(random, threads=112, period=4, over=3, fibres=0.3)


def carbon(random: np.random.Generator) -> Layers:
    """Flat tows in a two-by-two twill; tone: the fibres of each."""
    height, is_warp, _ = _weave(random, threads=16, period=4, over=2, fibres=0.0)
    fibres = np.where(
        is_warp > 0.5, noise(random, across=400, up=6, power=1.2), noise(random, across=6, up=400, power=1.2)
    )
    return height**0.5, is_warp, fibres


def wicker(random: np.random.Generator) -> Layers:
    """Canes woven over stakes."""
    across, up = _grid()
    stakes, canes = 10, 24
    x, y = across * stakes, up * canes
    row = np.floor(y)
    wave = np.cos(np.pi * (x - 0.5) + np.pi * row)
    cane = _dome((y - row - 0.5) * 2.0) * (0.62 + 0.38 * wave)
    stake = _dome((np.mod(x, 1) - 0.5) * 3.6) * 0.6
    is_stake = stake > cane
    strands = np.where(is_stake, noise(random, across=300, up=20), noise(random, across=14, up=400))
    tone = 0.5 * strands + 0.5 * _pick(random, row, np.floor(x / 2), (canes, stakes))
    return np.maximum(cane, stake), is_stake.astype(np.float32), tone


def knit(random: np.random.Generator) -> Layers:
    """Stocking stitch: columns of V. Masks: how deep between the yarns; how light this strand is."""
    across, up = _grid()
    columns, rows = 14, 17
    x = across * columns
    column = np.floor(x)
    aside = np.abs(x - column - 0.5) * 2
    wobble = (noise(random, across=14, up=14) - 0.5) * 0.5
    y = up * rows - aside * 1.05 + wobble
    row = np.floor(y)
    along = (y - row - 0.5) * 2
    height = _dome((aside - 0.5) * 1.95) ** 0.8 * _dome(along * 0.98) ** 0.8
    turn = np.where(x - column > 0.5, 1.0, -1.0)
    twist = 0.5 + 0.5 * np.sin((aside * 5.0 + along * 1.6) * 3.2 * turn + 6 * wobble)
    fuzz = noise(random, across=260, up=260, power=1.0)
    stitch = _pick(random, row, column, (rows, columns))
    tone = 0.35 * twist + 0.35 * fuzz + 0.3 * stitch
    return height * 0.82 + 0.1 * twist * height + 0.08 * fuzz, 1 - _smooth(height, 0.05, 0.6), tone


def _bricks(random: np.random.Generator, *, rows: int, columns: int, gap: float, shift: float, chip: float) -> Layers:
    """Lay stones in rows. Masks: a random number for each stone; 1 in the joint between them."""
    across, up = _grid()
    wave_x, wave_y = noise(random, across=30, up=30) - 0.5, noise(random, across=30, up=30) - 0.5
    y = up * rows + wave_y * chip * 0.16
    row = np.floor(y)
    x = across * columns + np.mod(row, 2) * shift + wave_x * chip * 0.16 * columns / rows
    column = np.floor(x)
    side = 0.5 - np.abs(x - column - 0.5)
    level = 0.5 - np.abs(y - row - 0.5)
    distance = np.minimum(side * rows / columns, level)
    distance = distance + (noise(random, across=70, up=70, power=1.4) - 0.5) * chip * 0.09
    stone = _smooth(distance, gap * 0.5, gap * 0.5 + 0.09)
    pits = noise(random, across=110, up=110, power=1.1)
    height = stone * (0.82 + 0.18 * _pick(random, row, column, (rows, columns))) - stone * chip * 0.35 * pits
    joint = 1 - _smooth(distance, gap * 0.42, gap * 0.62)
    return (
        np.clip(height + 0.1 * joint * pits, 0, 1),
        _pick(random, row, column, (rows, columns)),
        joint,
    )


def brick(random: np.random.Generator) -> Layers:
    """Bricks in running bond."""
    return _bricks(random, rows=12, columns=4, gap=0.16, shift=0.5, chip=1.0)


def mosaic(random: np.random.Generator) -> Layers:
    """Small square tiles."""
    return _bricks(random, rows=14, columns=14, gap=0.13, shift=0.0, chip=0.25)


def bamboo(random: np.random.Generator) -> Layers:
    """Upright canes with rings. Masks: how near a ring; how light this cane and fibre is."""
    across, up = _grid()
    canes, rings = 8, 2
    x = across * canes
    cane = np.floor(x)
    offset = (x - cane - 0.5) * 2
    y = up * rings + _pick(random, np.zeros_like(cane), cane, (1, canes))
    to_ring = np.abs(np.mod(y, 1) - 0.5) / rings
    swell = np.exp(-((to_ring / 0.012) ** 2)) - 0.8 * np.exp(-((to_ring / 0.003) ** 2))
    fibre = noise(random, across=220, up=3)
    height = _dome(offset) * (0.86 + 0.14 * swell) + 0.02 * fibre
    tone = 0.55 * _pick(random, np.floor(y), cane, (rings, canes)) + 0.45 * fibre
    return height, np.exp(-((to_ring / 0.006) ** 2)), tone


def scales(random: np.random.Generator) -> Layers:
    """Rows of scales, each over the next below. Masks: a random number each; from rim (0) to root (1)."""
    across, up = _grid()
    columns, rows, reach = 12, 16, 2.0
    height, tone, inside = (np.zeros((SIZE_PX, SIZE_PX), np.float32) for _ in range(3))
    y = up * rows
    table = random.random((rows, columns)).astype(np.float32)
    for lower in (0, 1, 2):  # upper rows are laid last, over those below
        row = np.floor(y) + lower
        x = across * columns + np.mod(row, 2) * 0.5
        column = np.floor(x)
        down = (row + 0.5 - y) / reach
        aside = (x - column - 0.5) * 2
        width = np.sqrt(np.clip(1 - np.clip((down - 0.35) / 0.65, 0, 1) ** 2.2, 0, 1))
        rim = np.minimum(width * 1.04 - np.abs(aside), (1 - down) * 1.4)
        is_here = (rim > 0) & (down > -0.3)
        keel = np.exp(-((aside / 0.16) ** 2)) * 0.1
        body = 0.25 + 0.55 * np.clip(down, 0, 1) + 0.2 * _dome(aside * 0.95) + keel
        body = body * _smooth(rim, 0.0, 0.14)
        height = np.where(is_here, body, height)
        inside = np.where(is_here, _smooth(rim, 0.0, 0.5) * (1 - 0.35 * np.clip(down, 0, 1)), inside)
        tone = np.where(is_here, table[row.astype(int) % rows, column.astype(int) % columns], tone)
    return height, tone, inside


def stitches(random: np.random.Generator) -> Layers:
    """Panels with a seam between and a row of stitches on either side. Masks: thread; the fold of the seam."""
    across, up = _grid()
    height = np.ones((SIZE_PX, SIZE_PX), np.float32)
    thread, fold = np.zeros_like(height), np.zeros_like(height)
    wobble = (noise(random, across=5, up=5) - 0.5) * 0.006
    for here, along in ((across, up), (up, across)):
        distance = np.abs(np.mod(here + wobble + 0.5, 1) - 0.5)
        fold = np.maximum(fold, np.exp(-((distance / 0.0055) ** 2)))
        height = np.minimum(height, 0.15 + 0.85 * (1 - np.exp(-distance / 0.018)))
        beat = np.mod(along * 30, 1) - 0.5
        aside = (distance - 0.024) / 0.0062
        end = np.maximum(np.abs(beat) - 0.22, 0) * 1 / 30 / 0.0062
        seam = _dome(np.hypot(aside, end))
        hole = np.exp(-(np.hypot(aside, (np.abs(beat) - 0.42) / 30 / 0.0062) ** 2) * 1.5)
        pull = np.exp(-((distance - 0.024) ** 2) / 0.00012) * 0.3
        height = height - pull - 0.25 * hole
        height = np.where(seam > 0.1, np.maximum(height, 0.25 + 0.75 * seam), height)
        thread = np.maximum(thread, _smooth(seam, 0.1, 0.4))
        fold = np.maximum(fold, hole * 0.8)
    return np.clip(height, 0, 1), thread, np.clip(fold, 0, 1)


def fur(random: np.random.Generator) -> Layers:
    """Strands that hang down. Masks: locks; single hairs."""
    across, up = _grid()
    bend = (noise(random, across=4, up=3) - 0.5) * 0.035 + (noise(random, across=14, up=9) - 0.5) * 0.012
    columns = np.mod(across + bend, 1)
    rows = (up * SIZE_PX).astype(int) % SIZE_PX
    pick = (columns * SIZE_PX).astype(int) % SIZE_PX
    locks = noise(random, across=46, up=7)[rows, pick]
    hairs = noise(random, across=260, up=12, power=1.2)[rows, pick]
    return 0.6 * locks + 0.4 * hairs, locks, hairs


def flourish(random: np.random.Generator) -> Layers:
    """Flowers and leaves on curling stems, as painted on porcelain: red is the drawing. Masks: thickness of the ink."""
    drawn = np.zeros((SIZE_PX, SIZE_PX), np.float32)
    line_of_cells = (np.arange(SIZE_PX // 2, dtype=np.float32) + 0.5) / (SIZE_PX // 4) - 1
    across, up = np.meshgrid(line_of_cells, line_of_cells)
    places = [(column + 0.5 * (row % 2), row) for row in range(4) for column in range(4)]
    for number, (column, row) in enumerate(places):
        x, y = across + random.uniform(-0.08, 0.08), up + random.uniform(-0.08, 0.08)
        radius, angle = np.hypot(x, y), np.arctan2(y, x) + random.uniform(0, 6)
        petals = 5 + number % 3
        size = 0.26 if number % 2 else 0.17
        rim = size * (0.72 + 0.28 * np.abs(np.cos(angle * petals / 2)))
        line = np.exp(-(((radius - rim) / 0.016) ** 2))
        fill = (radius < rim) * (0.45 + 0.5 * (radius / rim) ** 3)
        veins = (radius < rim * 0.9) * (radius > 0.07) * np.exp(-((np.sin(angle * petals / 2) * radius / 0.014) ** 2))
        heart = np.exp(-((radius / 0.045) ** 4)) + np.exp(-(((radius - 0.075) / 0.01) ** 2))
        curl = _draw_curl(x, y, turn=random.uniform(0, 6.28), start=size)
        rows = (np.arange(SIZE_PX // 2) + int((row - 0.5) * SIZE_PX / 4)) % SIZE_PX
        columns = (np.arange(SIZE_PX // 2) + int((column - 0.5) * SIZE_PX / 4)) % SIZE_PX
        here = np.ix_(rows, columns)
        drawn[here] = np.maximum.reduce([drawn[here], line, fill, veins * 0.9, heart, curl])
    ink = noise(random, across=22, up=22)
    return np.clip(drawn, 0, 1), ink, drawn


def _draw_curl(x: np.ndarray, y: np.ndarray, *, turn: float, start: float) -> np.ndarray:
    """Draw a stem that winds up at its end, with leaves."""
    drawn = np.zeros_like(x)
    for share in np.linspace(0, 1, 40):
        bend = turn + 2.6 * share**2 * 2.2
        reach = start + 0.34 * np.sin(share * 2.2)
        at_x, at_y = (
            reach * np.cos(turn) + 0.16 * share * np.cos(bend),
            reach * np.sin(turn) + 0.16 * share * np.sin(bend),
        )
        distance = np.hypot(x - at_x, y - at_y)
        drawn = np.maximum(drawn, _smooth(-distance, -0.022 + 0.008 * share, -0.008))
    for share, side in ((0.25, 0.7), (0.5, -0.7), (0.7, 0.7)):
        reach = start + 0.34 * np.sin(share * 2.2)
        dx, dy = x - reach * np.cos(turn), y - reach * np.sin(turn)
        along = dx * np.cos(turn + side) + dy * np.sin(turn + side) - 0.09
        aside = -dx * np.sin(turn + side) + dy * np.cos(turn + side)
        leaf = _dome(np.clip(along / 0.09, -1, 1)) * 0.035 - np.abs(aside)
        drawn = np.maximum(drawn, _smooth(leaf, 0.0, 0.008) * (0.75 + 0.25 * (np.abs(aside) > 0.006)))
    return drawn


TILES: dict[str, Callable[[np.random.Generator], Layers]] = {
    "fabric": fabric,
    "denim": denim,
    "carbon": carbon,
    "wicker": wicker,
    "knit": knit,
    "brick": brick,
    "mosaic": mosaic,
    "bamboo": bamboo,
    "scales": scales,
    "stitches": stitches,
    "fur": fur,
    "flourish": flourish,
}
