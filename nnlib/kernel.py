"""The hot loop: one optimiser step over prebuilt buffers.

It is the mathematics of network.py, recorded once. A tiny network's step is all call overhead, so
nothing is looked up, sliced or allocated in the loop. For each batch of an epoch a *tape* is
recorded: a list of calls without arguments (views and output buffers already bound) that do
forward (passes.py), backward and update in place. grad Wx = Ax delta' is one product, bias
included. Whatever the update multiplies the gradient by at once, -learning_rate in sgd, momentum
and nesterov, 1 - beta1 in Adam, rides on the output delta: a new rate changes one number.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from nnlib.inplace import Op, derives_output, output_delta
from nnlib.losses import Loss
from nnlib.network import MLP
from nnlib.optimizers import Optimizer
from nnlib.passes import (
    Layers,
    Networks,
    alike,
    layer_views,
    members,
    product,
    weight_mask,
    with_ones,
)

_LINEAR = ("sgd", "momentum", "nesterov")  # steps that are linear in the gradient
_ADAM = ("adam", "adamw")
_FLUSH_STEPS = 128  # in so many, 0.9^128 = 1e-6 leads from the limit of 1e-30 to no denormal number


class Kernel:
    """Training steps on one data set; `network.parameters` changes in place.

    An epoch is `load(order)` and then `run(0, n_batches)`, or several runs of a part each.
    The gradient is that of the objective: mean loss + l2/2 sum W^2 + l1 sum |W| (no biases).
    With `Networks` all models step together: X (models, n, m), y (models, n, k), one loss or one
    per model, and learning_rate, l1, l2, clip_norm numbers or arrays (models,).

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
        state: dict | None = None,
    ) -> None:
        models = network.parameters.shape[:-1]
        self._losses = [loss] * len(members(network)) if isinstance(loss, Loss) else list(loss)
        for each, each_loss in zip(members(network), self._losses, strict=True):
            each.check_loss(each_loss)
        n = X.shape[len(models)]
        expected = (*models, n, network.sizes[0]), (*models, n, network.sizes[-1])
        if (X.shape, y.shape) != expected:
            raise ValueError(
                f"X and y must have shapes {expected}. Got {X.shape} and {y.shape} instead."
            )
        self.network, self.optimizer = network, optimizer
        self.state = optimizer.init(network.parameters) if state is None else state
        self._mask = weight_mask(network)
        self._l1, self._l2, self._clip = l1, l2, clip_norm
        # Rows of all models' data below each other; in an epoch those of a batch lie together.
        self._X = with_ones(X, network.dtype).reshape(-1, X.shape[-1] + 1)
        self._y = np.array(y, network.dtype).reshape(-1, y.shape[-1])
        self._X_epoch, self._y_epoch = np.empty_like(self._X), np.empty_like(self._y)
        self._G = np.zeros_like(network.parameters)
        self._G_layers = layer_views(network, self._G)
        self._scratch = np.empty_like(self._G)
        self._scales: list[tuple[np.ndarray, int]] = []  # of the output delta, per batch size
        factors = [2 if each.name == "squared" else 1 for each in self._losses]
        self._factor = _per_model(factors if len(set(factors)) > 1 else factors[0])
        self._rate = np.zeros_like(_per_model(learning_rate), network.dtype)
        self._step_scale, self._step_epsilon = self._rate.copy(), self._rate.copy()
        self._weight_decay = np.zeros_like(self._G)
        self._decay = [np.zeros_like(self._G), np.zeros_like(self._G)]  # l1, l2 times mask
        update = self._update()
        size = min(batch_size, n)
        passes: dict[int, tuple] = {}
        n_models = len(members(network))
        self._tapes: list[list[Op]] = []
        for start in range(0, n, size):
            stop = min(start + size, n)
            if stop - start not in passes:
                passes[stop - start] = self._record_pass(stop - start)
            layers, delta_out, delta_in, scale, backward = passes[stop - start]
            rows, shape = slice(n_models * start, n_models * stop), (*models, stop - start, -1)
            X_b, y_b = (data[rows].reshape(shape).mT for data in (self._X_epoch, self._y_epoch))
            self._tapes.append(
                [
                    product(layers.Wx[0].mT, X_b, layers.Z[0]),
                    *layers.forward,
                    *layers.output,
                    *layers.derive,
                    *self._output_delta(layers, y_b, delta_out, scale),
                    *backward,
                    product(X_b, delta_in.mT, self._G_layers[0]),
                    *update,
                ]
            )
        self.n_batches = len(self._tapes)
        rows = np.arange(n_models * n)
        by_model = np.split(rows.reshape(n_models, n), range(size, n, size), axis=1)
        # One network's batches are contiguous as they are.
        self._by_batch = np.concatenate([each.ravel() for each in by_model]) if models else None
        self.load(self.batchwise(rows))
        self.set_rate(learning_rate)

    def set_rate(self, learning_rate: float | np.ndarray) -> None:
        """Use another learning rate (or one per model) from the next step on."""
        self.learning_rate = learning_rate
        rate = _per_model(learning_rate)
        self._minus_rate = -rate if rate.ndim else -float(rate)
        self._rate[...] = -rate
        unit = self._unit(rate)
        for scale, size in self._scales:
            np.divide((unit * self._factor).reshape(scale.shape), size, out=scale)
        if self.optimizer.name == "adamw":
            decay = -rate * self.optimizer.settings["weight_decay"]
            np.multiply(self._mask, decay, out=self._weight_decay)
        for decay, strength in zip(self._decay, (self._l1, self._l2), strict=True):
            np.multiply(self._mask, unit * _per_model(strength), out=decay)

    def batchwise(self, orders: np.ndarray) -> np.ndarray:
        """For `load`: the rows' orders (..., n), or for many networks (..., models * n), model by

        model, row r of model i's data being number i n + r.
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
        """Epochs after which `flush` is due: about _FLUSH_STEPS steps."""
        return max(1, _FLUSH_STEPS // self.n_batches)

    def flush(self) -> None:
        """Set what has decayed to next to nothing to 0.

        The moments of a dead unit shrink by a tenth with every step, and arithmetic with denormal
        numbers takes twenty times as long. 0 stays 0, and nothing else is touched.
        """
        limit = np.finfo(self.network.dtype).tiny * 1e8
        for array in (self.network.parameters, *self.state.values()):
            if isinstance(array, np.ndarray):
                array[np.abs(array) < limit] = 0

    # ------------------------------------------------------------------ recording

    def _unit(self, rate: np.ndarray) -> np.ndarray:
        """What one unit of the gradient in G stands for, like the rate."""
        if self._clip is None and self.optimizer.name in _LINEAR:
            return -rate
        if self._clip is None and self.optimizer.name in _ADAM:
            return np.full_like(rate, 1 - self.optimizer.settings["beta1"])
        return np.ones_like(rate)

    def _record_pass(self, size: int) -> tuple:
        """What batches of one size share: buffers, and backward from the output delta."""
        outputs = [each.activations[-1] for each in members(self.network)]
        derived = [derives_output(f, loss) for f, loss in zip(outputs, self._losses, strict=True)]
        layers = Layers(self.network, size, training=True, derives_output=derived)
        delta = delta_out = np.empty_like(layers.A_out)
        per_model = np.broadcast_shapes(self._rate.shape, self._factor.shape)
        scale = np.zeros((*per_model, 1) if per_model else (), self.network.dtype)
        self._scales.append((scale, size))
        ops: list[Op] = []
        for layer in range(len(layers.A) - 1, -1, -1):
            ops.append(product(layers.Ax[layer], delta.mT, self._G_layers[layer + 1]))
            back, delta = layers.back(layer, delta)
            ops += back
        return layers, delta_out, delta, scale, ops

    def _output_delta(
        self, layers: Layers, y: np.ndarray, delta: np.ndarray, scale: np.ndarray
    ) -> list[Op]:
        """The calls for delta = scale * dloss/dZ^L, all (..., k, batch)."""
        ops: list[Op] = []
        outputs = [each.activations[-1] for each in members(self.network)]
        pairs = zip(outputs, self._losses, strict=True)
        for models, (f, loss) in alike(self.network, pairs):
            A, D = layers.A_out[models], layers.D_out[models]
            ops += output_delta(f, loss, A, y[models], D, delta[models])
        return [*ops, partial(np.multiply, delta, scale, delta)]

    def _update(self) -> list[Op]:
        """The calls from the gradient in G to the new parameters."""
        P, G, scratch = self.network.parameters, self._G, self._scratch
        l1, l2 = self._decay
        ops: list[Op] = []
        if np.any(self._l1):
            ops += [
                partial(np.sign, P, scratch),
                partial(np.multiply, scratch, l1, scratch),
                partial(np.add, G, scratch, G),
            ]
        if np.any(self._l2):
            ops += [partial(np.multiply, P, l2, scratch), partial(np.add, G, scratch, G)]
        if self._clip is not None:
            ops.append(self._clip_gradient)
        if self.optimizer.name in _LINEAR:
            return [*ops, *self._linear_step()]
        return [*ops, *(self._adam_step() if self.optimizer.name in _ADAM else self._root_step())]

    def _clip_gradient(self) -> None:
        G = self._G.astype(np.float64)  # the squares of an exploded float32 gradient are inf
        norm = np.sqrt(np.vecdot(G, G))
        self._G *= np.where(norm > self._clip, self._clip / norm, 1)[..., None]

    def _linear_step(self) -> list[Op]:
        """SGD, momentum and Nesterov's: G is -learning_rate times the gradient, or becomes it."""
        P, G, scratch = self.network.parameters, self._G, self._scratch
        ops: list[Op] = []
        if self._clip is not None:
            ops.append(partial(np.multiply, G, self._rate, G))
        if self.optimizer.name == "sgd":
            return [*ops, partial(np.add, P, G, P)]
        v, momentum = self.state["velocity"], np.array(self.optimizer.settings["momentum"], P.dtype)
        ops += [partial(np.multiply, v, momentum, v), partial(np.add, v, G, v)]
        if self.optimizer.name == "momentum":
            return [*ops, partial(np.add, P, v, P)]
        return [
            *ops,
            partial(np.multiply, v, momentum, scratch),
            partial(np.add, scratch, G, scratch),
            partial(np.add, P, scratch, P),
        ]

    def _root_step(self) -> list[Op]:
        """RMSprop and Adagrad: the gradient over the root of its squares' mean or sum."""
        P, G, scratch = self.network.parameters, self._G, self._scratch
        number = {name: np.array(value, P.dtype) for name, value in self.optimizer.settings.items()}
        if self.optimizer.name == "rmsprop":
            v = self.state["mean_square"]
            ops = _running_mean(v, number["rho"], G, 1 - self.optimizer.settings["rho"], scratch)
        else:
            v = self.state["sum_square"]
            ops = [partial(np.multiply, G, G, scratch), partial(np.add, v, scratch, v)]
        return [
            *ops,
            partial(np.sqrt, v, scratch),
            partial(np.add, scratch, number["epsilon"], scratch),
            partial(np.divide, G, scratch, scratch),
            partial(np.multiply, scratch, self._rate, scratch),
            partial(np.add, P, scratch, P),
        ]

    def _adam_step(self) -> list[Op]:
        """Adam and AdamW, G being 1 - beta1 times the gradient.

        m^ / (sqrt(v^) + epsilon) with both corrections in two numbers: c = 1 / sqrt(1 - beta2^t),
        so it is m / (sqrt(v) + epsilon / c) times 1 / ((1 - beta1^t) c).
        """
        P, G, scratch = self.network.parameters, self._G, self._scratch
        m, v = self.state["first_moment"], self.state["second_moment"]
        settings = self.optimizer.settings
        beta1, beta2, _ = self._adam_numbers = [
            settings[name] for name in ("beta1", "beta2", "epsilon")
        ]
        ops: list[Op] = []
        if self._clip is not None:
            ops.append(partial(np.multiply, G, np.array(1 - beta1, P.dtype), G))
        ops += [
            partial(np.multiply, m, np.array(beta1, P.dtype), m),
            partial(np.add, m, G, m),
            *_running_mean(v, np.array(beta2, P.dtype), G, (1 - beta2) / (1 - beta1) ** 2, scratch),
            self._count_step,
            partial(np.sqrt, v, scratch),
            partial(np.add, scratch, self._step_epsilon, scratch),
            partial(np.divide, m, scratch, scratch),
            partial(np.multiply, scratch, self._step_scale, scratch),
        ]
        if self.optimizer.name == "adamw":  # G has done its work: it takes the decay
            ops += [
                partial(np.multiply, P, self._weight_decay, G),
                partial(np.add, scratch, G, scratch),
            ]
        return [*ops, partial(np.add, P, scratch, P)]

    def _count_step(self) -> None:
        """Adam's corrections for its start at zero, at step t."""
        self.state["t"] = t = self.state["t"] + 1
        beta1, beta2, epsilon = self._adam_numbers
        c = (1 - beta2**t) ** -0.5
        self._step_epsilon[...] = epsilon / c
        self._step_scale[...] = self._minus_rate / ((1 - beta1**t) * c)


def _per_model(numbers: float | Sequence[float] | np.ndarray) -> np.ndarray:
    """A number as it is, one for each model as a column (models, 1), in float64."""
    numbers = np.asarray(numbers, np.float64)
    return numbers[:, None] if numbers.ndim else numbers


def _running_mean(
    v: np.ndarray, rho: np.ndarray, G: np.ndarray, share: float, scratch: np.ndarray
) -> list[Op]:
    """The calls for v = rho v + share G^2."""
    return [
        partial(np.multiply, v, rho, v),
        partial(np.multiply, G, G, scratch),
        partial(np.multiply, scratch, np.array(share, G.dtype), scratch),
        partial(np.add, v, scratch, v),
    ]
