"""Grids: the fields that a page draws are what the network predicts at their points."""

import numpy as np
import pytest

from nnlib import geometry
from nnlib.config import RunConfig
from nnlib.features import phi
from nnlib.geometry import Grid, axes
from nnlib.run import Run

PLANE = np.array([[-6.0, 6.0], [-2.0, 2.0]])


def trained(**settings) -> Run:
    run = Run(RunConfig(n_samples=50, **settings), dtype=np.float64)
    run.advance(2)
    return run


def grid_of(run: Run, resolution: int) -> Grid:
    grid = Grid(run.network, run.data.points, run.data.features, resolution)
    grid.run()
    return grid


def inputs_at(run: Run, *point: float) -> np.ndarray:
    return phi(np.array([point]), run.data.features)


# --- axes ---


def test_the_axes_of_the_plane_are_cell_centres():
    # four cells of width 3 on [-6, 6], and of width 1 on [-2, 2]
    x1, x2 = axes(PLANE, 4)
    assert x1.tolist() == [-4.5, -1.5, 1.5, 4.5]
    assert x2.tolist() == [-1.5, -0.5, 0.5, 1.5]


def test_the_axis_of_the_line_includes_both_ends():
    (x1,) = axes(PLANE[:1], 5)
    assert x1.tolist() == [-6, -3, 0, 3, 6]


# --- fields ---

PLANE_RUNS = [
    {"hidden": ()},
    {},
    {"hidden": ((5, "relu"), (3, "gelu"), (4, "sine"))},
    {"dataset": "blobs", "n_classes": 4},
    {"dataset": "iris"},
    {"features": ("x1", "x2", "x1^2", "x1*x2", "sin(x2)")},
    {"dataset": "bumps", "noise": 0.5},
]


@pytest.mark.parametrize("settings", PLANE_RUNS, ids=str)
def test_every_cell_holds_what_the_network_predicts_at_its_centre(settings):
    run = trained(**settings)
    grid = grid_of(run, 5)
    x1, x2 = grid.axes
    units = run.network.sizes[-1]
    assert grid.output.shape == (units, 5, 5)
    for row in range(5):  # row 0: small x2; column 0: small x1
        for column in range(5):
            expected = run.network.predict(inputs_at(run, x1[column], x2[row]))[0]
            np.testing.assert_allclose(grid.output[:, row, column], expected, rtol=1e-12)


@pytest.mark.parametrize("settings", PLANE_RUNS, ids=str)
def test_every_hidden_unit_has_its_field(settings):
    run = trained(**settings)
    grid = grid_of(run, 4)
    x1, x2 = grid.axes
    assert [field.shape for field in grid.hidden] == [(n, 4, 4) for n in run.network.sizes[1:-1]]
    for row, column in ((0, 0), (0, 3), (3, 0), (2, 1)):
        trace = run.network.forward(inputs_at(run, x1[column], x2[row]))
        for field, A in zip(grid.hidden, trace.A[1:-1], strict=True):
            np.testing.assert_allclose(field[:, row, column], A[0], rtol=1e-12, atol=1e-15)


def test_the_inputs_are_the_features_over_the_same_cells():
    run = trained(features=("x1", "x2^2"))
    grid = grid_of(run, 3)
    # cell centres -4, 0, 4 on [-6, 6]; row 0 at the bottom
    assert grid.inputs[0].tolist() == [[-4, 0, 4]] * 3
    assert grid.inputs[1].tolist() == [[16] * 3, [0] * 3, [16] * 3]


def test_rows_go_up_with_x2():
    run = trained(hidden=(), dataset="plane")
    run.network.parameters[:] = [0, 1, 0]  # the output is x2
    grid = grid_of(run, 3)
    assert grid.output[0].tolist() == [[-4] * 3, [0] * 3, [4] * 3]


@pytest.mark.parametrize("settings", [{}, {"hidden": ()}, {"features": ("x1", "sin(x1)", "x2")}])
def test_on_the_line_there_is_one_row(settings):
    run = trained(dataset="sine", **settings)
    grid = grid_of(run, 7)
    points = grid.axes[0][:, None]
    trace = run.network.forward(phi(points, run.data.features))
    assert len(grid.axes) == 1
    assert grid.output.shape == (1, 1, 7)
    np.testing.assert_allclose(grid.output[0, 0], trace.A[-1][:, 0], rtol=1e-12)
    for field, A in zip(grid.hidden, trace.A[1:-1], strict=True):
        np.testing.assert_allclose(field[:, 0, :], A.T, rtol=1e-12)


def test_the_fields_follow_the_training():
    run = trained()
    grid = grid_of(run, 6)
    before = grid.output.copy()
    run.advance(3)
    grid.run()
    expected = grid_of(run, 6)
    assert not np.array_equal(grid.output, before)
    assert np.array_equal(grid.output, expected.output)
    assert all(np.array_equal(a, b) for a, b in zip(grid.hidden, expected.hidden, strict=True))


def test_the_fields_have_the_networks_dtype():
    run = Run(RunConfig(n_samples=20))
    grid = grid_of(run, 4)
    assert {f.dtype for f in (grid.inputs, grid.output, *grid.hidden)} == {np.dtype(np.float32)}


def test_numbers_that_overflow_do_not_warn():
    run = Run(RunConfig(n_samples=20, hidden=((4, "sigmoid"),)))
    run.network.parameters[:] = 1e30
    grid = grid_of(run, 4)
    assert np.isfinite(grid.output).all()


@pytest.mark.parametrize("dataset", ["spiral", "sine"])
def test_an_output_field_is_the_grids_output_whatever_its_bands(dataset, monkeypatch):
    monkeypatch.setattr(geometry, "_BAND", 300 * 40)
    run = Run(RunConfig(dataset=dataset, n_samples=60, hidden=((32, "tanh"), (4, "relu"))))
    arguments = run.network, run.data.points, run.data.features, 40
    grid, field = Grid(*arguments), geometry.OutputField(*arguments)
    for _ in range(2):
        run.advance(3)
        grid.run()
        field.run()
        np.testing.assert_allclose(field.output, grid.output, atol=1e-6)


def test_an_output_field_takes_no_more_at_a_time_than_it_may(monkeypatch):
    monkeypatch.setattr(geometry, "_BAND", 1)
    run = Run(RunConfig(n_samples=60))
    field = geometry.OutputField(run.network, run.data.points, run.data.features, 64)
    band = geometry._FEWEST * run.network.parameters.size
    times = 1
    while not field.work(2 * band):
        times += 1
    assert times == 64 * 64 / geometry._FEWEST / 2
