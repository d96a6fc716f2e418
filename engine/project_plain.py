"""The subject without what only its front has: a face, a label, a dial must not appear again on the back.

What belongs to the front alone is a patch of colour that never touches the outline. Colours that do reach the outline
go on around it, so they may be repeated there.
"""

import numpy as np
from PIL import Image

from engine.project_subject import bleed, blur, grow, shrink

LOOK_PX = 256
COLOURS = 8
ROUNDS = 12
LIGHT_WEIGHT = 0.6
"""How much lightness counts beside tint: shading must not part one colour into two."""
OUTLINE_STEPS = 4
LEAST_PLAIN_SHARE = 0.35
"""Of the subject: if less of it touches the outline, it is patterned all over, and is kept as it is."""


def remove_features(pixels: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the picture with patches that do not touch the outline painted over by what is around them."""
    scale = min(1, LOOK_PX / max(mask.shape))
    size = (max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale)))
    small = np.stack([_resize(pixels[..., band], size) for band in range(3)], axis=-1)
    inside = _resize(mask.astype(np.float32), size) > 0.5
    if inside.sum() < COLOURS * 4:
        return pixels
    soft = np.stack([blur(small[..., band], radius=1) for band in range(3)], axis=-1)
    kinds = np.where(inside, _sort_colours(soft, inside), -1)
    around = grow(~inside, steps=OUTLINE_STEPS) & inside
    plain = _follow_kinds(kinds, around)
    features = inside & ~plain
    features = grow(shrink(features, steps=1), steps=4) & ~grow(~inside, steps=2)
    if (inside & ~features).sum() < LEAST_PLAIN_SHARE * inside.sum():
        return pixels
    return _paint_over(pixels, features)


def _resize(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return np.asarray(Image.fromarray(values.astype(np.float32)).resize(size, Image.Resampling.BOX))


def _sort_colours(pixels: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Return for each pixel which of a few colours of the subject it is nearest to (k-means, begun the same way)."""
    light = pixels.mean(axis=2, keepdims=True)
    values = np.concatenate([light * LIGHT_WEIGHT, pixels - light], axis=2)
    samples = values[inside]
    centres = samples[[0]]
    for _ in range(COLOURS - 1):  # the next one is what is farthest from those chosen
        apart = np.min([np.abs(samples - centre).sum(axis=1) for centre in centres], axis=0)
        centres = np.concatenate([centres, samples[[int(apart.argmax())]]])
    for _ in range(ROUNDS):
        kinds = _find_nearest(samples, centres)
        members = [samples[kinds == kind] for kind in range(COLOURS)]
        centres = np.stack(
            [part.mean(axis=0) if len(part) else old for part, old in zip(members, centres, strict=True)]
        )
    return _find_nearest(values, centres)


def _find_nearest(values: np.ndarray, centres: np.ndarray) -> np.ndarray:
    return np.stack([((values - centre) ** 2).sum(axis=-1) for centre in centres], axis=-1).argmin(axis=-1)


def _follow_kinds(kinds: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Return what can be reached from the seeds without a step to another kind of pixel."""
    down, across = kinds[1:] == kinds[:-1], kinds[:, 1:] == kinds[:, :-1]
    reached, count = seeds.copy(), -1
    while count != (count := int(reached.sum())):
        for _ in range(8):
            wider = reached.copy()
            wider[1:] |= reached[:-1] & down
            wider[:-1] |= reached[1:] & down
            wider[:, 1:] |= reached[:, :-1] & across
            wider[:, :-1] |= reached[:, 1:] & across
            reached = wider
    return reached


def _paint_over(pixels: np.ndarray, features: np.ndarray) -> np.ndarray:
    share = Image.fromarray((features * 255).astype(np.uint8))
    share = share.resize((pixels.shape[1], pixels.shape[0]), Image.Resampling.BICUBIC)
    cover = np.asarray(share, dtype=np.float32)[..., None] / 255
    smooth = bleed(pixels, known=cover[..., 0] < 0.02)
    return pixels * (1 - cover) + smooth * cover
