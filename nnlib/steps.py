"""From the gradient to the new parameters: penalties, clipping and optimizers.py, in place.

Each step is recorded once as calls without arguments. Whatever it would multiply the gradient by
at once (-learning_rate in sgd, momentum and nesterov, 1 - beta1 in Adam) is left to whoever makes
the gradient: G holds `unit` times the gradient, so that a new rate changes one number.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from nnlib.inplace import Op
from nnlib.network import MLP
from nnlib.optimizers import Optimizer
from nnlib.passes import Networks, weight_mask

_LINEAR = ("sgd", "momentum", "nesterov")  # steps that are linear in the gradient
_ADAM = ("adam", "adamw")


class Step:
    """The calls of one step, `ops`, from G to `network.parameters`.

    `G` is laid out like the parameters and is used up by the step; `state` changes in place. With
    `Networks` the numbers may be one per model, arrays (models,). `frozen` parameters (bool, laid
    out alike) stay as they are now, to the bit.
    """

    def __init__(
        self,
        network: MLP | Networks,
        optimizer: Optimizer,
        state: dict,
        *,
        learning_rate: float | np.ndarray,
        l1: float | np.ndarray,
        l2: float | np.ndarray,
        clip_norm: float | np.ndarray | None,
        frozen: np.ndarray | None = None,
    ) -> None:
        self.P, self.state = network.parameters, state
        self.G, self._scratch = np.zeros_like(self.P), np.empty_like(self.P)
        self._name, self._settings = optimizer.name, optimizer.settings
        self._mask = weight_mask(network)
        self._l1, self._l2, self._clip = l1, l2, clip_norm
        # What set_rate and _count_step fill in.
        self._rate = np.zeros_like(per_model(learning_rate), self.P.dtype)
        self._scale, self._epsilon = self._rate.copy(), self._rate.copy()
        self._l1_term, self._l2_term, self._decay = (np.zeros_like(self.P) for _ in range(3))
        self.set_rate(learning_rate)
        held, restored = self._freezing(frozen)
        self.ops: list[Op] = [
            *self._penalties(),
            *held,
            *self._clipping(),
            *self._update(),
            *restored,
        ]

    @property
    def unit(self) -> np.ndarray:
        """What G holds is so many times the gradient; a number or a column (models, 1)."""
        if self._clip is None and self._name in _LINEAR:
            return self._minus_rate
        if self._clip is None and self._name in _ADAM:
            return np.full_like(self._minus_rate, 1 - self._settings["beta1"])
        return np.ones_like(self._minus_rate)

    def set_rate(self, learning_rate: float | np.ndarray) -> None:
        """Use another learning rate (or one per model) from the next step on."""
        self._minus_rate = -per_model(learning_rate)
        self._rate[...] = self._minus_rate
        np.multiply(self._mask, self.unit * per_model(self._l1), out=self._l1_term)
        np.multiply(self._mask, self.unit * per_model(self._l2), out=self._l2_term)
        decay = self._settings.get("weight_decay", 0.0)
        np.multiply(self._mask, self._minus_rate * decay, out=self._decay)

    def _penalties(self) -> list[Op]:
        """G += unit (l1 sign W + l2 W)."""
        P, G, scratch = self.P, self.G, self._scratch
        ops: list[Op] = []
        if np.any(self._l1):
            ops += [
                partial(np.sign, P, scratch),
                partial(np.multiply, scratch, self._l1_term, scratch),
                partial(np.add, G, scratch, G),
            ]
        if np.any(self._l2):
            ops += [partial(np.multiply, P, self._l2_term, scratch), partial(np.add, G, scratch, G)]
        return ops

    def _freezing(self, frozen: np.ndarray | None) -> tuple[list[Op], list[Op]]:
        """No gradient for the frozen ones; and whatever else moves them (momentum) is undone."""
        if frozen is None or not frozen.any():
            return [], []
        free = (~frozen).astype(self.P.dtype)
        return (
            [partial(np.multiply, self.G, free, self.G)],
            [partial(np.copyto, self.P, self.P.copy(), where=frozen)],
        )

    def _clipping(self) -> list[Op]:
        """G made shorter, and then what it would have been multiplied by."""
        if self._clip is None:
            return []
        G = self.G
        if self._name in _LINEAR:
            return [self._shorten, partial(np.multiply, G, self._rate, G)]
        if self._name in _ADAM:
            return [self._shorten, partial(np.multiply, G, self._number(1 - self._beta1), G)]
        return [self._shorten]

    def _shorten(self) -> None:
        G = self.G.astype(np.float64)  # the squares of an exploded float32 gradient are inf
        norm = np.sqrt(np.vecdot(G, G))
        self.G *= np.where(norm > self._clip, self._clip / norm, 1)[..., None]

    def _update(self) -> list[Op]:
        if self._name in _LINEAR:
            return self._linear_step()
        return self._adam_step() if self._name in _ADAM else self._root_step()

    def _linear_step(self) -> list[Op]:
        """SGD, momentum and Nesterov's, G being -learning_rate times the gradient."""
        P, G, scratch = self.P, self.G, self._scratch
        if self._name == "sgd":
            return [partial(np.add, P, G, P)]
        v, momentum = self.state["velocity"], self._number(self._settings["momentum"])
        ops: list[Op] = [partial(np.multiply, v, momentum, v), partial(np.add, v, G, v)]
        if self._name == "momentum":
            return [*ops, partial(np.add, P, v, P)]
        return [
            *ops,
            partial(np.multiply, v, momentum, scratch),
            partial(np.add, scratch, G, scratch),
            partial(np.add, P, scratch, P),
        ]

    def _root_step(self) -> list[Op]:
        """RMSprop and Adagrad: the gradient over the root of its squares' mean or sum."""
        P, G, scratch = self.P, self.G, self._scratch
        if self._name == "rmsprop":
            v, rho = self.state["mean_square"], self._settings["rho"]
            ops = self._running_mean(v, rho, 1 - rho)
        else:
            v = self.state["sum_square"]
            ops = [partial(np.multiply, G, G, scratch), partial(np.add, v, scratch, v)]
        return [
            *ops,
            partial(np.sqrt, v, scratch),
            partial(np.add, scratch, self._number(self._settings["epsilon"]), scratch),
            partial(np.divide, G, scratch, scratch),
            partial(np.multiply, scratch, self._rate, scratch),
            partial(np.add, P, scratch, P),
        ]

    def _adam_step(self) -> list[Op]:
        """Adam and AdamW, G being 1 - beta1 times the gradient.

        m^ / (sqrt(v^) + epsilon) with both corrections in two numbers: c = 1 / sqrt(1 - beta2^t),
        so it is m / (sqrt(v) + epsilon / c) times 1 / ((1 - beta1^t) c).
        """
        P, G, scratch = self.P, self.G, self._scratch
        m, v = self.state["first_moment"], self.state["second_moment"]
        beta1, beta2 = self._beta1, self._settings["beta2"]
        ops: list[Op] = [
            partial(np.multiply, m, self._number(beta1), m),
            partial(np.add, m, G, m),
            *self._running_mean(v, beta2, (1 - beta2) / (1 - beta1) ** 2),
            self._count_step,
            partial(np.sqrt, v, scratch),
            partial(np.add, scratch, self._epsilon, scratch),
            partial(np.divide, m, scratch, scratch),
            partial(np.multiply, scratch, self._scale, scratch),
        ]
        if self._name == "adamw":  # G has done its work: it takes the decay
            ops += [partial(np.multiply, P, self._decay, G), partial(np.add, scratch, G, scratch)]
        return [*ops, partial(np.add, P, scratch, P)]

    def _count_step(self) -> None:
        """Adam's corrections for its start at zero, at step t."""
        self.state["t"] = t = self.state["t"] + 1
        c = (1 - self._settings["beta2"] ** t) ** -0.5
        self._epsilon[...] = self._settings["epsilon"] / c
        self._scale[...] = self._minus_rate / ((1 - self._settings["beta1"] ** t) * c)

    @property
    def _beta1(self) -> float:
        return self._settings["beta1"]

    def _running_mean(self, v: np.ndarray, rho: float, share: float) -> list[Op]:
        """v = rho v + share G^2."""
        scratch = self._scratch
        return [
            partial(np.multiply, v, self._number(rho), v),
            partial(np.multiply, self.G, self.G, scratch),
            partial(np.multiply, scratch, self._number(share), scratch),
            partial(np.add, v, scratch, v),
        ]

    def _number(self, x: float) -> np.ndarray:
        return np.array(x, self.P.dtype)


def per_model(numbers: float | Sequence[float] | np.ndarray) -> np.ndarray:
    """A number as it is, one for each model as a column (models, 1), in float64."""
    numbers = np.asarray(numbers, np.float64)
    return numbers[:, None] if numbers.ndim else numbers
