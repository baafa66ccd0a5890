"""The network panel: where its units stand, and the figure that holds their fields."""

from __future__ import annotations

from dataclasses import dataclass

import plotly.graph_objects as go

from pages.ui.drawing.figures import EMPTY_PNG, base_layout
from pages.ui.drawing.palette import Theme


@dataclass(frozen=True)
class Column:
    """Where the units of one layer stand in the network panel, in pixels from its top left."""

    x: float  # centre
    top: float
    size: float  # side of a unit's picture
    pitch: float  # from one unit to the next

    def centres(self, units: int) -> list[float]:
        return [self.top + self.size / 2 + i * self.pitch for i in range(units)]

    def height(self, units: int) -> float:
        return (units - 1) * self.pitch + self.size


HEADER = 96  # pixels above the units for the layer's own controls
FOOTER = 26  # and below them, for the legend


def sprite_cells(units: int) -> tuple[int, int]:
    """(cells along a unit's side, clear cells between two units) of a layer's sprite."""
    cells = 26 if units <= 12 else 24 if units <= 20 else 16
    return cells, round(cells * (0.4 if units <= 5 else 0.2 if units <= 12 else 0.12))


def column(units: int, x: float, room: float, height: float) -> Column:
    """The column of a layer: as large as fits, 64 px at most, below the header."""
    cells, gap = sprite_cells(units)
    ratio = gap / cells
    available = height - HEADER - FOOTER
    size = min(height / 10, 64.0, room * 0.62, available / (units + (units - 1) * ratio))
    pitch = size * (1 + ratio)
    top = HEADER + (available - ((units - 1) * pitch + size)) / 2
    return Column(x, top, size, pitch)


def columns(sizes: tuple[int, ...], width: float, height: float) -> list[Column]:
    """One column for the inputs and one per layer, evenly across the panel.

    The inputs' column has room for every feature switch, not only the chosen ones.
    """
    left, right = 62.0, 34.0
    room = (width - left - right) / (len(sizes) - 1)
    return [
        column(units, left + i * room, max(room, 24.0) if i else 70.0, height)
        for i, units in enumerate(sizes)
    ]


def network(sizes: tuple[int, ...], width: int, height: int, theme: Theme) -> go.Figure:
    """The units' fields: one image (a sprite of all its units) per layer, over pixel axes."""
    places = columns(sizes, width, height)
    images = [
        {
            "source": EMPTY_PNG,
            "xref": "x",
            "yref": "y",
            "x": place.x - place.size / 2,
            "y": place.top,
            "sizex": place.size,
            "sizey": place.height(units),
            "sizing": "stretch",
            "layer": "below",
        }
        for place, units in zip(places[1:], sizes[1:], strict=True)
    ]
    figure = go.Figure()
    hidden_axis = {"visible": False, "fixedrange": True}
    figure.update_layout(
        **base_layout(
            theme,
            margin={"l": 0, "r": 0, "t": 0, "b": 0},
            width=width,
            height=height,
            autosize=False,
            dragmode=False,
            xaxis={**hidden_axis, "range": [0, width]},
            yaxis={**hidden_axis, "range": [height, 0]},
            images=images,
        )
    )
    return figure
