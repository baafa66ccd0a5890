"""Activation functions: what a layer does to its pre-activations Z, and how gradients come back.

All functions take and return arrays of shape (n, k), a row per sample and a column per unit, and
keep the dtype (float32 in, float32 out). Further leading axes, such as one for many models, are
fine. They are finite, and silent, for any Z within +-1000.

At a kink the derivative is the one from the right: ReLU'(0) = 1, which is the lecture's convention,
and likewise leaky ReLU'(0) = 1, ELU'(0) = 1, SELU'(0) = scale.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np


@dataclass(frozen=True)
class Activation:
    """One activation function with its derivative, and what a page says about it.

    Attributes
    ----------
    name : the key in ACTIVATIONS
    forward : Z -> A, both (n, k)
    backward : (Z, A, grad_A) -> grad_Z, all (n, k): grad_A times the Jacobian dA/dZ of each row,
        which is diagonal for every activation but softmax
    derivative : (Z, A) -> f'(Z), element by element, (n, k); None for softmax, whose outputs depend
        on the whole row (see softmax_jacobian)
    formula, derivative_formula : KaTeX of f and of f'
    note : one plain line on what it is used for
    source : author (year) of the paper that it comes from
    """

    name: str
    forward: Callable[[np.ndarray], np.ndarray]
    backward: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    derivative: Callable[[np.ndarray, np.ndarray], np.ndarray] | None
    formula: str
    derivative_formula: str
    note: str
    source: str

    @property
    def settings(self) -> dict[str, float]:
        """The activation's own numbers by name: slope (leaky_relu), alpha and scale (elu, selu)."""
        return dict(getattr(self.forward, "keywords", {}))


# --- The functions that losses.py needs as well -------------------------------------------------


def sigmoid(Z: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-Z)), in (0, 1); only ever exponentiates a number <= 0, so nothing overflows."""
    e = np.exp(-np.abs(Z))
    return np.where(Z >= 0, 1, e) / (1 + e)


def softplus(Z: np.ndarray) -> np.ndarray:
    """log(1 + exp(Z)) = max(Z, 0) + log(1 + exp(-|Z|)); the second form cannot overflow."""
    return np.maximum(Z, 0) + np.log1p(np.exp(-np.abs(Z)))


def softmax(Z: np.ndarray) -> np.ndarray:
    """exp(Z_j) / sum_k exp(Z_k) along the last axis: rows in (0, 1) that sum to 1.

    A row's maximum is taken off first: the result is the same and no exponential overflows.
    """
    e = np.exp(Z - Z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_jacobian(A: np.ndarray) -> np.ndarray:
    """The Jacobian of softmax for every row: dA_i/dZ_j = A_i (1[i = j] - A_j).

    Parameters
    ----------
    A : (n, k), outputs of softmax

    Returns
    -------
    (n, k, k), symmetric in its last two axes.
    """
    identity = np.eye(A.shape[-1], dtype=A.dtype)
    return A[..., :, None] * (identity - A[..., None, :])


def _softmax_backward(Z: np.ndarray, A: np.ndarray, grad_A: np.ndarray) -> np.ndarray:
    # (diag(A) - A A') grad_A for each row, multiplied out so that no k x k matrix is built.
    return A * (grad_A - (grad_A * A).sum(axis=-1, keepdims=True))


# --- Element by element: f(Z) and f'(Z) from Z and A = f(Z), whichever is cheaper ---------------


def _linear(Z: np.ndarray) -> np.ndarray:
    return Z.copy()  # a new array like every other forward: A can be changed without changing Z


def _linear_derivative(Z: np.ndarray, A: np.ndarray) -> np.ndarray:
    return np.ones_like(A)


def _sigmoid_derivative(Z: np.ndarray, A: np.ndarray) -> np.ndarray:
    return A * (1 - A)


def _tanh_derivative(Z: np.ndarray, A: np.ndarray) -> np.ndarray:
    return 1 - A * A


def _relu(Z: np.ndarray) -> np.ndarray:
    return np.maximum(Z, 0)


def _relu_derivative(Z: np.ndarray, A: np.ndarray) -> np.ndarray:
    return (Z >= 0).astype(A.dtype)


def _leaky_relu(Z: np.ndarray, slope: float) -> np.ndarray:
    return np.where(Z >= 0, Z, slope * Z)


def _leaky_relu_derivative(Z: np.ndarray, A: np.ndarray, slope: float) -> np.ndarray:
    return np.where(Z >= 0, 1, slope).astype(A.dtype)


def _elu(Z: np.ndarray, alpha: float, scale: float) -> np.ndarray:
    # np.where computes both branches: the minimum keeps the unused one from overflowing.
    return scale * np.where(Z >= 0, Z, alpha * np.expm1(np.minimum(Z, 0)))


def _elu_derivative(Z: np.ndarray, A: np.ndarray, alpha: float, scale: float) -> np.ndarray:
    # Below 0: d/dz scale alpha (e^z - 1) = scale alpha e^z.
    return scale * np.where(Z >= 0, 1, alpha * np.exp(np.minimum(Z, 0)))


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


def _silu(Z: np.ndarray) -> np.ndarray:
    return Z * sigmoid(Z)


def _silu_derivative(Z: np.ndarray, A: np.ndarray) -> np.ndarray:
    gate = sigmoid(Z)
    return gate + A * (1 - gate)


def _softplus_derivative(Z: np.ndarray, A: np.ndarray) -> np.ndarray:
    return sigmoid(Z)


def _sine_derivative(Z: np.ndarray, A: np.ndarray) -> np.ndarray:
    return np.cos(Z)


# --- The registry -------------------------------------------------------------------------------


def _scaled_by(
    derivative: Callable[[np.ndarray, np.ndarray], np.ndarray],
    Z: np.ndarray,
    A: np.ndarray,
    grad_A: np.ndarray,
) -> np.ndarray:
    """The chain rule when the Jacobian is diagonal: grad_Z = grad_A * f'(Z)."""
    return grad_A * derivative(Z, A)


