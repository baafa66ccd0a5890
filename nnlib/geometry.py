"""Where the network is looked at: grids over the input space and what every unit does on them."""

from __future__ import annotations

import numpy as np

from nnlib.data import Points
from nnlib.features import phi
from nnlib.network import MLP
from nnlib.passes import Forward


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
        nx = len(self.axes[0])
        ny = len(self.axes[1]) if len(self.axes) == 2 else 1
        if len(self.axes) == 2:
            x1, x2 = np.meshgrid(*self.axes)
            inputs = np.stack([x1.ravel(), x2.ravel()], axis=1)
        else:
            inputs = self.axes[0][:, None]
        phi_x = phi(inputs, features)
        self._forward = Forward(network, phi_x)
        self.inputs = phi_x.T.reshape(-1, ny, nx).astype(network.dtype)
        self.output = self._forward.A.reshape(-1, ny, nx)
        self.hidden = [A.reshape(-1, ny, nx) for A in self._forward.hidden]

    def run(self) -> None:
        """Compute all fields for the network's present parameters."""
        with np.errstate(all="ignore"):
            self._forward.run()


def axes(extent: np.ndarray, resolution: int) -> list[np.ndarray]:
    """Coordinates along each input: cell centres in the plane, ends included on the line."""
    if len(extent) == 1:
        return [np.linspace(extent[0, 0], extent[0, 1], resolution)]
    steps = (np.arange(resolution) + 0.5) / resolution
    return [low + (high - low) * steps for low, high in extent]
