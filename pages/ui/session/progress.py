"""How a session's network goes on: what a granted wish does to it, and what goes on by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

from nnlib.changes import Change
from nnlib.config import MAX_EPOCHS, RunConfig
from nnlib.data import Table
from nnlib.edits import is_edit
from nnlib.run import Run
from pages.ui.session.branches import Branch
from pages.ui.session.course import Course
from pages.ui.session.differences import settings
from pages.ui.session.playback import Playback
from pages.ui.session.wanted import Wanted

LIMIT_PASSED = "The limit, epoch {:,}, lies behind: it does not stop Play any more."

Said = str | None  # a sentence for the viewer, "" for none any more, None to leave what is said


class Progress:
    """The course of the runs, how they are played, and what is wanted of them.

    Its methods are the trainer's alone. What they return is to be said; a ValueError, too, and then
    nothing was done.
    """

    def __init__(self, config: RunConfig, own: Table | None, changes: Sequence[Change]) -> None:
        self.course = Course(Run(config, own, changes=changes))
        # The run follows. A link's changes lead from its config to the wanted one.
        self.wanted = Wanted(config.replace(**settings(changes)), own)
        self.playback = Playback()
        self.edits: dict[str, float] = {}  # of the network, not made yet: the latest of each name
        self.late: list[Callable[[], Said]] = []  # what waits until the run has caught up

    @property
    def time_and_run(self) -> tuple[int | None, Run]:
        """The epoch of the past that is on screen, if it is one; the current branch's run."""
        return self.course.time.at, self.course.run

    # --------------------------------------------------- wishes

    def start(
        self,
        config: RunConfig,
        own: Table | None,
        changes: Sequence[Change],
        epoch: int,
        intro: bool,
    ) -> Said:
        """Begin anew from a config: shown training to `epoch`, or opened exactly there."""
        said = self._begin_anew(0 if intro else epoch, Run(config, own, changes=changes))
        self.wanted.tried(config.replace(**settings(changes)))
        self.playback.stop()
        if intro:
            self.playback.begin_intro(epoch)
        self.playback.skip()
        return said

    def play(self) -> Said:
        """Train on, at the speed, until paused."""
        at, run = self.time_and_run
        self.playback.begin(run.epoch, can=at is not None or run.diverged is None)
        limit = self.playback.rules.epochs
        return LIMIT_PASSED.format(limit) if limit is not None and limit <= run.epoch else ""

    def pause(self) -> None:
        """Stop at the end of the epoch under way."""
        self.playback.stop()
        self.course.finish_epoch()

    def step(self) -> None:
        """To the end of one epoch: trained, or visited where it has been trained already."""
        if self.playback.playing:
            self.pause()
        at, run = self.time_and_run
        if at is None:
            self.course.goal = max(self.course.goal, run.epoch) + 1
        else:
            self._go_to(at + 1)

    def step_batch(self) -> None:
        """Train one batch, and rest there, inside the epoch."""
        self.playback.stop()
        if not self.course.behind:
            self.course.train_one_batch()

    def step_example(self) -> None:
        """Look at one example of the batch to come; after its last one, train that batch."""
        self.playback.stop()
        if not self.course.behind:
            self.course.show_one_example()

    def reset(self) -> Said:
        """Back to one run at epoch 0 with the same initial weights, paused."""
        said = self._begin_anew(0, Run(*self.wanted.take()))
        self.playback.stop()
        return said

    def visit(self, epoch: int) -> None:
        """Look at an epoch that has been trained already, paused; beyond the newest: the newest."""
        if self.playback.playing:
            self.pause()
        self._go_to(epoch)

    def switch(self, letter: str) -> None:
        """Show another branch; play goes on there."""
        time = self.course.time
        if letter not in [branch.letter for branch in time.branches]:
            raise ValueError(f"There is no branch {letter[:1]}.")
        self.course.finish_epoch()
        time.switch(letter)
        self.playback.since = self.course.run.epoch
        self.show_settings(whatever_is_wanted=True)

    def close(self, letter: str) -> Said:
        """Drop a branch; the last one stays."""
        self.course.time.close(letter)
        self.show_settings(whatever_is_wanted=True)
        return ""

    # --------------------------------------------------- changes

    def follow_config(self) -> Said:
        """Make the run what is wanted."""
        (config, own), (at, run) = self.wanted.take(), self.time_and_run
        before = run.config if at is None else run.config_at(at)
        if config == before and own is run.own and (at is not None or not run.plan):
            return None
        if self.course.time.on_its_way:  # the epoch that is to be changed
            self.late.append(self.follow_config)
            return None
        return self._change_branch(lambda branch: branch.change(config, own))

    def make_edit(self, name: str) -> Said:
        """Make the latest edit of this name (nnlib/edits.py)."""
        if self.course.behind:
            self.late.append(lambda: self.make_edit(name))
            return None
        value = self.edits.pop(name, None)
        if value is None:  # a later wish has made it already
            return None
        return self._change_branch(lambda branch: branch.run.edit(name, value))

    def undo_edit(self) -> Said:
        """Take back the last edit of the network, as if it had never been made."""
        self.course.undo_edit()
        if self.course.time.at is not None:
            self.show_settings()
        return ""

    def _change_branch(self, change: Callable[[Branch], str | None]) -> Said:
        at = self.course.time.at
        said = self.course.change(change)
        if at is not None:
            self.playback.since = at
        return said

    # --------------------------------------------------- what goes on by itself

    def catch_up(self, seconds: float) -> list[Callable[[], Said]]:
        """Train (or wind) on toward the goal; what waited for it, once it is reached."""
        self.course.catch_up(seconds)
        self.playback.skip()
        if self.course.behind:
            return []
        late, self.late = self.late, []
        return late

    def play_on(self, now: float, seconds: float) -> Said:
        """Train as far as the speed allows, batch by batch, so that slow motion moves too."""
        run, play, train = self.course.time.shown, self.playback, self.course.training.train
        batches = play.batches(run, now)
        if self.course.time.at is not None:
            train(run, batches, seconds, until=self.course.run.epoch)
            self.course.time.follow()
            play.since = self.course.run.epoch
            self.show_settings()
        elif play.stop_at is None:
            reasons: list[str] = []
            check = (lambda: self._stops(reasons)) if play.rules.on else None
            train(run, batches, seconds, until=MAX_EPOCHS, check=check)
            return reasons[-1] if reasons else None
        else:
            train(run, batches, seconds, until=play.stop_at)
            if run.epoch >= play.stop_at:
                self.pause()
        return None

    def _stops(self, reasons: list[str]) -> bool:
        """Whether a rule ends play at the present epoch; its reason joins the others."""
        reason = self.playback.reason_to_stop(self.course.run)
        if reason:
            self.pause()
            reasons.append(reason)
        return bool(reason)

    def settle(self) -> None:
        """Play no further where the run goes no further."""
        if self.course.settle():
            self.playback.stop()

    def stand_still(self) -> None:
        """What goes on by itself ends."""
        self.playback.stop()
        self.course.stay()
        self.late.clear()
        self.edits.clear()

    # --------------------------------------------------- what there is

    def show_settings(self, *, whatever_is_wanted: bool = False) -> None:
        """What is wanted is what the epoch on screen has, unless something newer is."""
        at, run = self.time_and_run
        config = run.config if at is None else run.config_at(at)
        self.wanted.show(config, run.own, always=whatever_is_wanted)

    def status(self) -> dict[str, object]:
        """What a frame says of all this."""
        play, course = self.playback, self.course
        return {
            "playing": play.playing,
            "speed": None if play.speed == float("inf") else play.speed,
            "rules": asdict(play.rules),
            "goal": course.goal if course.short_of_goal else None,
            "edited": any(is_edit(change.field) for change in course.run.changes),
            **course.time.status(),
        }

    def _go_to(self, epoch: int) -> None:
        self.course.go_to(epoch)
        self.show_settings()

    def _begin_anew(self, goal: int, run: Run) -> Said:
        """One run, at its beginning; the branches are dropped."""
        self.course.begin_anew(goal, run)
        self.late.clear()
        self.edits.clear()
        return ""
