"""The made data sets: clean positions and targets on the plane and on the line."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nnlib.datasets.dataset import Dataset, Made, Maker

HALF_WIDTH = 6.0  # made data are seen on [-6, 6], the plane of TensorFlow Playground

Rng = np.random.Generator


def _polar(radius: np.ndarray, angle: np.ndarray) -> np.ndarray:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _clipped_normal(rng: np.random.Generator, n: int) -> np.ndarray:
    """(n, 2) standard-normal, cut at 4 so that no clean point leaves the view."""
    return np.clip(rng.standard_normal((n, 2)), -4.0, 4.0)


def _along(rng: np.random.Generator, labels: np.ndarray) -> np.ndarray:
    """Where each point lies on its class's curve, 0-1: spread evenly, at random in its share."""
    share = np.empty(len(labels))
    for k in np.unique(labels):
        count = int((labels == k).sum())
        share[labels == k] = (np.arange(count) + rng.random(count)) / count
    return share


def _circle(rng: Rng, n: int, _: int) -> Made:
    """A disc (class 1) of radius 2.5 inside a ring from 3.5 to 5; the radius is uniform."""
    labels = np.arange(n) % 2
    u = rng.random(n)
    radius = np.where(labels == 1, 2.5 * u, 3.5 + 1.5 * u)
    return _polar(radius, rng.uniform(0, 2 * np.pi, n)), labels


def _xor(rng: Rng, n: int, _: int) -> Made:
    """Four squares in [-5, 5]^2, 0.3 away from the axes; class 1 where x1 * x2 >= 0."""
    labels = np.arange(n) % 2
    position = rng.uniform(0.3, 5.0, (n, 2))
    side = rng.choice([-1.0, 1.0], n)
    position[:, 0] *= side
    position[:, 1] *= np.where(labels == 1, side, -side)
    return position, labels


def _gauss(rng: Rng, n: int, _: int) -> Made:
    """Two normal clouds around (2, 2), class 1, and (-2, -2); standard deviation 0.7."""
    labels = np.arange(n) % 2
    center = np.where(labels == 1, 2.0, -2.0)[:, None]
    return center + 0.7 * _clipped_normal(rng, n), labels


def _arms(rng: Rng, n: int, n_classes: int) -> Made:
    """K spiral arms, r up to 5. Fewer turns with more arms: the gap is that of two arms."""
    labels = np.arange(n) % n_classes
    t = _along(rng, labels)
    angle = 3.5 / n_classes * 2 * np.pi * t + 2 * np.pi * labels / n_classes
    radius = 5.0 * t
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1), labels


def _spiral(rng: Rng, n: int, _: int) -> Made:
    """TensorFlow Playground's two arms: r = 5 t, angle = 1.75 * 2 pi t, class 0 half a turn on."""
    position, arm = _arms(rng, n, 2)
    return position, 1 - arm


def _moons(rng: Rng, n: int, _: int) -> Made:
    """Two half circles of radius 3 that reach into each other; class 1 is the lower one."""
    labels = np.arange(n) % 2
    angle = np.pi * _along(rng, labels)
    lower = labels == 1
    x1 = np.where(lower, 1 - np.cos(angle), np.cos(angle)) - 0.5
    x2 = np.where(lower, 0.5 - np.sin(angle), np.sin(angle)) - 0.25
    return 3.0 * np.stack([x1, x2], axis=1), labels


def _checkerboard(rng: Rng, n: int, _: int) -> Made:
    """4 x 4 squares of side 3 on [-6, 6]^2, 0.15 away from their borders."""
    labels = np.arange(n) % 2
    column = rng.integers(0, 4, n)
    row = 2 * rng.integers(0, 2, n) + (column + labels + 1) % 2
    corner = 3.0 * np.stack([column, row], axis=1) - HALF_WIDTH
    return corner + rng.uniform(0.15, 2.85, (n, 2)), labels


def _blobs(rng: Rng, n: int, n_classes: int) -> Made:
    """K normal clouds on a circle of radius 3.5; standard deviation 0.6."""
    labels = np.arange(n) % n_classes
    center = _polar(np.full(n, 3.5), np.pi / 2 + 2 * np.pi * labels / n_classes)
    return center + 0.6 * _clipped_normal(rng, n), labels


