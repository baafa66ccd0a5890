"""One viewer's session: what is wanted of the network, its runs, and the next frame.

Threads other than the trainer's only leave wishes and read `config`; see live_view.py.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from weakref import WeakKeyDictionary

from pydantic import ValidationError

from nnlib.changes import Change
from nnlib.config import MAX_EPOCHS, RunConfig, explain
from nnlib.data import Table
from nnlib.edits import is_edit
from nnlib.run import Run
from nnlib.stopping import StopRules, stop_reason
from nnlib.task import with_dataset
from pages.ui.live import frames
from pages.ui.live.batch_step import Moment
from pages.ui.live.branches import Branch, Timeline
from pages.ui.live.differences import settings
from pages.ui.live.frames import Sent, View
from pages.ui.live.live_view import LiveView

PATIENCE = 0.025  # a retrained run is shown when caught up, or after this much training
FINE_PIECE = 100e6  # multiplications for a paused view's fine picture in one turn: 10 ms
SETTLED = 0.30  # a paused view gets its hover numbers after this long without a change
LIMIT_PASSED = "The limit, epoch {:,}, lies behind: it does not stop Play any more."
EPOCH_FINISHED = "The epoch under way was trained to its end first: changes act between epochs."
INTRO_EPOCHS = 100  # what a new viewer sees being trained
INTRO_SPEED = 40  # epochs a second
SPEEDS = (0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, float("inf"))  # epochs a second


class Session(LiveView):
    """One viewer's run: what is wanted of it, how fast, and the next frame.

    Raises DataError or ValueError where the first config does not fit its data.
    """

    def __init__(
        self, config: RunConfig, own: Table | None = None, changes: Sequence[Change] = ()
    ) -> None:
        super().__init__()
        self.time = Timeline(Run(config, own, changes=changes))
        # What is wanted; the run follows. A link's changes lead from its config to the wanted one.
        self._wanting = threading.Lock()  # held where it is changed: from any thread, the trainer's
        self.config = config.replace(**settings(changes))
        self.own = own
        self.view = View()
        self.onlookers: list[LiveView] = []  # other views of the same network
        self.playing = False
        self.speed = float("inf")
        self.stop_at: int | None = None  # an epoch at which the intro ends by itself
        self.rules = StopRules()  # when play ends by itself
        self._since = 0  # the epoch at which play began: the rules look at what came after
        self._moment: Moment | None = None  # of the last batch or example stepped by hand
        self._late: list[Callable[[], None]] = []  # wishes that wait until the run has caught up
        self._edits: dict[str, float] = {}  # of the network, not made yet
        self._sent = Sent()
        self._shown: object = None
        self._tried = self.config  # what the run was last asked to be
        self._hover_sent = False
        self._retrained_for: float | None = None  # seconds of training since a retrain began
        self._credit, self._credit_time = 0.0, time.monotonic()
        # What a batch of each run takes, and the settings for which that was measured.
        self._batch_seconds: WeakKeyDictionary[Run, tuple[RunConfig, float]] = WeakKeyDictionary()

    @property
    def run(self) -> Run:
        """The current branch's run, where it is newest."""
        return self.time.current.run

    @property
    def goal(self) -> int:
        """The epoch that the current branch's run is to catch up to."""
        return self.time.current.goal

    @goal.setter
    def goal(self, epoch: int) -> None:
        self.time.current.goal = epoch

    @property
    def epoch(self) -> int:
        """The epoch on screen, or the one that it is on its way to."""
        at = self.time.at
        return max(self.goal, self.run.epoch) if at is None else at

    # --------------------------------------------------- wishes, from any thread

    def want(self, /, **changes: object) -> list[str]:
        """Change settings; the sentences that say what is wrong, if anything is.

        A setting that acts on the running network does so from its next epoch; any other
        retrains from the same base weights up to the epoch where the run is.
        """
        with self._wanting:
            config = self.config
            try:
                if changes.get("dataset", config.dataset) != config.dataset:
                    config = with_dataset(config, changes["dataset"])
                self.config = config.replace(**changes)
            except ValidationError as error:
                return explain(error)
        self._wish(self._follow_config)
        return []

    def start(
        self,
        config: RunConfig,
        own: Table | None,
        epoch: int,
        *,
        intro: bool,
        changes: Sequence[Change] = (),
    ) -> None:
        """Begin anew from a config: shown training to `epoch`, or opened exactly there.

        `changes` fit the run; each is made when its epoch is reached.
        """
        wanted = config.replace(**settings(changes))
        with self._wanting:
            self.config, self.own = wanted, own
        self.playing = intro  # for readers; the wish makes it so

        def begin() -> None:
            self._begin_anew(0 if intro else epoch, Run(config, own, changes=changes))
            self._tried = wanted
            self.playing, self.stop_at = intro, epoch if intro else None
            self._credit_time = time.monotonic()

        self._wish(begin)

    def play(self) -> None:
        """Train on, at `speed`, until paused."""

        def begin() -> None:
            can = self.time.at is not None or self.run.diverged is None
            self.playing, self.stop_at, self._since = can, None, self.run.epoch
            passed = self.rules.epochs is not None and self.rules.epochs <= self.run.epoch
            self.problem = LIMIT_PASSED.format(self.rules.epochs) if passed else ""
            self._credit, self._credit_time = 0.0, time.monotonic()

        self._wish(begin)

    def pause(self) -> None:
        """Stop at the end of the epoch under way."""
        self._wish(self._pause)

    def step(self) -> None:
        """To the end of one epoch: trained, or visited where it has been trained already."""

        def one_epoch() -> None:
            if self.playing:
                self._pause()
            if self.time.at is None:
                self.goal = max(self.goal, self.run.epoch) + 1
            else:
                self._go_to(self.time.at + 1)

        self._wish(one_epoch)

    def step_batch(self) -> None:
        """Train one batch, and rest there, inside the epoch."""

        def one_batch() -> None:
            self.playing, self.stop_at = False, None
            if not self._behind():
                self._train_one_batch()

        self._wish(one_batch)

    def step_example(self) -> None:
        """Look at one example of the batch to come; after its last one, train that batch."""

        def one_example() -> None:
            self.playing, self.stop_at = False, None
            if self._behind():
                return
            run, moment = self.time.shown, self._moment
            if moment is None or moment.example is None or not moment.shows(run):
                self._moment = Moment.of_example(run, 0)
                return
            self._moment = moment.next_example()
            if self._moment is None:
                self._train_one_batch()

        self._wish(one_example)

    def reset(self) -> None:
        """Back to one run at epoch 0 with the same initial weights, paused."""

        def back() -> None:
            self._begin_anew(0, Run(*self._try_wanted()))
            self.playing = False

        self._wish(back)

    def visit(self, epoch: int) -> None:
        """Look at an epoch that has been trained already, paused; beyond the newest: the newest."""

        def wind() -> None:
            if self.playing:
                self._pause()
            self._go_to(epoch)

        self._wish(wind)

    def switch(self, letter: str) -> None:
        """Show another branch; play goes on there."""

        def change() -> None:
            if letter not in [branch.letter for branch in self.time.branches]:
                raise ValueError(f"There is no branch {letter[:1]}.")
            self._finish_epoch()
            self.time.switch(letter)
            self._since = self.run.epoch
            self._show_settings(whatever_is_wanted=True)

        self._wish(change)

    def close(self, letter: str) -> None:
        """Drop a branch; the last one stays."""

        def drop() -> None:
            self.time.close(letter)
            self.problem = ""
            self._show_settings(whatever_is_wanted=True)

        self._wish(drop)

    def edit_network(self, name: str, value: float) -> None:
        """Edit the network by hand (names in nnlib/edits.py); of one name the latest value wins."""
        name = str(name)
        self._edits[name] = value
        self._wish(lambda: self._make_edit(name))

    def undo_edit(self) -> None:
        """Take back the last edit of the network, as if it had never been made."""
        self._wish(self._undo_edit)

    def set_rules(self, rules: StopRules) -> None:
        """When play ends by itself."""
        self.rules = rules
        self._wish(lambda: None)

    def set_speed(self, speed: float) -> None:
        """Epochs a second, inf for as fast as it goes."""
        self.speed = speed
        self._wish(lambda: None)

    def set_view(self, view: View) -> None:
        """What the viewer chose; the next frame is drawn for it."""
        self.view = view
        self._wish(lambda: None)

    # --------------------------------------------------- the trainer's thread only

    def due(self, now: float) -> float | None:
        """Seconds until there is something to do; None where nothing is."""
        if self._wishes or self._may_catch_up(now):
            return 0.0
        waits = []
        if self._may_play(now):
            waits.append(self._credit_wait(now))
        if self._frame_wanted:
            if self._shown != self._state():
                return 0.0
            if not self._hover_sent and not self.playing:
                waits.append(max(0.0, self._frame_time + SETTLED - now))
        return min(waits, default=None)

    def turn(self, seconds: float) -> None:
        """Grant the wishes, train for about `seconds`, and send a frame if one is wanted."""
        with self.lock:
            self._grant_wishes()
            now = time.monotonic()
            if self._may_catch_up(now):
                self._catch_up(seconds)
                self._credit_time = time.monotonic()
            elif self._may_play(now) and not self._behind():
                self._play_on(now, seconds)
            self._check()
            if self._frame_wanted:
                self._send_frame()

    def _refused(self) -> None:
        self._show_settings()

    def rest(self) -> None:
        # In the trainer's thread: boards of the same network may be at it there. It is no wish of
        # somebody who is about to look.
        self._wishes.append(self._give_back)
        self.wake()

    def _give_back(self) -> None:
        now = time.monotonic()
        if not any(watched.attentive(now) for watched in (self, *self.onlookers)):
            self.time.rest()

    def _forget_client(self) -> None:
        self._sent, self._shown = Sent(), None  # its grids are megabytes
        self._credit_time = time.monotonic()

    def _stand_still(self) -> None:
        self.playing, self.stop_at, self.goal = False, None, self.run.epoch
        self._retrained_for = None
        self._late.clear()
        self._edits.clear()
        self.time.go_to(self.goal)

    def _behind(self) -> bool:
        return self._short_of_goal() or self.time.on_its_way

    def _short_of_goal(self) -> bool:
        return self.goal > self.run.epoch and self.run.diverged is None

    def _catch_up(self, seconds: float) -> None:
        if self._short_of_goal():
            spent = self._train(self.run, None, seconds, until=self.goal)
        else:
            start = time.perf_counter()
            self.time.travel(seconds)
            spent = time.perf_counter() - start
        if self._retrained_for is not None:
            self._retrained_for += spent
        if self._late and not self._behind():
            self._wishes.extendleft(reversed(self._late))
            self._late.clear()

    def _may_catch_up(self, now: float) -> bool:
        return self._behind() and any(w.expected(now) for w in (self, *self.onlookers))

    def _may_play(self, now: float) -> bool:
        return self.playing and any(w.attentive(now) for w in (self, *self.onlookers))

    def _current_speed(self) -> float:
        if self.stop_at is None:
            return self.speed
        return min(self.speed, self.stop_at / INTRO_EPOCHS * INTRO_SPEED)

    def _credit_wait(self, now: float) -> float:
        speed = self._current_speed()
        if speed == float("inf"):
            return 0.0
        rate = speed * self.time.shown.n_batches
        return max(0.0, (1 - self._credit) / rate - (now - self._credit_time))

    def _play_on(self, now: float, seconds: float) -> None:
        """Train as far as the speed allows, batch by batch, so that slow motion moves too."""
        run, speed = self.time.shown, self._current_speed()
        batches = None
        if speed != float("inf"):
            elapsed = min(now - self._credit_time, 0.1)  # what was missed is not made up for
            self._credit += elapsed * speed * run.n_batches
            batches = int(self._credit)
            self._credit -= batches
        self._credit_time = now
        if self.time.at is not None:
            self._train(run, batches, seconds, until=self.run.epoch)
            self.time.follow()
            self._since = self.run.epoch
            self._show_settings()
            return
        if self.stop_at is None:
            check = self._stops if self.rules.on else None
            self._train(run, batches, seconds, until=MAX_EPOCHS, check=check)
            return
        self._train(run, batches, seconds, until=self.stop_at)
        if run.epoch >= self.stop_at:
            self._pause()

    def _train(
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

    def _stops(self) -> bool:
        """Whether a rule ends play at the present epoch; then it is said."""
        run = self.run
        reason = stop_reason(self.rules, run.history, run.epoch, self._since)
        if reason:
            self._pause()
            self.problem = reason
        return bool(reason)

    def _pause(self) -> None:
        self.playing, self.stop_at = False, None
        self._finish_epoch()

    def _train_one_batch(self) -> None:
        run = self.time.shown
        self._moment = Moment.step(run)
        run.advance_batches(1)
        self.time.follow()

    def _finish_epoch(self) -> None:
        run = self.time.shown
        if run.batch:
            run.advance_batches(run.n_batches - run.batch)
            self.time.follow()

    def _go_to(self, epoch: int) -> None:
        self.time.go_to(epoch)
        if self._retrained_for is None:
            self._retrained_for = 0.0  # what is on screen stays until the epoch is reached
        self._show_settings()

    def _show_settings(self, *, whatever_is_wanted: bool = False) -> None:
        """What is wanted is what the epoch on screen has, unless something newer is."""
        run, at = self.run, self.time.at
        config = run.config if at is None else run.config_at(at)
        with self._wanting:
            if self.config is not self._tried and not whatever_is_wanted:
                return
            if config != self.config:
                self.config = config
            self.own, self._tried = run.own, self.config

    # --------------------------------------------------- changes

    def _try_wanted(self) -> tuple[RunConfig, Table | None]:
        """The wanted settings and data, which belong together; the run is about to become them."""
        with self._wanting:
            self._tried = self.config
            return self.config, self.own

    def _follow_config(self) -> None:
        """Make the run what `config` says."""
        (config, own), at = self._try_wanted(), self.time.at
        before = self.run.config if at is None else self.run.config_at(at)
        if config == before and own is self.run.own and (at is not None or not self.run.plan):
            return
        if self.time.on_its_way:  # the epoch that is to be changed
            self._late.append(self._follow_config)
            return
        self.problem = ""
        self._change_branch(lambda branch: branch.change(config, own))

    def _make_edit(self, name: str) -> None:
        if self._behind():
            self._late.append(lambda: self._make_edit(name))
            return
        value = self._edits.pop(name, None)
        if value is None:  # a later wish has made it already
            return
        self.problem = ""
        self._change_branch(lambda branch: branch.run.edit(name, value))

    def _change_branch(self, change: Callable[[Branch], str | None]) -> None:
        """Change the newest epoch of the run; after winding back it is a new branch's.

        What the change returns is said to the viewer.
        """
        inside = self.time.shown.batch > 0
        self._finish_epoch()
        self._moment = None
        origin, at = self.time.current, self.time.at
        if at is not None:
            self.time.open()
            self._since = at
        try:
            run = self.run
            self.problem = change(self.time.current) or (EPOCH_FINISHED if inside else "")
            self._catch_up_if_new(run)
        except ValueError:
            if at is not None:
                self.time.close(self.time.current.letter)
                self.time.switch(origin.letter)
                self._go_to(at)
            raise

    def _catch_up_if_new(self, before: Run) -> None:
        """What is on screen stays until a new run has caught up."""
        if self.run is not before:
            self._retrained_for = 0.0

    def _undo_edit(self) -> None:
        run, at = self.run, self.time.at
        self.problem = ""
        branch = self.time.current
        branch.undo_edit()
        self._catch_up_if_new(run)
        self.time.switch(branch.letter)  # a visit was to another past
        if at is not None:
            self._go_to(at)

    def _begin_anew(self, goal: int, run: Run) -> None:
        """One run, at its beginning; the branches are dropped."""
        self.time = Timeline(run)
        self.goal = goal
        self._late.clear()
        self._edits.clear()
        self._retrained_for = 0.0
        self.problem = ""

    def _check(self) -> None:
        """Nothing is waited for where the run goes no further."""
        if self.run.diverged is None and self.run.epoch < MAX_EPOCHS:
            return
        self.goal = min(self.goal, self.run.epoch)
        if self.time.at is not None:
            return
        self.playing, self.stop_at = False, None
        self._retrained_for = None

    def fingerprint(self) -> tuple:
        """What a view of the network is drawn from: equal, and it would come out the same."""
        run, shown = self.run, self.time.shown
        return (
            id(shown),
            shown.epoch,
            shown.batch,
            shown.config,
            shown.changes[-1:],  # an edit of the network is in no setting
            shown.diverged,
            (id(run), run.epoch, len(self.time.branches)),
            self.playing,
            self.problem,
        )

    def holds_back(self) -> bool:
        """Whether the last picture stays a moment longer, until the run has caught up."""
        patient = self._retrained_for is not None and self._retrained_for < PATIENCE
        return patient and self._behind()

    def _state(self) -> tuple:
        return *self.fingerprint(), self.view, self.speed, self.rules, self._moment

    def _send_frame(self) -> None:
        if self.holds_back():
            return
        if not self._behind():
            self._retrained_for = None
        state, now = self._state(), time.monotonic()
        settled = not self.playing and not self._behind()
        hover = settled and state == self._shown and now - self._frame_time >= SETTLED
        if state == self._shown and (not hover or self._hover_sent):
            return
        if hover and not frames.prepare(self.time.shown, self._sent, FINE_PIECE):
            return  # goes on in the next turn
        status = {
            "playing": self.playing,
            "speed": None if self.speed == float("inf") else self.speed,
            "problem": self.problem,
            "rules": asdict(self.rules),
            "goal": self.goal if self._short_of_goal() else None,
            "edited": any(is_edit(change.field) for change in self.run.changes),
            **self.time.status(),
        }
        config = self.config  # what is wanted: a run that catches up is on its way there
        if self._sent.settings is not config:
            self._sent.settings = config
            status["settings"] = config.model_dump(mode="json")
        frame = frames.build(
            self.time.shown,
            self.view,
            self._sent,
            status,
            playing=not hover,
            hover=hover,
            curves=self.time.curves(),
            moment=self._moment,
        )
        self._frame_wanted, self._hover_sent = False, hover
        self._shown, self._frame_time = state, now
        self._on_frame(frame)
