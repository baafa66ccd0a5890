"""One viewer's session: what is wanted of the network, its runs, and the next frame.

Threads other than the trainer's only leave wishes and read `config`; see live_view.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

from nnlib.changes import Change
from nnlib.config import MAX_EPOCHS, RunConfig
from nnlib.data import Table
from nnlib.edits import is_edit
from nnlib.run import Run
from nnlib.stopping import StopRules
from pages.ui.live.live_view import LiveView
from pages.ui.live.packing import Packet
from pages.ui.session import frames
from pages.ui.session.branches import Branch, Timeline
from pages.ui.session.course import Course
from pages.ui.session.differences import settings
from pages.ui.session.frames import Sent
from pages.ui.session.playback import Playback
from pages.ui.session.protocol import PROTOCOL
from pages.ui.session.scene import View
from pages.ui.session.wanted import Wanted

FINE_PIECE = 100e6  # multiplications for a paused view's fine picture in one turn: 10 ms
SETTLED = 0.30  # a paused view gets its hover numbers after this long without a change
LIMIT_PASSED = "The limit, epoch {:,}, lies behind: it does not stop Play any more."
INTRO_EPOCHS = 100  # what a new viewer sees being trained
SPEEDS = (0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, float("inf"))  # epochs a second


class Session(LiveView):
    """One viewer's run: what is wanted of it, how fast, and the next frame.

    Raises DataError or ValueError where the first config does not fit its data.
    """

    protocol = PROTOCOL

    def __init__(
        self, config: RunConfig, own: Table | None = None, changes: Sequence[Change] = ()
    ) -> None:
        super().__init__()
        self._course = Course(Run(config, own, changes=changes))
        # The run follows. A link's changes lead from its config to the wanted one.
        self._wanted = Wanted(config.replace(**settings(changes)), own)
        self.view = View()
        self.onlookers: list[LiveView] = []  # other views of the same network
        self.playback = Playback()
        self._late: list[Callable[[], None]] = []  # wishes that wait until the run has caught up
        self._edits: dict[str, float] = {}  # of the network, not made yet
        self._sent = Sent(self.delivered)
        self._hover_sent = False

    @property
    def config(self) -> RunConfig:
        """The wanted settings."""
        return self._wanted.config

    @property
    def own(self) -> Table | None:
        """The data that belong to them, where they are a person's own."""
        return self._wanted.own

    @property
    def playing(self) -> bool:
        return self.playback.playing

    @property
    def speed(self) -> float:
        """Epochs a second."""
        return self.playback.speed

    @property
    def time(self) -> Timeline:
        """The branches, and the run on screen."""
        return self._course.time

    @property
    def run(self) -> Run:
        """The current branch's run, where it is newest."""
        return self._course.run

    @property
    def goal(self) -> int:
        """The epoch that the current branch's run is to catch up to."""
        return self._course.goal

    @goal.setter
    def goal(self, epoch: int) -> None:
        self._course.goal = epoch

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
        problems = self._wanted.change(**changes)
        if not problems:
            self._wish(self._follow_config)
        return problems

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
        self._wanted.put(wanted, own)
        self.playback.playing = intro  # for readers; the wish makes it so

        def begin() -> None:
            self._begin_anew(0 if intro else epoch, Run(config, own, changes=changes))
            self._wanted.tried(wanted)
            self.playback.stop()
            if intro:
                self.playback.begin_intro(epoch)
            self.playback.skip()

        self._wish(begin)

    def play(self) -> None:
        """Train on, at `speed`, until paused."""

        def begin() -> None:
            can = self.time.at is not None or self.run.diverged is None
            self.playback.begin(self.run.epoch, can=can)
            limit = self.playback.rules.epochs
            passed = limit is not None and limit <= self.run.epoch
            self.problem = LIMIT_PASSED.format(limit) if passed else ""

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
            self.playback.stop()
            if not self._course.behind:
                self._course.train_one_batch()

        self._wish(one_batch)

    def step_example(self) -> None:
        """Look at one example of the batch to come; after its last one, train that batch."""

        def one_example() -> None:
            self.playback.stop()
            if not self._course.behind:
                self._course.show_one_example()

        self._wish(one_example)

    def reset(self) -> None:
        """Back to one run at epoch 0 with the same initial weights, paused."""

        def back() -> None:
            self._begin_anew(0, Run(*self._wanted.take()))
            self.playback.stop()

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
            self._course.finish_epoch()
            self.time.switch(letter)
            self.playback.since = self.run.epoch
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
        self.playback.rules = rules
        self._wish(lambda: None)

    def set_speed(self, speed: float) -> None:
        """Epochs a second, inf for as fast as it goes."""
        self.playback.speed = speed
        self._wish(lambda: None)

    def set_view(self, view: View) -> None:
        """What the viewer chose; the next frame is drawn for it."""
        self.view = view
        self._wish(lambda: None)

    # --------------------------------------------------- the trainer's thread only

    def waits(self, now: float) -> Iterator[float]:
        if self._may_catch_up(now):
            yield 0.0
        elif self._may_play(now):
            yield self.playback.wait(self.time.shown, now)
        if self.frame_wanted and self._settled and not self._hover_sent:
            yield max(0.0, self._frame_time + SETTLED - now)

    def work(self, seconds: float) -> None:
        now = time.monotonic()
        if self._may_catch_up(now):
            self._course.catch_up(seconds)
            self.playback.skip()
            if not self._course.behind:
                self._grant_late()
        elif self._may_play(now) and not self._course.behind:
            self._play_on(now, seconds)
        if self._course.settle():
            self.playback.stop()

    def _grant_late(self) -> None:
        self._wishes.extendleft(reversed(self._late))
        self._late.clear()

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
        super()._forget_client()
        self._sent.fields.forget()  # its grids are megabytes
        self.playback.skip()

    def _stand_still(self) -> None:
        self.playback.stop()
        self._course.stay()
        self._late.clear()
        self._edits.clear()

    def _may_catch_up(self, now: float) -> bool:
        return self._course.behind and any(w.expected(now) for w in (self, *self.onlookers))

    def _may_play(self, now: float) -> bool:
        return self.playing and any(w.attentive(now) for w in (self, *self.onlookers))

    def _play_on(self, now: float, seconds: float) -> None:
        """Train as far as the speed allows, batch by batch, so that slow motion moves too."""
        run, play, train = self.time.shown, self.playback, self._course.training.train
        batches = play.batches(run, now)
        if self.time.at is not None:
            train(run, batches, seconds, until=self.run.epoch)
            self.time.follow()
            play.since = self.run.epoch
            self._show_settings()
        elif play.stop_at is None:
            check = self._stops if play.rules.on else None
            train(run, batches, seconds, until=MAX_EPOCHS, check=check)
        else:
            train(run, batches, seconds, until=play.stop_at)
            if run.epoch >= play.stop_at:
                self._pause()

    def _stops(self) -> bool:
        """Whether a rule ends play at the present epoch; then it is said."""
        reason = self.playback.reason_to_stop(self.run)
        if reason:
            self._pause()
            self.problem = reason
        return bool(reason)

    def _pause(self) -> None:
        self.playback.stop()
        self._course.finish_epoch()

    def _go_to(self, epoch: int) -> None:
        self._course.go_to(epoch)
        self._show_settings()

    def _show_settings(self, *, whatever_is_wanted: bool = False) -> None:
        """What is wanted is what the epoch on screen has, unless something newer is."""
        run, at = self.run, self.time.at
        config = run.config if at is None else run.config_at(at)
        self._wanted.show(config, run.own, always=whatever_is_wanted)

    # --------------------------------------------------- changes

    def _follow_config(self) -> None:
        """Make the run what `config` says."""
        (config, own), at = self._wanted.take(), self.time.at
        before = self.run.config if at is None else self.run.config_at(at)
        if config == before and own is self.run.own and (at is not None or not self.run.plan):
            return
        if self.time.on_its_way:  # the epoch that is to be changed
            self._late.append(self._follow_config)
            return
        self.problem = ""
        self._change_branch(lambda branch: branch.change(config, own))

    def _make_edit(self, name: str) -> None:
        if self._course.behind:
            self._late.append(lambda: self._make_edit(name))
            return
        value = self._edits.pop(name, None)
        if value is None:  # a later wish has made it already
            return
        self.problem = ""
        self._change_branch(lambda branch: branch.run.edit(name, value))

    def _change_branch(self, change: Callable[[Branch], str | None]) -> None:
        at = self.time.at
        self.problem = self._course.change(change)
        if at is not None:
            self.playback.since = at

    def _undo_edit(self) -> None:
        self.problem = ""
        self._course.undo_edit()
        if self.time.at is not None:
            self._show_settings()

    def _begin_anew(self, goal: int, run: Run) -> None:
        """One run, at its beginning; the branches are dropped."""
        self._course.begin_anew(goal, run)
        self._late.clear()
        self._edits.clear()
        self.problem = ""

    def fingerprint(self) -> tuple:
        """What a view of the network is drawn from: equal, and it would come out the same."""
        return *self._course.fingerprint(), self.playing, self.problem

    def holds_back(self) -> bool:
        return self._course.holds_back()

    def state(self) -> tuple:
        play = self.playback
        return *self.fingerprint(), self.view, play.speed, play.rules, self._course.moment

    @property
    def _settled(self) -> bool:
        return not self.playing and not self._course.behind

    def left_out(self, now: float) -> bool:
        """The numbers for the pointer."""
        waits = now - self._frame_time < SETTLED
        return self._settled and not self._hover_sent and not waits

    def frame(self) -> Packet | None:
        hover = self._shown == self.state()  # nothing new: the numbers for the pointer
        if hover and not self._sent.fields.prepare(self.time.shown, FINE_PIECE):
            return None  # goes on in the next turn
        status = {
            "playing": self.playing,
            "speed": None if self.speed == float("inf") else self.speed,
            "problem": self.problem,
            "rules": asdict(self.playback.rules),
            "goal": self.goal if self._course.short_of_goal else None,
            "edited": any(is_edit(change.field) for change in self.run.changes),
            **self.time.status(),
        }
        config = self.config  # what is wanted: a run that catches up is on its way there
        if self.delivered.note("settings", config):
            status["settings"] = config.model_dump(mode="json")
        self._hover_sent = hover
        return frames.build(
            self.time.shown,
            self.view,
            self._sent,
            status,
            playing=not hover,
            hover=hover,
            curves=self.time.curves(),
            moment=self._course.moment,
        )
