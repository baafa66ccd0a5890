"""Data lifted by hand-made features, and the plane fitted to them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from nnlib.data import load
from nnlib.spaces.lifting import LIFTS, RADIUS, fit_plane, lift
from nnlib.spaces.logistic import PENALTY

CIRCLE = load("circle", n_samples=200, test_share=0.5, noise=0.0, seed=0)


def test_a_lift_is_a_column_for_each_feature():
    lifted = lift(np.array([[3.0, -4.0]]), ("x2", RADIUS, "x1*x2"))
    assert lifted.tolist() == [[-4.0, 25.0, -12.0]]


@pytest.mark.parametrize("names", [(), ("x1", "x3")])
def test_an_unknown_feature_is_named(names: tuple[str, ...]):
    with pytest.raises(ValueError, match="names: some of x1"):
        lift(CIRCLE.train, names)


def test_no_line_but_a_plane_over_the_squared_radius_separates_the_circle():
    def right(names: tuple[str, ...]) -> float:
        Phi = lift(CIRCLE.train, names)
        said = fit_plane(Phi, CIRCLE.train_target).predict(Phi)[:, 0] >= 0.5
        return float((said == CIRCLE.train_target).mean())

    assert right(("x1", "x2")) < 0.75
    assert right(("x1", "x2", RADIUS)) == 1.0


@pytest.mark.parametrize(("dataset", "classes"), [("circle", 2), ("blobs", 4)])
def test_the_fit_is_scikit_learns_logistic_regression(dataset: str, classes: int):
    points = load(dataset, n_samples=200, test_share=0.5, noise=1.0, seed=1, n_classes=classes)
    Phi = lift(points.train, ("x1", "x2", RADIUS))
    X = (Phi - Phi.mean(axis=0)) / Phi.std(axis=0)
    oracle = LogisticRegression(C=1 / (PENALTY * len(X)), tol=1e-10, max_iter=10_000)
    expected = oracle.fit(X, points.train_target).predict_proba(X)
    found = fit_plane(Phi, points.train_target).predict(Phi)
    found = np.hstack([1 - found, found]) if classes == 2 else found
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_feature_that_is_the_same_everywhere_gets_no_weight():
    Phi = np.column_stack([CIRCLE.train[:, 0], np.full(len(CIRCLE.train), 7.0)])
    assert fit_plane(Phi, CIRCLE.train_target).weights[0][1, 0] == 0.0


@pytest.mark.parametrize("y", [np.zeros(3, int), np.array([0, 1])])
def test_labels_that_cannot_be_separated_are_refused(y: np.ndarray):
    with pytest.raises(ValueError, match="y: 3 labels of two classes"):
        fit_plane(np.zeros((3, 2)), y)


def test_every_lift_has_a_label():
    assert all(label.strip() for label in LIFTS.values())
