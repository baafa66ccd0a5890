"""Sweeps: many configs trained to the same epoch, and of each what a comparison needs.

The work is cut into chunks of configs that can train side by side (stack.py). Small work is done
in the calling thread, larger in joblib's processes or on a Dask cluster. The chunks depend on the
work alone, so where they are trained changes no bit of the result. The processes step back behind
whatever else runs on this machine, leave a core to it, and end when the one that began them ends.
"""

from __future__ import annotations

import math
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Generator, Sequence
from concurrent.futures import as_completed, wait
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from nnlib.basics.late import late
from nnlib.config import MAX_QUERY_EPOCHS, RunConfig
from nnlib.data import Table
from nnlib.history import History
from nnlib.optimizers import OPTIMIZERS
from nnlib.run import Run
from nnlib.stack import Stack, stacks
from nnlib.streams import ORDER_BLOCK
from nnlib.task import Data, choose_pair, prepare

# A run has solved its task when the test score first reaches this: accuracy, or R^2.
SOLVED = {"classification": 0.95, "regression": 0.9}
CURVE_COLUMNS = 120  # of an Outcome's curve, at most
CHUNK = 16  # configs that train side by side, at most: 8 cost 30 % more each, 32 hardly less
SMALL = 1.0  # s of work, about, up to which starting processes does not pay
CONNECT = 10  # s that a cluster has to answer
NICE = 10  # that processes are lower in priority: they have what is left of a core, and little more
IDLE = 60  # s after which a process that has nothing to do ends
_POLL = 0.05  # s between two looks at whether a sweep is still wanted
_ORPHAN_POLL = 0.5  # s between two looks of a process at whether who began it is still there


class SchedulerError(RuntimeError):
    """The Dask cluster cannot be used; the message says why, for people."""


@dataclass(frozen=True)
class Outcome:
    """What is kept of a run.

    A run that diverged has the worst numbers there are: losses inf, scores -inf.

    Attributes
    ----------
    train_loss, test_loss : data loss at the end
    train_score, test_score : accuracy (0-1) or R^2 at the end
    epochs_to_solve : the epoch in which the test score first reached SOLVED, or None
    dead : share 0-1 of the hidden units that are dead (`dead_share`)
    diverged : the epoch in which the numbers stopped being finite, or None
    epoch : epochs trained; for a run that diverged, those that were finite
    curve : float32 (3, m): epoch, train loss, test loss, m at most CURVE_COLUMNS. The same epochs
        for all runs of a sweep; inf from where a run diverged
    """

    train_loss: float
    test_loss: float
    train_score: float
    test_score: float
    epochs_to_solve: int | None
    dead: float
    diverged: int | None
    epoch: int
    curve: np.ndarray


Result = list[tuple[int, Outcome]]
Task = Callable[[Callable[[], bool]], Result]  # from "is it cancelled?" to a chunk's result


# ---------------------------------------------------------------- what is kept of a run


def solved_at(run: Run) -> int | None:
    """The first epoch in the history whose test score reached SOLVED; None: none did."""
    threshold = SOLVED["regression" if run.data.kind == "regression" else "classification"]
    reached = np.flatnonzero(run.history.test_score >= threshold)
    return int(run.history.epoch[reached[0]]) if len(reached) else None


def dead_share(run: Run) -> float:
    """Share 0-1 of the hidden units that are dead.

    A unit is dead when its z is on a flat part of f for every training point: f' is 0 there, so no
    gradient reaches its weights. That is z < 0 under ReLU or leaky ReLU of slope 0; all others
    have no flat part. (ReLU'(0) = 1: a unit at z = 0 is not dead.)
    """
    network = run.network
    hidden = network.activations[:-1]
    if not any(f.pieces is not None and 0 in f.pieces.slopes for f in hidden):
        return 0.0
    with np.errstate(all="ignore"):
        Z = network.forward(run.data.X_train).Z[1:-1]
    dead = sum(int(f.flat(each).all(axis=0).sum()) for f, each in zip(hidden, Z, strict=True))
    return dead / sum(network.sizes[1:-1])


def outcome(run: Run, epochs: int | None = None) -> Outcome:
    """What is kept of a run that was to be trained `epochs` epochs (None: so far)."""
    columns = curve_epochs(run.epoch if epochs is None else epochs)
    train_loss, test_loss, _, train_score, test_score = run.measure()
    curve = np.full((3, len(columns)), np.inf, np.float32)
    curve[0] = columns
    # A long history is thinned: the last epoch kept up to there stands for those after it.
    history = run.history
    past = columns <= run.epoch
    rows = np.searchsorted(history.epoch, columns[past], side="right") - 1
    curve[1, past], curve[2, past] = history.train_loss[rows], history.test_loss[rows]
    if run.diverged is not None:
        train_loss = test_loss = math.inf
        train_score = test_score = -math.inf
    return Outcome(
        train_loss=train_loss,
        test_loss=test_loss,
        train_score=train_score,
        test_score=test_score,
        epochs_to_solve=solved_at(run),
        dead=dead_share(run),
        diverged=run.diverged,
        epoch=run.epoch,
        curve=curve,
    )


