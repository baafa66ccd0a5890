"""What the client of a session may wish, and what is done about it."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field

from nnlib.config import (
    MAX_EPOCHS,
    RunConfig,
    allowed,
)
from nnlib.datasets.own import MAX_MAGNITUDE
from nnlib.edits import MAX_DRAW
from nnlib.stopping import LOSSES_OF, MAX_TARGET, StopRules
from pages.ui.drawing.palette import Theme
from pages.ui.live.wishes import (
    Fields,
    Nothing,
    Verbs,
    Wish,
    bounded,
    changes_of,
    number,
    one_of,
    one_of_numbers,
    several,
    text,
    whole,
)
from pages.ui.session.scene import View
from pages.ui.session.session import SPEEDS, Session

MAX_PIXELS = 100_000  # of a panel's side; what is beyond the largest picture is brought into it


class ViewWish(Fields):
    """What of the network is looked at, and how; the panel's size in CSS pixels."""

    theme: Theme = "light"
    discretize: bool = False
    width: number(0, MAX_PIXELS) = 560
    height: number(0, MAX_PIXELS) = 440
    wrong: bool = False
    neuron: Annotated[tuple[whole(1, 100), whole(1, 1_000)], Field(strict=False)] | None = None
    pre: bool = False
    probe: several(number(-MAX_MAGNITUDE, MAX_MAGNITUDE), 1, 2) | None = None


class EditWish(Fields):
    """An edit of the network (nnlib/edits.py) and the number that goes with it."""

    name: text(40)
    value: number(-MAX_DRAW, MAX_DRAW)


class RulesWish(Fields):
    """When play ends by itself (nnlib/stopping.py); a rule is off where it is null."""

    target: number(0, MAX_TARGET) | None
    target_of: one_of(*LOSSES_OF)
    patience: whole(1, MAX_EPOCHS) | None
    epochs: whole(1, MAX_EPOCHS) | None


def _set(session: Session, changes: dict) -> None:
    problems = session.want(**changes)
    if problems:
        session.complain(bounded(" ".join(problems)))


def _view(session: Session, wish: ViewWish) -> None:
    width = int(min(max(wish.width, 240), 2_400))
    height = int(min(max(wish.height, 200), 1_600))
    probe = None if wish.probe is None else tuple(wish.probe)
    session.set_view(View(**{**dict(wish), "width": width, "height": height, "probe": probe}))


def _step(session: Session, unit: str | None) -> None:
    steps = {"epoch": session.step, "batch": session.step_batch, "example": session.step_example}
    steps[unit or "epoch"]()


VERBS: Verbs = {
    "drawn": Wish(Nothing, lambda session, _: session.drawn()),
    "play": Wish(Nothing, lambda session, _: session.play()),
    "pause": Wish(Nothing, lambda session, _: session.pause()),
    "step": Wish(one_of("epoch", "batch", "example") | None, _step),
    "reset": Wish(Nothing, lambda session, _: session.reset()),
    "set": Wish(changes_of(RunConfig), _set, allowed),
    "rules": Wish(RulesWish, lambda session, rules: session.set_rules(StopRules(**dict(rules)))),
    "visit": Wish(whole(0, MAX_EPOCHS), lambda session, epoch: session.visit(epoch)),
    "switch": Wish(text(1), lambda session, letter: session.switch(letter)),
    "close": Wish(text(1), lambda session, letter: session.close(letter)),
    "speed": Wish(
        one_of_numbers(*SPEEDS[:-1]) | None,  # None: as fast as it goes
        lambda session, speed: session.set_speed(math.inf if speed is None else speed),
    ),
    "view": Wish(ViewWish, _view),
    "network": Wish(EditWish, lambda session, edit: session.edit_network(edit.name, edit.value)),
    "undo": Wish(Nothing, lambda session, _: session.undo_edit()),
}
