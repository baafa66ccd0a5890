"""Many networks of one shape, trained in one pass: the kernel's arrays get a leading model axis.

They may differ in data, seed, activations, loss, learning rate and schedule, penalties and
initializer; each keeps its own order of the data. Every run ends as if it had been trained alone
(the same sums in another order of additions).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from nnlib.config import MAX_EPOCHS, RunConfig
from nnlib.fast.evaluation import Evaluation
from nnlib.fast.kernel import Kernel
from nnlib.fast.passes import Networks, weight_mask
from nnlib.history import copy_state
from nnlib.optimizers.entry import State
from nnlib.run import Run
from nnlib.streams import ORDER_BLOCK, orders


def train_stack(
    configs: Sequence[RunConfig], epochs: int, *, dtype: type = np.float32
) -> list[Run]:
    """A run for each config, in their order, trained `epochs` epochs.

    Those of one shape (`stacks`) train side by side, a single one alone. Raises what Run raises.
    """
    runs = [Run(config, dtype=dtype) for config in configs]
    for group in stacks(runs):
        (Stack(group) if len(group) > 1 else group[0]).advance(epochs)
    return runs


def stacks(runs: Sequence[Run]) -> list[list[Run]]:
    """The runs in groups that can train side by side: one shape, one optimizer, one place."""
    ordered = sorted(runs, key=lambda run: repr(_shape(run)))
    return [list(group) for _, group in groupby(ordered, key=_shape)]


def _shape(run: Run) -> tuple[object, ...]:
    """What runs must have in common."""
    c, data = run.config, run.data
    return (
        *(run.network.sizes, run.network.dtype.name, data.kind),
        *(len(data.X_train), len(data.X_test), c.batch_size, c.clip_norm is None),
        *(c.optimizer, tuple(run.optimizer.settings.items())),
        *(run.epoch, run.batch),
        tuple(v for v in run.state.values() if not isinstance(v, np.ndarray)),
        id(run) if run.frozen.any() or run.network.killed else 0,  # edited ones train alone
    )


class Stack:
    """Runs of one shape (see `stacks`) side by side; `advance` trains them all.

    Between two calls every run is whole: it can be looked at, branched or trained alone, but a
    run that was changed or trained alone needs a new Stack.
    """

    def __init__(self, runs: Sequence[Run]) -> None:
        if len({_shape(run) for run in runs}) != 1 or runs[0].batch or any(r.plan for r in runs):
            raise ValueError(
                "runs that train side by side need the same sizes, optimizer, batch size, number "
                "of points and epoch, no batch under way and no changes planned"
            )
        # Neighbours with the same functions share their calls.
        self.runs = sorted(runs, key=lambda run: (_names(run), run.loss.name))
        self._networks = Networks([run.network for run in self.runs])
        self._losses = [run.loss for run in self.runs]
        first, configs = self.runs[0], [run.config for run in self.runs]
        self._l1 = np.array([c.l1 for c in configs])
        self._l2 = np.array([c.l2 for c in configs])
        self.epoch = first.epoch  # of every run that has not diverged
        self._scheduled = any(c.schedule != "constant" for c in configs)
        self._same_rate = len({_rate_settings(c) for c in configs}) == 1
        data = [run.data for run in self.runs]
        state = {
            name: np.stack([run.state[name] for run in self.runs])
            if isinstance(value, np.ndarray)
            else value
            for name, value in first.state.items()
        }
        self._kernel = Kernel(
            self._networks,
            np.stack([each.X_train for each in data]),
            np.stack([each.y_train for each in data]),
            self._losses,
            first.optimizer,
            batch_size=first.config.batch_size,
            learning_rate=self._rates(),
            l1=self._l1,
            l2=self._l2,
            # Where one is None all are (`_shape`).
            clip_norm=None
            if first.config.clip_norm is None
            else np.array([c.clip_norm for c in configs], float),
            state=state,
        )
        self._evaluation = Evaluation(self._networks, data, self._losses)
        self._mask = weight_mask(self._networks)
        self._orders: tuple[int, np.ndarray] = (-1, np.empty(0))  # of a block of epochs
        self._training = {i: run for i, run in enumerate(self.runs) if run.diverged is None}
        self._log: list[
            tuple[int, np.ndarray | None, np.ndarray, State]
        ] = []  # epoch, values, parameters, state: not handed over yet

    def advance(self, epochs: int) -> None:
        """Train this many epochs more; a run that diverges stays at its last finite epoch."""
        with np.errstate(all="ignore"):
            for _ in range(epochs):
                if not self._training or self.epoch >= MAX_EPOCHS:
                    break
                self._train_an_epoch()
        self._hand_over()

    # ------------------------------------------------------------------ one epoch

    def _train_an_epoch(self) -> None:
        kernel, P = self._kernel, self._networks.parameters
        if self._scheduled:
            kernel.set_rate(self._rates())
        if self.epoch % kernel.flush_every == 0:
            kernel.flush()
        kernel.load(self._order() if kernel.n_batches > 1 else None)
        before = P.copy(), copy_state(kernel.state)
        kernel.run(0, kernel.n_batches)
        self.epoch += 1
        finite = np.isfinite(np.vecdot(P, P))
        values = None
        if any(run.wants_values(self.epoch) for run in self._training.values()):
            values = self._measured()
            finite &= np.isfinite(values.sum(axis=1))
        if not finite.all():
            self._part_with(np.flatnonzero(~finite).tolist(), *before)
        self._log.append((self.epoch, values, P.copy(), copy_state(kernel.state)))
        if len(self._log) == ORDER_BLOCK:
            self._hand_over()

    def _hand_over(self) -> None:
        """What the epochs in the log leave behind, to the runs."""
        for model, run in self._training.items():
            for epoch, values, P, state in self._log:
                run.end_epoch(
                    epoch,
                    None if values is None else values[model],
                    P[model],
                    _model(state, model),
                )
            run.take_over(self._networks.parameters[model], _model(self._kernel.state, model))
        self._log.clear()

    def _part_with(self, models: list[int], P_before: np.ndarray, state_before: State) -> None:
        """These diverged in the epoch that has just ended: they stay where they were before."""
        self._hand_over()
        for model in models:
            run = self._training.pop(model, None)
            if run:
                run.diverge(P_before[model], _model(state_before, model))
            # What goes on being computed is not looked at, but must not slow the others down.
            for array in (self._networks.parameters, *self._kernel.state.values()):
                if isinstance(array, np.ndarray):
                    array[model] = 0

    def _measured(self) -> np.ndarray:
        """What Run.measure gives, a row for each model."""
        values = self._evaluation.run()
        objective = values[:, 0]
        if self._l1.any() or self._l2.any():
            W = (self._networks.parameters * self._mask).astype(np.float64)
            squares, sizes = np.vecdot(W, W), np.abs(W).sum(axis=1)
            objective = objective + self._l2 / 2 * squares + self._l1 * sizes
        return np.column_stack([values[:, :2], objective, values[:, 2:]])

    def _order(self) -> np.ndarray:
        """Every model's data in its own order, for Kernel.load."""
        block, epoch = divmod(self.epoch, ORDER_BLOCK)
        if self._orders[0] != block:
            n = len(self.runs[0].data.X_train)
            every = np.empty((ORDER_BLOCK, len(self.runs), n), np.intp)
            for i, run in enumerate(self.runs):
                np.add(orders(run.config.seed, block, n), n * i, out=every[:, i])
            rows = every.reshape(ORDER_BLOCK, -1)
            self._orders = (block, self._kernel.batchwise(rows))
        return self._orders[1][epoch]

    def _rates(self) -> float | np.ndarray:
        if self._same_rate:
            return self.runs[0].rate_after(self.epoch)
        return np.array([run.rate_after(self.epoch) for run in self.runs])


def _model(state: State, model: int) -> State:
    """One model's optimizer state: views of rows."""
    return {n: v[model] if isinstance(v, np.ndarray) else v for n, v in state.items()}


def _names(run: Run) -> tuple[str, ...]:
    return tuple(f.name for f in run.network.activations)


def _rate_settings(c: RunConfig) -> tuple[object, ...]:
    return c.learning_rate, c.schedule, c.schedule_every, c.schedule_factor
