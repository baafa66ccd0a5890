"""The census of hidden units, and when and why the dead ones died."""

import numpy as np
import pytest

from nnlib.activations import activation
from nnlib.comparing.sweep import dead_share
from nnlib.config import RunConfig
from nnlib.network import MLP
from nnlib.run import Run
from nnlib.spaces.census import census, deaths


def small(hidden="relu", widths=(3,)) -> MLP:
    """2 inputs, hidden layers, one linear output; all parameters 0."""
    net = MLP(
        (2, *widths, 1),
        [hidden] * len(widths) + ["linear"],
        initializer="zeros",
        rng=np.random.default_rng(0),
        dtype=np.float64,
    )
    return net


X = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 2.0], [0.0, -2.0]])
Y = np.array([[1.0], [0.0], [2.0], [-1.0]])


def one_unit(w, b, hidden="relu", out=1.0):
    """The census of the only hidden unit of a 2-1-1 network."""
    net = small(hidden, (1,))
    net.weights[0][:, 0], net.biases[0][0] = w, b
    net.weights[1][0, 0] = out
    return census(net, X, Y, "squared")[0]


# --- A census -----------------------------------------------------------------------------------


def test_there_is_an_entry_for_every_hidden_unit_in_order():
    units = census(small(widths=(3, 2)), X, Y, "squared")
    assert [(u.layer, u.unit) for u in units] == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)]


def test_no_hidden_layer_has_no_entry():
    assert census(small(widths=()), X, Y, "squared") == []


def test_numbers_of_a_unit_by_hand():
    # w = (1, 0), b = 0: z = 1, -1, 0, 0. ReLU'(0) = 1, so 3 of the 4 points activate it.
    unit = one_unit((1, 0), 0)
    assert (unit.active, unit.positive, unit.slope) == (0.75, 0.75, 0.75)
    # g = a = 1, 0, 0, 0; dL/dz = 2 (g - y) / 4 = 0, (off), -1, 0.5
    # dL/dw = (0, -1 * 2 - 0.5 * 2) = (0, -3), dL/db = -0.5
    assert unit.gradient == pytest.approx(np.sqrt(9 + 0.25))
    assert (unit.state, unit.cause) == ("awake", "")


@pytest.mark.parametrize("hidden", ["relu", "leaky_relu", "tanh", "elu", "gelu"])
def test_the_gradient_of_a_unit_is_that_of_its_column(hidden, rng):
    net = MLP((2, 4, 3, 1), (hidden, hidden, "sigmoid"), rng=rng, dtype=np.float64)
    y = np.array([[1.0], [0.0], [1.0], [0.0]])
    _, flat = net.loss_and_gradient(X, y, "nll")
    of = {(1, j + 1): flat[[j, 4 + j, 8 + j]] for j in range(4)}
    of |= {(2, j + 1): flat[[12 + 3 * i + j for i in range(5)]] for j in range(3)}
    for unit in census(net, X, y, "nll"):
        assert unit.gradient == pytest.approx(np.linalg.norm(of[unit.layer, unit.unit]), rel=1e-12)


def test_leaky_relu_below_0_on_every_point_is_on_its_leaky_side_and_still_learns():
    unit = one_unit((1, 0), -5, "leaky_relu")
    assert (unit.active, unit.positive) == (0, 0)
    assert unit.slope == pytest.approx(0.01)
    assert unit.gradient > 0
    assert unit.state == "leaky"
    assert unit.cause.startswith("Only on its small slope on all points: its z is −4 at most")


def test_leaky_relu_is_active_where_z_is_not_negative():
    unit = one_unit((1, 0), 0, "leaky_relu")
    assert (unit.active, unit.state) == (0.75, "awake")


def test_a_linear_unit_has_no_side_on_which_it_is_off():
    unit = one_unit((1, 0), -5, "linear")
    assert (unit.active, unit.state) == (1, "awake")


