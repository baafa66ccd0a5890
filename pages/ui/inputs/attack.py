"""Attacks in the plane: on a point, on all the data, on a network trained against them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from nnlib.inputs.adversarial import AdversarialTraining
from nnlib.run import Run
from nnlib.task import classify_target
from pages.ui.drawing.fields import state_of
from pages.ui.drawing.palette import Theme
from pages.ui.inputs import two_planes
from pages.ui.inputs.attack_point import (
    CHEAP,
    NAMES,
    Plan,
    ball,
    said_at,
)
from pages.ui.inputs.attack_side import Search, Side
from pages.ui.inputs.attack_survey import EPSILONS, SAMPLED, Survey, all_points, closest
from pages.ui.inputs.protocol import ATTACK
from pages.ui.inputs.two_planes import (
    AmongTheData,
    field_of,
    original,
    placed,
    unit,
    why_not,
)
from pages.ui.live.packing import Packet
from pages.ui.live.wishes import Nothing, Verbs, Wish
from pages.ui.sandbox.input_plane import InputPlane
from pages.ui.sandbox.sandbox import Sandbox, Settings, Switch
from pages.ui.session.session import Session

QUIET = 0.08  # seconds without a change until what takes longer is begun
INNER = 7  # steps of PGD in a step of adversarial training
FAR = 1e6
Place = Annotated[float, Field(ge=-FAR, le=FAR, allow_inf_nan=False)]


class Attack(Settings):
    """The point, how it is attacked, and what the other network is trained against."""

    theme: Theme = "light"
    x1: Place = -1.9  # in the data's own units
    x2: Place = 0.9
    attack: Literal["fgsm", "pgd", "lbfgs", "deepfool"] = "pgd"  # whose way is drawn
    norm: Literal["inf", "2"] = "inf"
    epsilon: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)] = 0.7
    steps: Annotated[int, Field(ge=1, le=100)] = 10
    size: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.0  # of a step; 0: by itself
    start: Switch = 0  # of PGD, at random
    seed: Annotated[int, Field(ge=0, le=9_999)] = 0
    target: Annotated[int, Field(ge=-1, le=7)] = -1  # a class, -1 for any other
    adversarial: Switch = 0
    guard: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)] = 0.5  # epsilon of the training


class AttackBoard(Sandbox[Attack]):
    """The viewer's network under attack, and beside it one trained against attacks."""

    protocol = ATTACK

    def __init__(self, session: Session) -> None:
        super().__init__(Attack(), session=session)
        self.plane, self.among = InputPlane(self.delivered), AmongTheData()
        self.mine: Side | None = None
        self.other: Side | None = None
        self._search: Search | None = None  # for `mine`, and ...
        self._other_search: Search | None = None
        self.training: AdversarialTraining | None = None
        self._trained_for: object = None
        self._last_survey: Survey | None = None  # stays until the next one has begun
        self._asked: object = None
        self._quiet = 0.0  # until then nothing that takes longer is begun
        self._version = 0

    # --------------------------------------------------- wishes, from any thread

    def again(self) -> None:
        """Another random start of PGD."""
        self.set({"start": 1, "seed": (self.settings.seed + 1) % 10_000})

    # --------------------------------------------------- the trainer's thread only

    def waits(self, now: float) -> Iterator[float]:
        if self.attentive(now) and self._piece(rested=True) is not None:
            yield 0.0 if self._piece(now >= self._quiet) else self._quiet - now

    def work(self, seconds: float) -> None:
        start = time.monotonic()
        while time.monotonic() - start < seconds and self.attentive(start):
            piece = self._piece(start >= self._quiet)
            if piece is None:
                break
            piece()
            self._version += 1

    def rest(self) -> None:
        self.plane.rest()
        self.mine = self.other = self._last_survey = None
        if self.training is not None:
            self.training.run.rest()

    def _stand_still(self) -> None:
        super()._stand_still()
        self.mine = self.other = self.training = self._trained_for = None

    def follow(self) -> None:
        """Make both sides what settings and networks are now; note when that changed."""
        run, settings = self.run, self.settings
        if why_not(run, classes=True):
            self.mine = self.other = self.training = self._trained_for = None
            self._search = self._other_search = None
            return
        self.settings, said = self.among.keep(settings, run.data.points, "target", otherwise=-1)
        self.problem = said or self.problem
        here = state_of(run)
        asked = (here, self.settings)
        if self._asked != asked:
            self._asked, self._quiet = asked, time.monotonic() + QUIET
        search = self._search
        if search is None or search.run is not run:
            search, self.mine = Search(run), None
        elif search.key != here and search.boundary.done:  # one after the other, while it trains
            search = Search(run)
        self._search = search
        self._take_boundary(search)
        self._follow_training(run)

    def _take_boundary(self, search: Search) -> None:
        """Attack the network whose boundary has been found."""
        settings = self.settings
        key = search.key, settings.norm, settings.steps
        if search.boundary.done and (self.mine is None or self.mine.key != key):
            self._keep_survey(search.run, key)
            self.mine = Side(search, settings.norm, settings.steps, short=False)

    def _keep_survey(self, run: Run, key: tuple) -> None:
        """While it trains, the last curves stay, if they measure the same."""
        older = self.mine
        if older is None or older.run is not run or older.key[1:] != key[1:]:
            self._last_survey = None
        elif older.survey.accuracy:
            self._last_survey = older.survey

    def _follow_training(self, run: Run) -> None:
        settings = self.settings
        if not settings.adversarial:
            self.training = self.other = self._other_search = self._trained_for = None
            return
        wanted = (run.config, id(run.own), settings.guard, settings.norm)
        training = self.training
        if training is None or self._trained_for != wanted or training.epoch > run.epoch:
            self._trained_for, self.other, self._other_search = wanted, None, None
            training = self.training = AdversarialTraining(
                run.config, run.own, epsilon=settings.guard, norm=settings.norm, steps=INNER
            )
        if self.other is not None and self.other.key != self._other_key(training):
            self.other = self._other_search = None

    def _other_key(self, training: AdversarialTraining) -> tuple:
        return state_of(training.run), self.settings.norm, self.settings.steps

    def _look_at_other(self, training: AdversarialTraining) -> None:
        """What training has come to, as the other side, once its boundary is found."""
        run, search, settings = training.run, self._other_search, self.settings
        if search is None or search.key != state_of(run):
            search = self._other_search = Search(run)
        search.work()
        if search.boundary.done:
            self.other = Side(search, settings.norm, settings.steps, short=True)

    def _look(self, search: Search) -> None:
        search.work()
        self._take_boundary(search)

    def _piece(self, rested: bool) -> Callable[[], object] | None:
        """What is to be done next of what takes longer; None where there is nothing.

        While a hand moves only the training goes on, whose pieces are short.
        """
        search, training = self._search, self.training
        if search is None:
            return None
        if not search.boundary.done:
            return lambda: self._look(search)
        sides = [side for side in (self.mine, self.other) if side is not None]
        plan, key = self._plan()
        for side in sides if rested else ():
            asked = side is self.mine or self.settings.attack == "lbfgs"
            known = side.plan != key or "lbfgs" in side.outcomes or side.problem
            if asked and not known:
                return lambda: side.attack(plan, key, ("lbfgs",))
        for side in sides if rested else ():
            if not side.survey.done:
                return side.survey.work
        if training is None:
            return None
        if training.run.diverged is None and training.epoch < self.run.epoch:
            return lambda: training.advance_batches(1)
        if rested and self.other is None:
            return lambda: self._look_at_other(training)
        return None

    def _plan(self) -> tuple[Plan, object]:
        """How the point is attacked, and what that depends on beside the network."""
        settings, points = self.settings, self.run.data.points
        plan = Plan(
            placed(points, settings.x1, settings.x2),
            settings.norm,
            settings.epsilon,
            settings.steps,
            settings.size or None,
            settings.seed if settings.start else None,
            settings.target if settings.target >= 0 else None,
        )
        return plan, (plan.x.tobytes(), *(getattr(plan, name) for name in _REST))

    def state(self) -> tuple:
        return *super().state(), self._version

    def holds_back(self) -> bool:
        seeking = self._search is not None and self.mine is None
        return seeking or super().holds_back()  # the first picture comes with a boundary

    # --------------------------------------------------- the frame

    def picture(self, packet: Packet) -> None:
        run, settings = self.run, self.settings
        packet.header["why"] = why_not(run, classes=True)
        if self.mine is None:
            return
        points, mine, other = run.data.points, self.mine, self.other
        plan, key = self._plan()
        mine.attack(plan, key, CHEAP)
        mine.look_everywhere(plan)
        if other is not None:  # only what is drawn
            drawn = (settings.attack,) if settings.attack in CHEAP else ()
            other.attack(plan, key, ("pgd", *drawn))
        self.plane.attach(run, settings.theme, packet)
        once = self.delivered.once
        once(packet, "dots", mine.key, lambda: original(points, mine.boundary.points))
        once(packet, "all", run, lambda: _with_classes(run))
        packet.attach("ball", original(points, ball(plan.x, plan.epsilon, plan.norm)))
        packet.attach("path", self._path(run, mine))
        if self.training is not None:
            self._attach_training(run, self.training, settings, packet)
        survey = mine.survey if mine.survey.accuracy else self._last_survey
        packet.header["marked"] = self._attach_fallen(mine.survey, packet, "")
        label, confidence = said_at(run, mine.network, plan.x)
        packet.header |= {
            "classes": list(points.class_names),
            "unit": unit(run),
            "at": original(points, plan.x)[0].tolist(),
            "before": {"said": label, "confidence": confidence},
            "attacks": {name: _row(mine, name, label) for name in (*NAMES, "truth")},
            "refused": mine.problem,
            "curves": self._curves(survey),
            "epsilons": EPSILONS.tolist(),
            "survey": {
                "epoch": survey.epoch if survey else None,
                "fresh": survey is mine.survey,
                "done": mine.survey.done,
                "points": len(mine.survey.X),
                "sampled": min(SAMPLED, len(mine.survey.X)),
                "at": float(EPSILONS[closest(settings.epsilon)]),
            },
            "words": self._words(settings),
            "corrected": self.among.corrected,
        }

    def _attach_fallen(self, survey: Survey, packet: Packet, prefix: str) -> bool:
        """Which points are wrong under attack, and the first to fall; whether that is known."""
        epsilon, points = self.settings.epsilon, self.run.data.points
        fallen = survey.fallen(epsilon)
        if fallen is None:
            return False
        first = survey.first()
        key = (survey, closest(epsilon), len(first))
        once = self.delivered.once
        once(packet, prefix + "fallen", key, lambda: fallen)
        once(packet, prefix + "first", key, lambda: original(points, survey.X[first]))
        return True

    def _attach_training(
        self, run: Run, training: AdversarialTraining, settings: Attack, packet: Packet
    ) -> None:
        points, network = run.data.points, training.run.network
        once = self.delivered.once
        key = (training, network.parameters.tobytes(), settings.theme)
        once(packet, "trained", key, lambda: field_of(network, training.run, settings.theme))
        packet.header["training_against"] = {
            "epoch": training.epoch,
            "goal": run.epoch,
            "diverged": training.run.diverged,
        }
        if self.other is None:
            return
        other = self.other
        once(packet, "trained_dots", other.key, lambda: original(points, other.boundary.points))
        packet.attach("trained_path", self._path(other.run, other))
        label, _ = said_at(other.run, other.network, self._plan()[0].x)
        packet.header["against"] = {
            "said": label,
            "row": _row(other, settings.attack, label),
            "pgd": _row(other, "pgd", label),
            "marked": self._attach_fallen(other.survey, packet, "trained_"),
        }

    def _path(self, run: Run, side: Side) -> np.ndarray:
        """The way of the chosen attack in original units; (0, 2) where it is not known yet."""
        outcome = side.outcomes.get(self.settings.attack)
        path = np.empty((0, 2)) if outcome is None else outcome.path
        return original(run.data.points, path)

    def _curves(self, survey: Survey | None) -> dict[str, list[float]]:
        found = dict(survey.accuracy) if survey else {}
        if self.other is not None:
            found["against"] = self.other.survey.accuracy.get("pgd", [])
        return found

    def _words(self, settings: Attack) -> str:
        """Clean and robust accuracy, of both networks where there are two."""
        parts = []
        for side, name in ((self.mine, "Your network"), (self.other, "trained on attacked points")):
            measured = None if side is None else side.survey.at(settings.epsilon)
            if side is not None and measured:
                epsilon, robust = measured
                parts.append(
                    f"{name}: {side.survey.clean:.1%} right without attack, {robust:.1%} under "
                    f"PGD with ε = {epsilon:.1f}"
                )
        return "; ".join(parts) + "." if parts else ""


