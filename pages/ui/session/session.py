"""One viewer's session: what is wanted of the network, its runs, and the next frame.

Threads other than the trainer's only leave wishes and read `config`; see live_view.py. What the
wishes do is in progress.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from nnlib.changes import Change
from nnlib.config import RunConfig
from nnlib.data import Table
from nnlib.run import Run
from nnlib.stopping import StopRules
from pages.ui.live.live_view import LiveView
from pages.ui.live.packing import Packet
from pages.ui.session import frames
from pages.ui.session.branches import Timeline
from pages.ui.session.differences import settings
from pages.ui.session.frames import Sent
from pages.ui.session.progress import Progress, Said
from pages.ui.session.protocol import PROTOCOL
from pages.ui.session.scene import View

FINE_PIECE = 100e6  # multiplications for a paused view's fine picture in one turn: 10 ms
SETTLED = 0.30  # a paused view gets its hover numbers after this long without a change
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
        self.progress = Progress(config, own, changes)
        self.view = View()
        self.onlookers: list[LiveView] = []  # other views of the same network
        self._sent = Sent(self.delivered)
        self._hover_sent = False

    @property
    def config(self) -> RunConfig:
        """The wanted settings."""
        return self.progress.wanted.config

    @property
    def own(self) -> Table | None:
        """The data that belong to them, where they are a person's own."""
        return self.progress.wanted.own

    @property
    def playing(self) -> bool:
        return self.progress.playback.playing

    @property
    def speed(self) -> float:
        """Epochs a second."""
        return self.progress.playback.speed

    @property
    def time(self) -> Timeline:
        """The branches, and the run on screen."""
        return self.progress.course.time

    @property
    def run(self) -> Run:
        """The current branch's run, where it is newest."""
        return self.progress.course.run

    @property
    def goal(self) -> int:
        """The epoch that the current branch's run is to catch up to."""
        return self.progress.course.goal

    @goal.setter
    def goal(self, epoch: int) -> None:
        self.progress.course.goal = epoch

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
        problems = self.progress.wanted.change(**changes)
        if not problems:
            self._wish_that(self.progress.follow_config)
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
        self.progress.wanted.put(config.replace(**settings(changes)), own)
        self.progress.playback.playing = intro  # for readers; the wish makes it so
        self._wish_that(lambda: self.progress.start(config, own, changes, epoch, intro))

    def play(self) -> None:
        """Train on, at its speed, until paused."""
        self._wish_that(self.progress.play)

    def pause(self) -> None:
        """Stop at the end of the epoch under way."""
        self._wish_that(self.progress.pause)

    def step(self) -> None:
        """To the end of one epoch: trained, or visited where it has been trained already."""
        self._wish_that(self.progress.step)

    def step_batch(self) -> None:
        """Train one batch, and rest there, inside the epoch."""
        self._wish_that(self.progress.step_batch)

    def step_example(self) -> None:
        """Look at one example of the batch to come; after its last one, train that batch."""
        self._wish_that(self.progress.step_example)

    def reset(self) -> None:
        """Back to one run at epoch 0 with the same initial weights, paused."""
        self._wish_that(self.progress.reset)

    def visit(self, epoch: int) -> None:
        """Look at an epoch that has been trained already, paused; beyond the newest: the newest."""
        self._wish_that(lambda: self.progress.visit(epoch))

    def switch(self, letter: str) -> None:
        """Show another branch; play goes on there."""
        self._wish_that(lambda: self.progress.switch(letter))

    def close(self, letter: str) -> None:
        """Drop a branch; the last one stays."""
        self._wish_that(lambda: self.progress.close(letter))

    def edit_network(self, name: str, value: float) -> None:
        """Edit the network by hand (names in nnlib/edits.py); of one name the latest value wins."""
        name = str(name)
        self.progress.edits[name] = value
        self._wish_that(lambda: self.progress.make_edit(name))

    def undo_edit(self) -> None:
        """Take back the last edit of the network, as if it had never been made."""
        self._wish_that(self.progress.undo_edit)

    def set_rules(self, rules: StopRules) -> None:
        """When play ends by itself."""
        self.progress.playback.rules = rules
        self._wish(lambda: None)

    def set_speed(self, speed: float) -> None:
        """Epochs a second, inf for as fast as it goes."""
        self.progress.playback.speed = speed
        self._wish(lambda: None)

    def set_view(self, view: View) -> None:
        """What the viewer chose; the next frame is drawn for it."""
        self.view = view
        self._wish(lambda: None)

    def _wish_that(self, act: Callable[[], Said]) -> None:
        self._wish(self._saying(act))

    def _saying(self, act: Callable[[], Said]) -> Callable[[], None]:
        return lambda: self._say(act())

    def _say(self, said: Said) -> None:
        if said is not None:
            self.problem = said

    # --------------------------------------------------- the trainer's thread only

    def waits(self, now: float) -> Iterator[float]:
        if self._may_catch_up(now):
            yield 0.0
        elif self._may_play(now):
            yield self.progress.playback.wait(self.time.shown, now)
        if self.frame_wanted and self._settled and not self._hover_sent:
            yield max(0.0, self._frame_time + SETTLED - now)

    def work(self, seconds: float) -> None:
        now = time.monotonic()
        if self._may_catch_up(now):
            late = self.progress.catch_up(seconds)
            self._wishes.extendleft(self._saying(act) for act in reversed(late))
        elif self._may_play(now) and not self.progress.course.behind:
            self._say(self.progress.play_on(now, seconds))
        self.progress.settle()

    def _may_catch_up(self, now: float) -> bool:
        watched = (self, *self.onlookers)
        return self.progress.course.behind and any(each.expected(now) for each in watched)

    def _may_play(self, now: float) -> bool:
        return self.playing and any(each.attentive(now) for each in (self, *self.onlookers))

    def _refused(self) -> None:
        self.progress.show_settings()

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
        self.progress.playback.skip()

    def _stand_still(self) -> None:
        self.progress.stand_still()

    # --------------------------------------------------- frames

    def fingerprint(self) -> tuple:
        """What a view of the network is drawn from: equal, and it would come out the same."""
        return *self.progress.course.fingerprint(), self.playing, self.problem

    def holds_back(self) -> bool:
        return self.progress.course.holds_back()

    def state(self) -> tuple:
        play = self.progress.playback
        return (
            *self.fingerprint(),
            self.view,
            play.speed,
            play.rules,
            self.progress.course.batch_step,
        )

    @property
    def _settled(self) -> bool:
        return not self.playing and not self.progress.course.behind

    def left_out(self, now: float) -> bool:
        """The numbers for the pointer."""
        waits = now - self._frame_time < SETTLED
        return self._settled and not self._hover_sent and not waits

    def frame(self) -> Packet | None:
        hover = self._shown == self.state()  # nothing new: the numbers for the pointer
        if hover and not self._sent.fields.prepare(self.time.shown, FINE_PIECE):
            return None  # goes on in the next turn
        status = {**self.progress.status(), "problem": self.problem}
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
            batch_step=self.progress.course.batch_step,
        )
