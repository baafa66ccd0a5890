"""Networks and losses written anew for autograd: what the backward pass is compared with."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np

from nnlib.network import MLP
from tests.nnlib.textbook import TEXTBOOK

# Outputs and losses that fit together, with the number of output units.
PAIRS = [
    ("linear", "squared", 2),
    ("linear", "absolute", 2),
    ("linear", "huber", 2),
    ("linear", "hinge", 1),
    ("sigmoid", "nll", 1),
    ("softmax", "softmax_nll", 3),
    ("sigmoid", "squared", 1),
    ("tanh", "squared", 2),
    ("softmax", "squared", 3),
    ("relu", "absolute", 2),
]
LOSSES_BY_HAND = {
    "squared": lambda g, y: anp.sum((g - y) ** 2),
    "absolute": lambda g, y: anp.sum(anp.abs(g - y)),
    "huber": lambda g, y: anp.sum(
        anp.where(anp.abs(g - y) <= 1, (g - y) ** 2 / 2, anp.abs(g - y) - 0.5)
    ),
    "hinge": lambda g, y: anp.sum(anp.maximum(1 - (2 * y - 1) * g, 0)),
    "nll": lambda g, y: -anp.sum(y * anp.log(g) + (1 - y) * anp.log(1 - g)),
    "softmax_nll": lambda g, y: -anp.sum(y * anp.log(g)),
}


def case(names, loss, k, widths=(3, 4), seed=0):
    """(network, x (2,), y (k,)): a float64 network with biases, and an example of its kind."""
    rng = np.random.default_rng(seed)
    sizes = (2, *widths[: len(names) - 1], k)
    net = MLP(sizes, names, initializer="xavier_normal", rng=rng, dtype=np.float64)
    for b in net.biases:
        b[:] = rng.normal(0, 0.5, b.shape)
    if loss in ("nll", "hinge"):
        y = rng.integers(0, 2, k).astype(float)
    else:
        y = np.eye(k)[rng.integers(k)] if loss == "softmax_nll" else rng.normal(0, 2, k)
    return net, rng.normal(0, 1.5, 2), y


def by_id(steps) -> dict:
    return {step.id: step for step in steps}


def loss_of(names, sizes, loss, x, y):
    """parameters -> loss, as columns, from autograd's NumPy alone."""

    def value(parameters):
        a, start = x, 0
        for m, n, name in zip(sizes[:-1], sizes[1:], names, strict=True):
            W = anp.reshape(parameters[start : start + m * n], (m, n))
            b = parameters[start + m * n : start + (m + 1) * n]
            a, start = TEXTBOOK[name](anp.dot(W.T, a) + b), start + (m + 1) * n
        return LOSSES_BY_HAND[loss](a, y)

    return value


def gradient_in(steps, size: int) -> np.ndarray:
    """The flat gradient put together from the steps and the places that they name."""
    flat = np.full(size, np.nan)
    for step in steps:
        if step.parameters is not None:
            flat[step.parameters] = step.result.values
    return flat
