"""Vanishing and exploding: what becomes of a gradient on its way down through many layers.

dL/dz^l = f'(z^l) * (dL/dz^(l+1) W^(l+1)'): every layer multiplies by a slope and by weights, and
the product over many layers tends to 0 or grows without bound unless each factor is close to 1
(Glorot & Bengio 2010, equations 2 and 6). Here it is measured on networks as they start.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from nnlib.activations import HIDDEN_ACTIVATIONS
from nnlib.losses import loss
from nnlib.network import MLP

MAX_CHAIN_LAYERS = 20  # layers
MAX_WIDTH = 64  # units in each of them
SAMPLES = 32  # random inputs that the gradients are averaged over
KEEPS = (0.85, 1.18)  # a factor a layer between them is called neither vanishing nor exploding


def gradient_norms(
    depth: int,
    width: int,
    activation: str,
    initializer: str = "xavier_uniform",
    seed: int = 0,
) -> np.ndarray:
    """The size of dL/dz^l in every layer of a new random network, relative to its last layer's.

    The network has `depth` layers of `width` units, all with one activation. Inputs are standard
    normal; so are the errors A^L - y under the squared loss, so that the gradient that comes in at
    the top does not depend on the network. The same seed has the same base weights, inputs and
    errors for every activation and initializer, and common ones for every depth and width.

    Parameters
    ----------
    depth : layers, 1-20
    width : inputs, and units in each layer, 1-64
    activation : one of HIDDEN_ACTIVATIONS
    initializer : one of INITIALIZERS
    seed : >= 0

    Returns
    -------
    (depth,), float64, >= 0, layer 1 first: root mean square of dL/dz^l over the layer's units and
    SAMPLES inputs, divided by that of the last layer. Exactly 0 where no gradient arrives.

    Raises
    ------
    ValueError : a depth, width or name that is not possible; the message says what is.
    """
    _check("depth", depth, MAX_CHAIN_LAYERS)
    _check("width", width, MAX_WIDTH)
    if activation not in HIDDEN_ACTIVATIONS:
        raise ValueError(
            f"activation: one of {', '.join(HIDDEN_ACTIVATIONS)}. Got {activation!r} instead."
        )
    weights, inputs, errors = _streams(seed).spawn(3)
    network = MLP(
        [width] * (depth + 1),
        [activation] * depth,
        initializer=initializer,
        rng=weights,
        dtype=np.float64,
    )
    X, error = (
        np.stack([unit.standard_normal(SAMPLES) for unit in stream.spawn(width)], axis=1)
        for stream in (inputs, errors)
    )
    trace = network.forward(X)
    backward = network._backward(trace, trace.A[-1] - error, loss("squared"), SAMPLES)
    size = np.array([math.sqrt(np.mean(grad_Z * grad_Z)) for _, grad_Z in backward])
    return size[::-1] / size[0]


def factor(norms: np.ndarray) -> float:
    """What one layer multiplies a gradient by, on its way down: the geometric mean, >= 0.

    `norms` is (depth,) from `gradient_norms`; nan for a single layer, which has nothing below it.
    """
    if len(norms) < 2:
        return math.nan
    return float((norms[0] / norms[-1]) ** (1 / (len(norms) - 1)))


def verdict(factor: float) -> str:
    """'vanishes', 'keeps' or 'explodes', by the factor a layer and KEEPS; '' for nan."""
    if math.isnan(factor):
        return ""
    low, high = KEEPS
    return "vanishes" if factor < low else "explodes" if factor > high else "keeps"


def _check(name: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise ValueError(f"{name}: a whole number from 1 to {most}. Got {value!r} instead.")


class _Stream:
    """A random Generator as far as initializers use one, which remembers what it has given.

    Making 20 layers of generators anew for each place of a dragged slider would take too long.
    Unlike a Generator it does not move on: the same call gives the same numbers.
    """

    def __init__(self, seed: np.random.SeedSequence) -> None:
        self._seed = seed
        self._children: list[_Stream] = []
        self._given: dict[str, np.ndarray] = {}

    def spawn(self, n: int) -> list[_Stream]:
        more = self._seed.spawn(n - len(self._children)) if n > len(self._children) else []
        self._children += [_Stream(seed) for seed in more]
        return self._children[:n]

    def uniform(self, low: float, high: float, n: int) -> np.ndarray:
        return self._first(n, "uniform", low, high)

    def standard_normal(self, n: int) -> np.ndarray:
        return self._first(n, "standard_normal")

    def _first(self, n: int, kind: str, *parameters: float) -> np.ndarray:
        if kind not in self._given:
            generator = np.random.default_rng(self._seed)
            self._given[kind] = getattr(generator, kind)(*parameters, MAX_WIDTH)
        return self._given[kind][:n]


@lru_cache(maxsize=16)
def _streams(seed: int) -> _Stream:
    return _Stream(np.random.SeedSequence(seed))
