"""What one loss function is: the form of its entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nnlib.basics.ops import Op
from nnlib.basics.registry import Setting

Pair = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class InPlace:
    """The loss once more, as calls into given buffers (see ops.py): what the kernel runs.

    Arrays are feature-major, (..., k, n).

    Attributes
    ----------
    gradient : (A, y, out) -> the calls for out = dloss/dA, or dloss/dZ of a loss on logits (from A,
        too), over `factor`
    sample_losses : (Z, A, y, out) -> the calls for the loss of each column, output by output: out
        like y, to be summed over k
    factor : what `gradient` leaves to the caller, who scales the gradient anyway
    """

    gradient: Callable[[np.ndarray, np.ndarray, np.ndarray], list[Op]]
    sample_losses: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], list[Op]]
    factor: float = 1.0


@dataclass(frozen=True)
class OfGuess:
    """A loss on logits as a function of the guess g = A^L, for who takes the chain rule apart.

    Attributes
    ----------
    per_sample : (g, y), both (n, k) -> (n,)
    slope : (z, y), both (n, k) -> dL/dg (n, k); from z, so that 1 / g keeps its digits near g = 0
    slope_formula : KaTeX of it
    room : (g, y), both (k,) -> how far each g can move and the logarithm that counts stays finite
    """

    per_sample: Pair
    slope: Pair
    slope_formula: str
    room: Pair


@dataclass(frozen=True)
class Suits:
    """A kind of task, and the outputs that the loss goes with there.

    Attributes
    ----------
    kind : "two classes", "classes" or "regression"
    places : output -> its place among all pairs of that kind, the usual one being 0
    """

    kind: str
    places: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Loss:
    """One loss function with its gradient, and what a page says about it.

    Attributes
    ----------
    name : the key in LOSSES
    output : the activation that the last layer must have, or None when any will do
    on_logits : True when `prediction` means Z^L (the loss applies the output activation itself),
        False when it means A^L
    per_sample : (prediction, y), both (n, k) -> (n,), summed over outputs
    gradient : (prediction, y), both (n, k) -> (n, k), d per_sample[i] / d prediction[i]
    formula, gradient_formula : KaTeX, for one sample
    note : one plain line on what it is used for
    source : author (year)
    title : the name as people write it
    axis : what an axis of its values is called
    in_place : both once more, as the kernel computes them; None: it is no loss to train on
    of_guess : a loss on logits once more, as a function of A^L; None for the others
    fields, make : its settings, and itself with others (registry.Entry)
    suits : the tasks and outputs that it is usual for
    only : the one kind of task that it can be trained on; None: what its output allows
    threshold, half_range : where one output unit says class 1, and how far from there it is sure
    flips : ascending it flips a class, also where the network is sure: its slope stays

    Both functions raise ValueError, naming the shapes, unless prediction and y are both (n, k).
    """

    name: str
    output: str | None
    on_logits: bool
    per_sample: Pair
    gradient: Pair
    formula: str
    gradient_formula: str
    note: str
    source: str
    title: str = ""
    axis: str = ""
    in_place: InPlace | None = None
    of_guess: OfGuess | None = None
    fields: tuple[Setting, ...] = ()
    make: Callable[..., Loss] | None = None
    suits: tuple[Suits, ...] = ()
    only: str | None = None
    threshold: float = 0.5
    half_range: float = 0.5
    flips: bool = False

    @property
    def settings(self) -> dict[str, float]:
        """The loss's own number by name: delta (huber)."""
        return dict(getattr(self.per_sample, "keywords", {}))

    def value(self, prediction: np.ndarray, y: np.ndarray) -> float:
        """The mean over samples of per_sample; ValueError when there is no sample."""
        losses = self.per_sample(prediction, y)
        if losses.size == 0:
            raise ValueError("the mean loss needs at least one sample. Got 0 instead.")
        return float(losses.mean())


def matched(prediction: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both arrays in the prediction's floating dtype; ValueError unless both are (n, k)."""
    prediction, y = np.asarray(prediction), np.asarray(y)
    # (n,) against (n, 1) would broadcast to (n, n) and train on nonsense without a word.
    if prediction.ndim != 2 or prediction.shape != y.shape:
        raise ValueError(
            "prediction and y must have the same shape (n, k). "
            f"Got {prediction.shape} and {y.shape} instead."
        )
    if not np.issubdtype(prediction.dtype, np.floating):
        prediction = prediction.astype(np.float64)
    return prediction, y.astype(prediction.dtype, copy=False)


def matched_labels(prediction: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As `matched`, for classes coded 0 and 1; labels of -1 and 1 are an easy mistake to make."""
    prediction, y = matched(prediction, y)
    if y.size and (y.min() < 0 or y.max() > 1):
        raise ValueError(f"y must lie in [0, 1]. Got {y.min():g} to {y.max():g} instead.")
    return prediction, y
