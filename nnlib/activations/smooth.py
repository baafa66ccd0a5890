"""Curved everywhere: GELU, SiLU, Mish, softplus and the sine."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from nnlib.activations.classical import sigmoid
from nnlib.activations.entry import InPlace, elementwise
from nnlib.basics.ops import Op, number, sigmoid_of, sigmoid_of_minus, softplus_of

# --- GELU, its tanh approximation ---------------------------------------------------------------

GELU_SLOPE = math.sqrt(2 / math.pi)
GELU_CUBIC = 0.044715


def _gelu_gate(Z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(1 + tanh u) / 2 with u = sqrt(2/pi) (z + 0.044715 z^3), and du/dz; both like Z."""
    # Beyond +-15 the gate is 0 or 1 to the last digit: clipping keeps the cube from overflowing.
    z = np.clip(Z, -15, 15)
    u = GELU_SLOPE * z * (1 + GELU_CUBIC * z * z)
    # (1 + tanh u) / 2 = sigmoid(2 u), which keeps its digits where tanh u is close to -1.
    return sigmoid(2 * u), GELU_SLOPE * (1 + 3 * GELU_CUBIC * z * z)


def _gelu(Z: np.ndarray) -> np.ndarray:
    gate, _ = _gelu_gate(Z)
    return Z * gate


def _gelu_derivative(Z: np.ndarray, A: np.ndarray) -> np.ndarray:
    gate, du = _gelu_gate(Z)
    return gate + A * (1 - gate) * 2 * du  # A = z gate, d gate = gate (1 - gate) 2 du


def _activate_gelu(Z: np.ndarray, A: np.ndarray, scratch: list[np.ndarray]) -> list[Op]:
    # z sigmoid(2 u), -2 u = z p, p = -2 slope (1 + cubic z^2), z within +-15
    gate, p = scratch
    return [
        partial(np.minimum, Z, number(15, Z), out=gate),
        partial(np.maximum, gate, number(-15, Z), out=gate),
        partial(np.multiply, gate, gate, p),
        partial(np.multiply, p, number(-2 * GELU_SLOPE * GELU_CUBIC, Z), p),
        partial(np.add, p, number(-2 * GELU_SLOPE, Z), p),
        partial(np.multiply, gate, p, gate),
        *sigmoid_of_minus(gate),
        partial(np.multiply, Z, gate, A),
    ]


def _derive_gelu(
    Z: np.ndarray, A: np.ndarray, D: np.ndarray, scratch: list[np.ndarray]
) -> list[Op]:
    # gate + a (1 - gate) 2 u', 2 u' = 2 slope (1 + 3 cubic z^2) = -3 p - 4 slope
    gate, p = scratch
    return [
        partial(np.subtract, number(1, D), gate, D),
        partial(np.multiply, D, A, D),
        partial(np.multiply, p, number(-3, D), p),
        partial(np.subtract, p, number(4 * GELU_SLOPE, D), p),
        partial(np.multiply, D, p, D),
        partial(np.add, D, gate, D),
    ]


_GELU = elementwise(
    "gelu",
    _gelu,
    _gelu_derivative,
    title="GELU",
    in_place=InPlace(_activate_gelu, _derive_gelu, "scratch", scratch=2),
    formula=r"\tfrac{z}{2}\,(1 + \tanh u),"
    r"\quad u = \sqrt{2/\pi}\,(z + 0.044715\,z^3)",
    derivative_formula=r"\tfrac{1}{2}(1 + \tanh u) + \tfrac{z}{2}\,(1 - \tanh^2 u)\,"
    r"\sqrt{2/\pi}\,(1 + 0.134145\,z^2)",
    note="A smooth ReLU, usual in transformers; here its tanh approximation.",
    source="Hendrycks & Gimpel (2016), the tanh approximation",
    does="bends what is negative softly onto 0",
    look=(3, "solid"),
)

# --- SiLU ---------------------------------------------------------------------------------------


def _silu(Z: np.ndarray) -> np.ndarray:
    return Z * sigmoid(Z)


def _silu_derivative(Z: np.ndarray, A: np.ndarray) -> np.ndarray:
    gate = sigmoid(Z)
    return gate + A * (1 - gate)


def _activate_silu(Z: np.ndarray, A: np.ndarray, scratch: list[np.ndarray]) -> list[Op]:
    (gate,) = scratch
    return [*sigmoid_of(Z, gate), partial(np.multiply, Z, gate, A)]


def _derive_silu(
    Z: np.ndarray, A: np.ndarray, D: np.ndarray, scratch: list[np.ndarray]
) -> list[Op]:
    (gate,) = scratch
    return [
        partial(np.subtract, number(1, D), gate, D),
        partial(np.multiply, D, A, D),
        partial(np.add, D, gate, D),
    ]


_SILU = elementwise(
    "silu",
    _silu,
    _silu_derivative,
    title="SiLU",
    in_place=InPlace(_activate_silu, _derive_silu, "scratch", scratch=1),
    formula=r"z\,\sigma(z)",
    derivative_formula=r"\sigma(z)\,(1 + z\,(1 - \sigma(z)))",
    note="A smooth ReLU that dips below zero; also called swish.",
    source="Elfwing, Uchibe & Doya (2018)",
    does="bends what is negative softly onto 0",
    look=(3, "dot"),
)