def _rings(rng: Rng, n: int, n_classes: int) -> Made:
    """A disc and K - 1 rings around it, r up to 5; the gaps are half as wide as the rings."""
    labels = np.arange(n) % n_classes
    width = 5.0 / (1.5 * n_classes - 0.5)
    radius = width * (1.5 * labels + rng.random(n))
    return _polar(radius, rng.uniform(0, 2 * np.pi, n)), labels


def _plane(rng: Rng, n: int, _: int) -> Made:
    """A tilted plane: (x1 + x2) / 10 on [-5, 5]^2, so -1 to 1."""
    position = rng.uniform(-5.0, 5.0, (n, 2))
    return position, position.sum(axis=1) / 10


# x1, x2, height: TensorFlow Playground's six hills and hollows.
BUMPS = np.array(
    [[-4, 2.5, 1], [0, 2.5, -1], [4, 2.5, 1], [-4, -2.5, -1], [0, -2.5, 1], [4, -2.5, -1]]
)


def _bumps(rng: Rng, n: int, _: int) -> Made:
    """Six Gaussian bumps of width 1, three up and three down, so -1 to 1 on [-6, 6]^2."""
    position = rng.uniform(-HALF_WIDTH, HALF_WIDTH, (n, 2))
    squared = ((position[:, None, :] - BUMPS[:, :2]) ** 2).sum(axis=2)
    return position, np.exp(-squared / 2) @ BUMPS[:, 2]


def _on_the_line(function: Callable[[np.ndarray], np.ndarray]) -> Maker:
    def make(rng: Rng, n: int, _: int) -> Made:
        x1 = rng.uniform(-HALF_WIDTH, HALF_WIDTH, n)
        return x1[:, None], function(x1)

    return make


def _cubic(x1: np.ndarray) -> np.ndarray:
    """4 u^3 - 3 u with u = x1 / 6: one hill, one hollow, -1 to 1 on [-6, 6]."""
    u = x1 / HALF_WIDTH
    return 4 * u**3 - 3 * u


def _step(x1: np.ndarray) -> np.ndarray:
    return np.where(x1 >= 0, 1.0, -1.0)


def _classes(name: str, title: str, classes: int | None, make: Maker, about: str) -> Dataset:
    return Dataset(
        name=name,
        title=title,
        task="classification",
        n_inputs=2,
        classes=classes,
        about=about,
        target_name="class",
        make=make,
    )


def _numbers(name: str, title: str, n_inputs: int, make: Maker, about: str) -> Dataset:
    return Dataset(
        name=name,
        title=title,
        task="regression",
        n_inputs=n_inputs,
        classes=0,
        about=about,
        target_name="y",
        make=make,
    )


ENTRIES = (
    _classes(
        "circle", "Circle", 2, _circle, "A disc inside a ring: no straight line separates them."
    ),
    _classes("xor", "XOR", 2, _xor, "Opposite corners belong together, as in exclusive or."),
    _classes("gauss", "Gauss", 2, _gauss, "Two round clouds that a straight line separates."),
    _classes("spiral", "Spiral", 2, _spiral, "Two arms wound around each other: the hard one."),
    _classes("moons", "Moons", 2, _moons, "Two half circles that reach into each other."),
    _classes(
        "checkerboard", "Checkerboard", 2, _checkerboard, "Sixteen squares in two colours by turns."
    ),
    _classes("blobs", "Blobs", None, _blobs, "Round clouds on a circle, one for each class."),
    _classes("arms", "Spiral arms", None, _arms, "A spiral with one arm for each class."),
    _classes("rings", "Rings", None, _rings, "A disc and the rings around it, one for each class."),
    _numbers("plane", "Plane", 2, _plane, "A tilted plane: a linear model is enough."),
    _numbers("bumps", "Bumps", 2, _bumps, "Three hills and three hollows."),
    _numbers("sine", "Sine", 1, _on_the_line(np.sin), "The sine curve on the line from -6 to 6."),
    _numbers("step", "Step", 1, _on_the_line(_step), "A jump from -1 to 1 at zero."),
    _numbers(
        "cubic", "Cubic", 1, _on_the_line(_cubic), "A cubic curve with one hill and one hollow."
    ),
)
