"""Optimising the input instead of the parameters: points that flow, images that a class likes.

theta is held and x moves: down the loss of a chosen y, or up the score of a class (the logit or
the probability), "what the network is looking for" (Erhan et al. 2009; Simonyan, Vedaldi &
Zisserman 2014). The slope is the backward pass, one step further to the left: dL/dx.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnlib.geometry import axes
from nnlib.inputs.ball import Ball, Bounds, check_size, checked_inputs, input_gradient, steepest
from nnlib.inputs.composed import LOGITS, OUTPUTS, OpenNetwork, loss_values
from nnlib.losses import Loss

SCORES = ("logit", "probability")


@dataclass(frozen=True)
class Goal:
    """What the input shall do: descend `loss` at y. A score is ascended by descending its negative.

    loss : a name in LOSSES, a Loss, or LOGITS or OUTPUTS of composed.py
    y : (1, k), for all points, or (n, k)
    sign : -1 where what `value` gives is to grow
    """

    loss: str | Loss
    y: np.ndarray
    sign: int

    def slope(self, network: OpenNetwork, X: np.ndarray) -> np.ndarray:
        """d(sign value)/dX, (n, m): what a step goes against."""
        return self.sign * input_gradient(network, X, self._rows(X), self.loss)

    def value(self, network: OpenNetwork, X: np.ndarray) -> np.ndarray:
        """The loss, logit or probability at each row, (n,)."""
        return loss_values(network, X, self._rows(X), self.loss) + self._offset

    @property
    def _offset(self) -> float:
        # one unit's output g is the probability of class 1; that of class 0 is 1 - g
        return 1.0 if self.loss is OUTPUTS and (self.y < 0).any() else 0.0

    def _rows(self, X: np.ndarray) -> np.ndarray:
        return np.broadcast_to(self.y, (len(X), self.y.shape[1]))


def lower_loss(loss: str | Loss, y: np.ndarray) -> Goal:
    """Descend the loss of y, (k,), (1, k) or (n, k)."""
    return Goal(loss, np.atleast_2d(np.asarray(y, np.float64)), 1)


def higher_loss(loss: str | Loss, y: np.ndarray) -> Goal:
    """Ascend the loss of y, as an attack does, without a ball."""
    return Goal(loss, np.atleast_2d(np.asarray(y, np.float64)), -1)


def higher_score(unit: int, n_units: int, of: str = "logit") -> Goal:
    """Ascend the score of class `unit` (from 0) of a network with n_units outputs.

    of : "logit", Z^L_j, or "probability", A^L_j (whose slope fades where the network is sure; a
        probability where the output is sigmoid or softmax). Of one output unit, class 0 has the
        logit -z and the probability 1 - g.

    Raises ValueError for a class that there is not, or another score.
    """
    classes = max(n_units, 2)
    if not 0 <= unit < classes:
        raise ValueError(f"class must be 0 to {classes - 1}. Got {unit!r} instead.")
    if of not in SCORES:
        raise ValueError(f"of must be one of {', '.join(SCORES)}. Got {of!r} instead.")
    y = np.array([[1.0 if unit else -1.0]]) if n_units == 1 else np.eye(n_units)[[unit]]
    return Goal(LOGITS if of == "logit" else OUTPUTS, y, -1)


class Flow:
    """Points X (n, m) on their way down a goal, all at once; `advance` moves them.

    x <- clip(x - step_size (dgoal/dx + pull (x - anchor) + total_variation dTV/dx)).

    network : read anew with every step, so it may be training at the same time
    step_size : > 0, finite; with unit_steps the length of a step (the slope is divided by its
        Euclidean norm, so that what is flat is crossed as fast as what is steep)
    pull : >= 0, of pull / 2 ||x - anchor||^2, the L2 regulariser; anchor a number, (m,) or (n, m)
    total_variation : >= 0, of TV(x) (`total_variation` below); needs `shape`, the picture's
        (height, width) with height * width = m
    bounds : None or (low, high), each a number or (m,)
    keep : how many places of the path are kept, the newest

    Raises ValueError with a sentence for a bad argument. X keeps its dtype.
    """

    def __init__(
        self,
        network: OpenNetwork,
        X: np.ndarray,
        goal: Goal,
        step_size: float,
        *,
        unit_steps: bool = False,
        pull: float = 0.0,
        anchor: float | np.ndarray = 0.0,
        total_variation: float = 0.0,
        shape: tuple[int, int] | None = None,
        bounds: Bounds | None = None,
        keep: int = 1_000,
    ) -> None:
        self.X, _ = checked_inputs(X, None)
        for name, value in (("pull", pull), ("total_variation", total_variation)):
            check_size(name, value)
        check_size("step_size", step_size)
        if step_size == 0:
            raise ValueError("step_size must be > 0. Got 0 instead.")
        if total_variation and (shape is None or shape[0] * shape[1] != self.X.shape[1]):
            raise ValueError(
                f"shape must be (height, width) of {self.X.shape[1]} pixels. Got {shape} instead."
            )
        self.network, self.goal, self.step_size = network, goal, float(step_size)
        self.unit_steps, self.pull, self.shape = unit_steps, float(pull), shape
        self.total_variation = float(total_variation)
        self._anchor = np.asarray(anchor, self.X.dtype)
        self._ball = Ball(self.X, None, "2", bounds)
        self._keep = keep
        self._path = [self.X]

    @property
    def path(self) -> np.ndarray:
        """The places so far, oldest first, (t, n, m); the last is X."""
        return np.stack(self._path)

    @property
    def value(self) -> np.ndarray:
        """The goal's loss, logit or probability at X, (n,); without pull and total variation."""
        return self.goal.value(self.network, self.X)

    def advance(self, steps: int = 1) -> None:
        """Move all points this many steps."""
        for _ in range(steps):
            slope = self.slope()
            if self.unit_steps:
                slope = steepest(slope, "2")
            self.X = self._ball.project(self.X - self.step_size * slope)
            self._path.append(self.X)
            del self._path[: -self._keep]

    def slope(self) -> np.ndarray:
        """The gradient of goal and regularisers at X, (n, m): a step goes against it."""
        slope = self.goal.slope(self.network, self.X)
        if self.pull:
            slope = slope + self.pull * (self.X - self._anchor)
        if self.total_variation and self.shape:
            slope = slope + self.total_variation * total_variation_gradient(self.X, self.shape)
        return slope


