"""The input plane of the viewer's network, twice: as it is, and another network beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import plotly.graph_objects as go

from nnlib.boundary import Boundary
from nnlib.composed import Composed, composed
from nnlib.data import Points
from nnlib.geometry import Grid
from nnlib.network import MLP
from nnlib.run import Run
from pages.ui.frames import View, output_picture
from pages.ui.function_figures import THEMES, in_the_plane
from pages.ui.function_figures import colours as base_colours
from pages.ui.input_plane import RESOLUTION, PlaneOnlooker
from pages.ui.onlooker import VERBS as ONLOOKER_VERBS
from pages.ui.packing import Packet
from pages.ui.palette import Theme
from pages.ui.wire import Verbs

DOTTED = 72  # cells along each side in which a boundary is looked for


class TwoPlanes(PlaneOnlooker):
    """An onlooker in the plane that shows a second network's field, too."""

    def suit(self) -> None:
        """Take data that the section can show."""
        self.session.want(dataset="circle")

    def attach_other(
        self, kind: str, key: object, network: MLP, run: Run, theme: Theme, packet: Packet
    ) -> None:
        """The field of a network that takes the run's inputs, as the part `kind`."""
        self.once(kind, (key, theme), packet, lambda: field_of(network, run, theme))

    def attach_boundary(
        self, kind: str, key: object, network: MLP, run: Run, packet: Packet
    ) -> None:
        """Where a network changes its class, as dots in original units; a regression has none."""
        if run.data.kind != "regression":
            self.once(kind, key, packet, lambda: dotted(network, run))


def field_of(network: MLP, run: Run, theme: Theme) -> bytes:
    """The output field of a network on a run's view, as a PNG."""
    grid = Grid(network, run.data.points, run.data.features, RESOLUTION)
    grid.run()
    with np.errstate(all="ignore"):  # a diverging network's numbers are drawn as they are
        return output_picture(run, grid.output, View(theme=theme))


def dotted(network: MLP, run: Run) -> np.ndarray:
    """Places of a network's boundary in a run's view, (n, 2) in original units."""
    points = run.data.points
    with np.errstate(all="ignore"):
        found = Boundary(composed(network, run.data), run.loss, points.extent, DOTTED)
    return original(points, found.points)


def raw(run: Run) -> MLP | Composed:
    """The run's network as a function of the plane's coordinates, in which its points are."""
    return composed(run.network, run.data, "plane")


def original(points: Points, X: np.ndarray) -> np.ndarray:
    """Plane coordinates (..., d) in the data's own units."""
    return np.asarray(X, float) * points.scale + points.center


def placed(points: Points, x1: float, x2: float) -> np.ndarray:
    """A place in the data's own units, moved into the view: (1, 2) float32 in plane coordinates."""
    x = (np.array([x1, x2]) - points.center) / points.scale
    return np.clip(x, points.extent[:, 0], points.extent[:, 1])[None].astype(np.float32)


def unit(run: Run) -> str:
    """What a step and a distance are measured in, where it is not the unit of the inputs."""
    return "" if (run.data.points.scale == 1).all() else "standard deviations"


def why_not(run: Run, classes: bool = False) -> str:
    """Why a section has nothing to show for this data; '' where it has."""
    if len(run.data.points.extent) != 2:
        return "These data lie on a line: here points move in a plane of two inputs."
    if classes and run.data.kind == "regression":
        return "An attack changes a class, and these data have a number as target."
    return ""


@lru_cache(maxsize=4)
def themes(*planes: str, chart: Callable[[Theme], go.Figure] | None = None) -> dict[str, dict]:
    """What a board draws with, by theme: a figure for each plane, and one called chart."""
    made = {}
    for theme in THEMES:
        plane = in_the_plane(theme).update_layout(margin={"b": 50, "r": 4})
        figures = dict.fromkeys(planes, plane)
        if chart is not None:
            figures["chart"] = chart(theme)
        made[theme] = {
            "figures": {name: figure.to_plotly_json() for name, figure in figures.items()},
            "colours": base_colours(theme),
        }
    return made


VERBS: Verbs = {**ONLOOKER_VERBS, "suit": lambda looker, _: looker.suit()}
