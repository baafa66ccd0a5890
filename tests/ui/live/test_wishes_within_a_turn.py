"""A wish may come at any point of a turn: it is granted, and what it did is drawn."""

from __future__ import annotations

import time

import pytest

from tests.ui.boards import BOARDS, Seat
from tests.ui.taken_apart import Frame, take_apart

POINTS = ("before", "granting", "follow", "work", "state", "frame")
UNLIKE = (
    "blobs",
    "heard",
    "learned",
    "moved",
    "stages",
    "shares",
)  # axes turn from where they were

# A wish that is seen, and a setting that it brings.
WISHES = {
    "live": ('{"view": {"discretize": true}}', {}),
    "compare": ('{"view": {"theme": "dark", "measure": "train_loss", "heat": "dead"}}', {}),
    "activations": ('{"set": {"z": 1.5}}', {"z": 1.5}),
    "neuron": ('{"set": {"w": 2.0}}', {"w": 2.0}),
    "softmax": ('{"set": {"shift": 2.0}}', {"shift": 2.0}),
    "losses": ('{"set": {"sure": 3.0}}', {"sure": 3.0}),
    "cloud": ('{"set": {"point": 3}}', {"point": 3}),
    "lifted": ('{"set": {"third": "x1*x2"}}', {"third": "x1*x2"}),
    "drawings": ('{"set": {"source": "chain"}}', {"source": "chain"}),
    "hinges": ('{"set": {"x1": 2.0}}', {"x1": 2.0}),
    "backprop": ('{"set": {"panel": "descent"}}', {"panel": "descent"}),
    "theta_or_x": ('{"set": {"x1": 2.0}}', {"x1": 2.0}),
    "attack": ('{"set": {"x1": 1.0}}', {"x1": 1.0}),
    "digits": ('{"set": {"view": "attack"}}', {"view": "attack"}),
}


def quiet(name: str) -> Seat:
    """A seat at a board where nothing goes on by itself."""
    here = Seat(name)
    if name == "theta_or_x":
        here.board.halt()
    if name in ("digits", "compare"):
        here.board.pause()
    here.until(lambda: here.frames and at_rest(here))
    return here


def at_rest(here: Seat) -> bool:
    now = time.monotonic()
    return here.board.wait(now) is None and here.session.wait(now) is None


def anew(here: Seat) -> Frame:
    """What a client gets that comes now."""
    frames: list[bytes] = []
    here.board.attach(frames.append)
    end = time.monotonic() + 10.0
    while not frames and time.monotonic() < end:
        here.turn(1)
    return take_apart(frames[0])


def shows(frame: Frame, settings: dict) -> bool:
    return frame.header["settings"] | settings == frame.header["settings"]


def alike(frame: Frame) -> dict:
    header = {name: value for name, value in frame.header.items() if name not in UNLIKE}
    if "settings" in header and "hidden" in header["settings"]:
        del header["settings"]  # of the Playground: sent when they change
    return header


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("name", BOARDS)
def test_a_wish_at_any_point_of_a_turn_is_granted_and_drawn(
    name: str, point: str, monkeypatch: pytest.MonkeyPatch
):
    here, left = quiet(name), []
    wish, settings = WISHES[name]
    hook = {"before": "_grant_wishes", "granting": "_grant_wishes"}.get(point, point)
    works = getattr(here.board, hook)

    def say_once() -> None:
        if not left:
            left.append(wish)
            here.say(wish)

    def with_a_wish(*arguments: object) -> object:
        if point == "before":
            say_once()
        found = works(*arguments)
        if point != "before":
            say_once()
        return found

    monkeypatch.setattr(here.board, hook, with_a_wish)
    here.board.complain("something else that is drawn")
    here.until(lambda: left and at_rest(here))
    assert not here.board._wishes
    drawn = here.frames[-1]
    assert drawn.header["heard"] == 1
    for frame in here.frames:  # none says that it has heard what it does not show
        assert not settings or not frame.header["heard"] or shows(frame, settings)
    if settings:
        assert shows(drawn, settings)
    else:
        assert here.board._shown == here.board.state()
    expected = alike(anew(here))
    common = expected.keys() & drawn.header.keys()  # a part that the client has is not sent again
    assert {each: drawn.header[each] for each in common} == {
        each: expected[each] for each in common
    }


def test_every_board_has_its_wish():
    assert WISHES.keys() == BOARDS.keys()
