"""The Backprop page's board: forward and backward through a graph, one step at a time."""

from __future__ import annotations

import numpy as np

from nnlib.geometry import Grid
from nnlib.run import Run
from pages.ui.backprop import limits, panels
from pages.ui.backprop.protocol import PROTOCOL
from pages.ui.backprop.subject import OF_NETWORK, Backprop, point, subject
from pages.ui.drawing import palette
from pages.ui.drawing.fields import Prebuilt, output_picture
from pages.ui.live.packing import Packet
from pages.ui.live.wishes import Nothing, Verbs, Wish
from pages.ui.sandbox import sandbox
from pages.ui.sandbox.network_link import TRAINING
from pages.ui.sandbox.sandbox import Sandbox
from pages.ui.session.session import Session

CELLS = 64  # of the picture of the plane, along each side
TINT = 0.45  # of the field colours, behind a number
SYMBOLS = {"x1": "x₁", "x2": "x₂"}  # inputs that have no name of their own


class Microscope(Sandbox[Backprop]):
    """One viewer's microscope: a graph with its numbers, live while the network trains."""

    protocol = PROTOCOL

    def __init__(self, session: Session, settings: Backprop) -> None:
        super().__init__(settings, session=session)
        self._field = Prebuilt(CELLS, Grid)
        self._answered = 0

    def set(self, changes: dict) -> None:
        """Change settings; what this network or its data do not have is refused."""

        def change() -> None:
            self._answered += 1  # also a refusal is answered: the field gets its number back
            limits.check(changes, self.settings, self.run)
            wanted = self.settings.replace(changes)
            self.settings = limits.fitted(wanted, self.run)
            self.problem = ""

        self._wish(change)

    def follow(self) -> None:
        """Keep to what the network on screen has; the problem says what a link had asked for."""
        with self.lock:
            fit = limits.fitted(self.settings, self.run)
            if fit != self.settings:
                self.problem = limits.refit(self.settings, fit)
                self.settings = fit

    def train_batch(self) -> None:
        """Train the viewer's network with the batch to come."""
        self.session.step_batch()

    def state(self) -> tuple:
        if self.settings.level in OF_NETWORK:
            return *super().state(), self._answered
        # A small graph does not follow the training.
        return self.settings, self.problem, self._refusals, self._answered

    @np.errstate(all="ignore")  # where numbers overflow they are shown as such
    def picture(self, packet: Packet) -> None:
        run, settings = self.run, self.settings
        examined = subject(settings, run)
        board = panels.board(examined, settings.place)
        if settings.level in OF_NETWORK:
            board["point"] = self._point(run, settings, packet)
            board["most"] = {"layer": run.network.depth, "unit": limits.most_units(settings, run)}
        packet.attach("board", board)
        if settings.panel == "descent":
            packet.attach("descent", {"step": panels.descent(examined, settings, run)})

    def _point(self, run: Run, settings: Backprop, packet: Packet) -> dict[str, object]:
        """Where the example is; the picture of the plane or the line, and the points on it."""
        at, data = point(settings, run), run.data
        points = data.points
        extent = points.extent
        if self.delivered.get("points") is not data:
            self.delivered.put("points", data)
            packet.attach("points", _points(run))
        output = self._field.of(run).output
        if len(extent) == 2:
            packet.attach("field", output_picture(run, output, settings.theme))
        else:
            curves = output[:, 0]
            if data.kind == "regression":
                curves = curves * points.target_scale + points.target_center
            packet.attach("curves", curves)
        return {
            "at": panels.plain(at.at),
            "target": at.target,
            "example": at.example,
            "of": len(points.train),
            "phi": [[label, value] for label, value in zip(at.labels, at.phi, strict=True)],
        }


def _points(run: Run) -> dict[str, object]:
    """The training points in the units of the data, in their order, and the view's ends."""
    points = run.data.points
    classes = run.data.kind != "regression"
    target = points.train_target
    if not classes:
        target = target * points.target_scale + points.target_center
    ends = points.extent * points.scale[:, None] + points.center[:, None]
    return {
        "at": (points.train * points.scale + points.center).round(6).tolist(),
        "target": target.tolist(),
        "classes": list(points.class_names) if classes else [],
        "names": [SYMBOLS.get(name, name) for name in points.input_names],
        "targetName": points.target_name,
        "ends": ends.tolist(),
    }


# ------------------------------------------------------------------------ on the page

VERBS: Verbs = {
    **sandbox.verbs(Backprop),
    **TRAINING,
    "train_batch": Wish(Nothing, lambda microscope, _: microscope.train_batch()),
}


def tints(theme: palette.Theme) -> list[str]:
    """The field's colours from -1 to 1, pale enough to write on."""
    table = palette.field_palette(theme, TINT)
    return [palette.hex_colour(tuple(table[3 * i : 3 * i + 3])) for i in range(palette.LEVELS)]
