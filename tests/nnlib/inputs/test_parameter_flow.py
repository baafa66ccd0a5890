"""Holding x or theta: both last factors against central differences, a descent in theta."""

import numpy as np
import pytest

from nnlib.explaining.descent import take_step
from nnlib.inputs.ascent import higher_loss, higher_score, lower_loss
from nnlib.inputs.composed import Composed
from nnlib.inputs.parameter_flow import ParameterFlow, last_factors
from nnlib.network import MLP

X0 = np.array([0.7, -1.2])
FEATURES = ("x1", "x2", "x1^2", "x1*x2")
GOALS = [
    (lower_loss("nll", [1.0]), "sigmoid", 1),
    (higher_loss("softmax_nll", [0.0, 1.0, 0.0]), "softmax", 3),
    (higher_score(0, 1, "probability"), "sigmoid", 1),
    (higher_score(2, 3), "softmax", 3),
    (lower_loss("squared", [0.5]), "linear", 1),
]
cases = pytest.mark.parametrize(("goal", "output", "k"), GOALS)


def mlp(output: str = "sigmoid", k: int = 1, m: int = 4) -> MLP:
    return MLP((m, 5, k), ("tanh", output), rng=np.random.default_rng(3), dtype=np.float64)


def slope(f, at: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """Central differences of f, like `at`, which f reads anew."""
    found = np.empty_like(at)
    for place in np.ndindex(at.shape):
        here = at[place]
        at[place] = here + step
        above = f()
        at[place] = here - step
        found[place] = (above - f()) / (2 * step)
        at[place] = here
    return found


@cases
def test_the_last_factor_for_theta_is_the_slope_in_the_first_weights(goal, output, k):
    net = mlp(output, k)
    found = last_factors(net, FEATURES, X0, goal)
    inputs = found.inputs[None]

    def value() -> float:
        return float(goal.value(net, inputs)[0])

    np.testing.assert_allclose(found.grad_W, slope(value, net.weights[0]), atol=1e-8)
    np.testing.assert_allclose(found.delta, slope(value, net.biases[0]), atol=1e-8)


@cases
def test_the_last_factor_for_x_is_the_slope_in_the_input_through_the_features(goal, output, k):
    net, x = mlp(output, k), X0[None].copy()
    found = last_factors(net, FEATURES, X0, goal)
    through = Composed(net, FEATURES)
    expected = slope(lambda: float(goal.value(through, x)[0]), x)
    np.testing.assert_allclose(found.grad_x, expected[0], atol=1e-8)
    np.testing.assert_allclose(found.slopes.T @ (net.weights[0] @ found.delta), found.grad_x)


def test_both_gradients_share_delta():
    goal, net = lower_loss("nll", [1.0]), mlp(m=2)
    found = last_factors(net, ("x1", "x2"), X0, goal)
    np.testing.assert_allclose(found.grad_W, np.outer(X0, found.delta))
    np.testing.assert_allclose(found.grad_x, net.weights[0] @ found.delta)


def test_a_step_in_theta_is_one_of_plain_gradient_descent():
    net, inputs = mlp(), np.array([[0.7, -1.2, 0.49, -0.84]])
    flow = ParameterFlow(net, inputs, lower_loss("nll", [1.0]), 0.3)
    flow.advance()
    step = take_step(net, inputs, np.array([[1.0]]), "nll", 0.3)
    np.testing.assert_array_equal(flow.network.parameters, step.new)
    assert flow.values == pytest.approx([step.loss_before, step.loss_after])


def test_a_descent_in_theta_lowers_the_loss_and_leaves_the_network_as_it_was():
    net = mlp()
    before = net.parameters.copy()
    flow = ParameterFlow(net, np.ones((1, 4)), lower_loss("nll", [0.0]), 0.1)
    flow.advance(50)
    assert (np.diff(flow.values) < 0).all()
    np.testing.assert_array_equal(net.parameters, before)


def test_a_score_is_ascended():
    flow = ParameterFlow(mlp("softmax", 3), np.ones((1, 4)), higher_score(1, 3), 0.1)
    flow.advance(20)
    assert (np.diff(flow.values) > 0).all()


def test_frozen_parameters_stay():
    net = mlp()
    frozen = np.zeros(net.parameters.shape, bool)
    frozen[:7] = True
    flow = ParameterFlow(net, np.ones((1, 4)), lower_loss("nll", [0.0]), 0.1, frozen)
    flow.advance(3)
    moved = flow.network.parameters != net.astype(np.float64).parameters
    assert not moved[:7].any()
    assert moved[7:].any()


def test_a_step_out_of_the_numbers_is_not_taken():
    net = MLP((1, 1), ("linear",), rng=np.random.default_rng(0), dtype=np.float64)
    flow = ParameterFlow(net, np.array([[1e8]]), lower_loss("squared", [1.0]), 1e3)
    flow.advance(100)
    assert flow.diverged
    assert np.isfinite(flow.network.parameters).all()
    assert np.isfinite(flow.values).all()


@pytest.mark.parametrize("bad", [0, -1.0, np.nan, np.inf])
def test_a_bad_step_size_is_named(bad: float):
    with pytest.raises(ValueError, match="step_size"):
        ParameterFlow(mlp(), np.ones((1, 4)), lower_loss("nll", [0.0]), bad)