def test_leaky_relu_of_slope_0_dies_as_relu_does():
    flat = activation("leaky_relu", leaky_slope=0.0)
    assert one_unit((1, 0), -5, flat).state == one_unit((1, 0), -5).state == "dead"


@pytest.mark.parametrize("hidden", ["sigmoid", "tanh"])
def test_a_smooth_unit_far_out_is_saturated_and_not_dead(hidden):
    unit = one_unit((0.1, 0), 60, hidden)
    assert unit.state == "saturated"
    assert unit.active == 1
    assert "nearly flat" in unit.cause


def test_a_dead_unit_gets_no_gradient():
    unit = one_unit((1, 0), -5)
    assert (unit.state, unit.active, unit.gradient) == ("dead", 0, 0)


# --- Causes -------------------------------------------------------------------------------------


def test_a_bias_that_outweighs_the_inputs_is_named_with_both_numbers():
    assert "reach 1 at most, and the bias is −5" in one_unit((1, 0), -5).cause


def test_negative_weights_on_inputs_that_are_never_negative_are_named():
    net = small(widths=(1, 1))
    net.weights[0][:, 0], net.weights[1][0, 0], net.biases[1][0] = (1, 0), -2, -0.5
    net.weights[2][0, 0] = 1
    unit = census(net, X, Y, "squared")[1]
    assert unit.state == "dead"
    assert unit.cause.startswith("Its input side is all negative")


def test_a_unit_below_which_all_are_dead_is_told_that_nothing_arrives():
    net = small(widths=(1, 1))
    net.biases[0][0], net.weights[1][0, 0], net.biases[1][0] = -1, 1, -0.5
    cause = census(net, X, Y, "squared")[1].cause
    assert cause == "Nothing arrives: all units of layer 1 are 0, and its bias is −0.5."


def test_a_unit_held_at_0_by_hand_is_not_called_dead():
    net = small(widths=(2,))
    net.biases[0][:] = -1
    net.killed = frozenset({(1, 2)})
    first, second = census(net, X, Y, "squared")
    assert (first.state, second.state) == ("dead", "held")
    assert "by hand" in second.cause


def test_a_unit_that_nobody_listens_to_is_unheard():
    unit = one_unit((1, 0), 1, out=0.0)
    assert (unit.state, unit.gradient) == ("unheard", 0)
    assert "outgoing weights are 0" in unit.cause


def test_a_unit_below_a_dead_one_is_unheard():
    net = small(widths=(1, 1))
    net.weights[0][:, 0], net.weights[1][0, 0], net.biases[1][0] = (1, 0), 1, -9
    net.weights[2][0, 0] = 1
    unit = census(net, X, Y, "squared")[0]
    assert unit.state == "unheard"
    assert "the units of layer 2 that listen to it are off" in unit.cause


# --- When ---------------------------------------------------------------------------------------


def wild(epochs=80, **settings) -> Run:
    """A run whose step is so large that units die."""
    run = Run(
        RunConfig(
            hidden=((8, "relu"), (8, "relu")), learning_rate=1.0, dataset="spiral", noise=0.1,
            n_samples=100, **settings,
        )
    )  # fmt: skip
    run.advance(epochs)
    return run


def dead_now(run: Run) -> set:
    Z = run.network.forward(run.data.X_train).Z
    return {
        (layer, int(j) + 1)
        for layer in range(1, run.network.depth)
        for j in np.flatnonzero((Z[layer] < 0).all(axis=0))
    } - run.network.killed


def by_looking_at_every_epoch(run: Run) -> dict:
    """(layer, unit) -> the epoch after the last one in which it was alive."""
    last = dict.fromkeys(dead_now(run), -1)
    visited = None
    for epoch in range(run.epoch + 1):
        visited = run.visit(epoch, visited)
        last |= {unit: epoch for unit in last if unit not in dead_now(visited)}
    return {unit: epoch + 1 for unit, epoch in last.items()}


