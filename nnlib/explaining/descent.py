"""A step of gradient descent: every parameter before and after it, and the loss."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from nnlib.losses import Loss
from nnlib.network import MLP


@dataclass(frozen=True)
class Descent:
    """One step of gradient descent: old - learning_rate * gradient = new, all like `parameters`."""

    old: np.ndarray
    gradient: np.ndarray
    new: np.ndarray
    loss_before: float
    loss_after: float
    learning_rate: float


def take_step(
    network: MLP,
    X: np.ndarray,
    y: np.ndarray,
    loss: str | Loss,
    learning_rate: float,
    frozen: np.ndarray | None = None,
) -> Descent:
    """What a step of plain gradient descent on these examples makes of every parameter.

    The network itself is left as it is. The loss is the mean over the examples, without penalties.

    Parameters
    ----------
    X : (n, m), or (m,) for one example; y : (n, k) or (k,)
    learning_rate : > 0
    frozen : bool, like `parameters`: those that stay as they are

    Raises
    ------
    ValueError : a learning rate that is not a finite number > 0.
    """
    if not 0 < learning_rate < math.inf:
        raise ValueError(f"learning_rate: a finite number > 0. Got {learning_rate!r} instead.")
    X, y = np.atleast_2d(np.asarray(X, float)), np.atleast_2d(np.asarray(y, float))
    moved = network.astype(np.float64)
    old = moved.parameters.copy()
    before, gradient = moved.loss_and_gradient(X, y, loss)
    change = learning_rate * gradient
    if frozen is not None:
        change[frozen] = 0
    moved.parameters[:] = old - change
    with np.errstate(all="ignore"):  # a step too far may overflow: the loss then says so
        after, _ = moved.loss_and_gradient(X, y, loss)
    return Descent(old, gradient, moved.parameters, before, after, learning_rate)


@dataclass(frozen=True)
class Direction:
    """A step on some of the points, seen from all of them.

    Attributes
    ----------
    descent : the step itself, with the loss of its own points
    cosine : of the angle between its gradient and that of all points; nan where one is 0
    whole_after : the loss of all points after it
    """

    descent: Descent
    cosine: float
    whole_after: float


def side_by_side(
    network: MLP,
    parts: Sequence[tuple[np.ndarray, np.ndarray]],
    whole: tuple[np.ndarray, np.ndarray],
    loss: str | Loss,
    learning_rate: float,
    frozen: np.ndarray | None = None,
) -> list[Direction]:
    """The steps that different points ask for: an example, a batch, everything.

    parts, whole : pairs of X (n, m) and y (n, k); the rest as in `take_step`
    """
    full = network.check_loss(loss)
    copy = network.astype(np.float64)
    X, y = (np.asarray(each, float) for each in whole)
    _, downhill = copy.loss_and_gradient(X, y, full)
    found = []
    for part in parts:
        descent = take_step(network, *part, full, learning_rate, frozen)
        copy.parameters[:] = descent.new
        with np.errstate(all="ignore"):
            after, _ = copy.loss_and_gradient(X, y, full)
            lengths = np.linalg.norm(descent.gradient) * np.linalg.norm(downhill)
            cosine = float(descent.gradient @ downhill / lengths) if lengths else math.nan
        found.append(Direction(descent, cosine, after))
    return found


def example_gradients(network: MLP, X: np.ndarray, y: np.ndarray, loss: str | Loss) -> np.ndarray:
    """The gradient of each example's own loss, (n, parameters) float64: their mean is a batch's."""
    copy = network.astype(np.float64)
    X, y = np.asarray(X, float), np.asarray(y, float)
    return np.array(
        [copy.loss_and_gradient(X[i : i + 1], y[i : i + 1], loss)[1] for i in range(len(X))]
    )


def parameter_name(sizes: Sequence[int], index: int) -> str:
    """What a parameter is called: "w-2-3-1" or "b-2-1", as in edits.py.

    sizes : of the network, (m, n1, ..., nL); index : its place in `MLP.parameters`
    """
    rest = index
    for layer, (m, n) in enumerate(pairwise(sizes), start=1):
        if 0 <= rest < (m + 1) * n:
            below, unit = divmod(rest, n)
            return f"b-{layer}-{unit + 1}" if below == m else f"w-{layer}-{below + 1}-{unit + 1}"
        rest -= (m + 1) * n
    raise ValueError(f"index: a place in the parameters of {tuple(sizes)}. Got {index} instead.")
