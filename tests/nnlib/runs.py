"""Small runs, and what is compared of them."""

import numpy as np

from nnlib.config import RunConfig
from nnlib.history import History
from nnlib.run import Run

EVENTFUL = {"output": "sigmoid", "loss": "nll", "optimizer": "momentum"}
MEASURES = ("train_loss", "test_loss", "objective", "train_score", "test_score")


def config(**settings) -> RunConfig:
    """A small config: 30 training rows, 4 batches of which the last is partial."""
    return RunConfig(**{"n_samples": 60, "batch_size": 8, **settings})


def trained(epochs: int, **settings) -> Run:
    run = Run(config(**settings))
    run.advance(epochs)
    return run


def bits(run: Run) -> bytes:
    return run.network.parameters.tobytes()


def parameters_by_epoch(run: Run, epochs: int) -> list[bytes]:
    """The parameters after 0, 1, ... epochs, while `run` advances by one epoch at a time."""
    found = [bits(run)]
    for _ in range(epochs):
        run.advance(1)
        found.append(bits(run))
    return found


def history_of(run: Run) -> np.ndarray:
    return np.stack([getattr(run.history, name) for name in ("epoch", *MEASURES)])


def thin(limit: int) -> History:
    """A history of its own for the epoch 0 that a new run has already."""
    history = History(limit)
    history.append(0, (0.0,) * 5)
    return history


def eventful(run: Run, limit: int) -> list[bytes]:
    """25 epochs with changes of many kinds; the parameters by epoch."""
    run._snapshots.limit = limit
    found = parameters_by_epoch(run, 3)
    for changes, epochs in (
        ({"learning_rate": 0.1}, 4),  # from epoch 3
        ({"optimizer": "adam", "learning_rate": 0.01}, 3),  # from epoch 7
        ({"loss": "squared", "l2": 0.01}, 4),  # from epoch 10
        ({"batch_size": 3}, 2),  # from epoch 14
        ({"optimizer": "momentum"}, 4),  # from epoch 16, which is a snapshot's
        ({"momentum": 0.5, "clip_norm": 0.1, "schedule": "step", "schedule_every": 2}, 5),
    ):
        run.change(**changes)
        assert bits(run) == found[-1]
        found += parameters_by_epoch(run, epochs)[1:]
    return found
