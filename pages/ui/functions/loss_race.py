"""Two networks from the same wrong weights: one learns with the NLL, one with the squared loss."""

from __future__ import annotations

import numpy as np

from nnlib.changes import Change
from nnlib.config import RunConfig
from nnlib.run import Run
from pages.ui.once import once

RACERS = ("nll", "squared")
CONFIG = RunConfig(
    dataset="gauss",
    n_samples=200,
    hidden=((4, "tanh"),),
    output="sigmoid",
    loss="nll",
    learning_rate=0.03,
)
LESSONS = 30  # epochs on the right labels, before the output layer is turned round
LAST_EPOCH = 2_000


class Duel:
    """The two runs, on one clock, with what they did after every epoch.

    `sure` is the mean |z| of the training points at the start, each on the wrong side: a network
    is trained until it is right, then its output layer W^L, b^L is multiplied by a negative number.
    That is the network that the opposite labels would have taught. Both runs are a config and
    these edits, so they can be made again to the bit; data and batches are the same, too.
    """

    def __init__(self, sure: float) -> None:
        edits = wrong_weights(sure)
        self.runs = {name: Run(CONFIG.replace(loss=name), changes=edits) for name in RACERS}
        self._rows = [self._measured()]

    @property
    def epoch(self) -> int:
        """Epochs trained; the same for both."""
        return self.runs["nll"].epoch

    @property
    def over(self) -> bool:
        """Whether the last epoch has been trained."""
        return self.epoch >= LAST_EPOCH

    def advance(self) -> None:
        """Train both one epoch more."""
        for run in self.runs.values():
            run.advance(1)
        self._rows.append(self._measured())

    def history(self, points: int) -> np.ndarray:
        """(5, m), m <= `points`: epoch, share of right answers and mean |dL/dz| (NLL, squared).

        Over the training points, in the order share NLL, share squared, gradient NLL, gradient
        squared; both ends are kept.
        """
        take = np.unique(np.linspace(0, len(self._rows) - 1, points).astype(int))
        return np.array([self._rows[i] for i in take]).T

    def _measured(self) -> list[float]:
        runs = self.runs.values()
        return [
            self.epoch,
            *(run.measure()[3] for run in runs),
            *(float(np.abs(output_gradient(run)).mean()) for run in runs),
        ]


def about() -> str:
    """What the two have in common, and how they came to be wrong, in words."""
    run, c = _taught(), CONFIG
    shape = "-".join(map(str, run.network.sizes))
    return (
        f"Both networks ({shape}, {c.hidden[0][1]}, {c.output}; {c.optimizer.upper()}, "
        f"η {c.learning_rate:g}, batch {c.batch_size}) have the same {len(run.data.X_train)} "
        f"training points, batches and weights: trained for {LESSONS} epochs until they were "
        "right, then the output layer was multiplied by a negative number. So every answer is "
        "wrong, and sure. Only the loss differs. Blue: y = 1 (squares); orange: y = 0 (circles)."
    )


def output_gradient(run: Run) -> np.ndarray:
    """dL/dz of every training point's own loss at the output, (n, 1), through the output's f'."""
    trace, y = run.network.forward(run.data.X_train), run.data.y_train
    if run.loss.on_logits:
        return run.loss.gradient(trace.Z[-1], y)
    output, Z, A = run.network.activations[-1], trace.Z[-1], trace.A[-1]
    return output.backward(Z, A, run.loss.gradient(A, y))


def wrong_weights(sure: float) -> list[Change]:
    """Edits that give CONFIG's network weights that are wrong, with a mean |z| of `sure` > 0."""
    run = _taught()
    network = run.network
    sizes, last = network.sizes, network.depth
    mean = float(np.abs(network.forward(run.data.X_train).Z[-1]).mean())
    edits = []
    for layer, (W, b) in enumerate(zip(network.weights, network.biases, strict=True), 1):
        factor = -sure / mean if layer == last else 1.0
        edits += [
            Change(0, f"w-{layer}-{i + 1}-{j + 1}", None, float(W[i, j]) * factor)
            for i, j in np.ndindex(sizes[layer - 1], sizes[layer])
        ]
        edits += [
            Change(0, f"b-{layer}-{j + 1}", None, float(b[j]) * factor) for j in range(sizes[layer])
        ]
    return edits


@once
def _taught() -> Run:
    run = Run(CONFIG)
    run.advance(LESSONS)
    return run
