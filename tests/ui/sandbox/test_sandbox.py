"""A sandbox: settings that a hand moves, answered by frames."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pytest
from pydantic import Field

from pages.ui.live.packing import Packet
from pages.ui.live.protocol import Blob, Protocol
from pages.ui.sandbox.sandbox import SETTINGS, Sandbox, Settings, verbs
from pages.ui.shell import link_text
from tests.ui.board_viewer import say
from tests.ui.taken_apart import Frame, take_apart


class Slope(Settings):
    slope: Annotated[float, Field(ge=-5, le=5, allow_inf_nan=False)] = 1.0


VERBS = verbs(Slope)
TABLE = SETTINGS | Protocol({}, {"line": Blob("float32", "3", "places")})


def draw_line(settings: Slope, packet: Packet) -> None:
    packet.attach("line", settings.slope * np.arange(3.0))


@pytest.fixture
def frames() -> list[Frame]:
    return []


@pytest.fixture
def sandbox(frames: list[Frame]) -> Sandbox:
    sandbox = Sandbox(Slope(), draw_line, protocol=TABLE)
    sandbox.attach(lambda frame: frames.append(take_apart(frame)))
    sandbox.turn(0.01)
    return sandbox


def test_the_first_frame_shows_the_default(sandbox: Sandbox, frames: list[Frame]):
    assert frames[0].header["settings"] == {"slope": 1.0}
    assert frames[0].numbers("line").tolist() == [0, 1, 2]


def test_a_change_is_answered_by_a_frame_once_the_last_one_is_drawn(
    sandbox: Sandbox, frames: list[Frame]
):
    say(sandbox, VERBS, "set", {"slope": 2})
    sandbox.turn(0.01)
    assert len(frames) == 1
    say(sandbox, VERBS, "drawn", None)
    assert sandbox.due(0.0) == 0.0
    sandbox.turn(0.01)
    assert frames[1].numbers("line").tolist() == [0, 2, 4]


def test_nothing_is_due_while_nothing_changes(sandbox: Sandbox):
    sandbox.drawn()
    assert sandbox.due(0.0) is None


@pytest.mark.parametrize("changes", [{"slope": 7}, {"slope": "x"}, {"bend": 1}, [1], None])
def test_what_is_not_possible_is_said_and_changes_nothing(
    sandbox: Sandbox, frames: list[Frame], changes: object
):
    sandbox.drawn()
    say(sandbox, VERBS, "set", changes)
    sandbox.turn(0.01)
    assert sandbox.settings == Slope()
    assert frames[-1].header["problem"]


def test_a_new_socket_gets_a_frame_of_its_own(sandbox: Sandbox):
    later: list[bytes] = []
    sandbox.attach(later.append)
    sandbox.turn(0.01)
    assert len(later) == 1


class Switch(Settings):
    on: bool = True


@pytest.mark.parametrize("on", [True, False])
def test_a_switch_comes_back_from_its_link(on: bool):
    text = link_text.write(Switch(on=on), Switch(on=not on))
    assert link_text.read(text, Switch(on=not on)) == (Switch(on=on), [])


class Moved(Settings):
    x: Annotated[float, Field(ge=0, le=1)] = 0.0
    n: Annotated[int, Field(ge=1, le=9)] = 1
    point: tuple[float, ...] = (0.0, 0.0)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("x:2", "x: 2.0 is not possible"),
        ("x:０.5", "x: '０.5' is not a number"),
        ("x: 0.5", "x: ' 0.5' is not a number"),
        ("x:inf", "x: 'inf' is not a number"),
        ("point:1,+2", "point: '1,+2' is not a number"),
        ("y:1", "y: there is no such setting"),
    ],
)
def test_beside_a_bad_value_of_a_link_the_others_hold(bad: str, said: str):
    settings, (problem,) = link_text.read(f"{bad};n:7", Moved())
    assert settings == Moved(n=7)
    assert said in problem


def test_a_switch_that_is_neither_on_nor_off_is_said():
    settings, (problem,) = link_text.read("on:maybe", Switch())
    assert settings == Switch()
    assert "on: 'maybe' is not possible" in problem
