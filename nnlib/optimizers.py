"""Optimizers: from a gradient to a step; with them learning-rate schedules and gradient clipping.

An optimizer is a pair of functions over one flat parameter vector. The loop that uses it:

    state = optimizer.init(parameters)
    for every batch:
        parameters += optimizer.update(gradient, state, parameters, learning_rate)

In the formulas theta are the parameters, nabla J is the gradient and eta the learning rate. The
dtype of the parameters is kept.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

State = dict[str, np.ndarray | int]


@dataclass(frozen=True)
class Optimizer:
    """One optimizer, and what a page says about it.

    Attributes
    ----------
    name : the key in OPTIMIZERS
    init : parameters (p,) -> state, buffers of zeros like the parameters (and for Adam the number
        of steps taken, t = 0)
    update : (gradient, state, parameters, learning_rate) -> step (p,), a new array to be ADDED to
        the parameters. The state is updated in place; gradient and parameters are left alone.
        learning_rate is a number > 0
    formula : KaTeX of one step
    note : one plain line on what it does
    source : author (year)
    """

    name: str
    init: Callable[[np.ndarray], State]
    update: Callable[[np.ndarray, State, np.ndarray, float], np.ndarray]
    formula: str
    note: str
    source: str

    @property
    def settings(self) -> dict[str, float]:
        """The optimizer's own numbers by name: momentum, rho, beta1, ..."""
        return dict(getattr(self.update, "keywords", {}))


def _buffers(parameters: np.ndarray, *names: str) -> State:
    return {name: np.zeros_like(parameters) for name in names}


# --- The updates. Each moves `state` on in place and returns the step ---------------------------
# float(learning_rate): a NumPy float64 scalar would turn float32 parameters into float64.


def _init_sgd(parameters: np.ndarray) -> State:
    return {}


def _sgd(
    gradient: np.ndarray, state: State, parameters: np.ndarray, learning_rate: float
) -> np.ndarray:
    return -float(learning_rate) * gradient


def _init_velocity(parameters: np.ndarray) -> State:
    return _buffers(parameters, "velocity")


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


def _init_rmsprop(parameters: np.ndarray) -> State:
    return _buffers(parameters, "mean_square")


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


def _init_adagrad(parameters: np.ndarray) -> State:
    return _buffers(parameters, "sum_square")


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


def _init_adam(parameters: np.ndarray) -> State:
    return {"t": 0, **_buffers(parameters, "first_moment", "second_moment")}


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


# --- The registry -------------------------------------------------------------------------------

# Parameter -> (least value, greatest value, whether the greatest itself is allowed).
_RANGES: dict[str, tuple[float, float, bool]] = {
    "momentum": (0, 1, True),
    "rho": (0, 1, False),
    "beta1": (0, 1, False),
    "beta2": (0, 1, False),
    "epsilon": (0, math.inf, False),
    "weight_decay": (0, math.inf, False),
}


def _checked(name: str, value: float) -> float:
    least, greatest, closed = _RANGES[name]
    if not (least <= value < greatest or (closed and value == greatest)):
        bracket = "]" if closed else ")"
        raise ValueError(f"{name} must be in [{least}, {greatest}{bracket}. Got {value!r} instead.")
    return float(value)  # a NumPy scalar would turn float32 arrays into float64


