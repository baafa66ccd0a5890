"""A run that has rested is the run that never did, to the bit, and takes little while it rests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nnlib.changes import Change
from nnlib.config import RunConfig
from nnlib.data import read_csv
from nnlib.history import History, Snapshots
from nnlib.optimizers import OPTIMIZERS
from nnlib.run import Run

SMALL = RunConfig(n_samples=60, hidden=((4, "relu"), (3, "tanh")))  # 3 batches an epoch
LAST = 12


def live_through(config: RunConfig, rest: bool, act: Callable[[Run], None], **options) -> Run:
    """Trained to LAST with something done on the way; one of the two rests at many places."""
    run = Run(config, **options)

    def pause() -> None:
        if rest:
            run.rest()

    run.advance(3)
    pause()
    act(run)
    pause()
    for batches in (1, 1, 2, 3):  # inside epochs, too
        run.advance_batches(batches)
        pause()
    run.advance(LAST - run.epoch)
    pause()
    return run


def same(one: Run, other: Run) -> None:
    """Both are the same in everything that can be asked of them."""
    assert np.array_equal(one.network.parameters, other.network.parameters)
    assert one.state.keys() == other.state.keys()
    for name, value in one.state.items():
        assert np.array_equal(value, other.state[name])
    for name in ("epoch", "train_loss", "test_loss", "objective", "train_score", "test_score"):
        assert np.array_equal(getattr(one.history, name), getattr(other.history, name))
    assert (one.epoch, one.batch, one.config) == (other.epoch, other.batch, other.config)
    assert (one.changes, one.plan, one.diverged) == (other.changes, other.plan, other.diverged)
    assert np.array_equal(one.frozen, other.frozen)
    assert one.network.killed == other.network.killed
    assert one.data.loss == other.data.loss and one.data.output == other.data.output
    assert one.measure() == other.measure()


def both(act: Callable[[Run], None] = lambda run: None, config: RunConfig = SMALL, **options):
    never, rested = (live_through(config, rest, act, **options) for rest in (False, True))
    same(never, rested)
    return never, rested


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_whatever_the_optimizer_remembers_is_kept(optimizer: str):
    both(config=SMALL.replace(optimizer=optimizer, learning_rate=0.01))


@pytest.mark.parametrize("schedule", ["step", "exponential", "cosine"])
def test_a_schedule_goes_on_where_it_was(schedule: str):
    both(config=SMALL.replace(schedule=schedule, schedule_every=4))


@pytest.mark.parametrize(
    "name", ["w-1-1-1", "b-2-1", "freeze-w-1-1-2", "freeze-b-2-1", "kill-1-2", "randomise-2"]
)
def test_edits_of_the_network_stay(name: str):
    both(lambda run: run.edit(name, 1.0))


def test_several_edits_and_changes_stay():
    def act(run: Run) -> None:
        run.edit("freeze-w-1-1-2", 1.0)
        run.edit("kill-1-1", 1.0)
        run.change(learning_rate=0.3, l2=0.01)
        run.change(optimizer="adam")

    both(act)


def test_a_loss_that_was_changed_stays():
    never, _ = both(lambda run: run.change(loss="squared"), SMALL.replace(output="sigmoid"))
    assert never.data.loss == "squared"


def test_changes_to_come_still_come():
    changes = [
        Change(5, "learning_rate", 0.03, 0.1),
        Change(6, "freeze-w-1-1-1", 0.0, 1.0),
        Change(8, "batch_size", 10, 7),
    ]
    never, _ = both(changes=changes)
    assert len(never.changes) == 3


def test_a_run_that_diverges_does_so_at_the_same_epoch():
    wild = SMALL.replace(output="linear", loss="squared", learning_rate=10.0)
    never, _ = both(config=wild)
    assert never.diverged is not None


def test_own_data_are_the_same_again():
    rows = "\n".join(f"{i % 7},{(i * i) % 11},{'ab'[i % 2]}" for i in range(40))
    table = read_csv(f"one,two,class\n{rows}\n".encode())
    both(config=SMALL.replace(dataset="own"), data=table)


def test_every_epoch_can_still_be_visited():
    def act(run: Run) -> None:
        run.edit("freeze-w-1-1-2", 1.0)
        run.edit("w-1-2-1", 0.25)

    config = SMALL.replace(hidden=((48, "relu"), (48, "tanh")), optimizer="adam")
    never, rested = both(act, config)
    assert set(rested._snapshots.kept) < set(never._snapshots.kept)
    for epoch in range(LAST + 1):
        assert np.array_equal(never.snapshot(epoch), rested.snapshot(epoch))


def test_a_second_future_from_before_the_rest_is_the_same():
    never, rested = both()
    futures = [run.branch(2, learning_rate=0.5) for run in (never, rested)]
    for future in futures:
        future.advance(4)
    same(*futures)


def test_a_rest_keeps_little_of_a_heavy_run():
    run = Run(SMALL.replace(n_samples=500, hidden=((64, "tanh"),) * 6))
    run.advance(3)
    run.rest()
    arrays = [each for each in vars(run).values() if isinstance(each, np.ndarray)]
    kept = sum(array.nbytes for array in arrays) + run.network.parameters.nbytes
    assert kept < 1.1 * run.network.parameters.nbytes
    assert run._snapshots.kept == {}


def test_a_history_at_rest_is_packed_and_comes_back_whole():
    history, rng = History(64), np.random.default_rng(1)
    values = rng.normal(size=(50, 5))
    for epoch, row in enumerate(values):
        history.append(epoch, tuple(row))
    history.rest()
    history.rest()
    assert history._table is None
    history.append(50, (1.0, 2.0, 3.0, 4.0, 5.0))
    assert history.epoch.tolist() == list(range(51))
    assert np.array_equal(history.test_loss[:-1], values[:, 1])
    assert len(History(8).copy(0)) == 0


def test_snapshots_that_were_let_go_change_nothing_about_which_are_wanted():
    full, thin = Snapshots(8), Snapshots(8)
    for epoch in range(200):
        assert full.wants(epoch) == thin.wants(epoch)
        if epoch == 90:  # a second future begins there
            full, thin = full.copy(89), thin.copy(89)
        for each in (full, thin):
            each.add(epoch, np.zeros(10, np.float32), {})
        if epoch % 17 == 0:
            thin.let_go(1_500)
    assert set(thin.kept) < set(full.kept)
    assert thin.stride == full.stride > 1
