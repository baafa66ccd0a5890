"""Runs through time: snapshots, branches; and those that diverge."""

import numpy as np
import pytest

from nnlib.config import RunConfig
from nnlib.optimizers import OPTIMIZERS
from nnlib.run import Run
from tests.nnlib.runs import (
    EVENTFUL,
    bits,
    config,
    eventful,
    history_of,
    parameters_by_epoch,
    thin,
    trained,
)

# --- snapshots ------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1_000, 8, 4, 2, 1])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_snapshots_are_exact_to_the_bit_between_the_kept_ones(optimizer, limit):
    run = Run(config(optimizer=optimizer))
    run._snapshots.limit = limit
    expected = parameters_by_epoch(run, 21)
    assert [run.snapshot(epoch).tobytes() for epoch in range(22)] == expected
    assert len(run._snapshots.kept) <= max(limit, 1)


@pytest.mark.parametrize("limit", [1_000, 5, 2])
def test_snapshots_are_exact_to_the_bit_with_changes_on_the_way(limit):
    run = Run(config(**EVENTFUL))
    expected = eventful(run, limit)
    assert run.epoch == 25
    assert [run.snapshot(epoch).tobytes() for epoch in range(26)] == expected


def test_a_snapshot_is_a_copy_and_leaves_the_run_alone():
    run = trained(5)
    before, changes, history = bits(run), list(run.changes), history_of(run).tobytes()
    run.snapshot(3)[:] = 0
    run.snapshot(5)[:] = 0
    assert (bits(run), run.epoch, run.changes) == (before, 5, changes)
    assert history_of(run).tobytes() == history
    run.advance(2)
    assert bits(run) == bits(trained(7))


def test_a_snapshot_in_the_middle_of_an_epoch_is_that_of_its_beginning():
    run = trained(2)
    expected = bits(run)
    run.advance_batches(2)
    assert run.snapshot(2).tobytes() == expected
    assert run.batch == 2


def test_switching_the_optimizer_to_and_fro_forgets_its_state_also_in_a_snapshot():
    run = trained(5, optimizer="momentum")
    run.change(optimizer="adam")
    run.change(optimizer="momentum")
    run.advance(2)
    expected = bits(run)
    run.advance(1)
    assert run.snapshot(7).tobytes() == expected
    assert expected != bits(trained(7, optimizer="momentum"))


@pytest.mark.parametrize("epoch", [-1, 6, 1000])
def test_an_epoch_that_was_not_reached_has_no_snapshot_and_no_branch(epoch):
    run = trained(5)
    with pytest.raises(ValueError, match=f"epoch must be 0 to 5. Got {epoch} instead"):
        run.snapshot(epoch)
    with pytest.raises(ValueError, match=f"epoch must be 0 to 5. Got {epoch} instead"):
        run.branch(epoch, noise=1.0)


def test_a_run_keeps_as_few_snapshots_as_it_is_told():
    run, plain = Run(RunConfig(n_samples=50), snapshots=2), Run(RunConfig(n_samples=50))
    for each in (run, plain):
        each.advance(9)
    assert len(run._snapshots.kept) <= 2
    assert np.array_equal(run.snapshot(5), plain.snapshot(5))


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
@pytest.mark.parametrize("hidden", [(), ((8, "tanh"),) * 3, ((64, "relu"),) * 6])
def test_the_memory_of_snapshots_is_bounded(hidden, optimizer):
    run = Run(config(hidden=hidden, optimizer=optimizer, n_samples=20, batch_size=2000))
    run.advance(400)
    kept = run._snapshots.kept.values()
    arrays = [P for P, _ in kept]
    arrays += [v for _, state in kept for v in state.values() if isinstance(v, np.ndarray)]
    assert 8 <= len(kept) <= 256
    assert sum(each.nbytes for each in arrays) < 5_000_000


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_snapshot_holds_the_parameters_and_at_most_two_vectors_of_state(optimizer):
    for parameters, state in trained(2, optimizer=optimizer)._snapshots.kept.values():
        vectors = [v for v in state.values() if isinstance(v, np.ndarray)]
        assert len(vectors) <= 2
        assert all(v.shape == parameters.shape for v in vectors)


