"""Digits, weights and tables of the digits network as pictures and colours."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from nnlib.inputs.digits import BOUNDS, CLASSES, SHAPE
from pages.ui.drawing import palette
from pages.ui.drawing.fields import field_index, png
from pages.ui.drawing.palette import Theme

CLEAR = 255  # palette index of what is transparent
GAP = 1  # clear pixels between the pictures of a sheet


@lru_cache(maxsize=2)
def ink_palette(theme: Theme) -> bytes:
    """256 colours from paper (0) to ink (254); the last one is spare, transparent in a PNG."""
    paper = np.array(palette.ZERO[theme], float)
    ink = np.array(palette.rgb(palette.INK[theme]), float)
    share = np.linspace(0, 1, palette.LEVELS)[:, None]
    colours = np.vstack([paper + share * (ink - paper), paper[None]])
    return colours.round().astype(np.uint8).tobytes()


def digit(picture: np.ndarray, theme: Theme) -> bytes:
    """A picture (64,) in [0, 1] as a PNG of 8 x 8 pixels, ink on paper."""
    return png(_ink_index(picture.reshape(SHAPE)), ink_palette(theme))


def difference(r: np.ndarray, scale: float, theme: Theme) -> bytes:
    """r (64,) as a PNG of 8 x 8 pixels: orange takes ink away, blue adds; +-scale are the ends."""
    return png(field_index(r.reshape(SHAPE), scale or 1.0), palette.field_palette(theme))


def digits(pictures: np.ndarray, columns: int, theme: Theme) -> bytes:
    """Pictures (n, 64) in [0, 1] as one PNG, `columns` in a row."""
    index = _ink_index(pictures.reshape(-1, *SHAPE))
    return png(sheet(index, columns), ink_palette(theme), CLEAR)


def weights(pictures: np.ndarray, scale: float, columns: int, theme: Theme) -> bytes:
    """Weights (n, 8, 8) as one PNG, `columns` in a row; +-scale are the ends of the colours."""
    index = field_index(pictures, scale or 1.0)
    return png(sheet(index, columns), palette.field_palette(theme), CLEAR)


def sheet(index: np.ndarray, columns: int) -> np.ndarray:
    """Pictures (n, h, w) of palette indices, side by side in rows, GAP clear pixels between."""
    n, h, w = index.shape
    rows = -(-n // columns)
    cells = np.full((rows * columns, h + GAP, w + GAP), CLEAR, np.uint8)
    cells[:n, :h, :w] = index
    cells = cells.reshape(rows, columns, h + GAP, w + GAP).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(cells.reshape(rows * (h + GAP), -1)[:-GAP, :-GAP])


def confusion_colours(counts: np.ndarray, theme: Theme) -> list[list[str]]:
    """A colour for each cell of a confusion matrix (10, 10): right blue, wrong orange.

    By the root of the share of its row: one mistake in 45 is to be seen.
    """
    share = np.sqrt(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))
    right = np.eye(CLASSES, dtype=bool)
    return _blended(np.where(right, share, -np.minimum(1, 2 * share)), theme)


def accuracy_colours(shares: np.ndarray, theme: Theme) -> list[list[str]]:
    """A colour for each accuracy, any (n, m): orange where nothing is right, blue where all is."""
    return _blended(2 * shares - 1, theme)


def _blended(values: np.ndarray, theme: Theme) -> list[list[str]]:
    """Values from -1 to 1 as colours '#RRGGBB' that ink can be read on."""
    colours = np.frombuffer(palette.field_palette(theme, 0.5), np.uint8).reshape(-1, 3)
    index = field_index(values)
    return [[palette.hex_colour(tuple(map(int, colours[i]))) for i in row] for row in index]


def _ink_index(pictures: np.ndarray) -> np.ndarray:
    low, high = BOUNDS
    share = np.clip((pictures - low) / (high - low), 0, 1)
    return np.round(share * (palette.LEVELS - 1)).astype(np.uint8)
