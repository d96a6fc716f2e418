"""What a reference picture shows: a subject cut out of its background, or a pattern that fills the whole frame."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

LOOK_PX = 320
"""The outline is looked for in a copy of this size; more pixels make it no better."""
LEAST_SHARE, MOST_SHARE = 0.02, 0.94
"""How much of a picture a subject may cover; beyond, it is taken for a pattern."""
FLAT_DEVIATION = 0.035
"""A border is flat where it differs from its own smooth fit by less than this (of 1), in the middle case."""
BACKGROUND_STEP, SHADOW_CHROMA, SHADOW_GRADIENT = 0.055, 0.03, 0.02
"""How far from the background's colour a pixel still is background; how much its tint may change in a shadow, and
how fast its light may fall there."""
DARKEST_SHADOW = 0.35
DOUBTFUL_STEPS, GROUND_SHARE = 9, 0.35
"""How wide the rim is in which background may be left, and how much of the subject's height may stand in a shadow."""
RAGGED = 1.6
"""An outline that grows by this factor when shadows are taken away has lost parts of the subject with them."""
MOST_BORDER_SHARE = 0.35
"""A subject found by its colours may touch so much of the frame."""
BINS = 12
LIKE_BORDER = 0.55
"""Overlap of the colours of the frame and of the middle; from here on, nothing stands before anything."""


@dataclass(frozen=True)
class Subject:
    """A picture and what it shows.

    `pixels` are rows from the top, sRGB 0..1, float32. `mask` tells where the subject is; None for a pattern. `box` is
    the subject's (left, top, right, bottom) in pixels.
    """

    pixels: np.ndarray
    mask: np.ndarray | None
    box: tuple[float, float, float, float]
    doubt: np.ndarray | None = None
    """Parts of the subject's rim that look like background or like shadow on the ground (any size)."""

    @property
    def is_pattern(self) -> bool:
        """Whether the whole frame is one pattern."""
        return self.mask is None


