"""Hand-made inputs phi(x): the features that a user can switch on, and the way back from them.

Points are (n, 2), or (n, 1) for data on a line; there the features of x2 do not exist. The dtype of
the points is kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Feature:
    """One number computed from a point, with its gradient.

    Attributes
    ----------
    name : the key in FEATURES
    label : the name as a page shows it
    needs_x2 : True when data on a line has no such feature
    value : points (n, d) -> (n,)
    gradient : points (n, d) -> (n, d), d value[i] / d points[i]

    Both functions raise ValueError unless the points are (n, 1) or (n, 2), or when they are (n, 1)
    and the feature needs x2.
    """

    name: str
    label: str
    needs_x2: bool
    value: Callable[[np.ndarray], np.ndarray]
    gradient: Callable[[np.ndarray], np.ndarray]


def _check_points(points: np.ndarray) -> None:
    if points.ndim != 2 or points.shape[1] not in (1, 2):
        raise ValueError(f"points must be (n, 1) or (n, 2). Got {points.shape} instead.")


def _feature(
    name: str,
    label: str,
    needs_x2: bool,
    f: Callable[..., np.ndarray],
    df: Callable[..., tuple[np.ndarray, ...]],
) -> Feature:
    """A Feature from f(x1, x2) and df(x1, x2) = (df/dx1, df/dx2), all of shape (n,)."""

    def coordinates(points: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        _check_points(points)
        if points.shape[1] == 2:
            return points[:, 0], points[:, 1]
        if needs_x2:
            raise ValueError(
                f"feature {name!r} needs two inputs. Got points {points.shape} instead."
            )
        return points[:, 0], None

    def value(points: np.ndarray) -> np.ndarray:
        return f(*coordinates(points))

    def gradient(points: np.ndarray) -> np.ndarray:
        partials = df(*coordinates(points))
        return np.stack(partials[: points.shape[1]], axis=1)

    return Feature(name, label, needs_x2, value, gradient)


_zero = np.zeros_like
_one = np.ones_like

_ALL = (
    _feature("x1", "x₁", False, lambda x1, x2: x1.copy(), lambda x1, x2: (_one(x1), _zero(x1))),
    _feature("x2", "x₂", True, lambda x1, x2: x2.copy(), lambda x1, x2: (_zero(x2), _one(x2))),
    _feature("x1^2", "x₁²", False, lambda x1, x2: x1 * x1, lambda x1, x2: (2 * x1, _zero(x1))),
    _feature("x2^2", "x₂²", True, lambda x1, x2: x2 * x2, lambda x1, x2: (_zero(x2), 2 * x2)),
    _feature("x1*x2", "x₁x₂", True, lambda x1, x2: x1 * x2, lambda x1, x2: (x2, x1)),
    _feature(
        "sin(x1)",
        "sin(x₁)",
        False,
        lambda x1, x2: np.sin(x1),
        lambda x1, x2: (np.cos(x1), _zero(x1)),
    ),
    _feature(
        "sin(x2)",
        "sin(x₂)",
        True,
        lambda x1, x2: np.sin(x2),
        lambda x1, x2: (_zero(x2), np.cos(x2)),
    ),
)

FEATURES: dict[str, Feature] = {each.name: each for each in _ALL}


def _chosen(names: Sequence[str]) -> list[Feature]:
    if len(names) == 0:
        raise ValueError("at least one feature is needed. Got none.")
    for name in names:
        if name not in FEATURES:
            raise ValueError(f"feature must be one of {', '.join(FEATURES)}. Got {name!r} instead.")
    return [FEATURES[name] for name in names]


def phi(points: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """The features of every point, a column for each name in the order given.

    Parameters
    ----------
    points : (n, 2), or (n, 1) for data on a line
    names : keys of FEATURES, at least one

    Returns
    -------
    (n, len(names)), with the points' dtype.

    Raises
    ------
    ValueError : points of another shape, no name, an unknown name, or x2 asked of data on a line.

    Examples
    --------
    >>> phi(np.array([[3.0, 4.0]]), ["x1", "x2^2"]).tolist()
    [[3.0, 16.0]]
    """
    return np.stack([feature.value(points) for feature in _chosen(names)], axis=1)


def pull_back(points: np.ndarray, names: Sequence[str], grad_phi: np.ndarray) -> np.ndarray:
    """A gradient with respect to phi(x), turned into the gradient with respect to x.

    The chain rule: dloss/dx = sum over features of dloss/dphi_j * dphi_j/dx.

    Parameters
    ----------
    points : (n, d), d = 1 or 2
    names : as given to phi
    grad_phi : (n, len(names)), row i the gradient at phi(points[i])

    Returns
    -------
    (n, d)

    Raises
    ------
    ValueError : as phi, or grad_phi of another shape.
    """
    features = _chosen(names)
    _check_points(points)
    expected = (len(points), len(features))
    if grad_phi.shape != expected:
        raise ValueError(f"grad_phi must be {expected}. Got {grad_phi.shape} instead.")
    return sum(grad_phi[:, [j]] * each.gradient(points) for j, each in enumerate(features))
