"""Finite differences: every gradient beside what the loss itself says.

Central differences (L(p + h) - L(p - h)) / 2h in float64, for several h, extrapolated to h = 0
(Ridders 1982): the gradient to be checked has no say in which h is taken.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nnlib.activations import activation
from nnlib.explaining.graph import Step
from nnlib.losses import Loss
from nnlib.network import MLP

GREEN = 1e-6  # a relative error below it: the gradient is right
SMALL = 1e-4  # times the loss: a smaller gradient's error is measured against this
_STEPS = np.array([1e-2 / 4**i for i in range(6)])  # 0.01 ... 1e-5, times max(1, |p|)


@dataclass(frozen=True)
class Check:
    """A gradient beside its finite difference.

    Attributes
    ----------
    gradient : what backpropagation says
    value : the central difference
    relative_error : |gradient - value| / max(|gradient|, |value|, 1e-4 max(1, L)). The last one
        because L is rounded to 16 digits: of smaller gradients a difference has few digits left
    green : relative_error < GREEN
    note : why not, where there is a reason: a kink, or no room for a difference
    """

    gradient: float
    value: float
    relative_error: float
    green: bool
    note: str = ""


def finite_differences(
    network: MLP, x: np.ndarray, y: np.ndarray, loss: str | Loss, indices: Sequence[int]
) -> list[Check]:
    """dL/d parameters[index] from the loss itself, beside what backpropagation says: each a Check.

    x (m,) or (n, m) and y (k,) or (n, k): one example or a batch, whose mean loss is meant.

    Raises
    ------
    ValueError : the network has no such parameter.
    """
    loss = network.check_loss(loss)
    network = network.astype(np.float64)
    X, y = np.atleast_2d(np.asarray(x, float)), np.atleast_2d(np.asarray(y, float))
    P = network.parameters
    for index in indices:
        if not 0 <= index < len(P):
            raise ValueError(f"index: 0 to {len(P) - 1}. Got {index} instead.")
    base, gradient = network.loss_and_gradient(X, y, loss)

    def loss_at(index: int, value: float) -> float:
        kept, P[index] = P[index], value
        trace = network.forward(X)
        P[index] = kept
        return loss.value(trace.Z[-1] if loss.on_logits else trace.A[-1], y)

    def check(i: int) -> Check:
        p = float(P[i])
        h = _STEPS * max(1.0, abs(p))
        up, down = (np.array([loss_at(i, p + step) for step in steps]) for steps in (h, -h))
        return _compared(up, down, h, base, float(gradient[i]))

    with np.errstate(all="ignore"):
        return [check(int(i)) for i in indices]


# --- The gradients of one example's steps -------------------------------------------------------


def step_checks(
    network: MLP,
    x: np.ndarray,
    y: np.ndarray,
    loss: str | Loss,
    step: Step,
    entries: Sequence[tuple[int, int]] | None = None,
) -> list[Check]:
    """A step backward of `microscope` (or of a neuron's story) beside finite differences.

    The numbers behind the gradient are moved one at a time - weights, biases, z or a - and the
    rest of the forward pass is done again.

    Parameters
    ----------
    x, y : the example, as in `microscope`
    step : dA, dZ, dW, db or J of a layer
    entries : (row, column) in `step.result`, all when None

    Raises
    ------
    ValueError : a step forward, which has no gradient.
    """
    loss = network.check_loss(loss)
    network = network.astype(np.float64)
    kind, layer = _taken_apart(step.id)
    trace = network.forward(np.atleast_2d(np.asarray(x, float)))
    target = np.atleast_2d(np.asarray(y, float))
    shape = step.result.values.shape
    entries = list(np.ndindex(shape) if entries is None else entries)
    gradient = np.array([step.result.values[entry] for entry in entries])
    row, column = _whole_places(step, _whole_shape(network, kind, layer), entries)
    vector = (trace.A if kind == "dA" else trace.Z)[layer][0]
    match kind:
        case "dW":  # a weight moves z by its input
            at = network.weights[layer - 1][row, column]
            unit, weight = column, trace.A[layer - 1][0][row]
        case "db":
            at, unit, weight = network.biases[layer - 1][row], row, np.ones(len(row))
        case _:
            at, unit, weight = vector[row], row, np.ones(len(row))
    h = _STEPS * np.maximum(1.0, np.abs(at))[:, None]
    if kind == "dA" and layer == network.depth and loss.of_guess:
        room = loss.of_guess.room(vector, target[0])[unit, None]
        h = np.minimum(h, _STEPS / _STEPS[0] * room / 2)
    moved = np.repeat(vector[None], len(entries) * 2 * len(_STEPS), axis=0)
    moved = moved.reshape(len(entries), 2 * len(_STEPS), -1)
    every = np.arange(len(entries))
    moved[every, :, unit] += np.concatenate([h, -h], axis=1) * weight[:, None]
    rows = moved.reshape(-1, len(vector))
    with np.errstate(all="ignore"):
        if kind == "J":
            outcome = _activated(network, layer, rows).reshape(*moved.shape)[every, :, column]
            base = trace.A[layer][0][column]
        else:
            start = _losses_from_A if kind == "dA" else _losses_from_Z
            outcome = start(network, loss, layer, rows, target).reshape(len(entries), -1)
            base = np.repeat(start(network, loss, layer, vector[None], target), len(entries))
    up, down = outcome[:, : len(_STEPS)], outcome[:, len(_STEPS) :]
    return [
        _compared(*each) for each in zip(up, down, h, base.tolist(), gradient.tolist(), strict=True)
    ]


def spread(shape: tuple[int, int], most: int) -> list[tuple[int, int]]:
    """Entries of a matrix of that shape: all of them, or `most` of them, evenly spread."""
    size = math.prod(shape)
    chosen = np.unique(np.linspace(0, size - 1, min(size, most)).astype(int))
    return [divmod(int(place), shape[1]) for place in chosen]


def _taken_apart(id: str) -> tuple[str, int]:
    found = re.fullmatch(r"(dA|dZ|dW|db|J)(\d+)", id)
    if not found:
        raise ValueError(f"step: one with a gradient, such as dW1. Got {id!r} instead.")
    return found[1], int(found[2])


def _whole_shape(network: MLP, kind: str, layer: int) -> tuple[int, int]:
    n = network.sizes[layer]
    return {"dW": (network.sizes[layer - 1], n), "J": (n, n)}.get(kind, (n, 1))


def _whole_places(
    step: Step, shape: tuple[int, int], entries: Sequence[tuple[int, int]]
) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns in the layer's matrix of entries of the step's result, a part of it."""
    here = np.array(entries)
    return np.arange(shape[0])[step.part[0]][here[:, 0]], np.arange(shape[1])[step.part[1]][
        here[:, 1]
    ]


def _activated(network: MLP, layer: int, Z: np.ndarray) -> np.ndarray:
    A = network.activations[layer - 1].forward(Z)
    A[:, network.killed_in(layer)] = 0
    return A


def _losses_from_Z(
    network: MLP, loss: Loss, layer: int, Z: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """The loss (n,) of rows Z (n, n^l) in the place of a layer's pre-activation."""
    for at in range(layer, network.depth):
        Z = _activated(network, at, Z) @ network.weights[at] + network.biases[at]
    prediction = Z if loss.on_logits else _activated(network, network.depth, Z)
    return loss.per_sample(prediction, np.repeat(y, len(Z), axis=0))


def _losses_from_A(
    network: MLP, loss: Loss, layer: int, A: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """The same for rows in the place of a layer's output."""
    if layer < network.depth:
        Z = A @ network.weights[layer] + network.biases[layer]
        return _losses_from_Z(network, loss, layer + 1, Z, y)
    of_guess = loss.of_guess or loss  # a loss on logits, as a function of A
    return of_guess.per_sample(A, np.repeat(y, len(A), axis=0))


# --- The scalar chain rule ----------------------------------------------------------------------


def chain_checks(x: float, inner: str, outer: str, steps: Sequence[Step]) -> dict[str, Check]:
    """The slopes of `teaching.scalar_chain`, by the ids of their steps, beside differences."""
    g, f = activation(inner), activation(outer)
    u = g.forward(np.array([[x]]))
    functions: dict[str, tuple[Callable[[np.ndarray], np.ndarray], float]] = {
        "dh_du": (f.forward, u.item()),
        "du_dx": (g.forward, x),
        "dh_dx": (lambda at: f.forward(g.forward(at)), x),
    }
    gradients = {step.id: step.result.values.item() for step in steps}
    found = {}
    for id, (function, at) in functions.items():
        h = _STEPS * max(1.0, abs(at))
        base = function(np.array([[at]])).item()
        up, down = (function(at + step[:, None])[:, 0] for step in (h, -h))
        found[id] = _compared(up, down, h, base, gradients[id])
    return found


# --- One gradient against one difference --------------------------------------------------------


def _compared(
    up: np.ndarray, down: np.ndarray, h: np.ndarray, base: float, gradient: float
) -> Check:
    """A gradient against the losses (6,) a step h (6,) to either side; `base` is between them."""
    if h[-1] == 0:
        note = "The guess is saturated: it has no room to move."
        return Check(gradient, math.nan, math.inf, False, note)
    value = _extrapolated((up - down) / (2 * h))
    error = abs(gradient - value)
    scale = max(abs(gradient), abs(value), SMALL * max(1.0, abs(base)))
    relative = error / scale if math.isfinite(error) else math.inf
    green = relative < GREEN
    note = ""
    if not green:
        right, left = (up[-1] - base) / h[-1], (base - down[-1]) / h[-1]
        if abs(right - left) > 0.01 * max(abs(right), abs(left)):
            note = (
                f"A kink is here: the slope is {left:.4g} on its left and {right:.4g} on its "
                "right, and a difference across it is neither."
            )
    return Check(gradient, value, relative, green, note)


def _extrapolated(differences: np.ndarray) -> float:
    """Central differences for h, h/4, h/16, ... to h = 0: Ridders' (1982) tableau.

    The entry is taken that differs least from those that it was made of.
    """
    best, least = float(differences[0]), math.inf
    previous: list[float] = []
    for difference in differences.tolist():
        column = [difference]
        factor = 1.0
        for j, old in enumerate(previous):
            factor *= 16.0  # errors go with h^2, h^4, ...: a quarter of h, 1/16, 1/256
            column.append((column[j] * factor - old) / (factor - 1))
            apart = max(abs(column[j + 1] - column[j]), abs(column[j + 1] - old))
            if apart <= least:
                best, least = column[j + 1], apart
        previous = column
    return best
