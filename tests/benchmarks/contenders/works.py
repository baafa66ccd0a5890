"""The works of the engine's bench: what is trained, who takes part, and which ratios are aimed at.

`write` puts a work into a file that every contender reads, in whatever language: the same
training part, initial weights and settings, taken from our own runs.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnlib.config import RunConfig
from nnlib.geometry import Grid
from nnlib.network import MLP
from nnlib.run import Run
from tests.benchmarks.contenders.ours import parameters

RESOLUTION = 100  # of the fields


@dataclass(frozen=True)
class Work:
    """One work. A `count` of it is an epoch of every network, or one pass over the grid."""

    name: str
    what: str
    kind: str  # train, many, fields
    configs: tuple[RunConfig, ...]
    targets: dict[str, float | None]  # contender -> at least this many times our time
    proof: int = 1  # the count after which the contenders' results are compared
    trained: int = 0  # epochs before the fields are computed
    epochs: int = 1  # that the table's time is for
    part: tuple[int, ...] = ()  # networks that show the time of all where they train one by one

    @property
    def steps(self) -> int:
        """Optimiser steps in the table's time, over all networks."""
        if self.kind == "fields":
            return 0
        return sum(self.epochs * steps_an_epoch(config) for config in self.configs)


def steps_an_epoch(config: RunConfig) -> int:
    """Batches of the training part."""
    return math.ceil(config.n_samples * (1 - config.test_share) / config.batch_size)


SMALL = RunConfig(hidden=((4, "tanh"), (2, "tanh")), output="tanh", loss="squared")
DEEP = SMALL.replace(dataset="spiral", hidden=((8, "tanh"),) * 3)
# Noisy on purpose: classes that can be told apart end in weights whose gradients are denormal
# numbers, and arithmetic on those is slow in every library.
WIDE = RunConfig(
    dataset="blobs",
    n_classes=3,
    noise=1.5,
    n_samples=2_000,
    hidden=((64, "relu"),) * 3,
    optimizer="adam",
    learning_rate=0.001,
    batch_size=32,
)
FULL = RunConfig(
    noise=0.3,
    n_samples=1_000,
    hidden=((8, "tanh"),) * 2,
    optimizer="adam",
    learning_rate=0.01,
    batch_size=500,
)
MANY = tuple(
    RunConfig(noise=0.3, hidden=((8, name),) * 2, weight_seed=seed)
    for name in ("tanh", "relu", "sigmoid", "linear")  # every contender has these
    for seed in range(8)
)

WORKS = (
    Work(
        "W1",
        "W1 2-4-2-1 tanh, SGD, batch 10",
        "train",
        (SMALL,),
        {"textbook": 4, "scikit-learn": 25, "PyTorch": 28, "JAX": 1.1, "ConvNetJS": None},
        proof=20,
    ),
    Work(
        "W2",
        "W2 2-8-8-8-1 tanh, SGD, batch 10",
        "train",
        (DEEP,),
        {"textbook": 4.2, "scikit-learn": 25, "PyTorch": 30, "JAX": 1.1, "ConvNetJS": None},
        proof=100,
    ),
    Work(
        "W3",
        "W3 2-64-64-64-3 ReLU, Adam, batch 32",
        "train",
        (WIDE,),
        {"textbook": 3, "scikit-learn": 6.5, "PyTorch": 10, "JAX": 0.65, "ConvNetJS": None},
        proof=5,
    ),
    Work(
        "W4",
        "W4 2-8-8-1 tanh, Adam, full batch",
        "train",
        (FULL,),
        {
            "textbook": 3,
            "scikit-learn": 23,
            "PyTorch": 7.5,
            "JAX": 2,
            "JAX unshuffled": None,  # the order of a full batch is no matter, its sort is not cheap
            "ConvNetJS": None,
        },
        proof=50,
    ),
    Work(
        "W5",
        "W5 32 networks 2-8-8-1, 100 epochs",
        "many",
        MANY,
        {"own loop": 4.5, "textbook": 16, "scikit-learn": 120, "PyTorch": 120, "JAX": 0.8},
        proof=20,
        epochs=100,
        part=(0, 8, 16, 24),  # one of each activation
    ),
    Work(
        "W6a",
        "W6 fields of W2's network",
        "fields",
        (DEEP,),
        {"textbook": 4, "PyTorch": 1.4},
        trained=200,
    ),
    Work(
        "W6b",
        "W6 fields of W3's network",
        "fields",
        (WIDE,),
        {"textbook": 3.2, "PyTorch": 1.6},
        trained=20,
    ),
)


def write(path: Path, work: Work, members: tuple[int, ...] = ()) -> None:
    """The work as a file for the contenders; of its networks all, or `members` alone."""
    configs = [work.configs[i] for i in members] if members else work.configs
    runs = [Run(config) for config in configs]
    for run in runs:
        run.advance(work.trained)
    first = runs[0]
    X = first.data.X_train
    if work.kind == "fields":
        grid = Grid(first.network, first.data.points, first.data.features, RESOLUTION)
        X = grid.inputs.reshape(len(grid.inputs), -1).T
    content = {
        "kind": work.kind,
        "configs": [config.model_dump_json() for config in configs],
        "networks": [
            {**parameters(run.network), "activations": [f.name for f in run.network.activations]}
            for run in runs
        ],
        "X": X.tolist(),
        "y": first.data.y_train.tolist(),
        "loss": first.data.loss,
        "optimizer": first.config.optimizer,
        "learning_rate": first.config.learning_rate,
        "batch_size": first.config.batch_size,
        "trained": work.trained,
        "resolution": RESOLUTION,
    }
    path.write_text(json.dumps(content))


def train_loss(config: RunConfig, layers: dict, output: str | None) -> float:
    """Our loss, in float64, of a contender's weights; `output` where it has another than ours."""
    run = Run(config)
    activations = [f.name for f in run.network.activations]
    network = MLP(
        run.network.sizes,
        [*activations[:-1], output or activations[-1]],
        rng=np.random.default_rng(0),
        dtype=np.float64,
    )
    for own, given in zip(
        network.weights + network.biases, layers["weights"] + layers["biases"], strict=True
    ):
        own[:] = given
    return network.loss_and_gradient(run.data.X_train, run.data.y_train, run.data.loss)[0]
