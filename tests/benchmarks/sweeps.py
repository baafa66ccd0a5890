"""How long sweeps take: `python -m tests.benchmarks.sweeps` prints medians over a few rounds.

"first" is a sweep that has to start its processes, "next" one that finds them.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from nnlib.comparing.knobs import grid, variants, with_seed
from nnlib.comparing.sweep import Outcome, sweep
from nnlib.config import RunConfig
from tests.benchmarks.bench import Bench, Figure, Row, main

ROUNDS = 3
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


def measure(configs: list[RunConfig], epochs: int) -> tuple[float, float]:
    """Seconds until the first results and until the end."""
    arrivals: list[float] = []
    kept: list[tuple[int, Outcome]] = []

    def done(results: list[tuple[int, Outcome]]) -> None:
        arrivals.append(time.perf_counter())
        kept.extend(results)

    start = time.perf_counter()
    sweep(configs, epochs, done=done, jobs=-1)
    end = time.perf_counter()
    assert len(kept) == len(configs)
    return arrivals[0] - start, end - start


def twice(name: str, part: int) -> None:
    """Print the seconds of two sweeps over every `part`th network of a work."""
    configs, epochs, _ = WORKS[name]
    for _ in range(2):
        print(*measure(configs[::part], max(1, epochs // part)), flush=True)


def _one(name: str, part: int) -> list[list[float]]:
    """Two sweeps in a process of their own: (first results, end) of each."""
    program = f"from tests.benchmarks.sweeps import twice; twice({name!r}, {part})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return [[float(number) for number in line.split()] for line in done.stdout.splitlines()]


def _row(name: str) -> Row:
    def row(bench: Bench) -> Iterator[Figure]:
        rounds = [_one(name, bench.few(1, 50)) for _ in range(bench.few(ROUNDS))]
        first, after = (statistics.median(each[k][1] for each in rounds) for k in (0, 1))
        results = statistics.median(each[1][0] for each in rounds)
        yield Figure(f"{name}: first", first, "s", WORKS[name][2])
        yield Figure(f"{name}: next", after, "s", WORKS[name][2])
        yield Figure(f"{name}: first results", results, "s")

    return row


ROWS = {name: _row(name) for name in WORKS}

if __name__ == "__main__":
    main(__doc__, ROWS)
