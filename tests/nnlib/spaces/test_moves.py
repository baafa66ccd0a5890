"""The moves between drawn stages; oracle: SciPy."""

import math

import numpy as np
import pytest
from scipy.linalg import polar

from nnlib.spaces.moves import linear_move, moves
from nnlib.spaces.projections import (
    Basis,
    chosen_basis,
    pca_basis,
    plain_basis,
    project,
)
from nnlib.spaces.stages import stages
from tests.nnlib.spaces.nets import network


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
