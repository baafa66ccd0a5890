"""The hot loop: one optimiser step over prebuilt buffers.

It is the mathematics of network.py, recorded once. A tiny network's step is all call overhead, so
nothing is looked up, sliced or allocated in the loop. For each batch of an epoch a *tape* is
recorded: a list of calls without arguments (views and output buffers already bound) that do
forward, backward and update in place.

- Arrays are feature-major, (units, batch); a row of ones below each A makes the bias a row of
  the weights, so Z = Wx' Ax and grad Wx = Ax delta' are one product each.
- A bound `W.dot` with its output given is faster than np.matmul and lets other threads run.
- With sgd, momentum and nesterov the factor -learning_rate rides on the output delta: the
  gradient *is* the step, and a new rate changes one 0-d array.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import groupby, pairwise

import numpy as np

from nnlib.activations import Activation
from nnlib.losses import Loss
from nnlib.network import MLP
from nnlib.optimizers import Optimizer

Op = Callable[[], object]
_FOLDED = ("sgd", "momentum", "nesterov")  # steps that are linear in the gradient
_GATED = ("relu", "leaky_relu")  # f' needs the sign of Z, kept as booleans
_FROM_OUTPUT = ("linear", "tanh", "sigmoid", *_GATED)  # Z may be overwritten by A


def with_ones(X: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """(n, m) -> (n, m + 1): a last column of ones, which the bias row of Wx meets."""
    return np.concatenate([X, np.ones((len(X), 1))], axis=1).astype(dtype)


def layer_views(network: MLP, flat: np.ndarray) -> list[np.ndarray]:
    """Wx of each layer, (m + 1, n), W above b: views of a vector laid out like `parameters`."""
    views, start = [], 0
    for m, n in pairwise(network.sizes):
        views.append(flat[start : start + (m + 1) * n].reshape(m + 1, n))
        start += (m + 1) * n
    return views


def weight_mask(network: MLP) -> np.ndarray:
    """1 for every weight and 0 for every bias, laid out like `parameters`."""
    mask = np.ones_like(network.parameters)
    for layer in layer_views(network, mask):
        layer[-1] = 0
    return mask


# ----------------------------------------------------------------- activations in place


def _activate(f: Activation, Z: np.ndarray, A: np.ndarray) -> list[Op]:
    """The calls for A = f(Z) on (units, batch); A may be Z."""
    one = np.array(1, Z.dtype)
    if f.name == "linear":
        return [] if A is Z else [partial(np.copyto, A, Z)]
    if f.name == "tanh":
        return [partial(np.tanh, Z, out=A)]
    if f.name == "sigmoid":  # 1 / (1 + exp(-z)); exp overflows to inf, which gives 0
        return [
            partial(np.negative, Z, out=A),
            partial(np.exp, A, out=A),
            partial(np.add, A, one, out=A),
            partial(np.reciprocal, A, out=A),
        ]
    if f.name == "relu":
        return [partial(np.maximum, Z, np.zeros_like(Z), out=A)]
    if f.name == "softmax":
        row = np.empty((1, Z.shape[1]), Z.dtype)
        return [
            partial(np.maximum.reduce, Z, axis=0, out=row, keepdims=True),
            partial(np.subtract, Z, row, out=A),
            partial(np.exp, A, out=A),
            partial(np.add.reduce, A, axis=0, out=row, keepdims=True),
            partial(np.divide, A, row, out=A),
        ]
    return [lambda: np.copyto(A, f.forward(Z))]


def _derive(
    f: Activation, Z: np.ndarray, A: np.ndarray, gate: np.ndarray, D: np.ndarray
) -> list[Op]:
    """The calls for D = f'(Z); `gate` is Z >= 0 where f is gated."""
    one = np.array(1, D.dtype)
    if f.name == "linear":
        return [partial(D.fill, 1)]
    if f.name == "tanh":
        return [partial(np.multiply, A, A, out=D), partial(np.subtract, one, D, out=D)]
    if f.name == "sigmoid":
        return [partial(np.subtract, one, A, out=D), partial(np.multiply, D, A, out=D)]
    if f.name == "relu":
        return [partial(np.copyto, D, gate)]
    if f.name == "leaky_relu":
        slope = f.derivative(-one, -one)  # the same for every z < 0
        return [partial(np.copyto, D, slope), partial(np.copyto, D, one, where=gate)]
    return [lambda: np.copyto(D, f.derivative(Z, A))]


