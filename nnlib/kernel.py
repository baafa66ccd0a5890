"""The hot loop: one optimiser step over prebuilt buffers.

It is the mathematics of network.py, recorded once. A tiny network's step is all call overhead, so
nothing is looked up, sliced or allocated in the loop. For each batch of an epoch a *tape* is
recorded: a list of calls without arguments (views and output buffers already bound) that do
forward (passes.py), backward and update in place. grad Wx = Ax delta' is one product, bias
included. With sgd, momentum and nesterov the factor -learning_rate rides on the output delta: the
gradient *is* the step, and a new rate changes one number.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from nnlib.activations import Activation
from nnlib.losses import Loss
from nnlib.network import MLP
from nnlib.optimizers import Optimizer
from nnlib.passes import Layers, Op, derive, layer_views, weight_mask, with_ones

_FOLDED = ("sgd", "momentum", "nesterov")  # steps that are linear in the gradient


class Kernel:
    """Training steps for one network on one data set; `network.parameters` changes in place.

    An epoch is `load(order)` and then `run(0, n_batches)`, or several runs of a part each.
    The gradient is that of the objective: mean loss + l2/2 sum W^2 + l1 sum |W| (no biases).
    """

    def __init__(
        self,
        network: MLP,
        X: np.ndarray,
        y: np.ndarray,
        loss: Loss,
        optimizer: Optimizer,
        *,
        batch_size: int,
        learning_rate: float,
        l1: float = 0.0,
        l2: float = 0.0,
        clip_norm: float | None = None,
        state: dict | None = None,
    ) -> None:
        network.check_loss(loss)
        expected = (len(X), network.sizes[0]), (len(X), network.sizes[-1])
        if (X.shape, y.shape) != expected:
            raise ValueError(
                f"X and y must have shapes {expected}. Got {X.shape} and {y.shape} instead."
            )
        self.network, self.loss, self.optimizer = network, loss, optimizer
        self.state = optimizer.init(network.parameters) if state is None else state
        if optimizer.name == "adamw":
            self.state["decay_mask"] = weight_mask(network)
        self._l1, self._l2, self._clip = l1, l2, clip_norm
        self._X, self._y = with_ones(X, network.dtype), np.array(y, network.dtype, order="C")
        self._X_epoch, self._y_epoch = self._X.copy(), self._y.copy()
        self._G = np.zeros_like(network.parameters)
        self._G_layers = layer_views(network, self._G)
        self._scratch = np.empty_like(self._G)
        self._mask = weight_mask(network)
        self._folded = optimizer.name in _FOLDED and clip_norm is None
        self._scales: list[tuple[np.ndarray, int]] = []  # of the output delta, per batch size
        self._rate, self._m_rate, self._v_correction = np.zeros((3, 1), network.dtype)
        self._weight_decay = np.zeros_like(self._G)
        self._decay = [np.zeros_like(self._G), np.zeros_like(self._G)]  # l1, l2 times mask
        update = self._update()
        size = min(batch_size, len(X))
        passes: dict[int, tuple] = {}
        self._tapes: list[list[Op]] = []
        for start in range(0, len(X), size):
            stop = min(start + size, len(X))
            if stop - start not in passes:
                passes[stop - start] = self._record_pass(stop - start)
            layers, delta_out, delta_in, scale, backward = passes[stop - start]
            X_b, y_b = self._X_epoch[start:stop].T, self._y_epoch[start:stop].T
            self._tapes.append(
                [
                    partial(layers.Wx[0].T.dot, X_b, layers.first_Z),
                    *layers.forward,
                    *self._output_delta(layers, y_b, delta_out, scale),
                    *backward,
                    partial(X_b.dot, delta_in.T, self._G_layers[0]),
                    *update,
                ]
            )
        self.set_rate(learning_rate)

    @property
    def n_batches(self) -> int:
        """Batches of an epoch; a partial last one counts."""
        return len(self._tapes)

    def set_rate(self, learning_rate: float) -> None:
        """Use another learning rate from the next step on."""
        self.learning_rate = learning_rate
        sign = -learning_rate if self._folded else 1.0
        self._rate[...] = -learning_rate
        for scale, size in self._scales:
            scale[...] = sign * (2 if self.loss.name == "squared" else 1) / size
        if self.optimizer.name == "adamw":
            decay = -learning_rate * self.optimizer.settings["weight_decay"]
            np.multiply(self._mask, decay, out=self._weight_decay)
        np.multiply(self._mask, sign * self._l1, out=self._decay[0])
        np.multiply(self._mask, sign * self._l2, out=self._decay[1])

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

    # ------------------------------------------------------------------ recording

    def _record_pass(self, size: int) -> tuple:
        """What batches of one size share: buffers, and backward from the output delta."""
        layers = Layers(self.network, size, training=True)
        delta = delta_out = np.empty_like(layers.Z_out)
        scale = np.zeros((), self.network.dtype)
        self._scales.append((scale, size))
        ops: list[Op] = [*layers.derive]
        for layer in range(len(layers.A) - 1, -1, -1):
            below = np.empty_like(layers.A[layer])
            ops += [
                partial(layers.Ax[layer].dot, delta.T, self._G_layers[layer + 1]),
                partial(layers.Wx[layer + 1][:-1].dot, delta, below),
                partial(np.multiply, below, layers.D[layer], out=below),
            ]
            delta = below
        return layers, delta_out, delta, scale, ops

    def _output_delta(
        self, layers: Layers, y: np.ndarray, delta: np.ndarray, scale: np.ndarray
    ) -> list[Op]:
        """The calls for delta = scale * dloss/dZ^L, all (k, batch); 2 of the square is in scale."""
        f, A, Z = self.network.activations[-1], layers.A_out, layers.Z_out
        if self.loss.name in ("nll", "softmax_nll"):  # sigmoid(z) - y, softmax(z) - y
            ops: list[Op] = [partial(np.subtract, A, y, out=delta)]
        elif self.loss.name == "squared" and f.name in ("linear", "tanh", "sigmoid"):
            ops = [partial(np.subtract, A, y, out=delta)]
            if f.name != "linear":
                D = np.empty_like(delta)
                ops += [*derive(f, Z, A, Z, D), partial(np.multiply, delta, D, out=delta)]
        else:
            half = 0.5 if self.loss.name == "squared" else 1.0
            ops = [partial(_delta_by_reference, f, self.loss, half, Z, A, y, delta)]
        return [*ops, partial(np.multiply, delta, scale, out=delta)]

    def _update(self) -> list[Op]:
        """The calls from the gradient in G to the new parameters."""
        P, G, scratch = self.network.parameters, self._G, self._scratch
        ops: list[Op] = []
        if self._l1:
            ops += [
                partial(np.sign, P, out=scratch),
                partial(np.multiply, scratch, self._decay[0], out=scratch),
                partial(np.add, G, scratch, out=G),
            ]
        if self._l2:
            ops += [
                partial(np.multiply, P, self._decay[1], out=scratch),
                partial(np.add, G, scratch, out=G),
            ]
        if self._clip is not None:
            ops.append(self._clip_gradient)
        if self.optimizer.name not in _FOLDED:
            return [*ops, *self._adaptive_step()]
        if not self._folded:
            ops.append(partial(np.multiply, G, self._rate, out=G))
        if self.optimizer.name == "sgd":
            return [*ops, partial(np.add, P, G, out=P)]
        v, momentum = self.state["velocity"], np.array(self.optimizer.settings["momentum"], P.dtype)
        ops += [partial(np.multiply, v, momentum, out=v), partial(np.add, v, G, out=v)]
        if self.optimizer.name == "momentum":
            return [*ops, partial(np.add, P, v, out=P)]
        return [
            *ops,
            partial(np.multiply, v, momentum, out=scratch),
            partial(np.add, scratch, G, out=scratch),
            partial(np.add, P, scratch, out=P),
        ]

    def _clip_gradient(self) -> None:
        G = self._G.astype(np.float64)  # the squares of an exploded float32 gradient are inf
        norm = float(G.dot(G)) ** 0.5
        if norm > self._clip:
            self._G *= self._clip / norm

    def _adaptive_step(self) -> list[Op]:
        """RMSprop, Adagrad, Adam and AdamW, in place: optimizers.py, call by call."""
        P, G, scratch = self.network.parameters, self._G, self._scratch
        number = {name: np.array(value, P.dtype) for name, value in self.optimizer.settings.items()}
        epsilon, one = number["epsilon"], np.array(1, P.dtype)
        if self.optimizer.name in ("adam", "adamw"):
            m, v = self.state["first_moment"], self.state["second_moment"]
            beta1, beta2 = number["beta1"], number["beta2"]
            ops: list[Op] = [
                partial(np.multiply, m, beta1, out=m),
                partial(np.multiply, G, one - beta1, out=scratch),
                partial(np.add, m, scratch, out=m),
                *_running_mean(v, G, beta2, scratch),
                self._count_step,
                partial(np.multiply, v, self._v_correction, out=scratch),
                partial(np.sqrt, scratch, out=scratch),
                partial(np.add, scratch, epsilon, out=scratch),
                partial(np.divide, m, scratch, out=scratch),
                partial(np.multiply, scratch, self._m_rate, out=scratch),
            ]
            if self.optimizer.name == "adamw":
                # G has done its work: it takes the decay.
                ops += [partial(np.multiply, P, self._weight_decay, out=G)]
                ops += [partial(np.add, P, G, out=P)]
            return [*ops, partial(np.add, P, scratch, out=P)]
        if self.optimizer.name == "rmsprop":
            v = self.state["mean_square"]
            ops = _running_mean(v, G, number["rho"], scratch)
        else:
            v = self.state["sum_square"]
            ops = [partial(np.multiply, G, G, out=scratch), partial(np.add, v, scratch, out=v)]
        return [
            *ops,
            partial(np.sqrt, v, out=scratch),
            partial(np.add, scratch, epsilon, out=scratch),
            partial(np.divide, G, scratch, out=scratch),
            partial(np.multiply, scratch, self._rate, out=scratch),
            partial(np.add, P, scratch, out=P),
        ]

    def _count_step(self) -> None:
        """Adam's corrections for its start at zero, at step t."""
        self.state["t"] = t = self.state["t"] + 1
        settings = self.optimizer.settings
        self._m_rate[...] = -self.learning_rate / (1 - settings["beta1"] ** t)
        self._v_correction[...] = 1 / (1 - settings["beta2"] ** t)


def _running_mean(v: np.ndarray, G: np.ndarray, rho: np.ndarray, scratch: np.ndarray) -> list[Op]:
    """The calls for v = rho v + (1 - rho) G^2."""
    return [
        partial(np.multiply, v, rho, out=v),
        partial(np.multiply, G, G, out=scratch),
        partial(np.multiply, scratch, np.array(1, rho.dtype) - rho, out=scratch),
        partial(np.add, v, scratch, out=v),
    ]


def _delta_by_reference(
    f: Activation,
    loss: Loss,
    factor: float,
    Z: np.ndarray,
    A: np.ndarray,
    y: np.ndarray,
    delta: np.ndarray,
) -> None:
    """The rarer pairs of output and loss: the reference functions, batch first."""
    if loss.on_logits:
        gradient = loss.gradient(Z.T, y.T)
    else:
        gradient = f.backward(Z.T, A.T, loss.gradient(A.T, y.T))
    np.multiply(gradient.T, factor, out=delta)
