"""Adversarial training: each step descends the loss at the worst points near the batch.

Madry et al. (2018), equation 2.1: minimise over theta the mean of max over ||r|| <= epsilon of
loss(x + r, y). The inner maximum is PGD's, started at a random place in each ball; the outer step
is the config's own optimizer. (Goodfellow et al. 2015 mixed such points with clean ones.)
"""

from __future__ import annotations

import math

import numpy as np

from nnlib.attacks import pgd
from nnlib.config import MAX_EPOCHS, RunConfig
from nnlib.data import Table
from nnlib.fast.steps import Step
from nnlib.history import copy_state
from nnlib.inputs.ball import Ball, check_size, check_steps
from nnlib.inputs.composed import Composed, composed, flip_loss
from nnlib.run import Run

_STARTS = 203  # a random stream beside run.py's


class AdversarialTraining:
    """A run that is trained on attacked points: `training.run` has network, data and history.

    The run starts from the weights and follows the orders, rates and penalties of `Run(config)`:
    with epsilon 0 both do the same. The same arguments give the same numbers, bit for bit, on the
    same machine. `run.history` holds losses and scores on the clean points. Train it only here, and
    let it be: its snapshots cannot be revisited, since a Run retraces its past on clean points.

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
        dtype: type = np.float32,
    ) -> None:
        self.run = run = Run(config, data, dtype=dtype)
        if run.data.kind == "regression":
            raise ValueError("adversarial training needs classes; this data has a number as target")
        self.epsilon, self.norm, self.steps, self.step_size = epsilon, norm, steps, step_size
        self.network = composed(run.network, run.data, units)
        points = run.data.points
        X = points.train if units == "plane" else points.train * points.scale + points.center
        self._X = X.astype(dtype)
        Ball(self._X, epsilon, norm, None)
        check_steps(steps)
        if step_size is not None:
            check_size("step_size", step_size)
        self._step = Step(
            run.network,
            run.optimizer,
            run.state,
            learning_rate=run.learning_rate,
            l1=config.l1,
            l2=config.l2,
            clip_norm=config.clip_norm,
        )
        self._batch = 0  # of the epoch under way
        self._begin_epoch()

    @property
    def epoch(self) -> int:
        """Epochs that are complete."""
        return self.run.epoch

    @property
    def n_batches(self) -> int:
        """Steps in an epoch; a partial last batch counts."""
        return math.ceil(len(self._X) / self.run.config.batch_size)

    def advance(self, epochs: int) -> None:
        """Train this many epochs more (an epoch under way counts as one when it ends)."""
        self.advance_batches(epochs * self.n_batches - self._batch)

    def advance_batches(self, n: int) -> None:
        """Do n steps: a turn's worth. One step takes `steps` + 1 passes over its batch."""
        with np.errstate(all="ignore"):  # a diverging run overflows; _end_epoch says so
            for _ in range(n):
                if self.run.diverged is not None or self.epoch >= MAX_EPOCHS:
                    return
                self._train_a_batch()
                if self._batch == self.n_batches:
                    self._end_epoch()

    def _begin_epoch(self) -> None:
        run = self.run
        self._order = run.order(run.epoch) if self.n_batches > 1 else np.arange(len(self._X))
        self._rng = np.random.default_rng([run.config.seed, _STARTS, run.epoch])
        self._step.set_rate(run.learning_rate)
        self._last_finite = run.network.parameters.copy(), copy_state(run.state)

    def _train_a_batch(self) -> None:
        run, size = self.run, self.run.config.batch_size
        rows = self._order[self._batch * size : (self._batch + 1) * size]
        y = run.data.y_train[rows]
        worst = pgd(
            *(self.network, self._X[rows], y, flip_loss(run.loss), self.epsilon, self.norm),
            steps=self.steps,
            step_size=self.step_size,
            rng=self._rng,
        )
        seen = self.network.inputs(worst) if isinstance(self.network, Composed) else worst
        _, gradient = run.network.loss_and_gradient(seen, y, run.loss)
        np.multiply(gradient, self._step.unit, out=self._step.G)
        for op in self._step.ops:
            op()
        self._batch += 1

    def _end_epoch(self) -> None:
        run, self._batch = self.run, 0
        P, values = run.network.parameters, run.measure()
        if math.isfinite(P.dot(P)) and math.isfinite(sum(values)):
            run.end_epoch(run.epoch + 1, values, P, run.state)
            self._begin_epoch()
        else:
            run.diverge(*self._last_finite)
