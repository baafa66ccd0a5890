"""Softmax: every output depends on the whole row."""

from __future__ import annotations

from functools import partial

import numpy as np

from nnlib.activations.entry import Activation, InPlace
from nnlib.basics.ops import Op, below_the_largest, ones, product


def softmax(Z: np.ndarray) -> np.ndarray:
    """exp(Z_j) / sum_k exp(Z_k) along the last axis: rows in (0, 1) that sum to 1.

    A row's maximum is taken off first: the result is the same and no exponential overflows.
    """
    e = np.exp(Z - Z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_jacobian(A: np.ndarray) -> np.ndarray:
    """The Jacobian of softmax for every row: dA_i/dZ_j = A_i (1[i = j] - A_j).

    Parameters
    ----------
    A : (n, k), outputs of softmax

    Returns
    -------
    (n, k, k), symmetric in its last two axes.
    """
    identity = np.eye(A.shape[-1], dtype=A.dtype)
    return A[..., :, None] * (identity - A[..., None, :])


def _backward(Z: np.ndarray, A: np.ndarray, grad_A: np.ndarray) -> np.ndarray:
    # (diag(A) - A A') grad_A for each row, multiplied out so that no k x k matrix is built.
    return A * (grad_A - (grad_A * A).sum(axis=-1, keepdims=True))


def _activate(Z: np.ndarray, A: np.ndarray, scratch: list[np.ndarray]) -> list[Op]:
    # exp(z_j - max z) / sum_k
    total = np.empty_like(Z)
    return [
        *below_the_largest(Z, A),
        partial(np.exp, A, A),
        product(ones(A, A.shape[-2]), A, total),
        partial(np.divide, A, total, A),
    ]


def _back(A: np.ndarray, delta: np.ndarray) -> list[Op]:
    # the Jacobian, multiplied out: a (g - sum g a)
    weighted, total = np.empty_like(A), np.empty_like(A)
    return [
        partial(np.multiply, delta, A, weighted),
        product(ones(A, A.shape[-2]), weighted, total),
        partial(np.subtract, delta, total, delta),
        partial(np.multiply, delta, A, delta),
    ]


ENTRIES = (
    Activation(
        name="softmax",
        title="softmax",
        forward=softmax,
        backward=_backward,
        derivative=None,
        in_place=InPlace(_activate, derive=None, back=_back),
        formula=r"a_i = \frac{e^{z_i}}{\sum_k e^{z_k}}",
        derivative_formula=r"\frac{\partial a_i}{\partial z_j} = a_i\,(\delta_{ij} - a_j)",
        note="The output for several classes: probabilities that sum to 1. It mixes the whole "
        "layer.",
        source="Bridle (1990)",
        does="sends every point to the simplex: all coordinates positive, their sum 1",
        probability=True,
    ),
)
