"""Finite differences: right gradients are green, wrong ones are not, and kinks are named."""

import numpy as np
import pytest
from autograd import grad
from scipy.optimize import approx_fprime

from nnlib.activations import HIDDEN_ACTIVATIONS
from nnlib.explaining.checks import (
    GREEN,
    Check,
    chain_checks,
    finite_differences,
    spread,
    step_checks,
)
from nnlib.explaining.microscope import microscope
from nnlib.explaining.one_neuron import neuron_story
from nnlib.explaining.small_graphs import scalar_chain
from nnlib.network import MLP
from tests.nnlib.explaining.backprop_oracle import PAIRS, by_id, case, loss_of


def finite_difference(net: MLP, x: np.ndarray, y: np.ndarray, loss: str, index: int) -> Check:
    """Of one parameter."""
    return finite_differences(net, x, y, loss, [index])[0]


# --- Parameters, of an example and of a batch ---------------------------------------------------


@pytest.mark.parametrize(("output", "loss", "k"), PAIRS)
@pytest.mark.parametrize("hidden", ["tanh", "relu", "gelu", "elu"])
def test_every_gradient_is_green(hidden, output, loss, k):
    net, x, y = case((hidden, hidden, output), loss, k, seed=3)
    checks = finite_differences(net, x, y, loss, range(len(net.parameters)))
    assert all(check.green and check.relative_error < GREEN for check in checks)
    expected = net.loss_and_gradient(x[None], y[None], loss)[1]
    assert [check.gradient for check in checks] == expected.tolist()


def test_the_difference_has_nine_digits_however_curved_the_loss_is():
    net, _, _ = case(("sine", "sine", "linear"), "squared", 1)
    x, y = np.array([5.0, -6.0]), np.array([0.3])
    expected = grad(loss_of(("sine", "sine", "linear"), net.sizes, "squared", x, y))(net.parameters)
    for check, gradient in zip(
        finite_differences(net, x, y, "squared", range(len(expected))), expected, strict=True
    ):
        assert check.value == pytest.approx(gradient, rel=1e-9, abs=1e-10)


def test_the_difference_is_scipys_up_to_its_precision():
    net, x, y = case(("tanh", "sigmoid"), "nll", 1)
    oracle = loss_of(("tanh", "sigmoid"), net.sizes, "nll", x, y)
    forward_differences = approx_fprime(net.parameters, oracle, 1e-7)
    for i, expected in enumerate(forward_differences):
        assert finite_difference(net, x, y, "nll", i).value == pytest.approx(expected, abs=1e-5)


def test_the_difference_is_of_the_loss_and_not_of_the_gradient(monkeypatch):
    net, x, y = case(("tanh", "linear"), "squared", 1)
    right = finite_difference(net, x, y, "squared", 0)
    true = MLP.loss_and_gradient

    def wrong(self, X, y, loss):
        value, gradient = true(self, X, y, loss)
        return value, gradient * (1 + 1e-5)

    monkeypatch.setattr(MLP, "loss_and_gradient", wrong)
    check = finite_difference(net, x, y, "squared", 0)
    assert check.value == right.value
    assert check.relative_error == pytest.approx(1e-5, rel=1e-2)
    assert not check.green


def test_a_batch_is_checked_by_its_mean_loss(rng):
    net, _, _ = case(("tanh", "linear"), "squared", 2)
    X, y = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    check = finite_difference(net, X, y, "squared", 4)
    assert check.green
    assert check.gradient == net.loss_and_gradient(X, y, "squared")[1][4]


def test_at_a_kink_the_check_says_so():
    net = MLP((1, 1, 1), ("relu", "linear"), rng=np.random.default_rng(0), dtype=np.float64)
    net.parameters[:] = [1, 0, 1, 0]
    check = finite_difference(net, [0.0], [1.0], "squared", 1)
    assert check.gradient == -2  # ReLU'(0) = 1; the difference takes both sides
    assert not check.green
    assert "kink" in check.note


def test_near_a_kink_a_smaller_step_is_taken():
    net = MLP((1, 1, 1), ("relu", "linear"), rng=np.random.default_rng(0), dtype=np.float64)
    net.parameters[:] = [1, 0, 1, 0]
    assert finite_difference(net, [1e-3], [1.0], "squared", 1).green


