"""Another view of the viewer's network: it shows the session's run and can train it."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from nnlib.config import RunConfig
from nnlib.run import Run
from pages.ui.live.packing import Packet
from pages.ui.live.protocol import Blob, Protocol
from pages.ui.sandbox.network_link import TRAINED, TRAINING, about
from pages.ui.sandbox.sandbox import SETTINGS, Sandbox, Settings, verbs
from pages.ui.session.session import Session
from tests.ui.board_viewer import say
from tests.ui.taken_apart import Frame, take_apart

CONFIG = RunConfig(n_samples=60)


VERBS = {**verbs(Settings), **TRAINING}


class Board(Sandbox):
    """A board that shows the network's parameters."""

    protocol = (
        SETTINGS | TRAINED | Protocol({}, {"parameters": Blob("float32", "P", "all of them")})
    )

    def picture(self, packet: Packet) -> None:
        packet.attach("parameters", self.run.network.parameters)


class Viewer:
    """A page that shows such a board, and the trainer that gives it and its session turns."""

    def __init__(self) -> None:
        self.session = Session(CONFIG)
        self.looker = Board(Settings(), session=self.session)
        self.frames: list[Frame] = []

    def open(self) -> None:
        self.left = 0  # messages
        self.looker.attach(lambda frame: self.frames.append(take_apart(frame)), lambda: self.left)
        self.turns(1)

    def turns(self, n: int) -> None:
        for _ in range(n):
            for watched in (self.session, self.looker):
                if watched.due(0.0) is not None:
                    watched.turn(0.01)
            self.looker.drawn()

    def ask(self, verb: str, value: object = None) -> None:
        say(self.looker, VERBS, verb, value)
        self.left += 1
        self.turns(4)


@pytest.fixture
def viewer() -> Viewer:
    viewer = Viewer()
    viewer.open()
    return viewer


def test_it_shows_the_network_of_the_session(viewer: Viewer):
    shown = viewer.frames[0].numbers("parameters")
    np.testing.assert_array_equal(shown, viewer.session.run.network.parameters)


def test_play_trains_while_only_the_onlooker_is_open(viewer: Viewer):
    viewer.ask("play")
    assert viewer.session.run.epoch > 0
    assert viewer.frames[-1].header["training"]["epoch"] == viewer.session.run.epoch


def test_nothing_trains_when_nobody_looks():
    viewer = Viewer()
    viewer.session.play()
    viewer.turns(4)
    assert viewer.session.run.epoch == 0


def test_a_step_is_answered_by_a_frame_of_its_epoch(viewer: Viewer):
    before = len(viewer.frames)
    viewer.ask("step")
    assert len(viewer.frames) > before
    assert viewer.frames[-1].header["training"] | {"about": ""} == {
        "playing": False,
        "epoch": 1,
        "newest": 1,
        "about": "",
    }


def test_a_visit_shows_the_network_of_that_epoch(viewer: Viewer):
    for _ in range(3):
        viewer.ask("step")
    viewer.ask("visit", 2)
    np.testing.assert_array_equal(
        viewer.frames[-1].numbers("parameters"), viewer.session.run.snapshot(2)
    )


def test_nothing_is_due_while_the_network_and_the_settings_stay(viewer: Viewer):
    viewer.turns(3)
    assert viewer.looker.due(0.0) is None


def test_what_goes_wrong_in_training_is_said(viewer: Viewer):
    viewer.session.complain("The limit lies behind.")
    viewer.turns(2)
    assert viewer.frames[-1].header["problem"] == "The limit lies behind."


def test_the_network_is_described_in_a_line():
    assert about(Run(CONFIG)) == "circle: 2 → 4 tanh → 2 tanh → 1 sigmoid, NLL"


def test_settling_waits_for_a_wish_whose_turn_has_begun(viewer: Viewer):
    begun, done = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        time.sleep(0.1)
        done.set()

    viewer.session._wish(slow)
    turn = threading.Thread(target=viewer.session.turn, args=(0.01,))
    turn.start()
    begun.wait(5)
    viewer.session.settle(5)
    assert done.is_set()
    turn.join()


def test_a_frame_has_heard_a_wish_of_the_network_once_its_session_has_granted_it(viewer: Viewer):
    for _ in range(3):
        viewer.ask("step")
    say(viewer.looker, VERBS, "visit", 1)
    viewer.left += 1
    viewer.looker.complain("a frame of the board comes before the session's turn")
    viewer.looker.drawn()
    viewer.looker.turn(0.01)
    before = viewer.frames[-1].header
    assert (before["training"]["epoch"], before["heard"]) == (3, 3)
    viewer.turns(4)
    after = viewer.frames[-1].header
    assert (after["training"]["epoch"], after["heard"]) == (1, 4)
