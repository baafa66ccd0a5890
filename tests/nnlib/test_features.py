"""Features: their values, their gradients, and the way back through phi."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nnlib.features import FEATURES, phi, pull_back

ON_A_LINE = [name for name, each in FEATURES.items() if not each.needs_x2]
NEEDS_X2 = [name for name, each in FEATURES.items() if each.needs_x2]


def differences(points, f, h=1e-6):
    """Central differences of f (n,) at points (n, d), by each coordinate: (n, d)."""
    columns = [(f(points + h * e) - f(points - h * e)) / (2 * h) for e in np.eye(points.shape[1])]
    return np.stack(columns, axis=1)


# --- Values -------------------------------------------------------------------------------------


def test_the_registry_has_the_agreed_names():
    assert list(FEATURES) == ["x1", "x2", "x1^2", "x2^2", "x1*x2", "sin(x1)", "sin(x2)"]
    assert all(name == each.name for name, each in FEATURES.items())


def test_phi_of_one_point_by_hand():
    expected = [[2.0, 3.0, 4.0, 9.0, 6.0, np.sin(2.0), np.sin(3.0)]]
    np.testing.assert_array_equal(phi(np.array([[2.0, 3.0]]), list(FEATURES)), expected)


def test_the_columns_are_in_the_order_asked_for(rng):
    points = rng.normal(size=(5, 2))
    result = phi(points, ["x2", "x1"])
    np.testing.assert_array_equal(result, points[:, ::-1])


def test_a_line_has_the_features_of_x1(rng):
    points = rng.normal(size=(5, 1))
    expected = np.hstack([points, points**2, np.sin(points)])
    np.testing.assert_array_equal(phi(points, ON_A_LINE), expected)


# --- Gradients ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FEATURES)
def test_gradient_agrees_with_central_differences(name, rng):
    points, each = rng.normal(size=(20, 2)), FEATURES[name]
    np.testing.assert_allclose(each.gradient(points), differences(points, each.value), atol=1e-8)


@pytest.mark.parametrize("name", ON_A_LINE)
def test_gradient_on_a_line_agrees_with_central_differences(name, rng):
    points, each = rng.normal(size=(20, 1)), FEATURES[name]
    np.testing.assert_allclose(each.gradient(points), differences(points, each.value), atol=1e-8)


@pytest.mark.parametrize(
    "names",
    [names for size in (1, 2, 7) for names in itertools.combinations(FEATURES, size)],
    ids=",".join,
)
def test_pull_back_is_the_gradient_of_whatever_follows_phi(names, rng):
    points, v = rng.normal(size=(8, 2)), rng.normal(size=len(names))

    def score(points):  # a nonlinear function of phi, with gradient cos(phi . v) v
        return np.sin(phi(points, names) @ v)

    grad_phi = np.cos(phi(points, names) @ v)[:, None] * v
    np.testing.assert_allclose(
        pull_back(points, names, grad_phi), differences(points, score), atol=1e-7
    )


def test_pull_back_on_a_line(rng):
    points = rng.normal(size=(8, 1))
    back = pull_back(points, ["x1", "x1^2"], np.ones((8, 2)))
    np.testing.assert_allclose(back, 1 + 2 * points)


# --- Shapes, dtypes, errors ---------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_of_the_points_is_kept(dtype):
    points = np.linspace(-1000, 1000, 10, dtype=dtype).reshape(5, 2)
    values = phi(points, list(FEATURES))
    back = pull_back(points, list(FEATURES), np.ones_like(values))
    assert values.dtype == back.dtype == dtype
    assert np.isfinite(values).all()
    assert np.isfinite(back).all()


def test_whole_number_points_are_not_truncated():
    points = np.array([[1, 2]])
    np.testing.assert_array_equal(phi(points, ["x1", "sin(x1)"]), [[1, np.sin(1)]])
    np.testing.assert_array_equal(FEATURES["sin(x1)"].gradient(points), [[np.cos(1), 0]])


@pytest.mark.parametrize("name", NEEDS_X2)
def test_a_feature_of_x2_is_refused_on_a_line(name):
    line = np.zeros((4, 1))
    for function in (FEATURES[name].value, FEATURES[name].gradient, lambda p: phi(p, [name])):
        with pytest.raises(ValueError, match="needs two inputs") as error:
            function(line)
        assert repr(name) in str(error.value)


def test_an_unknown_feature_is_refused_with_the_allowed_ones():
    with pytest.raises(ValueError, match=r"one of x1, x2.*Got 'x3'"):
        phi(np.zeros((4, 2)), ["x1", "x3"])


def test_no_feature_at_all_is_refused():
    with pytest.raises(ValueError, match="at least one feature"):
        phi(np.zeros((4, 2)), [])


@pytest.mark.parametrize("shape", [(4,), (4, 3), (4, 0), (2, 2, 2)], ids=str)
def test_points_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"\(n, 1\) or \(n, 2\)"):
        phi(np.zeros(shape), ["x1"])


@pytest.mark.parametrize("shape", [(4,), (4, 1), (1, 2)], ids=str)
def test_a_gradient_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"grad_phi must be \(4, 2\)"):
        pull_back(np.zeros((4, 2)), ["x1", "x2"], np.zeros(shape))


@pytest.mark.parametrize("name", FEATURES)
def test_the_points_are_left_as_they_were(name, rng):
    points = rng.normal(size=(4, 2))
    copy = points.copy()
    FEATURES[name].value(points)[:] = 0
    FEATURES[name].gradient(points)[:] = 0
    np.testing.assert_array_equal(points, copy)


@given(st.data(), st.integers(0, 6), st.integers(1, 2))
def test_shapes_for_any_points_and_choice_of_features(data, n, d):
    points = data.draw(arrays(np.float64, (n, d), elements=st.floats(-100, 100)))
    allowed = list(FEATURES) if d == 2 else ON_A_LINE
    names = data.draw(st.lists(st.sampled_from(allowed), min_size=1, unique=True))
    assert phi(points, names).shape == (n, len(names))
    assert pull_back(points, names, np.ones((n, len(names)))).shape == (n, d)


@pytest.mark.parametrize("each", FEATURES.values(), ids=lambda each: each.name)
def test_every_feature_has_a_label(each):
    assert each.label
