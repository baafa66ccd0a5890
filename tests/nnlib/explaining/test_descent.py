"""A step of gradient descent: against the gradient, by hand, and side by side."""

import math

import numpy as np
import pytest

from nnlib.edits import read_edit
from nnlib.explaining.descent import example_gradients, parameter_name, side_by_side, take_step
from nnlib.network import MLP
from tests.nnlib.explaining.backprop_oracle import case


def test_a_step_goes_against_the_gradient(rng):
    net, _, _ = case(("tanh", "sigmoid"), "nll", 1)
    X, y = rng.normal(size=(6, 2)), rng.integers(0, 2, (6, 1)).astype(float)
    step = take_step(net, X, y, "nll", 0.1)
    loss, gradient = net.loss_and_gradient(X, y, "nll")
    assert np.array_equal(step.old, net.parameters)
    np.testing.assert_allclose(step.new, net.parameters - 0.1 * gradient, rtol=1e-14)
    assert step.loss_before == loss
    net.parameters[:] = step.new
    assert step.loss_after == net.loss_and_gradient(X, y, "nll")[0]
    assert step.loss_after < step.loss_before


def test_a_step_of_linear_regression_by_hand():
    # w = 1, w0 = 0, x = 2, y = 1: g = 2, L = 1, dL/dw = 2 * 1 * 2 = 4, dL/dw0 = 2. Rate 0.1:
    # w = 0.6, w0 = -0.2, g = 1, L = 0.
    net = MLP((1, 1), ("linear",), rng=np.random.default_rng(0), dtype=np.float64)
    net.parameters[:] = [1, 0]
    step = take_step(net, [2.0], [1.0], "squared", 0.1)
    np.testing.assert_allclose(step.new, [0.6, -0.2], rtol=1e-12)
    assert (step.loss_before, step.loss_after) == pytest.approx((1, 0))


def test_a_step_leaves_the_network_and_frozen_parameters_as_they_are():
    net, x, y = case(("tanh", "linear"), "squared", 1)
    before = net.parameters.copy()
    frozen = np.arange(len(before)) % 2 == 0
    step = take_step(net, x, y, "squared", 0.5, frozen)
    assert np.array_equal(net.parameters, before)
    assert np.array_equal(step.new[frozen], before[frozen])
    assert (step.new != before)[~frozen].any()


@pytest.mark.parametrize("rate", [0, -0.1, math.inf, math.nan])
def test_a_learning_rate_that_is_none_is_refused(rate):
    net, x, y = case(("linear",), "squared", 1)
    with pytest.raises(ValueError, match="learning_rate: a finite number > 0"):
        take_step(net, x, y, "squared", rate)


def test_a_parameters_name_is_that_of_its_edit():
    sizes = (2, 3, 4, 1)
    for index in range(9 + 16 + 5):
        assert read_edit(parameter_name(sizes, index), sizes).index == index
    with pytest.raises(ValueError, match="index"):
        parameter_name(sizes, 30)


@pytest.fixture
def batch(rng):
    """(network, X (8, 2), y (8, 1))"""
    net, _, _ = case(("tanh", "sigmoid"), "nll", 1)
    return net, rng.normal(size=(8, 2)), rng.integers(0, 2, (8, 1)).astype(float)


def test_the_mean_of_the_examples_gradients_is_the_batchs(batch):
    net, X, y = batch
    each = example_gradients(net, X, y, "nll")
    assert each.shape == (8, len(net.parameters))
    np.testing.assert_allclose(
        each.mean(axis=0), net.loss_and_gradient(X, y, "nll")[1], rtol=1e-12, atol=1e-15
    )


def test_a_step_on_everything_goes_in_its_own_direction(batch):
    net, X, y = batch
    (found,) = side_by_side(net, [(X, y)], (X, y), "nll", 0.1)
    assert found.cosine == pytest.approx(1)
    assert found.whole_after == found.descent.loss_after < found.descent.loss_before


def test_a_step_on_an_example_is_seen_from_all_points(batch):
    net, X, y = batch
    (found,) = side_by_side(net, [(X[:1], y[:1])], (X, y), "nll", 0.1)
    own, whole = (net.loss_and_gradient(*each, "nll")[1] for each in ((X[:1], y[:1]), (X, y)))
    angle = own @ whole / math.sqrt(own @ own) / math.sqrt(whole @ whole)
    assert found.cosine == pytest.approx(angle)
    net.parameters[:] = found.descent.new
    assert found.whole_after == net.loss_and_gradient(X, y, "nll")[0]


def test_without_a_gradient_there_is_no_direction():
    net = MLP((1, 1), ("linear",), rng=np.random.default_rng(0), dtype=np.float64)
    net.parameters[:] = [1, 0]
    point = np.array([[2.0]])
    (found,) = side_by_side(net, [(point, point)], (point, point), "squared", 0.1)
    assert math.isnan(found.cosine)
