"""The network as a function of the raw input x: standardisation, features, MLP; gradients at x.

A network sees phi(x), but an attack, or any other search for an input, moves x itself. By the
chain rule dloss/dx = dphi/dx' dloss/dphi, the backward pass one or two steps further to the left.

LOGITS and OUTPUTS are "losses" <y, Z^L> and <y, A^L>: their gradient is y itself, so that
`input_gradient(X, y, LOGITS)` is y times the Jacobian of the logits, row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import DTypeLike

from nnlib.features import phi, pull_back
from nnlib.losses import Loss
from nnlib.losses import loss as loss_by_name
from nnlib.network import MLP, Trace
from nnlib.task import Data

UNITS = ("plane", "original")


class Network(Protocol):
    """What an attack needs: an MLP, a `Composed`, or anything else with these two methods."""

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The outputs (n, k) at inputs X (n, m)."""

    def input_gradient(self, X: np.ndarray, y: np.ndarray, loss: str | Loss) -> np.ndarray:
        """dloss/dX, (n, m): row i is the gradient of row i's own loss."""


class OpenNetwork(Network, Protocol):
    """A network that shows its logits, too: an MLP or a `Composed`."""

    def forward(self, X: np.ndarray) -> Trace:
        """Every Z and A for inputs X (n, m)."""


class Composed:
    """g(x) = MLP(phi((x - center) / scale)).

    network : an MLP whose inputs are the features; it is looked at anew with every call, so that
        what training changes is seen
    features : keys of FEATURES, in the order of the network's inputs
    center, scale : (d,) of the standardisation, d = 1 or 2, scale > 0; 0 and 1 where there is none

    Raises ValueError where the number of features is not the network's number of inputs, or
    center and scale are not finite, or a scale is not > 0.
    """

    def __init__(
        self,
        network: MLP,
        features: Sequence[str],
        center: np.ndarray | float = 0.0,
        scale: np.ndarray | float = 1.0,
    ) -> None:
        self.network, self.features = network, tuple(features)
        self.center, self.scale = np.asarray(center), np.asarray(scale)
        if len(self.features) != network.sizes[0]:
            raise ValueError(
                f"features: the network has {network.sizes[0]} inputs. "
                f"Got {len(self.features)} features instead."
            )
        if not np.isfinite(self.center).all():
            raise ValueError(f"center must be finite. Got {self.center} instead.")
        if not (np.isfinite(self.scale) & (self.scale > 0)).all():
            raise ValueError(f"scale must be finite and > 0. Got {self.scale} instead.")

    def astype(self, dtype: DTypeLike) -> Composed:
        """A copy whose MLP computes in another dtype."""
        return Composed(self.network.astype(dtype), self.features, self.center, self.scale)

    def forward(self, X: np.ndarray) -> Trace:
        """Every Z and A of the MLP; A[0] is phi, (n, number of features). X is (n, d), raw."""
        return self.network.forward(self.inputs(X))

    def inputs(self, X: np.ndarray) -> np.ndarray:
        """What the MLP sees, phi((x - center) / scale), (n, number of features) of raw X (n, d)."""
        return phi(self._plane(X), self.features)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """A[L], the guess (n, k), for raw inputs X (n, d)."""
        return self.forward(X).A[-1]

    def input_gradient(self, X: np.ndarray, y: np.ndarray, loss: str | Loss) -> np.ndarray:
        """dloss/dX at the raw inputs X (n, d), of X's shape and dtype; y (n, k) as the MLP's.

        Row i is the gradient of row i's own loss. Raises ValueError as the MLP's does.
        """
        plane = self._plane(X)
        grad_phi = self.network.input_gradient(phi(plane, self.features), y, loss)
        return (pull_back(plane, self.features, grad_phi) / self.scale).astype(plane.dtype)

    def _plane(self, X: np.ndarray) -> np.ndarray:
        X = np.asarray(X)
        if not np.issubdtype(X.dtype, np.floating):
            X = X.astype(np.float64)
        return ((X - self.center) / self.scale).astype(X.dtype)


