"""A whole curve of accuracy against epsilon at once; the pages draw one as it grows."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nnlib.inputs.composed import Network
from nnlib.inputs.robustness import Curve, accuracies
from nnlib.losses import Loss


def accuracy_curve(
    network: Network,
    X: np.ndarray,
    y: np.ndarray,
    loss: str | Loss,
    epsilons: Sequence[float],
    *arguments: Any,
    **others: Any,
) -> Curve:
    """The curve of `accuracies`, whose arguments these are."""
    right = list(accuracies(network, X, y, loss, epsilons, *arguments, **others))
    return Curve(np.asarray(epsilons, np.float64), np.stack(right))


def falls_at(curve: Curve) -> np.ndarray:
    """(n,), the smallest epsilon at which a row is wrong; inf where it never is."""
    return np.where(curve.right.all(axis=0), np.inf, curve.epsilons[curve.right.argmin(axis=0)])
