"""The cloud of data on its way through the viewer's network: x, Z¹, A¹, ... g, stage by stage."""

from __future__ import annotations

import time
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from nnlib.config import MAX_LAYERS, MAX_WIDTH
from nnlib.data import MAX_ROWS, Points
from nnlib.run import Run
from nnlib.spaces.projections import DRAWN
from nnlib.spaces.separability import separability
from nnlib.spaces.stages import as_one_map
from pages.ui.drawing import palette
from pages.ui.drawing.palette import Theme
from pages.ui.layers import cloud_words
from pages.ui.layers.cloud_stages import Between, Way, between, lanes, way
from pages.ui.layers.protocol import CLOUD
from pages.ui.live.packing import Packet
from pages.ui.live.wishes import Verbs
from pages.ui.sandbox import sandbox
from pages.ui.sandbox.network_link import TRAINING
from pages.ui.sandbox.sandbox import Sandbox, Settings
from pages.ui.session.session import Session

FIT_SECONDS = 0.008  # of every frame go into fits while the network stays as it is
PACE = 10  # ... and one part in so many of the time while it changes
LEVELS = 15  # colours of a number to be predicted
LAST_HIDDEN = -1.0  # a place that every network has
SPACES = {1: "line", 2: "plane", 3: "space"}
Unit = Annotated[int, Field(ge=1, le=MAX_WIDTH)]


class Look(Settings):
    """What is looked at: place of the moved cloud, how wide layers are drawn, a point, the camera.

    place : 0 (the inputs) to 2 L (the guess), or LAST_HIDDEN
    point : from 1, training points first; 0 for none
    turn, tilt : of the camera in degrees; 0 and 0 looks straight at the first two axes
    """

    place: Annotated[float, Field(ge=-1, le=2 * (MAX_LAYERS + 1), allow_inf_nan=False)] = (
        LAST_HIDDEN
    )
    wide: Literal["border", "pca", "pca3", "units"] = "border"
    first: Unit = 1
    second: Unit = 2
    point: Annotated[int, Field(ge=0, le=MAX_ROWS)] = 0
    points: Literal["training", "all"] = "training"
    turn: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] = 30.0
    tilt: Annotated[float, Field(ge=0, le=180, allow_inf_nan=False)] = 65.0

    @property
    def test(self) -> bool:
        """Whether test points are shown, too."""
        return self.points == "all"


class Cloud(Sandbox[Look]):
    """One viewer's cloud; a frame holds what its client does not have yet."""

    protocol = CLOUD

    def __init__(self, session: Session) -> None:
        super().__init__(Look(), session=session)
        self._way: Way | None = None
        self._way_of: tuple = ()  # what it was computed from
        self._shares: list[float | None] = []  # of each stage, of its fit the last time
        self._due: list[int] = []  # stages whose points have changed since
        self._next_fit = 0.0

    def left_out(self, now: float) -> bool:
        return bool(self._due)  # fits that wait

    # --------------------------------------------------- the frame

    def picture(self, packet: Packet) -> None:
        run, look, sent = self.run, self.settings, self.delivered
        changing = self._follow(run, look)
        header, found = packet.header, self._way
        header["words"] = "" if found else NOT_FINITE
        if found is None:
            sent.forget()
            return
        if sent.get("data") is not run.data or not sent.has("test", look.test):
            sent.put("data", run.data)
            sent.put("test", look.test)
            attach_scene(run.data.points, look.test, packet)
        if sent.note("way", self._way_of):
            header["stages"] = stage_words(run, found)
            header["map"] = one_map(run)
            header["border"] = border_words(run, found)
            packet.attach("points", np.concatenate([each.ravel() for each in found.points]))
            lines = [found.lines(i).ravel() for i in range(found.last + 1)]
            packet.attach("grid", np.concatenate(lines))
        self._fit(run, found, changing)
        header["shares"] = self._shares
        place = found.separated if look.place == LAST_HIDDEN else min(look.place, found.last)
        header["place"], header["last"] = place, found.last
        if sent.note("moved", (self._way_of, place)):
            attach_moved(between(run, found, place), packet)
        if sent.note("point", (self._way_of, look.point)):
            header["point"] = numbers_of(run, found, look.point)

    def _follow(self, run: Run, look: Look) -> bool:
        """Compute the way anew if the network, its data or the drawing have changed; whether so."""
        network = run.network
        drawn_as = (look.test, look.wide, look.first, look.second)
        present = (run, network.parameters.tobytes(), network.killed, *drawn_as)
        if present == self._way_of:
            return False
        self._way_of = present
        self._way = way(
            run,
            test=look.test,
            wide=look.wide,
            units=(look.first, look.second),
            previous=self._way.bases if self._way else (),
        )
        if self._way is None or run.data.kind == "regression":
            self._shares, self._due = [], []
            return True
        n = self._way.last + 1
        if len(self._shares) != n:
            self._shares, self._due = [None] * n, []
        # The longest waiting first: while the network changes, all of them get their turn.
        self._due += [i for i in range(n) if i not in self._due]
        return True

    def _fit(self, run: Run, found: Way, changing: bool) -> None:
        """Measure how separable the classes are at some of the stages that wait for it."""
        start = time.monotonic()
        if changing and start < self._next_fit:
            return
        n = len(run.data.X_train)
        while self._due:
            i = self._due.pop(0)
            self._shares[i] = separability(found.stages[i].values[:n], run.data.y_train)
            spent = time.monotonic() - start
            if changing or spent > FIT_SECONDS:
                self._next_fit = start + PACE * spent
                break


