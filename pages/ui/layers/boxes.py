"""The square (or cube) that a cloud of points is drawn in, its ticks, and what a line cuts from it.

All axes of a box have one scale, so that a rotation looks like one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from nnlib.spaces.separability import Separator

SIZES = (1.0, 1.25, 1.6, 2.0, 2.5, 3.2, 4.0, 5.0, 6.3, 8.0)  # times a power of ten: half a side
ROOM = 1.08  # between the points and the edges
TINY = 1e-3  # half a side at least


@dataclass(frozen=True)
class Box:
    """All p with |p - center| <= half along every axis; center (d,), d = 1, 2 or 3."""

    center: np.ndarray
    half: float

    def ticks(self) -> list[list[float]]:
        """For every axis two to five round numbers inside the box."""
        step = _round_step(self.half)
        return [
            [round(i * step, 9) for i in range(math.ceil(low / step), math.floor(high / step) + 1)]
            for low, high in zip(self.center - self.half, self.center + self.half, strict=True)
        ]

    def widened(self, dimensions: int) -> Box:
        """The same box with as many axes, new ones around 0."""
        missing = dimensions - len(self.center)
        return Box(np.pad(self.center, (0, missing)), self.half) if missing > 0 else self

    def toward(self, other: Box, share: float) -> Box:
        """On the way to another box: sizes by equal factors, so that a zoom is even."""
        center = (1 - share) * self.center + share * other.center
        return Box(center, self.half ** (1 - share) * other.half**share)

    def to_json(self) -> dict[str, object]:
        return {"center": self.center.tolist(), "half": self.half, "ticks": self.ticks()}


def _round_step(half: float) -> float:
    """Distance of ticks: 1, 2 or 5 times a power of ten."""
    rough = half * 0.7
    power = 10.0 ** math.floor(math.log10(rough))
    return power * max(size for size in (1, 2, 5) if size * power <= rough * (1 + 1e-9))


def tight(points: np.ndarray) -> Box:
    """The smallest box around points (n, d), and some room."""
    low, high = points.min(axis=0), points.max(axis=0)
    return Box((low + high) / 2, max(ROOM * float((high - low).max()) / 2, TINY))


def steady(points: np.ndarray) -> Box:
    """A box around points (n, d) of round size and place: it seldom changes as a network trains."""
    need = tight(points)
    power = 10.0 ** math.floor(math.log10(need.half))
    for half in [size * power * ten for ten in (1, 10) for size in SIZES]:
        center = np.round(need.center / (half / 4)) * (half / 4)
        if half >= need.half + np.abs(center - need.center).max():
            return Box(center, half)
    raise AssertionError("ten times the size always has room")


def around(*boxes: Box) -> Box:
    """One box around others of as many axes."""
    low = np.min([box.center - box.half for box in boxes], axis=0)
    high = np.max([box.center + box.half for box in boxes], axis=0)
    return Box((low + high) / 2, float((high - low).max()) / 2)


# ------------------------------------------------------------------------ what a separator cuts


def cut(separator: Separator, box: Box, others: Sequence[Separator] = ()) -> np.ndarray | None:
    """What of {p : normal . p + offset = 0} lies in a box: (k, d), or None where nothing does.

    A point on a line, the two ends of a piece in the plane, the corners of a polygon in space.
    With `others` (the separators of all pairs of classes) only what divides the two leading
    classes is kept: elsewhere a third class wins and nothing changes.
    """
    size = float(np.linalg.norm(separator.normal))
    if size == 0:
        return None
    piece = _across(separator.normal / size, separator.offset / size, box)
    first = separator.classes[0]
    for other in others:
        if first not in other.classes or other.classes == separator.classes or piece is None:
            continue
        sign = -1.0 if other.classes[0] == first else 1.0  # the side on which `first` leads
        piece = _part(piece, sign * (piece @ other.normal + other.offset))
    return piece


def _across(normal: np.ndarray, offset: float, box: Box) -> np.ndarray | None:
    """All of a line (or plane) of unit normal inside a box."""
    d = len(normal)
    corners = box.center + box.half * np.array(list(product((-1.0, 1.0), repeat=d)))
    side = corners @ normal + offset
    found = []
    for i, j in _edges(d):
        if (side[i] < 0) != (side[j] < 0):
            share = side[i] / (side[i] - side[j])
            found.append(corners[i] + share * (corners[j] - corners[i]))
    if not found:
        return None
    piece = np.array(found)
    return _in_turn(piece, normal) if d == 3 else piece


def _edges(d: int) -> list[tuple[int, int]]:
    """Pairs of corners of a d-dimensional cube, in the order of itertools.product."""
    return [(i, i | 1 << k) for i in range(2**d) for k in range(d) if not i & 1 << k]


def _in_turn(corners: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """The corners of a convex polygon in space, one after the other around it."""
    along = np.eye(3)[np.abs(normal).argmin()]
    u = np.cross(normal, along)
    v = np.cross(normal, u)
    spokes = corners - corners.mean(axis=0)
    return corners[np.arctan2(spokes @ v, spokes @ u).argsort()]


def _part(piece: np.ndarray, side: np.ndarray) -> np.ndarray | None:
    """The part of a convex piece on which a linear function is >= 0; side (k,) at its corners."""
    kept = []
    n = len(piece)
    for i in range(n):
        if side[i] >= 0:
            kept.append(piece[i])
        j = (i + 1) % n
        if (i < j or n > 2) and (side[i] < 0) != (side[j] < 0):
            share = side[i] / (side[i] - side[j])
            kept.append(piece[i] + share * (piece[j] - piece[i]))
    return np.array(kept) if len(kept) >= min(n, 2) and kept else None
