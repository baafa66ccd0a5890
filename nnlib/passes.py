"""One pass over a batch, prebuilt: buffers for every Z and A, and the calls that fill them.

Arrays are feature-major, (units, batch), and a row of ones lies below each A: it makes the bias a
row of the weights, so that Z = Wx' Ax is one product. A bound `W.dot` with its output given is
faster than np.matmul and lets other threads run.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import groupby, pairwise

import numpy as np

from nnlib.activations import Activation
from nnlib.network import MLP

Op = Callable[[], object]
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


def activate(f: Activation, Z: np.ndarray, A: np.ndarray) -> list[Op]:
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


def derive(
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


class Layers:
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
            ops += activate(f, Zs[layer], As[layer])
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
                ops += derive(f, Z, A, self._gates[rows], self._D[rows])
            else:
                layer = members[0]
                ops += derive(f, self.Z[layer], self.A[layer], self._gates, self.D[layer])
        return ops


class Forward:
    """The forward pass of a fixed X (n, m), prebuilt: run() fills Z and A of the output, (k, n).

    `hidden[l]` is A of hidden layer l + 1, (n_l, n). The buffers are reused by the next run.
    """

    def __init__(self, network: MLP, X: np.ndarray) -> None:
        X_ext = with_ones(X, network.dtype)
        layers = Layers(network, len(X_ext), training=False)
        self.hidden, self.Z, self.A = layers.A, layers.Z_out, layers.A_out
        self._ops = [partial(layers.Wx[0].T.dot, X_ext.T, layers.first_Z), *layers.forward]

    def run(self) -> np.ndarray:
        """A^L for the network's present parameters, (k, n)."""
        for op in self._ops:
            op()
        return self.A
