"""The input plane of the viewer's network: output field and points, sent when they change."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nnlib.data import Points
from nnlib.geometry import OutputField
from nnlib.run import Run
from nnlib.spaces.piecewise import original_extent
from pages.ui.drawing import palette
from pages.ui.drawing.palette import Theme
from pages.ui.live.frames import View, output_picture, output_scale
from pages.ui.live.network_view import NetworkView
from pages.ui.live.packing import Packet
from pages.ui.live.sandbox import S
from pages.ui.live.session import Session

RESOLUTION = 96  # cells of the output field, along each side
_SUBSCRIPTS = {"x1": "x₁", "x2": "x₂"}


class PlaneView(NetworkView):
    """An onlooker whose client keeps what it has: a part goes out when it has changed.

    `picture(run, settings, packet)` attaches parts by `once`; the settings have a theme.
    """

    def __init__(
        self, session: Session, settings: S, picture: Callable[[Run, S, Packet], None]
    ) -> None:
        super().__init__(session, settings, picture)
        self._sent: dict[str, object] = {}
        self._points: Points | None = None  # that the client has
        self._grid: tuple[object, OutputField | None] = (None, None)

    def once(self, kind: str, key: object, packet: Packet, make: Callable[[], object]) -> None:
        """Attach a part, unless the client has the one of this key."""
        if self._sent.get(kind) != key:
            self._sent[kind] = key
            packet.attach(kind, make())

    def attach_plane(self, run: Run, theme: Theme, packet: Packet) -> None:
        """The view and the training points (scene), and the output field (field)."""
        if self._points is not run.data.points:
            self._points = run.data.points
            self._sent.pop("scene", None)
        self.once("scene", (theme, run.data.kind), packet, lambda: scene(run, theme))
        key = (present(run), theme)
        self.once("field", key, packet, lambda: self._field(run, theme))

    def _field(self, run: Run, theme: Theme) -> bytes:
        owner = (run, run.network.killed)
        if self._grid[0] != owner:
            self._grid = (
                owner,
                OutputField(run.network, run.data.points, run.data.features, RESOLUTION),
            )
        grid = self._grid[1]
        grid.run()
        with np.errstate(all="ignore"):  # a diverging network's numbers are drawn as they are
            return output_picture(run, grid.output, View(theme=theme))

    def _forget_client(self) -> None:
        super()._forget_client()
        self._sent, self._points = {}, None

    def rest(self) -> None:
        self._grid = None, None


def present(run: Run) -> tuple:
    """What a picture of the network is computed from: equal, and it would come out the same."""
    return run, run.network.parameters.tobytes(), run.network.killed


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
