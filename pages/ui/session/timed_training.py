"""Training for about so many seconds: how long a batch of each run takes is measured."""

from __future__ import annotations

import time
from collections.abc import Callable
from weakref import WeakKeyDictionary

from nnlib.config import MAX_EPOCHS, RunConfig
from nnlib.run import Run


class TimedTraining:
    """Trains runs for about so long at a time."""

    def __init__(self) -> None:
        # What a batch of each run takes, and the settings for which that was measured.
        self._batch_seconds: WeakKeyDictionary[Run, tuple[RunConfig, float]] = WeakKeyDictionary()

    def train(
        self,
        run: Run,
        batches: int | None,
        seconds: float,
        *,
        until: int,
        check: Callable[[], bool] | None = None,
    ) -> float:
        """At most so many batches, for about so long, to the end of epoch `until` at most.

        Ends before that when `check`, asked after every epoch, says so. Returns the seconds taken.
        """
        start = time.perf_counter()
        spent, done = 0.0, 0
        while spent < seconds and run.epoch < until and run.diverged is None:
            each = self._batch_takes(run)
            n = 1 if each is None else max(1, int((seconds - spent) / each))
            if batches is not None:
                n = min(n, batches - done)
            if check is not None:
                n = min(n, run.n_batches - run.batch)
            # A planned change on the way may change how many batches an epoch has.
            stop = min([until, *(change.epoch for change in run.plan[:1])])
            n = min(n, (stop - run.epoch) * run.n_batches - run.batch)
            if n <= 0 or run.epoch >= MAX_EPOCHS:
                break
            config = run.config  # a planned change may make it another one at the end
            begun = time.perf_counter()  # what had to be built for this run is no batch's
            run.advance_batches(n)
            done += n
            now = time.perf_counter()
            took, spent = max((now - begun) / n, 1e-6), now - start
            self._batch_seconds[run] = config, took if each is None else (each + took) / 2
            if check is not None and run.batch == 0 and check():
                break
        return spent

    def _batch_takes(self, run: Run) -> float | None:
        """Seconds; None where one batch has to be measured before many are asked for."""
        config, seconds = self._batch_seconds.get(run, (None, None))
        return seconds if config is run.config else None
