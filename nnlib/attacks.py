"""Attacks: which small r, added to an input x, makes the network say something else?

Within a ball ||r|| <= epsilon:
  fgsm      r = epsilon sign(dL/dx), one step (Goodfellow, Shlens & Szegedy 2015)
  pgd       many small steps, projected back after each (Madry et al. 2018)
The smallest r that changes the class:
  lbfgs     box-constrained L-BFGS (Szegedy et al. 2014)
  deepfool  step by step to the boundary of the network made linear (Moosavi-Dezfooli et al. 2016)

An untargeted attack ascends the loss of the true y, a targeted one descends the loss of `target`.
Everything is in the units of X: for raw inputs give the composed network of composed.py. The dtype
of X is kept. All attacks work on a whole batch, each row by itself, and end with an assertion that
the ball and the bounds hold, up to rounding.

Arguments that mean the same everywhere
---------------------------------------
network : anything with predict and input_gradient; lbfgs and deepfool need forward as well
X : (n, m), finite, within the bounds
y : (n, k), the truth as the loss takes it: 0/1 in one column, one-hot, or numbers
loss : a name in LOSSES, or a Loss
epsilon : >= 0, finite, in the units of X
norm : "inf", the largest |r_j|, or "2", the Euclidean length
bounds : None, or (low, high), each a number or (m,): what x + r may be
target : None, or like y: what the network shall say instead of y

Bad arguments raise ValueError with a sentence: the name, what is allowed, the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from nnlib.basics.late import late
from nnlib.inputs.ball import (
    Ball,
    check_classes,
    check_size,
    check_steps,
    checked_inputs,
    checked_target,
    input_gradient,
    steepest,
)
from nnlib.inputs.composed import (
    Network,
    OpenNetwork,
    class_score,
    decided,
    in_double,
    loss_values,
)
from nnlib.losses import Loss
from nnlib.task import classify_target

OVERSHOOT = 0.02  # of DeepFool: how far it goes beyond the boundary, as a share of r
LARGEST_C = 1e9  # of the line search over c, which starts at 1; 1 / LARGEST_C is the smallest
FAR = 1e6  # DeepFool: a boundary that a nearly flat network has so far away is none


def fgsm(
    network: Network,
    X: np.ndarray,
    y: np.ndarray,
    loss: str | Loss,
    epsilon: float,
    norm: str = "inf",
    bounds: tuple | None = None,
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
    bounds: tuple | None = None,
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
    bounds: tuple | None = None,
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


# --- The smallest r -------------------------------------------------------------------------------


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
    bounds: tuple | None = None,
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
    bounds: tuple | None = None,
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
    goals = goals or _rivals(network, X, y, loss, ball.box, rivals)
    exact = in_double(network)  # in float32 the line searches of L-BFGS take twice as long

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


def deepfool(
    network: OpenNetwork,
    X: np.ndarray,
    loss: str | Loss,
    norm: str = "2",
    bounds: tuple | None = None,
    *,
    steps: int = 50,
) -> np.ndarray:
    """The last of `deepfool_iterates`; like X. Rows may have kept their class where it failed."""
    for reached in deepfool_iterates(network, X, loss, norm, bounds, steps=steps):
        last = reached
    return last


def deepfool_iterates(
    network: OpenNetwork,
    X: np.ndarray,
    loss: str | Loss,
    norm: str = "2",
    bounds: tuple | None = None,
    *,
    steps: int = 50,
) -> Iterator[np.ndarray]:
    """DeepFool (Moosavi-Dezfooli, Fawzi & Frossard 2016, Algorithm 2): X and its iterates.

    Each step goes to the nearest boundary of the network made linear where it stands, plus
    OVERSHOOT of all of r: f / ||w||_2^2 w, or for norm "inf" f / ||w||_1 sign(w), where f is the
    difference of two classes' scores and w its gradient. A saturated network looks flat and sends
    it far away: give bounds. An input that stands at its bound and would have to cross it counts
    as having no slope, and r is what the bounds let through. What counts is the class that the
    network gives, so there is no y; a row that has left it stays. It ends when all have, at most
    after `steps`. loss is needed to tell classes (`decided`).
    """
    X, _ = checked_inputs(X, None)
    ball = Ball(X, None, norm, bounds)

    def iterates() -> Iterator[np.ndarray]:
        was = decided(network.predict(X), loss)
        r, reached = np.zeros_like(X), X.copy()
        beyond = X.dtype.type(1 + OVERSHOOT)
        yield reached
        for _ in range(steps):
            same = np.flatnonzero(decided(network.predict(reached), loss) == was)
            if not len(same):
                break
            at = reached[same], was[same]
            r[same] += _to_the_nearest_boundary(network, *at, loss, norm, ball.box)
            reached = ball.project(X + beyond * r)
            r[same] = (reached[same] - X[same]) / beyond
            yield reached
        ball.check(reached)

    return iterates()


def _to_the_nearest_boundary(
    network: OpenNetwork, X: np.ndarray, label: np.ndarray, loss: str | Loss, norm: str, box: tuple
) -> np.ndarray:
    """The smallest r (n, m) that makes another class's score as large as the label's, linearly."""
    distance, slope = _linear_distances(network, X, label, loss, norm, box)
    rows, rival = np.arange(len(X)), distance.argmin(axis=1)
    size = distance[rows, rival, None]
    return np.where(size < FAR, size, 0) * steepest(slope[rows, rival], norm)


def _linear_distances(
    network: OpenNetwork, X: np.ndarray, label: np.ndarray, loss: str | Loss, norm: str, box: tuple
) -> tuple[np.ndarray, np.ndarray]:
    """How far each class is by the slopes at X, (n, K), and its lead's slopes, (n, K, m).

    |lead| / ||slope|| in the dual norm; FAR where it is the label or there is no way. One output
    unit has two classes with one slope. The slope is 0 where it leads out of the box (low, high).
    """
    score, kind = class_score(network, X, loss)
    (n, k), (low, high) = score.shape, box
    rows, every = np.arange(n), np.eye(max(k, 2))
    own = score[rows, label] if k > 1 else np.abs(score[:, 0])
    distance, slope = np.full((n, len(every)), FAR), np.zeros((n, len(every), X.shape[1]), X.dtype)
    for j in range(len(every)):
        y = every[j] - every[label] if k > 1 else np.full((n, 1), 2.0 * j - 1)
        lead = own - score[:, j] if k > 1 else own
        w = input_gradient(network, X, y, kind)
        w = np.where(np.where(w < 0, low >= X, high <= X), 0, w)
        slope[:, j] = w
        dual = np.abs(w).sum(axis=1) if norm == "inf" else np.linalg.norm(w, axis=1)
        near = (label != j) & (dual * FAR > lead)
        np.divide(lead, dual, out=distance[:, j], where=near)
    return distance, slope


def _rivals(
    network: OpenNetwork, X: np.ndarray, y: np.ndarray, loss: str | Loss, box: tuple, most: int
) -> list[np.ndarray]:
    """Targets like y, `most` or fewer for each row: the other classes, the nearest one first."""
    if y.shape[1] == 1:
        return [1 - y]
    distance, _ = _linear_distances(network, X, classify_target(y), loss, "2", box)
    distance[y > 0] = np.inf
    order = distance.argsort(axis=1, kind="stable")[:, : min(most, y.shape[1] - 1)]
    return [np.eye(y.shape[1], dtype=y.dtype)[column] for column in order.T]
