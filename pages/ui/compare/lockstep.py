"""Many runs by one clock: built a few at a time, trained side by side, all at the same epoch."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Sequence

import numpy as np

from nnlib.comparing.knobs import with_seed
from nnlib.config import RunConfig
from nnlib.data import Table
from nnlib.run import Run
from nnlib.stack import Stack, stacks

BATCHES = 32  # that a run which trains alone does between two looks at the clock
STACK_SECONDS = 0.010  # an epoch of a stack is to take no longer: it cannot be interrupted
MOST_IN_STACK = 32  # more are hardly more efficient
SNAPSHOTS = 2  # of each run: nobody goes back in time here, and 192 runs would keep a gigabyte


class Lockstep:
    """Runs for each config and seed: `runs[value][seed]`, there once all are `built`.

    All have done `epoch` epochs whenever `whole`; one that diverged stays at its last finite epoch.
    """

    def __init__(self, configs: Sequence[RunConfig], seeds: int, own: Table | None) -> None:
        self.configs, self.seeds, self.own = list(configs), seeds, own
        self.runs: list[list[Run]] = [[] for _ in configs]
        self.epoch = 0
        self._groups: list[_Side | _Alone] = []
        self._apart: deque[list[Run]] = deque()  # groups of runs that are to be made a group
        self._left: deque[_Side | _Alone] = deque()  # have not reached _next yet
        self._next = 0

    @property
    def total(self) -> int:
        """How many runs there are to be."""
        return len(self.configs) * self.seeds

    @property
    def n_built(self) -> int:
        return sum(map(len, self.runs))

    @property
    def built(self) -> bool:
        """Whether all runs are there and can be trained."""
        return self.n_built == self.total and not self._apart

    @property
    def whole(self) -> bool:
        """Whether all runs are at the same epoch."""
        return self.built and not self._left

    @property
    def heading(self) -> int:
        """The epoch that all are at, or on their way to."""
        return self._next if self._left else self.epoch

    def work(self, seconds: float, until: int) -> None:
        """Build, then train toward epoch `until`, for about so long.

        Raises DataError or ValueError with a sentence where a config does not fit its data.
        """
        end, worked = time.perf_counter() + seconds, False
        while (left := end - time.perf_counter()) > 0:
            if self.n_built < self.total:
                self._build_one()
            elif self._apart:
                runs = self._apart.popleft()
                self._groups.append(_Side(runs) if len(runs) > 1 else _Alone(runs[0]))
            elif self._left:
                if self._left[0].train(self._next, end):
                    self._left.popleft()
                if not self._left:
                    self.epoch = self._next
            elif self.epoch < until:
                # Several epochs at once: a stack hands its numbers over after each round.
                epochs = int(left / sum(group.epoch_seconds for group in self._groups))
                if worked and epochs == 0:
                    break  # where all are at the same epoch
                self._next = min(until, self.epoch + max(1, epochs))
                self._left = deque(self._groups)
            else:
                break
            worked = True

    def _build_one(self) -> None:
        value, seed = self.n_built % len(self.configs), self.n_built // len(self.configs)
        run = Run(with_seed(self.configs[value], seed), self.own, snapshots=SNAPSHOTS)
        self.runs[value].append(run)
        if self.n_built == self.total:
            self._apart = deque(_grouped([run for row in self.runs for run in row]))


class _Side:
    """Runs of one shape, trained in one pass."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self._stack = Stack(runs)
        self.epoch_seconds = _epoch_seconds(runs[0]) * len(runs)

    def train(self, epoch: int, end: float) -> bool:
        """Train to an epoch; whether it is reached."""
        start, epochs = time.perf_counter(), epoch - self._stack.epoch
        self._stack.advance(epochs)
        if epochs > 0:
            self.epoch_seconds = (time.perf_counter() - start) / epochs
        return True


class _Alone:
    """A run that no other is like, or whose epochs take too long to wait for."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.epoch_seconds = _epoch_seconds(run)

    def train(self, epoch: int, end: float) -> bool:
        """Train toward an epoch until the time `end`; whether it is reached."""
        run = self._run
        while run.epoch < epoch and run.diverged is None:
            run.advance_batches(min(BATCHES, run.n_batches - run.batch))
            if time.perf_counter() >= end:
                break
        return run.epoch >= epoch or run.diverged is not None


def _grouped(runs: Sequence[Run]) -> list[list[Run]]:
    """Runs that train side by side, so few that an epoch of theirs fits into a turn."""
    groups = []
    for alike in stacks(runs):
        size = int(np.clip(STACK_SECONDS / _epoch_seconds(alike[0]), 1, MOST_IN_STACK))
        parts = -(-len(alike) // size)
        groups += [alike[i::parts] for i in range(parts)]
    return groups


def _epoch_seconds(run: Run) -> float:
    """About how long an epoch of a run in a stack takes: its steps, and its multiplications."""
    n = len(run.data.X_train)
    n_batches = math.ceil(n / run.config.batch_size)  # run.n_batches would make its kernel
    return 4e-6 * n_batches + n * run.network.parameters.size * 1.5e-9
