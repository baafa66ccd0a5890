"""Steps that are linear in the gradient: SGD, momentum, and Nesterov's."""

# In an update, float(learning_rate): a NumPy float64 scalar would turn float32 parameters into
# float64.

from __future__ import annotations

from functools import partial

import numpy as np

from nnlib.basics.ops import Op
from nnlib.basics.registry import Interval, Setting, made_with_defaults
from nnlib.optimizers.entry import InPlace, Optimizer, State, Workspace, buffers

# --- SGD ----------------------------------------------------------------------------------------


def _init_sgd(parameters: np.ndarray) -> State:
    return {}


def _sgd(
    gradient: np.ndarray, state: State, parameters: np.ndarray, learning_rate: float
) -> np.ndarray:
    return -float(learning_rate) * gradient


def _record_sgd(work: Workspace) -> list[Op]:
    return [partial(np.add, work.P, work.G, work.P)]


_SGD = Optimizer(
    name="sgd",
    title="SGD",
    init=_init_sgd,
    update=_sgd,
    in_place=InPlace(_record_sgd, by_rate=True),
    formula=r"\theta \leftarrow \theta - \eta\,\nabla J",
    note="A step straight downhill.",
    source="Robbins & Monro (1951)",
)

# --- Momentum -----------------------------------------------------------------------------------

MOMENTUM = Setting(
    "momentum",
    default=0.9,
    low=0.0,
    high=0.999,
    domain=Interval(0, 1),
    label="Momentum μ",
    about="μ: the share of the last step that goes into the next one.",
    symbol=r"\mu",
    step=0.05,
)


def _init_velocity(parameters: np.ndarray) -> State:
    return buffers(parameters, "velocity")


def _momentum(
    gradient: np.ndarray,
    state: State,
    parameters: np.ndarray,
    learning_rate: float,
    *,
    momentum: float,
) -> np.ndarray:
    velocity = state["velocity"]
    velocity *= momentum
    velocity -= float(learning_rate) * gradient
    return velocity.copy()  # the caller may scale its step: the velocity must not follow


def _new_velocity(work: Workspace, momentum: np.ndarray) -> list[Op]:
    v = work.state["velocity"]
    return [partial(np.multiply, v, momentum, v), partial(np.add, v, work.G, v)]


def _record_momentum(work: Workspace, *, momentum: float) -> list[Op]:
    v = work.state["velocity"]
    return [*_new_velocity(work, work.number(momentum)), partial(np.add, work.P, v, work.P)]


def _make_momentum(*, momentum: float) -> Optimizer:
    return Optimizer(
        name="momentum",
        title="Momentum",
        init=_init_velocity,
        update=partial(_momentum, momentum=momentum),
        in_place=InPlace(partial(_record_momentum, momentum=momentum), by_rate=True),
        formula=r"v \leftarrow \mu v - \eta\,\nabla J, \quad \theta \leftarrow \theta + v",
        note="Steps add up to a velocity: faster along valleys, less zigzag across them.",
        source="Polyak (1964)",
        fields=(MOMENTUM,),
        make=_make_momentum,
    )


# --- Nesterov's ---------------------------------------------------------------------------------


def _nesterov(
    gradient: np.ndarray,
    state: State,
    parameters: np.ndarray,
    learning_rate: float,
    *,
    momentum: float,
) -> np.ndarray:
    # Sutskever et al. take the gradient at theta + momentum v. Storing that look-ahead point as the
    # parameters gives this form, which needs the gradient only where we are.
    move = float(learning_rate) * gradient
    velocity = state["velocity"]
    velocity *= momentum
    velocity -= move
    return momentum * velocity - move


def _record_nesterov(work: Workspace, *, momentum: float) -> list[Op]:
    P, G, scratch, v = work.P, work.G, work.scratch, work.state["velocity"]
    share = work.number(momentum)
    return [
        *_new_velocity(work, share),
        partial(np.multiply, v, share, scratch),
        partial(np.add, scratch, G, scratch),
        partial(np.add, P, scratch, P),
    ]


def _make_nesterov(*, momentum: float) -> Optimizer:
    return Optimizer(
        name="nesterov",
        title="Nesterov",
        init=_init_velocity,
        update=partial(_nesterov, momentum=momentum),
        in_place=InPlace(partial(_record_nesterov, momentum=momentum), by_rate=True),
        formula=r"v \leftarrow \mu v - \eta\,\nabla J,"
        r" \quad \theta \leftarrow \theta + \mu v - \eta\,\nabla J",
        note="Momentum that looks one step ahead, so it brakes sooner.",
        source="Nesterov (1983); Sutskever, Martens, Dahl & Hinton (2013)",
        fields=(MOMENTUM,),
        make=_make_nesterov,
    )


ENTRIES = (
    _SGD,
    made_with_defaults(_make_momentum, MOMENTUM),
    made_with_defaults(_make_nesterov, MOMENTUM),
)
