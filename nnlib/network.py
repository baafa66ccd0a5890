"""A fully connected network, written as the lecture writes it: the clear code, the reference.

Training does not run this code but the kernel (nnlib/fast), which does the same sums in place;
test_every_optimizer_with_every_loss and its neighbours (tests/nnlib/fast/test_kernel.py) prove that
both end at the same parameters.

Forward  A^0 = X;  Z^l = A^(l-1) W^l + b^l;  A^l = f^l(Z^l).
Backward dloss/dZ^l = f^l'(Z^l) * (dloss/dZ^(l+1) W^(l+1)');  dloss/dW^l = A^(l-1)' dloss/dZ^l.
The batch axis comes first, so everything is the transpose of the lecture's column vectors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import DTypeLike

from nnlib.activations import Activation, activation
from nnlib.initializers import INITIALIZERS, Stream
from nnlib.losses import Loss
from nnlib.losses import loss as loss_by_name


@dataclass(frozen=True)
class Trace:
    """All values of one forward pass: A[0] = X ... A[L]; Z[0] is None, Z[1] ... Z[L]."""

    A: list[np.ndarray]
    Z: list[np.ndarray]


class MLP:
    """L layers of weights W^l (m^l, n^l), inputs by outputs, and biases b^l (n^l,).

    `sizes` is (m, n1, ..., nL); `activations` one name (or Activation) per layer, the last the
    output's. All parameters live in one flat vector, layer by layer, W^l row by row and then
    b^l; `weights[l-1]` and `biases[l-1]` are views into it. Each unit's weights come from a
    random stream of its own, so a wider layer keeps the units that it had. `killed` holds
    (layer, unit), both from 1, of the hidden units whose output is held at 0.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activations: Sequence[str | Activation],
        *,
        initializer: str = "xavier_uniform",
        rng: Stream,
        dtype: DTypeLike = np.float32,
    ) -> None:
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError(f"sizes: two or more whole numbers >= 1. Got {tuple(sizes)} instead.")
        if len(activations) != len(sizes) - 1:
            raise ValueError(
                f"activations: one per layer, so {len(sizes) - 1}. Got {len(activations)} instead."
            )
        if initializer not in INITIALIZERS:
            raise ValueError(
                f"initializer: one of {', '.join(INITIALIZERS)}. Got {initializer!r} instead."
            )
        self.sizes = tuple(int(size) for size in sizes)
        self.activations = tuple(activation(f) if isinstance(f, str) else f for f in activations)
        if any(f.mixes for f in self.activations[:-1]):
            raise ValueError("softmax mixes a whole layer: it belongs to the output layer only")
        self.killed: frozenset[tuple[int, int]] = frozenset()
        self.dtype = np.dtype(dtype)
        shapes = list(pairwise(self.sizes))
        self.parameters = np.empty(sum((m + 1) * n for m, n in shapes), self.dtype)
        self.weights: list[np.ndarray] = []
        self.biases: list[np.ndarray] = []
        start = 0
        for m, n in shapes:
            self.weights.append(self.parameters[start : start + m * n].reshape(m, n))
            self.biases.append(self.parameters[start + m * n : start + (m + 1) * n])
            start += (m + 1) * n
        init = INITIALIZERS[initializer]
        streams = rng.spawn(len(shapes))
        for W, b, (m, n), stream in zip(self.weights, self.biases, shapes, streams, strict=True):
            W[:] = init.weights(m, n, stream)
            b[:] = init.bias

    def copy(self) -> MLP:
        """The same network with parameters of its own: what training changes stays out of it."""
        return self.astype(self.dtype)

    def astype(self, dtype: DTypeLike) -> MLP:
        """A copy that computes in another dtype, killed units included."""
        rng = np.random.default_rng(0)
        other = MLP(self.sizes, self.activations, initializer="zeros", rng=rng, dtype=dtype)
        other.parameters[:], other.killed = self.parameters, self.killed
        return other

    @property
    def depth(self) -> int:
        """L, the number of layers of weights."""
        return len(self.weights)

    def forward(self, X: np.ndarray) -> Trace:
        """Every Z and A for X of shape (n, m)."""
        X = np.asarray(X, dtype=self.dtype)
        if X.ndim != 2 or X.shape[1] != self.sizes[0]:
            raise ValueError(f"X must have shape (n, {self.sizes[0]}). Got {X.shape} instead.")
        A: list[np.ndarray] = [X]
        Z: list[np.ndarray] = [None]  # type: ignore[list-item]  # there only so that Z[l] is Z^l
        for W, b, f in zip(self.weights, self.biases, self.activations, strict=True):
            Z.append(A[-1] @ W + b)
            A.append(f.forward(Z[-1]))
            if self.killed:
                A[-1][:, self.killed_in(len(A) - 1)] = 0
        return Trace(A, Z)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """A[L], the guess, of shape (n, nL)."""
        return self.forward(X).A[-1]

    def loss_and_gradient(
        self, X: np.ndarray, y: np.ndarray, loss: str | Loss
    ) -> tuple[float, np.ndarray]:
        """Mean loss over the rows and its gradient in the layout of `parameters`.

        X : (n, m), what the network sees
        y : (n, k), k = nL: numbers for a regression; 0 or 1 in one column for "nll" and "hinge";
            one-hot for "softmax_nll"
        """
        loss = self.check_loss(loss)
        trace = self.forward(X)
        y = np.asarray(y, dtype=self.dtype)
        prediction = trace.Z[-1] if loss.on_logits else trace.A[-1]
        gradient = np.empty_like(self.parameters)
        end = gradient.size
        for layer, grad_Z in self._backward(trace, y, loss, len(y)):
            grad_W = trace.A[layer - 1].T @ grad_Z
            grad_b = grad_Z.sum(axis=0)
            start = end - grad_W.size - grad_b.size
            gradient[start : start + grad_W.size] = grad_W.ravel()
            gradient[start + grad_W.size : end] = grad_b
            end = start
        return loss.value(prediction, y), gradient

    def input_gradient(self, X: np.ndarray, y: np.ndarray, loss: str | Loss) -> np.ndarray:
        """dloss/dX, like X: row i is the gradient of row i's own loss."""
        loss = self.check_loss(loss)
        trace = self.forward(X)
        y = np.asarray(y, dtype=self.dtype)
        *_, (_, grad_Z) = self._backward(trace, y, loss, 1)
        return grad_Z @ self.weights[0].T

    def _backward(
        self, trace: Trace, y: np.ndarray, loss: Loss, divisor: int
    ) -> Iterator[tuple[int, np.ndarray]]:
        """From the last layer to the first: (l, dloss/dZ^l / divisor)."""
        Z, A, f = trace.Z[-1], trace.A[-1], self.activations[-1]
        if loss.on_logits:
            grad_Z = loss.gradient(Z, y) / divisor
        else:
            grad_Z = f.backward(Z, A, loss.gradient(A, y) / divisor)
        for layer in range(self.depth, 0, -1):
            yield layer, grad_Z
            if layer > 1:
                grad_A = grad_Z @ self.weights[layer - 1].T
                if self.killed:
                    grad_A[:, self.killed_in(layer - 1)] = 0
                grad_Z = self.activations[layer - 2].backward(
                    trace.Z[layer - 1], trace.A[layer - 1], grad_A
                )

    def killed_in(self, layer: int) -> list[int]:
        """Columns of A[layer] that are held at 0."""
        return sorted(unit - 1 for at, unit in self.killed if at == layer)

    def check_loss(self, loss: str | Loss) -> Loss:
        """The loss itself; ValueError where it needs another output than this network has."""
        loss = loss_by_name(loss) if isinstance(loss, str) else loss
        output = self.activations[-1].name
        if loss.output not in (None, output):
            raise ValueError(
                f"loss {loss.name!r} needs output {loss.output!r}. Got {output!r} instead."
            )
        return loss