# --- Softplus -----------------------------------------------------------------------------------


def softplus(Z: np.ndarray) -> np.ndarray:
    """log(1 + exp(Z)) = max(Z, 0) + log(1 + exp(-|Z|)); the second form cannot overflow."""
    return np.maximum(Z, 0) + np.log1p(np.exp(-np.abs(Z)))


def _softplus_derivative(Z: np.ndarray, A: np.ndarray) -> np.ndarray:
    return sigmoid(Z)


def _activate_softplus(Z: np.ndarray, A: np.ndarray, scratch: list[np.ndarray]) -> list[Op]:
    return softplus_of(Z, A, scratch[0])


def _derive_softplus(
    Z: np.ndarray, A: np.ndarray, D: np.ndarray, scratch: list[np.ndarray]
) -> list[Op]:
    # sigmoid(z) = 1 - e^-a
    return [partial(np.negative, A, D), partial(np.expm1, D, D), partial(np.negative, D, D)]


_SOFTPLUS = elementwise(
    "softplus",
    softplus,
    _softplus_derivative,
    title="softplus",
    in_place=InPlace(_activate_softplus, _derive_softplus, scratch=1),
    formula=r"\log(1 + e^{z})",
    derivative_formula=r"\sigma(z)",
    note="ReLU with its corner rounded off; always positive.",
    source="Dugas, Bengio, Bélisle, Nadeau & Garcia (2001)",
    does="bends what is negative softly onto 0",
    look=(2, "dashdot"),
)

# --- Mish ---------------------------------------------------------------------------------------


def _mish(Z: np.ndarray) -> np.ndarray:
    return Z * np.tanh(softplus(Z))


def _mish_derivative(Z: np.ndarray, A: np.ndarray) -> np.ndarray:
    gate = np.tanh(softplus(Z))
    return gate + Z * sigmoid(Z) * (1 - gate * gate)


def _activate_mish(Z: np.ndarray, A: np.ndarray, scratch: list[np.ndarray]) -> list[Op]:
    # tanh(log(1 + e)) = n / (n + 2) with e = exp(z), n = e (e + 2); beyond z = 20 it is 1
    e, gate, rest = scratch
    two = number(2, Z)
    return [
        partial(np.minimum, Z, number(20, Z), out=e),
        partial(np.exp, e, e),
        partial(np.add, e, two, gate),
        partial(np.multiply, gate, e, gate),
        partial(np.add, gate, two, rest),
        partial(np.divide, gate, rest, gate),
        partial(np.multiply, Z, gate, A),
    ]


def _derive_mish(
    Z: np.ndarray, A: np.ndarray, D: np.ndarray, scratch: list[np.ndarray]
) -> list[Op]:
    # z sigmoid(z) (1 - gate^2) = 2 a (1 - gate) (e + 1) / (e + 2)
    e, gate, _ = scratch
    two = number(2, D)
    return [
        partial(np.subtract, number(1, D), gate, D),
        partial(np.multiply, D, A, D),
        partial(np.add, e, two, e),
        partial(np.divide, number(-2, D), e, e),
        partial(np.add, e, two, e),
        partial(np.multiply, D, e, D),
        partial(np.add, D, gate, D),
    ]


_MISH = elementwise(
    "mish",
    _mish,
    _mish_derivative,
    title="Mish",
    in_place=InPlace(_activate_mish, _derive_mish, "scratch", scratch=3),
    formula=r"z\,\tanh(\log(1 + e^{z}))",
    derivative_formula=r"t + z\,\sigma(z)\,(1 - t^2), \quad t = \tanh(\log(1 + e^{z}))",
    note="A smooth ReLU much like SiLU, a little steeper: z times a gate that opens sooner.",
    source="Misra (2019)",
    does="bends what is negative softly onto 0",
    look=(2, "solid"),
)

# --- Sine ---------------------------------------------------------------------------------------


def _sine_derivative(Z: np.ndarray, A: np.ndarray) -> np.ndarray:
    return np.cos(Z)


def _activate_sine(Z: np.ndarray, A: np.ndarray, scratch: list[np.ndarray]) -> list[Op]:
    return [partial(np.sin, Z, A)]


def _derive_sine(
    Z: np.ndarray, A: np.ndarray, D: np.ndarray, scratch: list[np.ndarray]
) -> list[Op]:
    return [partial(np.cos, Z, D)]


_SINE = elementwise(
    "sine",
    np.sin,
    _sine_derivative,
    title="sine",
    in_place=InPlace(_activate_sine, _derive_sine, "Z"),
    formula=r"\sin(z)",
    derivative_formula=r"\cos(z)",
    note="Periodic: fits waves and fine detail, but has many local minima.",
    source="Sitzmann, Martel, Bergman, Lindell & Wetzstein (2020)",
    does="folds everything into the box from −1 to 1, again and again",
    look=(4, "solid"),
)

ENTRIES = (_GELU, _SILU, _MISH, _SOFTPLUS, _SINE)
