"""Squared loss and the cross-entropies: what maximum likelihood asks for, up to a constant.

Of a normal distribution, of two classes, and of several.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from nnlib.activations import sigmoid, softmax, softplus
from nnlib.basics.ops import Op, below_the_largest, ones, product, row, softplus_of
from nnlib.losses.entry import InPlace, Loss, OfGuess, Suits, matched, matched_labels

# --- Squared ------------------------------------------------------------------------------------


def _squared(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    g, y = matched(prediction, y)
    return np.square(g - y).sum(axis=1)


def _squared_gradient(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    g, y = matched(prediction, y)
    return 2 * (g - y)


def _record_squared_gradient(A: np.ndarray, y: np.ndarray, out: np.ndarray) -> list[Op]:
    return [partial(np.subtract, A, y, out)]


def _record_squared(Z: np.ndarray, A: np.ndarray, y: np.ndarray, out: np.ndarray) -> list[Op]:
    return [partial(np.subtract, A, y, out), partial(np.multiply, out, out, out)]


_SQUARED = Loss(
    "squared",
    output=None,
    on_logits=False,
    per_sample=_squared,
    gradient=_squared_gradient,
    formula=r"\sum_k (g_k - y_k)^2",
    gradient_formula=r"2\,(g_k - y_k)",
    note="Regression: large errors count most. No factor 1/2.",
    source="Legendre (1805)",
    title="squared loss",
    axis="squared loss",
    in_place=InPlace(_record_squared_gradient, _record_squared, factor=2),
    suits=(
        Suits("two classes", (("sigmoid", 2), ("tanh", 3), ("linear", 5))),
        Suits("classes", (("softmax", 1), ("sigmoid", 2), ("linear", 3))),
        Suits("regression", (("linear", 0),)),
    ),
)

# --- Two classes --------------------------------------------------------------------------------


def _nll(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    z, y = matched_labels(prediction, y)
    # softplus(z) - y z, with softplus(z) = max(z, 0) + log(1 + e^-|z|) and the large terms first:
    # for a confident right answer they cancel and the small loss keeps its digits.
    return (np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))).sum(axis=1)


def _nll_gradient(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    z, y = matched_labels(prediction, y)
    return sigmoid(z) - y


def _record_logit_gradient(A: np.ndarray, y: np.ndarray, out: np.ndarray) -> list[Op]:
    return [partial(np.subtract, A, y, out)]  # sigmoid(z) - y, softmax(z) - y


def _record_nll(Z: np.ndarray, A: np.ndarray, y: np.ndarray, out: np.ndarray) -> list[Op]:
    # softplus(z) - y z = softplus((1 - 2 y) z) for y = 0 or 1
    sign, z, tail = 1 - 2 * y, np.empty_like(Z), np.empty_like(Z)
    return [partial(np.multiply, Z, sign, z), *softplus_of(z, out, tail)]


def _nll_of_guess(g: np.ndarray, y: np.ndarray) -> np.ndarray:
    of_one, of_zero = np.where(y == 0, 0.0, -y * np.log(g)), -(1 - y) * np.log(1 - g)
    return (of_one + np.where(y == 1, 0.0, of_zero)).sum(axis=1)


def _nll_slope(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    # -y / g + (1 - y) / (1 - g), with 1 / g = 1 + e^-z
    with np.errstate(over="ignore", invalid="ignore"):
        of_one, of_zero = -y * np.exp(softplus(-z)), (1 - y) * np.exp(softplus(z))
    return np.where(y == 0, 0, of_one) + np.where(y == 1, 0, of_zero)


def _nll_room(g: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.minimum(np.where(y == 0, 1.0, g), np.where(y == 1, 1.0, 1 - g))


_NLL = Loss(
    "nll",
    output="sigmoid",
    on_logits=True,
    per_sample=_nll,
    gradient=_nll_gradient,
    formula=r"-\left(y \log g + (1 - y) \log(1 - g)\right), \quad g = \sigma(z)",
    gradient_formula=r"\frac{\partial}{\partial z} = \sigma(z) - y",
    note="Two classes, y in [0, 1] in one column: the negative log likelihood of the label.",
    source="Cox (1958)",
    title="NLL",
    axis="mean NLL",
    in_place=InPlace(_record_logit_gradient, _record_nll),
    of_guess=OfGuess(_nll_of_guess, _nll_slope, r"-\frac{y}{g} + \frac{1 - y}{1 - g}", _nll_room),
    suits=(Suits("two classes", (("sigmoid", 0),)),),
    only="two classes",
)

# --- Several classes ----------------------------------------------------------------------------


def _softmax_nll(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    z, y = matched(prediction, y)
    shifted = z - z.max(axis=1, keepdims=True)  # the log-sum-exp trick: no exponential overflows
    log_g = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -(y * log_g).sum(axis=1)


def _softmax_nll_gradient(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    z, y = matched(prediction, y)
    # The sum of a row of y is 1 for one-hot targets: then this is the familiar softmax(z) - y.
    return softmax(z) * y.sum(axis=1, keepdims=True) - y


def _record_softmax_nll(Z: np.ndarray, A: np.ndarray, y: np.ndarray, out: np.ndarray) -> list[Op]:
    # log sum_k exp(z_k - max) - (z_label - max): the first row of `out`, the others stay zero
    shifted, e, total, picked = np.empty_like(Z), np.empty_like(Z), row(Z), row(Z)
    out[...] = 0
    return [
        *below_the_largest(Z, shifted),
        partial(np.exp, shifted, e),
        product(ones(e, 1), e, total),
        partial(np.log, total, total),
        partial(np.multiply, shifted, y, e),
        product(ones(e, 1), e, picked),
        partial(np.subtract, total, picked, out[..., :1, :]),
    ]


def _softmax_nll_of_guess(g: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.where(y == 0, 0.0, -y * np.log(g)).sum(axis=1)


def _softmax_nll_slope(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    # -y_k / g_k, with 1 / g_k = sum_j e^(z_j - z_k)
    with np.errstate(over="ignore"):
        inverse = np.exp(z[:, None, :] - z[:, :, None]).sum(axis=2)
    return np.where(y == 0, 0.0, -y * np.where(y == 0, 1.0, inverse))


def _softmax_nll_room(g: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.where(y == 0, 1.0, g)


_SOFTMAX_NLL = Loss(
    "softmax_nll",
    output="softmax",
    on_logits=True,
    per_sample=_softmax_nll,
    gradient=_softmax_nll_gradient,
    formula=r"-\sum_k y_k \log g_k, \quad g = \operatorname{softmax}(z)",
    gradient_formula=r"\frac{\partial}{\partial z_k} = g_k - y_k",
    note="Several classes, y one-hot: the negative log likelihood of the right class.",
    source="Bridle (1990)",
    title="NLL",
    axis="mean NLL",
    in_place=InPlace(_record_logit_gradient, _record_softmax_nll),
    of_guess=OfGuess(
        _softmax_nll_of_guess, _softmax_nll_slope, r"-\frac{y_k}{g_k}", _softmax_nll_room
    ),
    suits=(Suits("two classes", (("softmax", 1),)), Suits("classes", (("softmax", 0),))),
    flips=True,
)

ENTRIES = (_SQUARED, _NLL, _SOFTMAX_NLL)
