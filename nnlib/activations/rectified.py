"""z above zero, something else below it: ReLU, leaky ReLU, ELU and SELU."""

from __future__ import annotations

import math
from functools import lru_cache, partial
from typing import Any

import numpy as np

from nnlib.activations.entry import Activation, InPlace, elementwise
from nnlib.basics.ops import Op, number, zeros_for
from nnlib.basics.registry import Interval, Setting, made_with_defaults, shown

# --- ReLU ---------------------------------------------------------------------------------------


def _relu(Z: np.ndarray) -> np.ndarray:
    return np.maximum(Z, 0)


def _relu_derivative(Z: np.ndarray, A: np.ndarray) -> np.ndarray:
    return (Z >= 0).astype(A.dtype)  # at 0 it is 1, as in the lecture; the kernel's form below, too


def _activate_relu(Z: np.ndarray, A: np.ndarray, scratch: list[np.ndarray]) -> list[Op]:
    return [partial(np.maximum, Z, zeros_for(Z), out=A)]


def _derive_relu(
    Z: np.ndarray, A: np.ndarray, D: np.ndarray, scratch: list[np.ndarray]
) -> list[Op]:
    gate = np.empty(Z.shape, bool)
    return [partial(np.greater_equal, Z, number(0, Z), gate), partial(np.copyto, D, gate)]


def _where_it_is_on(a: float) -> float:
    return a if a > 0 else math.nan


_RELU = elementwise(
    "relu",
    _relu,
    _relu_derivative,
    title="ReLU",
    in_place=InPlace(_activate_relu, _derive_relu, "Z"),
    formula=r"\max(0, z)",
    derivative_formula=r"\begin{cases} 1 & z \ge 0 \\ 0 & z < 0 \end{cases}",
    note="The default for hidden layers: cheap. A unit negative on all the data is dead.",
    source="Nair & Hinton (2010)",
    does="folds what is negative onto 0",
    kinks=(0.0,),
    inverse=_where_it_is_on,
    look=(1, "solid"),
)

# --- Leaky ReLU ---------------------------------------------------------------------------------

LEAKY_SLOPE = Setting(
    "leaky_slope",
    default=0.01,
    low=0.0,
    high=1.0,
    domain=Interval(),
    label="Slope of leaky ReLU",
    about="The slope of leaky ReLU below z = 0.",
)


def _leaky_relu(Z: np.ndarray, slope: float) -> np.ndarray:
    return np.where(Z >= 0, Z, slope * Z)


def _leaky_relu_derivative(Z: np.ndarray, A: np.ndarray, slope: float) -> np.ndarray:
    return np.where(Z >= 0, 1, slope).astype(A.dtype)


def _activate_leaky_relu(
    Z: np.ndarray, A: np.ndarray, scratch: list[np.ndarray], *, slope: float
) -> list[Op]:
    # the larger of z and slope z, as long as slope <= 1
    (line,), larger = scratch, np.maximum if slope <= 1 else np.minimum
    return [partial(np.multiply, Z, number(slope, Z), line), partial(larger, Z, line, out=A)]


def _derive_leaky_relu(
    Z: np.ndarray, A: np.ndarray, D: np.ndarray, scratch: list[np.ndarray], *, slope: float
) -> list[Op]:
    gate = np.empty(Z.shape, bool)
    return [
        partial(np.greater_equal, Z, number(0, Z), gate),
        partial(np.copyto, D, number(slope, D)),
        partial(np.putmask, D, gate, number(1, D)),
    ]


@lru_cache(maxsize=64)  # equal numbers, the same object
def _make_leaky_relu(*, leaky_slope: float) -> Activation:
    slope = leaky_slope
    return elementwise(
        "leaky_relu",
        partial(_leaky_relu, slope=slope),
        partial(_leaky_relu_derivative, slope=slope),
        title="leaky ReLU",
        in_place=InPlace(
            partial(_activate_leaky_relu, slope=slope),
            partial(_derive_leaky_relu, slope=slope),
            "Z",
            scratch=1,
        ),
        formula=rf"\begin{{cases}} z & z \ge 0 \\ {shown(slope)}\,z & z < 0 \end{{cases}}",
        derivative_formula=rf"\begin{{cases}} 1 & z \ge 0 \\ {shown(slope)} & z < 0 "
        r"\end{cases}",
        note="ReLU with a small slope below zero, so that no unit can die.",
        source="Maas, Hannun & Ng (2013)",
        does="folds what is negative nearly onto 0",
        fields=(LEAKY_SLOPE,),
        make=_make_leaky_relu,
        kinks=(0.0,),
        look=(1, "dashdot"),
    )


# --- ELU and SELU: scale (z above zero, alpha (e^z - 1) below) -----------------------------------

