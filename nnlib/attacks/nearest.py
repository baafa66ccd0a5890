"""DeepFool: step by step to the nearest boundary of the network made linear."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnlib.inputs.ball import Ball, Bounds, Box, checked_inputs, input_gradient, steepest
from nnlib.inputs.composed import OpenNetwork, class_score, decided
from nnlib.losses import Loss
from nnlib.task import classify_target

OVERSHOOT = 0.02  # how far DeepFool goes beyond the boundary, as a share of r
FAR = 1e6  # a boundary that a nearly flat network has so far away is none


def deepfool(
    network: OpenNetwork,
    X: np.ndarray,
    loss: str | Loss,
    norm: str = "2",
    bounds: Bounds | None = None,
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
    bounds: Bounds | None = None,
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
    network: OpenNetwork, X: np.ndarray, label: np.ndarray, loss: str | Loss, norm: str, box: Box
) -> np.ndarray:
    """The smallest r (n, m) that makes another class's score as large as the label's, linearly."""
    distance, slope = _linear_distances(network, X, label, loss, norm, box)
    rows, rival = np.arange(len(X)), distance.argmin(axis=1)
    size = distance[rows, rival, None]
    return np.where(size < FAR, size, 0) * steepest(slope[rows, rival], norm)


def _linear_distances(
    network: OpenNetwork, X: np.ndarray, label: np.ndarray, loss: str | Loss, norm: str, box: Box
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


def nearest_classes(
    network: OpenNetwork, X: np.ndarray, y: np.ndarray, loss: str | Loss, box: Box, most: int
) -> list[np.ndarray]:
    """Targets like y, `most` or fewer for each row: the other classes, the nearest one first."""
    if y.shape[1] == 1:
        return [1 - y]
    distance, _ = _linear_distances(network, X, classify_target(y), loss, "2", box)
    distance[y > 0] = np.inf
    order = distance.argsort(axis=1, kind="stable")[:, : min(most, y.shape[1] - 1)]
    return [np.eye(y.shape[1], dtype=y.dtype)[column] for column in order.T]