def find_subject(picture: Image.Image) -> Subject:
    """Cut the subject out of an RGBA picture: by its alpha, by a flat border, or by colours unlike the border's."""
    small = picture.copy()
    small.thumbnail((LOOK_PX, LOOK_PX), Image.Resampling.BOX)
    mask, doubt = _find_mask(np.asarray(small, dtype=np.float32) / 255)
    colours = np.asarray(_flatten(picture), dtype=np.float32) / 255
    if mask is None:
        return Subject(colours, None, (0, 0, picture.width, picture.height))
    shape = Image.fromarray((mask * 255).astype(np.uint8)).resize(picture.size, Image.Resampling.BICUBIC)
    sharp = np.asarray(shape.filter(ImageFilter.GaussianBlur(picture.width / LOOK_PX * 0.7))) > 127
    rows, columns = np.flatnonzero(sharp.any(axis=1)), np.flatnonzero(sharp.any(axis=0))
    box = (float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
    return Subject(colours, sharp, box, doubt)


def keep_colours(subject: Subject, *, within: np.ndarray | None = None) -> np.ndarray:
    """Return the picture with the subject's colours bled outwards over its background.

    `within` (any size) says where else than outside the mask no subject can be: gaps that the cut did not find.
    """
    assert subject.mask is not None  # a pattern has no background
    known = shrink(subject.mask, steps=max(1, round(max(subject.mask.shape) / 400)))
    if within is not None:
        known &= _enlarge(within, known.shape)
    if subject.doubt is not None:
        known &= ~_enlarge(subject.doubt, known.shape)
    return bleed(subject.pixels, known=known if known.any() else subject.mask)


def _enlarge(mask: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    large = Image.fromarray((mask * 255).astype(np.uint8)).resize((shape[1], shape[0]), Image.Resampling.BILINEAR)
    return np.asarray(large) > 127


def _flatten(picture: Image.Image) -> Image.Image:
    """Drop the alpha; what is clear takes no colour of its own, as it is bled over later."""
    ground = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(ground, picture).convert("RGB")


def _find_mask(picture: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return where the subject is, and where of that there is doubt."""
    alpha, colours = picture[..., 3], picture[..., :3]
    found: np.ndarray | None
    if (alpha < 0.5).mean() > 0.02:
        found = alpha >= 0.5
        return (found if found.mean() > 0.001 else None), None
    background, doubt = fit_background(colours), None
    if background is not None:
        found, doubt = _cut_from_flat(colours, background)
    else:
        found = _cut_by_colours(colours)
    if found is None:
        return None, None
    found = drop_specks(found)
    return (found if LEAST_SHARE < found.mean() < MOST_SHARE else None), doubt


def select_border(shape: tuple[int, ...], share: float = 0.0) -> np.ndarray:
    """Return the frame of a picture, so deep a share of its shorter side, and one pixel at least."""
    height, width = shape[:2]
    depth = max(1, round(min(height, width) * share))
    border = np.ones((height, width), dtype=bool)
    border[depth:-depth, depth:-depth] = False
    return border


def fit_background(colours: np.ndarray) -> np.ndarray | None:
    """Continue the border's colours smoothly over the picture (studio paper is never quite even); None: not flat."""
    border = select_border(colours.shape, 0.025)
    background, apart = _fit_smoothly(colours, known=border, degree=2)
    if np.quantile(apart[border], 0.7) > FLAT_DEVIATION:
        return None
    return background


def _fit_smoothly(colours: np.ndarray, *, known: np.ndarray, degree: int) -> tuple[np.ndarray, np.ndarray]:
    """Fit a polynomial to the known pixels that strays do not bend; return it and how far the picture is from it."""
    height, width = colours.shape[:2]
    rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    powers = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]
    terms = np.stack([rows**i * columns**j for i, j in powers], axis=-1)
    samples, wanted = terms[known][::3], colours[known][::3]
    weights = np.ones(len(samples))
    for _ in range(8):  # what leaves the frame (a foot, a shadow) must not bend the fit
        fit, *_ = np.linalg.lstsq(samples * weights[:, None], wanted * weights[:, None], rcond=1e-6)
        weights = 1 / (1 + (np.abs(wanted - samples @ fit).max(axis=1) / 0.02) ** 2)
    background = np.clip(terms @ fit, 0, 1).astype(np.float32)
    return background, np.abs(colours - background).max(axis=2)


def _cut_from_flat(colours: np.ndarray, background: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Flood the background from the frame inwards, learning its colours on the way; then through soft shadows.

    Returns the subject, and the parts of its rim that look like background.
    """
    frame = select_border(colours.shape, 0.01)
    reached = frame
    for degree in (2, 3, 4):
        free = np.abs(colours - background).max(axis=2) < BACKGROUND_STEP
        reached = flood(free, seeds=frame & free)
        background, _ = _fit_smoothly(colours, known=reached | frame, degree=degree)
    light = colours.mean(axis=2) / np.maximum(background.mean(axis=2), 0.05)
    tint = np.abs(colours - background * light[..., None]).max(axis=2)
    is_shade = (tint < SHADOW_CHROMA) & (light > DARKEST_SHADOW) & (light < 1.02)
    shadow = is_shade & (_measure_gradient(colours) < SHADOW_GRADIENT)
    plain, without_shadow = ~reached, ~flood(free | shadow, seeds=frame & (free | shadow))
    is_whole = _measure_raggedness(without_shadow) < RAGGED * _measure_raggedness(plain)
    chosen = without_shadow if is_whole else plain  # a grey subject may leak away like a shadow
    thin = chosen & ~grow(shrink(chosen, steps=3), steps=4)
    found = chosen & ~(thin & is_shade)
    rim = grow(~found, steps=DOUBTFUL_STEPS) & found
    rows = np.flatnonzero(found.any(axis=1))
    ground = np.arange(len(found)) > (rows[-1] - GROUND_SHARE * np.ptp(rows) if len(rows) else 0)
    is_paper = np.abs(colours - background).max(axis=2) < 1.5 * BACKGROUND_STEP
    doubt = rim & (is_paper | (is_shade & ground[:, None]))
    return found, grow(doubt, steps=1)  # its fringe is of both colours


def _measure_raggedness(mask: np.ndarray) -> float:
    """Return the length of the outline, in measures of the size: smallest for a disc."""
    return float((mask & ~shrink(mask, steps=1)).sum()) / max(float(mask.sum()), 1) ** 0.5


def _measure_gradient(colours: np.ndarray) -> np.ndarray:
    grey = colours.mean(axis=2)
    down, across = np.gradient(grey)
    return np.hypot(down, across)


def _cut_by_colours(colours: np.ndarray) -> np.ndarray | None:
    """Tell the subject from an uneven background by colours: those of the frame against those of the middle."""
    codes = np.minimum((colours * BINS).astype(np.int64), BINS - 1) @ np.array([BINS * BINS, BINS, 1])
    middle = ~select_border(colours.shape, 0.25)
    frame = select_border(colours.shape, 0.08)
    if np.minimum(_count(codes[middle]), _count(codes[frame])).sum() > LIKE_BORDER:
        return None
    mask, outside = middle, frame
    for _ in range(6):
        likely = np.log((_count(codes[mask]) + 1e-4) / (_count(codes[outside]) + 1e-4))[codes]
        mask = blur(likely.astype(np.float32), radius=3) > 0
        outside = ~mask | frame
    return None if (mask & frame).sum() > MOST_BORDER_SHARE * frame.sum() else mask


def _count(codes: np.ndarray) -> np.ndarray:
    counts = np.bincount(codes, minlength=BINS**3).reshape(BINS, BINS, BINS).astype(np.float32)
    for axis in range(3):  # neighbouring colours count a little, or a gradient falls into separate bins
        counts = counts + 0.5 * (np.roll(counts, 1, axis) + np.roll(counts, -1, axis))
    return counts.ravel() / max(float(counts.sum()), 1)


def flood(free: np.ndarray, *, seeds: np.ndarray) -> np.ndarray:
    """Return what can be reached from the seeds over free pixels, step by step to the four sides."""
    reached = seeds & free
    count = -1
    while count != (count := int(reached.sum())):
        for _ in range(8):
            reached = grow(reached, steps=1) & free
    return reached


def grow(mask: np.ndarray, *, steps: int) -> np.ndarray:
    """Widen a mask by so many pixels to the four sides."""
    for _ in range(steps):
        wider = mask.copy()
        wider[1:] |= mask[:-1]
        wider[:-1] |= mask[1:]
        wider[:, 1:] |= mask[:, :-1]
        wider[:, :-1] |= mask[:, 1:]
        mask = wider
    return mask


def shrink(mask: np.ndarray, *, steps: int) -> np.ndarray:
    """Narrow a mask by so many pixels; the frame counts as inside."""
    return ~grow(~mask, steps=steps)


def drop_specks(mask: np.ndarray) -> np.ndarray:
    """Keep what hangs together with something solid, and close gaps inside of a few pixels."""
    solid = mask
    for steps in (4, 2, 1):
        solid = shrink(mask, steps=steps)
        if solid.any():
            break
    kept = flood(mask, seeds=solid) if solid.any() else mask
    return shrink(grow(kept, steps=1), steps=1)


def blur(values: np.ndarray, *, radius: int) -> np.ndarray:
    """Blur a plane three times by a box, which is nearly a Gaussian; edges repeat."""
    for axis in (0, 1) * 3:
        padded = np.concatenate(
            [
                np.repeat(values.take([0], axis), radius + 1, axis),
                values,
                np.repeat(values.take([-1], axis), radius, axis),
            ],
            axis,
        )
        sums = np.cumsum(padded, axis, dtype=np.float64)
        wide = 2 * radius + 1
        count = values.shape[axis]
        upper = sums.take(range(wide, wide + count), axis)
        values = ((upper - sums.take(range(count), axis)) / wide).astype(np.float32)
    return values


def bleed(colours: np.ndarray, *, known: np.ndarray) -> np.ndarray:
    """Continue known colours smoothly over all other pixels: averaged down to one pixel, then taken back up."""
    if known.all() or max(colours.shape[:2]) == 1:
        return colours
    weights = known.astype(np.float32)[..., None]
    summed, counts = _halve(colours * weights), _halve(weights)
    coarse = np.divide(summed, counts, out=np.zeros_like(summed), where=counts > 0)
    coarse = bleed(coarse, known=counts[..., 0] > 0)
    return np.where(known[..., None], colours, _double(coarse, colours.shape[:2]))


def _halve(values: np.ndarray) -> np.ndarray:
    height, width, depth = values.shape
    padded = np.pad(values, ((0, height % 2), (0, width % 2), (0, 0)))
    return padded.reshape(-(-height // 2), 2, -(-width // 2), 2, depth).sum(axis=(1, 3))


def _double(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Take a picture to twice its size with soft steps, cut to `shape`."""
    for axis in (0, 1):
        before = np.concatenate([values.take([0], axis), values], axis)
        after = np.concatenate([values, values.take([-1], axis)], axis)
        low = 0.75 * values + 0.25 * before.take(range(values.shape[axis]), axis)
        high = 0.75 * values + 0.25 * after.take(range(1, values.shape[axis] + 1), axis)
        values = np.stack([low, high], axis + 1).reshape(
            *values.shape[:axis], 2 * values.shape[axis], *values.shape[axis + 1 :]
        )
    return values[: shape[0], : shape[1]].astype(np.float32)
