"""The functions of activations.py and losses.py once more, as calls into given buffers.

A tiny network's step is all call overhead: nothing may be allocated, looked up or checked in it.
So every function here *records*: it returns calls without arguments, inputs and outputs already
bound, that compute the same numbers in place. Arrays are feature-major, (..., units, batch); a
leading axis of models is fine. The formulas' sources stand in activations.py and losses.py.

`out` is given by position: keywords cost a third of a small call's time. (np.maximum and
np.minimum insist on the keyword.)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from nnlib.activations import GELU_CUBIC, GELU_SLOPE, Activation
from nnlib.losses import Loss

Op = Callable[[], object]

# f' of whole blocks of layers at once: from Z, or from A alone (so that A may overwrite Z).
FROM_Z = ("relu", "leaky_relu", "sine")
FROM_A = ("linear", "tanh", "sigmoid", "softplus", "elu", "selu")
# f' of one layer, with what f left in its scratch.
FROM_SCRATCH = ("silu", "gelu")
_SCRATCH = {"softplus": 1, "elu": 1, "selu": 1, "leaky_relu": 1, "silu": 1, "gelu": 2}
_MANY = 16_000  # elements of a product from which on np.matmul is the faster one
_FEW = 4  # units whose maximum is found one by one
_LARGE = 300_000  # elements from which on one row of zeros, read again and again, beats a block


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


def scratch_count(f: Activation) -> int:
    """How many buffers like Z `activate` wants for f; where f is in FROM_SCRATCH they stay."""
    return _SCRATCH.get(f.name, 0)


# ----------------------------------------------------------------- activations


def activate(f: Activation, Z: np.ndarray, A: np.ndarray, scratch: list[np.ndarray]) -> list[Op]:
    """The calls for A = f(Z). A may be Z itself (unless `derive` needs Z: FROM_Z)."""
    number = partial(np.array, dtype=Z.dtype)
    match f.name:
        case "linear":
            return [] if A is Z else [partial(np.copyto, A, Z)]
        case "tanh":
            return [partial(np.tanh, Z, A)]
        case "sine":
            return [partial(np.sin, Z, A)]
        case "sigmoid":
            return _sigmoid(Z, A)
        case "relu":
            return [partial(np.maximum, Z, zeros_for(Z), out=A)]
        case "leaky_relu":  # the larger of z and slope z, as long as slope <= 1
            (line,), slope = scratch, f.settings["slope"]
            larger = np.maximum if slope <= 1 else np.minimum
            return [partial(np.multiply, Z, number(slope), line), partial(larger, Z, line, out=A)]
        case "elu" | "selu":  # scale max(z, 0) + scale alpha expm1(min(z, 0))
            (below,), zeros = scratch, zeros_for(Z)
            scale, limit = _scale_and_limit(f)
            return [
                partial(np.minimum, Z, zeros, out=below),
                partial(np.expm1, below, below),
                partial(np.multiply, below, number(limit), below),
                partial(np.maximum, Z, zeros, out=A),
                *([partial(np.multiply, A, number(scale), A)] if scale != 1 else []),
                partial(np.add, A, below, A),
            ]
        case "softplus":
            return _softplus(Z, A, scratch[0])
        case "silu":  # z sigmoid(z)
            (gate,) = scratch
            return [*_sigmoid(Z, gate), partial(np.multiply, Z, gate, A)]
        case "gelu":  # z sigmoid(2 u), -2 u = z p, p = -2 slope (1 + cubic z^2), z within +-15
            gate, p = scratch
            return [
                partial(np.minimum, Z, number(15), out=gate),
                partial(np.maximum, gate, number(-15), out=gate),
                partial(np.multiply, gate, gate, p),
                partial(np.multiply, p, number(-2 * GELU_SLOPE * GELU_CUBIC), p),
                partial(np.add, p, number(-2 * GELU_SLOPE), p),
                partial(np.multiply, gate, p, gate),
                *_sigmoid_of_minus(gate),
                partial(np.multiply, Z, gate, A),
            ]
        case "softmax":  # exp(z_j - max z) / sum_k
            total = np.empty_like(Z)
            return [
                *_below_the_largest(Z, A),
                partial(np.exp, A, A),
                product(_ones(A, A.shape[-2]), A, total),
                partial(np.divide, A, total, A),
            ]
    raise NotImplementedError(f"activation {f.name!r} has no in-place form")


def derive(
    f: Activation, Z: np.ndarray, A: np.ndarray, D: np.ndarray, scratch: list[np.ndarray]
) -> list[Op]:
    """The calls for D = f'(Z), from Z or A or scratch as FROM_Z, FROM_A, FROM_SCRATCH say."""
    number = partial(np.array, dtype=D.dtype)
    one = number(1)
    match f.name:
        case "linear":
            D.fill(1)  # once and for all
            return []
        case "tanh":
            return [partial(np.multiply, A, A, D), partial(np.subtract, one, D, D)]
        case "sine":
            return [partial(np.cos, Z, D)]
        case "sigmoid":
            return [partial(np.subtract, one, A, D), partial(np.multiply, D, A, D)]
        case "relu":
            gate = np.empty(Z.shape, bool)
            return [partial(np.greater_equal, Z, number(0), gate), partial(np.copyto, D, gate)]
        case "leaky_relu":
            gate, slope = np.empty(Z.shape, bool), number(f.settings["slope"])
            return [
                partial(np.greater_equal, Z, number(0), gate),
                partial(np.copyto, D, slope),
                partial(np.putmask, D, gate, one),
            ]
        case "elu" | "selu":  # scale from z = 0 on; below, scale alpha e^z = a + scale alpha
            scale, limit = _scale_and_limit(f)
            ops: list[Op] = [
                partial(np.minimum, A, zeros_for(A), out=D),
                partial(np.add, D, number(limit), D),
            ]
            if scale != limit:
                gate = np.empty(A.shape, bool)
                ops += [
                    partial(np.greater_equal, A, number(0), gate),
                    partial(np.putmask, D, gate, number(scale)),
                ]
            return ops
        case "softplus":  # sigmoid(z) = 1 - e^-a
            return [
                partial(np.negative, A, D),
                partial(np.expm1, D, D),
                partial(np.negative, D, D),
            ]
        case "silu":
            (gate,) = scratch
            return [
                partial(np.subtract, one, gate, D),
                partial(np.multiply, D, A, D),
                partial(np.add, D, gate, D),
            ]
        case "gelu":  # gate + a (1 - gate) 2 u', 2 u' = 2 slope (1 + 3 cubic z^2) = -3 p - 4 slope
            gate, p = scratch
            return [
                partial(np.subtract, one, gate, D),
                partial(np.multiply, D, A, D),
                partial(np.multiply, p, number(-3), p),
                partial(np.subtract, p, number(4 * GELU_SLOPE), p),
                partial(np.multiply, D, p, D),
                partial(np.add, D, gate, D),
            ]
    raise NotImplementedError(f"activation {f.name!r} has no derivative element by element")


