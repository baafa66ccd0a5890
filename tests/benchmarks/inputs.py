"""How long optimised inputs take: `python -m tests.benchmarks.inputs` prints medians.

Attacks on one digit are medians over many digits, the others over a few rounds; BLAS has one
thread, as in the app.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from itertools import cycle

import numpy as np
from threadpoolctl import threadpool_limits

from nnlib.attacks import deepfool, pgd, smallest_lbfgs
from nnlib.config import RunConfig
from nnlib.inputs.adversarial import AdversarialTraining
from nnlib.inputs.ascent import Flow, arrows, higher_score
from nnlib.inputs.boundary import Boundary
from nnlib.inputs.composed import composed
from nnlib.inputs.digits import BOUNDS, LOSS, SHAPE, DigitsTraining, load_digits
from nnlib.run import Run
from tests.benchmarks.bench import Bench, Figure, Row, main
from tests.nnlib.inputs.curves import accuracy_curve

SMALL = RunConfig(hidden=((8, "relu"), (8, "relu")), optimizer="adam", learning_rate=0.01)
LARGE = SMALL.replace(hidden=((32, "tanh"),) * 6)
ROUNDS, DIGITS = 5, 25
EPSILONS = np.linspace(0, 2, 20)


def median(bench: Bench, work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Milliseconds of a call; the first one, which loads and fills caches, is left out."""
    times = []
    for _ in range(bench.few(rounds + 1)):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times[1:] or times)


def in_the_plane(config: RunConfig) -> Row:
    """Curve, boundary, attacks and adversarial training on the 500 points of the circle."""

    def row(bench: Bench) -> Iterator[Figure]:
        run = Run(config)
        run.advance(bench.few(100))
        data, net = run.data, composed(run.network, run.data)
        X = np.concatenate([data.points.train, data.points.test]).astype(np.float32)
        y = np.concatenate([data.y_train, data.y_test])
        X, y = X[: bench.few(len(X), 10)], y[: bench.few(len(X), 10)]
        view, name = 1.5 * data.points.extent, "-".join(map(str, run.network.sizes))
        goal = higher_score(1, run.network.sizes[-1])
        flow = Flow(net, X, goal, 0.01)
        training = AdversarialTraining(config, epsilon=0.5)
        curve = f"curve, {len(X)} points x 20 epsilons x PGD-40, norm"
        works: dict[str, Callable[[], object]] = {
            f"{curve} {norm}": lambda norm=norm: accuracy_curve(
                net, X, y, data.loss, EPSILONS, norm=norm
            )
            for norm in ("inf", "2")
        } | {
            f"{len(X)} distances by brute force": lambda: Boundary(net, data.loss, view).distance(
                X
            ),
            "one distance by brute force": lambda: Boundary(net, data.loss, view).distance(X[:1]),
            "one point by L-BFGS": lambda: smallest_lbfgs(net, X[:1], y[:1], data.loss),
            "20 x 20 arrows": lambda: arrows(net, goal, view, 20),
            f"one step of {len(X)} flowing points": flow.advance,
            "an epoch of PGD-7 training": lambda: training.advance(1),
            "an epoch of plain training": lambda: run.advance(1),
        }
        with threadpool_limits(1, "blas"):
            for what, work in works.items():
                target = 2000 if what.startswith(curve) else None
                yield Figure(f"{name}: {what}", median(bench, work), "ms", target)

    return row


def on_digits(bench: Bench) -> Iterator[Figure]:
    """Training to 95 % and attacks on single digits."""
    load_digits()
    goal = 0.2 if bench.tiny else 0.95

    def to_the_goal() -> DigitsTraining:
        training = DigitsTraining()
        while training.history[-1, 3] < goal and training.epoch < 200:
            training.advance(1)
        return training

    training = DigitsTraining()
    training.advance(bench.few(30))
    net, digits = training.network, training.digits
    X, y = digits.X_test, digits.y_test
    target = np.roll(y, 3, axis=1)
    attacks = {
        "PGD-40": lambda i: pgd(net, X[i], y[i], LOSS, 0.1, bounds=BOUNDS),
        "PGD-40 to a target": lambda i: pgd(
            *(net, X[i], y[i], LOSS, 0.1), bounds=BOUNDS, target=target[i]
        ),
        "DeepFool": lambda i: deepfool(net, X[i], LOSS, bounds=BOUNDS),
        "L-BFGS": lambda i: smallest_lbfgs(net, X[i], y[i], LOSS, bounds=BOUNDS),
        "L-BFGS to a target": lambda i: smallest_lbfgs(
            *(net, X[i], y[i], LOSS), bounds=BOUNDS, target=target[i]
        ),
    }
    start = np.full((1, 64), 0.3, np.float32)

    def ascend() -> None:
        goal = higher_score(3, 10)
        flow = Flow(net, start, goal, 0.02, total_variation=0.2, shape=SHAPE, bounds=BOUNDS)
        flow.advance(bench.few(100))

    with threadpool_limits(1, "blas"):
        what = f"64-64-10: digits to {100 * goal:g} % test accuracy"
        yield Figure(what, median(bench, to_the_goal), "ms", 5000)
        for name, attack in attacks.items():
            rows = cycle(range(len(X)))
            ms = median(bench, lambda attack=attack, rows=rows: attack([next(rows)]), DIGITS)
            yield Figure(f"64-64-10: one digit, {name}", ms, "ms", 200)
        what = "64-64-10: 100 steps to the most 3-like image"
        yield Figure(what, median(bench, ascend), "ms")


ROWS: dict[str, Row] = {
    "in the plane": in_the_plane(SMALL),
    "in the plane, 6 x 32": in_the_plane(LARGE),
    "on digits": on_digits,
}

if __name__ == "__main__":
    main(__doc__, ROWS)
