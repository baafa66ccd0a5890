"""What is measured without peers, each in a process of its own: memory, manners, turns.

`python -m tests.benchmarks.alone memory` (or another of MEASURES) prints a JSON object; with `tiny`
behind it, of the least work that has one.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable

import numpy as np

from nnlib.config import RunConfig
from nnlib.run import Run
from nnlib.stack import train_stack
from pages.ui.live.trainer import TURN, Trainer
from pages.ui.session.session import Session
from tests.benchmarks.contenders.works import DEEP, MANY, SMALL, WIDE

MEMORY_EPOCHS, BRANCH_EPOCHS = 1_000, 2_000
TICK = 0.001  # s
LISTEN = 3.0  # s that the ticker listens for
STACK_EPOCHS = 100
ROUNDS, WINDOW = 4, 1.5  # of playing sessions, and the seconds of each
DRAWS = 10  # frames a second that a playing session's viewer draws


def memory() -> dict[str, float]:
    """MB that a trained run keeps alive, its history and snapshots included."""
    Run(SMALL).advance(1)  # what any run loads once is not this run's
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    run = Run(DEEP)
    run.advance(MEMORY_EPOCHS)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    return {"MB": (after - before) / 1e6, "epoch": run.epoch}


def branches() -> dict[str, float]:
    """MB that four futures of one run keep alive, each at the same epoch."""
    Run(SMALL).advance(1)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    run = Run(DEEP)
    run.advance(BRANCH_EPOCHS)
    futures = [run.branch(BRANCH_EPOCHS // 2, learning_rate=rate) for rate in (0.01, 0.1, 0.3)]
    for future in futures:
        future.advance(BRANCH_EPOCHS - future.epoch)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    return {"MB": (after - before) / 1e6, "epoch": run.epoch, "branches": 1 + len(futures)}


def manners() -> dict[str, float]:
    """How late (ms, p95) a thread that sleeps 1 ms wakes while another one trains."""
    lateness = {
        "W2's network": _lateness(_turns(DEEP)),
        "W3's network": _lateness(_turns(WIDE)),
        "W5's stack": _lateness(lambda: train_stack(MANY, STACK_EPOCHS)),
    }
    return {what: float(np.percentile(late, 95)) * 1000 for what, late in lateness.items()}


def _turns(config: RunConfig) -> Callable[[], None]:
    """A turn of about 10 ms of a run that goes on."""
    run = Run(config)
    start = time.perf_counter()
    run.advance(20)
    epochs = max(1, round(TURN / ((time.perf_counter() - start) / 20)))
    return lambda: run.advance(epochs)


def _lateness(work: Callable[[], object]) -> list[float]:
    """Seconds that each tick came too late while `work` is done over and over."""
    stop, late = threading.Event(), []

    def train() -> None:
        while not stop.is_set():
            work()
            time.sleep(0)

    thread = threading.Thread(target=train)
    thread.start()
    end = time.perf_counter() + LISTEN
    while (start := time.perf_counter()) < end:
        time.sleep(TICK)
        late.append(time.perf_counter() - start - TICK)
    stop.set()
    thread.join()
    return late


def turns() -> dict[str, float]:
    """Two playing sessions, as the app's trainer gives them turns: their epochs a second."""
    sessions = [Session(DEEP.replace(seed=seed)) for seed in (0, 1)]
    trainer = Trainer()
    for session in sessions:
        trainer.add(session)
        session.attach(lambda frame: None)
    rounds = [
        (
            statistics.mean(_epochs_a_second([session]) for session in sessions),
            _epochs_a_second(sessions),
        )
        for _ in range(ROUNDS)
    ]
    one, two = (statistics.median(rates) for rates in zip(*rounds, strict=True))
    share = statistics.median(together / alone for alone, together in rounds)
    return {"one": one, "two": two, "share": share}


def _epochs_a_second(playing: list[Session]) -> float:
    """Of all these sessions together, from their start on."""
    for session in playing:
        session.reset()
        session.play()
    for session in playing:
        session.settle(1)
    before, start = sum(session.run.epoch for session in playing), time.perf_counter()
    while time.perf_counter() < start + WINDOW:
        for session in playing:
            session.drawn()  # or the trainer takes the viewer for one who does not look
        time.sleep(1 / DRAWS)
    done = sum(session.run.epoch for session in playing) - before
    seconds = time.perf_counter() - start
    for session in playing:
        session.pause()
        session.settle(1)
    return done / seconds


def _tiny() -> None:
    """Do next to nothing from now on."""
    globals().update(MEMORY_EPOCHS=2, BRANCH_EPOCHS=4, STACK_EPOCHS=1, LISTEN=0.05)
    globals().update(ROUNDS=1, WINDOW=0.2)


MEASURES = {measure.__name__: measure for measure in (memory, branches, manners, turns)}

if __name__ == "__main__":
    if sys.argv[2:] == ["tiny"]:
        _tiny()
    print(json.dumps(MEASURES[sys.argv[1]]()))
