"""nnlib as a contender: `Run.advance`, `train_stack` and `Grid.run`, as anyone calls them.

Losses and scores of train and test part are in its time: they are measured each epoch, as always.
"""

from __future__ import annotations

import sys

from nnlib.config import RunConfig
from nnlib.geometry import Grid
from nnlib.network import MLP
from nnlib.run import Run
from nnlib.stack import train_stack
from tests.benchmarks.contenders.worker import Contender, serve


class Training:
    """One network."""

    def __init__(self, config: RunConfig) -> None:
        self._config = config

    def reset(self) -> None:
        self._run = Run(self._config)

    def run(self, count: int) -> None:
        self._run.advance(count)

    def result(self) -> dict:
        return {"networks": [parameters(self._run.network)]}


class Many:
    """Many networks, from their configs to their trained runs: in one stack or one by one."""

    def __init__(self, configs: list[RunConfig], *, stacked: bool) -> None:
        self._configs, self._stacked = configs, stacked

    def reset(self) -> None:
        self._runs: list[Run] = []

    def run(self, count: int) -> None:
        if self._stacked:
            self._runs = train_stack(self._configs, count)
        else:
            self._runs = [Run(config) for config in self._configs]
            for run in self._runs:
                run.advance(count)

    def result(self) -> dict:
        return {"networks": [parameters(run.network) for run in self._runs]}


class Fields:
    """Every unit over a grid."""

    def __init__(self, config: RunConfig, trained: int, resolution: int) -> None:
        run = Run(config)
        run.advance(trained)
        self._grid = Grid(run.network, run.data.points, run.data.features, resolution)

    def reset(self) -> None:
        """Nothing to go back to: the fields are the same each time."""

    def run(self, count: int) -> None:
        for _ in range(count):
            self._grid.run()

    def result(self) -> dict:
        return {"means": [float(A.mean()) for A in (*self._grid.hidden, self._grid.output)]}


def parameters(network: MLP) -> dict:
    """Weights and biases as lists."""
    return {
        "weights": [W.tolist() for W in network.weights],
        "biases": [b.tolist() for b in network.biases],
    }


def make(work: dict) -> Contender:
    configs = [RunConfig.model_validate_json(text) for text in work["configs"]]
    if work["kind"] == "fields":
        return Fields(configs[0], work["trained"], work["resolution"])
    if work["kind"] == "many":
        return Many(configs, stacked="one-by-one" not in sys.argv)
    return Training(configs[0])


if __name__ == "__main__":
    serve(make)
