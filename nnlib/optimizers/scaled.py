"""RMSprop and Adagrad: a rate for every parameter, over the root of its squared gradients."""

# In an update, float(learning_rate): a NumPy float64 scalar would turn float32 parameters into
# float64.

from __future__ import annotations

import math
from functools import partial

import numpy as np

from nnlib.basics.ops import Op
from nnlib.basics.registry import Interval, Setting, made_with_defaults
from nnlib.optimizers.entry import InPlace, Optimizer, State, Workspace, buffers

EPSILON = Setting(
    "epsilon",
    default=1e-8,
    low=1e-12,
    high=1.0,
    domain=Interval(0, math.inf, high_open=True),
    label="ε",
    about="ε: keeps the division by the root of squared gradients away from 0.",
    symbol=r"\epsilon",
    step=1e-8,
    format="%g",
)

# --- RMSprop ------------------------------------------------------------------------------------

RHO = Setting(
    "rho",
    default=0.9,
    low=0.0,
    high=0.9999,
    domain=Interval(0, 1, high_open=True),
    label="Decay ρ",
    about="ρ: how long squared gradients are remembered; nearer to 1 is longer.",
    symbol=r"\rho",
)


def _init_rmsprop(parameters: np.ndarray) -> State:
    return buffers(parameters, "mean_square")


def _rmsprop(
    gradient: np.ndarray,
    state: State,
    parameters: np.ndarray,
    learning_rate: float,
    *,
    rho: float,
    epsilon: float,
) -> np.ndarray:
    mean_square = state["mean_square"]
    mean_square *= rho
    mean_square += (1 - rho) * gradient * gradient
    return -float(learning_rate) * gradient / (np.sqrt(mean_square) + epsilon)


def _record_rmsprop(work: Workspace, *, rho: float, epsilon: float) -> list[Op]:
    v = work.state["mean_square"]
    return [*work.running_mean(v, rho, 1 - rho), *_over_the_root(work, v, epsilon)]


def _over_the_root(work: Workspace, v: np.ndarray, epsilon: float) -> list[Op]:
    """The calls for P -= learning_rate G / (sqrt(v) + epsilon)."""
    P, G, scratch = work.P, work.G, work.scratch
    return [
        partial(np.sqrt, v, scratch),
        partial(np.add, scratch, work.number(epsilon), scratch),
        partial(np.divide, G, scratch, scratch),
        partial(np.multiply, scratch, work.rate, scratch),
        partial(np.add, P, scratch, P),
    ]


def _make_rmsprop(*, rho: float, epsilon: float) -> Optimizer:
    return Optimizer(
        name="rmsprop",
        title="RMSprop",
        init=_init_rmsprop,
        update=partial(_rmsprop, rho=rho, epsilon=epsilon),
        in_place=InPlace(partial(_record_rmsprop, rho=rho, epsilon=epsilon)),
        formula=r"s \leftarrow \rho s + (1 - \rho)\,(\nabla J)^2,"
        r" \quad \theta \leftarrow \theta - \frac{\eta\,\nabla J}{\sqrt{s} + \epsilon}",
        note="Every parameter has a rate of its own, divided by the recent size of its gradient.",
        source="Tieleman & Hinton (2012), lecture 6e",
        fields=(RHO, EPSILON),
        make=_make_rmsprop,
    )


# --- Adagrad ------------------------------------------------------------------------------------


def _init_adagrad(parameters: np.ndarray) -> State:
    return buffers(parameters, "sum_square")


def _adagrad(
    gradient: np.ndarray,
    state: State,
    parameters: np.ndarray,
    learning_rate: float,
    *,
    epsilon: float,
) -> np.ndarray:
    sum_square = state["sum_square"]
    sum_square += gradient * gradient
    return -float(learning_rate) * gradient / (np.sqrt(sum_square) + epsilon)


def _record_adagrad(work: Workspace, *, epsilon: float) -> list[Op]:
    v, G, scratch = work.state["sum_square"], work.G, work.scratch
    return [
        partial(np.multiply, G, G, scratch),
        partial(np.add, v, scratch, v),
        *_over_the_root(work, v, epsilon),
    ]


def _make_adagrad(*, epsilon: float) -> Optimizer:
    return Optimizer(
        name="adagrad",
        title="Adagrad",
        init=_init_adagrad,
        update=partial(_adagrad, epsilon=epsilon),
        in_place=InPlace(partial(_record_adagrad, epsilon=epsilon)),
        formula=r"s \leftarrow s + (\nabla J)^2,"
        r" \quad \theta \leftarrow \theta - \frac{\eta\,\nabla J}{\sqrt{s} + \epsilon}",
        note="Every parameter has a rate of its own, which falls with all the gradients so far.",
        source="Duchi, Hazan & Singer (2011)",
        fields=(EPSILON,),
        make=_make_adagrad,
    )


ENTRIES = (
    made_with_defaults(_make_rmsprop, RHO, EPSILON),
    made_with_defaults(_make_adagrad, EPSILON),
)
