"""A session that nobody looked at for a while is there again as if it had never rested."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from nnlib.config import RunConfig
from pages.ui.inputs.attack import AttackBoard
from pages.ui.inputs.theta_or_x import ThetaOrX
from pages.ui.layers.drawings import Drawings
from pages.ui.layers.feature_space import Lifted
from pages.ui.layers.hinges.hinges import Hinges
from pages.ui.live import live_view
from pages.ui.sandbox.sandbox import Sandbox
from pages.ui.session.session import Session
from tests.ui.taken_apart import Frame, take_apart

BOARDS = (AttackBoard, Drawings, Hinges, Lifted, ThetaOrX)
SMALL = RunConfig(n_samples=60)  # 3 batches an epoch
HEAVY = RunConfig(
    n_samples=2_000, hidden=((64, "tanh"),) * 6, batch_size=200, learning_rate=0.001, dataset="xor"
)


@pytest.fixture(scope="module", autouse=True)
def patience() -> Iterator[None]:
    """Nobody looks, and catching up may take longer than is waited for somebody."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live_view, "GRACE", 1_000.0)
        yield


def until_quiet(session: Session) -> None:
    """Turns until the wishes are granted and the run has caught up."""
    session.turn(0.01)
    while session.progress.course.behind:
        session.turn(0.01)


def past(session: Session, rest: Callable[[Session], None]) -> None:
    """Two futures, edits, a dead weight, a rate by schedule, and a stop inside an epoch."""
    session.goal = 12
    until_quiet(session)
    rest(session)
    for wish in (
        lambda: session.want(optimizer="adam"),
        lambda: session.edit_network("freeze-w-1-1-1", 1.0),
        lambda: session.edit_network("kill-2-1", 1.0),
        lambda: session.visit(7),
        lambda: session.want(learning_rate=0.2, schedule="step"),
        lambda: session.step(),
        lambda: session.step(),
        lambda: session.switch("A"),
        lambda: session.step(),
        lambda: session.visit(5),
        lambda: session.step_batch(),
        lambda: session.switch("B"),
        lambda: session.step_batch(),
    ):
        wish()
        until_quiet(session)
        rest(session)


def put_to_rest(session: Session) -> None:
    with session.lock:
        session.rest()
    session.turn(0.0)
    assert "_trainer" not in vars(session.run)


@pytest.fixture(scope="module")
def sessions() -> tuple[Session, Session]:
    never, rested = Session(SMALL), Session(SMALL)
    past(never, lambda session: None)
    past(rested, put_to_rest)
    return never, rested


def test_its_branches_come_back_to_the_bit(sessions: tuple[Session, Session]):
    never, rested = sessions
    assert [b.title for b in never.time.branches] == [b.title for b in rested.time.branches]
    assert len(never.time.branches) == 2
    for one, other in zip(never.time.branches, rested.time.branches, strict=True):
        assert np.array_equal(one.run.network.parameters, other.run.network.parameters)
        assert np.array_equal(one.run.history.train_loss, other.run.history.train_loss)
        assert (one.run.epoch, one.run.batch) == (other.run.epoch, other.run.batch)
        assert one.run.changes == other.run.changes
    assert never.run.batch == rested.run.batch == 1


def test_its_older_epochs_can_be_visited(sessions: tuple[Session, Session]):
    for epoch in (1, 6, 9):
        shown = []
        for session in sessions:
            session.visit(epoch)
            until_quiet(session)
            shown.append(session.time.shown)
        assert shown[0].epoch == shown[1].epoch == epoch
        assert np.array_equal(shown[0].network.parameters, shown[1].network.parameters)


def until_still(board: Sandbox) -> None:
    """Somebody looks until all is found out; then goes."""
    board.attach(lambda frame: board.drawn())
    while (wait := board.due(time.monotonic())) is not None:
        time.sleep(wait)
        board.turn(0.01)


def first_frame(board: Sandbox) -> Frame:
    """What a client that comes now gets first; then it goes."""
    frames: list[bytes] = []
    take = frames.append
    board.attach(take)
    board.turn(0.0)
    board.detach(take)
    board.turn(0.0)
    return take_apart(frames[0])


@pytest.mark.parametrize("kind", BOARDS)
def test_a_board_that_has_rested_shows_the_same_again(kind: type[Sandbox]):
    session = Session(SMALL.replace(hidden=((5, "relu"), (4, "tanh"))))
    session.goal = 4
    until_quiet(session)
    board = kind(session)
    if kind is ThetaOrX:
        board.halt()
    until_still(board)
    before = first_frame(board)
    with board.lock:
        board.rest()
    put_to_rest(session)
    until_still(board)
    after = first_frame(board)
    # Lifted's axes turn toward the present ones from where they were: no two are quite the same.
    assert {**after.header, "learned": 0} == {**before.header, "learned": 0}
    assert after.kinds == before.kinds


def test_it_does_not_rest_under_somebody_who_is_back():
    session = Session(SMALL)
    session.goal = 3
    until_quiet(session)
    session.attach(lambda frame: None)
    with session.lock:
        session.rest()
    session.turn(0.0)
    assert "_trainer" in vars(session.run)


def test_to_rest_is_no_reason_to_train(monkeypatch: pytest.MonkeyPatch):
    session = Session(SMALL)
    session.goal = 50_000
    session.turn(0.002)
    session._asked_time -= 60.0
    epoch = session.run.epoch
    put_to_rest(session)
    assert session.run.epoch == epoch


def test_what_it_keeps_of_the_heaviest_network_is_at_most_half_a_megabyte():
    def four_futures() -> Session:
        session = Session(HEAVY)
        session.goal = 4
        until_quiet(session)
        for epoch in (3, 2, 1):
            session.visit(epoch)
            until_quiet(session)
            session.want(learning_rate=0.001 * (1 + epoch))
            until_quiet(session)
        session.want(learning_rate=0.002)
        until_quiet(session)
        return session

    four_futures()  # what is made once for all
    gc.collect()
    tracemalloc.start()
    try:
        session = four_futures()
        assert len(session.time.branches) == 4
        gc.collect()
        busy, _ = tracemalloc.get_traced_memory()
        put_to_rest(session)
        gc.collect()
        rested, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert busy > 5_000_000
    assert rested < 500_000
