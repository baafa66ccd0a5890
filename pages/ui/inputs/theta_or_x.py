"""One loss, one backward pass: descend in theta with x held, or in x with theta held."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from nnlib.inputs.ascent import Flow, Goal
from nnlib.inputs.composed import Composed
from nnlib.inputs.parameter_flow import LastFactors, ParameterFlow, last_factors
from nnlib.run import Run
from pages.ui.drawing.fields import state_of
from pages.ui.inputs import two_planes
from pages.ui.inputs.protocol import THETA_OR_X
from pages.ui.inputs.theta_choice import (
    MOST_DROPS,
    Choice,
    Place,
    goal_of,
    label_of,
    scattered,
    wants,
)
from pages.ui.inputs.theta_flows import STEPS, ByHand, Progress
from pages.ui.inputs.theta_frames import (
    about_factors,
    about_theta,
    about_x,
    field_of_steps,
    stopped,
)
from pages.ui.inputs.two_planes import (
    AmongTheData,
    dotted,
    field_of,
    original,
    placed,
    raw,
    unit,
    why_not,
)
from pages.ui.live.pace import Pace
from pages.ui.live.packing import Packet
from pages.ui.live.wishes import Nothing, Verbs, Wish, several
from pages.ui.sandbox.input_plane import InputPlane
from pages.ui.sandbox.sandbox import Sandbox
from pages.ui.session.session import Session

STILL = 1e-5  # a step that is shorter than this share of the view leads nowhere


# ------------------------------------------------------------------------ what moves


class ThetaOrX(Sandbox[Choice]):
    """A point whose loss moves theta (in a copy of the network), and points that it moves."""

    protocol = THETA_OR_X

    def __init__(self, session: Session) -> None:
        super().__init__(Choice(), session=session)
        self.plane, self.among = InputPlane(self.delivered), AmongTheData()
        self.going = True
        self.point: Flow | None = None
        self.drops: Flow | None = None
        self.theta: ParameterFlow | None = None
        self._by_hand = ByHand()
        self._progress = Progress()
        self._pace = Pace()
        self._factors: LastFactors | None = None

    # --------------------------------------------------- wishes, from any thread

    def go(self) -> None:
        """Let everything flow; from the start once more where all has ended."""

        def begin() -> None:
            if not any(self._may(name) for name in self._chosen()):
                self._progress.begin_anew()
            self.going = True
            self._pace.skip(time.monotonic())

        self._wish(begin)

    def halt(self) -> None:
        """Stay where it is."""
        self._wish(self._halt)

    def one(self) -> None:
        """One step of all that moves."""

        def step() -> None:
            self._halt()
            self.follow()
            for name in self._chosen():
                self._advance(name)

        self._wish(step)

    def back(self) -> None:
        """Everything to its start, where it waits."""

        def begin() -> None:
            self._halt()
            self._progress.begin_anew()

        self._wish(begin)

    def drop(self, x1: float, x2: float) -> None:
        """Drop a point in the plane, in the data's own units."""

        def add() -> None:
            if len(self._by_hand.places) + len(self._scattered()) >= MOST_DROPS:
                raise ValueError(f"{MOST_DROPS} points are in the plane; take some away first.")
            self._by_hand.add(placed(self.run.data.points, x1, x2))

        self._wish(add)

    def clear(self) -> None:
        """Take all dropped points away."""
        self._wish(self._by_hand.clear)

    # --------------------------------------------------- the trainer's thread only

    def follow(self) -> None:
        """Make the flows what settings and network ask for; a change of the way acts at once."""
        run, settings = self.run, self.settings
        if why_not(run):
            self.point = self.drops = self.theta = None
            self._progress.begin_anew()
            return
        self.settings, said = self.among.keep(settings, run.data.points, "label")
        self.problem = said or self.problem
        settings, data = self.settings, run.data
        goal, _ = goal_of(run, settings)
        self._by_hand.keep_to(data.points)
        wanted = (settings.want, settings.label, settings.value)
        owner = (run, run.network.killed)
        x = placed(data.points, settings.x1, settings.x2)
        here = (owner, wanted, settings.bounded, x.tobytes())
        if self._progress.is_new("point", here):
            self.point = self._flow(run, x, goal)
        if self._progress.is_new("drops", (*here[:3], settings.drops, self._by_hand.version)):
            starts = np.concatenate([self._scattered(), *self._by_hand.places])
            self.drops = self._flow(run, starts, goal) if len(starts) else None
        theta = self.theta
        if self._progress.is_new("theta", (state_of(run), wanted, x.tobytes())) or theta is None:
            network = raw(run)
            inputs = network.inputs(x) if isinstance(network, Composed) else x
            theta = ParameterFlow(run.network, inputs, goal, settings.rate, run.frozen)
            self.theta = theta
            self._factors = last_factors(run.network, data.features, x[0], goal)
        theta.step_size = settings.rate
        for flow in (self.point, self.drops):
            if flow is not None:
                flow.step_size, flow.pull = settings.step, settings.pull
                flow.unit_steps = bool(settings.equal)
        way = (settings.step, settings.rate, settings.pull, settings.equal, state_of(run))
        self._progress.follow_way(way)

    def waits(self, now: float) -> Iterator[float]:
        if self._may_move(now):
            yield self._pace.wait(self.settings.speed, now)

    def work(self, seconds: float) -> None:
        start = time.monotonic()
        if not self._may_move(start):
            return
        self._pace.earn(self.settings.speed, start)
        while time.monotonic() - start < seconds and self._pace.spend():
            for name in self._chosen():
                if self._may(name):
                    self._advance(name)

    def rest(self) -> None:
        self.plane.rest()

    def _stand_still(self) -> None:
        super()._stand_still()
        self._halt()
        self._progress.begin_anew()  # what a step was broken off in begins anew

    def _halt(self) -> None:
        self.going = False

    def _chosen(self) -> tuple[str, ...]:
        """What the switch lets move."""
        moves = self.settings.moves
        return ("theta",) * (moves != "x") + ("point", "drops") * (moves != "theta")

    def _may(self, name: str) -> bool:
        return getattr(self, name) is not None and self._progress.may(name)

    def _may_move(self, now: float) -> bool:
        return (
            self.going
            and not self.session.holds_back()
            and any(self._may(name) for name in self._chosen())
            and self.attentive(now)
        )

    def _advance(self, name: str) -> None:
        flow = getattr(self, name)
        if flow is None or not self._progress.has_steps(name):
            return
        with np.errstate(all="ignore"):  # a slope may be too steep for a number: none, then
            before = None if name == "theta" else flow.X
            flow.advance()
        if name == "theta":
            ended = flow.diverged
        else:
            extent = self.run.data.points.extent
            moved = np.abs(flow.X - before).max(initial=0)
            ended = not moved > STILL * (extent[:, 1] - extent[:, 0]).max()
        self._progress.step(name, ended=ended)

    def _flow(self, run: Run, starts: np.ndarray, goal: Goal) -> Flow:
        """A flow of these points; where it is bounded they start within the view."""
        settings, extent = self.settings, run.data.points.extent
        bounds = (extent[:, 0], extent[:, 1]) if settings.bounded else None
        if bounds:
            starts = np.clip(starts, *(np.asarray(side, np.float32) for side in bounds))
        return Flow(
            raw(run),
            starts,
            goal,
            settings.step,
            unit_steps=bool(settings.equal),
            pull=settings.pull,
            bounds=bounds,
            keep=STEPS + 1,
        )

    def _scattered(self) -> np.ndarray:
        return scattered(self.run, self.settings.drops)

    def state(self) -> tuple:
        return *super().state(), self._progress.state, self.going

    # --------------------------------------------------- the frame

    def picture(self, packet: Packet) -> None:
        run, settings = self.run, self.settings
        packet.header["why"] = why = why_not(run)
        theta, factors = self.theta, self._factors
        if why or self.point is None or theta is None or factors is None:
            return
        points = run.data.points
        goal, symbol = goal_of(run, settings)
        self.plane.attach(run, settings.theme, packet)
        here, once = state_of(run), self.delivered.once
        copy = (self._progress.made["theta"], len(theta.values), settings.theme)
        once(packet, "moved", copy, lambda: field_of(theta.network, run, settings.theme))
        if run.data.kind != "regression":
            once(packet, "before", here, lambda: dotted(run.network, run))
        wanted = self._progress.made["drops"][1]
        steps = (here, wanted, settings.pull)
        once(packet, "arrows", steps, lambda: field_of_steps(run, goal, settings.pull))
        self._attach_drops(run, packet)
        packet.attach("path", original(points, self.point.path[:, 0]))
        packet.header |= {
            "wants": wants(run),
            "classes": list(points.class_names),
            "label": label_of(run, settings),
            "symbol": symbol,
            "going": self.going and any(self._may(name) for name in self._chosen()),
            "left": about_theta(run, theta),
            "right": about_x(run, self.point, self.drops, label_of(run, settings))
            | {"stopped": stopped(self.point, symbol) if "point" in self._progress.still else ""},
            "factors": about_factors(run, factors, symbol),
            "unit": unit(run),
            "corrected": self.among.corrected,
        }

    def _attach_drops(self, run: Run, packet: Packet) -> None:
        """The places of the dropped points that the client does not have yet."""
        flow = self.drops
        known, count = self.delivered.get("drops") or (None, 0)
        if known is not flow:
            count = 0
        places = np.empty((0, 0, 2)) if flow is None else flow.path[count:]
        if known is flow and not len(places):
            return
        self.delivered.put("drops", (flow, count + len(places)))
        packet.header["drops"] = {"start": count, "n": places.shape[1]}
        packet.attach("drops", original(run.data.points, places))


# ------------------------------------------------------------------------ the page

VERBS: Verbs = {
    **two_planes.verbs(Choice),
    "go": Wish(Nothing, lambda box, _: box.go()),
    "halt": Wish(Nothing, lambda box, _: box.halt()),
    "one": Wish(Nothing, lambda box, _: box.one()),
    "back": Wish(Nothing, lambda box, _: box.back()),
    "drop": Wish(several(Place, 2, 2), lambda box, place: box.drop(*place)),
    "clear": Wish(Nothing, lambda box, _: box.clear()),
}
