"""After a fault in any live view it is said, the view stands still, and the next wish draws."""

from __future__ import annotations

import logging
import time

import pytest

from pages.ui.compare import frames as comparison_frames
from pages.ui.live.live_view import FAULT
from pages.ui.sandbox.sandbox import Sandbox
from pages.ui.session import frames
from pages.ui.session.session import Session
from tests.ui.boards import BOARDS, Seat
from tests.ui.hostile import valid

SOME_TURNS = 20


class Breaks:
    """Something that raises as long as it is broken, and counts how often it was tried."""

    def __init__(self, works: object) -> None:
        self.works, self.broken, self.tried = works, True, 0

    def __call__(self, *args: object, **named: object) -> object:
        if self.broken:
            self.tried += 1
            raise OverflowError("int too large to convert to float")
        return self.works(*args, **named)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


def seat(name: str) -> Seat:
    here = Seat(name)
    here.turn()
    assert here.frames
    return here


def good_wish(here: Seat) -> str:
    """A right wish that changes what is seen."""
    if here.name == "live":
        return '{"view": {"discretize": true}}'
    if here.name == "compare":
        return '{"view": {"theme": "dark", "measure": "test_loss", "heat": "dead"}}'
    return next(text for text in valid(here.verbs, 3, 40) if '"set"' in text)


def draws_again(here: Seat, breaks: Breaks) -> None:
    breaks.broken = False
    before = len(here.frames)
    here.ask(good_wish(here))
    assert len(here.frames) > before
    assert FAULT not in here.said
    assert "fault" not in here.frames[-1].header


@pytest.mark.parametrize("name", BOARDS)
def test_a_fault_in_a_turn_is_said_and_the_next_wish_draws(
    name: str, monkeypatch: pytest.MonkeyPatch
):
    here = seat(name)
    breaks = Breaks(here.board.follow)
    monkeypatch.setattr(here.board, "follow", breaks)
    here.board.complain("something new")
    here.turn(SOME_TURNS)
    assert here.said == FAULT
    assert breaks.tried <= 2  # the turn, and one to say it
    draws_again(here, breaks)


@pytest.mark.parametrize("name", BOARDS)
def test_a_fault_in_drawing_is_said_and_does_not_come_again_and_again(
    name: str, monkeypatch: pytest.MonkeyPatch
):
    here = seat(name)
    place = {"live": (frames, "build"), "compare": (comparison_frames, "build")}
    owner, part = place.get(name, (here.board, "picture"))
    breaks = Breaks(getattr(owner, part))
    monkeypatch.setattr(owner, part, breaks)
    here.board.complain("something new")
    here.turn(SOME_TURNS)
    assert here.said == FAULT
    assert breaks.tried == 2
    draws_again(here, breaks)


@pytest.mark.parametrize("name", BOARDS)
def test_a_fault_in_granting_is_said_and_the_next_wish_draws(name: str):
    here = seat(name)
    breaks = Breaks(lambda: None)
    here.board._wish(breaks)
    here.turn(SOME_TURNS)
    assert here.said == FAULT
    draws_again(here, breaks)


@pytest.mark.parametrize("name", BOARDS)
def test_a_fault_in_looking_what_is_due_is_one_of_a_turn(
    name: str, monkeypatch: pytest.MonkeyPatch
):
    here = seat(name)
    breaks = Breaks(here.board.due)
    monkeypatch.setattr(here.board, "due", breaks)
    here.turn(SOME_TURNS)
    assert here.said == FAULT
    assert breaks.tried == 1
    draws_again(here, breaks)


def test_a_fault_while_leaving_a_wish_keeps_the_socket_open(monkeypatch: pytest.MonkeyPatch):
    here = seat("live")
    breaks = Breaks(here.board.play)
    monkeypatch.setattr(here.board, "play", breaks)
    assert here.ask('{"play": null}') == FAULT
    draws_again(here, breaks)


def test_what_stands_still_after_a_fault_waits_for_a_wish():
    session = Session(Seat("live").session.config)
    session.attach(lambda _: None)
    session.play()
    session.take_turn(0.01)
    assert session.playing
    session.give_up()
    session.take_turn(0.01)
    assert not session.playing
    assert session.wait(time.monotonic()) is None
    session.play()
    assert session.wait(time.monotonic()) == 0.0


def test_settings_that_cannot_be_drawn_are_taken_back():
    here = seat("neuron")

    def draw(_packet: object) -> None:
        if here.board.settings.w == 3.0:
            raise OverflowError

    here.board.picture = draw
    here.ask('{"set": {"w": 2.0}}')
    assert here.ask('{"set": {"w": 3.0}}') == FAULT
    assert isinstance(here.board, Sandbox)
    assert here.board.settings.w == 2.0
    assert here.ask('{"set": {"b": 1.0}}') == ""