def optimizer(
    name: str,
    *,
    momentum: float = 0.9,
    rho: float = 0.9,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    weight_decay: float = 0.01,
) -> Optimizer:
    """The optimizer of that name with these parameters; those that it does not have are ignored.

    Parameters
    ----------
    name : sgd, momentum, nesterov, rmsprop, adagrad, adam or adamw
    momentum : in [0, 1], the share of its velocity that a step keeps (momentum, nesterov)
    rho : in [0, 1), decay of the mean square (rmsprop)
    beta1, beta2 : in [0, 1), decay of the first and second moment (adam, adamw)
    epsilon : >= 0, added to the root, outside it (rmsprop, adagrad, adam, adamw)
    weight_decay : >= 0, decoupled decay, times the learning rate (adamw)

    Raises
    ------
    ValueError : an unknown name or a parameter outside its range.

    Examples
    --------
    >>> parameters = np.array([1.0])
    >>> sgd = optimizer("sgd")
    >>> sgd.update(2 * parameters, sgd.init(parameters), parameters, 0.25)
    array([-0.5])
    """
    momentum, rho = _checked("momentum", momentum), _checked("rho", rho)
    beta1, beta2 = _checked("beta1", beta1), _checked("beta2", beta2)
    epsilon, weight_decay = _checked("epsilon", epsilon), _checked("weight_decay", weight_decay)

    if name == "sgd":
        return Optimizer(
            name,
            _init_sgd,
            _sgd,
            formula=r"\theta \leftarrow \theta - \eta\,\nabla J",
            note="A step straight downhill.",
            source="Robbins & Monro (1951)",
        )
    if name == "momentum":
        return Optimizer(
            name,
            _init_velocity,
            partial(_momentum, momentum=momentum),
            formula=r"v \leftarrow \mu v - \eta\,\nabla J, \quad \theta \leftarrow \theta + v",
            note="Steps add up to a velocity: faster along valleys, less zigzag across them.",
            source="Polyak (1964)",
        )
    if name == "nesterov":
        return Optimizer(
            name,
            _init_velocity,
            partial(_nesterov, momentum=momentum),
            formula=r"v \leftarrow \mu v - \eta\,\nabla J,"
            r" \quad \theta \leftarrow \theta + \mu v - \eta\,\nabla J",
            note="Momentum that looks one step ahead, so it brakes sooner.",
            source="Nesterov (1983); Sutskever, Martens, Dahl & Hinton (2013)",
        )
    if name == "rmsprop":
        return Optimizer(
            name,
            _init_rmsprop,
            partial(_rmsprop, rho=rho, epsilon=epsilon),
            formula=r"s \leftarrow \rho s + (1 - \rho)\,(\nabla J)^2,"
            r" \quad \theta \leftarrow \theta - \frac{\eta\,\nabla J}{\sqrt{s} + \epsilon}",
            note="Every parameter has a rate of its own, divided by the recent size of its "
            "gradient.",
            source="Tieleman & Hinton (2012), lecture 6e",
        )
    if name == "adagrad":
        return Optimizer(
            name,
            _init_adagrad,
            partial(_adagrad, epsilon=epsilon),
            formula=r"s \leftarrow s + (\nabla J)^2,"
            r" \quad \theta \leftarrow \theta - \frac{\eta\,\nabla J}{\sqrt{s} + \epsilon}",
            note="Every parameter has a rate of its own, which falls with all the gradients so "
            "far.",
            source="Duchi, Hazan & Singer (2011)",
        )
    if name == "adam":
        return Optimizer(
            name,
            _init_adam,
            partial(_adam, beta1=beta1, beta2=beta2, epsilon=epsilon),
            formula=r"m \leftarrow \beta_1 m + (1 - \beta_1)\,\nabla J,"
            r" \quad v \leftarrow \beta_2 v + (1 - \beta_2)\,(\nabla J)^2,"
            r" \quad \theta \leftarrow \theta - \eta\,\frac{m / (1 - \beta_1^t)}"
            r"{\sqrt{v / (1 - \beta_2^t)} + \epsilon}",
            note="Momentum and a rate for every parameter, both corrected for their start at zero.",
            source="Kingma & Ba (2015), Algorithm 1",
        )
    if name == "adamw":
        return Optimizer(
            name,
            _init_adam,
            partial(_adamw, beta1=beta1, beta2=beta2, epsilon=epsilon, weight_decay=weight_decay),
            formula=r"\theta \leftarrow \theta - \eta \left(\frac{\hat m}"
            r"{\sqrt{\hat v} + \epsilon} + \lambda\,\theta\right),"
            r" \quad \hat m, \hat v \text{ as in Adam}",
            note="Adam with weight decay that does not pass through its rescaling.",
            source="Loshchilov & Hutter (2019), Algorithm 2, the decay times the rate as in "
            "PyTorch",
        )
    raise ValueError(f"optimizer must be one of {', '.join(_NAMES)}. Got {name!r} instead.")


