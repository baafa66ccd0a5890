"""Handwritten digits of 8 x 8 pixels: the data, a network that learns them, and what it gets wrong.

1,797 pictures that scikit-learn brings (the test part of Alpaydin & Kaynak's "Optical Recognition
of Handwritten Digits", 1998): bitmaps of 32 x 32 of which each pixel counts a block of 4 x 4, here
divided by 16 to lie in [0, 1]. An attack's epsilon is a share of the range from white to black.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from nnlib.basics.late import late
from nnlib.epochs import EpochLoop
from nnlib.fast.kernel import Kernel
from nnlib.losses import LOSSES
from nnlib.network import MLP
from nnlib.optimizers import optimizer

SHAPE = (8, 8)  # rows, columns; a picture is a row of 64 numbers, row after row
CLASSES = 10
BOUNDS = (0.0, 1.0)  # of a pixel
LOSS = "softmax_nll"
_SPLIT, _WEIGHTS, _ORDER = 301, 302, 303  # random streams
_BLOCK = 4  # pixels of a 32 x 32 bitmap to a pixel of the picture, in each direction


@dataclass(frozen=True)
class Digits:
    """Pictures X (n, 64) float32 in [0, 1] and one-hot y (n, 10), split; all read-only."""

    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray

    @property
    def means(self) -> np.ndarray:
        """The mean training picture of each class, (10, 64)."""
        return (self.y_train.T @ self.X_train) / self.y_train.sum(axis=0)[:, None]


@lru_cache(maxsize=4)
def load_digits(seed: int = 0, test_share: float = 0.25) -> Digits:
    """The pictures, split at random by the seed: of 1,797, 449 to test with by default."""
    if not 0 < test_share < 1:
        raise ValueError(f"test_share must be between 0 and 1. Got {test_share!r} instead.")
    datasets = late("sklearn.datasets")  # 1.8 s, paid by those who want the digits
    found = datasets.load_digits()
    X = (found.data / 16).astype(np.float32)
    y = np.eye(CLASSES, dtype=np.float32)[found.target]
    order = np.random.default_rng([seed, _SPLIT]).permutation(len(X))
    test, train = np.split(order, [round(test_share * len(X))])
    parts = X[train], y[train], X[test], y[test]
    for part in parts:
        part.flags.writeable = False  # they are shared
    return Digits(*parts)


class DigitsTraining(EpochLoop):
    """A network 64-...-10 with softmax on its way; `advance` or `advance_batches` trains it.

    network : the MLP, which an attack, an ascent or a drawing can ask at any time
    digits : the data it learns from
    history : (epochs + 1, 4) of train loss, test loss, train accuracy, test accuracy, the first row
        before training

    hidden : (width, activation) of each hidden layer, default one of 64 ReLU
    seed : of initial weights and the order of the pictures; split_seed of the split. The same seeds
        give the same numbers, bit for bit, on the same machine
    """

    def __init__(
        self,
        hidden: Sequence[tuple[int, str]] = ((64, "relu"),),
        *,
        seed: int = 0,
        split_seed: int = 0,
        learning_rate: float = 0.003,
        batch_size: int = 32,
        optimizer_name: str = "adam",
        l2: float = 0.0,
    ) -> None:
        super().__init__()
        self.digits = digits = load_digits(split_seed)
        self.seed = seed
        self.network = MLP(
            (SHAPE[0] * SHAPE[1], *(width for width, _ in hidden), CLASSES),
            [*(name for _, name in hidden), "softmax"],
            initializer="he_uniform" if all(f == "relu" for _, f in hidden) else "xavier_uniform",
            rng=np.random.default_rng([seed, _WEIGHTS]),
        )
        self._kernel = Kernel(
            self.network,
            digits.X_train,
            digits.y_train,
            LOSSES[LOSS],
            optimizer(optimizer_name),
            batch_size=batch_size,
            learning_rate=learning_rate,
            l2=l2,
        )
        self._history = [self._measured()]

    @property
    def n_batches(self) -> int:
        """Steps in an epoch."""
        return self._kernel.n_batches

    @property
    def history(self) -> np.ndarray:
        """(epochs + 1, 4): train loss, test loss, train accuracy, test accuracy."""
        return np.array(self._history)

    def _begin_epoch(self) -> None:
        rng = np.random.default_rng([self.seed, _ORDER, self.epoch])
        self._kernel.load(rng.permutation(len(self.digits.X_train)))

    def _train(self, start: int, stop: int) -> None:
        self._kernel.run(start, stop)

    def _end_of_epoch(self) -> None:
        """A rate that is too large overflows: the loss says so, and training goes on."""
        self.batch, self.epoch = 0, self.epoch + 1
        self._history.append(self._measured())

    def _measured(self) -> tuple[float, float, float, float]:
        d, loss = self.digits, LOSSES[LOSS]
        train, test = self.network.forward(d.X_train), self.network.forward(d.X_test)
        return (
            loss.value(train.Z[-1], d.y_train),
            loss.value(test.Z[-1], d.y_test),
            _accuracy(train.A[-1], d.y_train),
            _accuracy(test.A[-1], d.y_test),
        )


def _accuracy(prediction: np.ndarray, y: np.ndarray) -> float:
    return float((prediction.argmax(axis=1) == y.argmax(axis=1)).mean())


# --- Looking at what was learned ------------------------------------------------------------------


def weight_pictures(network: MLP) -> np.ndarray:
    """What each unit of the first layer looks for, (n1, 8, 8): its incoming weights as pixels."""
    return network.weights[0].T.reshape(-1, *SHAPE)


def confusion(network: MLP, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How often class i (row) was called j (column), (10, 10) whole numbers; y is one-hot."""
    counts = np.zeros((CLASSES, CLASSES), int)
    np.add.at(counts, (y.argmax(axis=1), network.predict(X).argmax(axis=1)), 1)
    return counts


