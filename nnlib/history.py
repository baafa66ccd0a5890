"""What a run keeps of its past: losses and scores by epoch, and snapshots to go back to."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

import numpy as np

from nnlib.optimizers.entry import State

_HISTORY = ("train_loss", "test_loss", "objective", "train_score", "test_score")


class History:
    """Losses and scores by epoch; thinned to every second entry when `limit` is reached.

    Attributes epoch, train_loss, test_loss, objective, train_score, test_score: arrays (n,),
    copies that stay as they are when training goes on.
    """

    def __init__(self, limit: int = 4_096) -> None:
        self._limit = limit
        self._table: np.ndarray | None = np.empty((limit, 1 + len(_HISTORY)))
        self._packed = b""  # the table, while nobody asks for it
        self._n = 0
        self.stride = 1

    @property
    def _rows(self) -> np.ndarray:
        """The table, (limit, columns), filled as far as row `_n`."""
        if self._table is None:
            packed = np.frombuffer(zlib.decompress(self._packed), np.uint8)
            columns = packed.reshape(8, -1).T.copy().view(np.float64).reshape(-1, self._n)
            table = np.empty((self._limit, len(columns)))
            table[: self._n] = columns.T
            self._table, self._packed = table, b""
        return self._table

    def rest(self) -> None:
        """Take little memory until somebody asks again: packed, and nothing is lost."""
        if self._table is None or not self._n:
            return
        columns = self._table[: self._n].T.copy()
        # First bytes with first bytes: column by column they hardly differ.
        self._packed = zlib.compress(columns.view(np.uint8).reshape(-1, 8).T.tobytes())
        self._table = None

    def __len__(self) -> int:
        return self._n

    def append(self, epoch: int, values: tuple[float, ...]) -> None:
        """Keep this epoch's values, if it is one of every `stride`."""
        if epoch % self.stride:
            return
        rows = self._rows
        if self._n == len(rows):
            self.stride *= 2
            kept = rows[rows[:, 0] % self.stride == 0]
            rows[: len(kept)] = kept
            self._n = len(kept)
            if epoch % self.stride:
                return
        rows[self._n, 0] = epoch
        rows[self._n, 1:] = values
        self._n += 1

    def __getattr__(self, name: str) -> np.ndarray:
        if name == "epoch":
            return self._rows[: self._n, 0].astype(int)
        if name in _HISTORY:
            return self._rows[: self._n, 1 + _HISTORY.index(name)].copy()
        raise AttributeError(name)

    def copy(self, until: int) -> History:
        """The history up to and including an epoch."""
        other = History(self._limit)
        other._rows[:] = self._rows
        other._n = int((self.epoch <= until).sum())
        other.stride = self.stride
        return other


@dataclass
class Snapshots:
    """Parameters and optimiser state by epoch, thinned so that their memory stays bounded.

    Those of epoch 0 may be missing: a run makes its beginning again from its settings.
    """

    limit: int
    stride: int = 1
    kept: dict[int, tuple[np.ndarray, State]] = field(default_factory=dict)
    # How many there would be had nothing been let go: what is wanted follows from this alone, so
    # that a run which has rested measures the same epochs as one which has not.
    count: int = 0

    def wants(self, epoch: int) -> bool:
        return epoch % self.stride == 0

    def add(self, epoch: int, parameters: np.ndarray, state: State) -> None:
        if self.count >= self.limit:
            self.stride *= 2
            self.count = (self.count + 1) // 2
            self.kept = {e: s for e, s in self.kept.items() if e % self.stride == 0}
        if self.wants(epoch):
            self.kept[epoch] = (parameters.copy(), copy_state(state))
            self.count += 1

    def before(self, epoch: int) -> int:
        return max((e for e in self.kept if e <= epoch), default=0)

    def let_go(self, room: int) -> None:
        """Keep as many as fit into so many bytes, evenly over the epochs; or none."""
        every = self.stride
        while self.kept and sum(map(_size, self.kept.values())) > room:
            every *= 2
            kept = {e: s for e, s in self.kept.items() if e % every == 0}
            self.kept = kept if len(kept) > 1 else {}

    def copy(self, until: int) -> Snapshots:
        kept = {e: s for e, s in self.kept.items() if e <= until}
        return Snapshots(self.limit, self.stride, kept, min(self.count, until // self.stride + 1))


def _size(snapshot: tuple[np.ndarray, State]) -> int:
    """About how many bytes it takes."""
    parameters, state = snapshot
    arrays = [parameters, *(v for v in state.values() if isinstance(v, np.ndarray))]
    return 300 + sum(100 + array.nbytes for array in arrays)


def copy_state(state: State) -> State:
    """A copy of an optimiser's state."""
    return {n: v.copy() if isinstance(v, np.ndarray) else v for n, v in state.items()}