def composed(network: MLP, data: Data, units: str = "plane") -> MLP | Composed:
    """A run's network (`run.network`, `run.data`) as a function of the input that a person sees.

    units : "plane" where x is what the page draws: as made, or standardised for real and own data
        (`data.points.train`); "original" where x is in the data's own units, such as centimetres.
        For made data both are the same

    Returns the MLP itself where x is what it sees. Raises ValueError for other units.
    """
    if units not in UNITS:
        raise ValueError(f"units must be one of {', '.join(UNITS)}. Got {units!r} instead.")
    points = data.points
    made = not points.center.any() and (points.scale == 1).all()
    if units == "plane" or made:
        d = points.train.shape[1]
        if data.features == ("x1", "x2")[:d]:
            return network
        return Composed(network, data.features)
    return Composed(network, data.features, points.center, points.scale)


# --- Scores of classes ----------------------------------------------------------------------------


def _inner(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (prediction * y).sum(axis=1)


def _inner_gradient(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.broadcast_to(y, prediction.shape).astype(prediction.dtype)


def _score(name: str, on_logits: bool, symbol: str) -> Loss:
    return Loss(
        name,
        output=None,
        on_logits=on_logits,
        per_sample=_inner,
        gradient=_inner_gradient,
        formula=rf"\sum_k y_k {symbol}_k",
        gradient_formula="y_k",
        note="The score of a class, for y its one-hot row.",
        source="Simonyan, Vedaldi & Zisserman (2014)",
    )


LOGITS = _score("logits", True, "z")
OUTPUTS = _score("outputs", False, "g")


def _margin(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (z * _margin_gradient(z, y)).sum(axis=1)


def _margin_gradient(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    if z.shape[1] == 1:
        return (1 - 2 * y).astype(z.dtype)
    strongest = np.where(y > 0.5, -np.inf, z).argmax(axis=1)
    return (np.eye(z.shape[1])[strongest] - y).astype(z.dtype)


MARGIN = Loss(
    "margin",
    output=None,
    on_logits=True,
    per_sample=_margin,
    gradient=_margin_gradient,
    formula=r"\max_{k \ne y} z_k - z_y \quad\text{or, for one unit,}\quad (1 - 2y)\, z",
    gradient_formula=r"\mathbf{1}_{k} - \mathbf{1}_{y} \quad\text{or}\quad 1 - 2y",
    note="By how much the strongest wrong class leads: its slope never fades.",
    source="Carlini & Wagner (2017)",
)


def flip_loss(loss: str | Loss) -> Loss:
    """The loss that an attack should ascend if a class is to flip, for a network trained on `loss`.

    MARGIN instead of all but softmax_nll: the hinge is flat where its margin is reached, NLL and
    squared loss on a saturated output vanish in float32, and the squared loss on a linear output
    sends a point that is far on the right side further still. With one output unit the direction
    of the attack is the same wherever the loss itself gives one that lowers the truth's score.
    """
    loss = _named(loss)
    return loss if loss.flips else MARGIN


def decided(prediction: np.ndarray, loss: str | Loss) -> np.ndarray:
    """The class (n,) that outputs (n, k) say, by the rule of task.classify.

    The largest of several units; one unit says class 1 from 0.5 on, under the hinge from 0 on.
    """
    if prediction.shape[1] > 1:
        return prediction.argmax(axis=1)
    return (prediction[:, 0] >= threshold(loss)).astype(np.intp)


def threshold(loss: str | Loss) -> float:
    """Where one output unit says class 1: 0.5, or 0 for the hinge's margin."""
    return _named(loss).threshold


def loss_values(network: OpenNetwork, X: np.ndarray, y: np.ndarray, loss: str | Loss) -> np.ndarray:
    """The loss of every row, (n,), for X (n, m) and y (n, k)."""
    loss, trace = _named(loss), network.forward(X)
    return loss.per_sample(trace.Z[-1] if loss.on_logits else trace.A[-1], np.asarray(y))


def class_score(network: OpenNetwork, X: np.ndarray, loss: str | Loss) -> tuple[np.ndarray, Loss]:
    """Scores (n, k) that decide the class, and which of LOGITS and OUTPUTS they are.

    Of one unit, class 1 from 0 on; of several, the largest. The logits where the output is sigmoid
    or softmax, so that confident networks keep their digits and slopes; else the outputs.
    """
    trace = network.forward(X)
    inner = network.network if isinstance(network, Composed) else network
    if isinstance(inner, MLP) and inner.activations[-1].probability:
        return trace.Z[-1], LOGITS
    if trace.A[-1].shape[1] > 1:
        return trace.A[-1], OUTPUTS
    return trace.A[-1] - np.asarray(threshold(loss), trace.A[-1].dtype), OUTPUTS


def _named(loss: str | Loss) -> Loss:
    return loss_by_name(loss) if isinstance(loss, str) else loss
