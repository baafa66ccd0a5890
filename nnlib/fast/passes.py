"""One pass over a batch, prebuilt: buffers for every Z and A, and the calls that fill them.

Arrays are feature-major, (units, batch), and a row of ones lies below each A: it makes the bias a
row of the weights, so that Z = Wx' Ax is one product. The same code serves one network and many
of one shape: with `Networks` every array has a leading axis of models.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby, pairwise
from types import EllipsisType
from typing import TypeVar

import numpy as np

from nnlib.activations import Activation
from nnlib.basics.ops import Op, product
from nnlib.network import MLP

T = TypeVar("T")
Models = slice | EllipsisType  # an index into the models' axis; ... where there is none


class Networks:
    """Networks of one shape, side by side: the rows of `parameters` (models, p) are copies."""

    def __init__(self, members: Sequence[MLP]) -> None:
        self.members = list(members)
        self.sizes, self.dtype = members[0].sizes, members[0].dtype
        if any((each.sizes, each.dtype) != (self.sizes, self.dtype) for each in members):
            raise ValueError("networks that train together must have the same sizes and dtype")
        self.parameters = np.stack([each.parameters for each in members])


def members(network: MLP | Networks) -> list[MLP]:
    """The networks that an array's leading axis counts; one without such an axis."""
    return network.members if isinstance(network, Networks) else [network]


def alike(network: MLP | Networks, values: Iterable[T]) -> Iterator[tuple[Models, T]]:
    """(index into the models' axis, value) for neighbours with the same value (one per model).

    For a single network the index is `...`, which leaves an array as it is.
    """
    start = 0
    for value, group in groupby(values):
        stop = start + len(list(group))
        yield (slice(start, stop) if isinstance(network, Networks) else ...), value
        start = stop