NOT_FINITE = (
    "Values of this network are not finite any more: there is no picture of them. "
    "Drag the timeline back, or press Reset and choose a lower learning rate."
)


# ------------------------------------------------------------------------ parts of a frame


def attach_scene(points: Points, test: bool, packet: Packet) -> None:
    """What belongs to the data alone: the group and the lane of every point."""
    target = points.train_target
    if test:
        target = np.concatenate([target, points.test_target])
    regression = points.task == "regression"
    names = [points.target_name] if regression else list(points.class_names)
    packet.header["scene"] = {
        "training": len(points.train_target),
        "regression": regression,
        "names": names,
    }
    group = target
    if regression:
        low, high = points.train_target.min(), points.train_target.max()
        share = (target - low) / max(high - low, 1e-12)
        group = np.clip(np.floor(share * LEVELS), 0, LEVELS - 1)
        ends = np.array([low, high]) * points.target_scale + points.target_center
        packet.header["scene"]["ends"] = [cloud_words.number(end) for end in ends]
    packet.attach("groups", group.astype(np.uint8))
    packet.attach("lanes", lanes(points, target))


def stage_words(run: Run, found: Way) -> list[dict[str, object]]:
    """Of every stage what stands around its points: name, axes, box, how it is drawn, cuts."""
    words = []
    for i, stage in enumerate(found.stages):
        basis = found.bases[i]
        units = cloud_words.unit_names(stage, run.data.features)
        words.append(
            {
                "title": cloud_words.title(stage, run.network.depth),
                "axes": cloud_words.axis_names(basis, units),
                "drawn": cloud_words.basis_words(basis, stage.width),
                "note": cloud_words.PARTLY if i == found.separated and partly(found) else "",
                "wide": stage.width > DRAWN,
                "dimensions": found.points[i].shape[1],
                "box": found.boxes[i].to_json(),
                "cuts": [piece.tolist() for piece in found.cuts[i]],
            }
        )
    return words


def border_words(run: Run, found: Way) -> str:
    """What the dashed line (or plane) at the last hidden stage is; '' where there is none."""
    if not found.cuts[found.separated]:
        return ""
    basis = found.bases[found.separated]
    title = cloud_words.title(found.stages[found.separated], run.network.depth)
    words = f"dashed at {title}: the border that the output layer draws"
    if not partly(found):
        return words
    return (
        f"{words}, where the drawn {SPACES[basis.axes.shape[1]]} meets it; it separates points "
        "partly in directions that are not drawn, so some seem to be on the wrong side"
    )


def partly(found: Way) -> bool:
    """Whether the last hidden stage is drawn so that its border is not seen in full."""
    basis = found.bases[found.separated]
    return bool(found.cuts[found.separated]) and basis.kind in ("pca", "chosen")


def one_map(run: Run) -> dict[str, object] | None:
    """The one linear map that a stack of linear layers is, or None for any other."""
    found = as_one_map(run.network)
    if found is None:
        return None
    return {
        "factors": [factor.tolist() for factor in found.factors],
        "W": found.W.tolist(),
        "b": found.b.tolist(),
    }


def attach_moved(moved: Between, packet: Packet) -> None:
    """The cloud between two stages."""
    packet.header["moved"] = {
        "dimensions": moved.points.shape[1],
        "box": moved.box.to_json(),
        "axes": moved.names,
        "title": moved.title,
        "formula": moved.formula,
        "phases": moved.phases,
        "phase": moved.phase,
        "depth": moved.depth,
        "spread": moved.lanes,
        "cuts": [piece.tolist() for piece in moved.cuts],
    }
    packet.attach("moved", moved.points)
    packet.attach("movedGrid", moved.lines)


def numbers_of(run: Run, found: Way, point: int) -> dict[str, object] | None:
    """Everything that the network computes for a point (from 1), or None where there is none."""
    if not 1 <= point <= len(found.points[0]):
        return None
    points, i = run.data.points, point - 1
    n = len(points.train_target)
    target = points.train_target[i] if i < n else points.test_target[i - n]
    if points.task == "regression":
        value = target * points.target_scale + points.target_center
        label = f"{points.target_name} = {cloud_words.number(value)}"
    else:
        label = f"class {points.class_names[target]}"
    kind, place = ("training", i) if i < n else ("test", i - n)
    return {
        "label": f"{kind} point {place + 1}, {label}",
        "rows": [
            [cloud_words.title(stage, run.network.depth), stage.values[i].tolist()]
            for stage in found.stages
        ],
    }


# ------------------------------------------------------------------------ on the page


VERBS: Verbs = {**sandbox.verbs(Look), **TRAINING}


def number_colours(theme: Theme) -> list[str]:
    """LEVELS colours from the smallest to the largest number to be predicted."""
    table = np.frombuffer(palette.field_palette(theme), np.uint8).reshape(-1, 3)
    places = np.linspace(0, palette.LEVELS - 1, LEVELS).astype(int)
    return [palette.hex_colour(tuple(map(int, table[place]))) for place in places]


def looks() -> dict[str, object]:
    """Colours and markers that the panels draw with, for both themes."""
    return {
        "classes": palette.CLASSES,
        "symbols": palette.SYMBOLS,
        "signs": palette.SYMBOL_SIGNS,
        "numbers": {theme: number_colours(theme) for theme in palette.INK},
        "ink": palette.INK,
        "faint": palette.FAINT,
    }
