"""Adam, AdamW and NAdam: momentum, and a rate of its own for every parameter.

They share two moments, running means of the gradient and of its square.
"""

# In an update, float(learning_rate): a NumPy float64 scalar would turn float32 parameters into
# float64.

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from nnlib.basics.ops import Op
from nnlib.basics.registry import Interval, Setting, made_with_defaults
from nnlib.optimizers.entry import InPlace, Optimizer, State, Workspace, buffers
from nnlib.optimizers.scaled import EPSILON

BETA1 = Setting(
    "beta1",
    default=0.9,
    low=0.0,
    high=0.9999,
    domain=Interval(0, 1, high_open=True),
    label="β₁",
    about="β₁: how long gradients are remembered; nearer to 1 is longer.",
    symbol=r"\beta_1",
)
BETA2 = Setting(
    "beta2",
    default=0.999,
    low=0.0,
    high=0.99999,
    domain=Interval(0, 1, high_open=True),
    label="β₂",
    about="β₂: how long squared gradients are remembered; nearer to 1 is longer.",
    symbol=r"\beta_2",
    step=0.001,
    format="%.4f",
)
WEIGHT_DECAY = Setting(
    "weight_decay",
    default=0.01,
    low=0.0,
    high=10.0,
    domain=Interval(0, math.inf, high_open=True),
    label="Weight decay",
    about="λ of AdamW: every step shrinks the weights by η λ w, beside the gradient.",
    symbol=r"\lambda",
)


def _init_adam(parameters: np.ndarray) -> State:
    return {"t": 0, **buffers(parameters, "first_moment", "second_moment")}


def _adam(
    gradient: np.ndarray,
    state: State,
    parameters: np.ndarray,
    learning_rate: float,
    *,
    beta1: float,
    beta2: float,
    epsilon: float,
) -> np.ndarray:
    state["t"] += 1
    m, v = state["first_moment"], state["second_moment"]
    m *= beta1
    m += (1 - beta1) * gradient
    v *= beta2
    v += (1 - beta2) * gradient * gradient
    # Both start at zero and are too small at first: the corrections undo exactly that.
    m_hat = m / (1 - beta1 ** state["t"])
    v_hat = v / (1 - beta2 ** state["t"])
    return -float(learning_rate) * m_hat / (np.sqrt(v_hat) + epsilon)


def _adamw(
    gradient: np.ndarray,
    state: State,
    parameters: np.ndarray,
    learning_rate: float,
    *,
    beta1: float,
    beta2: float,
    epsilon: float,
    weight_decay: float,
) -> np.ndarray:
    """Adam, and apart from it a pull of the parameters towards zero.

    The paper scales the decay by its schedule alone; here, as in PyTorch, by the learning rate.

    A caller who wants to spare some parameters (biases, as a rule) puts an array like the
    parameters, 1 where they decay and 0 where not, into state["decay_mask"]; without it all decay.
    """
    step = _adam(
        gradient, state, parameters, learning_rate, beta1=beta1, beta2=beta2, epsilon=epsilon
    )
    decaying = parameters
    if "decay_mask" in state:
        decaying = state["decay_mask"].astype(parameters.dtype, copy=False) * parameters
    return step - float(learning_rate) * weight_decay * decaying


def _adam_step(work: Workspace, *, beta1: float, beta2: float, epsilon: float) -> list[Op]:
    """The calls for scratch = Adam's step, G being 1 - beta1 times the gradient.

    m^ / (sqrt(v^) + epsilon) with both corrections in two numbers: c = 1 / sqrt(1 - beta2^t),
    so it is m / (sqrt(v) + epsilon / c) times 1 / ((1 - beta1^t) c).
    """
    G, scratch, state = work.G, work.scratch, work.state
    m, v = state["first_moment"], state["second_moment"]
    scale, small = work.per_rate(), work.per_rate()

    def count() -> None:
        state["t"] = t = state["t"] + 1
        c = (1 - beta2**t) ** -0.5
        small[...] = epsilon / c
        scale[...] = work.minus_rate / ((1 - beta1**t) * c)

    return [
        partial(np.multiply, m, work.number(beta1), m),
        partial(np.add, m, G, m),
        *work.running_mean(v, beta2, (1 - beta2) / (1 - beta1) ** 2),
        count,
        partial(np.sqrt, v, scratch),
        partial(np.add, scratch, small, scratch),
        partial(np.divide, m, scratch, scratch),
        partial(np.multiply, scratch, scale, scratch),
    ]


def _record_adam(work: Workspace, **settings: float) -> list[Op]:
    return [*_adam_step(work, **settings), partial(np.add, work.P, work.scratch, work.P)]


def _record_adamw(work: Workspace, *, weight_decay: float, **settings: float) -> list[Op]:
    P, G, scratch, decay = work.P, work.G, work.scratch, np.zeros_like(work.P)

    def set_decay() -> None:
        np.multiply(work.mask, work.minus_rate * weight_decay, out=decay)

    work.when_rate_changes.append(set_decay)
    return [
        *_adam_step(work, **settings),
        partial(np.multiply, P, decay, G),  # G has done its work: it takes the decay
        partial(np.add, scratch, G, scratch),
        partial(np.add, P, scratch, P),
    ]


