"""How long optimised inputs take: `python -m tests.benchmarks.inputs` prints medians.

It measures and never asserts. Attacks on one digit are medians over many digits, the others over a
few rounds; BLAS has one thread, as in the app.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from itertools import cycle

import numpy as np
from threadpoolctl import threadpool_limits

from nnlib.adversarial import AdversarialTraining
from nnlib.ascent import Flow, arrows, higher_score
from nnlib.attacks import deepfool, pgd, smallest_lbfgs
from nnlib.boundary import Boundary
from nnlib.composed import composed
from nnlib.config import RunConfig
from nnlib.digits import BOUNDS, LOSS, SHAPE, DigitsTraining, load_digits
from nnlib.robustness import accuracy_curve
from nnlib.run import Run

SMALL = RunConfig(hidden=((8, "relu"), (8, "relu")), optimizer="adam", learning_rate=0.01)
LARGE = SMALL.replace(hidden=((32, "tanh"),) * 6)
EPSILONS = np.linspace(0, 2, 20)


def median(work: Callable[[], object], rounds: int) -> float:
    """Milliseconds of a call; the first one, which loads and fills caches, is left out."""
    work()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def in_the_plane(config: RunConfig, rounds: int) -> None:
    """Curve, boundary, attacks and adversarial training on the 500 points of the circle."""
    run = Run(config)
    run.advance(100)
    data, net = run.data, composed(run.network, run.data)
    X = np.concatenate([data.points.train, data.points.test]).astype(np.float32)
    y = np.concatenate([data.y_train, data.y_test])
    view, name = 1.5 * data.points.extent, "-".join(map(str, run.network.sizes))
    for norm in ("inf", "2"):
        ms = median(lambda n=norm: accuracy_curve(net, X, y, data.loss, EPSILONS, norm=n), rounds)
        show(f"{name}: curve, {len(X)} points x 20 epsilons x PGD-40, norm {norm}", ms, 2000)
    ms = median(lambda: Boundary(net, data.loss, view).distance(X), rounds)
    show(f"{name}: {len(X)} distances by brute force", ms)
    ms = median(lambda: Boundary(net, data.loss, view).distance(X[:1]), rounds)
    show(f"{name}: one distance by brute force", ms)
    ms = median(lambda: smallest_lbfgs(net, X[:1], y[:1], data.loss), rounds)
    show(f"{name}: one point by L-BFGS", ms)
    goal = higher_score(1, run.network.sizes[-1])
    show(f"{name}: 20 x 20 arrows", median(lambda: arrows(net, goal, view, 20), rounds))
    flow = Flow(net, X, goal, 0.01)
    show(f"{name}: one step of {len(X)} flowing points", median(flow.advance, rounds))
    training = AdversarialTraining(config, epsilon=0.5)
    show(f"{name}: an epoch of PGD-7 training", median(lambda: training.advance(1), rounds))
    show(f"{name}: an epoch of plain training", median(lambda: run.advance(1), rounds))


def on_digits(rounds: int) -> None:
    """Training to 95 % and attacks on single digits."""
    load_digits()

    def to_95() -> DigitsTraining:
        training = DigitsTraining()
        while training.test_accuracy < 0.95 and training.epoch < 200:
            training.advance(1)
        return training

    show("64-64-10: digits to 95 % test accuracy", median(to_95, rounds), 5000)
    training = DigitsTraining()
    training.advance(30)
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
    for name, attack in attacks.items():
        rows = cycle(range(len(X)))
        ms = median(lambda attack=attack, rows=rows: attack([next(rows)]), max(rounds, 25))
        show(f"64-64-10: one digit, {name}", ms, 200)
    start = np.full((1, 64), 0.3, np.float32)

    def ascend() -> None:
        goal = higher_score(3, 10)
        flow = Flow(net, start, goal, 0.02, total_variation=0.2, shape=SHAPE, bounds=BOUNDS)
        flow.advance(100)

    show("64-64-10: 100 steps to the most 3-like image", median(ascend, rounds))


def show(title: str, ms: float, target: float | None = None) -> None:
    wanted = "" if target is None else f"{target:8.0f}"
    print(f"{title:70} {ms:10.1f} {wanted}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print(f"{os.cpu_count()} cores, medians, milliseconds")
    print(f"{'':70} {'measured':>10} {'target':>8}")
    with threadpool_limits(1, "blas"):
        in_the_plane(SMALL, rounds)
        in_the_plane(LARGE, rounds)
        on_digits(rounds)


if __name__ == "__main__":
    main()
