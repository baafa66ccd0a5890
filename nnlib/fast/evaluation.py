"""Losses and scores on training and test data, prebuilt: they are wanted after every epoch.

Both parts of the data go through one forward pass; the samples' losses and hits (or squared errors)
are added up by a product with two rows of ones, training and test apart. The numbers are those of
nnlib.losses and task.score.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from nnlib.basics.ops import Op, product
from nnlib.fast.inplace import kernel_form
from nnlib.fast.passes import Forward, Networks, alike
from nnlib.losses import Loss
from nnlib.network import MLP
from nnlib.task import Data


class Evaluation:
    """`run()` gives train_loss, test_loss, train_score, test_score, (..., 4), float64.

    Of the network's present parameters. With `Networks`, data and losses are one per model, the
    data of one shape and kind.
    """

    def __init__(
        self,
        network: MLP | Networks,
        data: Data | Sequence[Data],
        losses: Loss | Sequence[Loss],
    ) -> None:
        every = [data] if isinstance(data, Data) else list(data)
        losses = [losses] if isinstance(losses, Loss) else list(losses)
        self._X, self._y = _side_by_side(network, every)
        self._forward = Forward(network, self._X)
        Z, A = self._forward.Z, self._forward.A
        *lead, k, n = Z.shape
        # The losses of the k outputs, and up to k rows that make the score.
        lost, scored = np.zeros(Z.shape, network.dtype), np.zeros(Z.shape, network.dtype)
        in_part = np.zeros((2, n), network.dtype)
        n_train = len(every[0].X_train)
        in_part[0, :n_train] = in_part[1, n_train:] = 1
        sums = np.empty((2, *lead, k, 2), network.dtype)
        totals = np.empty((2, *lead, 2), network.dtype)
        self._totals = np.moveaxis(totals, 0, -2)
        self._values = np.empty((*lead, 2, 2))
        self._divisor, self._offset = _score_line(every, lead)
        on_logits = {loss.on_logits for loss in losses}
        self._ops: list[Op] = list(self._forward.logits)
        if on_logits != {True}:
            self._ops += self._forward.output
        keys = [(loss, each.kind, each.threshold) for loss, each in zip(losses, every, strict=True)]
        for models, (loss, kind, threshold) in alike(network, keys):
            prediction = (Z if loss.on_logits else A)[models]
            y = self._y[models]
            self._ops += kernel_form(loss).sample_losses(Z[models], A[models], y, lost[models])
            if kind == "regression":
                self._ops += _squared_errors(prediction, y, scored[models])
            elif k == 1:
                boundary = 0.0 if loss.on_logits else threshold  # sigmoid(0) = 0.5
                self._ops += _hits_of_one_unit(prediction, y, boundary, scored[models])
            else:
                self._ops += _hits_of_the_largest(prediction, y, scored[models])
        self._ops += [
            product(lost, in_part.T, sums[0]),
            product(scored, in_part.T, sums[1]),
            partial(np.add.reduce, sums, -2, None, totals),
        ]

    def run(self) -> np.ndarray:
        """The four numbers; the array is reused by the next run."""
        for op in self._ops:
            op()
        np.divide(self._totals, self._divisor, self._values)
        np.add(self._values, self._offset, self._values)
        return self._values.reshape(*self._values.shape[:-2], 4)


def _side_by_side(network: MLP | Networks, data: list[Data]) -> tuple[np.ndarray, np.ndarray]:
    """X (..., n, m) and y (..., k, n), training rows first; without models' axis if all share X."""
    X = [np.concatenate([each.X_train, each.X_test]) for each in data]
    y = [np.concatenate([each.y_train, each.y_test]).T.astype(network.dtype) for each in data]
    if isinstance(network, MLP):
        return X[0], np.ascontiguousarray(y[0])
    shared = all(each is data[0] for each in data)
    return X[0] if shared else np.stack(X), np.stack(y)


def _score_line(data: list[Data], lead: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """divisor and offset, (..., 2, 2), of totals / divisor + offset: losses, then scores.

    Accuracy is hits / n; R^2 = 1 - SSE / SST, or 0 where all targets are equal.
    """
    divisor, offset = np.ones((len(data), 2, 2)), np.zeros((len(data), 2, 2))
    for model, each in enumerate(data):
        for part, y in enumerate((each.y_train, each.y_test)):
            divisor[model, :, part] = len(y)
            if each.kind == "regression":
                spread = float(((y - y.mean(axis=0)) ** 2).sum())
                divisor[model, 1, part] = -spread if spread > 0 else np.inf
                offset[model, 1, part] = 1.0 if spread > 0 else 0.0
    shape = (*lead, 2, 2)
    return divisor.reshape(shape), offset.reshape(shape)


def _squared_errors(prediction: np.ndarray, y: np.ndarray, out: np.ndarray) -> list[Op]:
    return [partial(np.subtract, prediction, y, out), partial(np.multiply, out, out, out)]


def _hits_of_one_unit(
    prediction: np.ndarray, y: np.ndarray, boundary: float, out: np.ndarray
) -> list[Op]:
    """The calls for out = 1 where (prediction >= boundary) is the class."""
    label, said = y >= 0.5, np.empty(y.shape, bool)
    return [
        partial(np.greater_equal, prediction, np.array(boundary, prediction.dtype), said),
        partial(np.equal, said, label, said),
        partial(np.copyto, out, said),
    ]


def _hits_of_the_largest(prediction: np.ndarray, y: np.ndarray, out: np.ndarray) -> list[Op]:
    """The calls for out[0] = 1 where argmax is the class: the first of several largest counts.

    np.argmax over the units is slower than: no unit above the right one, none before it as large.
    """
    label = np.argmax(y, axis=-2, keepdims=True)
    before = np.arange(y.shape[-2])[:, None] < label
    picked, chosen = np.empty_like(y), np.empty_like(y[..., :1, :])
    above, equal = np.empty(y.shape, bool), np.empty(y.shape, bool)
    missed = np.empty(chosen.shape, bool)
    return [
        partial(np.multiply, prediction, y, picked),
        partial(np.add.reduce, picked, -2, None, chosen, True),
        partial(np.greater, prediction, chosen, above),
        partial(np.equal, prediction, chosen, equal),
        partial(np.logical_and, equal, before, equal),
        partial(np.logical_or, above, equal, above),
        partial(np.logical_or.reduce, above, -2, None, missed, True),
        partial(np.logical_not, missed, missed),
        partial(np.copyto, out[..., :1, :], missed),
    ]