def curve_epochs(epochs: int) -> np.ndarray:
    """The epochs of a curve's columns: 0 to `epochs`, evenly, at most CURVE_COLUMNS."""
    return np.unique(np.linspace(0, epochs, min(epochs + 1, CURVE_COLUMNS)).round().astype(int))


# ---------------------------------------------------------------- the sweep


def sweep(
    configs: Sequence[RunConfig],
    epochs: int,
    *,
    done: Callable[[list[tuple[int, Outcome]]], None],
    cancelled: Callable[[], bool] = lambda: False,
    known: Collection[int] = (),
    data: Table | None = None,
    jobs: int = -1,
    scheduler: str | None = None,
) -> None:
    """Train every config `epochs` epochs (1 to 10,000) and hand over what is kept of it.

    done : gets (index into configs, Outcome) of those that have just ended, a list at a time, in
        the calling thread; each index once, in any order
    cancelled : asked about twenty times a second, maybe from another thread; once it says True
        the sweep ends soon, and those under way are not handed over. A cluster's workers finish
        the chunk that they are at
    known : indices that need not be handed over again, those of an earlier call that was
        cancelled: it goes on from there, to the same bits
    data : own data, for configs with the dataset "own"
    jobs : processes on this machine, -1 for one fewer than there are cores (but one); 1 trains in
        this thread, and so does work of less than about a second
    scheduler : address of a Dask scheduler, whose workers can import nnlib, to train there

    Raises ValueError or DataError (with a sentence for people) for a bad argument or a config
    that does not fit its data, and SchedulerError where the cluster cannot be used.
    """
    if type(epochs) is not int or not 1 <= epochs <= MAX_QUERY_EPOCHS:
        raise ValueError(
            f"epochs: {epochs!r} is not possible; "
            f"allowed: a whole number from 1 to {MAX_QUERY_EPOCHS:,}."
        )
    if type(jobs) is not int or (jobs < 1 and jobs != -1):
        raise ValueError(f"jobs: {jobs!r} is not possible; allowed: -1, or 1 and more.")
    known = set(known)
    chunks = [chunk for chunk in _chunks(configs, data) if not known.issuperset(chunk[0])]
    tasks: list[Task] = [
        partial(_train, [configs[i] for i in chunk], chunk, epochs, data) for chunk, _ in chunks
    ]
    if scheduler is not None:
        results = _on_cluster(tasks, cancelled, scheduler)
    elif jobs == 1 or epochs * sum(seconds for _, seconds in chunks) < SMALL:
        results = _in_thread(tasks, cancelled)
    else:
        results = _in_processes(tasks, cancelled, _spare_cores() if jobs == -1 else jobs)
    with closing(results):
        for result in results:
            if result:
                done(result)


def _in_thread(tasks: list[Task], cancelled: Callable[[], bool]) -> Generator[Result, None, None]:
    for task in tasks:
        if cancelled():
            return
        yield task(cancelled)


def _spare_cores() -> int:
    """One is left to what else this machine does; but one process there is."""
    return max(1, late("joblib").cpu_count() - 1)


def _in_processes(
    tasks: list[Task], cancelled: Callable[[], bool], jobs: int
) -> Generator[Result, None, None]:
    """In processes that stay for the next sweep, IDLE seconds at most.

    (joblib.Parallel would take one process for none, and train in this thread.)
    """
    executor = late("joblib.externals.loky").get_reusable_executor(
        jobs, timeout=IDLE, initializer=_step_back, initargs=(os.getpid(),)
    )
    with tempfile.TemporaryDirectory() as folder:
        # A file tells the processes to stop. (Ending them would end another viewer's sweep, too.)
        stop = Path(folder) / "stop"
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(_POLL):
                if cancelled():
                    stop.touch()
                    return

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        asked = partial(os.path.exists, stop)
        futures = [executor.submit(task, asked) for task in tasks]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            stop.touch()
            ended.set()
            watcher.join()
            wait([each for each in futures if not each.cancel()])  # those see the file


def _step_back(parent: int) -> None:
    """In a process, first of all: let others go first, and end when its parent has ended, however.

    It would be found waiting or training minutes later. Where there are no priorities, or a
    process keeps the number of a parent that is gone (Windows), nothing happens.
    """
    if hasattr(os, "nice"):
        os.nice(NICE)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_ORPHAN_POLL)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def end_processes() -> None:
    """End the processes now, whatever they are doing: the program ends."""
    if "joblib" not in sys.modules:
        return
    loky = late("joblib.externals.loky")
    loky.get_reusable_executor(reuse=True).shutdown(wait=False, kill_workers=True)


