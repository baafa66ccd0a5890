"""The loop of every training, in whole epochs or a few batches at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

import numpy as np

from nnlib.config import MAX_EPOCHS


class EpochLoop(ABC):
    """Training that can stop after any batch; who inherits says what an epoch and a batch are.

    epoch : epochs that are complete
    batch : batches done of the epoch under way
    diverged : the epoch whose numbers were not finite, at which training ended; else None
    """

    def __init__(self) -> None:
        self.epoch = 0
        self.batch = 0
        self.diverged: int | None = None

    @property
    @abstractmethod
    def n_batches(self) -> int:
        """Steps in an epoch; a partial last batch counts."""

    @property
    def ended(self) -> bool:
        """Whether it goes no further: it diverged, or has done as many epochs as are allowed."""
        return self.diverged is not None or self.epoch >= MAX_EPOCHS

    def advance(self, epochs: int) -> None:
        """Train this many epochs more (an epoch under way counts as one when it ends)."""
        self.advance_batches(epochs * self.n_batches - self.batch)

    def advance_batches(self, n: int) -> None:
        """Do n steps; what is kept of an epoch is kept at its end."""
        with np.errstate(all="ignore"):  # a diverging training overflows; _end_of_epoch sees it
            while n > 0 and not self.ended:
                if self.batch == 0:
                    self._begin_epoch()
                todo = min(n, self.n_batches - self.batch)
                self._train(self.batch, self.batch + todo)
                self.batch += todo
                n -= todo
                if self.batch == self.n_batches:
                    self._end_of_epoch()

    @abstractmethod
    def _begin_epoch(self) -> None:
        """Before the first batch of an epoch."""

    @abstractmethod
    def _train(self, start: int, stop: int) -> None:
        """Do the steps of batches start ... stop - 1 of the epoch under way."""

    @abstractmethod
    def _end_of_epoch(self) -> None:
        """After the last batch: `epoch` goes up and `batch` to 0, or `diverged` is set."""


class Trainer(Protocol):
    """What does the steps of a run: the kernel, or what `Training.adopt` puts in its place.

    It changes the parameters and the optimizer's state of the run in place. An epoch is
    `load(order)` and then `run(0, n_batches)`, or several runs of a part each.
    """

    @property
    def n_batches(self) -> int:
        """Steps in an epoch; a partial last batch counts."""

    @property
    def learning_rate(self) -> float | np.ndarray:
        """The rate of the steps to come."""

    def set_rate(self, learning_rate: float) -> None:
        """Use another learning rate from the next step on."""

    @property
    def flush_every(self) -> int:
        """Epochs after which `flush` is due."""

    def flush(self) -> None:
        """Set what has decayed to next to nothing to 0."""

    def load(self, order: np.ndarray | None) -> None:
        """The order of the training rows in the epoch that begins; None: as they are."""

    def run(self, start: int, stop: int) -> None:
        """Do the steps of batches start ... stop - 1 of this epoch."""
