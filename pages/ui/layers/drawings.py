"""Three drawings of one function: computation graph, curve and mapping plot, moved together."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import plotly.graph_objects as go
from pydantic import Field

from nnlib.config import MAX_LAYERS, MAX_WIDTH
from nnlib.names import written
from nnlib.run import Run
from nnlib.spaces import drawings
from nnlib.spaces.drawings import BOXES, Box
from pages.ui.drawing import palette
from pages.ui.drawing.figures import axis, base_layout
from pages.ui.drawing.function_figures import THEMES, colours, in_the_plane
from pages.ui.drawing.palette import Theme
from pages.ui.layers.protocol import DRAWINGS
from pages.ui.live.packing import Packet
from pages.ui.live.wishes import Verbs
from pages.ui.sandbox import sandbox
from pages.ui.sandbox.input_plane import InputPlane
from pages.ui.sandbox.network_link import TRAINING
from pages.ui.sandbox.sandbox import Sandbox, Settings
from pages.ui.session.session import Session

X_REACH = 5.0  # of the chain's x, from -X_REACH to X_REACH
CURVE = 201  # points of the curve
JOINED = 21  # inputs whose lines join the axes of the mapping plot
NAMED = 3  # values that an edge of the graph names; the rest is dots
HANDLE = 0.25  # of the view, from the line's point to what turns it
EMPTY = "none"  # a place of the chain without a box

Name = Literal[(EMPTY, *BOXES)]
Weight = Annotated[float, Field(ge=-3, le=3, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
# Of the view; a line through its very corner could have no length.
Inside = Annotated[float, Field(ge=0.02, le=0.98, allow_inf_nan=False)]


class Drawing(Settings):
    """What is drawn: a chain of up to four boxes at x, or a unit of the network along a line.

    p1 and p2 are the line's point as shares of the view, t the place along the line, angle is in
    degrees; layer 0 is the output.
    """

    theme: Theme = "light"
    source: Literal["chain", "network"] = "chain"
    x: Annotated[float, Field(ge=-X_REACH, le=X_REACH, allow_inf_nan=False)] = 1.5
    f1: Name = "linear"
    w1: Weight = 1.5
    b1: Weight = 1.0
    f2: Name = "relu"
    w2: Weight = 1.0
    b2: Weight = 0.0
    f3: Name = "linear"
    w3: Weight = -0.8
    b3: Weight = 1.6
    f4: Name = "tanh"
    w4: Weight = 1.0
    b4: Weight = 0.0
    t: Share = 0.6
    p1: Inside = 0.5
    p2: Inside = 0.5
    angle: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] = 20.0
    layer: Annotated[int, Field(ge=0, le=MAX_LAYERS)] = 0
    unit: Annotated[int, Field(ge=1, le=MAX_WIDTH)] = 1

    def boxes(self) -> list[Box]:
        """The chain, from the first box to the last; a chain without a box is the identity."""
        values = self.model_dump()
        rows = [(values[f"f{i}"], values[f"w{i}"], values[f"b{i}"]) for i in range(1, 5)]
        return [Box(*row) for row in rows if row[0] != EMPTY] or [Box("identity")]


# ------------------------------------------------------------------------ what is drawn


def chain(settings: Drawing, packet: Packet) -> None:
    """The chain at x: values along the graph, the curve, the lines of the mapping plot."""
    boxes = settings.boxes()
    values = drawings.through(boxes, np.array([settings.x]))[:, 0]
    slopes = drawings.slopes(boxes, settings.x)
    inputs = np.linspace(-X_REACH, X_REACH, CURVE)
    rows = drawings.through(boxes, inputs)
    names = ["x", *(f"a{_sub(i)}" for i in range(1, len(boxes))), "h"]
    # One scale for all axes: lines that come closer show that a box makes differences smaller.
    end = drawings.reach(rows, X_REACH)
    packet.header["nodes"] = [
        {"title": title(box), "note": _formula(box, name), "slope": float(slope)}
        for box, name, slope in zip(boxes, names, slopes, strict=False)
    ]
    packet.header["edges"] = [
        [_named(name, [value])] for name, value in zip(names, values, strict=True)
    ]
    _attach(
        packet,
        names,
        rows,
        values,
        [(-end, end)] * len(rows),
        inputs,
        float(np.prod(slopes)),
    )


def along(run: Run, settings: Drawing, packet: Packet) -> None:
    """A unit of the network along the line: from t to x(t), through its layers, to z and a."""
    network, points = run.network, run.data.points
    layer = min(settings.layer or network.depth, network.depth)
    unit = min(settings.unit, network.sizes[layer])
    extent = points.extent
    start = extent[:, 0] + np.array([settings.p1, settings.p2])[: len(extent)] * np.ptp(extent, 1)
    line = drawings.line_through(extent, start, settings.angle)
    t = line.low + settings.t * (line.high - line.low)
    inputs = np.linspace(line.low, line.high, CURVE)
    _, trace = drawings.forward_along(network, run.data.features, line, np.append(inputs, t))
    Z, A = trace.Z[layer][:, unit - 1], trace.A[layer][:, unit - 1]
    rows = np.stack([inputs, Z[:-1], A[:-1]])
    values = np.array([t, Z[-1], A[-1]])
    place = drawings.original(points, line.at(np.array([t])))[0]
    on_line = len(extent) == 1
    # The handle that turns the line: on its longer side, never outside the view.
    side = 1 if line.high >= -line.low else -1
    handle = side * min(HANDLE * float(np.ptp(extent, 1).min()), max(line.high, -line.low))
    packet.header["line"] = {
        "on_line": on_line,
        "ends": drawings.original(points, line.at(np.array([line.low, line.high]))).tolist(),
        "start": drawings.original(points, line.start[None])[0].tolist(),
        "at": place.tolist(),
        "handle": drawings.original(points, line.at(np.array([handle])))[0].tolist(),
        "side": side,
        "scale": points.scale.tolist(),
        "sizes": network.sizes,
        "layer": layer if layer < network.depth else 0,
        "unit": unit,
    }
    nodes, edges = [], [[_named("x" if on_line else "t", [t])]]
    if not on_line:
        nodes.append({"title": "the line", "note": "x = p + t d"})
        edges.append([_named("x", place)])
    if run.data.features != ("x1", "x2")[: len(extent)] or (points.scale != 1).any():
        nodes.append({"title": "φ", "note": "standardised, features"})
        edges.append([_named("φ", trace.A[0][-1])])
    for below in range(1, layer):
        f = network.activations[below - 1]
        note = f"{network.sizes[below]} {written(f.name)}"
        nodes.append({"title": f"layer {below}", "note": note})
        edges.append([_named(f"a{_sup(below)}", trace.A[below][-1])])
    f = network.activations[layer - 1]
    nodes += [
        {"title": f"unit {unit}", "note": "z = w·a + b"},
        {
            "title": written(f.name),
            "note": "of the whole layer" if f.mixes else "a = f(z)",
        },
    ]
    edges += [[_named("z", [Z[-1]])], [_named("a", [A[-1]])]]
    packet.header |= {"nodes": nodes, "edges": edges}
    ranges = [(line.low, line.high)] + [(-end, end) for end in map(drawings.reach, rows[1:])]
    slope = drawings.slope_along(network, run.data.features, line, t, layer, unit)
    _attach(packet, ["x" if on_line else "t", "z", "a"], rows, values, ranges, inputs, slope)


def _attach(
    packet: Packet,
    names: list[str],
    rows: np.ndarray,
    values: np.ndarray,
    ranges: list[tuple[float, float]],
    inputs: np.ndarray,
    slope: float,
) -> None:
    """The parts of a picture that do not care where the function comes from."""
    last = drawings.reach(rows[-1])
    packet.header["axes"] = [
        {"name": name, "range": ends, "ticks": drawings.ticks(*ends)}
        for name, ends in zip(names, ranges, strict=True)
    ]
    packet.header["curve"] = {
        "range": [float(inputs[0]), float(inputs[-1])],
        "reach": last,
        "share": float((values[0] - inputs[0]) / (inputs[-1] - inputs[0])),
        "slope": slope,
    }
    packet.header["values"] = values.tolist()
    step = (CURVE - 1) // (JOINED - 1)
    packet.attach("joined", rows[:, ::step])
    packet.attach("curve", np.stack([inputs, rows[-1]]))


def title(box: Box) -> str:
    return written(box.name)


def _formula(box: Box, name: str) -> str:
    """w x + b with its numbers, for the edge that comes in."""
    if box.name != "linear":
        return ""
    return f"{box.w:.2f} {name} {'-' if box.b < 0 else '+'} {abs(box.b):.2f}".replace("-", "−")


def _named(name: str, values: np.ndarray | list[float]) -> list[object]:
    """A name, its first values, and whether there are more."""
    return [name, [float(value) for value in values[:NAMED]], len(values) > NAMED]


def _sub(i: int) -> str:
    return "₀₁₂₃₄₅₆"[i]


def _sup(i: int) -> str:
    return "⁰¹²³⁴⁵⁶"[i]


class Drawings(Sandbox[Drawing]):
    """The three drawings of a viewer's chain, or of their network along a line."""

    protocol = DRAWINGS

    def __init__(self, session: Session) -> None:
        super().__init__(Drawing(), session=session)
        self.plane = InputPlane(self.delivered)

    def rest(self) -> None:
        self.plane.rest()

    def picture(self, packet: Packet) -> None:
        run, settings = self.run, self.settings
        if settings.source == "chain":
            chain(settings, packet)
            return
        if len(run.data.points.extent) == 2:
            self.plane.attach(run, settings.theme, packet)
        with np.errstate(all="ignore"):  # a diverging network's numbers are drawn as they are
            along(run, settings, packet)