def _on_cluster(
    tasks: list[Task], cancelled: Callable[[], bool], address: str
) -> Generator[Result, None, None]:
    """On the workers of a Dask scheduler."""
    try:
        distributed = late("distributed")
    except ImportError:
        raise SchedulerError(
            "This server has no Dask: install it with pip install 'dask[distributed]'."
        ) from None
    try:
        client = distributed.Client(address, timeout=CONNECT, set_as_default=False)
    except (OSError, ValueError):
        raise SchedulerError(f"The Dask scheduler at {address} does not answer.") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=CONNECT)
        except TimeoutError:
            raise SchedulerError(f"The Dask scheduler at {address} has no workers.") from None
        pending = {client.submit(task, _never, pure=False) for task in tasks}
        try:
            while pending and not cancelled():
                try:
                    with client.as_current():  # which `wait` asks
                        finished, pending = distributed.wait(
                            pending, _POLL, return_when="FIRST_COMPLETED"
                        )
                except TimeoutError:
                    continue
                for each in finished:
                    yield each.result()
        except ValueError:  # ours: a config that does not fit its data
            raise
        except Exception as error:
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise SchedulerError(
                f"The Dask cluster at {address} failed ({reason}). Its workers have to run the "
                "same version of this app."
            ) from error
        finally:
            client.cancel(list(pending))


def _never() -> bool:
    return False


# ---------------------------------------------------------------- a chunk of it


def _chunks(configs: Sequence[RunConfig], data: Table | None) -> list[tuple[list[int], float]]:
    """Indices of configs that train side by side, and about how many seconds an epoch takes.

    The longest come first, so that no core is left with one at the end. Neighbours have the same
    activations: they share their calls.
    """
    alike: dict[tuple[object, ...], list[int]] = {}
    for i, config in enumerate(configs):
        alike.setdefault(_alike(config), []).append(i)
    chunks = []
    for indices in alike.values():
        first = prepare(configs[indices[0]], data)
        for i in indices:
            choose_pair(configs[i], first.kind)  # an error now, not in the middle
        indices.sort(key=lambda i: ([name for _, name in configs[i].hidden], configs[i].output))
        for part in np.array_split(indices, math.ceil(len(indices) / CHUNK)):
            chunks.append((part.tolist(), _seconds(configs[indices[0]], first, len(part))))
    return sorted(chunks, key=lambda chunk: -chunk[1])


def _alike(config: RunConfig) -> tuple[object, ...]:
    """Configs that are equal in this have networks of one shape (`stacks` has the last word)."""
    c = config
    return (
        *(c.dataset, c.n_samples, c.test_share, c.n_classes, c.columns, c.target, c.task),
        *(c.features, tuple(width for width, _ in c.hidden)),
        *("softmax" in (c.output, c.loss.partition("_")[0]), c.batch_size, c.clip_norm is None),
        *(c.optimizer, *c.settings_of(OPTIMIZERS[c.optimizer]).values()),
    )


def _seconds(config: RunConfig, data: Data, runs: int) -> float:
    """About how long an epoch of so many runs side by side takes: right within a factor of two.

    (Measured for 0 to 6 layers of up to 32 units and batches of 1 to 250.)
    """
    n = len(data.X_train)
    sizes = [data.X_train.shape[1], *(width for width, _ in config.hidden), data.y_train.shape[1]]
    weights = sum((m + 1) * k for m, k in pairwise(sizes))
    calls = math.ceil(n / config.batch_size) * (len(sizes) - 1)
    return calls * (3e-6 + 4e-7 * runs) + n * weights * 5e-10 * runs


def _train(
    configs: list[RunConfig],
    indices: list[int],
    epochs: int,
    data: Table | None,
    cancelled: Callable[[], bool],
) -> Result:
    """Train a chunk; nothing where the sweep was cancelled on the way."""
    with threadpool_limits(1, "blas"):  # in processes of their own: as many as there are cores
        runs = [Run(config, data) for config in configs]
        for run in runs:  # a long history would be thinned: the epoch of SOLVED is wanted exactly
            run.history = History(limit=epochs + 1)
            run.history.append(0, run.measure())
        for group in stacks(runs):
            together = Stack(group) if len(group) > 1 else group[0]
            n_batches = math.ceil(len(group[0].data.X_train) / group[0].config.batch_size)
            piece = max(1, min(ORDER_BLOCK, 1_000 // n_batches))
            for start in range(0, epochs, piece):
                if cancelled():
                    return []
                together.advance(min(piece, epochs - start))
        return [(i, outcome(run, epochs)) for i, run in zip(indices, runs, strict=True)]
