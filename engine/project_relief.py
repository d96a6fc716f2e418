"""A surface to go with projected colours: relief and roughness guessed from what is light and dark in them."""

import numpy as np

from engine.project_subject import blur

FINE_SHARE = 1 / 160
"""Of the texture: relief is what is finer than this; what is broader is shade or colour."""
MOST_HEIGHT = 0.12
"""Of 1: how much lighter than its surroundings a place counts at most; a black eye is no deep hole."""
STEEPNESS = 2.2 / 1024
"""Slope for a step of lightness from one texel to the next, per texel of the texture's width."""
ROUGHNESS_SPREAD = 0.9
"""How much smoother light places are than dark ones: worn edges and highlights are light, dirt in hollows is dark."""


def build_relief(base_color: np.ndarray, *, size_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Return heights (about -0.1 to 0.1) and normals (as glTF has them, uint8) for a base colour, in another size."""
    step = max(1, base_color.shape[0] // size_px)
    light = base_color[::step, ::step].astype(np.float32).mean(axis=2) / 255
    fine = light - blur(light, radius=max(1, round(size_px * FINE_SHARE)))
    heights = MOST_HEIGHT * np.tanh(fine / MOST_HEIGHT)
    down, across = np.gradient(heights)
    slope = STEEPNESS * size_px
    normals = np.stack([-across * slope, down * slope, np.ones_like(heights)], axis=-1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    return heights, ((normals + 1) * 127.5).round().astype(np.uint8)


def build_roughness(heights: np.ndarray, *, roughness: float) -> np.ndarray:
    """Return a roughness map (uint8) around one value."""
    return ((roughness - ROUGHNESS_SPREAD * heights).clip(0.05, 1) * 255).round().astype(np.uint8)
