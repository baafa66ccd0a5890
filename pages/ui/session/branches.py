"""A session's runs: up to four futures side by side, and the epoch of one that is looked at."""

from __future__ import annotations

import time
from dataclasses import dataclass

from nnlib.changes import Change, can_continue
from nnlib.config import RunConfig
from nnlib.data import Table
from nnlib.edits import is_edit
from nnlib.run import Run
from pages.ui.session.differences import difference, different, fitting, settings
from pages.ui.session.frames import Curves

LETTERS = "ABCD"  # a branch's name; there are at most so many


@dataclass(eq=False)
class Branch:
    """One future: its run, the epoch to catch up to, and what it had when it was opened."""

    letter: str
    run: Run
    goal: int = 0
    base: tuple[RunConfig, tuple[Change, ...]] | None = None  # of the run it came from

    @property
    def title(self) -> str:
        """What makes it another run than the one it came from, in words."""
        if self.base is None:
            return "the first run"
        return difference(self.run, *self.base)

    def change(self, config: RunConfig, own: Table | None) -> str:
        """Make the run what these settings say; '', or a sentence about what had to be left out.

        By a change of the run, or by a new one from the base weights, which has to catch up.
        """
        run = self.run
        if own is run.own and can_continue(run.config, config) and not run.plan:
            run.change(**{name: getattr(config, name) for name in different(run.config, config)})
        elif own is run.own and config.dataset == run.config.dataset:
            return self._retrain(config, own)
        else:
            self.replace(Run(config, own))
        return ""

    def _retrain(self, config: RunConfig, own: Table | None) -> str:
        """Live through the same history again, its changes included, with other settings."""
        self.goal = max(self.goal, self.run.epoch)
        changes = [*self.run.changes, *self.run.plan]
        lost: list[str] = []
        if any(is_edit(change.field) for change in changes):
            changes, lost = fitting(changes, Run(config, own).network.sizes)
        before = {change.field: change.old for change in reversed(changes)}
        try:
            start = config.replace(**{name: before[name] for name in before if not is_edit(name)})
            end = start.replace(**settings(changes))
            changes += [
                Change(self.goal, name, getattr(end, name), getattr(config, name))
                for name in different(end, config)
            ]
            self.replace(Run(start, own, changes=changes))
        except ValueError:  # the history does not fit, an earlier loss another output, say
            self.replace(Run(config, own))
        if not lost:
            return ""
        return f"Left out, because the network has no such place any more: {', '.join(lost)}."

    def undo_edit(self) -> None:
        """Train again without the last edit of the network; ValueError where there is none."""
        changes = [*self.run.changes, *self.run.plan]
        edits = [i for i, change in enumerate(changes) if is_edit(change.field)]
        if not edits:
            raise ValueError("There is no edit of the network to take back.")
        del changes[edits[-1]]
        self.replace(Run(self.run.initial_config, self.run.own, changes=changes))

    def replace(self, run: Run) -> None:
        """Go on as another run, which catches up to where this one is."""
        self.goal = max(self.goal, self.run.epoch)
        self.run = run


class Timeline:
    """The branches, the current one, and the epoch of it on screen: `at`, None for its newest.

    A visit to an older epoch is a run of its own, which stands where the branch's run stood.
    """

    def __init__(self, run: Run) -> None:
        self.current = Branch(LETTERS[0], run)
        self.branches = [self.current]
        self.at: int | None = None
        self._visited: Run | None = None

    @property
    def shown(self) -> Run:
        """The run on screen: the current branch's own, or a visit to its past."""
        return self._visited or self.current.run

    @property
    def on_its_way(self) -> bool:
        """Whether the epoch to be visited is not reached yet."""
        return self.at is not None and (self._visited is None or self._visited.epoch != self.at)

    def go_to(self, epoch: int) -> None:
        """Look at an epoch of the current branch; `travel` leads there."""
        branch = self.current
        newest = max(branch.run.epoch, branch.goal)
        self.at = None if epoch >= newest else max(0, epoch)
        if self.at is None:
            self._visited = None

    def travel(self, seconds: float) -> None:
        """Train toward the epoch to be visited, for about so long."""
        end, run, at = time.perf_counter() + seconds, self.current.run, self.at
        if at is None:
            return
        if at >= run.epoch:  # a retrained run may have ended earlier
            self.go_to(run.epoch)
            return
        here, start = self._visited, run.kept_before(at)
        if here is None or here.batch or not start <= here.epoch <= at:
            here = run.visit(start)
        while here.epoch < at and time.perf_counter() < end:
            here = run.visit(here.epoch + 1, here)
        self._visited = here

    def follow(self) -> None:
        """A visit may have been trained on: the newest epoch is the branch's run itself again."""
        if self._visited is None:
            return
        self.at = self._visited.epoch
        if self.at >= self.current.run.epoch or self._visited.diverged:
            self.go_to(self.current.run.epoch)

    def open(self) -> Branch:
        """Make the visit a branch, the current one; ValueError where all are taken."""
        free = [letter for letter in LETTERS if letter not in {b.letter for b in self.branches}]
        if not free:
            raise ValueError(
                f"{len(LETTERS)} branches are open: close one (×) before you change the past."
            )
        origin, visited = self.current.run, self._visited
        assert visited is not None, "only a visit becomes a branch"
        base = (origin.initial_config, tuple(visited.changes))
        self.current = Branch(free[0], origin.fork(visited), visited.epoch, base)
        self.branches = sorted([*self.branches, self.current], key=lambda b: b.letter)
        self.at = self._visited = None
        return self.current

    def switch(self, letter: str) -> None:
        """Another branch becomes the current one, at its newest epoch."""
        self.current = next(b for b in self.branches if b.letter == letter)
        self.at = self._visited = None

    def close(self, letter: str) -> None:
        """Drop a branch; the last one stays."""
        kept = [b for b in self.branches if b.letter != letter]
        if not kept:
            return
        self.branches = kept
        if self.current not in kept:
            self.switch(kept[0].letter)

    def rest(self) -> None:
        """Nobody looks: all runs give back what can be made again."""
        runs = [branch.run for branch in self.branches]
        for run in [*runs, self._visited] if self._visited else runs:
            run.rest()

    def status(self) -> dict[str, object]:
        """What the live view says of time: the newest epoch, the branches and the current one."""
        return {
            "newest": self.current.run.epoch,
            "branch": self.current.letter,
            "branches": {b.letter: b.title for b in self.branches},
        }

    def curves(self) -> Curves:
        """The histories whose loss curves are drawn."""
        return Curves(self.current.letter, {b.letter: b.run for b in self.branches})
