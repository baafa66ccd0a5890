"""Stages of the cloud, the grid that goes with it, and linear layers as one map."""

from itertools import pairwise

import numpy as np
import pytest

from nnlib.config import RunConfig
from nnlib.features import phi
from nnlib.run import Run
from nnlib.spaces.stages import as_one_map, grid_lines, stages, warped_grid
from tests.nnlib.spaces.nets import network

# --- Stages ---------------------------------------------------------------------------------------


def test_stages_are_the_forward_pass_in_order(rng):
    net = network((2, 3, 4, 1), ("relu", "tanh", "sigmoid"))
    X = rng.normal(size=(7, 2))
    found, trace = stages(net, X), net.forward(X)
    assert [each.name for each in found] == ["x", "Z1", "A1", "Z2", "A2", "Z3", "A3"]
    assert [each.kind for each in found] == ["input"] + ["linear", "activation"] * 3
    assert [each.layer for each in found] == [0, 1, 1, 2, 2, 3, 3]
    layers = zip(trace.Z[1:], trace.A[1:], strict=True)
    expected = [trace.A[0], *(array for pair in layers for array in pair)]
    for stage, values in zip(found, expected, strict=True):
        assert np.array_equal(stage.values, values)


def test_no_hidden_layer_has_three_stages(rng):
    net = network((3, 2), ("softmax",))
    found = stages(net, rng.normal(size=(4, 3)), first="phi")
    assert [each.name for each in found] == ["phi", "Z1", "A1"]
    assert found[0].symbol == r"\phi(x)"


def test_stages_are_float64_and_hold_held_units_at_0(rng):
    net = network((2, 3, 1), ("tanh", "linear"), dtype=np.float32)
    net.killed = frozenset({(1, 2)})
    found = stages(net, rng.normal(size=(5, 2)))
    assert {each.values.dtype for each in found} == {np.dtype(np.float64)}
    assert not found[2].values[:, 1].any()


# --- The grid of the input plane ------------------------------------------------------------------


def test_grid_lines_are_straight_and_span_the_view():
    points = Run(RunConfig(n_samples=20)).data.points
    grid = grid_lines(points, 5, 9)
    assert grid.shape == (10, 9, 2)
    assert np.array_equal(grid[0, :, 0], np.full(9, -6.0))
    assert np.array_equal(grid[0, :, 1], np.linspace(-6, 6, 9))
    assert np.array_equal(grid[9, :, 0], np.linspace(-6, 6, 9))
    assert np.array_equal(grid[9, :, 1], np.full(9, 6.0))


def test_the_grid_of_the_line_is_the_line():
    points = Run(RunConfig(dataset="sine", n_samples=20)).data.points
    assert grid_lines(points, 5, 9)[0, :, 0].tolist() == np.linspace(-6, 6, 9).tolist()


def test_the_warped_grid_is_what_the_network_makes_of_each_point():
    run = Run(RunConfig(n_samples=20, features=("x1", "x2", "x1^2")), dtype=np.float64)
    points, features = run.data.points, run.data.features
    found = warped_grid(run.network, points, features, lines=4, samples=6)
    grid = grid_lines(points, 4, 6)
    for line, sample in ((0, 0), (3, 5), (6, 2)):
        at = stages(run.network, phi(grid[line, sample][None], features))
        for warped, stage in zip(found, at, strict=True):
            np.testing.assert_allclose(warped[line, sample], stage.values[0], rtol=1e-12)


@pytest.mark.parametrize(("lines", "samples"), [(1, 5), (5, 1)])
def test_a_grid_needs_two_lines_of_two_points(lines, samples):
    points = Run(RunConfig(n_samples=20)).data.points
    with pytest.raises(ValueError, match="lines and samples: 2 or more"):
        grid_lines(points, lines, samples)


# --- Linear layers only ---------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(2, 1), (2, 4, 1), (3, 5, 2, 4)])
def test_a_stack_of_linear_layers_is_one_linear_map(sizes, rng):
    net = network(sizes, ["linear"] * (len(sizes) - 1))
    one = as_one_map(net)
    X = rng.normal(size=(6, sizes[0]))
    np.testing.assert_allclose(X @ one.W + one.b, net.predict(X), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(np.linalg.multi_dot([np.eye(sizes[0]), *one.factors]), one.W)
    assert [factor.shape for factor in one.factors] == list(pairwise(sizes))


def test_one_map_leads_to_the_pre_activation_of_the_output(rng):
    net = network((2, 3, 1), ("linear", "sigmoid"))
    net.killed = frozenset({(1, 3)})
    one = as_one_map(net)
    X = rng.normal(size=(6, 2))
    np.testing.assert_allclose(X @ one.W + one.b, net.forward(X).Z[-1], rtol=1e-12)


def test_a_curve_on_the_way_is_no_linear_map():
    assert as_one_map(network((2, 3, 3, 1), ("linear", "relu", "linear"))) is None
