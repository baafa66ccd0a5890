"""Where the viewer's network bends: hinge lines, exact linear regions, and the census of units."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Annotated, Generic, Literal, TypeVar

import numpy as np
from pydantic import Field

from nnlib.run import Run
from nnlib.spaces import piecewise
from nnlib.spaces import regions as geometry
from nnlib.spaces.census import UnitCensus
from nnlib.spaces.census import census as take_census
from nnlib.spaces.piecewise import PIECEWISE_LINEAR
from nnlib.spaces.regions import Hinge, Regions, TooManyRegionsError
from pages.ui.drawing.fields import state_of
from pages.ui.drawing.palette import Theme
from pages.ui.layers.hinges.frames import (
    amount,
    counts,
    described,
    most,
    packed_hinges,
    packed_polygons,
    row_of,
)
from pages.ui.layers.hinges.protocol import HINGES
from pages.ui.layers.reruns import REMEDIES, Autopsy, Rerun, changes_for
from pages.ui.live.packing import Packet
from pages.ui.live.wishes import Nothing, Verbs, Wish, one_of, text
from pages.ui.sandbox import sandbox
from pages.ui.sandbox.input_plane import InputPlane
from pages.ui.sandbox.network_link import TRAINING
from pages.ui.sandbox.sandbox import Sandbox, Settings
from pages.ui.session.session import Session

CHEAP = 0.030  # seconds: what takes longer is not done for every picture
REST = 3.0  # ... but after a rest of so many times what it took
CENSUS_SECONDS = 0.25  # between two censuses while the network moves
FAR = 1e6  # of a point, in the data's own units
T = TypeVar("T")
Place = Annotated[float, Field(ge=-FAR, le=FAR, allow_inf_nan=False)]


class Plane(Settings):
    """The point whose region is described, in the data's own units, and what fills the plane."""

    theme: Theme = "light"
    x1: Place = 1.5
    x2: Place = 1.0
    fill: Literal["output", "tints"] = "output"


# ------------------------------------------------------------------------ what follows the network


class Paced(Generic[T]):
    """A value that follows what it is computed from, as often as its own cost allows."""

    def __init__(self, least: float = 0.0) -> None:
        self.value: T | None = None
        self.ready = 0.0  # when it may be computed again
        self.key: object = None
        self._least = least

    def follow(self, key: object, compute: Callable[[], T], *, settled: bool) -> bool:
        """Compute it anew where it belongs to another key and its time has come; is it of `key`?

        What is cheap comes every time, and so does everything `settled`: nothing moves then.
        """
        if key == self.key:
            return True
        if time.monotonic() < self.ready:
            return False
        start = time.perf_counter()
        self.value = compute()
        self.key = key
        cost = time.perf_counter() - start
        rest = REST * cost if cost > CHEAP else 0.0
        self.ready = time.monotonic() + max(rest, 0.0 if settled else self._least)
        return True