def _sigmoid(Z: np.ndarray, A: np.ndarray) -> list[Op]:
    # exp overflows to inf, which gives the right 0
    return [partial(np.negative, Z, A), *_sigmoid_of_minus(A)]


def _sigmoid_of_minus(A: np.ndarray) -> list[Op]:
    """The calls for A = 1 / (1 + exp(A))."""
    one = np.array(1, A.dtype)
    return [partial(np.exp, A, A), partial(np.add, A, one, A), partial(np.reciprocal, A, A)]


def _softplus(Z: np.ndarray, A: np.ndarray, tail: np.ndarray) -> list[Op]:
    """The calls for A = max(Z, 0) + log1p(exp(-|Z|))."""
    return [
        partial(np.absolute, Z, tail),
        partial(np.negative, tail, tail),
        partial(np.exp, tail, tail),
        partial(np.log1p, tail, tail),
        partial(np.maximum, Z, zeros_for(Z), out=A),
        partial(np.add, A, tail, A),
    ]


def _below_the_largest(Z: np.ndarray, out: np.ndarray) -> list[Op]:
    """The calls for out = Z - max over the units. `out` may be Z."""
    k, top, tops = Z.shape[-2], _row(Z), np.empty_like(Z)
    if 1 < k <= _FEW:
        rows = [Z[..., i : i + 1, :] for i in range(k)]
        pairs = zip([rows[0]] + [top] * (k - 2), rows[1:], strict=True)
        largest: list[Op] = [partial(np.maximum, one, other, out=top) for one, other in pairs]
    else:
        largest = [partial(np.maximum.reduce, Z, -2, None, top, True)]
    column = np.ones((*Z.shape[:-2], k, 1), Z.dtype)
    return [*largest, product(column, top, tops), partial(np.subtract, Z, tops, out)]


def _ones(A: np.ndarray, rows: int) -> np.ndarray:
    """(rows, k): the product with A (..., k, n) has the sum over the units in each row.

    A product is faster than a reduction or a broadcast over so few units.
    """
    return np.ones((rows, A.shape[-2]), A.dtype)


def _scale_and_limit(f: Activation) -> tuple[float, float]:
    """elu and selu: the slope above zero, and minus the value far below it (scale alpha)."""
    scale, alpha = f.settings["scale"], f.settings["alpha"]
    return scale, scale * alpha


def _row(Z: np.ndarray) -> np.ndarray:
    """(..., k, n) -> a buffer (..., 1, n)."""
    return np.empty((*Z.shape[:-2], 1, Z.shape[-1]), Z.dtype)


