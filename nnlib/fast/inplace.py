"""From the output's A to dloss/dZ: a loss and an output activation together, in place.

What each of the two records by itself stands in its entry (nnlib/activations, nnlib/losses).
"""

from __future__ import annotations

from functools import partial

import numpy as np

from nnlib.activations import Activation
from nnlib.basics.ops import Op
from nnlib.losses import Loss
from nnlib.losses.entry import InPlace


def derives_output(f: Activation, loss: Loss) -> bool:
    """Whether `output_delta` reads f'(Z) element by element."""
    return not (loss.on_logits or f.mixes or f.is_identity)


def kernel_form(loss: Loss) -> InPlace:
    """How the kernel computes the loss; ValueError for one that is not trained on."""
    if loss.in_place is None:
        raise ValueError(f"{loss.name} is no loss to train on")
    return loss.in_place


def output_delta(
    f: Activation, loss: Loss, A: np.ndarray, y: np.ndarray, D: np.ndarray, delta: np.ndarray
) -> list[Op]:
    """The calls for delta = dloss/dZ of the output layer, column by column, (..., k, batch).

    Over the loss's factor (`loss.in_place.factor`): that is the caller's. D is f'(Z) where
    `derives_output`.
    """
    ops = kernel_form(loss).gradient(A, y, delta)
    if loss.on_logits:
        return ops
    if f.in_place.back is not None:
        return [*ops, *f.in_place.back(A, delta)]
    return [*ops, partial(np.multiply, delta, D, delta)] if derives_output(f, loss) else ops
