"""How long sweeps take: `python -m tests.benchmarks.sweeps` prints medians over a few rounds.

It measures and never asserts. "first" is a sweep that has to start its processes, "next" one that
finds them.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time

from nnlib.config import RunConfig
from nnlib.knobs import grid, variants, with_seed
from nnlib.sweep import Outcome, sweep

DEEP = RunConfig(hidden=((8, "tanh"), (8, "tanh")))  # 2-8-8-1
SIX = ("relu", "tanh", "sigmoid", "leaky_relu", "elu", "linear")
RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
PENALTIES = (0.0, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05)


def _seeds(configs: list[RunConfig], n: int) -> list[RunConfig]:
    return [with_seed(config, i) for config in configs for i in range(n)]


WORKS = {
    "6 activations x 32 seeds, 300 epochs, 2-8-8-1": (
        _seeds(variants(DEEP, "activation", SIX), 32),
        300,
        8.0,
    ),
    "10 x 10 rates x L2, 4 seeds, 200 epochs, 2-8-8-1": (
        _seeds([c for row in grid(DEEP, "learning_rate", RATES, "l2", PENALTIES) for c in row], 4),
        200,
        20.0,
    ),
}


def measure(configs: list[RunConfig], epochs: int, jobs: int) -> tuple[float, float]:
    """Seconds until the first results and until the end."""
    arrivals: list[float] = []
    kept: list[tuple[int, Outcome]] = []

    def done(results: list[tuple[int, Outcome]]) -> None:
        arrivals.append(time.perf_counter())
        kept.extend(results)

    start = time.perf_counter()
    sweep(configs, epochs, done=done, jobs=jobs)
    end = time.perf_counter()
    assert len(kept) == len(configs)
    return arrivals[0] - start, end - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=-1)
    parser.add_argument("--one", type=int, help="(internal) print the seconds of one work")
    given = parser.parse_args()
    works = list(WORKS.values())
    if given.one is not None:
        configs, epochs, _ = works[given.one]
        for _ in range(2):
            print(*measure(configs, epochs, given.jobs), flush=True)
        return
    print(f"{os.cpu_count()} cores, medians of {given.rounds} rounds, seconds")
    print(f"{'':50} {'first':>8} {'next':>8} {'results after':>14} {'target':>8}")
    for i, (title, (_, _, target)) in enumerate(WORKS.items()):
        rounds = [_one(i, given.jobs) for _ in range(given.rounds)]
        first, after = (statistics.median(each[k][1] for each in rounds) for k in (0, 1))
        results = statistics.median(each[1][0] for each in rounds)
        print(f"{title:50} {first:8.2f} {after:8.2f} {results:14.2f} {target:8.1f}", flush=True)


def _one(work: int, jobs: int) -> list[list[float]]:
    """Two sweeps in a process of their own: (first results, end) of each."""
    command = [sys.executable, "-m", "tests.benchmarks.sweeps", "--one", str(work)]
    done = subprocess.run(
        [*command, "--jobs", str(jobs)], capture_output=True, text=True, check=True
    )
    return [[float(number) for number in line.split()] for line in done.stdout.splitlines()]


if __name__ == "__main__":
    main()
