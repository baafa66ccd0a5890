"""Where an attack may go: a ball around x, the bounds of the input space; checks of arguments.

X is (n, m); every row has a ball of its own. All checks raise ValueError with a sentence.
"""

from __future__ import annotations

from numbers import Real

import numpy as np
from numpy.typing import ArrayLike

from nnlib.inputs.composed import Network
from nnlib.losses import Loss

NORMS = ("inf", "2")
Bounds = tuple[ArrayLike, ArrayLike]  # low and high, each a number or (m,)
Box = tuple[np.ndarray, np.ndarray]  # the same as arrays (m,)


class Ball:
    """The points that an attack on X (n, m) may reach: ||x - X|| <= epsilon, within the bounds.

    epsilon None: without end. `box` is the bounds as two arrays (m,).
    """

    def __init__(
        self, X: np.ndarray, epsilon: float | None, norm: str, bounds: Bounds | None
    ) -> None:
        if epsilon is not None:
            check_size("epsilon", epsilon)
        check_norm(norm)
        self.X, self.norm = X, norm
        self.epsilon = np.inf if epsilon is None else float(epsilon)
        self.box, self._bounded = _box(X, bounds), bounds is not None

    def project(self, x: np.ndarray) -> np.ndarray:
        """The points x (n, m), brought back to the ball and then to the bounds."""
        epsilon = self.X.dtype.type(self.epsilon)
        r = x - self.X
        if self.norm == "inf":  # two ufuncs: np.clip takes three times as long on a small batch
            x = self.X + np.maximum(np.minimum(r, epsilon), -epsilon)
        else:
            length = np.linalg.norm(r, axis=1, keepdims=True)
            shrink = np.ones_like(length)
            np.divide(epsilon, length, out=shrink, where=length > epsilon)
            x = self.X + r * shrink
        if self._bounded:
            x = np.maximum(np.minimum(x, self.box[1]), self.box[0])
        return x

    def random(self, rng: np.random.Generator) -> np.ndarray:
        """A random point of each ball, uniform before it is cut to the bounds; like X."""
        n, m = self.X.shape
        if self.norm == "inf":
            r = rng.uniform(-1, 1, (n, m))
        else:
            r = rng.standard_normal((n, m))
            r *= rng.uniform(size=(n, 1)) ** (1 / m) / np.linalg.norm(r, axis=1, keepdims=True)
        return self.project((self.X + self.epsilon * r).astype(self.X.dtype))

    def check(self, x: np.ndarray) -> None:
        """AssertionError unless the points x (n, m) are finite, in the ball and in the bounds."""
        rounding = 8 * np.finfo(x.dtype).eps
        slack = rounding * (self.epsilon + np.abs(self.X).max(initial=0))
        low, high = self.box
        assert np.isfinite(x).all(), "an attack left the numbers"
        assert (sizes(x - self.X, self.norm) <= self.epsilon + slack).all(), "||r|| > epsilon"
        assert ((low <= x) & (x <= high)).all(), "an attack left the bounds"


def sizes(r: np.ndarray, norm: str) -> np.ndarray:
    """||r|| along the last axis in float64, (n, m) -> (n,); norm "inf" or "2"."""
    r = np.asarray(r, np.float64)
    return np.abs(r).max(axis=-1) if norm == "inf" else np.sqrt((r * r).sum(axis=-1))


def steepest(gradient: np.ndarray, norm: str) -> np.ndarray:
    """The direction of size 1 in which a step ascends most, (n, m); 0 where the gradient is 0."""
    if norm == "inf":
        return np.sign(gradient)
    # The largest entry is made 1 first: the square of a saturated network's slope is 0 in float32.
    largest = np.abs(gradient).max(axis=1, keepdims=True, initial=0)
    scaled = np.divide(gradient, largest, out=np.zeros_like(gradient), where=largest > 0)
    return scaled / np.maximum(np.linalg.norm(scaled, axis=1, keepdims=True), 1)


