"""The input plane of the viewer's network: output field and points, sent when they change."""

from __future__ import annotations

import numpy as np

from nnlib.data import Points
from nnlib.geometry import OutputField
from nnlib.run import Run
from nnlib.spaces.piecewise import original_extent
from pages.ui.drawing import palette
from pages.ui.drawing.fields import (
    PLAYING_RESOLUTION,
    Prebuilt,
    output_picture,
    output_scale,
    state_of,
)
from pages.ui.drawing.palette import Theme
from pages.ui.live.delivered import Delivered
from pages.ui.live.packing import Packet
from pages.ui.live.protocol import Blob, Protocol

PLANE = Protocol(  # part of the table of a board with such a plane
    {},
    {
        "scene": Blob("json", "", "view, inputs' names, points by class", "for other data"),
        "field": Blob("png", "", "the output over the plane", "when the network has changed"),
    },
)

_SUBSCRIPTS = {"x1": "x₁", "x2": "x₂"}


class InputPlane:
    """The part of a board that shows the plane; its client keeps what it has."""

    def __init__(self, delivered: Delivered) -> None:
        self._delivered = delivered
        self._points: Points | None = None  # of the scene that went out last
        self._field = Prebuilt(PLAYING_RESOLUTION, OutputField)

    def attach(self, run: Run, theme: Theme, packet: Packet) -> None:
        """The view and the training points (scene), and the output field (field)."""
        if self._points is not run.data.points:
            self._points = run.data.points
            self._delivered.forget("scene")
        looks = (theme, run.data.kind)
        self._delivered.once(packet, "scene", looks, lambda: scene(run, theme))
        present = (state_of(run), theme)
        self._delivered.once(packet, "field", present, lambda: self._picture(run, theme))

    def rest(self) -> None:
        """Give back what can be made again."""
        self._field.forget()

    def _picture(self, run: Run, theme: Theme) -> bytes:
        output = self._field.of(run).output
        with np.errstate(all="ignore"):  # a diverging network's numbers are drawn as they are
            return output_picture(run, output, theme)


def scene(run: Run, theme: Theme) -> dict[str, object]:
    """The view in original units, the inputs' names, whether units are square, and the points."""
    points = run.data.points
    return {
        "extent": original_extent(points).tolist(),
        "names": [_SUBSCRIPTS.get(name, name) for name in points.input_names],
        "square": bool((points.scale == 1).all()),
        "marks": marks(run),
    }


def marks(run: Run) -> list[dict[str, object]]:
    """The training points in original units: of each class its colour, marker and places.

    A numeric target has two groups: below and above the middle of the colour scale.
    """
    points = run.data.points
    places = points.train * points.scale + points.center
    if run.data.kind == "regression":
        high = points.train_target >= output_scale(run)[0]
        ends = ((~high, palette.NEGATIVE), (high, palette.POSITIVE))
        groups = [(places[rows], palette.hex_colour(colour)) for rows, colour in ends]
    else:
        classes = range(points.n_classes)
        groups = [(places[points.train_target == i], palette.CLASSES[i]) for i in classes]
    return [
        {"colour": colour, "symbol": palette.SYMBOLS[i], "at": np.round(xy, 4).tolist()}
        for i, (xy, colour) in enumerate(groups)
    ]
