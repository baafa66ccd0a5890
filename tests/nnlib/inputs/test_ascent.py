"""Optimising inputs: slopes against central differences, flows that arrive where they must."""

import numpy as np
import pytest

from nnlib.inputs.ascent import (
    Flow,
    arrows,
    higher_loss,
    higher_score,
    lower_loss,
    noise,
    total_variation,
    total_variation_gradient,
)
from nnlib.inputs.composed import Composed
from nnlib.network import MLP

X0 = np.array([[0.5, -0.5], [-1.0, 0.25], [2.0, 1.0]])


def mlp(output: str = "sigmoid", k: int = 1, m: int = 2) -> MLP:
    return MLP((m, 5, k), ("tanh", output), rng=np.random.default_rng(3), dtype=np.float64)


def linear() -> MLP:
    net = MLP((2, 1), ("sigmoid",), rng=np.random.default_rng(0), dtype=np.float64)
    net.weights[0][:, 0], net.biases[0][:] = [3, -4], 1
    return net


def differences(f, X: np.ndarray, step: float = 1e-6) -> np.ndarray:
    gradient = np.empty_like(X)
    for j in range(X.shape[1]):
        h = np.zeros_like(X)
        h[:, j] = step
        gradient[:, j] = (f(X + h) - f(X - h)) / (2 * step)
    return gradient


GOALS = [
    (lower_loss("nll", [1.0]), "sigmoid", 1),
    (higher_loss("softmax_nll", [0.0, 1.0, 0.0]), "softmax", 3),
    (higher_score(1, 1), "sigmoid", 1),
    (higher_score(0, 1, "probability"), "sigmoid", 1),
    (higher_score(2, 3), "softmax", 3),
    (higher_score(2, 3, "probability"), "softmax", 3),
]