def input_gradient(network: Network, X: np.ndarray, y: np.ndarray, loss: str | Loss) -> np.ndarray:
    """network.input_gradient with X's dtype; a slope that is NaN is 0."""
    with np.errstate(all="ignore"):
        gradient = np.asarray(network.input_gradient(X, y, loss), X.dtype)
    if not np.isfinite(np.add.reduce(gradient, axis=None)):
        np.nan_to_num(gradient, copy=False)
    return gradient


def checked_inputs(X: np.ndarray, y: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """X (n, m) in a floating dtype and y (n, k); ValueError unless they are that and finite."""
    X = np.asarray(X)
    if not np.issubdtype(X.dtype, np.floating):
        X = X.astype(np.float64)
    y = np.zeros((len(X), 1)) if y is None else np.asarray(y)
    for name, array, shape in (("X", X, "(n, m)"), ("y", y, "(n, k)")):
        if array.ndim != 2:
            raise ValueError(f"{name} must have shape {shape}. Got {array.shape} instead.")
        _check_finite(name, array)
    if len(X) != len(y):
        raise ValueError(f"X and y must have as many rows. Got {len(X)} and {len(y)} instead.")
    return X, y


def checked_target(target: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A target like y that differs from it in every row; ValueError for any other."""
    target = np.asarray(target)
    if target.shape != y.shape:
        raise ValueError(f"target must have y's shape {y.shape}. Got {target.shape} instead.")
    _check_finite("target", target)
    same = np.flatnonzero((target == y).all(axis=1))
    if len(same):
        raise ValueError(
            f"target must be another class than the true one. Row {same[0]} has target "
            f"{target[same[0]].tolist()}, which is its y."
        )
    return target


def _check_finite(name: str, array: np.ndarray) -> None:
    finite = np.isfinite(array)
    if not finite.all():
        row, column = np.argwhere(~finite)[0].tolist()
        raise ValueError(
            f"{name} must be finite numbers. Row {row}, column {column} is {array[row, column]}."
        )


def check_size(name: str, value: float) -> None:
    """ValueError unless the value is a finite number >= 0."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= value < np.inf:
        raise ValueError(f"{name} must be a finite number >= 0. Got {value!r} instead.")


def check_norm(norm: str) -> None:
    """ValueError unless it is one of NORMS."""
    if norm not in NORMS:
        raise ValueError(f"norm must be one of {', '.join(NORMS)}. Got {norm!r} instead.")


def check_steps(steps: int) -> None:
    """ValueError unless it is a whole number >= 1."""
    if not isinstance(steps, int | np.integer) or steps < 1:
        raise ValueError(f"steps must be a whole number >= 1. Got {steps!r} instead.")


def check_classes(y: np.ndarray) -> None:
    if not ((y == 0) | (y == 1)).all():
        raise ValueError(
            "y must be classes, 0 or 1 in one column or one-hot: this attack changes a class. "
            f"Got values from {y.min():g} to {y.max():g} instead."
        )


def _box(X: np.ndarray, bounds: Bounds | None) -> Box:
    """low and high, (m,) in X's dtype; ValueError for bounds that are none or that X is outside."""
    m = X.shape[1]
    if bounds is None:
        return np.full(m, -np.inf, X.dtype), np.full(m, np.inf, X.dtype)
    try:
        low, high = (np.broadcast_to(np.asarray(b, X.dtype), (m,)) for b in bounds)
    except (ValueError, TypeError):
        raise ValueError(
            f"bounds must be (low, high), each a number or {m} numbers. Got {bounds!r} instead."
        ) from None
    if not (low < high).all():  # false for NaN, too
        raise ValueError(f"bounds: low must be below high. Got {bounds!r} instead.")
    outside = np.argwhere((low > X) | (high < X))
    if len(outside):
        row, column = outside[0].tolist()
        raise ValueError(
            f"X must lie within the bounds {low[column]:g} to {high[column]:g}. "
            f"Row {row}, column {column} is {X[row, column]:g}."
        )
    return low, high
