"""How many steps are due at a rate: credit for the time that passed, little for what was missed."""

from __future__ import annotations

import math

import pytest

from pages.ui.live.pace import MOST_ARREARS, Pace


@pytest.fixture
def pace() -> Pace:
    pace = Pace()
    pace.restart(0.0)
    return pace


def test_steps_come_at_the_rate(pace: Pace):
    assert sum(pace.due(25.0, tick / 50) for tick in range(1, 51)) == 25


def test_the_next_step_is_waited_for(pace: Pace):
    assert pace.wait(10.0, 0.0) == pytest.approx(0.1)
    pace.due(10.0, 0.04)
    assert pace.wait(10.0, 0.05) == pytest.approx(0.05)
    assert pace.wait(10.0, 0.2) == 0.0


def test_what_was_missed_for_long_is_not_made_up_for(pace: Pace):
    assert pace.due(100.0, 60.0) == round(100 * MOST_ARREARS)


def test_time_that_is_skipped_earns_nothing(pace: Pace):
    pace.skip(0.09)
    assert pace.due(100.0, 0.1) == 1


def test_steps_that_were_not_taken_stay_due(pace: Pace):
    pace.earn(100.0, 0.035)
    assert [pace.spend() for _ in range(2)] == [True, True]
    assert pace.wait(100.0, 0.035) == 0.0
    assert [pace.spend() for _ in range(2)] == [True, False]


def test_as_fast_as_it_goes_has_no_number_of_steps(pace: Pace):
    assert pace.due(math.inf, 0.01) is None
    assert pace.wait(math.inf, 0.01) == 0.0
