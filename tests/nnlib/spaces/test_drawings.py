"""One function to be drawn: its boxes, its slope by the chain rule, a network along a line."""

from __future__ import annotations

import math

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from nnlib.config import RunConfig
from nnlib.network import MLP
from nnlib.run import Run
from nnlib.spaces.drawings import (
    BOXES,
    Box,
    forward_along,
    line_through,
    original,
    reach,
    slope_along,
    slopes,
    through,
    ticks,
)

SQUARE = np.array([[-6.0, 6.0], [-6.0, 6.0]])


# ------------------------------------------------------------------------ chains


def test_a_chain_by_hand():
    boxes = [Box("linear", w=2.0, b=1.0), Box("relu"), Box("linear", w=-1.0, b=3.0)]
    values = through(boxes, np.array([1.0, -2.0]))
    np.testing.assert_array_equal(values, [[1, -2], [3, -3], [3, 0], [0, 3]])


def test_without_boxes_a_chain_is_the_identity():
    np.testing.assert_array_equal(through([], np.array([1.0, 2.0])), [[1, 2]])


def test_w_and_b_count_for_linear_boxes_only():
    x = np.array([0.3])
    for name in BOXES:
        same = Box(name, w=2.0, b=1.0).forward(x) == Box(name).forward(x)
        assert same.all() == (name != "linear")


@pytest.mark.parametrize("name", BOXES)
def test_a_boxs_slope_is_a_central_difference(name: str):
    box, h = Box(name, w=-1.3, b=0.4), 1e-6
    x = np.array([-2.1, -0.4, 0.7, 1.9])
    numerical = (box.forward(x + h) - box.forward(x - h)) / (2 * h)
    np.testing.assert_allclose(box.slope(x), numerical, atol=1e-8)


def test_the_slope_of_a_chain_is_the_product_of_its_boxes_slopes():
    boxes = [
        Box("linear", w=0.7, b=-0.2),
        Box("tanh"),
        Box("linear", w=-1.5, b=1.0),
        Box("sigmoid"),
    ]

    def h(x: float) -> float:
        return 1 / (1 + anp.exp(-(-1.5 * anp.tanh(0.7 * x - 0.2) + 1.0)))

    assert np.prod(slopes(boxes, 0.9)) == pytest.approx(grad(h)(0.9), rel=1e-12)


def test_the_slope_of_relu_at_0_is_1():
    assert slopes([Box("relu")], 0.0).tolist() == [1.0]


def test_an_unknown_box_is_refused_with_the_possible_ones():
    with pytest.raises(ValueError, match=r"identity, linear.*'softmax'"):
        Box("softmax")


# ------------------------------------------------------------------------ lines


@pytest.mark.parametrize("angle", [0, 20, 45, 90, 135, 180, -90, -10])
def test_a_line_ends_where_it_leaves_the_view(angle: float):
    line = line_through(SQUARE, np.array([1.0, -2.0]), angle)
    ends = line.at(np.array([line.low, line.high]))
    np.testing.assert_allclose(np.abs(ends).max(axis=1), 6.0)
    assert line.low < 0 < line.high
    assert np.linalg.norm(line.direction) == pytest.approx(1)


def test_t_is_the_distance_from_the_lines_point():
    line = line_through(SQUARE, np.array([1.0, 1.0]), 30.0)
    x = line.at(np.array([2.0]))[0]
    np.testing.assert_allclose(x, [1 + 2 * math.cos(math.pi / 6), 1 + 2 * math.sin(math.pi / 6)])


def test_a_point_outside_the_view_is_moved_to_its_edge():
    assert line_through(SQUARE, np.array([9.0, 0.0]), 90.0).start.tolist() == [6.0, 0.0]


def test_on_the_line_t_is_x():
    line = line_through(np.array([[-3.0, 5.0]]), np.zeros(1), 20.0)
    assert (line.low, line.high) == (-3.0, 5.0)
    assert line.at(np.array([1.5])).tolist() == [[1.5]]


def test_a_network_along_a_line_is_the_network_at_the_lines_points():
    run = Run(RunConfig(hidden=[(5, "relu")], features=("x1", "x2", "x1^2"), n_samples=60))
    line = line_through(SQUARE, np.zeros(2), 35.0)
    t = np.array([-1.0, 0.5, 3.0])
    X, trace = forward_along(run.network, run.data.features, line, t)
    seen = np.column_stack([X, X[:, 0] ** 2])
    np.testing.assert_allclose(trace.A[-1], run.network.predict(seen), rtol=1e-5)


@pytest.mark.parametrize("output", ["sigmoid", "softmax", "linear"])
@pytest.mark.parametrize("layer", [1, 2, 3])
def test_the_slope_along_a_line_is_a_central_difference(output: str, layer: int):
    network = MLP(
        (3, 4, 3, 2),
        ("tanh", "silu", output),
        rng=np.random.default_rng(1),
        dtype=np.float64,
    )
    features = ("x1", "x2", "x1*x2")
    line, h = line_through(SQUARE, np.array([0.5, -1.0]), 70.0), 1e-5
    _, trace = forward_along(network, features, line, np.array([0.8 - h, 0.8 + h]))
    for unit in (1, 2):
        low, high = trace.A[layer][:, unit - 1]
        found = slope_along(network, features, line, 0.8, layer, unit)
        assert found == pytest.approx((high - low) / (2 * h), abs=1e-8)


def test_what_is_held_at_0_by_hand_has_no_slope():
    network = MLP((2, 3, 1), ("tanh", "linear"), rng=np.random.default_rng(0), dtype=np.float64)
    line = line_through(SQUARE, np.zeros(2), 10.0)
    network.killed = frozenset({(1, 1), (1, 2), (1, 3)})
    assert slope_along(network, ("x1", "x2"), line, 0.3, 2, 1) == 0.0


# ------------------------------------------------------------------------ axes


@pytest.mark.parametrize(
    ("most", "end"),
    [(0.2, 1.0), (1.0, 1.0), (1.01, 2.0), (4.9, 5.0), (7.0, 10.0), (1234.0, 2000.0)],
)
def test_an_axis_ends_at_a_round_number_that_holds_its_values(most: float, end: float):
    assert reach(np.array([0.1, -most])) == pytest.approx(end)


def test_values_that_are_not_finite_do_not_stretch_an_axis():
    assert reach(np.array([np.inf, np.nan, 3.0])) == 5.0


def test_ticks_are_round_and_inside():
    assert ticks(-5.0, 5.0) == [-4.0, -2.0, 0.0, 2.0, 4.0]
    assert ticks(0.13, 0.94) == [0.2, 0.4, 0.6, 0.8]


def test_original_units_undo_the_standardisation():
    points = Run(RunConfig(dataset="iris")).data.points
    low = original(points, points.train).min(axis=0)
    assert (low > 0).all()  # lengths in centimetres
