"""Logistic regression, fitted by Newton's method.

A view that plays asks for one fit a stage, again and again: of 500 points in 8 dimensions a fit
takes 0.6 ms here (3 ms for 4 classes), with scikit-learn's fastest solver 3 ms (8 ms).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nnlib.activations import softmax

PENALTY = 1e-4  # times 1/2 |w|^2, added to the mean loss
_BIAS_PENALTY = 1e-9  # the bias is free; just enough to make the solution one
_STEPS = 30
# A step that lowers the objective by less than this share is the last.
_LITTLE, _NOTHING = 1e-5, 1e-12


def logistic_fit(X: np.ndarray, Y: np.ndarray, *, until_right: bool = False) -> np.ndarray:
    """Weights (d, K) of (multinomial) logistic regression with a penalty of PENALTY.

    With two classes the first column is 0, and the second says how far a point is on the side of
    class 1.

    Parameters
    ----------
    X : (n, d), standardised, the last column ones: its weights are the biases
    Y : (n, K), one-hot, K >= 2
    until_right : end once every point is right, when more steps would only make the margin wider,
        or once a step hardly helps; else go on to the minimum
    """
    n, d = X.shape
    K = Y.shape[1]
    if K == 2:
        return _binary_fit(X, Y[:, 1], until_right)
    little = _LITTLE if until_right else _NOTHING
    label = Y.argmax(axis=1)
    penalty = np.full((d, K), PENALTY)
    penalty[-1] = _BIAS_PENALTY

    def objective(theta: np.ndarray) -> float:
        z = X @ theta
        z -= z.max(axis=1, keepdims=True)
        chosen = (z * Y).sum(axis=1) - np.log(np.exp(z).sum(axis=1))
        return float((penalty * theta**2).sum() / 2 - chosen.mean())

    theta = np.zeros((d, K))
    value = objective(theta)
    for _ in range(_STEPS):
        z = X @ theta
        if until_right and (z.argmax(axis=1) == label).all() and theta.any():
            break
        P = softmax(z)
        gradient = X.T @ (P - Y) / n + penalty * theta
        H = np.empty((K, d, K, d))
        for i in range(K):
            for j in range(i, K):
                weight = P[:, i] * ((i == j) - P[:, j]) / n
                H[i, :, j] = H[j, :, i] = (X * weight[:, None]).T @ X
        square = H.reshape(K * d, K * d)
        square[np.diag_indices(K * d)] += penalty.T.ravel()
        step = np.linalg.solve(square, gradient.T.ravel()).reshape(K, d).T
        before = value
        theta, value = _descend(objective, theta, value, step)
        if before - value <= little * before:
            break
    return theta


def _binary_fit(X: np.ndarray, y: np.ndarray, until_right: bool) -> np.ndarray:
    """As `logistic_fit` for two classes, y (n,) of 0 and 1."""
    n, d = X.shape
    little = _LITTLE if until_right else _NOTHING
    penalty = np.full(d, PENALTY)
    penalty[-1] = _BIAS_PENALTY
    t = 2 * y - 1

    def objective(w: np.ndarray) -> float:
        return float((penalty * w**2).sum() / 2 + np.logaddexp(0, -t * (X @ w)).mean())

    w = np.zeros(d)
    value = objective(w)
    for _ in range(_STEPS):
        z = X @ w
        if until_right and (t * z > 0).all():
            break
        p = np.exp(-np.logaddexp(0, -z))
        gradient = X.T @ (p - y) / n + penalty * w
        H = (X * (p * (1 - p) / n)[:, None]).T @ X
        H[np.diag_indices(d)] += penalty
        before = value
        w, value = _descend(objective, w, value, np.linalg.solve(H, gradient))
        if before - value <= little * before:
            break
    return np.column_stack([np.zeros(d), w])


def _descend(
    objective: Callable[[np.ndarray], float], at: np.ndarray, value: float, step: np.ndarray
) -> tuple[np.ndarray, float]:
    """Go against the step, by half as much until the objective falls: the new place and value."""
    for _ in range(12):
        new = objective(at - step)
        if new < value:
            return at - step, new
        step = step / 2
    return at, value
