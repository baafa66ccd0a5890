"""Two input planes: the viewer's network as it is, and another network beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol, Self, TypeVar

import numpy as np
import plotly.graph_objects as go

from nnlib.data import Points
from nnlib.geometry import OutputField
from nnlib.inputs.boundary import Boundary
from nnlib.inputs.composed import Composed, composed
from nnlib.network import MLP
from nnlib.run import Run
from nnlib.spaces.piecewise import original_extent
from pages.ui.drawing.fields import PLAYING_RESOLUTION, output_picture
from pages.ui.drawing.function_figures import THEMES, in_the_plane
from pages.ui.drawing.function_figures import colours as base_colours
from pages.ui.drawing.palette import Theme
from pages.ui.live.wishes import Nothing, Verbs, Wish
from pages.ui.sandbox import sandbox
from pages.ui.sandbox.network_link import TRAINING
from pages.ui.sandbox.sandbox import Settings
from pages.ui.session.scene import same_places

DOTTED = 72  # cells along each side in which a boundary is looked for


class WithPoint(Protocol):
    """Settings that have a point x1, x2."""

    @property
    def x1(self) -> float: ...

    @property
    def x2(self) -> float: ...

    def model_copy(self, *, update: dict[str, Any]) -> Self: ...


W = TypeVar("W", bound=WithPoint)


class AmongTheData:
    """Keeps a board's point x1, x2 and its class to the data, which may change.

    `corrected` counts how often that has changed the settings, so that the page's link follows.
    """

    def __init__(self) -> None:
        self.corrected = 0
        self._kept_to: Points | None = None

    def keep(
        self, settings: W, points: Points, name: str, otherwise: int | None = None
    ) -> tuple[W, str]:
        """Bring the point into the view, and the setting `name` to a class that there is.

        The settings, and what is to be said: of a link that is said. The default, and a point from
        other data, go among the points; a hand that leaves the view stays at its edge.
        otherwise None: the last class.
        """
        default = type(settings)()
        before, self._kept_to = self._kept_to, points
        linked = before is None
        others = before is None or not same_places(before, points)
        low, high = original_extent(points).T
        x = np.array([settings.x1, settings.x2])
        inside = np.clip(x, low, high)
        changes: dict[str, Any] = {}
        said: list[str] = []
        if (x != inside).any():
            if (settings.x1, settings.x2) == (default.x1, default.x2) or (others and not linked):
                inside = np.round(_middle(points), 3)
            else:
                for axis in np.flatnonzero(x != inside):
                    said.append(
                        f"x{axis + 1}: {x[axis]:g} lies outside the view; allowed: "
                        f"{low[axis]:.4g} to {high[axis]:.4g}. The edge is used instead."
                    )
            changes = {"x1": float(inside[0]), "x2": float(inside[1])}
        label, classes = getattr(settings, name), points.n_classes
        if classes and label >= classes:
            changes[name] = classes - 1 if otherwise is None else otherwise
            said.append(
                f"{name}: {label} is no class of these data; allowed: {otherwise or 0} to "
                f"{classes - 1}. {changes[name]} is used instead."
            )
        if not changes:
            return settings, ""
        self.corrected += others
        return settings.model_copy(update=changes), " ".join(said) if linked else ""


def _middle(points: Points) -> np.ndarray:
    """The training point next to the mean of all, (d,) in original units."""
    away = points.train - points.train.mean(axis=0)
    return original(points, points.train[np.hypot(*away.T).argmin()])


def field_of(network: MLP, run: Run, theme: Theme) -> bytes:
    """The output field of a network on a run's view, as a PNG."""
    grid = OutputField(network, run.data.points, run.data.features, PLAYING_RESOLUTION)
    grid.run()
    with np.errstate(all="ignore"):  # a diverging network's numbers are drawn as they are
        return output_picture(run, grid.output, theme)


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
    made: dict[str, dict] = {}
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


def verbs(settings: type[Settings]) -> Verbs:
    """What the client of two planes with these settings may wish."""
    return {
        **sandbox.verbs(settings),
        **TRAINING,
        "suit": Wish(Nothing, lambda board, _: board.session.want(dataset="circle")),
    }