# --- branches -------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1_000, 4])
@pytest.mark.parametrize("epoch", [0, 1, 6, 10])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adamw"])
def test_a_branch_without_changes_goes_on_to_the_same_bits(optimizer, epoch, limit):
    run = Run(config(optimizer=optimizer))
    run._snapshots.limit = limit
    run.advance(10)
    branch = run.branch(epoch)
    assert branch.epoch == epoch
    branch.advance(10 - epoch)
    assert bits(branch) == bits(run)
    assert history_of(branch).tobytes() == history_of(run).tobytes()
    assert [branch.snapshot(e).tobytes() for e in (0, 3, 10)] == [
        run.snapshot(e).tobytes() for e in (0, 3, 10)
    ]


@pytest.mark.parametrize("epoch", [0, 5, 12, 16, 25])
@pytest.mark.parametrize(
    "changes",
    [{"learning_rate": 0.2}, {"optimizer": "nesterov", "l1": 0.01}, {"batch_size": 7}],
    ids=str,
)
@pytest.mark.parametrize("limit", [1_000, 3])
def test_a_branch_equals_a_fresh_run_with_the_same_changes(changes, epoch, limit):
    run = Run(config(**EVENTFUL))
    eventful(run, limit)
    branch = run.branch(epoch, **changes)
    branch.advance(4)

    fresh = Run(config(**EVENTFUL))
    for change in run.changes:
        if change.epoch <= epoch:
            fresh.advance(change.epoch - fresh.epoch)
            fresh.change(**{change.field: change.new})
    fresh.advance(epoch - fresh.epoch)
    fresh.change(**changes)
    fresh.advance(4)
    assert bits(branch) == bits(fresh)
    assert branch.config == fresh.config
    assert branch.changes == fresh.changes
    assert history_of(branch).tobytes() == history_of(fresh).tobytes()


@pytest.mark.parametrize(
    "changes",
    [{"hidden": ((4, "relu"), (2, "tanh"))}, {"noise": 0.5}, {"seed": 3, "l2": 0.1}],
    ids=str,
)
def test_a_branch_that_needs_new_weights_is_a_new_run_trained_to_the_epoch(changes):
    run = trained(6)
    branch = run.branch(4, **changes)
    expected = trained(4, **changes)
    assert (branch.epoch, branch.config) == (4, expected.config)
    assert bits(branch) == bits(expected)


def test_a_branch_leaves_the_original_untouched_and_lives_on_its_own():
    run = trained(6)
    branch = run.branch(3, learning_rate=0.5)
    branch.advance(5)
    assert (run.epoch, run.changes, len(run.history)) == (6, [], 7)
    run.advance(2)
    assert bits(run) == bits(trained(8))
    assert branch.epoch == 8
    assert branch.history.epoch.tolist() == list(range(9))


def test_a_branch_has_the_originals_snapshots_up_to_its_epoch():
    run = trained(10)
    assert list(run.branch(7)._snapshots.kept) == list(range(8))


@pytest.mark.parametrize("changes", [{"noise": 9.0}, {"loss": "hinge"}])
def test_a_branch_with_a_bad_value_is_refused_and_the_original_untouched(changes):
    run = trained(4, dataset="plane", output="linear", loss="squared")
    before = bits(run)
    with pytest.raises(ValueError):
        run.branch(2, **changes)
    assert (bits(run), run.epoch, run.changes) == (before, 4, [])


def test_branches_of_branches_are_exact_too():
    run = trained(6)
    branch = run.branch(4, l2=0.1)
    branch.advance(4)
    twig = branch.branch(6, optimizer="adam")
    twig.advance(2)

    fresh = trained(4)
    fresh.change(l2=0.1)
    fresh.advance(2)
    fresh.change(optimizer="adam")
    fresh.advance(2)
    assert bits(twig) == bits(fresh)
    assert twig.snapshot(5).tobytes() == branch.snapshot(5).tobytes()


# --- divergence -----------------------------------------------------------------------------------


WILD = {"dataset": "plane", "learning_rate": 10.0, "hidden": ((8, "relu"), (8, "relu"))}


def assert_sound(run: Run) -> None:
    """Whatever happened: everything is finite, and the history ends at or before the epoch."""
    assert np.isfinite(run.network.parameters).all()
    assert np.isfinite(history_of(run)).all()
    assert np.isfinite(run.measure()).all()
    assert run.history.epoch[-1] <= run.epoch
    assert run.diverged in (None, run.epoch + 1)


