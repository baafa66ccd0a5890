"""The boundary by brute force: against distances that are known."""

import numpy as np
import pytest

from nnlib.inputs.boundary import Boundary
from nnlib.inputs.composed import Composed
from nnlib.network import MLP

VIEW = np.array([[-6.0, 6.0], [-6.0, 6.0]])


def logistic(W, b: float) -> MLP:
    W = np.asarray(W, float)
    net = MLP((len(W), 1), ("sigmoid",), rng=np.random.default_rng(0), dtype=np.float64)
    net.weights[0][:, 0], net.biases[0][:] = W, b
    return net


def disc(radius: float) -> Composed:
    """Class 0 within the radius."""
    return Composed(logistic([1, 1], -(radius**2)), ("x1^2", "x2^2"))


@pytest.mark.parametrize(("norm", "dual"), [("2", 5.0), ("inf", 7.0)])
def test_the_distance_to_a_straight_line_is_exact(norm, dual, rng):
    X = rng.uniform(-2, 2, (50, 2))
    distance = Boundary(logistic([3, -4], 1), "nll", VIEW).distance(X, norm)
    np.testing.assert_allclose(distance, np.abs(X @ [3, -4] + 1) / dual, rtol=1e-4)


def test_the_distance_to_a_circle_is_exact(rng):
    X = rng.uniform(-4, 4, (50, 2))
    expected = np.abs(np.linalg.norm(X, axis=1) - 3)
    np.testing.assert_allclose(Boundary(disc(3), "nll", VIEW).distance(X), expected, rtol=1e-3)


def test_the_largest_square_inside_a_circle_gives_the_distance_in_the_other_norm():
    # from the centre, the corners of the square max |x| = r / sqrt 2 touch the circle first
    distance = Boundary(disc(3), "nll", VIEW).distance(np.zeros((1, 2)), "inf")
    assert distance == pytest.approx(3 / np.sqrt(2), rel=1e-4)


def test_the_nearest_of_three_classes_counts(rng):
    net = MLP((2, 3), ("softmax",), rng=np.random.default_rng(0), dtype=np.float64)
    net.weights[0][:], net.biases[0][:] = rng.normal(0, 1, (2, 3)), [0.1, 0, -0.2]
    X = rng.uniform(-2, 2, (30, 2))
    z, W = net.forward(X).Z[-1], net.weights[0].T
    expected = [
        min((z[i, a] - z[i, j]) / np.linalg.norm(W[a] - W[j]) for j in range(3) if j != a)
        for i, a in enumerate(z.argmax(axis=1))
    ]
    wide = 4 * VIEW
    np.testing.assert_allclose(Boundary(net, "softmax_nll", wide).distance(X), expected, rtol=1e-3)


@pytest.mark.parametrize("norm", ["inf", "2"])
def test_another_class_lies_just_beyond_the_nearest_place_and_none_before(norm, rng):
    net = MLP((2, 12, 1), ("tanh", "sigmoid"), rng=np.random.default_rng(5), dtype=np.float64)
    net.weights[0][:] *= 4
    boundary = Boundary(net, "nll", VIEW)
    X = rng.uniform(-3, 3, (10, 2))
    r = boundary.nearest(X, norm) - X
    label = boundary.labels(X)
    assert (boundary.labels(X + 1.001 * r) != label).all()
    directions = rng.uniform(-1, 1, (5_000, 2))
    unit = directions / np.linalg.norm(directions, np.inf if norm == "inf" else 2, axis=1)[:, None]
    for x, size, own in zip(X, boundary.distance(X, norm), label, strict=True):
        inside = x + 0.999 * size * unit * rng.uniform(0, 1, (5_000, 1))
        assert (boundary.labels(inside) == own).all()


def test_the_hinges_classes_change_at_zero():
    net = MLP((2, 1), ("linear",), rng=np.random.default_rng(0), dtype=np.float64)
    net.weights[0][:, 0], net.biases[0][:] = [1, 0], 0
    x = np.array([[2.0, 0.0]])
    assert Boundary(net, "hinge", VIEW).distance(x) == pytest.approx(2)
    assert Boundary(net, "squared", VIEW).distance(x) == pytest.approx(1.5)


def test_on_the_line_the_distance_is_that_to_the_nearest_threshold():
    net = Composed(logistic([1], -4.0), ("x1^2",))  # class 1 beyond +-2
    X = np.array([[0.5], [-3.5], [1.9]])
    boundary = Boundary(net, "nll", VIEW[:1])
    assert boundary.points[:, 0] == pytest.approx([-2, 2])
    assert boundary.distance(X) == pytest.approx([1.5, 1.5, 0.1])


def test_a_view_with_one_class_has_no_boundary():
    boundary = Boundary(logistic([0.1, 0], 5), "nll", VIEW)
    assert boundary.points.shape == (0, 2)
    assert np.isinf(boundary.distance(np.zeros((3, 2)))).all()
    assert np.isnan(boundary.nearest(np.zeros((3, 2)))).all()


def test_no_points_have_no_distances():
    assert Boundary(disc(3), "nll", VIEW).distance(np.zeros((0, 2))).shape == (0,)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((VIEW[::-1, ::-1],), "extent must be .* low below high"),
        ((np.zeros((3, 2)),), "extent must be .* one or two inputs"),
        ((VIEW, 1), "resolution must be 2 or more cells. Got 1"),
    ],
)
def test_a_view_that_cannot_be_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Boundary(disc(3), "nll", *arguments)


def test_points_and_norms_that_do_not_fit_are_refused():
    boundary = Boundary(disc(3), "nll", VIEW)
    with pytest.raises(ValueError, match=r"X must have shape \(n, 2\). Got \(3, 1\)"):
        boundary.distance(np.zeros((3, 1)))
    with pytest.raises(ValueError, match=r"norm must be one of inf, 2. Got '1'"):
        boundary.distance(np.zeros((3, 2)), "1")


def test_piece_by_piece_it_is_the_same_boundary():
    found = Boundary(disc(3), "nll", VIEW, 40, piece=300)
    assert not found.done
    assert not len(found.points)
    pieces = 1
    while not found.work():
        pieces += 1
    assert pieces > 41 * 41 / 300
    np.testing.assert_array_equal(found.points, Boundary(disc(3), "nll", VIEW, 40).points)


def test_a_piece_looks_at_no_more_than_about_so_many_points(monkeypatch: pytest.MonkeyPatch):
    found, looked_at = Boundary(disc(3), "nll", VIEW, 40, piece=300), []
    labels = Boundary.labels
    monkeypatch.setattr(
        Boundary, "labels", lambda self, X: (looked_at.append(len(X)), labels(self, X))[1]
    )
    while not found.work():
        assert sum(looked_at) < 2 * 300
        looked_at.clear()
