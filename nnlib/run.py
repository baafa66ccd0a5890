"""A run: one network on its way through training, with its history, snapshots and changes.

`Run(config).advance(100)` trains 100 epochs (training.py); any epoch can be looked at again, and
left for another future.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from nnlib.changes import can_continue, with_changes
from nnlib.config import RunConfig
from nnlib.edits import read_edit
from nnlib.training import Training


class Run(Training):
    """A config's network and everything that happened to it.

    `changes` (of another run, say) are made when their epoch is reached: config and changes
    reproduce a run. Raises DataError or ValueError with a sentence for people where the config
    does not fit its data or a change does not fit the run. `advance` never raises on divergence:
    `diverged` says at which epoch the numbers stopped being finite, and the network is left as it
    was at the last finite epoch.

    snapshots : how many of its past it keeps at most; None: as many as take about 4 MB, 16 to 256
    """

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
            run = self._anew(new)
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

    def _anew(self, config: RunConfig) -> Run:
        """A run of these settings at its beginning, trained by whoever trains this one."""
        run = Run(config, self.own, dtype=self.network.dtype)
        run.adopt(self._make_trainer)
        return run

    def _at_snapshot(self, start: int) -> Run:
        kept = self._snapshots.kept.get(start)
        run = self._anew(self.initial_config)
        # Changes of epoch `start` itself came after its snapshot was taken.
        done = [c for c in self.changes if c.epoch < start]
        run._apply(with_changes(run.config, done))
        run.changes = done
        run.epoch = start
        if kept is not None:  # the beginning follows from the settings alone
            run.take_over(*kept)
        for c in done:  # their numbers are in the parameters; what stays is who is held
            if c.field.startswith(("freeze", "kill")):
                run._do_edit(read_edit(c.field, run.network.sizes), c.number)
        return run

    def _retrace(self, epoch: int) -> None:
        """Train again to an epoch that the original has reached: there is nothing to measure."""
        with np.errstate(all="ignore"):
            while self.epoch < epoch:
                self._begin_epoch()
                self._trainer.run(0, self.n_batches)
                self.epoch += 1

    def _check_epoch(self, epoch: int) -> None:
        if not 0 <= epoch <= self.epoch:
            raise ValueError(f"epoch must be 0 to {self.epoch}. Got {epoch} instead.")

    def config_at(self, epoch: int) -> RunConfig:
        """The settings after what was changed up to and including an epoch."""
        return with_changes(self.initial_config, [c for c in self.changes if c.epoch <= epoch])
