"""Every colour and marker of the product, in one place, for light and dark.

Fields run from orange (negative) to blue (positive) through a neutral zero: a pair that all
common kinds of colour blindness keep apart. Classes take the colours of Okabe and Ito (2008),
and each class has a marker shape of its own, so that colour is never the only sign.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np

Theme = Literal["light", "dark"]

NEGATIVE, POSITIVE = (230, 126, 20), (0, 107, 190)
ZERO: dict[Theme, tuple[int, int, int]] = {"light": (245, 246, 248), "dark": (24, 28, 36)}
INK: dict[Theme, str] = {"light": "#24303f", "dark": "#e3e8ef"}
FAINT: dict[Theme, str] = {"light": "#d8dee7", "dark": "#3a4352"}
TRAIN, TEST = {"light": "#24303f", "dark": "#f2f5f9"}, {"light": "#b8378b", "dark": "#e58ac4"}
# The test losses of up to four branches: a colour and a dash of its own for each.
BRANCHES: dict[Theme, tuple[str, ...]] = {
    "light": (TEST["light"], "#0072B2", "#00805D", "#C25700"),
    "dark": (TEST["dark"], "#56B4E9", "#2FC99A", "#F0A35E"),
}
BRANCH_DASHES = ("dot", "dash", "dashdot", "longdash")

# Okabe & Ito, orange and blue first: with two classes they are the field's own two sides.
CLASSES = ("#E67E14", "#006BBE", "#009E73", "#CC79A7", "#F0E442", "#56B4E9", "#8C5109", "#7A7A7A")
SYMBOLS = ("circle", "square", "triangle-up", "diamond", "cross", "x", "star", "pentagon")
SYMBOL_SIGNS = ("●", "■", "▲", "◆", "✚", "✖", "★", "⬟")

FIELD_STRENGTH = 0.7  # of the colours of the output field, behind the points
LEVELS = 255  # steps of a field from -1 to 1; index 255 is transparent
CLASS_LEVELS = 31  # steps of confidence for each class


def rgb(colour: str) -> tuple[int, int, int]:
    """'#RRGGBB' -> (r, g, b)."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue


def hex_colour(colour: tuple[int, ...]) -> str:
    """(r, g, b) -> '#RRGGBB'."""
    return "#{:02X}{:02X}{:02X}".format(*colour)


def colorscale(theme: Theme, strength: float = 1.0) -> list[list[float | str]]:
    """The field colours as a Plotly colour scale over [-1, 1]."""
    colours = np.frombuffer(field_palette(theme, strength), np.uint8).reshape(-1, 3)
    places = ((0.0, 0), (0.5, LEVELS // 2), (1.0, LEVELS - 1))
    return [[place, hex_colour(tuple(map(int, colours[index])))] for place, index in places]


@lru_cache(maxsize=8)
def field_palette(theme: Theme, strength: float = 1.0) -> bytes:
    """256 colours: 0 ... 254 from -1 to 1, the last one (transparent in a PNG) spare.

    With less strength the ends are paler, so that points of the same colour stand out.
    """
    v = np.linspace(-strength, strength, LEVELS)[:, None]
    zero = np.array(ZERO[theme], float)
    side = np.where(v < 0, np.array(NEGATIVE, float), np.array(POSITIVE, float))
    colours = zero + np.abs(v) * (side - zero)
    return np.vstack([colours, zero[None]]).round().astype(np.uint8).tobytes()


@lru_cache(maxsize=4)
def class_palette(theme: Theme) -> bytes:
    """256 colours: class c at confidence level i of CLASS_LEVELS has index c * CLASS_LEVELS + i."""
    zero = np.array(ZERO[theme], float)
    strength = np.linspace(0.08, FIELD_STRENGTH, CLASS_LEVELS)[:, None]
    rows = [zero + strength * (np.array(rgb(colour), float) - zero) for colour in CLASSES]
    colours = np.vstack([*rows, np.tile(zero, (256 - CLASS_LEVELS * len(CLASSES), 1))])
    return colours.round().astype(np.uint8).tobytes()