@pytest.mark.parametrize(("goal", "output", "k"), GOALS)
def test_the_slope_equals_central_differences_of_the_value(goal, output, k):
    net = Composed(mlp(output, k, 3), ("x1", "x1*x2", "sin(x2)"))
    expected = goal.sign * differences(lambda X: goal.value(net, X), X0)
    np.testing.assert_allclose(goal.slope(net, X0), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("k", [1, 3])
def test_scores_are_the_logits_and_the_probabilities(k):
    net = mlp("sigmoid" if k == 1 else "softmax", k)
    trace = net.forward(X0)
    for unit in range(max(k, 2)):
        z = trace.Z[-1][:, unit] if k > 1 else trace.Z[-1][:, 0] * (2 * unit - 1)
        g = trace.A[-1][:, unit] if k > 1 else abs(1 - unit - trace.A[-1][:, 0])
        np.testing.assert_allclose(higher_score(unit, k).value(net, X0), z)
        np.testing.assert_allclose(higher_score(unit, k, "probability").value(net, X0), g)


@pytest.mark.parametrize(("goal", "output", "k"), GOALS)
def test_a_flow_descends_what_it_is_to_descend_and_ascends_the_rest(goal, output, k):
    flow = Flow(mlp(output, k), X0, goal, 0.05)
    before = flow.value
    flow.advance(40)
    assert (goal.sign * flow.value < goal.sign * before).all()


def test_a_step_goes_against_the_slope():
    net, goal = mlp(), lower_loss("nll", [1.0])
    flow = Flow(net, X0, goal, 0.3)
    flow.advance()
    np.testing.assert_allclose(flow.X, X0 - 0.3 * net.input_gradient(X0, np.ones((3, 1)), "nll"))


def test_unit_steps_are_as_long_as_said():
    flow = Flow(linear(), X0, higher_score(1, 1), 0.25, unit_steps=True)
    flow.advance(4)
    np.testing.assert_allclose(flow.X, X0 + np.array([0.6, -0.8]))


def test_the_path_begins_at_the_start_and_keeps_the_newest():
    flow = Flow(mlp(), X0, higher_score(1, 1), 0.1, keep=5)
    np.testing.assert_array_equal(flow.path, X0[None])
    flow.advance(3)
    assert flow.path.shape == (4, 3, 2)
    np.testing.assert_array_equal(flow.path[0], X0)
    flow.advance(9)
    assert flow.path.shape == (5, 3, 2)
    np.testing.assert_array_equal(flow.path[-1], flow.X)


def test_the_pull_stops_an_ascent_where_both_balance():
    # ascending z = w . x + b against pull / 2 ||x - a||^2 ends at a + w / pull
    anchor = np.array([1.0, 2.0])
    flow = Flow(linear(), X0, higher_score(1, 1), 0.1, pull=2.0, anchor=anchor)
    flow.advance(300)
    np.testing.assert_allclose(flow.X, np.tile([2.5, 0.0], (3, 1)), atol=1e-9)


def test_the_bounds_hold_all_the_way():
    flow = Flow(linear(), X0, higher_score(1, 1), 0.5, bounds=([-1, -0.5], [2, 1]))
    flow.advance(30)
    assert (flow.path >= [-1, -0.5]).all()
    assert (flow.path <= [2, 1]).all()
    np.testing.assert_array_equal(flow.X, np.tile([2, -0.5], (3, 1)))


def test_a_flow_follows_a_network_that_changes_meanwhile():
    net = linear()
    flow = Flow(net, X0, higher_score(1, 1), 0.1)
    flow.advance()
    net.weights[0][:] *= -1
    flow.advance()
    np.testing.assert_allclose(flow.X, X0, atol=1e-12)


def test_total_variation_by_hand():
    # rows (0 1), (3 1): down 9 + 0, right 1 + 4
    assert total_variation(np.array([[0.0, 1, 3, 1]]), (2, 2)) == pytest.approx(14)
    assert total_variation(np.full((2, 6), 0.7), (3, 2)) == pytest.approx([0, 0])


def test_total_variation_has_the_right_gradient(rng):
    X = rng.uniform(0, 1, (4, 12))
    expected = differences(lambda X: total_variation(X, (3, 4)), X)
    np.testing.assert_allclose(total_variation_gradient(X, (3, 4)), expected, atol=1e-8)


def test_total_variation_makes_pictures_smooth(rng):
    X = rng.uniform(0, 1, (2, 16))
    net, goal = mlp("softmax", 3, 16), higher_score(0, 3)
    rough = Flow(net, X, goal, 0.05, bounds=(0, 1))
    smooth = Flow(net, X, goal, 0.05, total_variation=0.5, shape=(4, 4), bounds=(0, 1))
    for flow in (rough, smooth):
        flow.advance(100)
    assert (total_variation(smooth.X, (4, 4)) < 0.2 * total_variation(rough.X, (4, 4))).all()


def test_arrows_are_minus_the_slope_at_cell_centres():
    net, goal = mlp(), lower_loss("nll", [1.0])
    places, field = arrows(net, goal, np.array([[-2.0, 2.0], [0.0, 4.0]]), 4)
    assert places.shape == field.shape == (16, 2)
    assert places[:5].tolist() == [[-1.5, 0.5], [-0.5, 0.5], [0.5, 0.5], [1.5, 0.5], [-1.5, 1.5]]
    np.testing.assert_allclose(field, -net.input_gradient(places, np.ones((16, 1)), "nll"))


def test_noise_lies_within_the_bounds():
    X = noise(100, 64, (0.2, 0.4), np.random.default_rng(0))
    assert X.shape == (100, 64)
    assert X.dtype == np.float32
    assert 0.2 <= X.min() < 0.21 < 0.39 < X.max() <= 0.4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"step_size": 0.0}, "step_size must be > 0. Got 0"),
        ({"step_size": np.nan}, "step_size must be a finite number"),
        ({"pull": -1.0}, "pull must be a finite number >= 0. Got -1.0"),
        ({"total_variation": 1.0}, r"shape must be \(height, width\) of 2 pixels. Got None"),
        ({"total_variation": 1.0, "shape": (2, 2)}, r"of 2 pixels. Got \(2, 2\)"),
        ({"bounds": (1.0, -1.0)}, "bounds: low must be below high"),
        ({"bounds": (-1.0, 1.0)}, "X must lie within the bounds -1 to 1. Row 2, column 0 is 2"),
        ({"X": np.array([[np.nan, 0.0]])}, "X must be finite numbers. Row 0, column 0 is nan"),
    ],
)
def test_a_flow_that_cannot_be_is_refused(arguments, message):
    good = {"X": X0, "goal": higher_score(1, 1), "step_size": 0.1}
    with pytest.raises(ValueError, match=message):
        Flow(linear(), **{**good, **arguments})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((3, 3), "class must be 0 to 2. Got 3"),
        ((-1, 1), "class must be 0 to 1. Got -1"),
        ((0, 3, "score"), "of must be one of logit, probability. Got 'score'"),
    ],
)
def test_a_score_that_there_is_not_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        higher_score(*arguments)
