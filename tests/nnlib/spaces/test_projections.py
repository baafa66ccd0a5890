"""How wide stages are drawn; oracles: SciPy, scikit-learn."""

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes
from sklearn.decomposition import PCA

from nnlib.spaces.projections import (
    Basis,
    border_basis,
    chosen_basis,
    pca_basis,
    plain_basis,
    project,
    share_of_variance,
)
from nnlib.spaces.separability import separators
from nnlib.spaces.stages import stages
from tests.nnlib.spaces.nets import network

# --- Bases ----------------------------------------------------------------------------------------


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


# --- The last hidden stage as the output layer looks at it ----------------------------------------


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
