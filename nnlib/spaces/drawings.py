"""One scalar function, ready to be drawn as a computation graph, a curve or a mapping plot.

h(x) = f_k(... f_2(f_1(x))): a chain of boxes, or a unit of a network along a line through its
input space. All arrays are float64.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnlib.activations import HIDDEN_ACTIVATIONS, activation
from nnlib.data import Points
from nnlib.features import phi, pull_back
from nnlib.network import MLP, Trace

# The functions of one box: x itself, w x + b, or an activation (whose "linear" is the identity).
BOXES: tuple[str, ...] = (
    "identity",
    "linear",
    *(name for name in HIDDEN_ACTIVATIONS if name != "linear"),
)


@dataclass(frozen=True)
class Box:
    """One function of a chain: a name of BOXES; w and b count for "linear" alone.

    Raises ValueError for another name.
    """

    name: str
    w: float = 1.0
    b: float = 0.0

    def __post_init__(self) -> None:
        if self.name not in BOXES:
            raise ValueError(f"a box is one of {', '.join(BOXES)}. Got {self.name!r} instead.")

    def forward(self, x: np.ndarray) -> np.ndarray:
        """f(x), element by element, like x."""
        if self.name == "linear":
            return self.w * x + self.b
        return x.copy() if self.name == "identity" else activation(self.name).forward(x)

    def slope(self, x: np.ndarray) -> np.ndarray:
        """f'(x), element by element, like x; at a kink the one from the right."""
        if self.name == "linear":
            return np.full_like(x, self.w)
        if self.name == "identity":
            return np.ones_like(x)
        f = activation(self.name)
        if f.derivative is None:
            raise ValueError(f"{self.name} mixes units: it has no slope of its own")
        return f.derivative(x, f.forward(x))


def through(boxes: Sequence[Box], x: np.ndarray) -> np.ndarray:
    """x (n,) and what every box makes of it, (k + 1, n): the last row is h(x)."""
    rows = [np.asarray(x, float)]
    for box in boxes:
        rows.append(box.forward(rows[-1]))
    return np.stack(rows)


def slopes(boxes: Sequence[Box], x: float) -> np.ndarray:
    """f_i' of every box where x arrives at it, (k,): by the chain rule h'(x) is their product."""
    values = through(boxes, np.array([x]))
    return np.array([float(f.slope(at)[0]) for f, at in zip(boxes, values[:-1], strict=True)])


# --- A network along a line -----------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """x(t) = start + t direction in plane coordinates, for t from low to high (inside the view).

    start, direction : (d,); the direction has length 1, so t is a distance
    """

    start: np.ndarray
    direction: np.ndarray
    low: float
    high: float

    def at(self, t: np.ndarray) -> np.ndarray:
        """The points (n, d) at t (n,)."""
        return self.start + np.asarray(t, float)[:, None] * self.direction


def line_through(extent: np.ndarray, start: np.ndarray, angle: float) -> Line:
    """The line through a point of the view at an angle to the first axis, as long as the view.

    extent : (d, 2), low and high end along each input; for d = 1 the line is the axis itself, and t
        is x
    start : (2,), moved to the nearest place of the view
    angle : in degrees

    A line that touches the view in a corner only has no length: low = high there.
    """
    extent = np.asarray(extent, float)
    if len(extent) == 1:
        return Line(np.zeros(1), np.ones(1), *map(float, extent[0]))
    start = np.clip(start, extent[:, 0], extent[:, 1])
    direction = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    direction[np.abs(direction) < 1e-12] = 0.0
    moving = direction != 0
    ends = (extent[moving] - start[moving, None]) / direction[moving, None]
    return Line(start, direction, float(ends.min(axis=1).max()), float(ends.max(axis=1).min()))


def forward_along(
    network: MLP, features: Sequence[str], line: Line, t: np.ndarray
) -> tuple[np.ndarray, Trace]:
    """The points (n, d) of the line at t (n,), and the network's forward pass for them."""
    X = line.at(t)
    return X, network.astype(np.float64).forward(phi(X, tuple(features)))


def slope_along(
    network: MLP, features: Sequence[str], line: Line, t: float, layer: int, unit: int
) -> float:
    """da/dt of one unit's activation (layer and unit from 1) along the line.

    The backward pass, begun at that unit and carried on to x; da/dt = direction . da/dx.
    """
    network = network.astype(np.float64)
    X, trace = forward_along(network, features, line, np.array([t]))
    grad_A = np.zeros_like(trace.A[layer])
    grad_A[0, unit - 1] = 1
    for at in range(layer, 0, -1):
        grad_A[:, network.killed_in(at)] = 0
        grad_Z = network.activations[at - 1].backward(trace.Z[at], trace.A[at], grad_A)
        grad_A = grad_Z @ network.weights[at - 1].T
    return float((pull_back(X, tuple(features), grad_A) @ line.direction)[0])


# --- Axes that stand still ------------------------------------------------------------------------


def reach(values: np.ndarray, least: float = 1.0) -> float:
    """The end of an axis from -reach to reach that holds the values: 1, 2 or 5 times 10^n.

    With steps that large an axis stands still while its numbers move. inf and NaN are left out.
    """
    finite = values[np.isfinite(values)]
    most = max(float(np.abs(finite).max(initial=0.0)), least)
    decade = 10.0 ** math.floor(math.log10(most))
    return next(step * decade for step in (1, 2, 5, 10) if step * decade >= most * (1 - 1e-12))


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers from low to high, about `most` of them: multiples of 1, 2 or 5 times 10^n."""
    rough = (high - low) / most
    decade = 10.0 ** math.floor(math.log10(rough))
    step = next(s * decade for s in (1, 2, 5, 10) if s * decade >= rough * (1 - 1e-12))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def original(points: Points, X: np.ndarray) -> np.ndarray:
    """Points (n, d) of the plane in the data's own units."""
    return X * points.scale + points.center
