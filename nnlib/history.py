"""What a run keeps of its past: losses and scores by epoch, and snapshots to go back to."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

_HISTORY = ("train_loss", "test_loss", "objective", "train_score", "test_score")


class History:
    """Losses and scores by epoch; thinned to every second entry when `limit` is reached.

    Attributes epoch, train_loss, test_loss, objective, train_score, test_score: arrays (n,),
    copies that stay as they are when training goes on.
    """

    def __init__(self, limit: int = 4_096) -> None:
        self._rows = np.empty((limit, 1 + len(_HISTORY)))
        self._n = 0
        self.stride = 1

    def __len__(self) -> int:
        return self._n

    def append(self, epoch: int, values: tuple[float, ...]) -> None:
        """Keep this epoch's values, if it is one of every `stride`."""
        if epoch % self.stride:
            return
        if self._n == len(self._rows):
            self.stride *= 2
            kept = self._rows[self._rows[:, 0] % self.stride == 0]
            self._rows[: len(kept)] = kept
            self._n = len(kept)
            if epoch % self.stride:
                return
        self._rows[self._n, 0] = epoch
        self._rows[self._n, 1:] = values
        self._n += 1

    def __getattr__(self, name: str) -> np.ndarray:
        if name == "epoch":
            return self._rows[: self._n, 0].astype(int)
        if name in _HISTORY:
            return self._rows[: self._n, 1 + _HISTORY.index(name)].copy()
        raise AttributeError(name)

    def copy(self, until: int) -> History:
        """The history up to and including an epoch."""
        other = History(len(self._rows))
        other._rows[:] = self._rows
        other._n = int((self.epoch <= until).sum())
        other.stride = self.stride
        return other


@dataclass
class Snapshots:
    """Parameters and optimiser state by epoch, thinned so that their memory stays bounded."""

    limit: int
    stride: int = 1
    kept: dict[int, tuple[np.ndarray, dict]] = field(default_factory=dict)

    def wants(self, epoch: int) -> bool:
        return epoch % self.stride == 0

    def add(self, epoch: int, parameters: np.ndarray, state: dict) -> None:
        if len(self.kept) >= self.limit:
            self.stride *= 2
            self.kept = {e: s for e, s in self.kept.items() if e % self.stride == 0}
        if self.wants(epoch):
            self.kept[epoch] = (parameters.copy(), copy_state(state))

    def before(self, epoch: int) -> int:
        return max(e for e in self.kept if e <= epoch)

    def copy(self, until: int) -> Snapshots:
        kept = {e: s for e, s in self.kept.items() if e <= until}
        return Snapshots(self.limit, self.stride, kept)


def copy_state(state: dict) -> dict:
    """A copy of an optimiser's state."""
    return {n: v.copy() if isinstance(v, np.ndarray) else v for n, v in state.items()}