@pytest.mark.parametrize("hidden", ["linear", "relu", "gelu", "softplus", "selu"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", ["squared", "huber"])
def test_a_wild_rate_neither_raises_nor_warns(hidden, optimizer, loss):
    layers = ((8, hidden),) * 3
    run = trained(12, **WILD | {"hidden": layers, "optimizer": optimizer, "loss": loss})
    assert_sound(run)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov"])
def test_a_run_that_diverges_says_when_and_stands_where_it_was_before(optimizer):
    run = trained(10, **WILD, optimizer=optimizer)
    assert run.diverged == 1
    assert run.epoch == 0
    assert bits(run) == bits(Run(run.config))
    assert_sound(run)


def test_a_run_that_diverges_late_keeps_what_it_had():
    settings = {"dataset": "plane", "hidden": ((8, "relu"),)}
    run = trained(5, **settings)
    run.change(learning_rate=10.0)
    run.advance(10)
    expected = trained(5, **settings)
    assert (run.epoch, run.diverged) == (5, 6)
    assert bits(run) == bits(expected)
    assert history_of(run).tobytes() == history_of(expected).tobytes()


def test_divergence_is_seen_also_in_an_epoch_that_the_thinned_history_leaves_out():
    run = Run(config(dataset="plane", hidden=((8, "relu"),)))
    run.history, run._snapshots.limit = thin(4), 2
    run.advance(33)
    assert (run.history.stride, run._snapshots.stride) == (16, 32)
    before = bits(run)
    run.change(learning_rate=10.0)
    run.advance(1)
    assert (run.epoch, run.diverged) == (33, 34)
    assert bits(run) == before


def test_a_run_that_has_diverged_advances_no_further():
    run = trained(10, **WILD)
    before = bits(run)
    run.advance(5)
    run.advance_batches(3)
    assert (bits(run), run.epoch, run.batch, run.diverged) == (before, 0, 0, 1)


def test_divergence_batch_by_batch_ends_in_the_same_place():
    run, whole = Run(config(**WILD)), trained(10, **WILD)
    for _ in range(40):
        run.advance_batches(1)
    assert (bits(run), run.epoch, run.diverged) == (bits(whole), whole.epoch, whole.diverged)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_smaller_rate_goes_on_as_if_nothing_had_happened(optimizer):
    """The optimizer's state, too, is that of the last finite epoch."""
    settings = WILD | {"optimizer": optimizer, "learning_rate": 0.001}
    run, calm = trained(4, **settings), trained(4, **settings)
    run.change(learning_rate=10.0)
    with np.errstate(all="ignore"):
        run._begin_epoch()
        run._trainer.run(0, 1)
        run.network.parameters[:] = np.nan  # what the adaptive optimizers do not do by themselves
        run._trainer.run(1, 4)
        run._end_of_epoch()
    assert run.diverged == 5
    run.change(learning_rate=0.001)
    assert run.diverged is None
    run.advance(3)
    calm.advance(3)
    assert bits(run) == bits(calm)
    assert run.epoch == 7
    assert_sound(run)


def test_snapshots_and_branches_of_a_run_that_has_diverged():
    run = trained(5, dataset="plane", optimizer="momentum")
    run.change(learning_rate=10.0)
    run.advance(10)
    assert run.diverged is not None
    last = run.epoch
    assert run.snapshot(last).tobytes() == bits(run)
    branch = run.branch(last, learning_rate=0.001)
    branch.advance(3)
    assert branch.diverged is None
    assert branch.epoch == last + 3
    assert_sound(branch)


def test_a_loss_that_overflows_counts_as_divergence_even_if_the_weights_are_finite():
    run = trained(2, dataset="plane", hidden=((4, "linear"),) * 6)
    run._begin_epoch()
    run.network.parameters[:] = 1e5  # 7 layers: outputs beyond 1e35, their squares beyond float32
    run.batch = run.n_batches
    with np.errstate(all="ignore"):
        run._end_of_epoch()
    assert run.diverged == 3
    assert_sound(run)


def test_clipping_tames_a_wild_rate():
    run = trained(20, **WILD | {"clip_norm": 1e-4})
    assert run.diverged is None
    assert run.epoch == 20
    assert_sound(run)