# ----------------------------------------------------------------- losses


def derives_output(f: Activation, loss: Loss) -> bool:
    """Whether `output_delta` reads f'(Z) element by element."""
    return not loss.on_logits and f.name not in ("linear", "softmax")


def output_delta(
    f: Activation, loss: Loss, A: np.ndarray, y: np.ndarray, D: np.ndarray, delta: np.ndarray
) -> list[Op]:
    """The calls for delta = dloss/dZ of the output layer, column by column.

    For the squared loss half of it: the 2 is the caller's. D is f'(Z) where `derives_output`.
    """
    if loss.on_logits:  # sigmoid(z) - y, softmax(z) - y
        return [partial(np.subtract, A, y, delta)]
    ops = _prediction_gradient(loss, A, y, delta)
    if f.name == "softmax":  # its Jacobian, multiplied out: a (g - sum g a)
        weighted, total = np.empty_like(A), np.empty_like(A)
        return [
            *ops,
            partial(np.multiply, delta, A, weighted),
            product(_ones(A, A.shape[-2]), weighted, total),
            partial(np.subtract, delta, total, delta),
            partial(np.multiply, delta, A, delta),
        ]
    return [*ops, partial(np.multiply, delta, D, delta)] if derives_output(f, loss) else ops


def _prediction_gradient(
    loss: Loss, A: np.ndarray, y: np.ndarray, gradient: np.ndarray
) -> list[Op]:
    number = partial(np.array, dtype=A.dtype)
    residual = partial(np.subtract, A, y, gradient)
    match loss.name:
        case "squared":
            return [residual]
        case "absolute":
            return [residual, partial(np.sign, gradient, gradient)]
        case "huber":
            delta = loss.settings["delta"]
            return [
                residual,
                partial(np.minimum, gradient, number(delta), out=gradient),
                partial(np.maximum, gradient, number(-delta), out=gradient),
            ]
        case "hinge":  # -t where t g < 1, t = 2 y - 1
            margin, gate = np.empty_like(A), np.empty(A.shape, bool)
            return [
                partial(np.multiply, y, number(-2), gradient),
                partial(np.add, gradient, number(1), gradient),
                partial(np.multiply, gradient, A, margin),
                partial(np.greater, margin, number(-1), gate),
                partial(np.multiply, gradient, gate, gradient),
            ]
    raise NotImplementedError(f"loss {loss.name!r} has no in-place form")


def sample_losses(
    loss: Loss, Z: np.ndarray, A: np.ndarray, y: np.ndarray, out: np.ndarray
) -> list[Op]:
    """The calls for the loss of each column, output by output: out like y, to be summed over k.

    For softmax_nll the first row of `out` holds the whole loss and the others stay zero.
    """
    number = partial(np.array, dtype=A.dtype)
    residual = partial(np.subtract, A, y, out)
    match loss.name:
        case "squared":
            return [residual, partial(np.multiply, out, out, out)]
        case "absolute":
            return [residual, partial(np.absolute, out, out)]
        case "huber":  # i (|r| - i / 2) with i = min(|r|, delta)
            inside, half = np.empty_like(A), np.empty_like(A)
            return [
                residual,
                partial(np.absolute, out, out),
                partial(np.minimum, out, number(loss.settings["delta"]), out=inside),
                partial(np.multiply, inside, number(0.5), half),
                partial(np.subtract, out, half, out),
                partial(np.multiply, out, inside, out),
            ]
        case "hinge":  # max(0, 1 - t g), t = 2 y - 1
            t = 2 * y - 1
            return [
                partial(np.multiply, t, A, out),
                partial(np.subtract, number(1), out, out),
                partial(np.maximum, out, zeros_for(out), out=out),
            ]
        case "nll":  # softplus(z) - y z = softplus((1 - 2 y) z) for y = 0 or 1
            sign, z, tail = 1 - 2 * y, np.empty_like(Z), np.empty_like(Z)
            return [partial(np.multiply, Z, sign, z), *_softplus(z, out, tail)]
        case "softmax_nll":  # log sum_k exp(z_k - max) - (z_label - max)
            shifted, e, total, picked = np.empty_like(Z), np.empty_like(Z), _row(Z), _row(Z)
            out[...] = 0
            return [
                *_below_the_largest(Z, shifted),
                partial(np.exp, shifted, e),
                product(_ones(e, 1), e, total),
                partial(np.log, total, total),
                partial(np.multiply, shifted, y, e),
                product(_ones(e, 1), e, picked),
                partial(np.subtract, total, picked, out[..., :1, :]),
            ]
    raise NotImplementedError(f"loss {loss.name!r} has no in-place form")
