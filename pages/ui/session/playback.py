"""Play: whether it is on, how fast it goes, and where it ends by itself."""

from __future__ import annotations

import math
import time

from nnlib.run import Run
from nnlib.stopping import StopRules, stop_reason
from pages.ui.live.pace import Pace

INTRO_SECONDS = 2.5  # that an intro takes at least


class Playback:
    """Play at `speed` epochs a second (inf: as fast as it goes), until paused or a rule ends it."""

    def __init__(self) -> None:
        self.playing = False
        self.speed = math.inf
        self.stop_at: int | None = None  # an epoch at which the intro ends by itself
        self.rules = StopRules()  # when play ends by itself
        self.since = 0  # the epoch at which play began: the rules look at what came after
        self._pace = Pace()

    def begin(self, epoch: int, *, can: bool) -> None:
        """Play from this epoch on, if it `can` go on from there."""
        self.playing, self.stop_at, self.since = can, None, epoch
        self._pace.restart(time.monotonic())

    def begin_intro(self, stop_at: int) -> None:
        """Show the training up to an epoch."""
        self.playing, self.stop_at = True, stop_at

    def stop(self) -> None:
        """Play no further."""
        self.playing, self.stop_at = False, None

    def skip(self) -> None:
        """The time until now is not played for."""
        self._pace.skip(time.monotonic())

    def wait(self, run: Run, now: float) -> float:
        """Seconds until the run's next batch."""
        return self._pace.wait(self._rate(run), now)

    def batches(self, run: Run, now: float) -> int | None:
        """Batches of the run that are due: slow motion moves, too. None: as many as it can."""
        return self._pace.due(self._rate(run), now)

    def reason_to_stop(self, run: Run) -> str:
        """The rule that ends play at the present epoch, in words; '' where none does."""
        return stop_reason(self.rules, run.history, run.epoch, self.since) or ""

    def _rate(self, run: Run) -> float:
        """Batches a second."""
        speed = self.speed
        if self.stop_at is not None:
            speed = min(speed, self.stop_at / INTRO_SECONDS)
        return speed * run.n_batches
