"""Nothing is computed for nobody: what goes on goes on while somebody looks, or is about to."""

from __future__ import annotations

import pytest

from nnlib.config import RunConfig
from pages.ui.live import live_view as watched_module
from pages.ui.live.live_view import GRACE, STALLED
from pages.ui.session.session import Session
from tests.ui.clock import Clock, drive

FAR = 50_000  # epochs, more than a few turns train
SMALL = RunConfig(n_samples=60)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    drive(monkeypatch, clock)
    return clock


@pytest.fixture
def session(clock: Clock) -> Session:
    """Opened by a link, on its way to a far epoch."""
    session = Session(SMALL)
    session.goal = FAR
    assert trains(session, clock)
    assert session.run.epoch < FAR
    return session


def trains(session: Session, clock: Clock) -> bool:
    """Whether it is due, and a turn trains."""
    before = session.run.epoch, session.run.batch
    if session.due(clock.now) != 0.0:
        return False
    session.turn(0.002)
    return (session.run.epoch, session.run.batch) > before


def test_a_link_that_was_opened_and_left_is_not_trained_for_nobody(session: Session, clock: Clock):
    clock.now += GRACE / 2
    assert trains(session, clock)  # the page may be opening still
    clock.now += GRACE
    assert not trains(session, clock)
    assert session.due(clock.now) is None


def test_a_viewer_who_looks_again_finds_it_going_on(session: Session, clock: Clock):
    clock.now += 2 * GRACE
    assert not trains(session, clock)
    session.attach(lambda frame: session.drawn())
    assert trains(session, clock)
    clock.now += 2 * GRACE
    session.drawn()
    assert trains(session, clock)


def test_a_client_that_draws_nothing_any_more_lets_the_catching_up_rest(
    session: Session, clock: Clock
):
    session.attach(lambda frame: None)
    session.turn(0.002)
    clock.now += max(GRACE, STALLED) + 0.1
    session.turn(0.002)  # a last frame may be due
    clock.now += max(GRACE, STALLED) + 0.1
    assert not trains(session, clock)
    session.drawn()
    assert trains(session, clock)


def test_nobody_travels_to_an_epoch_for_nobody(session: Session, clock: Clock):
    session.goal = session.run.epoch
    session.run.advance(5_000)
    session.run._snapshots.kept = {0: session.run._snapshots.kept[0]}
    session.visit(session.run.epoch - 1)
    session.turn(0.0)
    clock.now += 2 * GRACE
    assert session.time.on_its_way
    assert session.due(clock.now) is None
    session.attach(lambda frame: session.drawn())
    while session.time.on_its_way:
        assert session.due(clock.now) == 0.0
        session.turn(0.05)


def test_another_page_of_the_same_viewer_counts_as_looking(session: Session, clock: Clock):
    class Board(watched_module.LiveView):
        pass

    board = Board()
    session.onlookers.append(board)
    clock.now += 2 * GRACE
    assert not trains(session, clock)
    board.attach(lambda frame: None)
    board._grant_wishes()
    assert trains(session, clock)
