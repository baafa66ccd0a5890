"""A network's way through training, forward in time: epochs, changes and edits, what is kept.

Everything random is a function of the config's seed, so config + `changes` reproduce every number;
the order of the batches is a function of (seed, epoch) alone, so any epoch can be recomputed from
an earlier snapshot to the bit.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import DTypeLike

from nnlib.activations import ACTIVATIONS, activation
from nnlib.changes import LIVE_FIELDS, Change, can_continue, config_after, fitting, record
from nnlib.config import RunConfig
from nnlib.data import Table
from nnlib.edits import Edit, check_value, do_edit, edited, is_edit, read_edit
from nnlib.epochs import EpochLoop, Trainer
from nnlib.fast.evaluation import Evaluation
from nnlib.fast.kernel import Kernel
from nnlib.history import History, Snapshots, copy_state
from nnlib.losses import LOSSES
from nnlib.losses import loss as loss_by_name
from nnlib.network import MLP
from nnlib.optimizers import OPTIMIZERS, scheduled_rate
from nnlib.optimizers import optimizer as optimizer_by_name
from nnlib.optimizers.entry import State
from nnlib.streams import ORDER_BLOCK, drawn_anew, initial_parameters, orders
from nnlib.task import Data, choose_pair, prepare

REST_ROOM = 32_000  # bytes of snapshots that a resting run keeps
SNAPSHOTS_ROOM = 4_000_000  # bytes of snapshots that a run keeps, about


class Training(EpochLoop):
    """What a `Run` is as long as it only goes on."""

    def __init__(
        self,
        config: RunConfig,
        data: Table | None = None,
        *,
        changes: Sequence[Change] = (),
        dtype: DTypeLike = np.float32,
        snapshots: int | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        self.initial_config = config  # before all changes
        self.own = data
        self._dtype = dtype
        self.changes: list[Change] = []
        names = [name for _, name in config.hidden] + [self.data.output]
        widths = [width for width, _ in config.hidden]
        sizes = (self.data.X_train.shape[1], *widths, self.data.y_train.shape[1])
        self.network = MLP(
            sizes,
            [activation(name, **config.settings_of(ACTIVATIONS[name])) for name in names],
            initializer="zeros",
            rng=np.random.default_rng(0),
            dtype=dtype,
        )
        self.network.parameters[:] = initial_parameters(
            sizes, config.initializer, config.seed, config.weight_seed
        )
        self._make_trainer: Callable[[Training], Trainer] = _kernel_of
        self._n_train = len(self.data.X_train)
        self._set_up_training(None)
        self.history = History()
        if snapshots is None:
            size = self.network.parameters.nbytes * 3
            snapshots = int(np.clip(SNAPSHOTS_ROOM // size, 16, 256))
        self._snapshots = Snapshots(limit=snapshots)
        self.end_epoch(0, self.measure(), self.network.parameters, self.state)
        planned = config
        for change in changes:
            planned = config_after(planned, change, self.network.sizes, self.data.kind)
        self._plan = deque(changes)
        self._follow_plan()

    # ------------------------------------------------------------------ training

    def advance(self, epochs: int) -> None:
        """Train this many epochs more (an epoch under way counts as one when it ends)."""
        last = self.epoch + epochs
        while self.epoch < last and not self.ended:
            # A planned change on the way may change how many batches an epoch has.
            stop = min(last, self._plan[0].epoch) if self._plan else last
            self.advance_batches((stop - self.epoch) * self.n_batches - self.batch)

    @property
    def n_batches(self) -> int:
        """Optimiser steps in an epoch; a partial last batch counts."""
        return self._trainer.n_batches

    def _train(self, start: int, stop: int) -> None:
        self._trainer.run(start, stop)

    @property
    def learning_rate(self) -> float:
        """The rate of the epoch under way, after the schedule."""
        return self.rate_after(self.epoch)

    def rate_after(self, epoch: int) -> float:
        """The rate of the epoch that follows `epoch` epochs."""
        c = self.config
        if c.schedule == "constant":
            return c.learning_rate
        return scheduled_rate(
            c.schedule,
            c.learning_rate,
            epoch,
            every=c.schedule_every,
            factor=c.schedule_factor,
            horizon=c.schedule_every,
        )

    def change(self, **changes: object) -> None:
        """Change settings that act on the running network (LIVE_FIELDS), from the next epoch on.

        Raises ValueError for any other field or a loss that does not fit the data, and
        ValidationError for a bad value; the run is untouched then. An epoch under way is
        finished first, so that epochs stay whole.
        """
        new = self.config.replace(**changes)
        if not can_continue(self.config, new):
            raise ValueError(f"these settings need a new run: {', '.join(changes)}")
        choose_pair(new, self.data.kind)
        if self.batch:
            self.advance_batches(self.n_batches - self.batch)
        for name in changes:
            old, value = getattr(self.config, name), getattr(new, name)
            if old != value:
                record(self.changes, Change(self.epoch, name, old, value))
        self.diverged = None  # a smaller rate may go on from the last finite epoch
        self._apply(new)

    def edit(self, name: str, value: float) -> None:
        """Edit the network by hand (names in edits.py), from the next epoch on.

        Raises ValueError with a sentence for people where the network has no such place or the
        value is not allowed. An epoch under way is finished first.
        """
        edit = read_edit(name, self.network.sizes)
        value = check_value(name, edit, value)
        if self.batch:
            self.advance_batches(self.n_batches - self.batch)
        record(
            self.changes, Change(self.epoch, name, edited(edit, self.network, self.frozen), value)
        )
        self.diverged = None
        self._do_edit(edit, value)

    def _do_edit(self, edit: Edit, value: float) -> None:
        network = self.network
        anew = drawn_anew(network, self.config, int(value)) if edit.kind == "randomise" else None
        do_edit(edit, value, network, self.frozen, anew)
        self._set_up_training(self.state)  # what is prebuilt holds copies of all this

    def _redo(self, change: Change) -> None:
        """Make a change of another run here, too."""
        if is_edit(change.field):
            self.edit(change.field, change.number)
        else:
            self.change(**{change.field: change.new})

    @property
    def plan(self) -> list[Change]:
        """Changes that are still to come."""
        return list(self._plan)

    def fitting(self, changes: Sequence[Change]) -> tuple[list[Change], list[str]]:
        """Those of the changes that can be planned for this run, and why each other one cannot."""
        return fitting(changes, self.config, self.network.sizes, self.data.kind)

    def _follow_plan(self) -> None:
        while self._plan and self._plan[0].epoch <= self.epoch:
            self._redo(self._plan.popleft())

    def _apply(self, new: RunConfig) -> None:
        old, self.config = self.config, new
        changed = {n for n in LIVE_FIELDS if getattr(old, n) != getattr(new, n)}
        if changed <= {"learning_rate", "schedule", "schedule_every", "schedule_factor"}:
            return  # _begin_epoch sets the rate
        if "loss" in changed:
            self.data = replace(self.data, loss=choose_pair(new, self.data.kind)[1])
        keep = old.optimizer == new.optimizer
        self._set_up_training(self.state if keep else None)

    def _set_up_training(self, state: State | None) -> None:
        c = self.config
        name = self.data.loss
        self.loss = loss_by_name(name, **c.settings_of(LOSSES[name]))
        self.optimizer = optimizer_by_name(c.optimizer, **c.settings_of(OPTIMIZERS[c.optimizer]))
        self.state = self.optimizer.init(self.network.parameters) if state is None else state
        for prebuilt in ("_trainer", "_evaluation"):
            self.__dict__.pop(prebuilt, None)

    # Made when first needed, and again after a rest; in a Stack a run trains without kernel and
    # evaluation.

    @cached_property
    def data(self) -> Data:
        """What it learns from, as its network sees it."""
        data = prepare(self.initial_config, self.own, self._dtype)
        loss = choose_pair(self.config, data.kind)[1]
        return data if loss == data.loss else replace(data, loss=loss)

    @cached_property
    def frozen(self) -> np.ndarray:
        """Which parameters training leaves alone, bool, like them."""
        return np.zeros(self.network.parameters.shape, bool)

    @cached_property
    def _trainer(self) -> Trainer:
        trainer = self._make_trainer(self)
        if self.batch:  # in the middle of an epoch: with its order
            trainer.load(self.order(self.epoch))
        return trainer

    def rest(self) -> None:
        """Give back what can be made again; every number of the run stays what it is.

        What training on needs is kept: parameters, the optimizer's state, who is frozen. Epochs
        whose snapshots went are trained again when they are visited.
        """
        for prebuilt in ("_trainer", "_evaluation", "data"):
            self.__dict__.pop(prebuilt, None)
        if not self.batch:
            self.__dict__.pop("_last_finite", None)
        if not self.frozen.any():
            del self.frozen
        self.history.rest()
        self._snapshots.let_go(REST_ROOM)

    @cached_property
    def _evaluation(self) -> Evaluation:
        return Evaluation(self.network, self.data, self.loss)

    def _begin_epoch(self) -> None:
        rate = self.learning_rate
        if rate != self._trainer.learning_rate:
            self._trainer.set_rate(rate)
        if self.epoch % self._trainer.flush_every == 0:
            self._trainer.flush()
        # one batch holds everything: its order makes no difference
        self._trainer.load(self.order(self.epoch) if self.n_batches > 1 else None)
        self._last_finite = self.network.parameters.copy(), copy_state(self.state)

    def order(self, epoch: int) -> np.ndarray:
        """The order of the training rows in the epoch after `epoch`, from (seed, epoch) alone."""
        block, row = divmod(epoch, ORDER_BLOCK)
        return orders(self.config.seed, block, self._n_train)[row]

    def next_rows(self) -> np.ndarray:
        """The training rows of the batch to come, (B,), in the order in which they are taken."""
        order = self.order(self.epoch)
        if self.n_batches == 1:
            return order
        size = self.config.batch_size
        return order[self.batch * size : (self.batch + 1) * size]

    def _end_of_epoch(self) -> None:
        P, epoch = self.network.parameters, self.epoch + 1
        values = self._measured() if self.wants_values(epoch) else None
        if math.isfinite(P.dot(P)) and (values is None or math.isfinite(sum(values))):
            self.end_epoch(epoch, values, P, self.state)
            self._follow_plan()
        else:
            self.diverge(*self._last_finite)

    # ------------------------------------- trained by somebody else, or kept by this run itself

    def adopt(self, make_trainer: Callable[[Training], Trainer]) -> None:
        """From now on what `make_trainer(run)` gives does the steps, not the kernel.

        It is called again after each change of the run, and for the runs that visits go back to.
        """
        self._make_trainer = make_trainer
        self.__dict__.pop("_trainer", None)

    def wants_values(self, epoch: int) -> bool:
        """Whether the history or the snapshots keep this epoch."""
        return epoch % self.history.stride == 0 or self._snapshots.wants(epoch)

    def end_epoch(
        self,
        epoch: int,
        values: tuple[float, ...] | None,
        parameters: np.ndarray,
        state: State,
    ) -> None:
        """An epoch has ended well: keep of it what is wanted.

        Whoever trains a run beside it (stack.py) hands its epochs back so, one after the other, and
        then its numbers by `take_over`; or the one that was not finite by `diverge`.

        values : what `measure` gives; None where `wants_values` was false
        parameters, state : after the epoch; both are copied
        """
        self.batch, self.epoch = 0, epoch
        if values is not None:
            self.history.append(epoch, values)
        if self._snapshots.wants(epoch):
            self._snapshots.add(epoch, parameters, state)

    def diverge(self, parameters: np.ndarray, state: State) -> None:
        """The epoch under way ended in numbers that are not finite: go back to before it."""
        self.diverged = self.epoch + 1
        self.batch = 0
        self.take_over(parameters, state)

    def take_over(self, parameters: np.ndarray, state: State) -> None:
        """Go on with these parameters and this state of the optimizer; both are copied."""
        self.network.parameters[:] = parameters
        for name, value in state.items():
            if isinstance(value, np.ndarray):
                self.state[name][:] = value  # in place: the kernel holds views
            else:
                self.state[name] = value

    # ------------------------------------------------------------------ looking

    def measure(self) -> tuple[float, float, float, float, float]:
        """train_loss, test_loss, objective, train_score, test_score of the present network."""
        with np.errstate(all="ignore"):
            return self._measured()

    def _measured(self) -> tuple[float, float, float, float, float]:
        train_loss, test_loss, train_score, test_score = self._evaluation.run().tolist()
        return train_loss, test_loss, train_loss + self.penalty(), train_score, test_score

    def penalty(self) -> float:
        """l2/2 sum W^2 + l1 sum |W| over the weights, biases left out."""
        c = self.config
        if not c.l1 and not c.l2:
            return 0.0
        return float(
            sum(c.l2 / 2 * (W * W).sum() + c.l1 * np.abs(W).sum() for W in self.network.weights)
        )


def _kernel_of(run: Training) -> Kernel:
    """The kernel that trains a run, as the run is now."""
    c = run.config
    return Kernel(
        run.network,
        run.data.X_train,
        run.data.y_train,
        run.loss,
        run.optimizer,
        batch_size=c.batch_size,
        learning_rate=run.learning_rate,
        l1=c.l1,
        l2=c.l2,
        clip_norm=c.clip_norm,
        state=run.state,
        frozen=run.frozen,
    )