# ------------------------------------------------------------------------ the page


def _bare(theme: Theme, **layout: object) -> go.Figure:
    """Two axes that only place things: nothing of them is seen."""
    hidden = {"visible": False, "range": [0, 1], "fixedrange": True}
    figure = go.Figure()
    figure.update_layout(
        **base_layout(theme, margin={"l": 8, "r": 8, "t": 8, "b": 8}, xaxis=hidden, yaxis=hidden)
    )
    return figure.update_layout(**layout)


def _curve(theme: Theme) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(
        **base_layout(
            theme,
            margin={"l": 50, "r": 10, "t": 8, "b": 44},
            xaxis=axis(theme, "x", range=[-X_REACH, X_REACH], nticks=7),
            yaxis=axis(theme, "h(x)", range=[-1, 1], nticks=7),
        )
    )
    line = {"zeroline": True, "zerolinecolor": palette.INK[theme], "zerolinewidth": 1}
    return figure.update_xaxes(line).update_yaxes(line)


def for_both_themes() -> dict[str, dict]:
    """What the board draws with, by theme."""
    return {
        theme: {
            "figures": {
                "graph": _bare(theme).to_plotly_json(),
                "curve": _curve(theme).to_plotly_json(),
                "mapping": _bare(theme).to_plotly_json(),
                "plane": in_the_plane(theme).update_layout(margin={"b": 48}).to_plotly_json(),
            },
            "colours": colours(theme) | {"main": palette.TEST[theme]},
        }
        for theme in THEMES
    }


VERBS: Verbs = {**sandbox.verbs(Drawing), **TRAINING}
