"""The course of a session's training: the run on screen, where it is to go, and its changes."""

from __future__ import annotations

import time
from collections.abc import Callable

from nnlib.config import MAX_EPOCHS
from nnlib.run import Run
from pages.ui.session.batch_step import BatchStep
from pages.ui.session.branches import Branch, Timeline
from pages.ui.session.timed_training import TimedTraining

PATIENCE = 0.025  # a retrained run is shown when caught up, or after this much training
EPOCH_FINISHED = "The epoch under way was trained to its end first: changes act between epochs."


class Course:
    """A session's branches, the epoch to catch up to or to be visited, the steps by hand.

    (In the trainer's thread only.)
    """

    def __init__(self, run: Run) -> None:
        self.time = Timeline(run)
        self.training = TimedTraining()
        self.batch_step: BatchStep | None = None  # of the last batch or example stepped by hand
        self._retrained_for: float | None = None  # seconds of training since a retrain began

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

    def fingerprint(self) -> tuple:
        """What the picture of the network is drawn from: equal, and it would come out the same."""
        run, shown = self.run, self.time.shown
        return (
            id(shown),
            shown.epoch,
            shown.batch,
            shown.config,
            shown.changes[-1:],  # an edit of the network is in no setting
            shown.diverged,
            (id(run), run.epoch, len(self.time.branches)),
        )

    # --------------------------------------------------- on the way

    @property
    def short_of_goal(self) -> bool:
        return self.goal > self.run.epoch and self.run.diverged is None

    @property
    def behind(self) -> bool:
        """Whether the epoch to catch up to, or to be visited, is not reached yet."""
        return self.short_of_goal or self.time.on_its_way

    def holds_back(self) -> bool:
        """Whether the last picture stays a batch_step longer, until the run has caught up."""
        patient = self._retrained_for is not None and self._retrained_for < PATIENCE
        return patient and self.behind

    def catch_up(self, seconds: float) -> None:
        """Train toward that epoch, for about so long."""
        if self.short_of_goal:
            spent = self.training.train(self.run, None, seconds, until=self.goal)
        else:
            start = time.perf_counter()
            self.time.travel(seconds)
            spent = time.perf_counter() - start
        if self._retrained_for is not None:
            self._retrained_for += spent

    def settle(self) -> bool:
        """Nothing is waited for where it has come, or where the run goes no further.

        Returns whether the newest epoch is on screen and the run goes no further.
        """
        if not self.behind:
            self._retrained_for = None
        if self.run.diverged is None and self.run.epoch < MAX_EPOCHS:
            return False
        self.goal = min(self.goal, self.run.epoch)
        if self.time.at is not None:
            return False
        self._retrained_for = None
        return True

    def stay(self) -> None:
        """Go nowhere any more."""
        self.goal = self.run.epoch
        self._retrained_for = None
        self.time.go_to(self.goal)

    # --------------------------------------------------- steps

    def go_to(self, epoch: int) -> None:
        """Head for an epoch that has been trained already; what is on screen stays until then."""
        self.time.go_to(epoch)
        if self._retrained_for is None:
            self._retrained_for = 0.0

    def finish_epoch(self) -> None:
        """Train the epoch under way to its end."""
        run = self.time.shown
        if run.batch:
            run.advance_batches(run.n_batches - run.batch)
            self.time.follow()

    def train_one_batch(self) -> None:
        """Train the batch to come, and rest there."""
        run = self.time.shown
        self.batch_step = BatchStep.step(run)
        run.advance_batches(1)
        self.time.follow()

    def show_one_example(self) -> None:
        """Look at the next example of the batch to come; after its last one, train that batch."""
        run, batch_step = self.time.shown, self.batch_step
        if batch_step is None or batch_step.example is None or not batch_step.shows(run):
            self.batch_step = BatchStep.of_example(run, 0)
            return
        self.batch_step = batch_step.next_example()
        if self.batch_step is None:
            self.train_one_batch()

    # --------------------------------------------------- changes

    def change(self, change: Callable[[Branch], str | None]) -> str:
        """Change the newest epoch of the run; after winding back it is a new branch's.

        Returns what is to be said to the viewer, '' for nothing.
        """
        inside = self.time.shown.batch > 0
        self.finish_epoch()
        self.batch_step = None
        origin, at = self.time.current, self.time.at
        if at is not None:
            self.time.open()
        try:
            before = self.run
            said = change(self.time.current) or (EPOCH_FINISHED if inside else "")
        except ValueError:
            if at is not None:
                self.time.close(self.time.current.letter)
                self.time.switch(origin.letter)
                self.go_to(at)
            raise
        self._wait_for_another(before)
        return said

    def undo_edit(self) -> None:
        """Take back the last edit of the network, as if it had never been made."""
        before, at, branch = self.run, self.time.at, self.time.current
        branch.undo_edit()
        self._wait_for_another(before)
        self.time.switch(branch.letter)  # a visit was to another past
        if at is not None:
            self.go_to(at)

    def begin_anew(self, goal: int, run: Run) -> None:
        """One run, at its beginning; the branches are dropped."""
        self.time = Timeline(run)
        self.goal = goal
        self._retrained_for = 0.0

    def _wait_for_another(self, before: Run) -> None:
        """What is on screen stays until a new run has caught up."""
        if self.run is not before:
            self._retrained_for = 0.0
