"""Hand-made features as a space of their own: data lifted to phi(x), and the plane that cuts it.

A linear model on phi(x) is a network without a hidden layer. Here it is fitted until it is done,
so that what is seen is the best that these features allow and not how far training has come.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnlib.basics.late import late
from nnlib.features import FEATURES, phi
from nnlib.network import MLP

RADIUS = "x1^2+x2^2"
LIFTS: dict[str, str] = {  # name -> label: every feature, and the squared distance from the middle
    **{name: feature.label for name, feature in FEATURES.items()},
    RADIUS: "x₁² + x₂²",
}
PENALTY = 1e-4  # times 1/2 |w|^2 of standardised features, added to the mean loss
MAX_STEPS = 200  # of L-BFGS


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

    The mean negative log likelihood, with a penalty of PENALTY / 2 |w|^2 on standardised features,
    is minimised by L-BFGS with the network's own gradient. A feature that is the same everywhere
    gets weight 0.

    Parameters
    ----------
    Phi : (n, d), finite
    y : (n,) class indices 0 to K - 1, K >= 2 the number of classes, each of them present

    Returns
    -------
    MLP of sizes (d, 1) with sigmoid for two classes, (d, K) with softmax for more; its weights are
    for Phi as given. `stages.separators` has its planes.

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
    X = np.where(used, (Phi - center) / np.where(used, scale, 1.0), 0.0)
    two = classes == 2
    target = y[:, None].astype(float) if two else np.eye(classes)[y]
    output, loss = ("sigmoid", "nll") if two else ("softmax", "softmax_nll")
    network = MLP(
        (d, target.shape[1]),
        (output,),
        initializer="zeros",
        rng=np.random.default_rng(0),
        dtype=np.float64,
    )
    penalised = np.concatenate(
        [np.full(network.weights[0].size, PENALTY), np.zeros(network.biases[0].size)]
    )

    def objective(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        network.parameters[:] = parameters
        value, gradient = network.loss_and_gradient(X, target, loss)
        return value + (penalised * parameters**2).sum() / 2, gradient + penalised * parameters

    found = late("scipy.optimize").minimize(
        objective,
        network.parameters.copy(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": MAX_STEPS},
    )
    network.parameters[:] = found.x
    network.weights[0][:] *= np.where(used, 1 / np.where(used, scale, 1.0), 0.0)[:, None]
    network.biases[0][:] -= center @ network.weights[0]
    return network