def test_the_epoch_of_death_is_the_one_after_the_last_in_which_the_unit_was_alive():
    run = wild()
    expected = by_looking_at_every_epoch(run)
    assert len(expected) >= 3
    assert {(d.layer, d.unit): d.epoch for d in deaths(run)} == expected


def test_between_kept_snapshots_the_epoch_of_death_is_found_by_training_again():
    run = wild()
    run._snapshots.kept = {e: s for e, s in run._snapshots.kept.items() if e % 16 == 0}
    found = {(d.layer, d.unit): d.epoch for d in deaths(run)}
    assert found.keys() == dead_now(run)
    assert any(epoch % 16 > 1 for epoch in found.values())
    for unit, epoch in found.items():
        assert epoch == 0 or unit not in dead_now(run.visit(epoch - 1))
        later = [epoch, *(kept for kept in run._snapshots.kept if kept > epoch)]
        assert all(unit in dead_now(run.visit(each)) for each in later)


def test_the_dead_are_those_that_the_sweep_counts():
    run = wild()
    assert len(deaths(run)) / 16 == dead_share(run)


def test_a_unit_that_is_alive_has_no_epoch_of_death():
    run = wild()
    alive = {(layer, unit) for layer in (1, 2) for unit in range(1, 9)} - dead_now(run)
    assert alive
    assert alive.isdisjoint((death.layer, death.unit) for death in deaths(run))


def test_looking_for_deaths_leaves_the_run_as_it_is():
    run = wild()
    before = run.network.parameters.copy()
    deaths(run)
    assert run.epoch == 80
    assert np.array_equal(run.network.parameters, before)


def test_a_smooth_network_has_no_deaths():
    run = Run(RunConfig(n_samples=50))
    run.advance(5)
    assert deaths(run) == []


def quiet(epochs: int) -> Run:
    """A run that hardly moves: who dies in it was made to."""
    run = Run(RunConfig(hidden=((4, "relu"),), learning_rate=1e-4, n_samples=50))
    run.advance(epochs)
    return run


def test_a_unit_that_was_dead_from_the_start_was_born_dead():
    # With these initial weights some units of layer 2 have negative weights only.
    run = Run(RunConfig(hidden=((2, "relu"), (6, "relu")), n_samples=50, weight_seed=7))
    found = deaths(run)
    assert found
    assert {death.epoch for death in found} == {0}
    assert all(death.cause.startswith("Born dead: ") for death in found)


def test_a_death_by_hand_is_dated_and_named():
    run = quiet(7)
    run.edit("b-1-2", -90)
    run.advance(3)
    (death,) = deaths(run)
    assert (death.layer, death.unit, death.epoch) == (1, 2, 7)
    assert death.cause.startswith("Edited by hand after epoch 7")


def test_a_unit_that_revived_is_dated_by_its_last_death():
    run = quiet(3)
    run.edit("b-1-2", -90)
    run.advance(3)
    run.edit("b-1-2", 0)
    run.advance(3)
    assert deaths(run) == []
    run.edit("b-1-2", -90)
    run.advance(2)
    (death,) = deaths(run)
    assert (death.layer, death.unit, death.epoch) == (1, 2, 9)


def test_a_unit_that_dies_in_the_epoch_under_way_is_dated_by_it():
    run = wild(epochs=0)
    while not dead_now(run) or run.batch == 0:
        run.advance_batches(1)
        assert run.epoch < 20
    under_way = {(d.layer, d.unit): d for d in deaths(run)}
    alive_before = dead_now(run) - dead_now(run.visit(run.epoch))
    assert alive_before
    assert all(under_way[unit].epoch == run.epoch + 1 for unit in alive_before)
    assert all(d.cause for d in under_way.values())


def test_a_step_too_large_is_named_with_its_learning_rate():
    found = [d for d in deaths(wild()) if d.cause.startswith("Step too large")]
    assert found
    assert all("learning rate 1" in d.cause for d in found)
