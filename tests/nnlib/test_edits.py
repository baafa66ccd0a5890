"""Edits of a network by hand: set, freeze, kill, draw anew; and that such a run can be replayed."""

import numpy as np
import pytest

from nnlib.changes import Change, read_changes, write_changes
from nnlib.config import RunConfig
from nnlib.edits import MAX_PARAMETER, is_edit, read_edit
from nnlib.fast.kernel import Kernel
from nnlib.losses import LOSSES
from nnlib.network import MLP
from nnlib.optimizers import OPTIMIZERS
from nnlib.run import Run

HIDDEN = ((4, "tanh"), (3, "relu"))


def a_run(**settings) -> Run:
    settings = {"n_samples": 60, "noise": 0.3, "batch_size": 7, "hidden": HIDDEN, **settings}
    return Run(RunConfig(**settings), dtype=np.float64)


# --- names ---------------------------------------------------------------------------------------


def test_a_name_means_the_weight_from_unit_i_to_unit_j_of_a_layer():
    net = MLP((2, 4, 3, 1), ["tanh"] * 3, rng=np.random.default_rng(0))
    net.parameters[:] = np.arange(net.parameters.size)
    for layer, (W, b) in enumerate(zip(net.weights, net.biases, strict=True), start=1):
        for i in range(len(W)):
            for j in range(len(b)):
                edit = read_edit(f"w-{layer}-{i + 1}-{j + 1}", net.sizes)
                assert net.parameters[edit.index] == W[i, j]
        for j in range(len(b)):
            assert net.parameters[read_edit(f"b-{layer}-{j + 1}", net.sizes).index] == b[j]


@pytest.mark.parametrize(
    "name",
    [
        *("w-0-1-1", "w-4-1-1", "w-1-3-1", "w-1-1-5", "b-1-0", "b-3-2", "kill-3-1", "kill-1-5"),
        *(
            "randomise-0",
            "randomise-4",
            "freeze-kill-1-1",
            "freeze",
            "w-1-1",
            "w-1-1-1-1",
            "w-1-1-x",
        ),
        *("w-1-1-²", "w-1--1-1", "bias", ""),
    ],
)
def test_a_place_that_is_not_there_is_refused_with_a_sentence(name):
    run = a_run()
    before = run.network.parameters.copy()
    with pytest.raises(ValueError, match=name[:4] or "no edit"):
        run.edit(name, 1.0)
    assert np.array_equal(run.network.parameters, before)
    assert run.changes == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("w-1-1-1", value) for value in (np.nan, np.inf, MAX_PARAMETER * 1.01, "1", None, True)),
        *(("kill-1-1", value) for value in (0.5, 2, -1, "1")),
        *(("randomise-1", value) for value in (0, 1.5, np.nan, 1e9)),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_with_a_sentence(name, value):
    run = a_run()
    with pytest.raises(ValueError, match=name):
        run.edit(name, value)
    assert run.changes == []


def test_names_of_settings_are_no_edits():
    assert not any(is_edit(name) for name in RunConfig.model_fields)


# --- setting -------------------------------------------------------------------------------------


def test_a_weight_set_by_hand_is_what_training_goes_on_from():
    run, other = a_run(), a_run()
    run.edit("w-2-3-1", -1.5)
    run.edit("b-3-1", 0.25)
    other.network.weights[1][2, 0] = -1.5
    other.network.biases[2][0] = 0.25
    run.advance(4)
    other.advance(4)
    assert np.array_equal(run.network.parameters, other.network.parameters)


def test_an_edit_within_an_epoch_finishes_it_first():
    run = a_run()
    run.advance_batches(2)
    run.edit("w-1-1-1", 0.5)
    assert (run.epoch, run.batch) == (1, 0)
    assert run.changes[0].epoch == 1


def test_a_dragged_weight_is_one_change_from_its_first_value_to_its_last():
    run = a_run()
    before = run.network.weights[0][0, 1]
    for value in (0.1, 0.2, 0.3):
        run.edit("w-1-1-2", value)
    assert run.changes == [Change(0, "w-1-1-2", before, 0.3)]


def test_measure_sees_the_edit_at_once():
    run = a_run()
    before = run.measure()
    run.edit("b-3-1", 3.0)
    assert run.measure() != before


