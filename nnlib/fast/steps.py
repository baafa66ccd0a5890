"""From the gradient to the new parameters: penalties, clipping and the optimizer's step, in place.

Each step is recorded once as calls without arguments. Whatever it would multiply the gradient by
at once (-learning_rate in sgd, 1 - beta1 in Adam) is left to whoever makes the gradient: G holds
`unit` times the gradient, so that a new rate changes one number.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from nnlib.basics.ops import Op
from nnlib.fast.passes import Networks, weight_mask
from nnlib.network import MLP
from nnlib.optimizers import Optimizer
from nnlib.optimizers.entry import State, Workspace, per_model


class OptimizerStep:
    """The calls of one step, `ops`, from G to `network.parameters`.

    `G` is laid out like the parameters and is used up by the step; `state` changes in place. With
    `Networks` the numbers may be one per model, arrays (models,). `frozen` parameters (bool, laid
    out alike) stay as they are now, to the bit.
    """

    def __init__(
        self,
        network: MLP | Networks,
        optimizer: Optimizer,
        state: State,
        *,
        learning_rate: float | np.ndarray,
        l1: float | np.ndarray,
        l2: float | np.ndarray,
        clip_norm: float | np.ndarray | None,
        frozen: np.ndarray | None = None,
    ) -> None:
        mask = weight_mask(network)
        self._work = work = Workspace(network.parameters, state, mask, learning_rate)
        self.P, self.G, self.state = work.P, work.G, state
        self._form = optimizer.in_place
        self._l1, self._l2, self._clip = l1, l2, clip_norm
        self._l1_term, self._l2_term = np.zeros_like(self.P), np.zeros_like(self.P)
        held, restored = self._freezing(frozen)
        self.ops: list[Op] = [
            *self._penalties(),
            *held,
            *self._clipping(),
            *self._form.record(work),
            *restored,
        ]
        self.set_rate(learning_rate)

    @property
    def unit(self) -> np.ndarray:
        """What G holds is so many times the gradient; a number or a column (models, 1)."""
        if self._clip is not None:
            return np.ones_like(self._work.minus_rate)
        return self._multiplier

    @property
    def _multiplier(self) -> np.ndarray:
        """The same when the optimizer's own step begins, after clipping."""
        if self._form.by_rate:
            return self._work.minus_rate
        return np.full_like(self._work.minus_rate, self._form.factor)

    def set_rate(self, learning_rate: float | np.ndarray) -> None:
        """Use another learning rate (or one per model) from the next step on."""
        work = self._work
        work.minus_rate = -per_model(learning_rate)
        work.rate[...] = work.minus_rate
        np.multiply(work.mask, self.unit * per_model(self._l1), out=self._l1_term)
        np.multiply(work.mask, self.unit * per_model(self._l2), out=self._l2_term)
        for follow in work.when_rate_changes:
            follow()

    def _penalties(self) -> list[Op]:
        """G += unit (l1 sign W + l2 W)."""
        P, G, scratch = self.P, self.G, self._work.scratch
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
        G, form = self.G, self._form
        if form.by_rate:
            return [self._shorten, partial(np.multiply, G, self._work.rate, G)]
        if form.factor != 1:
            factor = self._work.number(form.factor)
            return [self._shorten, partial(np.multiply, G, factor, G)]
        return [self._shorten]

    def _shorten(self) -> None:
        G = self.G.astype(np.float64)  # the squares of an exploded float32 gradient are inf
        norm = np.sqrt(np.vecdot(G, G))
        self.G *= np.where(norm > self._clip, self._clip / norm, 1)[..., None]
