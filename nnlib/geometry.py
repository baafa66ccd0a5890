"""Where the network is looked at: grids over the input space and what every unit does on them."""

from __future__ import annotations

import math

import numpy as np

from nnlib.data import Points
from nnlib.fast.passes import Forward, with_ones
from nnlib.features import phi
from nnlib.network import MLP

_BAND = 400_000  # numbers that a band's units take, at most: 1.6 MB
_FEWEST = 256  # cells of a band


class Grid:
    """The network on a fixed grid over the view, prebuilt for one network.

    In the plane `resolution` x `resolution` cell centres, row 0 at the bottom (small x2); on
    the line `resolution` points from end to end. `run()` then `output` (k, ny, nx) and
    `hidden` [(n_l, ny, nx)], on the line ny = 1. Buffers are reused by the next run.
    """

    def __init__(
        self, network: MLP, points: Points, features: tuple[str, ...], resolution: int
    ) -> None:
        self.axes = axes(points.extent, resolution)
        phi_x, (ny, nx) = _cells(self.axes, features)
        self._forward = Forward(network, phi_x)
        self.inputs = phi_x.T.reshape(-1, ny, nx).astype(network.dtype)
        self.output = self._forward.A.reshape(-1, ny, nx)
        self.hidden = [A.reshape(-1, ny, nx) for A in self._forward.hidden]

    def run(self) -> None:
        """Compute all fields for the network's present parameters."""
        with np.errstate(all="ignore"):
            self._forward.run()


class OutputField:
    """The network's output alone on such a grid, (k, ny, nx), once `work` has made it whole.

    A band of cells at a time goes through the network, in buffers that stay in the cache: with 6 x
    64 units and 240 x 240 cells a Grid's would take 88 MB. The numbers are a Grid's.
    """

    def __init__(
        self, network: MLP, points: Points, features: tuple[str, ...], resolution: int
    ) -> None:
        self.axes = axes(points.extent, resolution)
        phi_x, shape = _cells(self.axes, features)
        self._Xx = np.ascontiguousarray(with_ones(phi_x, network.dtype).T)
        self._size = min(len(phi_x), max(_FEWEST, _BAND // sum(network.sizes)))
        self._forward = Forward(network, phi_x[: self._size])
        self._flat = np.empty((network.sizes[-1], len(phi_x)), network.dtype)
        self.output = self._flat.reshape(-1, *shape)
        self._next = 0  # the first cell of the next band
        self._forward_size = network.parameters.size

    def begin(self) -> None:
        """Compute it anew: the network has changed."""
        self._next = 0

    def work(self, most: float = math.inf) -> bool:
        """The next bands, one at least, of at most so many multiplications; whether all is there.

        (100 million take about 10 ms.)
        """
        n = self._flat.shape[1]
        bands = max(1.0, most / (self._size * self._forward_size))
        with np.errstate(all="ignore"):
            while self._next < n and bands >= 1:
                start = min(self._next, n - self._size)  # the last band overlaps
                band = slice(start, start + self._size)
                self._forward.Xx[...] = self._Xx[:, band]
                self._flat[:, band] = self._forward.run()
                self._next, bands = start + self._size, bands - 1
        return self._next >= n

    def run(self) -> None:
        """Compute the whole field for the network's present parameters."""
        self.begin()
        self.work()


def _cells(
    places: list[np.ndarray], features: tuple[str, ...]
) -> tuple[np.ndarray, tuple[int, int]]:
    """phi of each cell, (ny nx, features), and (ny, nx)."""
    if len(places) == 1:
        return phi(places[0][:, None], features), (1, len(places[0]))
    x1, x2 = np.meshgrid(*places)
    return phi(np.stack([x1.ravel(), x2.ravel()], axis=1), features), x1.shape


def axes(extent: np.ndarray, resolution: int) -> list[np.ndarray]:
    """Coordinates along each input: cell centres in the plane, ends included on the line."""
    if len(extent) == 1:
        return [np.linspace(extent[0, 0], extent[0, 1], resolution)]
    steps = (np.arange(resolution) + 0.5) / resolution
    return [low + (high - low) * steps for low, high in extent]
