"""The fields of the run on screen: prebuilt for its network, computed when that has changed."""

from __future__ import annotations

import math

import numpy as np

from nnlib.geometry import Grid, OutputField
from nnlib.run import Run
from pages.ui.drawing.fields import (
    LINE_RESOLUTION,
    PAUSED_RESOLUTION,
    PLAYING_RESOLUTION,
    state_of,
)


class RunFields:
    """The fields of the run on screen, computed once for each state of its network."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Give everything back."""
        self._owner: object = None  # what the grids are prebuilt for
        self._grid: Grid | None = None  # every unit's field
        self._grid_of: object = None  # the state of the network that it shows
        self._fine: OutputField | None = None  # the output as finely as a paused frame shows it
        self._fine_of: object = None

    def grid(self, run: Run, present: tuple) -> Grid:
        """The fields of all units; `present` is the state of the run's network."""
        self._drop_others(run)
        if self._grid is None:
            on_plane = len(run.data.points.extent) == 2
            resolution = PLAYING_RESOLUTION if on_plane else LINE_RESOLUTION
            self._grid = Grid(run.network, run.data.points, run.data.features, resolution)
        if self._grid_of != present:
            self._grid.run()
            self._grid_of = present
        return self._grid

    def prepare(self, run: Run, most: float = math.inf) -> bool:
        """Compute the fine output field of a paused frame; whether it is there.

        `most` multiplications at a time: a large network's takes several turns.
        """
        if len(run.data.points.extent) != 2:
            return True
        self._drop_others(run)
        present = state_of(run)
        if self._fine is None:
            points, features = run.data.points, run.data.features
            self._fine = OutputField(run.network, points, features, PAUSED_RESOLUTION)
        if self._fine_of != present:
            self._fine_of = present
            self._fine.begin()
        return self._fine.work(most)

    def take_fine(self, run: Run) -> np.ndarray:
        """The fine output field, (k, ny, nx); its buffers are megabytes and drawn once: dropped."""
        self.prepare(run)
        assert self._fine is not None, "only a plane has it"
        output = self._fine.output
        self._fine = self._fine_of = None
        return output

    def _drop_others(self, run: Run) -> None:
        """What was prebuilt for another run, or with other units killed, is of no use any more."""
        owner = (run, run.network.killed)
        if self._owner != owner:
            self.forget()
            self._owner = owner