def test_a_dead_unit_has_no_gradient_and_is_green():
    net = MLP((1, 1, 1), ("relu", "linear"), rng=np.random.default_rng(0), dtype=np.float64)
    net.parameters[:] = [1, -3, 1, 0]
    check = finite_difference(net, [1.0], [1.0], "squared", 0)
    assert (check.gradient, check.value, check.relative_error) == (0, 0, 0)
    assert check.green


def test_checking_leaves_the_network_as_it_is():
    net, x, y = case(("tanh", "linear"), "squared", 1)
    before = net.parameters.copy()
    finite_differences(net, x, y, "squared", range(len(before)))
    assert np.array_equal(net.parameters, before)


# --- Every gradient of one example --------------------------------------------------------------


@pytest.mark.parametrize("unit", [None, 1, 9])
@pytest.mark.parametrize(("output", "loss", "k"), PAIRS)
@pytest.mark.parametrize("hidden", ["tanh", "relu", "gelu"])
def test_every_step_backward_is_green(hidden, output, loss, k, unit):
    net, x, y = case((hidden, hidden, output), loss, k, seed=3)
    steps = microscope(net, x, y, loss)
    for step in neuron_story(net, steps, unit) if unit else steps:
        if step.direction == "backward":
            found = step_checks(net, x, y, loss, step)
            assert len(found) == step.result.values.size
            assert all(check.green for check in found), step.id


def test_the_weights_differences_are_those_of_the_whole_network():
    net, x, y = case(("tanh", "silu", "sigmoid"), "nll", 1)
    for step in microscope(net, x, y, "nll"):
        if step.parameters is not None:
            here = step_checks(net, x, y, "nll", step)
            there = finite_differences(net, x, y, "nll", step.parameters.ravel().tolist())
            np.testing.assert_allclose(
                [c.value for c in here], [c.value for c in there], rtol=1e-7, atol=1e-10
            )


def test_a_wrong_number_in_a_step_is_not_green():
    net, x, y = case(("tanh", "sigmoid"), "nll", 1)
    step = by_id(microscope(net, x, y, "nll"))["dZ1"]
    step.result.values[1] *= 1 + 1e-5
    assert [check.green for check in step_checks(net, x, y, "nll", step)] == [True, False, True]


def test_a_unit_held_at_0_is_checked_as_such():
    net, x, y = case(("sigmoid", "tanh", "sigmoid"), "nll", 1)
    net.killed = frozenset({(1, 2)})
    for step in microscope(net, x, y, "nll"):
        if step.direction == "backward":
            assert all(check.green for check in step_checks(net, x, y, "nll", step)), step.id


@pytest.mark.parametrize("size", [12.0, 800.0])
def test_a_saturated_guess_is_said_or_green(size):
    net = MLP((1, 1), ("sigmoid",), rng=np.random.default_rng(0), dtype=np.float64)
    net.parameters[:] = [size, 0]
    step = by_id(microscope(net, [1.0], [0.0], "nll"))["dA1"]
    (check,) = step_checks(net, [1.0], [0.0], "nll", step)
    assert check.green or "saturated" in check.note


def test_a_step_forward_has_no_gradient_to_check():
    net, x, y = case(("tanh", "sigmoid"), "nll", 1)
    with pytest.raises(ValueError, match="step: one with a gradient"):
        step_checks(net, x, y, "nll", by_id(microscope(net, x, y, "nll"))["Z1"])


def test_of_a_large_matrix_entries_are_spread_over_it():
    found = spread((40, 50), 100)
    assert len(set(found)) == len(found) == 100
    assert found[0] == (0, 0)
    assert found[-1] == (39, 49)
    assert spread((2, 3), 100) == list(np.ndindex(2, 3))


@pytest.mark.parametrize("outer", HIDDEN_ACTIVATIONS)
def test_the_slopes_of_the_scalar_chain_are_green(outer):
    found = chain_checks(0.7, "tanh", outer, scalar_chain(0.7, "tanh", outer))
    assert set(found) == {"dh_du", "du_dx", "dh_dx"}
    assert all(check.green for check in found.values())


def test_a_parameter_that_is_not_there_is_refused():
    net, x, y = case(("tanh", "sigmoid"), "nll", 1)
    with pytest.raises(ValueError, match="index: 0 to 12"):
        finite_difference(net, x, y, "nll", 99)
