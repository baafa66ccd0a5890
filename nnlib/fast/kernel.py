"""The hot loop: one optimiser step over prebuilt buffers.

It is the mathematics of network.py, recorded once. A tiny network's step is all call overhead, so
nothing is looked up, sliced or allocated in the loop. For each batch of an epoch a *tape* is
recorded: a list of calls without arguments (views and output buffers already bound) that do
forward (passes.py), backward and update (steps.py) in place. grad Wx = Ax delta' is one product,
bias included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from nnlib.basics.ops import Op, product
from nnlib.fast.inplace import derives_output, kernel_form, output_delta
from nnlib.fast.passes import Layers, Networks, alike, layer_views, members, with_ones
from nnlib.fast.steps import OptimizerStep
from nnlib.losses import Loss
from nnlib.network import MLP
from nnlib.optimizers import Optimizer
from nnlib.optimizers.entry import State, per_model

_FLUSH_STEPS = 128  # in so many, 0.9^128 = 1e-6 leads from the limit of 1e-30 to no denormal number


def flush_every(n_batches: int) -> int:
    """Epochs of so many batches after which `flush` is due: about _FLUSH_STEPS steps."""
    return max(1, _FLUSH_STEPS // n_batches)


def flush(parameters: np.ndarray, state: State) -> None:
    """Set what has decayed to next to nothing to 0, in the parameters and an optimizer's state.

    The moments of a dead unit shrink by a tenth with every step, and arithmetic with denormal
    numbers takes twenty times as long. 0 stays 0, and nothing else is touched.
    """
    limit = np.finfo(parameters.dtype).tiny * 1e8
    for array in (parameters, *state.values()):
        if isinstance(array, np.ndarray):
            array[np.abs(array) < limit] = 0


@dataclass
class _Pass:
    """What batches of one size share."""

    layers: Layers
    output_delta: np.ndarray  # dloss/dZ of the output layer ...
    first_delta: np.ndarray  # ... and of the first one, (..., units, batch)
    scale: np.ndarray  # what the output delta is multiplied by, set by `set_rate`
    backward: list[Op]  # from the one delta to the other, and the gradients on the way


class Kernel:
    """Training steps on one data set; `network.parameters` changes in place.

    An epoch is `load(order)` and then `run(0, n_batches)`, or several runs of a part each.
    The gradient is that of the objective: mean loss + l2/2 sum W^2 + l1 sum |W| (no biases).
    With `Networks` all models step together: X (models, n, m), y (models, n, k), one loss or one
    per model, and learning_rate, l1, l2, clip_norm numbers or arrays (models,).

    `frozen` (bool, like the parameters) says which of them training leaves alone.

    `n_batches` is the number of steps in an epoch; a partial last batch counts.
    """

    def __init__(
        self,
        network: MLP | Networks,
        X: np.ndarray,
        y: np.ndarray,
        loss: Loss | Sequence[Loss],
        optimizer: Optimizer,
        *,
        batch_size: int,
        learning_rate: float | np.ndarray,
        l1: float | np.ndarray = 0.0,
        l2: float | np.ndarray = 0.0,
        clip_norm: float | np.ndarray | None = None,
        state: State | None = None,
        frozen: np.ndarray | None = None,
    ) -> None:
        self.network = network
        self._losses = [loss] * len(members(network)) if isinstance(loss, Loss) else list(loss)
        self._check(X, y)
        self.state = optimizer.init(network.parameters) if state is None else state
        self._step = OptimizerStep(
            network,
            optimizer,
            self.state,
            learning_rate=learning_rate,
            l1=l1,
            l2=l2,
            clip_norm=clip_norm,
            frozen=frozen,
        )
        self._gradients = layer_views(network, self._step.G)
        # output_delta leaves the loss's factor to the scale.
        factors = [kernel_form(each).factor for each in self._losses]
        self._factor = per_model(factors if len(set(factors)) > 1 else factors[0])
        # Rows of all models' data below each other; in an epoch those of a batch lie together.
        self._X = with_ones(X, network.dtype).reshape(-1, X.shape[-1] + 1)
        self._y = np.array(y, network.dtype).reshape(-1, y.shape[-1])
        self._X_epoch, self._y_epoch = np.empty_like(self._X), np.empty_like(self._y)
        n, models = X.shape[-2], len(members(network))
        size = min(batch_size, n)
        self._passes: dict[int, _Pass] = {}
        starts = range(0, n, size)
        self._tapes = [self._record(start, min(start + size, n)) for start in starts]
        self.n_batches = len(self._tapes)
        rows = np.arange(models * n)
        by_model = np.split(rows.reshape(models, n), starts[1:], axis=1)
        # One network's batches are contiguous as they are.
        self._by_batch = None
        if isinstance(network, Networks):
            self._by_batch = np.concatenate([each.ravel() for each in by_model])
        self.load(self.batchwise(rows))
        self.set_rate(learning_rate)

    def set_rate(self, learning_rate: float | np.ndarray) -> None:
        """Use another learning rate (or one per model) from the next step on."""
        self.learning_rate = learning_rate
        self._step.set_rate(learning_rate)
        for size, each in self._passes.items():
            scale = self._step.unit * self._factor / size
            each.scale[...] = scale.reshape(each.scale.shape)

    def batchwise(self, orders: np.ndarray) -> np.ndarray:
        """From orders of the rows to what `load` takes.

        (..., n); with many networks (..., models * n), model after model, row r of model i's data
        being number i n + r.
        """
        return orders if self._by_batch is None else orders.take(self._by_batch, axis=-1)

    def load(self, order: np.ndarray | None) -> None:
        """Put the rows in this order for the coming epoch: one gather, then contiguous slices."""
        if order is not None:
            self._X.take(order, axis=0, out=self._X_epoch, mode="clip")
            self._y.take(order, axis=0, out=self._y_epoch, mode="clip")

    def run(self, start: int, stop: int) -> None:
        """Do the steps of batches start ... stop - 1 of this epoch."""
        for tape in self._tapes[start:stop]:
            for op in tape:
                op()

    @property
    def flush_every(self) -> int:
        """Epochs after which `flush` is due."""
        return flush_every(self.n_batches)

    def flush(self) -> None:
        """Set what has decayed to next to nothing to 0, see `flush`."""
        flush(self.network.parameters, self.state)

    # ------------------------------------------------------------------ recording

    def _check(self, X: np.ndarray, y: np.ndarray) -> None:
        for network, loss in zip(members(self.network), self._losses, strict=True):
            network.check_loss(loss)
        models, sizes = self.network.parameters.shape[:-1], self.network.sizes
        n = X.shape[len(models)]
        expected = (*models, n, sizes[0]), (*models, n, sizes[-1])
        if (X.shape, y.shape) != expected:
            raise ValueError(
                f"X and y must have shapes {expected}. Got {X.shape} and {y.shape} instead."
            )

    def _record(self, start: int, stop: int) -> list[Op]:
        """The tape of the batch of these rows."""
        size, models = stop - start, len(members(self.network))
        if size not in self._passes:
            self._passes[size] = self._record_pass(size)
        each = self._passes[size]
        shape = (*self.network.parameters.shape[:-1], size, -1)
        X, y = (
            data[models * start : models * stop].reshape(shape).mT
            for data in (self._X_epoch, self._y_epoch)
        )
        layers = each.layers
        return [
            product(layers.Wx[0].mT, X, layers.Z[0]),
            *layers.forward,
            *layers.output,
            *layers.derive,
            *self._output_delta(each, y),
            *each.backward,
            product(X, each.first_delta.mT, self._gradients[0]),
            *self._step.ops,
        ]

    def _record_pass(self, size: int) -> _Pass:
        outputs = [network.activations[-1] for network in members(self.network)]
        derived = [derives_output(f, loss) for f, loss in zip(outputs, self._losses, strict=True)]
        layers = Layers(self.network, size, training=True, derives_output=derived)
        delta = output_delta = np.empty_like(layers.A_out)
        backward: list[Op] = []
        for layer in range(len(layers.A) - 1, -1, -1):
            backward.append(product(layers.Ax[layer], delta.mT, self._gradients[layer + 1]))
            ops, delta = layers.back(layer, delta)
            backward += ops
        per_model = np.broadcast_shapes(self._step.unit.shape, self._factor.shape)
        scale = np.zeros((*per_model, 1) if per_model else (), self.network.dtype)
        return _Pass(layers, output_delta, delta, scale, backward)

    def _output_delta(self, each: _Pass, y: np.ndarray) -> list[Op]:
        """The calls for scale * dloss/dZ of the output layer, (..., k, batch)."""
        ops: list[Op] = []
        outputs = [network.activations[-1] for network in members(self.network)]
        pairs = zip(outputs, self._losses, strict=True)
        for models, (f, loss) in alike(self.network, pairs):
            A, D = each.layers.A_out[models], each.layers.D_out[models]
            ops += output_delta(f, loss, A, y[models], D, each.output_delta[models])
        return [*ops, partial(np.multiply, each.output_delta, each.scale, each.output_delta)]
