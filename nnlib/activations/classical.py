"""The identity, the sigmoid and tanh: the classical ones."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from nnlib.activations.entry import InPlace, elementwise
from nnlib.basics.ops import Op, number, sigmoid_of

# --- Linear -------------------------------------------------------------------------------------


def _linear(Z: np.ndarray) -> np.ndarray:
    return Z.copy()  # a new array like every other forward: A can be changed without changing Z


def _linear_derivative(Z: np.ndarray, A: np.ndarray) -> np.ndarray:
    return np.ones_like(A)


def _activate_linear(Z: np.ndarray, A: np.ndarray, scratch: list[np.ndarray]) -> list[Op]:
    return [] if A is Z else [partial(np.copyto, A, Z)]


def _derive_linear(
    Z: np.ndarray, A: np.ndarray, D: np.ndarray, scratch: list[np.ndarray]
) -> list[Op]:
    D.fill(1)  # once and for all
    return []


def _itself(a: float) -> float:
    return a


_LINEAR = elementwise(
    "linear",
    _linear,
    _linear_derivative,
    title="linear",
    in_place=InPlace(_activate_linear, _derive_linear),
    formula="z",
    derivative_formula="1",
    note="The output of a regression. Hidden layers of it add nothing: they are one linear map.",
    source="Widrow & Hoff (1960)",
    does="every point stays where it is",
    kinks=(),
    inverse=_itself,
    look=(4, "dot"),
)

# --- Sigmoid ------------------------------------------------------------------------------------


def sigmoid(Z: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-Z)), in (0, 1); only ever exponentiates a number <= 0, so nothing overflows."""
    e = np.exp(-np.abs(Z))
    return np.where(Z >= 0, 1, e) / (1 + e)


def _sigmoid_derivative(Z: np.ndarray, A: np.ndarray) -> np.ndarray:
    return A * (1 - A)


def _sigmoid_slope(z: np.ndarray) -> np.ndarray:
    return sigmoid(z) * sigmoid(-z)  # from both its tails: 1 - a keeps its digits near a = 1


def _activate_sigmoid(Z: np.ndarray, A: np.ndarray, scratch: list[np.ndarray]) -> list[Op]:
    return sigmoid_of(Z, A)


def _derive_sigmoid(
    Z: np.ndarray, A: np.ndarray, D: np.ndarray, scratch: list[np.ndarray]
) -> list[Op]:
    return [partial(np.subtract, number(1, D), A, D), partial(np.multiply, D, A, D)]


def _logit(a: float) -> float:
    return math.log(a / (1 - a))


_SIGMOID = elementwise(
    "sigmoid",
    sigmoid,
    _sigmoid_derivative,
    title="sigmoid",
    in_place=InPlace(_activate_sigmoid, _derive_sigmoid),
    formula=r"\sigma(z) = \frac{1}{1 + e^{-z}}",
    derivative_formula=r"\sigma(z)\,(1 - \sigma(z))",
    note="The output for two classes: a probability. A classical hidden unit that saturates.",
    source="Rumelhart, Hinton & Williams (1986)",
    does="squashes everything into the box from 0 to 1",
    inverse=_logit,
    exact_slope=_sigmoid_slope,
    probability=True,
    look=(2, "dash"),
)

# --- Tanh ---------------------------------------------------------------------------------------


def _tanh_derivative(Z: np.ndarray, A: np.ndarray) -> np.ndarray:
    return 1 - A * A


def _activate_tanh(Z: np.ndarray, A: np.ndarray, scratch: list[np.ndarray]) -> list[Op]:
    return [partial(np.tanh, Z, A)]


def _derive_tanh(
    Z: np.ndarray, A: np.ndarray, D: np.ndarray, scratch: list[np.ndarray]
) -> list[Op]:
    return [partial(np.multiply, A, A, D), partial(np.subtract, number(1, D), D, D)]


_TANH = elementwise(
    "tanh",
    np.tanh,
    _tanh_derivative,
    title="tanh",
    in_place=InPlace(_activate_tanh, _derive_tanh),
    formula=r"\tanh(z)",
    derivative_formula=r"1 - \tanh^2(z)",
    note="A sigmoid centred on zero: smooth, and a good choice for small networks.",
    source="LeCun, Bottou, Orr & Müller (1998)",
    does="squashes everything into the box from −1 to 1",
    inverse=math.atanh,
    look=(3, "longdash"),
)

ENTRIES = (_LINEAR, _SIGMOID, _TANH)
