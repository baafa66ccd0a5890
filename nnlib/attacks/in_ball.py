"""Within a ball: up (or, to a target, down) the slope of the loss, in one step or in many."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnlib.inputs.ball import (
    Ball,
    Bounds,
    check_size,
    check_steps,
    checked_inputs,
    checked_target,
    input_gradient,
    steepest,
)
from nnlib.inputs.composed import Network
from nnlib.losses import Loss


def fgsm(
    network: Network,
    X: np.ndarray,
    y: np.ndarray,
    loss: str | Loss,
    epsilon: float,
    norm: str = "inf",
    bounds: Bounds | None = None,
    target: np.ndarray | None = None,
) -> np.ndarray:
    """X + r with r = epsilon sign(dL/dx), or epsilon dL/dx / ||dL/dx|| for norm "2"; like X.

    With a target r has the other sign. Where the gradient is exactly 0 the row stays: a
    saturated network hides its slope.
    """
    return pgd(network, X, y, loss, epsilon, norm, bounds, target, steps=1, step_size=epsilon)


def pgd(
    network: Network,
    X: np.ndarray,
    y: np.ndarray,
    loss: str | Loss,
    epsilon: float,
    norm: str = "inf",
    bounds: Bounds | None = None,
    target: np.ndarray | None = None,
    *,
    steps: int = 40,
    step_size: float | None = None,
    rng: np.random.Generator | None = None,
) -> np.ndarray:
    """The last of `pgd_iterates`; like X."""
    for reached in pgd_iterates(
        network,
        *(X, y, loss, epsilon, norm, bounds, target),
        steps=steps,
        step_size=step_size,
        rng=rng,
    ):
        last = reached
    return last


def pgd_iterates(
    network: Network,
    X: np.ndarray,
    y: np.ndarray,
    loss: str | Loss,
    epsilon: float,
    norm: str = "inf",
    bounds: Bounds | None = None,
    target: np.ndarray | None = None,
    *,
    steps: int = 40,
    step_size: float | None = None,
    rng: np.random.Generator | None = None,
) -> Iterator[np.ndarray]:
    """Projected gradient steps (Madry et al. 2018): the start and `steps` iterates, each like X.

    x <- projection of x + step_size d on ball and bounds, where d is the steepest direction of
    unit size: sign(dL/dx), or dL/dx / ||dL/dx|| for norm "2". `np.stack(list(...))` is the path,
    (steps + 1, n, m). FGSM's path is steps=1, step_size=epsilon.

    steps : >= 1
    step_size : >= 0; None: 2.5 epsilon / steps, from which any place in the ball can be reached
    rng : None: start at X. Else at a random place in the ball (uniform), cut to the bounds

    Arguments are checked at once, not at the first iterate.
    """
    X, y = checked_inputs(X, y)
    sign = -1 if target is not None else 1
    goal = y if target is None else checked_target(target, y)
    ball = Ball(X, epsilon, norm, bounds)
    check_steps(steps)
    if step_size is not None:
        check_size("step_size", step_size)
    size = 2.5 * ball.epsilon / steps if step_size is None else float(step_size)

    def iterates() -> Iterator[np.ndarray]:
        reached = X.copy() if rng is None else ball.random(rng)
        yield reached
        for _ in range(steps):
            gradient = input_gradient(network, reached, goal, loss)
            reached = ball.project(reached + sign * size * steepest(gradient, norm))
            yield reached
        ball.check(reached)

    return iterates()
