"""Hand-made features as a space of their own: data lifted to phi(x), and the plane that cuts it.

A linear model on phi(x) is a network without a hidden layer. Here it is fitted until it is done,
so that what is seen is the best that these features allow and not how far training has come.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnlib.features import FEATURES, phi
from nnlib.network import MLP
from nnlib.spaces.logistic import logistic_fit

RADIUS = "x1^2+x2^2"
LIFTS: dict[str, str] = {  # name -> label: every feature, and the squared distance from the middle
    **{name: feature.label for name, feature in FEATURES.items()},
    RADIUS: "x₁² + x₂²",
}


def lift(points: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Points (n, 2) -> (n, len(names)), a column for each of these names of LIFTS.

    Raises
    ------
    ValueError : points of another shape, no name or an unknown one.
    """
    unknown = [name for name in names if name not in LIFTS]
    if unknown or len(names) == 0:
        raise ValueError(f"names: some of {', '.join(LIFTS)}. Got {tuple(names)} instead.")
    columns = [
        phi(points, ["x1^2", "x2^2"]).sum(axis=1) if name == RADIUS else phi(points, [name])[:, 0]
        for name in names
    ]
    return np.stack(columns, axis=1)


def fit_plane(Phi: np.ndarray, y: np.ndarray) -> MLP:
    """Logistic regression on features: a fitted network of one layer, in float64.

    The penalty of `logistic_fit` is on the weights of standardised features. A feature that is the
    same everywhere gets weight 0.

    Parameters
    ----------
    Phi : (n, d), finite
    y : (n,) class indices 0 to K - 1, K >= 2 the number of classes, each of them present

    Returns
    -------
    MLP of sizes (d, 1) with sigmoid for two classes, (d, K) with softmax for more; its weights are
    for Phi as given. `separability.separators` has its planes.

    Raises
    ------
    ValueError : no two classes, or another number of labels than of rows.
    """
    n, d = Phi.shape
    classes = int(y.max()) + 1 if len(y) else 0
    if len(y) != n or classes < 2:
        raise ValueError(f"y: {n} labels of two classes or more. Got {len(y)} of {classes}.")
    center, scale = Phi.mean(axis=0), Phi.std(axis=0)
    used = scale > 1e-12
    factor = np.where(used, 1 / np.where(used, scale, 1.0), 0.0)  # 0 for what is constant
    X = np.column_stack([(Phi - center) * factor, np.ones(n)])
    theta = logistic_fit(X, np.eye(classes)[y])
    if classes == 2:
        theta = theta[:, 1:]
    network = MLP(
        (d, theta.shape[1]),
        ("sigmoid" if classes == 2 else "softmax",),
        initializer="zeros",
        rng=np.random.default_rng(0),
        dtype=np.float64,
    )
    network.weights[0][:] = theta[:-1] * factor[:, None]
    network.biases[0][:] = theta[-1] - center @ network.weights[0]
    return network
