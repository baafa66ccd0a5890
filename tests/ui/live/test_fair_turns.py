"""The trainer's turns: whoever uses more than a share waits. The clock is driven by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pages.ui.live.live_view import LiveView
from pages.ui.live.trainer import TURN, Trainer


class Clock:
    """Seconds, which pass when somebody works."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Busy(LiveView):
    """Wants turns, each of which takes `costs` seconds, or what it is given where that is None."""

    def __init__(
        self, clock: Clock, costs: float | None = None, of: LiveView | None = None
    ) -> None:
        super().__init__()
        self.clock, self.costs = clock, costs
        self.account = of or self
        self.turns, self.used = 0, 0.0
        self.wants = True

    def waits(self, now: float) -> Iterator[float]:
        if self.wants:
            yield 0.0

    def work(self, seconds: float) -> None:
        took = seconds if self.costs is None else self.costs
        self.clock.now += took
        self.turns += 1
        self.used += took


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def trainer(clock: Clock) -> Trainer:
    return Trainer(clock)


def play(trainer: Trainer, *sessions: Busy, rounds: int = 500) -> None:
    for _ in range(rounds):
        trainer.round(sessions)


def test_whoever_takes_long_turns_gets_no_more_time_than_the_others(trainer, clock):
    others = [Busy(clock) for _ in range(5)]
    heavy = Busy(clock, costs=0.4)
    play(trainer, *others, heavy, rounds=2_000)
    share = clock.now / 6
    assert [each.used for each in others] == pytest.approx([share] * 5, rel=0.1)
    assert heavy.used == pytest.approx(share, rel=0.1)


def test_who_keeps_to_the_share_has_a_turn_in_every_round(trainer, clock):
    others = [Busy(clock) for _ in range(5)]
    play(trainer, *others, Busy(clock, costs=0.4), rounds=300)
    assert {each.turns for each in others} == {300}


def test_frames_that_cost_a_bit_more_than_the_share_are_shared_out_too(trainer, clock):
    alike = [Busy(clock, costs=1.5 * TURN) for _ in range(4)]
    play(trainer, *alike)
    assert max(each.turns for each in alike) - min(each.turns for each in alike) <= 1


def test_alone_nobody_waits_for_what_was_used_before(trainer, clock):
    heavy = Busy(clock, costs=0.4)
    play(trainer, heavy, rounds=100)
    assert heavy.turns == 100


def test_who_has_rested_has_saved_nothing_up(trainer, clock):
    busy, resting = Busy(clock), Busy(clock)
    resting.wants = False
    play(trainer, busy, resting, rounds=1_000)
    resting.wants = True
    busy.turns = resting.turns = 0
    play(trainer, busy, resting, rounds=100)
    assert busy.turns == pytest.approx(100, abs=2)


def test_a_debt_is_not_forgiven_to_who_rests_for_a_moment(trainer, clock):
    heavy, other = Busy(clock, costs=1.0), Busy(clock)
    play(trainer, heavy, other, rounds=1)
    heavy.wants = False
    play(trainer, heavy, other, rounds=10)
    heavy.wants = True
    play(trainer, heavy, other, rounds=50)
    assert heavy.turns == 1


def test_a_session_and_the_board_of_its_network_are_one_viewer(trainer, clock):
    other, session = Busy(clock), Busy(clock)
    board = Busy(clock, of=session)
    play(trainer, other, session, board)
    assert session.used + board.used == pytest.approx(other.used, rel=0.1)
    assert board.turns == session.turns


def test_a_turn_that_fails_is_paid_for(trainer, clock, monkeypatch):
    other, broken = Busy(clock), Busy(clock, costs=0.4)
    broken.give_up = lambda: None

    def fail(seconds: float) -> None:
        broken.turns += 1
        clock.now += 0.4
        raise RuntimeError("on purpose")

    broken.turn = fail
    play(trainer, other, broken, rounds=100)
    assert broken.turns == pytest.approx(100 * TURN / 0.4, abs=1)