ELU_ALPHA = Setting(
    "elu_alpha",
    default=1.0,
    low=0.01,
    high=10.0,
    domain=Interval(),
    label="α of ELU",
    about="α: ELU goes to −α far below z = 0.",
    step=0.1,
)


def _elu(Z: np.ndarray, alpha: float, scale: float) -> np.ndarray:
    # np.where computes both branches: the minimum keeps the unused one from overflowing.
    return scale * np.where(Z >= 0, Z, alpha * np.expm1(np.minimum(Z, 0)))


def _elu_derivative(Z: np.ndarray, A: np.ndarray, alpha: float, scale: float) -> np.ndarray:
    # Below 0: d/dz scale alpha (e^z - 1) = scale alpha e^z.
    return scale * np.where(Z >= 0, 1, alpha * np.exp(np.minimum(Z, 0)))


def _activate_elu(
    Z: np.ndarray, A: np.ndarray, scratch: list[np.ndarray], *, alpha: float, scale: float
) -> list[Op]:
    # scale max(z, 0) + scale alpha expm1(min(z, 0))
    (below,), zeros = scratch, zeros_for(Z)
    return [
        partial(np.minimum, Z, zeros, out=below),
        partial(np.expm1, below, below),
        partial(np.multiply, below, number(scale * alpha, Z), below),
        partial(np.maximum, Z, zeros, out=A),
        *([partial(np.multiply, A, number(scale, Z), A)] if scale != 1 else []),
        partial(np.add, A, below, A),
    ]


def _derive_elu(
    Z: np.ndarray,
    A: np.ndarray,
    D: np.ndarray,
    scratch: list[np.ndarray],
    *,
    alpha: float,
    scale: float,
) -> list[Op]:
    # scale from z = 0 on; below, scale alpha e^z = a + limit, -limit being the value far below
    limit = scale * alpha
    ops: list[Op] = [
        partial(np.minimum, A, zeros_for(A), out=D),
        partial(np.add, D, number(limit, D), D),
    ]
    if scale != limit:
        gate = np.empty(A.shape, bool)
        ops += [
            partial(np.greater_equal, A, number(0, D), gate),
            partial(np.putmask, D, gate, number(scale, D)),
        ]
    return ops


def _scaled_elu(name: str, alpha: float, scale: float, **others: Any) -> Activation:
    numbers: dict[str, Any] = {"alpha": alpha, "scale": scale}
    return elementwise(
        name,
        partial(_elu, **numbers),
        partial(_elu_derivative, **numbers),
        in_place=InPlace(
            partial(_activate_elu, **numbers), partial(_derive_elu, **numbers), scratch=1
        ),
        **others,
    )


@lru_cache(maxsize=64)  # equal numbers, the same object
def _make_elu(*, elu_alpha: float) -> Activation:
    factor = "" if elu_alpha == 1 else rf"{shown(elu_alpha)}\,"
    below = rf"{factor}(e^{{z}} - 1)" if factor else r"e^{z} - 1"
    return _scaled_elu(
        "elu",
        alpha=elu_alpha,
        scale=1.0,
        title="ELU",
        formula=rf"\begin{{cases}} z & z \ge 0 \\ {below} & z < 0 \end{{cases}}",
        derivative_formula=rf"\begin{{cases}} 1 & z \ge 0 \\ {factor}e^{{z}} & z < 0 \end{{cases}}",
        note="ReLU with an exponential tail: no dead units, and outputs whose mean is nearer zero.",
        source="Clevert, Unterthiner & Hochreiter (2016)",
        does="squashes what is negative toward −α",
        fields=(ELU_ALPHA,),
        make=_make_elu,
        look=(0, "solid"),
    )


_SELU = _scaled_elu(
    "selu",
    # Chosen by Klambauer et al.: mean 0 and variance 1 are a fixed point from layer to layer.
    alpha=1.6732632423543772,
    scale=1.0507009873554805,
    title="SELU",
    formula=r"\lambda \begin{cases} z & z \ge 0 \\ \alpha\,(e^{z} - 1) & z < 0 \end{cases}"
    r"\quad \lambda \approx 1.0507,\ \alpha \approx 1.6733",
    derivative_formula=r"\lambda \begin{cases} 1 & z \ge 0 \\ \alpha\,e^{z} & z < 0 "
    r"\end{cases}",
    note="ELU scaled so that a deep network keeps mean 0 and variance 1 by itself.",
    source="Klambauer, Unterthiner, Mayr & Hochreiter (2017), equation 2",
    does="squashes what is negative, stretches the rest a little",
    look=(0, "dot"),
)

ENTRIES = (
    _RELU,
    made_with_defaults(_make_leaky_relu, LEAKY_SLOPE),
    made_with_defaults(_make_elu, ELU_ALPHA),
    _SELU,
)
