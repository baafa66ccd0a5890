"""Small pictures of the data sets, for their buttons: drawn from the data themselves."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw

from nnlib.data import DATASETS, load
from pages.ui.drawing import palette
from pages.ui.once import once

SIDE = 48  # pixels of one picture
SCALE = 3  # drawn larger, then reduced: smooth dots


@once
def datasets() -> bytes:
    """One PNG, all data sets side by side in the order of DATASETS, on a clear ground."""
    strip = Image.new("RGBA", (SIDE * SCALE * len(DATASETS), SIDE * SCALE))
    draw = ImageDraw.Draw(strip)
    for place, name in enumerate(DATASETS):
        _draw(draw, name, place * SIDE * SCALE)
    out = io.BytesIO()
    strip.resize((SIDE * len(DATASETS), SIDE), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()


@once
def icon() -> Image.Image:
    """The page's icon: the circle data, large dots (no icon font: classrooms may be offline)."""
    image = Image.new("RGBA", (SIDE * SCALE, SIDE * SCALE))
    _draw(ImageDraw.Draw(image), "circle", 0, dots=2.0)
    return image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def _draw(draw: ImageDraw.ImageDraw, name: str, left: float, dots: float = 1.0) -> None:
    points = load(name, n_samples=160, test_share=0.1, noise=0.0, seed=0)
    inputs, target = points.train[:140], points.train_target[:140]
    if inputs.shape[1] == 1:
        low, high = points.extent[0]
        inputs = np.column_stack([inputs, target * (high - low) / 2.6])
        extent = np.array([[low, high], [low, high]])
        colours = [palette.rgb(palette.CLASSES[1])] * len(inputs)
    else:
        extent = points.extent
        colours = [_colour(points.task, value) for value in target]
    unit = (inputs - extent[:, 0]) / (extent[:, 1] - extent[:, 0])
    radius = SIDE * SCALE * 0.028 * dots
    for (x, y), colour in zip(unit, colours, strict=True):
        cx, cy = left + x * SIDE * SCALE, (1 - y) * SIDE * SCALE
        draw.ellipse((cx - radius, cy - radius, cx + radius, cy + radius), fill=colour)


def _colour(task: str, value: float) -> tuple[int, int, int]:
    if task == "classification":
        return palette.rgb(palette.CLASSES[int(value)])
    side = np.array(palette.POSITIVE if value >= 0 else palette.NEGATIVE, float)
    grey = np.array([150.0, 155.0, 165.0])
    red, green, blue = (int(c) for c in grey + min(1.0, abs(value)) * (side - grey))
    return red, green, blue
