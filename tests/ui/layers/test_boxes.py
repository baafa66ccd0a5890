"""The box that a cloud is drawn in, and what a line or a plane cuts from it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nnlib.spaces.separability import Separator
from pages.ui.layers.boxes import Box, around, cut, steady, tight

SQUARE = Box(np.zeros(2), 1.0)
CLOUDS = arrays(
    float, st.tuples(st.integers(1, 9), st.integers(1, 3)), elements=st.floats(-1e6, 1e6)
)


@given(CLOUDS)
def test_every_point_is_inside_its_box(points: np.ndarray):
    for box in (tight(points), steady(points)):
        assert (np.abs(points - box.center) <= box.half * (1 + 1e-9)).all()


@given(CLOUDS)
def test_a_steady_box_is_not_much_larger_than_needed(points: np.ndarray):
    assert steady(points).half <= 1.7 * tight(points).half


@given(CLOUDS)
def test_ticks_are_few_and_inside(points: np.ndarray):
    box = steady(points)
    for ticks, center in zip(box.ticks(), box.center, strict=True):
        assert 2 <= len(ticks) <= 7
        assert all(abs(tick - center) <= box.half * 1.001 for tick in ticks)


def test_a_small_move_of_the_points_leaves_the_box_as_it_is():
    points = np.array([[-1.0, 0.0], [1.0, 0.5]])
    before, after = steady(points), steady(points * 1.003)
    assert before.half == after.half
    np.testing.assert_array_equal(before.center, after.center)


def test_one_box_goes_around_others():
    box = around(Box(np.array([0.0, 0.0]), 1.0), Box(np.array([4.0, 0.0]), 2.0))
    assert (box.center.tolist(), box.half) == ([2.5, 0.0], 3.5)


def test_a_zoom_goes_by_equal_factors():
    assert Box(np.zeros(1), 1.0).toward(Box(np.zeros(1), 4.0), 0.5).half == pytest.approx(2.0)


def test_a_line_is_cut_where_it_leaves_the_box():
    ends = cut(Separator(np.array([2.0, 2.0]), -2.0, (0, 1)), SQUARE)
    assert sorted(ends.tolist()) == [[0.0, 1.0], [1.0, 0.0]]


def test_a_line_beyond_the_box_leaves_nothing():
    assert cut(Separator(np.array([1.0, 0.0]), -3.0, (0, 1)), SQUARE) is None
    assert cut(Separator(np.zeros(2), -3.0, (0, 1)), SQUARE) is None


def test_a_threshold_on_a_line_is_one_place():
    piece = cut(Separator(np.array([4.0]), -2.0, (0, 1)), Box(np.zeros(1), 1.0))
    assert piece.tolist() == [[0.5]]


def test_a_plane_cuts_a_cube_in_a_convex_polygon():
    corners = cut(Separator(np.ones(3), 0.0, (0, 1)), Box(np.zeros(3), 1.0))
    assert len(corners) == 6  # the regular hexagon through the middle
    np.testing.assert_allclose(corners.sum(axis=1), 0, atol=1e-12)
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)
    np.testing.assert_allclose(sides, np.sqrt(2))


def test_of_three_classes_only_what_divides_the_two_leading_ones_is_kept():
    """z = (x, -x, y): classes 0 and 1 lead where |x| > y, so their border is x = 0, y < 0."""
    scores = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]])
    found = [Separator(scores[j] - scores[i], 0.0, (i, j)) for i, j in ((0, 1), (0, 2), (1, 2))]
    piece = cut(found[0], SQUARE, found)
    assert sorted(piece.tolist()) == [[0.0, -1.0], [0.0, 0.0]]