def _elementwise(name: str, forward: Callable, derivative: Callable, **texts: str) -> Activation:
    backward = partial(_scaled_by, derivative)
    return Activation(name, forward, backward, derivative, **texts)


def _number(x: float) -> str:
    """0.01 -> '0.01', 1.0 -> '1': a parameter as a formula shows it, never as 1e-05."""
    return np.format_float_positional(x, trim="-")


@lru_cache(maxsize=64)  # equal numbers, the same object
def _make_leaky_relu(slope: float) -> Activation:
    return _elementwise(
        "leaky_relu",
        partial(_leaky_relu, slope=slope),
        partial(_leaky_relu_derivative, slope=slope),
        formula=rf"\begin{{cases}} z & z \ge 0 \\ {_number(slope)}\,z & z < 0 \end{{cases}}",
        derivative_formula=rf"\begin{{cases}} 1 & z \ge 0 \\ {_number(slope)} & z < 0 "
        r"\end{cases}",
        note="ReLU with a small slope below zero, so that no unit can die.",
        source="Maas, Hannun & Ng (2013)",
    )


@lru_cache(maxsize=64)  # equal numbers, the same object
def _make_elu(alpha: float) -> Activation:
    factor = "" if alpha == 1 else rf"{_number(alpha)}\,"
    below = rf"{factor}(e^{{z}} - 1)" if factor else r"e^{z} - 1"
    return _elementwise(
        "elu",
        partial(_elu, alpha=alpha, scale=1.0),
        partial(_elu_derivative, alpha=alpha, scale=1.0),
        formula=rf"\begin{{cases}} z & z \ge 0 \\ {below} & z < 0 \end{{cases}}",
        derivative_formula=rf"\begin{{cases}} 1 & z \ge 0 \\ {factor}e^{{z}} & z < 0 \end{{cases}}",
        note="ReLU with an exponential tail: no dead units, and outputs whose mean is nearer zero.",
        source="Clevert, Unterthiner & Hochreiter (2016)",
    )


# Chosen by Klambauer et al. so that mean 0 and variance 1 are a fixed point from layer to layer.
_SELU_ALPHA = 1.6732632423543772
_SELU_SCALE = 1.0507009873554805