def total_variation(X: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Sum of the squared differences of neighbouring pixels of each picture, (n, h w) -> (n,).

    Mahendran & Vedaldi (2015), equation 4 with beta = 2: smooth pictures have little of it.
    """
    images = X.reshape(-1, *shape)
    down, right = np.diff(images, axis=1), np.diff(images, axis=2)
    return (down * down).sum(axis=(1, 2)) + (right * right).sum(axis=(1, 2))


def total_variation_gradient(X: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """d total_variation / dX, like X (n, h w)."""
    images = X.reshape(-1, *shape)
    gradient = np.zeros_like(images)
    down, right = 2 * np.diff(images, axis=1), 2 * np.diff(images, axis=2)
    gradient[:, 1:] += down
    gradient[:, :-1] -= down
    gradient[:, :, 1:] += right
    gradient[:, :, :-1] -= right
    return gradient.reshape(X.shape)


def arrows(
    network: OpenNetwork, goal: Goal, extent: np.ndarray, resolution: int = 20
) -> tuple[np.ndarray, np.ndarray]:
    """The field of steps over a view: places (resolution^d, d) and -dgoal/dx there, alike.

    extent : (d, 2) low and high end along each input, d = 1 or 2; the places are cell centres in
        the plane, row by row from below (ends included on the line). goal.y must be (1, k).
    """
    places = np.stack(np.meshgrid(*axes(np.asarray(extent), resolution)), axis=-1)
    places = places.reshape(-1, len(extent))
    return places, -goal.slope(network, places)


def noise(n: int, m: int, bounds: Sequence[float], rng: np.random.Generator) -> np.ndarray:
    """n uniform starts within (low, high) for an ascent "from noise", (n, m) float32."""
    low, high = bounds
    return rng.uniform(low, high, (n, m)).astype(np.float32)
