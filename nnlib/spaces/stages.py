"""The cloud of data on its way through a network: x, Z^1, A^1, Z^2, ...; a plane's grid with it.

How a stage is drawn: projections.py; how one becomes the next: moves.py; what separates its
classes: separability.py. All arrays are float64, a row per point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnlib.data import Points
from nnlib.features import phi
from nnlib.network import MLP


@dataclass(frozen=True)
class Stage:
    """What the data are at one place of the network.

    Attributes
    ----------
    name : "x" (or "phi" after features), "Z1", "A1", ... "AL"
    symbol : the same in KaTeX: "x", r"\\phi(x)", "Z^{1}", ...
    layer : 0 for the inputs, 1 to L
    kind : "input", "linear" (a Z) or "activation" (an A)
    values : (n, width)
    """

    name: str
    symbol: str
    layer: int
    kind: str
    values: np.ndarray

    @property
    def width(self) -> int:
        return self.values.shape[1]


def stages(network: MLP, Phi: np.ndarray, first: str = "x") -> list[Stage]:
    """All stages of a forward pass, 2 L + 1 of them.

    Phi : (n, m), what the network sees
    first : name of the first stage: "x", or "phi" where Phi holds more than the inputs themselves
    """
    trace = network.astype(np.float64).forward(Phi)
    found = [Stage(first, r"\phi(x)" if first == "phi" else "x", 0, "input", trace.A[0])]
    for layer in range(1, network.depth + 1):
        found.append(Stage(f"Z{layer}", f"Z^{{{layer}}}", layer, "linear", trace.Z[layer]))
        found.append(Stage(f"A{layer}", f"A^{{{layer}}}", layer, "activation", trace.A[layer]))
    return found


def grid_lines(points: Points, lines: int, samples: int) -> np.ndarray:
    """Straight lines over the view, from end to end, in the coordinates of `points.train`.

    (2 lines, samples, 2) in the plane: first the lines of equal x1, then those of equal x2. For
    data on the line (1, samples, 1), the line itself. `lines` and `samples` are >= 2.
    """
    if lines < 2 or samples < 2:
        raise ValueError(f"lines and samples: 2 or more. Got {lines} and {samples} instead.")
    along = [np.linspace(low, high, samples) for low, high in points.extent]
    if len(along) == 1:
        return along[0][None, :, None]
    at = [np.linspace(low, high, lines) for low, high in points.extent]
    upright = np.stack(np.broadcast_arrays(at[0][:, None], along[1]), axis=2)
    level = np.stack(np.broadcast_arrays(along[0], at[1][:, None]), axis=2)
    return np.concatenate([upright, level])


def warped_grid(
    network: MLP, points: Points, features: Sequence[str], lines: int = 13, samples: int = 49
) -> list[np.ndarray]:
    """What becomes of the grid of the input plane: (grid lines, samples, width) for every stage."""
    grid = grid_lines(points, lines, samples)
    found = stages(network, phi(grid.reshape(-1, grid.shape[2]), features))
    return [stage.values.reshape(*grid.shape[:2], stage.width) for stage in found]


@dataclass(frozen=True)
class OneMap:
    """Z^L = phi(x) @ W + b: a stack of linear layers as the one linear map that it is.

    Attributes
    ----------
    W : (m, k), the product of `factors`
    b : (k,)
    factors : W^1, W^2, ... W^L, each (m^l, n^l); columns of units held at 0 are 0
    """

    W: np.ndarray
    b: np.ndarray
    factors: list[np.ndarray]


def as_one_map(network: MLP) -> OneMap | None:
    """The product of all matrices if every hidden layer is linear (or there is none), else None."""
    if not all(f.is_identity for f in network.activations[:-1]):
        return None
    factors: list[np.ndarray] = []
    W, b = np.eye(network.sizes[0]), np.zeros(network.sizes[0])
    for layer, (weights, biases) in enumerate(
        zip(network.weights, network.biases, strict=True), start=1
    ):
        factor, shift = weights.astype(float), biases.astype(float)
        if layer < network.depth:
            held = network.killed_in(layer)
            factor[:, held] = shift[held] = 0
        factors.append(factor)
        W, b = (W @ factor, b @ factor + shift) if layer > 1 else (factor, shift)
    return OneMap(W, b, factors)
