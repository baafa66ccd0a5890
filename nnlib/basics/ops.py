"""Calls without arguments: what the hot loop is made of, and the ones that several entries share.

A tiny network's step is all call overhead: nothing may be allocated, looked up or checked in it.
So the kernel's form of a function *records*: it returns calls, inputs and outputs already bound,
that compute the same numbers in place. Arrays are feature-major, (..., units, batch); a leading
axis of models is fine.

`out` is given by position: keywords cost a third of a small call's time. (np.maximum and
np.minimum insist on the keyword.)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

Op = Callable[[], object]

_MANY = 16_000  # elements of a product from which on np.matmul is the faster one
_FEW = 4  # units whose maximum is found one by one
_LARGE = 300_000  # elements from which on one row of zeros, read again and again, beats a block


def number(x: float, like: np.ndarray) -> np.ndarray:
    """A constant as an array without axes: a Python number costs 0.5 us more in each call."""
    return np.array(x, like.dtype)


def zeros_for(Z: np.ndarray) -> np.ndarray:
    """Zeros to compare Z with; np.maximum with a scalar is slower."""
    return np.zeros(Z.shape[-1:] if Z.size >= _LARGE else Z.shape, Z.dtype)


def product(A: np.ndarray, B: np.ndarray, out: np.ndarray) -> Op:
    """The call for out = A B in the last two axes.

    For small matrices of one model the bound `dot`: it takes half of np.matmul's time, and it lets
    other threads run. Large ones, where both do, np.matmul computes without clearing `out` first.
    """
    if out.ndim == 2 and out.size < _MANY:
        return partial(A.dot, B, out)
    if out.ndim > 2 and A.shape[-1] == 1:
        return partial(np.multiply, A, B, out)
    return partial(np.matmul, A, B, out)


def ones(A: np.ndarray, rows: int) -> np.ndarray:
    """(rows, k): the product with A (..., k, n) has the sum over the units in each row.

    A product is faster than a reduction or a broadcast over so few units.
    """
    return np.ones((rows, A.shape[-2]), A.dtype)


def row(Z: np.ndarray) -> np.ndarray:
    """(..., k, n) -> a buffer (..., 1, n)."""
    return np.empty((*Z.shape[:-2], 1, Z.shape[-1]), Z.dtype)


def below_the_largest(Z: np.ndarray, out: np.ndarray) -> list[Op]:
    """The calls for out = Z - max over the units. `out` may be Z."""
    k, top, tops = Z.shape[-2], row(Z), np.empty_like(Z)
    if 1 < k <= _FEW:
        rows = [Z[..., i : i + 1, :] for i in range(k)]
        pairs = zip([rows[0]] + [top] * (k - 2), rows[1:], strict=True)
        largest: list[Op] = [partial(np.maximum, one, other, out=top) for one, other in pairs]
    else:
        largest = [partial(np.maximum.reduce, Z, -2, None, top, True)]
    column = np.ones((*Z.shape[:-2], k, 1), Z.dtype)
    return [*largest, product(column, top, tops), partial(np.subtract, Z, tops, out)]


def sigmoid_of(Z: np.ndarray, A: np.ndarray) -> list[Op]:
    """The calls for A = 1 / (1 + exp(-Z))."""
    # exp overflows to inf, which gives the right 0
    return [partial(np.negative, Z, A), *sigmoid_of_minus(A)]


def sigmoid_of_minus(A: np.ndarray) -> list[Op]:
    """The calls for A = 1 / (1 + exp(A))."""
    one = number(1, A)
    return [partial(np.exp, A, A), partial(np.add, A, one, A), partial(np.reciprocal, A, A)]


def softplus_of(Z: np.ndarray, A: np.ndarray, tail: np.ndarray) -> list[Op]:
    """The calls for A = max(Z, 0) + log1p(exp(-|Z|)), with `tail` as scratch."""
    return [
        partial(np.absolute, Z, tail),
        partial(np.negative, tail, tail),
        partial(np.exp, tail, tail),
        partial(np.log1p, tail, tail),
        partial(np.maximum, Z, zeros_for(Z), out=A),
        partial(np.add, A, tail, A),
    ]
