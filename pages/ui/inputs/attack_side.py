"""One network under attack: the search for its boundary, and what attacks have come to so far."""

from __future__ import annotations

import numpy as np

from nnlib.inputs.boundary import Boundary
from nnlib.inputs.composed import composed
from nnlib.run import Run
from pages.ui.drawing.fields import state_of
from pages.ui.inputs.attack_point import Outcome, Plan, attacked, box, nearest
from pages.ui.inputs.attack_survey import PIECE, Survey

CELLS = 160  # along each side of the box, of the search everywhere


class Search:
    """The search for a network's boundary, piece by piece; the network may train on meanwhile."""

    def __init__(self, run: Run) -> None:
        self.run, self.key, self.epoch = run, state_of(run), run.epoch
        self.network = composed(run.network.copy(), run.data, "plane")
        extent = np.stack(box(run.data.points), axis=1)
        piece = int(PIECE / run.network.parameters.size)
        self.boundary = Boundary(self.network, run.loss, extent, CELLS, piece=piece)

    def work(self) -> None:
        """The next piece."""
        with np.errstate(all="ignore"):
            self.boundary.work()


class Side:
    """One network under attack: what has been found out about it so far."""

    def __init__(self, found: Search, norm: str, steps: int, *, short: bool) -> None:
        self.run, self.network, self.boundary = found.run, found.network, found.boundary
        self.key = found.key, norm, steps
        self.survey = Survey(self.run, self.network, self.boundary, norm, steps, short=short)
        self.survey.epoch = found.epoch
        self.plan: object = None
        self.outcomes: dict[str, Outcome | None] = {}
        self.problem = ""

    def attack(self, plan: Plan, key: object, names: tuple[str, ...]) -> None:
        """Attack the point in these ways, as far as that has not been done."""
        if self.plan != key:
            self.plan, self.outcomes, self.problem = key, {}, ""
        try:
            for name in names:
                if name not in self.outcomes:
                    self.outcomes[name] = attacked(name, self.run, self.network, plan)
        except ValueError as error:
            self.problem = str(error)

    def look_everywhere(self, plan: Plan) -> None:
        """Find the nearest other class, as far as that has not been done; after `attack`."""
        if "truth" not in self.outcomes:
            with np.errstate(all="ignore"):
                self.outcomes["truth"] = nearest(self.run, self.network, self.boundary, plan)
