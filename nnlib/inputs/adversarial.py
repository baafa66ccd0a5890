"""Adversarial training: each step descends the loss at the worst points near the batch.

Madry et al. (2018), equation 2.1: minimise over theta the mean of max over ||r|| <= epsilon of
loss(x + r, y). The inner maximum is PGD's, started at a random place in each ball; the outer step
is the config's own optimizer. (Goodfellow et al. 2015 mixed such points with clean ones.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import DTypeLike

from nnlib.attacks import pgd
from nnlib.config import RunConfig
from nnlib.data import Table
from nnlib.fast.kernel import flush, flush_every
from nnlib.fast.steps import OptimizerStep
from nnlib.inputs.ball import Ball, check_size, check_steps
from nnlib.inputs.composed import Composed, composed, flip_loss
from nnlib.run import Run
from nnlib.training import Training

_STARTS = 203  # a random stream beside those of streams.py


class AdversarialTraining:
    """A run that is trained on attacked points: `training.run` has network, data and history.

    The run starts from the weights and follows the orders, rates and penalties of `Run(config)`:
    with epsilon 0 both do the same. The same arguments give the same numbers, bit for bit, on the
    same machine. `run.history` holds losses and scores on the clean points.

    The attack ascends `flip_loss` of the config's loss, the step descends the loss itself.

    epsilon : >= 0, in `units` ("plane" or "original", see composed.composed)
    norm : "inf" or "2"
    steps : of PGD for each batch; step_size None: 2.5 epsilon / steps
    data : the table of dataset "own"

    Raises what Run raises, and ValueError for a bad argument or data that are no classes.
    `advance` never raises on divergence: `run.diverged` says at which epoch.
    """

    def __init__(
        self,
        config: RunConfig,
        data: Table | None = None,
        *,
        epsilon: float,
        norm: str = "inf",
        steps: int = 7,
        step_size: float | None = None,
        units: str = "plane",
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.run = run = Run(config, data, dtype=dtype)
        if run.data.kind == "regression":
            raise ValueError("adversarial training needs classes; this data has a number as target")
        self.attack = attack = Inner(epsilon, norm, steps, step_size, units)
        composed(run.network, run.data, units)  # refuses other units
        Ball(attack.inputs(run), epsilon, norm, None)
        check_steps(steps)
        if step_size is not None:
            check_size("step_size", step_size)
        run.adopt(partial(_AttackedSteps, attack))

    @property
    def epoch(self) -> int:
        """Epochs that are complete."""
        return self.run.epoch

    @property
    def n_batches(self) -> int:
        """Steps in an epoch; a partial last batch counts."""
        return self.run.n_batches

    def advance(self, epochs: int) -> None:
        """Train this many epochs more (an epoch under way counts as one when it ends)."""
        self.run.advance(epochs)

    def advance_batches(self, n: int) -> None:
        """Do n steps: a turn's worth. One step takes `steps` + 1 passes over its batch."""
        self.run.advance_batches(n)


@dataclass(frozen=True)
class Inner:
    """The inner maximisation; attributes as the arguments of `AdversarialTraining`."""

    epsilon: float
    norm: str
    steps: int
    step_size: float | None
    units: str

    def inputs(self, run: Training) -> np.ndarray:
        """The training points of a run as the attack moves them, (n, d)."""
        points = run.data.points
        X = points.train if self.units == "plane" else points.train * points.scale + points.center
        return X.astype(run.network.dtype)


class _AttackedSteps:
    """The steps of a run on attacked points, in place of its kernel (epochs.Trainer)."""

    def __init__(self, attack: Inner, run: Training) -> None:
        self._attack, self._run = attack, run
        self._network = composed(run.network, run.data, attack.units)
        self._X, self._y = attack.inputs(run), run.data.y_train
        c = run.config
        self._size = c.batch_size
        self.n_batches = math.ceil(len(self._X) / self._size)
        self.learning_rate = run.learning_rate
        self._step = OptimizerStep(
            run.network,
            run.optimizer,
            run.state,
            learning_rate=self.learning_rate,
            l1=c.l1,
            l2=c.l2,
            clip_norm=c.clip_norm,
            frozen=run.frozen,
        )
        self.load(None)

    def set_rate(self, learning_rate: float) -> None:
        self.learning_rate = learning_rate
        self._step.set_rate(learning_rate)

    @property
    def flush_every(self) -> int:
        return flush_every(self.n_batches)

    def flush(self) -> None:
        flush(self._run.network.parameters, self._run.state)

    def load(self, order: np.ndarray | None) -> None:
        self._order = np.arange(len(self._X)) if order is None else order
        self._rng, self._next = self._starts(), 0

    def run(self, start: int, stop: int) -> None:
        if start != self._next:  # made anew in the middle of an epoch, after a rest
            self._rng = self._starts()
            for batch in range(start):
                self._ball(batch).random(self._rng)
        for batch in range(start, stop):
            self._train_a_batch(batch)
        self._next = stop

    def _starts(self) -> np.random.Generator:
        """The random places in the balls at which the attacks of this epoch start."""
        return np.random.default_rng([self._run.config.seed, _STARTS, self._run.epoch])

    def _rows(self, batch: int) -> np.ndarray:
        return self._order[batch * self._size : (batch + 1) * self._size]

    def _ball(self, batch: int) -> Ball:
        return Ball(self._X[self._rows(batch)], self._attack.epsilon, self._attack.norm, None)

    def _train_a_batch(self, batch: int) -> None:
        attack, network, loss, rows = self._attack, self._network, self._run.loss, self._rows(batch)
        y = self._y[rows]
        worst = pgd(
            *(network, self._X[rows], y, flip_loss(loss), attack.epsilon, attack.norm),
            steps=attack.steps,
            step_size=attack.step_size,
            rng=self._rng,
        )
        seen = network.inputs(worst) if isinstance(network, Composed) else worst
        _, gradient = self._run.network.loss_and_gradient(seen, y, loss)
        np.multiply(gradient, self._step.unit, out=self._step.G)
        for op in self._step.ops:
            op()
