"""Where the class changes, found by looking everywhere: the truth that attacks are compared with.

Brute force works on the plane and on the line, where a fine grid takes a moment; with the 64
inputs of a small picture it would take longer than the universe has.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np

from nnlib.inputs.ball import check_norm, checked_inputs, sizes
from nnlib.inputs.composed import Network, decided
from nnlib.losses import Loss

_FAN = 4  # rays to each side of the direction in which a nearest place was found
_BISECTIONS = 8  # on each ray
_HALVINGS = 40  # of an edge of the grid that the boundary crosses
_CHUNK = 128  # points whose distances to all crossings are computed at once


class Boundary:
    """Where the network changes its class within a view; made for its present parameters.

    extent : (d, 2) low and high end of the view along each input, d = 1 or 2, in the units of X.
        What lies outside is not looked at: take it wider than the points
    resolution : cells along each input. A sliver of another class thinner than a cell may be missed
    points : (C, d) float64, a place of the boundary on every edge of the grid whose ends have
        different classes, bisected to the precision of the network's dtype
    piece : None, or about how many points are put through the network at a time: then nothing is
        looked at until `work()`, piece by piece, has made it `done`; before that `points` is empty

    Raises ValueError for another extent or resolution.
    """

    def __init__(
        self,
        network: Network,
        loss: str | Loss,
        extent: np.ndarray,
        resolution: int = 200,
        *,
        piece: int | None = None,
    ) -> None:
        self.extent = np.asarray(extent, np.float64)
        ends = self.extent
        if ends.ndim != 2 or len(ends) not in (1, 2) or not (ends[:, 0] < ends[:, 1]).all():
            raise ValueError(
                "extent must be (low, high) for one or two inputs, low below high. "
                f"Got {ends.tolist()} instead."
            )
        if resolution < 2:
            raise ValueError(f"resolution must be 2 or more cells. Got {resolution!r} instead.")
        self._network, self._loss = network, loss
        self._cell = (ends[:, 1] - ends[:, 0]) / resolution
        self.points, self.done = np.empty((0, len(ends))), False
        self._piece = max(1, piece or (resolution + 1) ** 2)
        self._looked_at = 0  # points since the last pause
        self._search = self._crossings(resolution)
        while piece is None and not self.work():
            pass

    def work(self) -> bool:
        """The next piece of the search; whether all is done."""
        self.done = self.done or next(self._search, self) is self
        return self.done

    def labels(self, X: np.ndarray) -> np.ndarray:
        """The class (n,) of X (n, d)."""
        return decided(self._network.predict(X), self._loss)

    def nearest(self, X: np.ndarray, norm: str = "2") -> np.ndarray:
        """The nearest place of another class than X's own, (n, d) float64; NaN where there is none.

        The classes are those that the network gives. Every place is one at which another class was
        seen (or a bisected place of the boundary), so the distance is never too small; from the
        nearest crossing on, rays beside it are tried at smaller and smaller angles.
        """
        X, _ = checked_inputs(np.asarray(X, np.float64), None)
        check_norm(norm)
        d = len(self.extent)
        if X.shape[1] != d:
            raise ValueError(f"X must have shape (n, {d}). Got {X.shape} instead.")
        if not len(self.points):
            return np.full_like(X, np.nan)
        chunks = range(0, len(X), _CHUNK)
        reached = np.concatenate(
            [self._nearest_crossing(X[i : i + _CHUNK], norm) for i in chunks] or [X]
        )
        if d == 2:
            step = self._cell.max() / _FAN
            while step > 1e-5 * self._cell.max():
                reached = self._turned(X, reached, step, norm)
                step /= 2
        return reached

    def distance(self, X: np.ndarray, norm: str = "2") -> np.ndarray:
        """||r|| of the smallest r that changes the class of each row, (n,); inf without one."""
        distances = sizes(self.nearest(X, norm) - X, norm)
        return np.where(np.isnan(distances), np.inf, distances)

    def _nearest_crossing(self, X: np.ndarray, norm: str) -> np.ndarray:
        away = sizes(X[:, None] - self.points, norm)
        return self.points[away.argmin(axis=1)]

    def _turned(self, X: np.ndarray, reached: np.ndarray, step: float, norm: str) -> np.ndarray:
        """Nearer places of another class in directions a few steps beside the present ones.

        On each ray of the fan the way from as far as `reached` to a step nearer is bisected.
        """
        towards = reached - X
        away = sizes(towards, norm)
        tangent = towards[:, ::-1] * [-1, 1] / np.maximum(sizes(towards, "2"), 1e-300)[:, None]
        offsets = step * np.arange(-_FAN, _FAN + 1)
        rays = towards[:, None] + offsets[:, None] * tangent[:, None]  # (n, rays, 2)
        rays /= np.maximum(sizes(rays, norm), 1e-300)[..., None]
        label = self.labels(X)[:, None]

        def other_class(radius: np.ndarray) -> np.ndarray:
            places = X[:, None] + radius[..., None] * rays
            return self.labels(places.reshape(-1, 2)).reshape(radius.shape) != label

        far = np.repeat(away[:, None], len(offsets), axis=1)
        found = other_class(far)
        near = np.maximum(far - step, 0)
        for _ in range(_BISECTIONS):
            middle = (near + far) / 2
            there = other_class(middle)
            near, far = np.where(there, near, middle), np.where(there, middle, far)
        rows, best = np.arange(len(X)), np.where(found, far, np.inf).argmin(axis=1)
        nearer = found[rows, best] & (far[rows, best] < away)
        places = X + far[rows, best, None] * rays[rows, best]
        return np.where(nearer[:, None], places, reached)

    def _crossings(self, resolution: int) -> Iterator[None]:
        """Find `points`; a pause after each piece."""
        axes = [np.linspace(low, high, resolution + 1) for low, high in self.extent]
        grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
        label = yield from self._labels_by_pieces(grid.reshape(-1, grid.shape[-1]))
        label = label.reshape(grid.shape[:-1])
        starts, ends = [], []
        for axis in range(len(axes)):
            first, second = (np.moveaxis(each, axis, 0) for each in (grid, label))
            changes = second[1:] != second[:-1]
            starts.append(first[:-1][changes])
            ends.append(first[1:][changes])
        a, b = np.concatenate(starts), np.concatenate(ends)
        if len(a):
            label_a = yield from self._labels_by_pieces(a)
            for _ in range(_HALVINGS):
                middle = (a + b) / 2
                same = ((yield from self._labels_by_pieces(middle)) == label_a)[:, None]
                a, b = np.where(same, middle, a), np.where(same, b, middle)
        self.points = (a + b) / 2

    def _labels_by_pieces(self, X: np.ndarray) -> Generator[None, None, np.ndarray]:
        found = []
        for start in range(0, len(X), self._piece):
            rows = X[start : start + self._piece]
            found.append(self.labels(rows))
            self._looked_at += len(rows)
            if self._looked_at >= self._piece:
                self._looked_at = 0
                yield
        return np.concatenate(found)
