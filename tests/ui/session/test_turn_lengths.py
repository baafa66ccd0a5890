"""How long a session's turns are, whatever its network costs: the clock is driven by hand."""

from __future__ import annotations

import pytest

from nnlib.config import RunConfig
from nnlib.run import Run
from pages.ui.session import session as session_module
from pages.ui.session.session import Session
from tests.ui.clock import Clock, drive
from tests.ui.taken_apart import take_apart

SHARE, SLOW = 0.010, 0.003
SMALL = RunConfig(n_samples=200)  # 10 batches an epoch


class TrainingClock(Clock):
    """Seconds pass when batches are trained."""

    perf_counter = Clock.monotonic


class Costs:
    """Makes every batch of every run take `seconds`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock, self.seconds = TrainingClock(), 20e-6
        self.slow: dict[str, object] = {}  # settings with which a batch takes SLOW
        drive(monkeypatch, self.clock)
        advance_batches = Run.advance_batches

        def paid(run: Run, n: int) -> None:
            slow = any(getattr(run.config, name) == value for name, value in self.slow.items())
            self.clock.now += n * (SLOW if slow else self.seconds)
            advance_batches(run, n)

        monkeypatch.setattr(Run, "advance_batches", paid)

    def turn(self, session: Session) -> float:
        """The seconds that a turn takes."""
        start = self.clock.now
        session.turn(SHARE)
        return self.clock.now - start


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> Costs:
    return Costs(monkeypatch)


def playing(config: RunConfig = SMALL) -> Session:
    session = Session(config)
    session.attach(lambda frame: None)
    session.play()
    return session


@pytest.mark.parametrize("seconds", [20e-6, 1e-3, 9e-3])
def test_the_first_turn_of_any_network_keeps_to_its_share(costs: Costs, seconds: float):
    costs.seconds = seconds
    assert costs.turn(playing()) <= SHARE + seconds


def test_a_turn_is_filled_once_a_batch_has_been_measured(costs: Costs):
    session = playing()
    assert costs.turn(session) == pytest.approx(SHARE, rel=0.05)


def test_another_network_is_measured_anew(costs: Costs):
    session = playing()
    costs.turn(session)
    costs.slow = {"hidden": ((32, "tanh"),) * 6}
    session.want(**costs.slow)
    assert costs.turn(session) <= SHARE + SLOW


def test_larger_batches_are_measured_anew(costs: Costs):
    session = playing()
    costs.turn(session)
    costs.slow = {"batch_size": 100}
    session.want(**costs.slow)
    assert costs.turn(session) <= SHARE + SLOW


def test_a_light_network_knows_its_cost_again_after_a_heavy_one(costs: Costs):
    light, heavy = playing(), playing()
    costs.turn(light)
    costs.seconds = SLOW
    costs.turn(heavy)
    costs.seconds = 20e-6
    assert costs.turn(light) == pytest.approx(SHARE, rel=0.05)


def test_the_fine_picture_of_a_large_network_takes_several_turns(costs: Costs):
    session, kinds = Session(SMALL.replace(hidden=((64, "tanh"),) * 6)), []
    session.attach(lambda frame: kinds.append(take_apart(frame).kinds))
    costs.turn(session)
    costs.clock.now += session_module.SETTLED + 0.01
    session.drawn()
    for _ in range(5):
        assert session.due(costs.clock.now) == 0.0
        costs.turn(session)
        assert len(kinds) == 1
    while session.due(costs.clock.now) == 0.0:
        costs.turn(session)
    assert "hover" in kinds[-1]
    assert len(kinds) == 2