def _make_adam(**settings: Any) -> Optimizer:
    return Optimizer(
        name="adam",
        title="Adam",
        init=_init_adam,
        update=partial(_adam, **settings),
        in_place=InPlace(partial(_record_adam, **settings), factor=1 - settings["beta1"]),
        formula=r"m \leftarrow \beta_1 m + (1 - \beta_1)\,\nabla J,"
        r" \quad v \leftarrow \beta_2 v + (1 - \beta_2)\,(\nabla J)^2,"
        r" \quad \theta \leftarrow \theta - \eta\,\frac{m / (1 - \beta_1^t)}"
        r"{\sqrt{v / (1 - \beta_2^t)} + \epsilon}",
        note="Momentum and a rate for every parameter, both corrected for their start at zero.",
        source="Kingma & Ba (2015), Algorithm 1",
        fields=(BETA1, BETA2, EPSILON),
        make=_make_adam,
    )


def _make_adamw(**settings: Any) -> Optimizer:
    return Optimizer(
        name="adamw",
        title="AdamW",
        init=_init_adam,
        update=partial(_adamw, **settings),
        in_place=InPlace(partial(_record_adamw, **settings), factor=1 - settings["beta1"]),
        formula=r"\theta \leftarrow \theta - \eta \left(\frac{\hat m}"
        r"{\sqrt{\hat v} + \epsilon} + \lambda\,\theta\right),"
        r" \quad \hat m, \hat v \text{ as in Adam}",
        note="Adam with weight decay that does not pass through its rescaling.",
        source="Loshchilov & Hutter (2019), Algorithm 2, the decay times the rate as in PyTorch",
        fields=(BETA1, BETA2, EPSILON, WEIGHT_DECAY),
        make=_make_adamw,
    )


# --- NAdam --------------------------------------------------------------------------------------


def _init_nadam(parameters: np.ndarray) -> State:
    return {**_init_adam(parameters), "momentum_product": 1.0}


def _shares(state: State, beta1: float) -> tuple[float, float]:
    """What the gradient and the first moment count in step t; moves `state` on to that step.

    The momentum mu_t = beta1 (1 - 0.96^(0.004 t) / 2) rises slowly from beta1 / 2 to beta1.
    """
    state["t"] = t = state["t"] + 1
    mu, following = (beta1 * (1 - 0.5 * 0.96 ** (0.004 * step)) for step in (t, t + 1))
    state["momentum_product"] = product = state["momentum_product"] * mu
    return (1 - mu) / (1 - product), following / (1 - product * following)


def _nadam(
    gradient: np.ndarray,
    state: State,
    parameters: np.ndarray,
    learning_rate: float,
    *,
    beta1: float,
    beta2: float,
    epsilon: float,
) -> np.ndarray:
    of_gradient, of_moment = _shares(state, beta1)
    m, v = state["first_moment"], state["second_moment"]
    m *= beta1
    m += (1 - beta1) * gradient
    v *= beta2
    v += (1 - beta2) * gradient * gradient
    v_hat = v / (1 - beta2 ** state["t"])
    direction = of_gradient * gradient + of_moment * m
    return -float(learning_rate) * direction / (np.sqrt(v_hat) + epsilon)


def _record_nadam(work: Workspace, *, beta1: float, beta2: float, epsilon: float) -> list[Op]:
    """As in `_adam_step`, G is 1 - beta1 times the gradient and c = 1 / sqrt(1 - beta2^t)."""
    P, G, scratch, state = work.P, work.G, work.scratch, work.state
    m, v = state["first_moment"], state["second_moment"]
    of_gradient, of_moment, small = (work.per_rate() for _ in range(3))

    def count() -> None:
        shares = _shares(state, beta1)
        c = (1 - beta2 ** state["t"]) ** -0.5
        small[...] = epsilon / c
        of_gradient[...] = work.minus_rate * (shares[0] / ((1 - beta1) * c))
        of_moment[...] = work.minus_rate * (shares[1] / c)

    return [
        partial(np.multiply, m, work.number(beta1), m),
        partial(np.add, m, G, m),
        *work.running_mean(v, beta2, (1 - beta2) / (1 - beta1) ** 2),
        count,
        partial(np.multiply, G, of_gradient, G),
        partial(np.multiply, m, of_moment, scratch),
        partial(np.add, G, scratch, G),
        partial(np.sqrt, v, scratch),
        partial(np.add, scratch, small, scratch),
        partial(np.divide, G, scratch, scratch),
        partial(np.add, P, scratch, P),
    ]


def _make_nadam(**settings: Any) -> Optimizer:
    return Optimizer(
        name="nadam",
        title="NAdam",
        init=_init_nadam,
        update=partial(_nadam, **settings),
        in_place=InPlace(partial(_record_nadam, **settings), factor=1 - settings["beta1"]),
        formula=r"\theta \leftarrow \theta - \frac{\eta}{\sqrt{\hat v} + \epsilon}"
        r" \left(\frac{\mu_{t+1}\,m}{1 - \mu_1 \cdots \mu_{t+1}}"
        r" + \frac{(1 - \mu_t)\,\nabla J}{1 - \mu_1 \cdots \mu_t}\right),"
        r" \quad \mu_t = \beta_1 \left(1 - \tfrac{1}{2}\,0.96^{0.004\,t}\right),"
        r" \quad m, \hat v \text{ as in Adam}",
        note="Adam whose momentum looks one step ahead, as Nesterov's does.",
        source="Dozat (2016), with its momentum schedule, m with a constant β₁ as in PyTorch",
        fields=(BETA1, BETA2, EPSILON),
        make=_make_nadam,
    )


ENTRIES = (
    made_with_defaults(_make_adam, BETA1, BETA2, EPSILON),
    made_with_defaults(_make_adamw, BETA1, BETA2, EPSILON, WEIGHT_DECAY),
    made_with_defaults(_make_nadam, BETA1, BETA2, EPSILON),
)