_REST = ("norm", "epsilon", "steps", "step_size", "seed", "target")


def _row(side: Side, name: str, label: int) -> dict[str, object] | None:
    """A line of the table; None where it is not known yet. ||r|| is None where nothing is found."""
    if name not in side.outcomes:
        return None
    outcome = side.outcomes[name]
    if outcome is None or (name == "lbfgs" and len(outcome.path) < 2):
        return {"found": False}
    return {
        "found": True,
        "flipped": outcome.said != label,
        "flat": outcome.flat,
        "said": outcome.said,
        "confidence": outcome.confidence,
        "inf": outcome.size_inf,
        "two": outcome.size_2,
    }


def _with_classes(run: Run) -> np.ndarray:
    """(n, 3): every point in original units, and its class."""
    X, y = all_points(run)
    return np.column_stack([original(run.data.points, X), classify_target(y)])


# ------------------------------------------------------------------------ the page

VERBS: Verbs = {
    **two_planes.verbs(Attack),
    "again": Wish(Nothing, lambda board, _: board.again()),
}

ABOUT = """
**Is this what happens to pictures?** In part. Here the plane is filled with data, so an attack has
to cross the empty gap between two classes; each ball can be seen whole, and the nearest other class
found by looking everywhere: FGSM, PGD and L-BFGS are close to it. An image has thousands of inputs
and no point has neighbours nearby. Along ‖r‖∞ ≤ ε a linear score can move by ε‖w‖₁, which grows
with the number of inputs, so many changes too small to see add up to a large one (Goodfellow et
al. 2015); nobody can look everywhere, an attack only ever gives an upper bound on the nearest
mistake, and accuracy under an attack only an upper bound on the true robustness. In the plane
adversarial training mostly widens a margin that is there; on pictures it costs clean accuracy and
needs far more data and a larger network (Madry et al. 2018).
"""
