"""A run: one network on its way through training, with its history, snapshots and changes.

`Run(config).advance(100)` trains 100 epochs. Everything random is a function of the config's
seed, so config + `changes` reproduce every number; the order of the batches is a function of
(seed, epoch) alone, so any epoch can be recomputed from an earlier snapshot to the bit.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, lru_cache

import numpy as np

from nnlib.activations import ACTIVATIONS, activation
from nnlib.changes import LIVE_FIELDS, Change, can_continue
from nnlib.config import MAX_EPOCHS, RunConfig
from nnlib.data import Table
from nnlib.edits import Edit, check_value, is_edit, read_edit
from nnlib.fast.evaluation import Evaluation
from nnlib.fast.kernel import Kernel
from nnlib.fast.passes import layer_views
from nnlib.history import History, Snapshots, copy_state
from nnlib.losses import LOSSES
from nnlib.losses import loss as loss_by_name
from nnlib.network import MLP
from nnlib.optimizers import OPTIMIZERS, scheduled_rate
from nnlib.optimizers import optimizer as optimizer_by_name
from nnlib.task import Data, choose_pair, prepare

# Random streams, other numbers than data.py's (NumPy takes [seed, 102] and [seed, 102, 0] for the
# same): one for each purpose keeps one choice (an activation, a width) from changing the others.
# (Of the streams from 201 on, 218 is one in which seed 0 starts the default network well.)
_WEIGHTS, _ORDER = 218, 202
REST_ROOM = 32_000  # bytes of snapshots that a resting run keeps
ORDER_BLOCK = 16  # epochs whose orders are drawn together: making a generator costs 15 us


@lru_cache(maxsize=64)
def _initial_parameters(
    sizes: tuple[int, ...], initializer: str, seed: int, weight_seed: int
) -> np.ndarray:
    """What training starts from, in float64: the same for every choice of activations."""
    rng = np.random.default_rng([seed, _WEIGHTS, weight_seed])
    names = ["linear"] * (len(sizes) - 1)
    drawn = MLP(sizes, names, initializer=initializer, rng=rng, dtype=np.float64).parameters
    drawn.flags.writeable = False
    return drawn


@lru_cache(maxsize=64)
def orders(seed: int, number: int, n: int) -> np.ndarray:
    """Orders of n rows for the epochs of a block of them, (ORDER_BLOCK, n); read-only."""
    rng = np.random.default_rng([seed, _ORDER, number])
    block = rng.permuted(np.tile(np.arange(n), (ORDER_BLOCK, 1)), axis=1)
    block.flags.writeable = False  # it is everybody's
    return block


class Run:
    """A config's network and everything that happened to it.

    `changes` (of another run, say) are made when their epoch is reached: config and changes
    reproduce a run. Raises DataError or ValueError with a sentence for people where the config
    does not fit its data or a change does not fit the run. `advance` never raises on divergence:
    `diverged` says at which epoch the numbers stopped being finite, and the network is left as it
    was at the last finite epoch.
    """

    def __init__(
        self,
        config: RunConfig,
        data: Table | None = None,
        *,
        changes: Sequence[Change] = (),
        dtype: type = np.float32,
    ) -> None:
        self.config = config
        self.initial_config = config  # before all changes
        self.own = data
        self._dtype = dtype
        self.epoch = 0
        self.batch = 0  # batches done of the epoch under way
        self.diverged: int | None = None
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
        self.network.parameters[:] = _initial_parameters(
            sizes, config.initializer, config.seed, config.weight_seed
        )
        self._n_train = len(self.data.X_train)
        self._set_up_training(None)
        self.history = History()
        size = self.network.parameters.nbytes * 3
        self._snapshots = Snapshots(limit=int(np.clip(4_000_000 // size, 16, 256)))
        self.end_epoch(0, self.measure(), self.network.parameters, self.state)
        self._plan = deque(self._checked(changes))
        self._follow_plan()

    # ------------------------------------------------------------------ training

    def advance(self, epochs: int) -> None:
        """Train this many epochs more (an epoch under way counts as one when it ends)."""
        last = self.epoch + epochs
        while self.epoch < last and self.diverged is None and self.epoch < MAX_EPOCHS:
            # A planned change on the way may change how many batches an epoch has.
            stop = min(last, self._plan[0].epoch) if self._plan else last
            self.advance_batches((stop - self.epoch) * self.n_batches - self.batch)

    def advance_batches(self, n: int) -> None:
        """Do n optimiser steps; history and snapshots are kept at the end of each epoch."""
        with np.errstate(all="ignore"):  # a diverging run overflows; _end_of_epoch says so
            while n > 0 and self.diverged is None and self.epoch < MAX_EPOCHS:
                if self.batch == 0:
                    self._begin_epoch()
                todo = min(n, self.n_batches - self.batch)
                self._kernel.run(self.batch, self.batch + todo)
                self.batch += todo
                n -= todo
                if self.batch == self.n_batches:
                    self._end_of_epoch()

    @property
    def n_batches(self) -> int:
        """Optimiser steps in an epoch; a partial last batch counts."""
        return self._kernel.n_batches

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
                self._record(Change(self.epoch, name, old, value))
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
        self._record(Change(self.epoch, name, self._edited(edit), value))
        self.diverged = None
        self._do_edit(edit, value)

    def _edited(self, edit: Edit) -> float:
        """What an edit would change, as it is now; 0 for a layer as it was not drawn anew."""
        match edit.kind:
            case "set":
                return float(self.network.parameters[edit.index])
            case "freeze":
                return float(self.frozen[edit.index])
            case "kill":
                return float((edit.layer, edit.unit) in self.network.killed)
        return 0.0

    def _do_edit(self, edit: Edit, value: float) -> None:
        network = self.network
        match edit.kind:
            case "set":
                network.parameters[edit.index] = value
            case "freeze":
                self.frozen[edit.index] = bool(value)
            case "kill":
                unit = {(edit.layer, edit.unit)}
                network.killed = network.killed | unit if value else network.killed - unit
            case "randomise":
                self._draw_anew(edit.layer, int(value))
        self._set_up_training(self.state)  # what is prebuilt holds copies of all this

    def _draw_anew(self, layer: int, draw: int) -> None:
        """Initial weights and biases for a layer (1 to L), the draw's own; frozen ones stay."""
        c, network = self.config, self.network
        drawn = MLP(
            network.sizes,
            network.activations,
            initializer=c.initializer,
            rng=np.random.default_rng([c.seed, _WEIGHTS, c.weight_seed, draw]),
            dtype=network.dtype.type,
        )
        here = np.zeros_like(self.frozen)
        layer_views(network, here)[layer - 1][...] = True
        here &= ~self.frozen
        network.parameters[here] = drawn.parameters[here]

    def _redo(self, change: Change) -> None:
        """Make a change of another run here, too."""
        if is_edit(change.field):
            self.edit(change.field, change.new)
        else:
            self.change(**{change.field: change.new})

    @property
    def plan(self) -> list[Change]:
        """Changes that are still to come."""
        return list(self._plan)

    def fitting(self, changes: Sequence[Change]) -> tuple[list[Change], list[str]]:
        """Those of the changes that can be planned for this run, and why each other one cannot."""
        config, kept, problems = self.config, [], []
        for change in changes:
            try:
                new = self._after(config, change)
            except ValueError as error:
                problems.append(str(error))
                continue
            if new is not config:  # what it changes may be another value, without those left out
                change = replace(change, old=getattr(config, change.field))
            kept.append(change)
            config = new
        return kept, problems

    def _checked(self, changes: Sequence[Change]) -> Sequence[Change]:
        config = self.config
        for change in changes:
            config = self._after(config, change)
        return changes

    def _after(self, config: RunConfig, change: Change) -> RunConfig:
        """The settings after a planned change of them; ValueError where this run cannot have it."""
        if is_edit(change.field):
            check_value(change.field, read_edit(change.field, self.network.sizes), change.new)
            return config
        new = config.replace(**{change.field: change.new})
        if not can_continue(config, new):
            raise ValueError(f"{change.field} cannot change during a run")
        choose_pair(new, self.data.kind)
        return new

    def _follow_plan(self) -> None:
        while self._plan and self._plan[0].epoch <= self.epoch:
            self._redo(self._plan.popleft())

    def _record(self, change: Change) -> None:
        """Note a change; a slider's many values on its way at one epoch are one change."""
        last = self.changes[-1] if self.changes else None
        # Another optimiser in between begins its state anew: that one is no detail of a drag.
        dragged = last and (last.epoch, last.field) == (change.epoch, change.field)
        if dragged and change.field != "optimizer":
            self.changes.pop()
            change = replace(change, old=last.old)
        if change.old != change.new:
            self.changes.append(change)

    def _apply(self, new: RunConfig) -> None:
        old, self.config = self.config, new
        changed = {n for n in LIVE_FIELDS if getattr(old, n) != getattr(new, n)}
        if changed <= {"learning_rate", "schedule", "schedule_every", "schedule_factor"}:
            return  # _begin_epoch sets the rate
        if "loss" in changed:
            self.data = replace(self.data, loss=choose_pair(new, self.data.kind)[1])
        keep = old.optimizer == new.optimizer
        self._set_up_training(self.state if keep else None)

    def _set_up_training(self, state: dict | None) -> None:
        c = self.config
        name = self.data.loss
        self.loss = loss_by_name(name, **c.settings_of(LOSSES[name]))
        self.optimizer = optimizer_by_name(c.optimizer, **c.settings_of(OPTIMIZERS[c.optimizer]))
        self.state = self.optimizer.init(self.network.parameters) if state is None else state
        for prebuilt in ("_kernel", "_evaluation"):
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
    def _kernel(self) -> Kernel:
        c = self.config
        kernel = Kernel(
            self.network,
            self.data.X_train,
            self.data.y_train,
            self.loss,
            self.optimizer,
            batch_size=c.batch_size,
            learning_rate=self.learning_rate,
            l1=c.l1,
            l2=c.l2,
            clip_norm=c.clip_norm,
            state=self.state,
            frozen=self.frozen,
        )
        if self.batch:  # in the middle of an epoch: with its order
            kernel.load(self.order(self.epoch))
        return kernel

    def rest(self) -> None:
        """Give back what can be made again; every number of the run stays what it is.

        What training on needs is kept: parameters, the optimizer's state, who is frozen. Epochs
        whose snapshots went are trained again when they are visited.
        """
        for prebuilt in ("_kernel", "_evaluation", "data"):
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
        if rate != self._kernel.learning_rate:
            self._kernel.set_rate(rate)
        if self.epoch % self._kernel.flush_every == 0:
            self._kernel.flush()
        # one batch holds everything: its order makes no difference
        self._kernel.load(self.order(self.epoch) if self.n_batches > 1 else None)
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

    # ------------------------------------------------- what an epoch leaves behind

    def wants_values(self, epoch: int) -> bool:
        """Whether the history or the snapshots keep this epoch."""
        return epoch % self.history.stride == 0 or self._snapshots.wants(epoch)

    def end_epoch(
        self,
        epoch: int,
        values: tuple[float, ...] | None,
        parameters: np.ndarray,
        state: dict,
    ) -> None:
        """An epoch has ended well: keep of it what is wanted."""
        self.batch, self.epoch = 0, epoch
        if values is not None:
            self.history.append(epoch, values)
        if self._snapshots.wants(epoch):
            self._snapshots.add(epoch, parameters, state)

    def diverge(self, parameters: np.ndarray, state: dict) -> None:
        """The epoch under way ended in numbers that are not finite: go back to before it."""
        self.diverged = self.epoch + 1
        self.batch = 0
        self.take_over(parameters, state)

    def take_over(self, parameters: np.ndarray, state: dict) -> None:
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

    # ------------------------------------------------------------------ time

    def snapshot(self, epoch: int) -> np.ndarray:
        """A copy of the parameters as they were after `epoch` epochs, exact to the bit."""
        return self.visit(epoch).network.parameters.copy()

    def branch(self, epoch: int, **changes: object) -> Run:
        """A second future: this run as it was after `epoch` epochs, with some settings changed.

        Settings that need new weights give a run from the same base weights, trained to `epoch`.
        """
        self._check_epoch(epoch)
        before = self.config_at(epoch)
        new = before.replace(**changes)
        if not can_continue(before, new):
            run = Run(new, self.own, dtype=self.network.dtype.type)
            run.advance(epoch)
            return run
        run = self.fork(self.visit(epoch))
        if changes:
            run.change(**changes)
        return run

    def visit(self, epoch: int, near: Run | None = None) -> Run:
        """A run that stands where this one stood after `epoch` epochs, exact to the bit.

        It is trained from the nearest snapshot; an earlier visit, `near`, is itself moved on where
        that is less work. What was changed later is its plan: trained on, it becomes this run.
        """
        self._check_epoch(epoch)
        start = self.kept_before(epoch)
        if near is None or near.batch or not start <= near.epoch <= epoch:
            near = self._at_snapshot(start)
        near._plan = deque(self.changes[len(near.changes) :])
        near._follow_plan()
        while near._plan and near._plan[0].epoch <= epoch:
            near._retrace(near._plan[0].epoch)
            near._follow_plan()
        near._retrace(epoch)
        return near

    def kept_before(self, epoch: int) -> int:
        """The latest epoch up to `epoch` that can be visited without training."""
        return self._snapshots.before(epoch)

    def fork(self, visited: Run) -> Run:
        """A visit of this run made a second future: it gets the past up to there as its own."""
        visited.history = self.history.copy(visited.epoch)
        visited._snapshots = self._snapshots.copy(visited.epoch)
        visited._plan.clear()
        return visited

    def _at_snapshot(self, start: int) -> Run:
        kept = self._snapshots.kept.get(start)
        run = Run(self.initial_config, self.own, dtype=self.network.dtype.type)
        # Changes of epoch `start` itself came after its snapshot was taken.
        done = [c for c in self.changes if c.epoch < start]
        run._apply(_with_changes(run.config, done))
        run.changes = done
        run.epoch = start
        if kept is not None:  # the beginning follows from the settings alone
            run.take_over(*kept)
        for c in done:  # their numbers are in the parameters; what stays is who is held
            if c.field.startswith(("freeze", "kill")):
                run._do_edit(read_edit(c.field, run.network.sizes), c.new)
        return run

    def _retrace(self, epoch: int) -> None:
        """Train again to an epoch that the original has reached: there is nothing to measure."""
        with np.errstate(all="ignore"):
            while self.epoch < epoch:
                self._begin_epoch()
                self._kernel.run(0, self.n_batches)
                self.epoch += 1

    def _check_epoch(self, epoch: int) -> None:
        if not 0 <= epoch <= self.epoch:
            raise ValueError(f"epoch must be 0 to {self.epoch}. Got {epoch} instead.")

    def config_at(self, epoch: int) -> RunConfig:
        """The settings after what was changed up to and including an epoch."""
        return _with_changes(self.initial_config, [c for c in self.changes if c.epoch <= epoch])


def _with_changes(config: RunConfig, changes: Sequence[Change]) -> RunConfig:
    """The config after changes; edits of the network are none of its business."""
    return config.replace(**{c.field: c.new for c in changes if not is_edit(c.field)})
