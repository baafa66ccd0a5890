"""Initializers: their distributions, and that units keep their own random streams."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib.initializers import INITIALIZERS

UNIFORM = {
    "uniform": lambda fan_in, fan_out: 0.5,
    "xavier_uniform": lambda fan_in, fan_out: math.sqrt(6 / (fan_in + fan_out)),
    "he_uniform": lambda fan_in, fan_out: math.sqrt(6 / fan_in),
}
NORMAL = {
    "normal": lambda fan_in, fan_out: 0.1,
    "xavier_normal": lambda fan_in, fan_out: math.sqrt(2 / (fan_in + fan_out)),
    "he_normal": lambda fan_in, fan_out: math.sqrt(2 / fan_in),
}
SCALE = UNIFORM | NORMAL


def draw(name, fan_in, fan_out, seed=7):
    return INITIALIZERS[name].weights(fan_in, fan_out, np.random.default_rng(seed))


def base(name, fan_in, fan_out):
    """The draws before they were scaled."""
    return draw(name, fan_in, fan_out) / SCALE[name](fan_in, fan_out)


def test_the_registry_has_the_agreed_names():
    assert list(INITIALIZERS) == [
        *("zeros", "uniform", "normal", "xavier_uniform", "xavier_normal"),
        *("he_uniform", "he_normal", "orthogonal"),
    ]
    assert all(name == each.name for name, each in INITIALIZERS.items())


# --- Distributions ------------------------------------------------------------------------------


def test_zeros_are_zero():
    np.testing.assert_array_equal(draw("zeros", 3, 4), np.zeros((3, 4)))


@pytest.mark.parametrize("name", UNIFORM)
def test_uniform_kinds_fill_their_interval_evenly(name):
    u = base(name, 200, 100)
    assert u.min() >= -1
    assert u.max() < 1
    counts, _ = np.histogram(u, bins=10, range=(-1, 1))
    # 20,000 draws: 2,000 to a bin, with a standard deviation of 42.
    assert np.abs(counts - 2000).max() < 5 * 42


@pytest.mark.parametrize("name", NORMAL)
def test_normal_kinds_have_their_standard_deviation(name):
    e = base(name, 200, 100)
    assert abs(e.mean()) < 5 / math.sqrt(e.size)
    assert abs(e.std() - 1) < 5 / math.sqrt(2 * e.size)


def test_xavier_and_he_have_the_variance_of_their_papers():
    # Glorot & Bengio: 2 / (fan_in + fan_out); He et al.: 2 / fan_in. Uniform and normal alike.
    for kind in ("uniform", "normal"):
        assert draw(f"xavier_{kind}", 300, 100).var() == pytest.approx(2 / 400, rel=0.03)
        assert draw(f"he_{kind}", 300, 100).var() == pytest.approx(2 / 300, rel=0.03)


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7), (1, 4), (4, 1)], ids=str)
def test_orthogonal_has_orthonormal_columns_or_rows(shape):
    W = draw("orthogonal", *shape)
    gram = W.T @ W if shape[0] >= shape[1] else W @ W.T
    np.testing.assert_allclose(gram, np.eye(min(shape)), atol=1e-12)


def test_orthogonal_draws_both_signs_of_the_determinant():
    signs = {np.sign(np.linalg.det(draw("orthogonal", 3, 3, seed))) for seed in range(20)}
    assert signs == {-1, 1}


def test_orthogonal_is_gram_schmidt_of_the_normal_draws():
    # The sign fix leaves one answer: the first column is the base column, normalised.
    e, W = base("normal", 4, 4), draw("orthogonal", 4, 4)
    np.testing.assert_allclose(W[:, 0], e[:, 0] / np.linalg.norm(e[:, 0]), rtol=1e-10)
    assert (np.diag(W.T @ e) > 0).all()


def test_only_uniform_has_a_bias_as_tensorflow_playground_does():
    biases = {name: each.bias for name, each in INITIALIZERS.items()}
    assert biases.pop("uniform") == 0.1
    assert set(biases.values()) == {0.0}


# --- Streams ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCALE)
def test_a_further_unit_or_input_leaves_the_other_draws_alone(name):
    small, large = base(name, 4, 3), base(name, 6, 5)
    np.testing.assert_allclose(large[:4, :3], small, rtol=1e-15)


@pytest.mark.parametrize("kinds", [UNIFORM, NORMAL], ids=["uniform", "normal"])
def test_kinds_of_one_family_differ_in_scale_alone(kinds):
    first, *others = (base(name, 5, 4) for name in kinds)
    for other in others:
        np.testing.assert_allclose(other, first, rtol=1e-14)


def test_each_column_is_drawn_by_the_stream_that_was_spawned_for_it():
    streams = np.random.default_rng(7).spawn(3)
    expected = np.column_stack([stream.standard_normal(4) for stream in streams])
    np.testing.assert_array_equal(draw("normal", 4, 3), 0.1 * expected)


def test_a_further_unit_leaves_orthogonal_columns_alone():
    np.testing.assert_allclose(
        draw("orthogonal", 6, 4)[:, :3], draw("orthogonal", 6, 3), atol=1e-12
    )


@pytest.mark.parametrize("name", [*SCALE, "orthogonal"])
def test_the_seed_decides(name):
    np.testing.assert_array_equal(draw(name, 4, 3), draw(name, 4, 3))
    assert not np.array_equal(draw(name, 4, 3), draw(name, 4, 3, seed=8))


@pytest.mark.parametrize("name", [*SCALE, "orthogonal"])
def test_no_two_units_start_alike(name):
    W = draw(name, 4, 4)
    assert len(np.unique(W.round(12), axis=1).T) == 4


# --- Shapes and errors --------------------------------------------------------------------------


@given(st.integers(1, 12), st.integers(1, 12))
def test_weights_are_inputs_by_units_in_float64(fan_in, fan_out):
    for name in INITIALIZERS:
        W = draw(name, fan_in, fan_out)
        assert W.shape == (fan_in, fan_out)
        assert W.dtype == np.float64
        assert np.isfinite(W).all()


@pytest.mark.parametrize("name", INITIALIZERS)
def test_a_layer_without_inputs_or_units_is_refused(name):
    for fans in ((0, 3), (3, 0)):
        with pytest.raises(ValueError, match=rf"Got {fans[0]} and {fans[1]}"):
            draw(name, *fans)


@pytest.mark.parametrize("each", INITIALIZERS.values(), ids=lambda each: each.name)
def test_every_text_that_a_page_shows_is_there(each):
    assert all((each.formula, each.source))
