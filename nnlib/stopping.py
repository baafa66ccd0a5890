"""Stop rules: when training is to end by itself, and the sentence that says which rule ended it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from nnlib.config import MAX_EPOCHS
from nnlib.history import History

LOSSES_OF = ("test", "train")
MAX_TARGET = 1e6


@dataclass(frozen=True)
class StopRules:
    """The rules, each off while it is None.

    target: a loss, > 0 to MAX_TARGET, to be reached by `target_of` (test or train).
    patience: epochs, 1 to MAX_EPOCHS, that the test loss may go without improving.
    epochs: the epoch to stop at, 1 to MAX_EPOCHS.

    Raises ValueError with a sentence for people where a value is none of these.
    """

    target: float | None = None
    target_of: str = "test"
    patience: int | None = None
    epochs: int | None = None

    def __post_init__(self) -> None:
        if self.target_of not in LOSSES_OF:
            raise ValueError(f"target loss of: test or train. Got {self.target_of!r} instead.")
        if self.target is not None and not _between(self.target, 0, MAX_TARGET, whole=False):
            raise ValueError(f"target loss: > 0 to {MAX_TARGET:,.0f}. Got {self.target!r} instead.")
        for name in ("patience", "epochs"):
            value = getattr(self, name)
            if value is not None and not _between(value, 0, MAX_EPOCHS, whole=True):
                raise ValueError(f"{name}: 1 to {MAX_EPOCHS:,} epochs. Got {value!r} instead.")

    @property
    def on(self) -> bool:
        """Whether there is any rule."""
        return (self.target, self.patience, self.epochs) != (None, None, None)


def stop_reason(rules: StopRules, history: History, epoch: int, since: int = 0) -> str:
    """Why to stop at `epoch`, the end of the history, in a sentence; '' to go on.

    Training began (again) at epoch `since`: what was fulfilled there already is no reason, and
    patience counts from there. A long history is thinned: its rules act at the epochs it keeps.
    """
    if rules.epochs is not None and since < rules.epochs <= epoch:
        loss = history.test_loss[-1]
        return f"Stopped at epoch {epoch:,}, the limit; test loss {loss:.4g}."
    epochs = history.epoch
    if epochs[-1] != epoch or epoch <= since:
        return ""
    start = int(np.searchsorted(epochs, since, side="right")) - 1
    if rules.target is not None:
        losses = history.train_loss if rules.target_of == "train" else history.test_loss
        if losses[-1] <= rules.target < losses[start]:
            return (
                f"Stopped: {rules.target_of} loss {losses[-1]:.4g} ≤ {rules.target:g} "
                f"at epoch {epoch:,}."
            )
    if rules.patience is not None:
        losses = history.test_loss[start:]
        best = int(losses.argmin())
        if epoch - epochs[start + best] >= rules.patience:
            return (
                f"Stopped at epoch {epoch:,}: test loss {losses[-1]:.4g} has not improved for "
                f"{rules.patience:,} epochs; best {losses[best]:.4g} at epoch "
                f"{epochs[start + best]:,}."
            )
    return ""


def _between(value: object, low: float, high: float, *, whole: bool) -> bool:
    if not isinstance(value, int if whole else int | float) or isinstance(value, bool):
        return False
    return math.isfinite(value) and low < value <= high
