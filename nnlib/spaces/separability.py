"""Where the output layer separates the last hidden stage, and how far a line could separate it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from nnlib.network import MLP
from nnlib.spaces.logistic import logistic_fit
from nnlib.spaces.projections import Basis


@dataclass(frozen=True)
class Separator:
    """{p : normal . p + offset = 0} in a drawing: where the output layer is undecided.

    `classes` are the two classes (indices) on its negative and its positive side. In a basis that
    leaves units out, it is the cut of the true hyperplane with the drawn plane through its center.
    """

    normal: np.ndarray
    offset: float
    classes: tuple[int, int]


def separators(network: MLP, basis: Basis, threshold: float = 0.5) -> list[Separator]:
    """The lines (or planes) in the drawing of A^(L-1) that the output layer separates by.

    One output unit: where its activation equals `threshold` (Data.threshold). K units: for every
    pair of classes where their two z are equal. [] for an output with no single such place.
    """
    W = network.weights[-1].astype(float)
    b = network.biases[-1].astype(float)
    if W.shape[1] == 1:
        level = undecided(network, threshold)
        return [] if level is None else [_separator(W[:, 0], b[0] - level, basis, (0, 1))]
    return [
        _separator(W[:, j] - W[:, i], b[j] - b[i], basis, (i, j))
        for i, j in combinations(range(W.shape[1]), 2)
    ]


def undecided(network: MLP, threshold: float = 0.5) -> float | None:
    """The z of the one output unit where its activation equals `threshold`; None without one."""
    inverse = network.activations[-1].inverse
    level = inverse(threshold) if inverse else math.nan
    return None if math.isnan(level) else float(level)


def _separator(w: np.ndarray, constant: float, basis: Basis, classes: tuple[int, int]) -> Separator:
    return Separator(basis.axes.T @ w, float(basis.center @ w + constant), classes)


def separability(values: np.ndarray, y: np.ndarray) -> float:
    """How many of the points a linear classifier gets right, a share from 0 to 1.

    Method: `logistic_fit` on standardised values; for two classes the threshold is
    then moved along the direction found to where most points are right. The best line of all is
    NP-hard to find in general: this is a lower bound of its accuracy, and 1 wherever the classes
    are separable by more than a hair.

    Parameters
    ----------
    values : (n, width), finite
    y : (n,) class indices, (n, 1) of 0 and 1, or (n, K) one-hot

    Raises
    ------
    ValueError : no point, or another number of labels than of points.
    """
    y = np.asarray(y)
    if y.ndim == 2:
        y = y[:, 0] if y.shape[1] == 1 else y.argmax(axis=1)
    if len(values) == 0 or len(values) != len(y):
        raise ValueError(f"values and y: as many, at least one. Got {len(values)} and {len(y)}.")
    kinds, label = np.unique(y, return_inverse=True)
    if len(kinds) == 1:
        return 1.0
    scale = values.std(axis=0)
    used = scale > 1e-12 * np.maximum(np.abs(values).max(axis=0), 1e-300)
    centred = (values[:, used] - values[:, used].mean(axis=0)) / scale[used]
    X = np.column_stack([centred, np.ones(len(values))])
    theta = logistic_fit(X, np.eye(len(kinds))[label], until_right=True)
    scores = X @ theta
    right = float((scores.argmax(axis=1) == label).mean())
    if len(kinds) == 2:
        right = max(right, _best_threshold(scores[:, 1] - scores[:, 0], label))
    return right


def _best_threshold(score: np.ndarray, label: np.ndarray) -> float:
    """The best share right of `score > threshold` (or its opposite), labels 0 and 1."""
    order = np.argsort(score, kind="stable")
    score, label = score[order], label[order]
    below = np.concatenate([[0], np.cumsum(1 - 2 * label)])  # zeros minus ones below a place
    right = (below + label.sum()) / len(label)
    between = np.concatenate([[True], score[1:] > score[:-1], [True]])  # never within a tie
    return float(max(right[between].max(), 1 - right[between].min()))
