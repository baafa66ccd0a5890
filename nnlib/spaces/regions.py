"""The exact linear regions of a network on the plane, and where every hidden unit has its hinge.

A piecewise linear unit bends along the places where its pre-activation crosses a kink. Where no
unit bends, the whole network is one affine map. The view is cut layer by layer, unit by unit: in
a polygon of the layers below, a unit's z is affine and its hinge a straight line. So the polygons
are exact, not traced on a grid of pixels (Montúfar, Pascanu, Cho & Bengio 2014; Hanin & Rolnick
2019, who call what is found here activation regions: neighbours may happen to share one map, when
a unit that bends has no way to the output).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnlib.activations.entry import Pieces
from nnlib.network import MLP
from nnlib.spaces.piecewise import Inputs, problem

MAX_REGIONS = 20_000
TOLERANCE = 1e-12  # in widths of the view: a vertex so near to a hinge lies on it
HELD = -1  # in a pattern: this unit's output is held at 0 by hand


class TooManyRegionsError(ValueError):
    """The view has more than MAX_REGIONS regions; the message says so to people."""


@dataclass(frozen=True)
class Hinge:
    """Where one hidden unit bends, inside the view.

    Attributes
    ----------
    layer, unit : from 1
    segments : (s, 2, 2), s straight pieces, from point to point, in the input's original units; one
        for a unit of the first layer, and for a deeper one as many as regions below are crossed.
        A hinge that only runs along the edge of a region of the layers below is not among them
    normal, offset : the exact line {x : normal . x + offset = 0} of a unit of the first layer with
        one kink; None for all others, and for a unit that is the same everywhere
    """

    layer: int
    unit: int
    segments: np.ndarray
    normal: np.ndarray | None = None
    offset: float | None = None


@dataclass(frozen=True)
class Regions:
    """The polygons of a view on which the network is affine.

    Attributes
    ----------
    polygons : R convex polygons, each (k, 2), counter-clockwise, in the input's original units
    patterns : (R, hidden units) int8, layer after layer: which piece of its activation each unit is
        on, 0 left of its first kink (for ReLU: 0 off, 1 on), HELD for a unit held at 0
    A, c : (R, k, 2) and (R, k): Z^L = A x + c there, x in original units. With a linear output
        that is the output itself
    areas : (R,) in original units; they sum to the view's
    hinges : one for every hidden unit that bends somewhere in the view
    extent : (2, 2) low and high end of the view along each input
    """

    polygons: list[np.ndarray]
    patterns: np.ndarray
    A: np.ndarray
    c: np.ndarray
    areas: np.ndarray
    hinges: list[Hinge]
    extent: np.ndarray

    def __len__(self) -> int:
        return len(self.polygons)

    def find(self, x: Sequence[float] | np.ndarray) -> int | None:
        """The index of the region that holds the point x (2,), or None for one outside the view."""
        low, high = self.extent.T
        if not ((low <= x) & (x <= high)).all():
            return None
        u = (np.asarray(x, float) - low) / (high - low)
        counts = [len(polygon) for polygon in self.polygons]
        firsts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        start = np.concatenate(self.polygons)
        following = np.arange(1, len(start) + 1)
        following[firsts + np.array(counts) - 1] = firsts  # every polygon is closed
        end = start[following]
        start, end = (start - low) / (high - low), (end - low) / (high - low)
        along = end - start
        # How far the point is left of every edge: inside a region it is so for all of its edges.
        left = along[:, 0] * (u - start)[:, 1] - along[:, 1] * (u - start)[:, 0]
        left /= np.maximum(np.hypot(*along.T), TOLERANCE)
        return int(np.minimum.reduceat(left, firsts).argmax())


# --- Finding them -------------------------------------------------------------------------------


def regions(network: MLP, extent: np.ndarray, inputs: Inputs | None = None) -> Regions:
    """All regions of the view in which the network is affine, in float64.

    Parameters
    ----------
    network : hidden layers piecewise linear (see `problem`); any output: the maps are those of Z^L
    extent : (2, 2), low and high end of the view along x1 and x2, in original units
    inputs : from original units to phi(x), of `linear_inputs`; None: the network sees x as it is

    Raises
    ------
    ValueError : a curved activation, or an input of another shape.
    TooManyRegionsError : more than MAX_REGIONS.
    """
    cut = _Cut(network, extent, inputs)
    hinges = []
    for layer in range(1, network.depth):
        hinges += cut.hinges(layer)
        cut.through(layer)
    return cut.result(hinges)


def hinges(network: MLP, extent: np.ndarray, inputs: Inputs | None = None) -> list[Hinge]:
    """The hinge of every hidden unit that bends somewhere in the view; arguments as `regions`.

    It is the `hinges` of `regions` without what the last hidden layer takes to be cut.
    """
    cut = _Cut(network, extent, inputs)
    found = []
    for layer in range(1, network.depth):
        found += cut.hinges(layer)
        if layer < network.depth - 1:
            cut.through(layer)
    return found


class _Cut:
    """The view, cut so far: R polygons of at most K vertices, and the affine map of each.

    All is in coordinates in which the view is the unit square, so that tolerances mean the same
    along both axes whatever the inputs' units. `V` is (R, K, 2), a polygon of fewer vertices
    filled up with its first one (that is an edge of no length, which nothing crosses), `count`
    (R,) of them real. `A` (R, 2, n) and `c` (R, n): the layer's A^l = u @ A + c.
    """

    def __init__(self, network: MLP, extent: np.ndarray, inputs: Inputs | None) -> None:
        self.network = network
        self.extent = np.asarray(extent, float)
        if self.extent.shape != (2, 2) or not (self.extent[:, 0] < self.extent[:, 1]).all():
            raise ValueError(
                f"extent: low and high end along two inputs. Got {self.extent.tolist()} instead."
            )
        inputs = inputs or Inputs(np.eye(2), np.zeros(2))
        if inputs.matrix.shape != (2, network.sizes[0]):
            raise ValueError(
                f"inputs: a (2, {network.sizes[0]}) matrix. Got {inputs.matrix.shape} instead."
            )
        trouble = problem(network)
        if trouble:
            raise ValueError(trouble)
        low, high = self.extent.T
        self.size = high - low
        self.V = np.array([[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]])
        self.count = np.array([4])
        self.A = (self.size[:, None] * inputs.matrix)[None]
        self.c = (low @ inputs.matrix + inputs.shift)[None]
        self.patterns = np.zeros((1, 0), np.int8)

    def _pre_activations(self, layer: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Z^l = u @ slope + constant in each region: (R, 2, n), (R, n); and whether z is constant.

        Where the terms of a slope cancel, rounding leaves a tiny number: z is constant there, too.
        """
        W = self.network.weights[layer - 1].astype(float)
        b = self.network.biases[layer - 1].astype(float)
        slope, constant = self.A @ W, self.c @ W + b
        terms = np.abs(self.A) @ np.abs(W)
        flat = np.hypot(slope[:, 0], slope[:, 1]) <= TOLERANCE * terms.max(axis=1)
        return slope, constant, flat

    def _distances(
        self, unit: tuple[np.ndarray, np.ndarray, np.ndarray], kink: float
    ) -> np.ndarray:
        """How far every vertex is beyond a unit's hinge, (R, K); +-1 where z is constant.

        unit : slope (R, 2), constant (R,) and flat (R,) of its z
        """
        slope, constant, flat = unit
        length = np.where(flat, 1.0, np.hypot(slope[:, 0], slope[:, 1]))
        z = (
            self.V[..., 0] * slope[:, :1]
            + self.V[..., 1] * slope[:, 1:]
            + (constant - kink)[:, None]
        )
        constant_side = np.where(constant >= kink, 1.0, -1.0)
        return np.where(flat[:, None], constant_side[:, None], z / length[:, None])

    def _pieces(self, layer: int) -> Pieces:
        pieces = self.network.activations[layer - 1].pieces
        assert pieces is not None  # `problem` has refused what is curved
        return pieces

    def through(self, layer: int) -> None:
        """Cut by all units of a hidden layer, and go on to what comes out of it."""
        network = self.network
        f = self._pieces(layer)
        held = network.killed_in(layer)
        slope, constant, flat = self._pre_activations(layer)
        n = slope.shape[2]
        parent = np.arange(len(self.V))  # each region's row of slope and constant
        pattern = np.zeros((len(self.V), n), np.int8)
        pattern[:, held] = HELD
        for j in range(n):
            if j in held:
                continue
            for i, kink in enumerate(f.kinks):
                unit = slope[parent, :, j], constant[parent, j], flat[parent, j]
                distance = self._distances(unit, kink)
                side = _sides(distance)
                split = np.logical_and((side > 0).any(axis=1), (side < 0).any(axis=1))
                beyond = ~split & (distance.max(axis=1) >= -distance.min(axis=1))
                pattern[beyond, j] = i + 1
                if not split.any():
                    continue
                origin = self._split(split, distance, side)
                parent, pattern = parent[origin], pattern[origin]
                upper = slice(len(origin) - int(split.sum()), None)
                pattern[upper, j] = i + 1
        # A held unit takes the last of the slopes, and is then set to 0.
        slopes, offsets = f.slopes[pattern], f.offsets[pattern]
        slopes[:, held] = offsets[:, held] = 0
        self.A = slope[parent] * slopes[:, None, :]
        self.c = constant[parent] * slopes + offsets
        self.patterns = np.concatenate([self.patterns[parent], pattern], axis=1)

    def _split(self, split: np.ndarray, distance: np.ndarray, side: np.ndarray) -> np.ndarray:
        """Cut the rows of `split` in two; which old row each new one comes from.

        First those that stay whole, then the lower halves, then the upper ones.
        """
        V, count, d, s = self.V[split], self.count[split], distance[split], side[split]
        crossing, where = _crossings(V, d, s)
        real = np.arange(V.shape[1]) < count[:, None]
        slots = np.stack([V, crossing], axis=2).reshape(len(V), -1, 2)
        halves = [
            _packed(slots, np.stack([real & keep, where], axis=2).reshape(len(V), -1))
            for keep in (s <= 0, s >= 0)
        ]
        whole = ~split
        parts = [(self.V[whole], self.count[whole]), *halves]
        widest = max(part.shape[1] for part, _ in parts)
        self.V = np.concatenate([_filled_up(part, widest) for part, _ in parts])
        self.count = np.concatenate([counts for _, counts in parts])
        if len(self.V) > MAX_REGIONS:
            raise TooManyRegionsError(
                f"This network has more than {MAX_REGIONS:,} linear regions in the view: choose "
                "fewer or narrower hidden layers."
            )
        cut = np.flatnonzero(split)
        return np.concatenate([np.flatnonzero(whole), cut, cut])

    def hinges(self, layer: int) -> list[Hinge]:
        """Where the units of a layer bend, inside the polygons of the layers below."""
        f = self._pieces(layer)
        slope, constant, flat = self._pre_activations(layer)
        found = []
        for j in range(slope.shape[2]):
            if j in self.network.killed_in(layer):
                continue
            unit = slope[:, :, j], constant[:, j], flat[:, j]
            cut = [self._segments(self._distances(unit, kink)) for kink in f.kinks]
            segments = np.concatenate(cut) if cut else np.empty((0, 2, 2))
            if not len(segments):
                continue
            normal = offset = None
            if layer == 1 and len(f.kinks) == 1:
                normal = slope[0, :, j] / self.size
                offset = float(constant[0, j] - f.kinks[0] - normal @ self.extent[:, 0])
            segments = self.extent[:, 0] + segments * self.size
            found.append(Hinge(layer, j + 1, segments, normal, offset))
        return found

    def _segments(self, distance: np.ndarray) -> np.ndarray:
        """The piece of the hinge in every polygon that it cuts, (s, 2, 2), in the unit square."""
        side = _sides(distance)
        split = np.logical_and((side > 0).any(axis=1), (side < 0).any(axis=1))
        V, d, s = self.V[split], distance[split], side[split]
        crossing, where = _crossings(V, d, s)
        # The ends are crossed edges or vertices on the hinge; more than two when vertices nearly
        # coincide: then those that are farthest apart.
        ends = np.concatenate([crossing, V], axis=1)
        is_end = np.concatenate([where, s == 0], axis=1)
        rows = np.arange(len(V))
        first = ends[rows, is_end.argmax(axis=1)]
        away = np.where(is_end, ((ends - first[:, None]) ** 2).sum(axis=2), -1)
        return np.stack([first, ends[rows, away.argmax(axis=1)]], axis=1)

    def result(self, hinges: list[Hinge]) -> Regions:
        """The regions in original units, with the map to Z^L."""
        slope, constant, _ = self._pre_activations(self.network.depth)
        low = self.extent[:, 0]
        A = (slope / self.size[:, None]).transpose(0, 2, 1)
        c = constant - A @ low
        V = low + self.V * self.size
        following = np.roll(self.V, -1, axis=1)
        twice = self.V[..., 0] * following[..., 1] - self.V[..., 1] * following[..., 0]
        return Regions(
            polygons=[polygon[:n] for polygon, n in zip(V, self.count, strict=True)],
            patterns=self.patterns,
            A=A,
            c=c,
            areas=twice.sum(axis=1) / 2 * self.size.prod(),
            hinges=hinges,
            extent=self.extent,
        )