_ALL = (
    _elementwise(
        "linear",
        _linear,
        _linear_derivative,
        formula="z",
        derivative_formula="1",
        note="The output of a regression. Hidden layers of it add nothing: they are one linear "
        "map.",
        source="Widrow & Hoff (1960)",
    ),
    _elementwise(
        "sigmoid",
        sigmoid,
        _sigmoid_derivative,
        formula=r"\sigma(z) = \frac{1}{1 + e^{-z}}",
        derivative_formula=r"\sigma(z)\,(1 - \sigma(z))",
        note="The output for two classes: a probability. A classical hidden unit that saturates.",
        source="Rumelhart, Hinton & Williams (1986)",
    ),
    _elementwise(
        "tanh",
        np.tanh,
        _tanh_derivative,
        formula=r"\tanh(z)",
        derivative_formula=r"1 - \tanh^2(z)",
        note="A sigmoid centred on zero: smooth, and a good choice for small networks.",
        source="LeCun, Bottou, Orr & Müller (1998)",
    ),
    _elementwise(
        "relu",
        _relu,
        _relu_derivative,
        formula=r"\max(0, z)",
        derivative_formula=r"\begin{cases} 1 & z \ge 0 \\ 0 & z < 0 \end{cases}",
        note="The default for hidden layers: cheap. A unit negative on all the data is dead.",
        source="Nair & Hinton (2010)",
    ),
    _make_leaky_relu(0.01),
    _make_elu(1.0),
    _elementwise(
        "selu",
        partial(_elu, alpha=_SELU_ALPHA, scale=_SELU_SCALE),
        partial(_elu_derivative, alpha=_SELU_ALPHA, scale=_SELU_SCALE),
        formula=r"\lambda \begin{cases} z & z \ge 0 \\ \alpha\,(e^{z} - 1) & z < 0 \end{cases}"
        r"\quad \lambda \approx 1.0507,\ \alpha \approx 1.6733",
        derivative_formula=r"\lambda \begin{cases} 1 & z \ge 0 \\ \alpha\,e^{z} & z < 0 "
        r"\end{cases}",
        note="ELU scaled so that a deep network keeps mean 0 and variance 1 by itself.",
        source="Klambauer, Unterthiner, Mayr & Hochreiter (2017), equation 2",
    ),
    _elementwise(
        "gelu",
        _gelu,
        _gelu_derivative,
        formula=r"\tfrac{z}{2}\,(1 + \tanh u),"
        r"\quad u = \sqrt{2/\pi}\,(z + 0.044715\,z^3)",
        derivative_formula=r"\tfrac{1}{2}(1 + \tanh u) + \tfrac{z}{2}\,(1 - \tanh^2 u)\,"
        r"\sqrt{2/\pi}\,(1 + 0.134145\,z^2)",
        note="A smooth ReLU, usual in transformers; here its tanh approximation.",
        source="Hendrycks & Gimpel (2016), the tanh approximation",
    ),
    _elementwise(
        "silu",
        _silu,
        _silu_derivative,
        formula=r"z\,\sigma(z)",
        derivative_formula=r"\sigma(z)\,(1 + z\,(1 - \sigma(z)))",
        note="A smooth ReLU that dips below zero; also called swish.",
        source="Elfwing, Uchibe & Doya (2018)",
    ),
    _elementwise(
        "softplus",
        softplus,
        _softplus_derivative,
        formula=r"\log(1 + e^{z})",
        derivative_formula=r"\sigma(z)",
        note="ReLU with its corner rounded off; always positive.",
        source="Dugas, Bengio, Bélisle, Nadeau & Garcia (2001)",
    ),
    _elementwise(
        "sine",
        np.sin,
        _sine_derivative,
        formula=r"\sin(z)",
        derivative_formula=r"\cos(z)",
        note="Periodic: fits waves and fine detail, but has many local minima.",
        source="Sitzmann, Martel, Bergman, Lindell & Wetzstein (2020)",
    ),
    Activation(
        "softmax",
        softmax,
        _softmax_backward,
        None,
        formula=r"a_i = \frac{e^{z_i}}{\sum_k e^{z_k}}",
        derivative_formula=r"\frac{\partial a_i}{\partial z_j} = a_i\,(\delta_{ij} - a_j)",
        note="The output for several classes: probabilities that sum to 1. It mixes the whole "
        "layer.",
        source="Bridle (1990)",
    ),
)

ACTIVATIONS: dict[str, Activation] = {each.name: each for each in _ALL}
HIDDEN_ACTIVATIONS: tuple[str, ...] = tuple(name for name in ACTIVATIONS if name != "softmax")


def activation(name: str, *, leaky_slope: float = 0.01, elu_alpha: float = 1.0) -> Activation:
    """The activation of that name, with its parameter where it has one.

    Parameters
    ----------
    name : a key of ACTIVATIONS
    leaky_slope : slope of leaky_relu below zero; other activations ignore it
    elu_alpha : elu tends to -elu_alpha far below zero; unless it is 1, elu has a kink at 0. Other
        activations ignore it

    Raises
    ------
    ValueError : an unknown name; the message names it and the allowed ones.

    Examples
    --------
    >>> activation("leaky_relu", leaky_slope=0.1).forward(np.array([[-1.0, 2.0]])).tolist()
    [[-0.1, 2.0]]
    """
    if name not in ACTIVATIONS:
        raise ValueError(
            f"activation must be one of {', '.join(ACTIVATIONS)}. Got {name!r} instead."
        )
    # float(): a NumPy scalar would turn float32 arrays into float64.
    if name == "leaky_relu":
        return _make_leaky_relu(float(leaky_slope))
    if name == "elu":
        return _make_elu(float(elu_alpha))
    return ACTIVATIONS[name]