_NAMES = ("sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adam", "adamw")
OPTIMIZERS: dict[str, Optimizer] = {name: optimizer(name) for name in _NAMES}


# --- Learning-rate schedules and clipping -------------------------------------------------------

SCHEDULES: tuple[str, ...] = ("constant", "step", "exponential", "cosine")


def scheduled_rate(
    schedule: str,
    learning_rate: float,
    epoch: int,
    *,
    every: int = 100,
    factor: float = 0.5,
    horizon: int = 1000,
) -> float:
    """The learning rate in the given epoch (the first is 0, with the full rate).

    constant     learning_rate
    step         learning_rate * factor ** (epoch // every)
    exponential  learning_rate * factor ** (epoch / every)
    cosine       learning_rate * (1 + cos(pi * min(epoch, horizon) / horizon)) / 2, without the
                 restarts (Loshchilov & Hutter 2017, equation 5); 0 from the horizon on

    Parameters
    ----------
    schedule : one of SCHEDULES
    learning_rate : the rate at epoch 0
    epoch : >= 0
    every : > 0, epochs after which step and exponential have multiplied the rate by factor
    factor : in (0, 1]
    horizon : > 0, the epoch at which cosine reaches 0

    Raises
    ------
    ValueError : an unknown schedule or an argument outside its range.

    Examples
    --------
    >>> scheduled_rate("step", 0.1, 250)
    0.025
    """
    if epoch < 0:
        raise ValueError(f"epoch must be >= 0. Got {epoch!r} instead.")
    if every <= 0:
        raise ValueError(f"every must be > 0. Got {every!r} instead.")
    if not 0 < factor <= 1:
        raise ValueError(f"factor must be in (0, 1]. Got {factor!r} instead.")
    if horizon <= 0:
        raise ValueError(f"horizon must be > 0. Got {horizon!r} instead.")
    if schedule == "constant":
        return float(learning_rate)
    if schedule == "step":
        return float(learning_rate * factor ** (epoch // every))
    if schedule == "exponential":
        return float(learning_rate * factor ** (epoch / every))
    if schedule == "cosine":
        return float(learning_rate * (1 + math.cos(math.pi * min(epoch, horizon) / horizon)) / 2)
    raise ValueError(f"schedule must be one of {', '.join(SCHEDULES)}. Got {schedule!r} instead.")


def clip_by_norm(gradient: np.ndarray, max_norm: float | None) -> np.ndarray:
    """The gradient, scaled down to Euclidean length max_norm if it is longer; direction unchanged.

    g * max_norm / ||g|| if ||g|| > max_norm, else g (Pascanu, Mikolov & Bengio 2013, Algorithm 1).

    Parameters
    ----------
    gradient : (p,), never modified
    max_norm : > 0, or None for no clipping

    Returns
    -------
    (p,), with the gradient's dtype; the gradient itself where nothing is to be clipped.

    Raises
    ------
    ValueError : max_norm not > 0.
    """
    if max_norm is None:
        return gradient
    if not max_norm > 0:
        raise ValueError(f"max_norm must be > 0 or None. Got {max_norm!r} instead.")
    # In float64: the squares of an exploded float32 gradient, the very case to catch, are inf.
    norm = float(np.linalg.norm(gradient.astype(np.float64)))
    if norm <= max_norm or math.isnan(norm):
        return gradient
    return gradient * (float(max_norm) / norm)
