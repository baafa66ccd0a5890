"""Balls and bounds: the projection is one, the steepest direction is the steepest."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nnlib.inputs.ball import Ball, sizes, steepest

NUMBERS = st.floats(-10, 10, allow_subnormal=False)
NORMS = st.sampled_from(["inf", "2"])


@settings(max_examples=80, deadline=None)
@given(arrays(float, (4, 3), elements=NUMBERS), st.floats(0, 5), NORMS)
def test_a_projection_lies_in_ball_and_bounds_and_stays_there(r, epsilon, norm):
    ball = Ball(np.zeros((4, 3)), epsilon, norm, (-2, 1))
    once = ball.project(r)
    ball.check(once)
    np.testing.assert_allclose(ball.project(once), once, rtol=1e-12, atol=1e-300)


@settings(max_examples=80, deadline=None)
@given(
    arrays(float, (1, 3), elements=NUMBERS),
    arrays(float, (50, 3), elements=st.floats(-1, 1)),
    st.floats(0.1, 5),
    NORMS,
)
def test_no_point_of_the_ball_is_nearer_than_the_projection(x, others, epsilon, norm):
    inside = epsilon * others / np.maximum(sizes(others, norm), 1)[:, None]
    away = np.linalg.norm(x - Ball(np.zeros((1, 3)), epsilon, norm, None).project(x))
    assert away <= np.linalg.norm(x - inside, axis=1).min() + 1e-9


@settings(max_examples=80, deadline=None)
@given(
    arrays(float, (1, 3), elements=NUMBERS),
    arrays(float, (50, 3), elements=st.floats(-1, 1)),
    NORMS,
)
def test_no_step_of_size_1_ascends_more_than_the_steepest(gradient, others, norm):
    best = steepest(gradient, norm)
    assert sizes(best, norm)[0] <= 1 + 1e-12
    unit = others / np.maximum(sizes(others, norm), 1e-9)[:, None]
    assert (best @ gradient.T).item() >= (unit @ gradient.T).max() - 1e-9


def test_a_slope_whose_square_vanishes_in_float32_still_has_a_direction():
    tiny = np.array([[3e-30, 4e-30]], np.float32)
    np.testing.assert_allclose(steepest(tiny, "2"), [[0.6, 0.8]], rtol=1e-6)


def test_no_slope_no_direction():
    assert steepest(np.zeros((2, 3)), "2").tolist() == np.zeros((2, 3)).tolist()


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([[0.7, 0.0]], r"\|\|r\|\| > epsilon"),
        ([[0.0, 0.45]], "left the bounds"),
        ([[np.nan, 0.0]], "left the numbers"),
    ],
)
def test_an_attack_that_cheats_is_caught(x, message):
    ball = Ball(np.zeros((1, 2)), 0.5, "inf", (-1, 0.4))
    with pytest.raises(AssertionError, match=message):
        ball.check(np.array(x))


def test_sizes_are_those_of_linear_algebra(rng):
    r = rng.normal(0, 1, (9, 4))
    np.testing.assert_allclose(sizes(r, "2"), np.linalg.norm(r, axis=1))
    np.testing.assert_allclose(sizes(r, "inf"), np.linalg.norm(r, np.inf, axis=1))
