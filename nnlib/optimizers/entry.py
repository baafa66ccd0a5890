"""What one optimizer is: the form of its entry, and what its steps work on in the kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from nnlib.basics.ops import Op
from nnlib.basics.registry import Setting

# Arrays like the parameters, and numbers; Any, since only the optimizer knows which name is which.
State = dict[str, Any]


class Workspace:
    """The buffers of a recorded step.

    Attributes
    ----------
    P : the parameters, changed in place
    G : like P; when the step begins it holds the gradient times what the entry's `InPlace` says.
        The step may use it up
    scratch : like P
    state : what the optimizer's `init` made
    mask : 1 for every weight and 0 for every bias, like P
    minus_rate : minus the learning rate in float64, a number or one per model as a column
        (models, 1)
    rate : the same in P's dtype, always the same array
    when_rate_changes : called without arguments after each change of the rate, and once before the
        first step
    """

    def __init__(
        self,
        P: np.ndarray,
        state: State,
        mask: np.ndarray,
        learning_rate: float | Sequence[float] | np.ndarray,
    ) -> None:
        self.P, self.state, self.mask = P, state, mask
        self.G, self.scratch = np.zeros_like(P), np.empty_like(P)
        self.minus_rate = -per_model(learning_rate)
        self.rate = np.zeros_like(self.minus_rate, P.dtype)
        self.when_rate_changes: list[Callable[[], None]] = []

    def number(self, x: float) -> np.ndarray:
        """A constant that a call can take."""
        return np.array(x, self.P.dtype)

    def per_rate(self) -> np.ndarray:
        """A number for each learning rate, to be filled in, in P's dtype."""
        return np.zeros_like(self.rate)

    def running_mean(self, v: np.ndarray, rho: float, share: float) -> list[Op]:
        """The calls for v = rho v + share G^2."""
        return [
            partial(np.multiply, v, self.number(rho), v),
            partial(np.multiply, self.G, self.G, self.scratch),
            partial(np.multiply, self.scratch, self.number(share), self.scratch),
            partial(np.add, v, self.scratch, v),
        ]


@dataclass(frozen=True)
class InPlace:
    """One step once more, as calls without arguments (see ops.py): what the kernel runs.

    What the step would multiply the gradient by at once is left to whoever makes the gradient, so
    that a new rate changes one number.

    Attributes
    ----------
    record : workspace -> the calls from G to the new P
    by_rate : G holds minus the learning rate times the gradient
    factor : else G holds so many times the gradient
    """

    record: Callable[[Workspace], list[Op]]
    by_rate: bool = False
    factor: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """One optimizer, and what a page says about it.

    Attributes
    ----------
    name : the key in OPTIMIZERS
    title : the name as people write it
    init : parameters (p,) -> state, buffers of zeros like the parameters (and for Adam the number
        of steps taken, t = 0)
    update : (gradient, state, parameters, learning_rate) -> step (p,), a new array to be ADDED to
        the parameters. The state is updated in place; gradient and parameters are left alone.
        learning_rate is a number > 0
    in_place : the same once more, as the kernel computes it
    formula : KaTeX of one step
    note : one plain line on what it does
    source : author (year)
    fields, make : its settings, and itself with others (registry.Entry)
    """

    name: str
    title: str
    init: Callable[[np.ndarray], State]
    update: Callable[[np.ndarray, State, np.ndarray, float], np.ndarray]
    in_place: InPlace
    formula: str
    note: str
    source: str
    fields: tuple[Setting, ...] = ()
    make: Callable[..., Optimizer] | None = None

    @property
    def settings(self) -> dict[str, float]:
        """The optimizer's own numbers by name: momentum, rho, beta1, ..."""
        return dict(getattr(self.update, "keywords", {}))


def buffers(parameters: np.ndarray, *names: str) -> State:
    """Zeros like the parameters, by name."""
    return {name: np.zeros_like(parameters) for name in names}


def per_model(numbers: float | Sequence[float] | np.ndarray) -> np.ndarray:
    """A number as it is, one for each model as a column (models, 1), in float64."""
    numbers = np.asarray(numbers, np.float64)
    return numbers[:, None] if numbers.ndim else numbers