# --- freezing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_frozen_parameters_stay_to_the_bit_and_the_others_move(optimizer):
    run = a_run(optimizer=optimizer, l1=0.01, l2=0.1, clip_norm=0.5, learning_rate=0.01)
    run.advance(3)  # momentum is on its way
    names = ["w-1-1-1", "w-2-3-2", "b-2-1", "b-3-1"]
    held = [read_edit(name, run.network.sizes).index for name in names]
    before = run.network.parameters.copy()
    for name in names:
        run.edit(f"freeze-{name}", 1)
    run.advance(5)
    moved = run.network.parameters != before
    assert not moved[held].any()
    assert np.delete(moved, held).mean() > 0.7  # a relu unit may be dead


def test_a_frozen_weight_can_still_be_set_and_then_stays_there():
    run = a_run()
    run.edit("freeze-w-1-1-1", 1)
    run.advance(1)
    run.edit("w-1-1-1", 0.75)
    run.advance(3)
    assert run.network.weights[0][0, 0] == 0.75


def test_an_unfrozen_weight_moves_again():
    run = a_run()
    run.edit("freeze-w-1-1-1", 1)
    run.advance(2)
    before = run.network.weights[0][0, 0]
    run.edit("freeze-w-1-1-1", 0)
    run.advance(1)
    assert run.network.weights[0][0, 0] != before
    assert not run.frozen.any()


# --- killing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [("tanh", "relu"), ("linear", "linear"), ("gelu", "elu")])
def test_a_killed_units_output_is_0_wherever_the_network_is_computed(names):
    run = a_run(hidden=tuple(zip((4, 3), names, strict=True)))
    run.edit("kill-1-2", 1)
    run.edit("kill-2-3", 1)
    trace = run.network.forward(run.data.X_train)
    assert not trace.A[1][:, 1].any()
    assert not trace.A[2][:, 2].any()
    run._evaluation.run()
    hidden = run._evaluation._forward.hidden
    n = len(run.data.X_train)
    np.testing.assert_allclose(hidden[0][:, :n].T, trace.A[1], atol=1e-12)
    np.testing.assert_allclose(hidden[1][:, :n].T, trace.A[2], atol=1e-12)


@pytest.mark.parametrize("names", [("tanh", "relu"), ("linear", "linear"), ("silu", "silu")])
def test_the_hot_loop_trains_around_a_killed_unit_as_the_clear_code_does(names):
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(20, 2)), rng.normal(size=(20, 1))
    fast = MLP((2, 4, 3, 1), [*names, "linear"], rng=np.random.default_rng(2), dtype=np.float64)
    clear = MLP((2, 4, 3, 1), [*names, "linear"], rng=np.random.default_rng(2), dtype=np.float64)
    fast.killed = clear.killed = frozenset({(1, 2), (2, 1)})
    kernel = Kernel(
        fast, X, y, LOSSES["squared"], OPTIMIZERS["sgd"], batch_size=20, learning_rate=0.05
    )
    for _ in range(10):
        kernel.run(0, 1)
        clear.parameters[:] -= 0.05 * clear.loss_and_gradient(X, y, "squared")[1]
    np.testing.assert_allclose(fast.parameters, clear.parameters, rtol=1e-12)


def test_the_gradient_around_a_killed_unit_is_the_one_of_finite_differences():
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(9, 2)), rng.normal(size=(9, 1))
    net = MLP((2, 4, 3, 1), ["tanh", "tanh", "linear"], rng=rng, dtype=np.float64)
    net.killed = frozenset({(1, 3), (2, 2)})
    gradient = net.loss_and_gradient(X, y, "squared")[1]
    for i, start in enumerate(net.parameters.copy()):
        ends = []
        for step in (1e-6, -1e-6):
            net.parameters[i] = start + step
            ends.append(net.loss_and_gradient(X, y, "squared")[0])
        net.parameters[i] = start
        assert gradient[i] == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-7)


def test_a_unit_brought_back_has_the_weights_that_it_had():
    run = a_run()
    before = run.network.weights[0][:, 1].copy()
    run.edit("kill-1-2", 1)
    run.advance(4)
    run.edit("kill-1-2", 0)
    assert run.network.killed == frozenset()
    assert np.array_equal(run.network.weights[0][:, 1], before)


# --- drawing anew --------------------------------------------------------------------------------


