"""Where the output layer separates, and how far a line could; oracle: scikit-learn."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from nnlib.config import RunConfig
from nnlib.run import Run
from nnlib.spaces.projections import (
    pca_basis,
    plain_basis,
)
from nnlib.spaces.separability import separability, separators
from nnlib.spaces.stages import stages
from tests.nnlib.spaces.nets import network

# --- Separators -----------------------------------------------------------------------------------


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


# --- Separability ---------------------------------------------------------------------------------


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
