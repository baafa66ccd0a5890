"""Fields as pictures: what a network says over the plane, one unit or all, as palette PNGs."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Generic, TypeVar

import numpy as np
from PIL import Image

from nnlib.features import FEATURES, phi
from nnlib.geometry import Grid, OutputField, axes
from nnlib.run import Run
from pages.ui.drawing import figures
from pages.ui.drawing.palette import (
    CLASS_LEVELS,
    FIELD_STRENGTH,
    LEVELS,
    Theme,
    class_palette,
    field_palette,
)

PLAYING_RESOLUTION, PAUSED_RESOLUTION = 96, 240  # cells along a side of the output field
LINE_RESOLUTION = 241  # points of the curve, for data on the line
G = TypeVar("G", Grid, OutputField)


def state_of(run: Run) -> tuple:
    """What a picture of the network is computed from: equal, and it would come out the same."""
    return run, run.network.parameters.tobytes(), run.network.killed


class Prebuilt(Generic[G]):
    """A grid over a run's view, its buffers prebuilt for the run's network.

    resolution : cells along each side
    kind : every unit's fields (Grid), or the output's alone (OutputField)
    """

    def __init__(self, resolution: int, kind: type[G]) -> None:
        self._resolution = resolution
        self._kind: type[G] = kind
        self._owner: object = None
        self._grid: G | None = None

    def of(self, run: Run) -> G:
        """The grid with the fields of the run's network as it is now."""
        owner = (run, run.network.killed)  # what is prebuilt holds these
        grid = self._grid
        if grid is None or self._owner != owner:
            points, features = run.data.points, run.data.features
            grid = self._grid = self._kind(run.network, points, features, self._resolution)
            self._owner = owner
        grid.run()
        return grid

    def forget(self) -> None:
        """Give the buffers back; they are made again when they are needed."""
        self._owner = self._grid = None


# ------------------------------------------------------------------------ pictures


def png(index: np.ndarray, palette: bytes, transparent: int | None = None) -> bytes:
    """(h, w) palette indices, uint8, top row first -> a PNG file."""
    image = Image.fromarray(index)
    image.putpalette(palette)
    out = io.BytesIO()
    options = {} if transparent is None else {"transparency": transparent}
    image.save(out, "PNG", compress_level=4, **options)
    return out.getvalue()


def field_index(values: np.ndarray, scale: np.ndarray | float = 1.0) -> np.ndarray:
    """Values (any shape) -> palette indices 0 ... 254; -scale and scale are the two ends."""
    index = values * (LEVELS // 2 / scale) + (LEVELS // 2 + 0.5)
    return np.clip(np.nan_to_num(index, nan=LEVELS // 2), 0, LEVELS - 1).astype(np.uint8)


def output_scale(run: Run) -> tuple[float, float]:
    """(centre, half range) of the output's colours: around the threshold, or zero's sides."""
    if run.data.kind == "regression":
        return 0.0, float(max(1.0, np.abs(run.data.y_train).max()))
    return run.loss.threshold, run.loss.half_range


def output_picture(
    run: Run, output: np.ndarray, theme: Theme, *, discretize: bool = False
) -> bytes:
    """Output (k, ny, nx) as a picture: one unit orange to blue, several argmax by confidence."""
    output = output[:, ::-1]  # a picture's first row is its top
    if len(output) == 1:
        centre, half = output_scale(run)
        values = (output[0] - centre) / half
        if discretize:
            classes = run.data.kind != "regression"
            values = np.where(values >= 0, 1.0, -1.0) if classes else np.round(values * 4) / 4
        return png(field_index(values), field_palette(theme, FIELD_STRENGTH))
    ranked = np.sort(output, axis=0)
    # Confidence: how far the winner is ahead of the next, 0 at a tie.
    lead = np.clip(np.nan_to_num(ranked[-1] - ranked[-2]), 0, 1)
    level = np.ones_like(lead) if discretize else lead
    index = output.argmax(axis=0) * CLASS_LEVELS + np.round(level * (CLASS_LEVELS - 1)).astype(int)
    return png(index.astype(np.uint8), class_palette(theme))


def sprite(fields: np.ndarray, cells: int, gap: int) -> np.ndarray:
    """Fields (units, ny, nx) -> palette indices of one tall picture, `gap` clear rows between.

    A unit's ends of the scale are +-1, or +-its largest value on the grid where that is more.
    """
    _, ny, nx = fields.shape
    # Of the largest |value|, what is no number apart; without copies of all fields.
    high = np.fmax.reduce(fields, axis=(1, 2), keepdims=True)
    low = np.fmin.reduce(fields, axis=(1, 2), keepdims=True)
    scale = np.maximum(1.0, np.nan_to_num(np.maximum(high, -low)))
    columns = np.linspace(0, nx - 1, cells).astype(int)
    if ny == 1:  # on the line: the curve, filled down to zero
        curve = fields[:, :, columns] / scale
        y = np.linspace(1, -1, cells)[None, :, None]
        inside = np.where(y >= 0, y <= curve, y >= curve)
        index = np.where(inside, field_index(curve), LEVELS // 2)
    else:
        rows = np.linspace(ny - 1, 0, cells).astype(int)
        index = field_index(fields[:, rows][:, :, columns], scale)
    # Every third level: nobody sees it at this size, and the picture packs a third smaller.
    return _tower(index // 3 * 3 + 1, gap)


def class_sprite(probabilities: np.ndarray, cells: int, gap: int) -> np.ndarray:
    """The same for output units that stand for classes (k, ny, nx): each in its class's colour."""
    units, ny, nx = probabilities.shape
    rows, columns = np.linspace(ny - 1, 0, cells), np.linspace(0, nx - 1, cells)
    share = probabilities[:, rows.astype(int)][:, :, columns.astype(int)]
    level = np.round(np.clip(np.nan_to_num(share), 0, 1) * (CLASS_LEVELS - 1))
    return _tower(np.arange(units)[:, None, None] * CLASS_LEVELS + level, gap)


def _tower(index: np.ndarray, gap: int) -> np.ndarray:
    """Pictures (units, cells, cells) below each other, `gap` clear rows between."""
    units, cells, _ = index.shape
    tall = np.full((units, cells + gap, cells), LEVELS, np.uint8)
    tall[:, :cells] = index
    return tall.reshape(-1, cells)[: units * (cells + gap) - gap]


@lru_cache(maxsize=32)
def feature_pictures(extent: tuple, theme: Theme) -> dict[str, str]:
    """Each hand-made input's field over the view as a data URI, for its switch."""
    grid = axes(np.array(extent), 32)
    plane = len(grid) == 2
    mesh = np.meshgrid(*grid) if plane else [grid[0][None, :]]
    points = np.stack([m.ravel() for m in mesh], axis=1)
    pictures = {}
    for name, feature in FEATURES.items():
        if feature.needs_x2 and not plane:
            continue
        values = phi(points, (name,)).T.reshape(1, *mesh[0].shape)
        values = values / np.abs(values).max()
        pictures[name] = figures.data_uri(png(sprite(values, 32, 0), field_palette(theme)))
    return pictures
