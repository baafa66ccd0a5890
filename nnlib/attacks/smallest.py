"""The smallest r that changes the class, by box-constrained L-BFGS and a line search over c."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nnlib.attacks.nearest import nearest_classes
from nnlib.basics.late import late
from nnlib.inputs.ball import (
    Ball,
    Bounds,
    check_classes,
    checked_inputs,
    checked_target,
    input_gradient,
)
from nnlib.inputs.composed import Composed, OpenNetwork, decided, loss_values
from nnlib.losses import Loss
from nnlib.network import MLP
from nnlib.task import classify_target

LARGEST_C = 1e9  # of the line search over c, which starts at 1; 1 / LARGEST_C is the smallest


@dataclass(frozen=True)
class Trial:
    """One minimisation of c ||r||^2 + loss: its c, the length of its r, and whether it hit."""

    c: float
    size: float
    hit: bool


@dataclass(frozen=True)
class Smallest:
    """What `smallest_lbfgs` found.

    X_adversarial : (n, m); rows without a hit (or none within epsilon) are those of X
    found : (n,) bool
    paths : for each row the iterates (t, m) from x to the smallest x + r, (1, m) where none
    trials : for each row the line search over c, in the order of its trials
    """

    X_adversarial: np.ndarray
    found: np.ndarray
    paths: list[np.ndarray]
    trials: list[list[Trial]]


def lbfgs(
    network: OpenNetwork,
    X: np.ndarray,
    y: np.ndarray,
    loss: str | Loss,
    epsilon: float | None = None,
    bounds: Bounds | None = None,
    target: np.ndarray | None = None,
) -> np.ndarray:
    """`smallest_lbfgs(...).X_adversarial`: like X, rows as they were where nothing was found."""
    return smallest_lbfgs(network, X, y, loss, epsilon, bounds, target).X_adversarial


def smallest_lbfgs(
    network: OpenNetwork,
    X: np.ndarray,
    y: np.ndarray,
    loss: str | Loss,
    epsilon: float | None = None,
    bounds: Bounds | None = None,
    target: np.ndarray | None = None,
    *,
    halvings: int = 8,
    rivals: int = 3,
) -> Smallest:
    """The attack of Szegedy et al. (2014), section 4.1: box-constrained L-BFGS (SciPy's L-BFGS-B).

    Minimise c ||r||_2^2 + loss(x + r, target) within the bounds, for various c > 0; the smallest r
    that makes the network say target comes from the largest c that still does, found by a line
    search: c is divided or multiplied by 10 until it is enclosed, then halved `halvings` times on
    a log scale. (The square, as in Carlini & Wagner 2017, is smooth at r = 0, the start.)

    y must be classes. Without a target the `rivals` other classes that are nearest by the slopes at
    x are targets in turn, and the shortest r counts.
    epsilon: None, or the largest Euclidean length that is accepted. A row that the network already
    gives the wanted class needs r = 0. Rows are attacked one by one, 10 to 100 ms a target.
    """
    X, y = checked_inputs(X, y)
    check_classes(y)
    goals = None if target is None else [checked_target(target, y)]
    ball = Ball(X, epsilon, "2", bounds)
    goals = goals or nearest_classes(network, X, y, loss, ball.box, rivals)
    # In float32 the line searches of L-BFGS take twice as long.
    exact = network.astype(np.float64) if isinstance(network, MLP | Composed) else network

    def says(x: np.ndarray, goal: np.ndarray) -> bool:
        label = decided(network.predict(x.astype(X.dtype)), loss)
        return bool(label == classify_target(goal))

    reached, found = X.copy(), np.zeros(len(X), bool)
    paths: list[np.ndarray] = []
    trials: list[list[Trial]] = []
    for i in range(len(X)):
        attempts = [_search_c(exact, ball, i, goal[[i]], loss, says, halvings) for goal in goals]
        best, trial = min(attempts, key=lambda each: _length(each[0]))
        paths.append(best)
        trials.append(trial)
        found[i] = any(each.hit for each in trial) and _length(best) <= ball.epsilon
        if found[i]:
            reached[i] = best[-1]  # rounded to X's dtype, as `says` has looked at it
    ball.check(reached)
    return Smallest(reached, found, paths, trials)


def _length(path: np.ndarray) -> float:
    """||r|| at a path's end; infinite where nothing was found."""
    return float(np.linalg.norm(path[-1] - path[0])) if len(path) > 1 else np.inf


def _search_c(
    network: OpenNetwork,
    ball: Ball,
    row: int,
    goal: np.ndarray,
    loss: str | Loss,
    says: Callable[[np.ndarray, np.ndarray], bool],
    halvings: int,
) -> tuple[np.ndarray, list[Trial]]:
    """The path (t, m) to the smallest r of one row, (1, m) if none hits, and all trials."""
    best, trials = ball.X[[row]].astype(np.float64), []
    if says(best, goal):
        return np.repeat(best, 2, axis=0), [Trial(np.inf, 0.0, True)]

    def hits(c: float) -> bool:
        nonlocal best
        path = _minimise(network, ball, row, goal, loss, c)
        trials.append(Trial(c, float(np.linalg.norm(path[-1] - path[0])), says(path[-1:], goal)))
        if trials[-1].hit and _length(path) < _length(best):
            best = path
        return trials[-1].hit

    low = high = 1.0
    if hits(1.0):
        while high < LARGEST_C and low == high:
            high *= 10
            if hits(high):
                low = high
    else:
        while low > 1 / LARGEST_C and low == high:
            low /= 10
            if not hits(low):
                high = low
    if low == high:
        return best, trials
    for _ in range(halvings):
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if hits(middle) else (low, middle)
    return best, trials


def _minimise(
    network: OpenNetwork, ball: Ball, row: int, goal: np.ndarray, loss: str | Loss, c: float
) -> np.ndarray:
    """The iterates (t, m), float64, of L-BFGS-B on c ||r||^2 + loss from r = 0."""
    x0 = ball.X[row].astype(np.float64)

    def objective(x: np.ndarray) -> tuple[float, np.ndarray]:
        r, at = x - x0, x[None]
        value = c * (r @ r) + float(loss_values(network, at, goal, loss)[0])
        return value, 2 * c * r + input_gradient(network, at, goal, loss)[0]

    path = [x0]
    optimize = late("scipy.optimize")  # 0.3 s, paid by those who want this attack
    end = optimize.minimize(
        objective,
        x0,
        jac=True,
        method="L-BFGS-B",
        bounds=list(zip(*(side.tolist() for side in ball.box), strict=True)),
        callback=lambda x: path.append(x.copy()),
        options={"gtol": 1e-9, "ftol": 1e-8, "maxiter": 200},
    )
    return np.stack([*path, end.x] if (path[-1] != end.x).any() or len(path) == 1 else path)
