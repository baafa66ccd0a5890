"""One viewer's comparison: what is compared, the runs or the sweep, and the next frame.

Threads other than the trainer's only leave wishes; see live_view.py.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from nnlib.comparing.knobs import KNOBS
from nnlib.config import MAX_QUERY_EPOCHS, RunConfig
from nnlib.data import Table
from pages.ui.compare import frames, results
from pages.ui.compare.choices import Chooser
from pages.ui.compare.export import Export
from pages.ui.compare.frames import Sent, View
from pages.ui.compare.lockstep import Lockstep
from pages.ui.compare.protocol import PROTOCOL
from pages.ui.compare.sweep import Sweep
from pages.ui.live.live_view import LiveView
from pages.ui.live.pace import Pace
from pages.ui.live.packing import Packet

SPEEDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, float("inf"))  # epochs a second
FIRST_SPEED = 50
KEEP = 60.0  # seconds that the runs are kept when nobody looks
LEFT = 5.0  # seconds after which a sweep rests when nobody looks: a page may be loaded anew
NEW_BASE = "The Playground's settings have changed: the comparison begins anew from them."


class Comparison(LiveView):
    """Runs side by side that train by one clock, or a sweep over a grid of two knobs.

    `base` and `own` are the Playground's settings and data, which all but the chosen knobs have.
    `text` is a link's; what is wrong with it becomes the problem that is shown.
    """

    protocol = PROTOCOL
    goal: int  # the epoch at which training rests

    def __init__(self, base: RunConfig, own: Table | None = None, text: str = "") -> None:
        super().__init__()
        self.base, self.own = base, own
        self.chooser = Chooser(base, own)
        try:
            self.choices, problems = self.chooser.read(text)
        except ValueError as error:
            self.choices, problems = self.chooser.default(), [str(error)]
        if problems:
            self.problem = " ".join([*problems, "The default is used instead."])
        self.view = View()
        self.playing = True
        self.speed: float = FIRST_SPEED
        self.sweep: Sweep | None = None
        self.conclusion: list[str] = []
        self._sent = Sent(self.delivered)
        self._left_at = time.monotonic()  # when the last client went
        self._pace = Pace()
        self._export = Export()
        self._begin()

    # --------------------------------------------------- wishes, from any thread

    def take_base(self, base: RunConfig, own: Table | None) -> None:
        """The Playground's settings as they are now: where they differ it begins anew."""

        def take() -> None:
            if base == self.base and own is self.own:
                return
            self.base, self.own, self.chooser = base, own, Chooser(base, own)
            self.problem = ""
            try:
                self.chooser.checked(self.choices)
            except ValueError as error:
                self.choices = self.chooser.default()
                self.problem = f"{error} The default is used instead."
            if self._begin_if_other() and not self.problem:
                self.problem = NEW_BASE

        self._wish(take)

    def choose(self, changes: dict) -> None:
        """Change what is compared (names in choices.py); it begins anew, and plays."""

        def change() -> None:
            self.choices = self.chooser.changed(self.choices, changes)
            self.problem = ""
            self._begin_if_other()

        self._wish(change)

    def play(self) -> None:
        """Train on; at the epoch where training rests, as many epochs again."""

        def begin() -> None:
            self.playing, self.problem = True, ""
            self._export.drop()
            self._broken = False  # another try
            if self.race.epoch >= self.goal:
                self.goal = min(self.goal + self.choices.epochs, MAX_QUERY_EPOCHS)
            self._pace.restart(time.monotonic())

        self._wish(begin)

    def pause(self) -> None:
        """Stop where all are at the same epoch."""
        self._wish(self._pause)

    def step(self) -> None:
        """One epoch for all."""

        def one_epoch() -> None:
            self._pause()
            self._until = min(self.race.heading + 1, MAX_QUERY_EPOCHS)
            self.goal = max(self.goal, self._until)

        self._wish(one_epoch)

    def reset(self) -> None:
        """All back to epoch 0, paused."""

        def back() -> None:
            self._begin()
            self.playing = False

        self._wish(back)

    def set_speed(self, speed: float) -> None:
        """Epochs a second, inf for as fast as it goes."""
        self.speed = speed
        self._wish(lambda: None)

    def set_view(self, view: View) -> None:
        """What the viewer chose to see; the next frame is drawn for it."""
        self.view = view
        self._wish(lambda: None)

    def start_sweep(self) -> None:
        """Compute the grid; one that is under way is cancelled."""

        def start() -> None:
            self._drop_sweep()
            cells = self.chooser.checked(replace(self.choices, mode="grid")).cells(self.base)
            seeds, epochs = self.choices.grid_seeds, self.choices.grid_epochs
            self.sweep = Sweep(cells, seeds, epochs, self.own, self._wish)
            self.problem = ""

        self._wish(start)

    def cancel_sweep(self) -> None:
        """Stop the sweep; the results so far stay."""

        def cancel() -> None:
            if self.sweep is not None:
                self.sweep.cancel()

        self._wish(cancel)

    def export(self) -> None:
        """Send the table of all runs as CSV; training pauses for it."""

        def begin() -> None:
            if self.choices.mode == "side":
                self._pause()
            self._export.ask()

        self._wish(begin)

    # --------------------------------------------------- for the page

    def opened(self, place: list[int]) -> tuple[RunConfig, int]:
        """The config and epoch of what is on screen at [value], or at [row, column] of the grid.

        Raises ValueError where there is nothing.
        """
        with self.lock:
            try:
                if self.choices.mode == "side":
                    (value,) = place
                    return self.race.configs[value], self.race.runs[value][0].epoch
                row, column = place
                return self.choices.cells(self.base)[row][column], self.choices.grid_epochs
            except (LookupError, TypeError, ValueError):
                raise ValueError("There is no such run any more; choose another one.") from None

    def text(self) -> str:
        """The comparison for a link; '' for the one that the page begins with."""
        with self.lock:
            default = self.chooser.default()
            return "" if self.choices == default else self.choices.write()

    # --------------------------------------------------- the trainer's thread only

    def waits(self, now: float) -> Iterator[float]:
        if self._on_frame is None:
            if self.sweep is not None and self.sweep.goes_on:
                yield max(0.0, self._left_at + LEFT - now)
            if self.race.n_built:
                yield max(0.0, self._left_at + KEEP - now)
        elif self._collecting:
            yield 0.0
        elif self._may_train(now):
            if self._behind():
                yield 0.0
            elif self.playing:
                yield self._pace.wait(self.speed, now)

    def work(self, seconds: float) -> None:
        now = time.monotonic()
        if self._on_frame is None:
            away = now - self._left_at
            if self.sweep is not None and away >= LEFT:
                self.sweep.rest()
            if away >= KEEP:
                self._free()
            return
        if self.sweep is not None:
            self.sweep.go_on()
        if self._collecting:
            self._export.collect(self.race, seconds)
        elif self._may_train(now):
            self._train(now, seconds)

    def rest(self) -> None:
        if self._on_frame is None and self.race.n_built:
            self._free()

    def _stand_still(self) -> None:
        self._stop(self.problem)

    def _forget_client(self) -> None:
        super()._forget_client()
        self._sent.fields.clear()  # they are megabytes
        self._left_at = time.monotonic()
        self._pace.skip(self._left_at)

    def _begin(self) -> None:
        """All runs anew, from epoch 0 to where training rests."""
        configs = self.choices.configs(self.base)
        self.race = Lockstep(configs, self.choices.seeds, self.own)
        self.goal = self.choices.epochs
        self._until = 0
        self._epochs = self.choices.epochs  # what `goal` was set for
        self.conclusion = []
        self._concluded: tuple[Lockstep, int] | None = None
        self._broken = False
        self._export.drop()

    def _begin_if_other(self) -> bool:
        """Make runs and sweep what is chosen; whether something had to begin anew."""
        choices, race, sweep = self.choices, self.race, self.sweep
        if choices.mode == "side":
            wanted = (choices.configs(self.base), choices.seeds, self.own)
            same = wanted == (race.configs, race.seeds, race.own)
            if same and choices.epochs == self._epochs:
                return False
            if same and race.heading <= choices.epochs:
                self.goal = self._epochs = choices.epochs
                self.playing = True
                self._pace.skip(time.monotonic())
                return False
            self._begin()
            self.playing = True
            self._pace.skip(time.monotonic())
            return True
        if sweep is None:
            return False
        grid = (choices.cells(self.base), choices.grid_seeds, choices.grid_epochs, self.own)
        if grid == (sweep.cells, sweep.seeds, sweep.epochs, sweep.own):
            return False
        self._drop_sweep()
        return True

    def _drop_sweep(self) -> None:
        if self.sweep is not None:
            self.sweep.cancel()
            self.sweep = None

    def _free(self) -> None:
        """Nobody looks: the runs can be trained again to where they were."""
        # Runs that were on their way there again had not arrived yet.
        epoch, goal = max(self.race.epoch, self._until), self.goal
        self._begin()
        self.goal, self._until = goal, epoch

    def _stop(self, problem: str) -> None:
        epoch = self.race.epoch
        self._begin()
        self._until, self._broken, self.playing = epoch, True, False
        self.problem = problem

    def _pause(self) -> None:
        self.playing, self._until = False, self.race.heading

    def _may_train(self, now: float) -> bool:
        return self.choices.mode == "side" and not self._broken and self.attentive(now)

    def _behind(self) -> bool:
        return not self.race.whole or self.race.epoch < self._until

    def _train(self, now: float, seconds: float) -> None:
        race = self.race
        if self.playing and not self._behind():
            epochs = self._pace.due(self.speed, now)
            self._until = self.goal if epochs is None else min(self.goal, race.epoch + epochs)
        self._pace.skip(now)
        if not self._behind():
            return
        try:
            race.work(seconds, self._until)
        except ValueError as error:  # one of the seeds' data will not do
            self._stop(str(error))
            return
        if race.whole and race.epoch >= self.goal:
            self.playing = False

    @property
    def _resting(self) -> bool:
        return not self.playing and not self._behind()

    # --------------------------------------------------- results

    def _conclude(self) -> None:
        """Once for each epoch at which training rests."""
        here = (self.race, self.race.epoch)
        if self.choices.mode == "grid" or not self._resting or self.race.epoch == 0:
            self.conclusion = []
            self._concluded = None
        elif self._concluded != here:
            knob = KNOBS[self.choices.side.knob]
            labels = [results.said(knob, value) for value in self.choices.side.values]
            found = results.now(self.race)
            self.conclusion = results.concluded(labels, found, same_loss=knob.same_loss)
            self._concluded = here

    @property
    def _collecting(self) -> bool:
        """Whether runs are to be measured for the table that was asked for."""
        return self._resting and self._export.collecting(self.choices, self.race)

    # --------------------------------------------------- frames

    def state(self) -> tuple:
        """What a frame is made from: equal, and there is nothing new to draw."""
        race, sweep = self.race, self.sweep
        progress = race.n_built if not race.built else -1
        grid = None if sweep is None else (id(sweep), sweep.state, sweep.landed)
        return (
            (id(race), race.epoch, progress // 8, self._resting, self.goal),
            (self.choices, self.base, self.view, self.playing, self.speed, self.problem),
            grid,
        )

    def left_out(self, now: float) -> bool:
        return self._export.ready(self.choices, self.race)

    def frame(self) -> Packet:
        self._conclude()
        csv = self._export.take(self.choices, self.race, self.base, self.sweep)
        return frames.build(self, self._sent, csv)
