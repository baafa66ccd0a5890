"""The one thread that trains: turns, calls, faults and the lock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from nnlib.config import RunConfig
from nnlib.run import Run
from nnlib.stopping import StopRules
from pages.ui.live.trainer import Trainer
from pages.ui.session.differences import difference
from pages.ui.session.session import Session
from tests.ui.session.session_viewer import (
    SMALL,
)
from tests.ui.taken_apart import take_apart


class Watcher:
    """Draws every frame at once, and tells the test when an epoch is on screen."""

    def __init__(self, session: Session, epoch: int) -> None:
        self.session, self.epoch = session, epoch
        self.reached = threading.Event()
        session.attach(self.take)
        session.play()

    def take(self, frame: bytes) -> None:
        if take_apart(frame).header["epoch"] >= self.epoch:
            self.reached.set()
        self.session.drawn()


@pytest.fixture
def thread() -> Iterator[Trainer]:
    thread = Trainer(clock=lambda: 0.0)  # nobody uses more than the share
    yield thread
    thread.stop()


def test_two_sessions_take_turns(thread: Trainer, monkeypatch: pytest.MonkeyPatch):
    turns: list[Session] = []
    turn = Session.turn

    def noted(session: Session, seconds: float) -> None:
        turns.append(session)
        turn(session, seconds)

    monkeypatch.setattr(Session, "turn", noted)
    sessions = Session(SMALL), Session(SMALL.replace(seed=1))
    watchers = [Watcher(session, 200) for session in sessions]
    for session in sessions:
        thread.add(session)
    for watcher in watchers:
        assert watcher.reached.wait(60)
    thread.stop()
    both = turns[turns.index(sessions[1]) :]
    in_a_row = sum(first is second for first, second in pairwise(both[:40]))
    assert in_a_row <= 2  # each has had its turn before the other has the next


def test_a_removed_session_gets_no_more_turns(thread: Trainer):
    first, second = Session(SMALL), Session(SMALL.replace(seed=1))
    watcher = Watcher(first, 20)
    thread.add(first)
    assert watcher.reached.wait(60)
    thread.remove(first)
    other = Watcher(second, 1)
    thread.add(second)
    assert other.reached.wait(60)  # a whole round later
    before = first.run.epoch
    later = Watcher(second, second.run.epoch + 50)
    assert later.reached.wait(60)
    assert first.run.epoch == before


def test_a_call_waits_for_the_turns_that_are_due_and_for_no_others(thread: Trainer):
    session = Session(SMALL)
    first = Watcher(session, 3)
    thread.add(session)
    assert first.reached.wait(60)
    with session.lock:  # its turn cannot end
        session.set_rules(StopRules(epochs=7))
        called = threading.Event()
        thread.soon(called.set)
        assert not called.wait(0.1)
    assert called.wait(60)
    session.pause()
    session.settle(60)
    for _ in range(3):  # at rest, and after a rest
        called = threading.Event()
        thread.soon(called.set)
        assert called.wait(60)
    thread.remove(session)


def test_a_fault_in_one_session_leaves_the_others_training(
    thread: Trainer, monkeypatch: pytest.MonkeyPatch
):
    faulty, healthy = Session(SMALL), Session(SMALL.replace(seed=1))
    monkeypatch.setattr(faulty.progress, "play_on", lambda *_: 1 / 0)
    told, tell = threading.Event(), faulty.give_up

    def give_up() -> None:
        tell()
        told.set()

    monkeypatch.setattr(faulty, "give_up", give_up)
    Watcher(faulty, 1)
    thread.add(faulty)
    assert told.wait(60)
    watcher = Watcher(healthy, 20)
    thread.add(healthy)
    assert watcher.reached.wait(60)
    assert not faulty.playing
    assert "Something went wrong" in faulty.problem


def test_the_lock_keeps_the_run_still_for_other_threads(thread: Trainer):
    session = Session(SMALL)
    watcher = Watcher(session, 20)
    thread.add(session)
    assert watcher.reached.wait(60)
    with session.lock:
        before = session.run.network.parameters.copy()
        run = Run(SMALL)
        run.advance(20)  # time in which the thread would have trained
        assert np.array_equal(session.run.network.parameters, before)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"hidden": [(8, "leaky_relu")]}, "hidden 4 tanh,2 tanh → 8 leaky ReLU from the start"),
        ({"hidden": []}, "hidden 4 tanh,2 tanh → none from the start"),
        ({"optimizer": "adam"}, "optimizer SGD → Adam from the start"),
        ({"clip_norm": 1.5}, "clip norm none → 1.5 from the start"),
    ],
)
def test_a_difference_is_written_as_people_write_it(settings: dict, said: str):
    run = Run(RunConfig(n_samples=60, **settings))
    assert difference(run, RunConfig(n_samples=60), ()) == said