@dataclass(frozen=True)
class Mistakes:
    """Pictures that were called something else, the most confident mistake first.

    rows : (n,) which rows of X
    truth, said : (n,) classes
    confidence : (n,) the probability that the network gave what it said
    """

    rows: np.ndarray
    truth: np.ndarray
    said: np.ndarray
    confidence: np.ndarray


def mistakes(network: MLP, X: np.ndarray, y: np.ndarray, most: int = 12) -> Mistakes:
    """The network's mistakes on X (n, 64), y one-hot (n, 10): `most` of them, or all there are."""
    probability = network.predict(X)
    said, truth = probability.argmax(axis=1), y.argmax(axis=1)
    confidence = probability.max(axis=1)
    wrong = np.flatnonzero(said != truth)
    rows = wrong[np.argsort(-confidence[wrong], kind="stable")][:most]
    return Mistakes(rows, truth[rows], said[rows], confidence[rows])


# --- A person's own digit -------------------------------------------------------------------------


def from_drawing(ink: np.ndarray) -> np.ndarray:
    """A drawing as a picture like those of the data, (64,) float32 in [0, 1].

    The ink's box is scaled to a height of 32 (or a width of 32, if that is more), put in the middle
    of a 32 x 32 bitmap, and each block of 4 x 4 averaged: in the data, digits fill the height.
    Draw with a pen about an eighth as thick as the digit is high.

    ink : (h, w), 0 where nothing is drawn to 1 where it is black; all 0 gives an empty picture

    Raises ValueError for another shape, numbers that are not finite or outside [0, 1].
    """
    ink = np.asarray(ink, np.float64)
    if ink.ndim != 2 or ink.size == 0:
        raise ValueError(f"ink must have shape (h, w). Got {ink.shape} instead.")
    if not ((ink >= 0) & (ink <= 1)).all():  # false for NaN, too
        raise ValueError("ink must be numbers from 0 to 1.")
    rows, columns = (np.flatnonzero((ink > 0.1).any(axis=axis)) for axis in (1, 0))
    picture = np.zeros(SHAPE[0] * SHAPE[1], np.float32)
    if not len(rows):
        return picture
    box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    side = SHAPE[0] * _BLOCK
    height, width = (max(1, round(n * side / max(box.shape))) for n in box.shape)
    small = _area_weights(box.shape[0], height) @ box @ _area_weights(box.shape[1], width).T
    bitmap = np.zeros((side, side))
    top, left = (side - height) // 2, (side - width) // 2
    bitmap[top : top + height, left : left + width] = small
    blocks = bitmap.reshape(SHAPE[0], _BLOCK, SHAPE[1], _BLOCK).mean(axis=(1, 3))
    return np.clip(blocks, 0, 1).astype(np.float32).ravel()


def _area_weights(old: int, new: int) -> np.ndarray:
    """(new, old): row i averages the old pixels that new pixel i covers, by their overlap."""
    edges = np.arange(new + 1) * old / new
    pixels = np.arange(old)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.clip(overlap, 0, None) * (new / old)
