"""Stages of the cloud, how they are drawn, the moves between them; oracles: SciPy, scikit-learn."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes, polar
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from nnlib.config import RunConfig
from nnlib.features import phi
from nnlib.network import MLP
from nnlib.run import Run
from nnlib.spaces.moves import linear_move, moves
from nnlib.spaces.projections import (
    Basis,
    border_basis,
    chosen_basis,
    pca_basis,
    plain_basis,
    project,
    share_of_variance,
)
from nnlib.spaces.separability import separability, separators
from nnlib.spaces.stages import as_one_map, grid_lines, stages, warped_grid


def network(sizes, names, seed=0, dtype=np.float64) -> MLP:
    rng = np.random.default_rng(seed)
    net = MLP(sizes, names, rng=rng, dtype=dtype, initializer="he_normal")
    for b in net.biases:
        b[:] = rng.normal(0, 1, b.shape)
    return net


# --- Stages -------------------------------------------------------------------------------------


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


def test_a_copy_in_double_is_another_network():
    net = network((2, 3, 1), ("tanh", "linear"), dtype=np.float32)
    copy = net.astype(np.float64)
    copy.parameters[0] += 1
    assert copy.parameters[0] != net.parameters[0]
    assert np.array_equal(copy.parameters[1:], net.parameters[1:].astype(float))


# --- The grid of the input plane ----------------------------------------------------------------


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


# --- Bases --------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1, 2, 3])
def test_up_to_three_units_are_drawn_as_they_are(width, rng):
    values = rng.normal(size=(5, width))
    basis = plain_basis(width)
    assert np.array_equal(project(values, basis), values)
    assert basis.share == 1


def test_chosen_units_are_the_axes(rng):
    values = rng.normal(size=(5, 6))
    basis = chosen_basis(values, (5, 2))
    assert np.array_equal(project(values, basis), values[:, [4, 1]])
    variance = values.var(axis=0)
    assert basis.share == pytest.approx(variance[[4, 1]].sum() / variance.sum())


def test_pca_finds_the_axes_and_the_share_of_scikit_learns(rng):
    values = rng.normal(size=(80, 6)) @ rng.normal(size=(6, 6)) + 3
    for dimensions in (1, 2, 3):
        basis, oracle = pca_basis(values, dimensions=dimensions), PCA(dimensions).fit(values)
        assert basis.share == pytest.approx(oracle.explained_variance_ratio_.sum(), rel=1e-10)
        np.testing.assert_allclose(np.abs(basis.axes), np.abs(oracle.components_.T), atol=1e-9)
        np.testing.assert_allclose(basis.center, oracle.mean_)


def test_a_basis_is_turned_to_the_previous_one_as_procrustes_does(rng):
    values = rng.normal(size=(80, 6)) @ rng.normal(size=(6, 6))
    free = pca_basis(values)
    previous = Basis(np.linalg.qr(rng.normal(size=(6, 2)))[0], np.zeros(6), 1.0, "pca")
    aligned = pca_basis(values, previous)
    turn, _ = orthogonal_procrustes(free.axes, previous.axes)
    np.testing.assert_allclose(aligned.axes, free.axes @ turn, atol=1e-12)
    assert aligned.share == pytest.approx(free.share, rel=1e-12)


def test_nothing_spins_when_the_principal_axes_change_places(rng):
    # Variances 1.1 and 1 and then 1 and 1.1: the first principal axis jumps by 90 degrees.
    values = rng.normal(size=(400, 5)) * [1, 1, 0.1, 0.1, 0.1]
    values = (values - values.mean(axis=0)) / values.std(axis=0) * [1.1, 1, 0.1, 0.1, 0.1]
    before = pca_basis(values)
    later = values * [1 / 1.1, 1.1, 1, 1, 1]
    after, jumped = pca_basis(later, before), pca_basis(later)
    drawn = project(values, before)
    assert np.abs(project(later, after) - drawn).max() < 0.5
    assert np.abs(project(later, jumped) - drawn).max() > 2


def test_a_previous_basis_of_another_width_does_not_count(rng):
    values = rng.normal(size=(20, 5))
    other = pca_basis(rng.normal(size=(20, 4)))
    assert np.array_equal(pca_basis(values, other).axes, pca_basis(values).axes)


def test_values_that_do_not_vary_are_all_drawn():
    basis = pca_basis(np.ones((6, 4)))
    assert basis.share == 1
    assert not project(np.ones((6, 4)), basis).any()


def test_the_share_of_variance_of_all_axes_is_1(rng):
    assert share_of_variance(rng.normal(size=(9, 4)), np.eye(4)) == pytest.approx(1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda v: plain_basis(4), "width: 1 to 3"),
        (lambda v: chosen_basis(v, (1, 1)), "one to 3 different ones"),
        (lambda v: chosen_basis(v, (1, 7)), r"units: 1 to 5. Got \(1, 7\)"),
        (lambda v: chosen_basis(v, (0, 2)), "units: 1 to 5"),
        (lambda v: pca_basis(v, dimensions=4), "dimensions: 1 to 3"),
    ],
)
def test_a_basis_that_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make(np.zeros((3, 5)))


# --- Moves --------------------------------------------------------------------------------------


def basis_of(values) -> Basis:
    return plain_basis(values.shape[1]) if values.shape[1] <= 3 else pca_basis(values)


@pytest.mark.parametrize(
    "sizes",
    [(2, 2, 1), (2, 1, 2), (1, 2, 3), (3, 3, 3), (2, 8, 8, 1), (2, 3, 2, 3, 6), (7, 2, 5)],
)
@pytest.mark.parametrize("seed", range(3))
def test_a_move_begins_and_ends_at_the_drawings_of_its_stages(sizes, seed, rng):
    net = network(sizes, ["tanh"] * (len(sizes) - 2) + ["linear"], seed)
    found = stages(net, rng.normal(size=(40, sizes[0])))
    bases = [basis_of(stage.values) for stage in found]
    for i, move in enumerate(moves(net, bases)):
        before, after = found[i].values, found[i + 1].values
        start, end = project(before, bases[i]), project(after, bases[i + 1])
        at_0, at_1 = move.at(before, after, 0), move.at(before, after, 1)
        np.testing.assert_allclose(at_0[:, : start.shape[1]], start, atol=1e-10)
        np.testing.assert_allclose(at_1[:, : end.shape[1]], end, atol=1e-10)
        assert not at_0[:, start.shape[1] :].any()
        np.testing.assert_allclose(at_1[:, end.shape[1] :], 0, atol=1e-10)


@pytest.mark.parametrize("size", [2, 3])
def test_a_move_has_no_jumps(size, rng):
    net = network((size, size, 1), ("relu", "linear"), 4)
    X = rng.normal(size=(20, size))
    found = stages(net, X)
    for i, move in enumerate(moves(net, [basis_of(s.values) for s in found])[:2]):
        frames = [move.at(found[i].values, found[i + 1].values, t) for t in np.linspace(0, 1, 401)]
        steps = np.abs(np.diff(frames, axis=0)).max(axis=(1, 2))
        assert steps.max() < 0.15  # one step of 400; the whole way is a few units long


def plane_move(W, b=(0, 0)):
    return linear_move(np.array(W, float), np.array(b, float), plain_basis(2), plain_basis(2))


def test_rotation_and_stretch_are_the_polar_decomposition_of_scipy(rng):
    for size in (2, 3):
        for _ in range(5):
            W = rng.normal(size=(size, size))
            W *= np.sign(np.linalg.det(W)) if size == 3 else 1
            if np.linalg.det(W) < 0:
                W[:, 0] *= -1
            move = linear_move(W, np.zeros(size), plain_basis(size), plain_basis(size))
            rotation, stretch = polar(W, side="right")
            np.testing.assert_allclose(move.rotation, rotation, atol=1e-10)
            np.testing.assert_allclose(move.stretch, stretch, atol=1e-10)
            assert not move.mirrored


def test_a_pure_rotation_only_rotates():
    c, s = math.cos(0.7), math.sin(0.7)
    move = plane_move([[c, s], [-s, c]])  # rows: where the axes go; anticlockwise
    assert move.angle == pytest.approx(math.degrees(0.7))
    np.testing.assert_allclose(move.stretch, np.eye(2), atol=1e-12)


def test_scale_shear_and_shift_come_one_after_the_other():
    move = plane_move([[2, 0.5], [0.5, 1]], b=(3, -1))
    assert move.moves == ("rotate", "scale", "shear", "shift")
    x = np.array([[1.0, 1.0]])
    drawn = [move.at(x, None, t)[0] for t in (0, 0.25, 0.5, 0.75, 1)]
    expected = [(1, 1), (1, 1), (2, 1), (2.5, 1.5), (5.5, 0.5)]
    np.testing.assert_allclose(drawn, expected, atol=1e-12)


def test_half_a_rotation_is_half_its_angle():
    c, s = math.cos(2.0), math.sin(2.0)
    move = plane_move([[c, s], [-s, c]])
    halfway = move.at(np.array([[1.0, 0.0]]), None, 0.125)  # a quarter of t rotates
    np.testing.assert_allclose(halfway, [[math.cos(1.0), math.sin(1.0)]], atol=1e-12)


@pytest.mark.parametrize("angle", [0.4, 3.0, math.pi])
def test_a_rotation_in_space_keeps_lengths_on_its_way(angle, rng):
    axis = np.array([1.0, 2.0, -2.0]) / 3
    K = np.cross(np.eye(3), axis)
    R = np.eye(3) + math.sin(angle) * K + (1 - math.cos(angle)) * K @ K
    move = linear_move(R, np.zeros(3), plain_basis(3), plain_basis(3))
    assert move.angle == pytest.approx(math.degrees(angle))
    x = rng.normal(size=(6, 3))
    for t in (0.05, 0.125, 0.2, 0.25):
        moved = move.at(x, None, t)
        np.testing.assert_allclose(np.linalg.norm(moved, axis=1), np.linalg.norm(x, axis=1))
        np.testing.assert_allclose(moved @ axis, x @ axis, atol=1e-10)
    np.testing.assert_allclose(move.at(x, None, 0.25), x @ R, atol=1e-10)


def test_a_mirror_is_named_and_is_not_turned_into_a_rotation():
    move = plane_move([[1, 0], [0, -2]])
    assert move.mirrored
    assert np.linalg.det(move.rotation) == pytest.approx(1)
    np.testing.assert_allclose(move.rotation @ move.stretch, [[1, 0], [0, -2]], atol=1e-12)


def test_weights_of_zero_collapse_the_cloud_onto_the_shift():
    move = plane_move([[0, 0], [0, 0]], b=(1, 2))
    np.testing.assert_allclose(move.at(np.array([[3.0, 4.0]]), None, 1), [[1, 2]])
    assert not move.mirrored


def test_what_the_picture_before_does_not_show_is_brought_in_as_a_move_of_its_own(rng):
    values = rng.normal(size=(30, 5))
    W, b = rng.normal(size=(5, 2)), rng.normal(size=2)
    move = linear_move(W, b, chosen_basis(values, (1, 2)), plain_basis(2))
    assert move.moves == ("rotate", "scale", "shear", "bring in", "shift")
    np.testing.assert_allclose(move.at(values, None, 1), values @ W + b, atol=1e-10)
    np.testing.assert_allclose(move.at(values, None, 0.6), values[:, :2] @ W[:2], atol=1e-10)


def test_a_basis_is_asked_for_each_stage():
    net = network((2, 3, 1), ("tanh", "linear"))
    with pytest.raises(ValueError, match=r"bases: 5, one a stage\. Got 2"):
        moves(net, [plain_basis(2)] * 2)


# --- The last hidden stage as the output layer looks at it --------------------------------------


@pytest.mark.parametrize("outputs", [1, 2, 3])
def test_across_the_border_every_point_is_drawn_on_the_side_on_which_it_is(outputs, rng):
    net = network((2, 6, outputs), ("tanh", "sigmoid" if outputs == 1 else "softmax"))
    found = stages(net, rng.normal(size=(50, 2)))
    A, Z = found[2].values, found[3].values
    basis = border_basis(A, net.weights[-1])
    for line in separators(net, basis):
        i, j = line.classes
        z = Z[:, 0] if outputs == 1 else Z[:, j] - Z[:, i]
        np.testing.assert_allclose(project(A, basis) @ line.normal + line.offset, z, atol=1e-10)


def test_across_one_units_border_is_its_weights_and_along_it_the_main_component_left(rng):
    values = rng.normal(size=(80, 6)) @ rng.normal(size=(6, 6)) + 3
    w = rng.normal(size=(6, 1))
    basis = border_basis(values, w)
    np.testing.assert_allclose(basis.axes[:, :1], w / np.linalg.norm(w), atol=1e-12)
    left = values @ (np.eye(6) - w @ w.T / (w.T @ w))
    main = PCA(1).fit(left).components_[0]
    assert abs(main @ basis.axes[:, 1]) == pytest.approx(1, abs=1e-9)
    np.testing.assert_allclose(basis.axes.T @ basis.axes, np.eye(2), atol=1e-12)


def test_along_the_border_nothing_is_mirrored_while_the_weights_move(rng):
    values = rng.normal(size=(80, 6)) * [3, 2, 1, 1, 1, 1]
    basis = border_basis(values, rng.normal(size=(6, 1)))
    for _ in range(20):
        later = border_basis(values, basis.axes[:, :1] + 0.1 * rng.normal(size=(6, 1)), basis)
        assert (np.diag(later.axes.T @ basis.axes) > 0.5).all()
        basis = later


@pytest.mark.parametrize("W", [np.zeros((6, 1)), np.eye(6)[:, :4]])
def test_no_border_or_more_than_fit_into_the_picture_have_no_such_view(W, rng):
    assert border_basis(rng.normal(size=(20, 6)), W) is None


# --- Separators ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "threshold"),
    [("sigmoid", 0.5), ("sigmoid", 0.2), ("linear", 0.5), ("linear", 0.0), ("tanh", 0.5)],
)
def test_on_the_separating_line_the_output_is_the_threshold(output, threshold):
    net = network((2, 2, 1), ("relu", output))
    (line,) = separators(net, plain_basis(2), threshold)
    along = np.array([-line.normal[1], line.normal[0]])
    foot = -line.offset * line.normal / (line.normal @ line.normal)
    for t in (-1, 0, 2):
        A = foot + t * along
        out = net.activations[-1].forward((A @ net.weights[1] + net.biases[1])[None])
        assert out.item() == pytest.approx(threshold, abs=1e-12)


def test_with_classes_there_is_a_line_for_each_pair_where_their_z_are_equal():
    net = network((2, 2, 3), ("relu", "softmax"))
    found = separators(net, plain_basis(2))
    assert [line.classes for line in found] == [(0, 1), (0, 2), (1, 2)]
    for line in found:
        foot = -line.offset * line.normal / (line.normal @ line.normal)
        z = foot @ net.weights[1] + net.biases[1]
        i, j = line.classes
        assert z[i] == pytest.approx(z[j], abs=1e-12)


def test_in_a_pca_plane_the_line_is_the_hyperplanes_cut_with_that_plane(rng):
    net = network((2, 6, 1), ("tanh", "sigmoid"))
    basis = pca_basis(stages(net, rng.normal(size=(50, 2)))[2].values)
    (line,) = separators(net, basis)
    foot = -line.offset * line.normal / (line.normal @ line.normal)
    A = basis.center + basis.axes @ foot
    assert (A @ net.weights[1] + net.biases[1]).item() == pytest.approx(0, abs=1e-12)


def test_an_output_without_one_threshold_has_no_line():
    assert separators(network((2, 2, 1), ("relu", "sine")), plain_basis(2)) == []


# --- Separability -------------------------------------------------------------------------------


def labelled(rng, n, width, classes, noise):
    X = rng.normal(size=(n, width))
    scores = X @ rng.normal(size=(width, classes)) + noise * rng.normal(size=(n, classes))
    return X, scores.argmax(axis=1)


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("width", [1, 2, 8])
@pytest.mark.parametrize("noise", [0.3, 2.0])
def test_separability_is_at_least_that_of_scikit_learns_logistic_regression(
    classes, width, noise, rng
):
    X, y = labelled(rng, 300, width, classes, noise)
    oracle = LogisticRegression(C=1e4, max_iter=5_000).fit(X, y).score(X, y)
    assert separability(X, y) >= oracle - 0.01


@pytest.mark.parametrize("classes", [2, 3, 6])
def test_classes_that_a_line_separates_are_separated(classes, rng):
    angle = 2 * np.pi * np.arange(classes) / classes
    centres = 5 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    y = rng.integers(0, classes, 200)
    X = centres[y] + rng.uniform(-1, 1, (200, 2))
    assert separability(X, y) == 1
    assert separability(X @ rng.normal(size=(2, 7)) * 1e-3 + 5, y) == 1


def test_a_narrow_gap_is_enough(rng):
    X = rng.uniform(-1, 1, (400, 2))
    X = X[np.abs(X[:, 0] + X[:, 1]) > 0.01]
    assert separability(X, (X.sum(axis=1) > 0).astype(int)) == 1


def test_a_circle_is_not_separable_but_its_squares_are(rng):
    X = rng.uniform(-1, 1, (300, 2))
    y = ((X**2).sum(axis=1) < 0.6).astype(int)
    assert separability(X, y) < 0.8
    assert separability(X**2, y) > 0.99


def test_no_line_is_worse_than_saying_the_larger_class(rng):
    X = rng.normal(size=(100, 2))
    y = (rng.uniform(size=100) < 0.2).astype(int)
    assert separability(X, y) >= max(y.mean(), 1 - y.mean())


def test_outliers_do_not_draw_the_line_away_from_where_most_points_are_right():
    x = np.repeat([-10.0, 0.0, 1.0], [10, 40, 50])[:, None]
    y = np.repeat([1, 0, 1], [10, 40, 50])
    assert LogisticRegression(C=1e4).fit(x, y).score(x, y) < 0.9
    assert separability(x, y) == 0.9  # right of 0.5: class 1


def test_units_that_are_always_the_same_do_no_harm(rng):
    X, y = labelled(rng, 100, 2, 2, 0.5)
    with_dead = np.column_stack([X, np.zeros(100), np.full(100, 3.7)])
    assert separability(with_dead, y) == pytest.approx(separability(X, y), abs=0.02)


def test_labels_may_be_a_column_or_one_hot(rng):
    X, y = labelled(rng, 60, 2, 3, 1.0)
    assert separability(X, np.eye(3)[y]) == separability(X, y)
    assert separability(X, (y == 0).astype(float)[:, None]) == separability(X, (y == 0).astype(int))


def test_one_class_alone_is_separated(rng):
    assert separability(rng.normal(size=(5, 2)), np.zeros(5, int)) == 1


def test_points_all_in_one_place_are_separated_as_well_as_the_larger_class_is_large():
    assert separability(np.ones((10, 2)), np.array([0] * 7 + [1] * 3)) == 0.7


def test_as_many_labels_as_points_are_needed():
    with pytest.raises(ValueError, match="Got 3 and 2"):
        separability(np.zeros((3, 2)), np.zeros(2, int))


def test_training_makes_the_last_hidden_stage_separable():
    run = Run(RunConfig(hidden=((8, "tanh"),), learning_rate=0.1, n_samples=200))
    run.advance(100)
    first, _, last, *_ = stages(run.network, run.data.X_train)
    assert separability(last.values, run.data.y_train) > separability(
        first.values, run.data.y_train
    )


# --- Linear layers only -------------------------------------------------------------------------


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