class Hinges(Sandbox[Plane]):
    """The geometry of a session's network; each part goes out when it has changed."""

    protocol = HINGES

    def __init__(self, session: Session) -> None:
        super().__init__(Plane(), session=session)
        self.plane = InputPlane(self.delivered)
        self._compute_anew()
        self._start: tuple[object, list[int]] = (None, [])
        self._ripe: float | None = None  # when a part that rests is to follow
        self._autopsy = Autopsy()
        self._rerun: Rerun | None = None

    def _compute_anew(self) -> None:
        self._hinges = Paced[list[Hinge] | str]()  # or why there are none
        self._regions = Paced[Regions | str]()
        self._census = Paced[list[UnitCensus]](CENSUS_SECONDS)

    def rest(self) -> None:
        self.plane.rest()
        self._compute_anew()

    # --------------------------------------------------- wishes, from any thread

    def rerun(self, name: str) -> None:
        """Open a branch from epoch 0 with one of REMEDIES, and train it to the epoch on screen."""

        def begin() -> None:
            self.problem = ""
            self._rerun = Rerun.begin(self.session, name) or self._rerun

        self._wish(begin)

    def suit(self) -> None:
        """Change what keeps the network from having regions."""
        changes = fitting(self.session)
        if changes:
            self.session.want(**changes)

    # --------------------------------------------------- the trainer's thread only

    def waits(self, now: float) -> Iterator[float]:
        if self._ripe is not None and self.frame_wanted:
            yield max(0.0, self._ripe - now)

    def left_out(self, now: float) -> bool:
        return self._ripe is not None and now >= self._ripe

    def follow(self) -> None:
        if self._rerun:
            self._rerun = self._rerun.follow(self.session)

    def state(self) -> tuple:
        return *super().state(), self._autopsy.found, self._rerun

    def picture(self, packet: Packet) -> None:
        run, settings = self.run, self.settings
        self._ripe = None
        session, network, points = self.session, run.network, run.data.points
        settled = not session.playing
        packet.header["branches"] = {
            "current": session.time.current.letter,
            "titles": session.time.status()["branches"],
        }
        why = piecewise.problem(network, run.data.features, len(points.extent))
        packet.header["plane"] = len(points.extent) == 2
        if packet.header["plane"]:
            self.plane.attach(run, settings.theme, packet)
        if not why:
            why = self._attach_geometry(run, settings, packet, settled)
        packet.header["why"] = why
        packet.header["suit"] = suggestion(session) if why else ""
        self._attach_census(run, packet, settled)

    def _attach_geometry(self, run: Run, settings: Plane, packet: Packet, settled: bool) -> str:
        """Hinges, regions and their count; the sentence that says why there are none."""
        network, points = run.network, run.data.points
        extent = piecewise.original_extent(points)
        inputs = piecewise.linear_inputs(points, run.data.features)
        widths = network.sizes[1:-1]
        whole, lines, here, once = self._regions, self._hinges, state_of(run), self.delivered.once

        def cut(compute: Callable[..., T]) -> Callable[[], T | str]:
            return lambda: _or_sentence(compute, network, extent, inputs)

        found = None
        if whole.follow(here, cut(geometry.regions), settled=settled):
            found, key = whole.value, whole.key
            hinges = found.hinges if isinstance(found, Regions) else found
        else:
            self._rests_until(whole.ready)
            if not lines.follow(here, cut(geometry.hinges), settled=settled):
                self._rests_until(lines.ready)
            hinges, key = lines.value, lines.key
        if isinstance(hinges, str):
            return hinges
        if hinges is not None:
            once(packet, "hinges", key, lambda: packed_hinges(hinges))
        if not isinstance(found, Regions):
            return ""
        once(packet, "polygons", here, lambda: packed_polygons(found, widths))
        once(packet, "counts", here, lambda: self._counted(run, found, extent, inputs))
        x = np.clip([settings.x1, settings.x2], extent[:, 0], extent[:, 1])
        packet.header["at"] = x.tolist()
        packet.header["region"] = described(run, found, x)
        return ""

    def _counted(
        self, run: Run, found: Regions, extent: np.ndarray, inputs: piecewise.Inputs
    ) -> dict[str, object]:
        """Regions after 0, 1, ... hidden layers: now, at epoch 0, and the most possible."""
        widths = run.network.sizes[1:-1]
        rows = {
            "now": counts(found, widths),
            "start": self._at_start(extent, inputs),
            "most": most(run.network),
        }
        return {
            "widths": widths,
            "rows": {name: [amount(n) for n in row] for name, row in rows.items()},
            "logs": {name: [math.log10(n) for n in row] for name, row in rows.items()},
        }

    def _rests_until(self, moment: float) -> None:
        """A part of the picture is to follow then, if nothing else asks for a picture before."""
        self._ripe = moment if self._ripe is None else min(self._ripe, moment)

    def _at_start(self, extent: np.ndarray, inputs: piecewise.Inputs) -> list[int]:
        """The counts before training, of the branch on screen; [] where they are too many."""
        run = self.session.run
        key = (run, run.initial_config)
        if self._start[0] != key:
            network = run.visit(0).network
            found = _or_sentence(geometry.regions, network, extent, inputs)
            self._start = key, [] if isinstance(found, str) else counts(found, network.sizes[1:-1])
        return self._start[1]

    def _attach_census(self, run: Run, packet: Packet, settled: bool) -> None:
        """The census, its summary, and what may be tried."""
        part, data = self._census, run.data
        fresh = part.follow(
            state_of(run),
            lambda: take_census(run.network, data.X_train, data.y_train, run.loss),
            settled=settled,
        )
        if not fresh:
            self._rests_until(part.ready)
        rows = part.value or []
        dead = {(row.layer, row.unit) for row in rows if row.state == "dead"}
        if settled and fresh:
            wait = self._autopsy.ask(self.session, run, dead, self._wish)
            if wait is not None:
                self._rests_until(wait)
        died = self._autopsy.of(dead)
        key = (part.key, tuple(sorted(died.items())))
        self.delivered.once(packet, "census", key, lambda: [row_of(row, died) for row in rows])
        packet.header["outcome"] = self._rerun.sentence if self._rerun else ""
        packet.header["reruns"] = [
            [name, title, changes_for(run.config, name)[1]] for name, title in REMEDIES.items()
        ]


def _or_sentence(compute: Callable[..., T], *arguments: object) -> T | str:
    """What is computed, or the sentence that says that it is too much."""
    try:
        return compute(*arguments)
    except TooManyRegionsError as error:
        return str(error)


# ------------------------------------------------------------------------ what to change


def fitting(session: Session) -> dict[str, object]:
    """The settings with which the session's network would have regions."""
    config, data = session.config, session.run.data
    if len(data.points.extent) != 2:
        return {"dataset": "circle"}
    hidden = tuple((n, f if f in PIECEWISE_LINEAR else "relu") for n, f in config.hidden)
    if any(name not in ("x1", "x2") for name in data.features):
        return {"features": ("x1", "x2"), "hidden": hidden}
    return {"hidden": hidden} if hidden != config.hidden else {}


def suggestion(session: Session) -> str:
    """What the button says that makes those changes; '' where it could do nothing."""
    changes = fitting(session)
    if "dataset" in changes:
        return "Use data in the plane (circle)"
    words = ["the inputs x₁, x₂"] if "features" in changes else []
    if changes.get("hidden", session.config.hidden) != session.config.hidden:
        words.append("ReLU hidden layers")
    return f"Use {' and '.join(words)}" if words else ""


# ------------------------------------------------------------------------ the page


VERBS: Verbs = {
    **sandbox.verbs(Plane),
    **TRAINING,
    "rerun": Wish(one_of(*REMEDIES), lambda looker, name: looker.rerun(name)),
    "suit": Wish(Nothing, lambda looker, _: looker.suit()),
    "switch": Wish(text(1), lambda looker, letter: looker.session.switch(letter)),
    "close": Wish(text(1), lambda looker, letter: looker.session.close(letter)),
}