def test_a_layer_drawn_anew_is_another_one_each_time_and_the_others_stay():
    run = a_run()
    before = [W.copy() for W in run.network.weights]
    run.edit("randomise-2", 1)
    first = run.network.weights[1].copy()
    run.edit("randomise-2", 2)
    second = run.network.weights[1]
    assert not np.isclose(first, before[1]).any()
    assert not np.isclose(first, second).any()
    assert np.array_equal(run.network.weights[0], before[0])
    assert np.array_equal(run.network.weights[2], before[2])


def test_the_same_draw_is_the_same_layer_and_frozen_weights_stay():
    one, two = a_run(), a_run()
    one.edit("randomise-1", 3)
    two.edit("freeze-w-1-1-1", 1)
    held = two.network.weights[0][0, 0]
    two.edit("randomise-1", 3)
    assert two.network.weights[0][0, 0] == held
    assert np.array_equal(one.network.weights[0][1:], two.network.weights[0][1:])


# --- replaying -----------------------------------------------------------------------------------


def edited() -> Run:
    """A run with every kind of edit and a changed setting on its way, at epoch 40."""
    run = a_run(optimizer="momentum")
    for epochs, name, value in (
        (3, "w-2-3-1", -1.5),
        (2, "freeze-w-2-3-1", 1),
        (4, "kill-1-2", 1),
        (0, "b-1-1", 0.5),
        (5, "randomise-3", 1),
        (6, "kill-1-2", 0),
        (2, "freeze-w-2-3-1", 0),
    ):
        run.advance(epochs)
        run.edit(name, value)
    run.advance(3)
    run.change(learning_rate=0.1)
    run.advance(40 - run.epoch)
    return run


def test_config_and_changes_reproduce_the_run():
    run = edited()
    again = Run(run.initial_config, changes=run.changes, dtype=np.float64)
    again.advance(40)
    assert np.array_equal(again.network.parameters, run.network.parameters)
    assert [(c.epoch, c.field, c.new) for c in again.changes] == [
        (c.epoch, c.field, c.new) for c in run.changes
    ]


@pytest.mark.parametrize("epoch", [0, 3, 4, 7, 9, 12, 20, 21, 22, 33, 40])
def test_every_epoch_of_an_edited_run_can_be_visited_to_the_bit(epoch):
    run, other = edited(), a_run(optimizer="momentum")
    plan = Run(run.initial_config, changes=run.changes, dtype=np.float64)
    plan.advance(epoch)
    assert np.array_equal(run.snapshot(epoch), plan.network.parameters)
    assert other.epoch == 0
    visited = run.branch(epoch)
    assert visited.network.killed == plan.network.killed
    assert np.array_equal(visited.frozen, plan.frozen)


def test_a_thinned_run_is_visited_exactly_between_its_snapshots():
    run = edited()
    run._snapshots.kept = {e: s for e, s in run._snapshots.kept.items() if e % 16 == 0}
    plan = Run(run.initial_config, changes=run.changes, dtype=np.float64)
    plan.advance(31)
    assert np.array_equal(run.snapshot(31), plan.network.parameters)


def test_a_branch_has_the_edits_up_to_its_epoch_and_may_have_its_own():
    run = edited()
    branch = run.branch(5)
    branch.edit("w-1-1-1", 2.0)
    branch.advance(2)
    assert [c.field for c in branch.changes] == ["w-2-3-1", "freeze-w-2-3-1", "w-1-1-1"]
    assert "w-1-1-1" not in [c.field for c in run.changes]


def test_a_link_carries_edits():
    run = edited()
    text = write_changes(run.changes)
    changes, problems = read_changes(text, run.initial_config)
    assert problems == []
    again = Run(run.initial_config, changes=changes, dtype=np.float64)
    again.advance(40)
    assert np.array_equal(again.network.parameters, run.network.parameters)


@pytest.mark.parametrize("text", ["5.w-9-1-1.1", "5.w-1-1-1.1000", "5.kill-1-1.3", "5.b-1-1.1e999"])
def test_a_links_edit_that_does_not_fit_the_network_is_refused_by_the_run(text):
    changes, problems = read_changes(text, RunConfig())
    assert problems == []
    with pytest.raises(ValueError, match=text.split(".")[1]):
        Run(RunConfig(), changes=changes)


def test_a_links_edit_that_is_no_number_is_refused():
    assert read_changes("5.w-1-1-1.x", RunConfig())[1]