def with_ones(X: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """(..., n, m) -> (..., n, m + 1): a last column of ones, which the bias row of Wx meets."""
    return np.concatenate([X, np.ones((*X.shape[:-1], 1))], axis=-1).astype(dtype)


def layer_views(network: MLP | Networks, flat: np.ndarray) -> list[np.ndarray]:
    """Wx of each layer, (..., m + 1, n), W above b: views of an array like `parameters`."""
    views, start = [], 0
    for m, n in pairwise(network.sizes):
        layer = flat[..., start : start + (m + 1) * n]
        views.append(layer.reshape(*layer.shape[:-1], m + 1, n))
        start += (m + 1) * n
    return views


def weight_mask(network: MLP | Networks) -> np.ndarray:
    """1 for every weight and 0 for every bias, laid out like `parameters`."""
    mask = np.ones_like(network.parameters)
    for layer in layer_views(network, mask):
        layer[..., -1, :] = 0
    return mask


class Planes:
    """A buffer for every layer: its units' rows (..., n, size) and, but for the output, ones below.

    A single network's planes lie below each other in one block: one call can go over the units of
    adjacent layers. Many networks have planes of their own, and a call for some of the models
    takes theirs whole, ones included: where memory is contiguous a small call takes half the time.
    """

    def __init__(self, network: MLP | Networks, size: int) -> None:
        *hidden, k = network.sizes[1:]
        rows = [*(n + 1 for n in hidden), k]
        self._starts = np.cumsum([0, *rows]).tolist()
        self._block = None
        if isinstance(network, Networks):
            models = len(network.members)
            self.planes = [np.ones((models, n, size), network.dtype) for n in rows]
        else:
            self._block = np.ones((self._starts[-1], size), network.dtype)
            self.planes = [self._block[a:b] for a, b in pairwise(self._starts)]

    def units(self, layer: int) -> np.ndarray:
        """A layer's rows without the ones, (..., n, size)."""
        plane = self.planes[layer]
        return plane if layer == len(self.planes) - 1 else plane[..., :-1, :]

    def elements(self, first: int, last: int, models: Models) -> np.ndarray:
        """Layers first ... last in one piece; several layers of a single network only."""
        if self._block is None:
            return self.planes[first][models]
        ones = last < len(self.planes) - 1
        return self._block[self._starts[first] : self._starts[last + 1] - ones]


class Layers:
    """The buffers of one pass over `size` columns and the calls that fill them.

    In training Z is overwritten by A wherever f' can do without it. `derives_output` says for
    each model whether f' of the output is wanted.
    """

    def __init__(
        self,
        network: MLP | Networks,
        size: int,
        *,
        training: bool = False,
        derives_output: Sequence[bool] = (),
    ) -> None:
        self._network = network
        self._activations = [each.activations for each in members(network)]
        self._last = last = len(network.sizes) - 2
        self.Wx = layer_views(network, network.parameters)
        self._A = Planes(network, size)
        self._kept = Planes(network, size) if training else self._A
        self._D = Planes(network, size) if training else self._A
        self.Ax, self.A_out = self._A.planes[:last], self._A.units(last)
        self.A = [self._A.units(layer) for layer in range(last)]
        self.Z = [self._planes_of_Z(layer).units(layer) for layer in range(last + 1)]
        if not training and not self._is_linear(last):
            self.Z[last] = np.empty_like(self.A_out)  # to be looked at, too
        self.D_out = self._D.units(last)
        self._scratch = [self._scratch_of(layer) for layer in range(last + 1)]
        # From Z of the first layer to Z of the output, and from there to A of the output.
        self.forward: list[Op] = []
        for layer in range(last):
            into_next = product(self.Wx[layer + 1].mT, self.Ax[layer], self.Z[layer + 1])
            self.forward += [*self._activate(layer), into_next]
        self.output = self._activate(last)
        self.derive = self._derivatives(derives_output) if training else []

    @property
    def Z_out(self) -> np.ndarray:
        """Z^L, (..., k, size); the same array as A_out where the output is linear."""
        return self.Z[-1]

    def back(self, layer: int, delta: np.ndarray) -> tuple[list[Op], np.ndarray]:
        """The calls from dloss/dZ of the layer above to that of a hidden layer; and that one."""
        D = self._D.elements(layer, layer, ...)
        whole = np.empty_like(D)
        stacked = isinstance(self._network, Networks)
        Wx = self.Wx[layer + 1]
        ops = [product(Wx if stacked else Wx[:-1], delta, whole)]
        if not self._is_linear(layer) or self._killed(layer, self._D):
            ops.append(partial(np.multiply, whole, D, whole))
        return ops, whole[..., :-1, :] if stacked else whole

    def _is_linear(self, layer: int) -> bool:
        return all(each[layer].is_identity for each in self._activations)

    def _planes_of_Z(self, layer: int) -> Planes:
        keeps = any(each[layer].in_place.derive_from == "Z" for each in self._activations)
        return self._kept if keeps else self._A

    def _scratch_of(self, layer: int) -> list[np.ndarray]:
        wanted = max(each[layer].in_place.scratch for each in self._activations)
        return [np.empty_like(self._A.elements(layer, layer, ...)) for _ in range(wanted)]

    def _activate(self, layer: int) -> list[Op]:
        ops: list[Op] = []
        for models, f in alike(self._network, [each[layer] for each in self._activations]):
            A = self._A.elements(layer, layer, models)
            if layer == self._last:
                Z = A if self.Z_out is self.A_out else self.Z_out[models]
            else:
                planes = self._planes_of_Z(layer)
                Z = A if planes is self._A else planes.elements(layer, layer, models)
            ops += f.in_place.activate(Z, A, _used(self._scratch[layer], f, models))
            if isinstance(self._network, Networks) and layer < self._last:
                ops += _ones_again(f, self.Ax[layer][models])
        return ops + self._killed(layer, self._A)

    def _killed(self, layer: int, planes: Planes) -> list[Op]:
        """The calls that hold the killed units of a hidden layer at 0."""
        units = planes.units(layer)
        return [
            partial((units[model, unit] if units.ndim == 3 else units[unit]).fill, 0)
            for model, network in enumerate(members(self._network))
            for unit in network.killed_in(layer + 1)
        ]

    def _derivatives(self, derives_output: Sequence[bool]) -> list[Op]:
        ops: list[Op] = []
        wanted = zip(self._activations, derives_output, strict=True)
        for models, functions in alike(
            self._network, [each[: len(each) - (not output)] for each, output in wanted]
        ):
            for first, last, f in self._adjacent(functions):
                derive = f.in_place.derive
                assert derive is not None  # a function that mixes its units is never asked
                ops += derive(
                    self._kept.elements(first, last, models),
                    self._A.elements(first, last, models),
                    self._D.elements(first, last, models),
                    _used(self._scratch[first], f, models),
                )
        for layer in range(self._last):
            ops += self._killed(layer, self._D)
        return ops

    def _adjacent(self, functions: Sequence[Activation]) -> Iterator[tuple[int, int, Activation]]:
        """(first layer, last layer, f) of neighbours whose f' takes one set of calls."""
        start = 0
        for f, group in groupby(functions):
            stop = start + len(list(group))
            if f.in_place.derive_from == "scratch" or isinstance(self._network, Networks):
                yield from ((layer, layer, f) for layer in range(start, stop))
            else:
                yield start, stop - 1, f
            start = stop


def _used(scratch: list[np.ndarray], f: Activation, models: Models) -> list[np.ndarray]:
    return [buffer[models] for buffer in scratch[: f.in_place.scratch]]


def _ones_again(f: Activation, Ax: np.ndarray) -> list[Op]:
    """Calls over whole planes have put f(1) into the rows of ones."""
    one = np.ones((1, 1), Ax.dtype)
    return [] if f.forward(one) == one else [partial(Ax[..., -1, :].fill, 1)]


class Forward:
    """The forward pass of a fixed X (..., n, m), prebuilt: run() fills Z and A of the output.

    `Z` and `A` are (..., k, n), `hidden[l]` is A of hidden layer l + 1, (..., n_l, n). The
    buffers are reused by the next run. `Xx`, (..., m + 1, n), is X and a row of ones: overwritten,
    the next run is of other points.
    """

    def __init__(self, network: MLP | Networks, X: np.ndarray) -> None:
        self.Xx = np.ascontiguousarray(with_ones(X, network.dtype).mT)
        layers = Layers(network, X.shape[-2])
        self.hidden, self.Z, self.A = layers.A, layers.Z_out, layers.A_out
        first = product(layers.Wx[0].mT, self.Xx, layers.Z[0])
        # The calls that fill Z, and those that fill A from there.
        self.logits, self.output = [first, *layers.forward], layers.output
        self._ops = [*self.logits, *self.output]

    def run(self) -> np.ndarray:
        """A^L for the present parameters, (..., k, n)."""
        for op in self._ops:
            op()
        return self.A
