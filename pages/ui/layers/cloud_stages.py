"""The stages of a network as they are drawn: bases, boxes and points, and the cloud between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from nnlib.data import Points
from nnlib.run import Run
from nnlib.spaces.moves import moves
from nnlib.spaces.projections import (
    DRAWN,
    Basis,
    border_basis,
    chosen_basis,
    pca_basis,
    plain_basis,
    project,
)
from nnlib.spaces.separability import Separator, separators, undecided
from nnlib.spaces.stages import Stage, stages, warped_grid
from pages.ui.layers import cloud_words
from pages.ui.layers.boxes import Box, around, cut, steady, tight

LINES, SAMPLES = 11, 33  # of the grid over the input plane: lines each way, points on a line
ZOOM = 0.12  # share of a move in which the picture's frame widens, and narrows again


@dataclass(frozen=True)
class Way:
    """The data on their way through a network, 2 L + 1 stages, as drawn.

    Attributes
    ----------
    stages : with values (n, width), training points first, then test points if shown
    bases, boxes : how each is drawn, and in which box
    points : (n, d) of each stage
    grids : (lines, SAMPLES, width) of each stage, not projected
    cuts : what of the output layer's separators the box of each stage shows: pieces (k, d)
    """

    stages: list[Stage]
    bases: list[Basis]
    boxes: list[Box]
    points: list[np.ndarray]
    grids: list[np.ndarray]
    cuts: list[list[np.ndarray]]

    @property
    def last(self) -> int:
        """Place of the guess, the end of the way."""
        return len(self.stages) - 1

    @property
    def separated(self) -> int:
        """Place of the last hidden stage, which the output layer cuts; 0 without hidden layers."""
        return self.last - 2

    def lines(self, place: int) -> np.ndarray:
        """The grid as drawn at a stage: (lines, SAMPLES, d)."""
        return project(self.grids[place], self.bases[place])


def way(
    run: Run,
    *,
    test: bool = False,
    wide: str = "border",
    units: tuple[int, int] = (1, 2),
    previous: Sequence[Basis] = (),
) -> Way | None:
    """A run's data on their way; None where a value is not finite, and nothing can be drawn.

    wide : how more than three units are drawn: "pca" (a plane), "border" (the same, but the last
        hidden stage across the border), "pca3" (in space) or "units", the two of `units` (a stage
        without them by "pca")
    previous : the bases of the last picture, so that this one is not turned
    """
    data = run.data
    X = np.concatenate([data.X_train, data.X_test]) if test else data.X_train
    with np.errstate(all="ignore"):
        found = stages(run.network, X, first_name(run))
        grids = warped_grid(run.network, data.points, data.features, LINES, SAMPLES)
    if not all(np.isfinite(stage.values).all() for stage in found):
        return None
    n = len(data.X_train)
    before = [*previous, *[None] * (len(found) - len(previous))]
    bases = [
        basis_of(stage.values[:n], wide, units, old)
        for stage, old in zip(found, before, strict=False)
    ]
    at = len(found) - 3  # the last hidden stage
    classes = data.kind != "regression"
    if wide == "border" and classes and found[at].width > DRAWN:
        W = run.network.weights[-1]
        bases[at] = border_basis(found[at].values[:n], W, before[at]) or bases[at]
    points = [project(stage.values, basis) for stage, basis in zip(found, bases, strict=True)]
    boxes = [steady(drawn) for drawn in points]
    cuts: list[list[np.ndarray]] = [[] for _ in found]
    if classes:
        cuts[at] = pieces(separators(run.network, bases[at], data.threshold), boxes[at])
        if found[-1].width == 1:
            for place, level in (
                (-2, undecided(run.network, data.threshold)),
                (-1, data.threshold),
            ):
                if level is not None:
                    cuts[place] = pieces([Separator(np.ones(1), -level, (0, 1))], boxes[place])
    return Way(found, bases, boxes, points, grids, cuts)


def first_name(run: Run) -> str:
    """ "x" where the network sees the inputs themselves, else "phi"."""
    return "x" if run.data.features in (("x1",), ("x1", "x2")) else "phi"


def basis_of(
    values: np.ndarray, wide: str, units: tuple[int, int], previous: Basis | None
) -> Basis:
    """How values (n, width) are drawn; see `way`."""
    width = values.shape[1]
    if width <= DRAWN:
        return plain_basis(width)
    if wide == "units" and max(units) <= width and units[0] != units[1]:
        return chosen_basis(values, units)
    return pca_basis(values, previous, 3 if wide == "pca3" else 2)


def pieces(found: Sequence[Separator], box: Box) -> list[np.ndarray]:
    """What of separators a box shows, a piece for each that divides two leading classes there."""
    cuts = [cut(each, box, found) for each in found]
    return [piece for piece in cuts if piece is not None]


# ------------------------------------------------------------------------ between two stages


@dataclass(frozen=True)
class Between:
    """The cloud between two stages.

    Attributes
    ----------
    points, lines : (n, D) and (lines, SAMPLES, D)
    box : what is seen, D axes
    names : of the axes, or () on the way
    formula, phases, phase : the move, its parts, and which of them it is in
    depth : 0-1, how far the picture is one of space: the camera looks straight at a plane
    lanes : 0-1, how far points on a line are spread so that they can be seen
    cuts : the output layer's separators, where the last hidden stage is reached
    """

    points: np.ndarray
    lines: np.ndarray
    box: Box
    names: list[str]
    title: str
    formula: str
    phases: list[dict[str, str]] = field(default_factory=list)
    phase: int = 0
    depth: float = 0.0
    lanes: float = 0.0
    cuts: list[np.ndarray] = field(default_factory=list)


def between(run: Run, found: Way, place: float) -> Between:
    """The cloud at a place from 0 (the inputs) to 2 L (the guess)."""
    place = min(max(place, 0.0), float(found.last))
    i = min(int(place), found.last - 1)
    t = place - i
    network, features = run.network, run.data.features
    move = moves(network, found.bases)[i]
    values = found.stages[i].values, found.stages[i + 1].values
    drawn = move.at(*values, t)
    size = drawn.shape[1]
    dimensions = [points.shape[1] for points in found.points[i : i + 2]]
    layer = found.stages[i + 1].layer
    f = network.activations[layer - 1]
    at = round(place) if place == round(place) else None
    titles = [cloud_words.title(stage, network.depth) for stage in found.stages]
    names: list[str] = []
    cuts: list[np.ndarray] = []
    if at is not None:
        units = cloud_words.unit_names(found.stages[at], features)
        names = cloud_words.axis_names(found.bases[at], units)
        cuts = [np.pad(p, [(0, 0), (0, size - p.shape[1])]) for p in found.cuts[at]]
    parts = len(move.moves)
    return Between(
        points=drawn,
        lines=move.at(found.grids[i], found.grids[i + 1], t),
        box=_frame(found, i, [move.at(*values, k / parts) for k in range(parts + 1)], t),
        names=names,
        title=titles[at] if at is not None else f"{titles[i]} → {titles[i + 1]}",
        formula=cloud_words.formula(layer, f, i % 2 == 0, titles[0]),
        phases=cloud_words.phases(move, f),
        phase=min(int(t * parts), parts - 1),
        depth=_blend(t, *(d == 3 for d in dimensions)),
        lanes=_spread(t, *(d == 1 for d in dimensions)),
        cuts=cuts,
    )


def _frame(found: Way, i: int, through: list[np.ndarray], t: float) -> Box:
    """The box of the stage before, one that holds the whole move, that of the stage after.

    While the move goes on it stands still: what is scaled is seen to be.
    """
    size = through[0].shape[1]
    start, end = (box.widened(size) for box in found.boxes[i : i + 2])
    whole = around(start, end, *map(tight, through))
    if t < ZOOM:
        return start.toward(whole, t / ZOOM)
    return whole.toward(end, max(0.0, (t - 1 + ZOOM) / ZOOM))


def _blend(t: float, start: bool, end: bool) -> float:
    return (1 - t) * start + t * end


def _spread(t: float, start: bool, end: bool) -> float:
    """1 where both are; else it goes in the first, or comes in the last third of the way."""
    if start and end:
        return 1.0
    return start * max(0.0, 1 - 3 * t) + end * max(0.0, 3 * t - 2)


# ------------------------------------------------------------------------ what stays


def lanes(points: Points, target: np.ndarray) -> np.ndarray:
    """Where points with these targets (n,) stand across a line, -1 to 1.

    Each class has a lane of its own and its points lie scattered in it; a number to be predicted
    is its own height.
    """
    if points.task == "regression":
        both = np.concatenate([points.train_target, points.test_target])
        low, high = both.min(), both.max()
        return 1.8 * (target - low) / max(high - low, 1e-12) - 0.9
    golden = (np.arange(len(target)) * 0.6180339887) % 1 - 0.5
    return (2 * target + 1 + 1.3 * golden) / points.n_classes - 1