class _Layers:
    """The buffers of one pass over `size` columns and the calls that fill them.

    All hidden layers lie below each other in one block, so that the derivatives of adjacent
    layers with the same activation take one pair of calls.
    """

    def __init__(self, network: MLP, size: int, *, training: bool) -> None:
        dtype, hidden = network.dtype, network.sizes[1:-1]
        self.Wx = layer_views(network, network.parameters)
        starts = np.cumsum([0, *(n + 1 for n in hidden)])
        block = np.ones((starts[-1], size), dtype)
        self._gates = np.zeros(block.shape, bool)
        self._D = np.empty_like(block) if training else block
        self.Ax = [block[a:b] for a, b in pairwise(starts)]
        self.A = [Ax[:-1] for Ax in self.Ax]
        self.D = [self._D[a : b - 1] for a, b in pairwise(starts)]
        self.Z_out = np.empty((network.sizes[-1], size), dtype)
        self.A_out = np.empty_like(self.Z_out)
        self._block, self._starts = block, starts
        self.Z = [
            A if not training or f.name in _FROM_OUTPUT else np.empty_like(A)
            for A, f in zip(self.A, network.activations[:-1], strict=True)
        ]
        self.forward = self._forward(network, training)
        self.derive = self._derivatives(network) if training else []

    @property
    def first_Z(self) -> np.ndarray:
        """Where the product of the first layer goes; `forward` goes on from there."""
        return self.Z[0] if self.Z else self.Z_out

    def _forward(self, network: MLP, training: bool) -> list[Op]:
        ops: list[Op] = []
        Zs, As = [*self.Z, self.Z_out], [*self.A, self.A_out]
        zero = np.array(0, network.dtype)
        for layer, f in enumerate(network.activations):
            if layer:
                ops.append(partial(self.Wx[layer].T.dot, self.Ax[layer - 1], Zs[layer]))
            if training and layer < len(self.A) and f.name in _GATED:
                start = self._starts[layer]
                gate = self._gates[start : start + len(self.A[layer])]
                ops.append(partial(np.greater_equal, Zs[layer], zero, out=gate))
            ops += _activate(f, Zs[layer], As[layer])
        return ops

    def _derivatives(self, network: MLP) -> list[Op]:
        ops: list[Op] = []
        layers = enumerate(network.activations[:-1])
        for (_, together), group in groupby(
            layers, key=lambda item: (item[1], item[1].name in _FROM_OUTPUT or item[0])
        ):
            members = [layer for layer, _ in group]
            f = network.activations[members[0]]
            if together is True:
                rows = slice(self._starts[members[0]], self._starts[members[-1] + 1] - 1)
                Z = A = self._block[rows]
                ops += _derive(f, Z, A, self._gates[rows], self._D[rows])
            else:
                layer = members[0]
                ops += _derive(f, self.Z[layer], self.A[layer], self._gates, self.D[layer])
        return ops


class Forward:
    """The forward pass of a fixed X (n, m), prebuilt: run() fills Z and A of the output, (k, n).

    `hidden[l]` is A of hidden layer l + 1, (n_l, n). The buffers are reused by the next run.
    """

    def __init__(self, network: MLP, X: np.ndarray) -> None:
        X_ext = with_ones(X, network.dtype)
        layers = _Layers(network, len(X_ext), training=False)
        self.hidden, self.Z, self.A = layers.A, layers.Z_out, layers.A_out
        self._ops = [partial(layers.Wx[0].T.dot, X_ext.T, layers.first_Z), *layers.forward]

    def run(self) -> np.ndarray:
        """A^L for the network's present parameters, (k, n)."""
        for op in self._ops:
            op()
        return self.A


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
        momentum: float = 0.9,
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
        self._l1, self._l2, self._clip, self._momentum = l1, l2, clip_norm, momentum
        self._X, self._y = with_ones(X, network.dtype), np.array(y, network.dtype, order="C")
        self._X_epoch, self._y_epoch = self._X.copy(), self._y.copy()
        self._G = np.zeros_like(network.parameters)
        self._G_layers = layer_views(network, self._G)
        self._scratch = np.empty_like(self._G)
        self._mask = weight_mask(network)
        self._folded = optimizer.name in _FOLDED and clip_norm is None
        self._scales: list[tuple[np.ndarray, int]] = []  # of the output delta, per batch size
        self._rate = np.zeros((), network.dtype)
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
        layers = _Layers(self.network, size, training=True)
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
        self, layers: _Layers, y: np.ndarray, delta: np.ndarray, scale: np.ndarray
    ) -> list[Op]:
        """The calls for delta = scale * dloss/dZ^L, all (k, batch); 2 of the square is in scale."""
        f, A, Z = self.network.activations[-1], layers.A_out, layers.Z_out
        if self.loss.name in ("nll", "softmax_nll"):  # sigmoid(z) - y, softmax(z) - y
            ops: list[Op] = [partial(np.subtract, A, y, out=delta)]
        elif self.loss.name == "squared" and f.name in ("linear", "tanh", "sigmoid"):
            ops = [partial(np.subtract, A, y, out=delta)]
            if f.name != "linear":
                D = np.empty_like(delta)
                ops += [*_derive(f, Z, A, Z, D), partial(np.multiply, delta, D, out=delta)]
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
            return [*ops, self._adaptive_step]
        if not self._folded:
            ops.append(partial(np.multiply, G, self._rate, out=G))
        if self.optimizer.name == "sgd":
            return [*ops, partial(np.add, P, G, out=P)]
        v, momentum = self.state["velocity"], np.array(self._momentum, P.dtype)
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

    def _adaptive_step(self) -> None:
        P = self.network.parameters
        P += self.optimizer.update(self._G, self.state, P, self.learning_rate)


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