def _sides(distance: np.ndarray) -> np.ndarray:
    """1 beyond the hinge, -1 on its other side, 0 on it; like `distance`."""
    return (distance > TOLERANCE).astype(np.int8) - (distance < -TOLERANCE)


def _crossings(
    V: np.ndarray, distance: np.ndarray, side: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where the edge after each vertex meets the hinge, (r, K, 2), and whether it does, (r, K)."""
    where = side * np.roll(side, -1, axis=1) < 0
    after = np.roll(distance, -1, axis=1)
    share = np.where(where, distance, 0) / np.where(where, distance - after, 1)
    return V + share[..., None] * (np.roll(V, -1, axis=1) - V), where


def _packed(slots: np.ndarray, keep: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each row's kept points, moved to its front and filled up with the first; how many."""
    counts = keep.sum(axis=1)
    place = np.cumsum(keep, axis=1) - 1
    first = slots[np.arange(len(slots)), keep.argmax(axis=1)]
    packed = np.repeat(first[:, None], counts.max(), axis=1)
    rows, columns = np.nonzero(keep)
    packed[rows, place[rows, columns]] = slots[rows, columns]
    return packed, counts


def _filled_up(V: np.ndarray, widest: int) -> np.ndarray:
    return np.concatenate([V, np.repeat(V[:, :1], widest - V.shape[1], axis=1)], axis=1)
