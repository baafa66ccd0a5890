"""What the Regions section shows of a network's geometry: its numbers, packed, and its figures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go

from nnlib.network import MLP
from nnlib.run import Run
from nnlib.spaces import piecewise
from nnlib.spaces import regions as geometry
from nnlib.spaces.census import UnitCensus
from nnlib.spaces.regions import Hinge, Regions
from pages.ui.drawing import palette
from pages.ui.drawing.figures import axis, base_layout
from pages.ui.drawing.function_figures import THEMES, in_the_plane
from pages.ui.drawing.function_figures import colours as base_colours
from pages.ui.drawing.palette import Theme

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "solid")  # of the layers' hinges
TINTS = (0.02, 0.14, 0.28, 0.40)  # share of ink in each: greys, because colours mean the output


# ------------------------------------------------------------------------ numbers


def tints(found: Regions, widths: Sequence[int]) -> np.ndarray:
    """A tint 0-3 for every region, (R,), such that neighbours across one unit's hinge differ.

    Crossing a hinge switches that unit alone, so the number of units that are on becomes odd or
    even: of layer 1 (tints 0 and 1 against 2 and 3), or of the deeper layers.
    """
    on = found.patterns > 0
    first = on[:, : widths[0]].sum(axis=1) if widths else np.zeros(len(found), int)
    deeper = on[:, widths[0] :].sum(axis=1) if widths else first
    return first % 2 * 2 + deeper % 2


def counts(found: Regions, widths: Sequence[int]) -> list[int]:
    """How many regions there are after 0, 1, ... hidden layers: pieces of the view cut so far."""
    ends = np.cumsum([0, *widths])
    return [
        len({row.tobytes() for row in np.ascontiguousarray(found.patterns[:, :end])})
        for end in ends
    ]


def most(network: MLP) -> list[int]:
    """The most regions that layers of these widths can have after 0, 1, ... hidden layers."""
    layers = zip(network.sizes[1:-1], network.activations, strict=False)
    bending = [n if f.pieces and len(f.pieces.kinks) else None for n, f in layers]
    return [
        piecewise.most_regions([n for n in bending[:depth] if n is not None])
        for depth in range(len(bending) + 1)
    ]


def amount(n: int) -> str:
    """A whole number as people read it: 1,234, or 8.2e19 where that would be too long."""
    return f"{n:,}" if n < 10**7 else f"{n:.1e}".replace("e+", "e")


def described(run: Run, found: Regions, x: np.ndarray) -> dict[str, object]:
    """The region that holds x (2,) (in original units): its formula, its size, its pattern."""
    index = found.find(x)
    network, f = run.network, run.network.activations[-1]
    points = run.data.points
    phi = piecewise.linear_inputs(points, run.data.features)
    trace = network.forward((x @ phi.matrix + phi.shift)[None])
    lines = piecewise.affine_formula(found.A[index], found.c[index], ("x₁", "x₂"))
    ends = np.cumsum([0, *network.sizes[1:-1]])
    pattern = found.patterns[index]
    signs = {geometry.HELD: "×"}
    return {
        "index": index,
        "formulas": [line.replace("\\,", " ").replace("-", "−") for line in lines],
        "z": trace.Z[-1][0].astype(float).tolist(),
        "a": trace.A[-1][0].astype(float).tolist(),
        # what is left to do after z, if it is one number's own
        "output": "" if f.mixes or f.is_identity else f.title,
        "area": float(found.areas[index]),
        "share": float(found.areas[index] / found.areas.sum()),
        "pattern": [
            "".join(signs.get(int(piece), str(piece)) for piece in pattern[low:high])
            for low, high in pairwise(ends)
        ],
    }


# ------------------------------------------------------------------------ packed


def packed_hinges(hinges: list[Hinge]) -> np.ndarray:
    """Flat: the number of hinges; layer, unit and number of segments of each; all segments."""
    table = [[hinge.layer, hinge.unit, len(hinge.segments)] for hinge in hinges]
    parts = [
        np.array([len(hinges)]),
        np.array(table).ravel(),
        *(h.segments.ravel() for h in hinges),
    ]
    return np.concatenate(parts)


def packed_polygons(found: Regions, widths: Sequence[int]) -> np.ndarray:
    """Flat: the number of regions; tint and number of corners of each; all corners."""
    corners = [len(polygon) for polygon in found.polygons]
    table = np.stack([tints(found, widths), corners], axis=1)
    parts = [np.array([len(found)]), table.ravel(), np.concatenate(found.polygons).ravel()]
    return np.concatenate(parts)


def row_of(row: UnitCensus, died: dict[tuple[int, int], tuple[int, str]]) -> list[object]:
    """A line of the table; its epoch of death is None where there is none, or none known yet."""
    epoch, cause = died.get((row.layer, row.unit), (None, row.cause))
    return [row.layer, row.unit, row.active, row.state, epoch, row.gradient, cause]


# ------------------------------------------------------------------------ figures


def counts_figure(theme: Theme) -> go.Figure:
    """Regions against depth, on a logarithmic axis; the lines are drawn above it."""
    figure = go.Figure()
    figure.add_scatter(x=[None], y=[None])
    figure.update_layout(
        **base_layout(
            theme,
            margin={"l": 56, "r": 10, "t": 6, "b": 44},
            showlegend=False,
            xaxis=axis(theme, "hidden layers", range=[-0.15, 2.15], dtick=1, showgrid=False),
            yaxis=axis(theme, "regions", type="log", range=[-0.2, 4], dtick=1),
        )
    )
    return figure


def for_both_themes() -> dict[str, dict]:
    """What the board draws with, by theme: figures, and the looks of layers, tints and counts."""
    themes: dict[str, dict] = {}
    for theme in THEMES:
        lines = palette.BRANCHES[theme]
        layers = (lines[2], lines[0], palette.INK[theme])  # none of the field's own two
        zero, ink = (np.array(c, float) for c in (palette.ZERO[theme], palette.rgb(layers[-1])))
        tint = [zero + share * (ink - zero) for share in TINTS]
        themes[theme] = {
            "figures": {
                "plane": in_the_plane(theme).update_layout(margin={"b": 50}).to_plotly_json(),
                "counts": counts_figure(theme).to_plotly_json(),
            },
            "colours": base_colours(theme),
            "layers": [
                {"colour": layers[i % len(layers)], "dash": dash} for i, dash in enumerate(DASHES)
            ],
            "tints": [palette.hex_colour(tuple(int(v) for v in colour)) for colour in tint],
        }
    return themes
