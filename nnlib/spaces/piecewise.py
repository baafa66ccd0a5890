"""Which networks are affine maps piece by piece: whether there are pieces to show, and how many.

Also what a piece says, as a formula. The pieces themselves are found in regions.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnlib.activations import ACTIVATIONS
from nnlib.data import Points
from nnlib.features import FEATURES
from nnlib.names import written
from nnlib.network import MLP

# The activations that are straight lines between kinks: with these there are regions.
PIECEWISE_LINEAR: tuple[str, ...] = tuple(
    name for name, f in ACTIVATIONS.items() if f.pieces is not None
)


@dataclass(frozen=True)
class Inputs:
    """phi(x) = x @ matrix + shift: from a point in original units to what the network sees.

    matrix : (2, m)
    shift : (m,)
    """

    matrix: np.ndarray
    shift: np.ndarray


def problem(network: MLP, features: Sequence[str] = ("x1", "x2"), n_inputs: int = 2) -> str:
    """Why this network has no polygons to show, in a sentence for people; "" when it has.

    features : names of what the network sees, as in RunConfig
    n_inputs : 1 for data on the line, 2 for the plane
    """
    if n_inputs != 2:
        return "Regions are polygons of the plane; this data has one input, x₁."
    curved = [name for name in features if name not in ("x1", "x2")]
    if curved:
        verb = "is no linear input" if len(curved) == 1 else "are no linear inputs"
        return (
            f"{', '.join(FEATURES[name].label for name in curved)} {verb}: hinges are curved "
            "then. Regions are shown for the inputs x₁ and x₂ alone."
        )
    smooth = [f.name for f in network.activations[:-1] if f.pieces is None]
    if smooth:
        names = ", ".join(dict.fromkeys(map(written, smooth)))
        return (
            f"{names} bends everywhere, so there are no regions in which the network is linear. "
            f"Regions are shown for hidden layers of {', '.join(map(written, PIECEWISE_LINEAR))}."
        )
    return ""


def linear_inputs(points: Points, features: Sequence[str] = ("x1", "x2")) -> Inputs:
    """phi as the linear map that it is for the features x1 and x2, standardisation included.

    Raises ValueError, with the sentence of `problem`, for other features or data on the line.
    """
    names = ("x1", "x2")
    curved = [name for name in features if name not in names]
    if curved or len(points.center) != 2:
        raise ValueError(
            f"regions need two inputs and the features x1, x2. Got {', '.join(features)} of "
            f"{len(points.center)} input{'s' * (len(points.center) > 1)} instead."
        )
    chosen = [names.index(name) for name in features]
    to_plane = np.diag(1 / points.scale)
    return Inputs(to_plane[:, chosen], (-points.center / points.scale)[chosen])


def original_extent(points: Points) -> np.ndarray:
    """The view (d, 2) in original units: low and high end along each input."""
    return points.extent * points.scale[:, None] + points.center[:, None]


def most_regions(widths: Sequence[int], n_inputs: int = 2) -> int:
    """How many regions ReLU layers of these widths can have at most.

    Each region of the layers below is cut by n hinges, in no more dimensions than the narrowest
    layer so far lets through: product over layers of sum_(j <= d_l) C(n_l, j) with d_l =
    min(inputs, n_1 ... n_l) (Zaslavsky 1975 for one layer; Montúfar 2017, proposition 3).
    """
    most, dimensions = 1, n_inputs
    for n in widths:
        dimensions = min(dimensions, n)
        most *= sum(math.comb(n, j) for j in range(dimensions + 1))
    return most


def affine_formula(
    A: np.ndarray, c: np.ndarray, names: Sequence[str] = ("x_1", "x_2"), digits: int = 3
) -> list[str]:
    """KaTeX of A x + c, a line for each output: '1.2\\,x_1 - 0.5\\,x_2 + 3'.

    A : (k, 2); c : (k,); digits : decimals
    """
    return [_sum_of(row, constant, names, digits) for row, constant in zip(A, c, strict=True)]


def _sum_of(row: np.ndarray, constant: float, names: Sequence[str], digits: int) -> str:
    text = ""
    for value, name in zip((*row, constant), (*names, ""), strict=True):
        shown = f"{abs(value):.{digits}f}" + (rf"\,{name}" if name else "")
        sign = "-" if value < 0 else "+"
        text += f" {sign} {shown}" if text else ("-" if value < 0 else "") + shown
    return text
