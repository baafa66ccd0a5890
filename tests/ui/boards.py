"""Every live view there is, with its verbs, as a client finds it: for tests that go through all."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from nnlib.config import RunConfig
from pages.ui.backprop import backprop
from pages.ui.compare import wishes as compare_wishes
from pages.ui.compare.comparison import Comparison
from pages.ui.functions import activations as activations_board
from pages.ui.functions import losslab, softmax
from pages.ui.functions import neuron as neuron_board
from pages.ui.functions import protocol as functions_protocol
from pages.ui.inputs import attack as attack_board
from pages.ui.inputs import theta_or_x
from pages.ui.inputs.digits import digits as digits_board
from pages.ui.layers import cloud, drawings, feature_space
from pages.ui.layers.hinges import hinges
from pages.ui.live.live_view import LiveView
from pages.ui.live.wishes import Verbs
from pages.ui.sandbox.sandbox import Sandbox
from pages.ui.server.wire import obey
from pages.ui.session import wishes as session_wishes
from pages.ui.session.session import Session
from tests.ui.taken_apart import Frame, take_apart

SMALL = RunConfig(n_samples=60, hidden=((4, "tanh"), (2, "tanh")))

BOARDS: dict[str, tuple[Callable[[Session], LiveView], Verbs]] = {
    "live": (lambda session: session, session_wishes.VERBS),
    "compare": (
        lambda session: Comparison(SMALL, text="activation:relu,tanh;seeds:1;epochs:20"),
        compare_wishes.VERBS,
    ),
    "activations": (
        lambda _: Sandbox(
            activations_board.Activations(),
            activations_board.draw,
            protocol=functions_protocol.ACTIVATIONS,
        ),
        activations_board.VERBS,
    ),
    "neuron": (
        lambda _: Sandbox(
            neuron_board.Neuron(), neuron_board.draw, protocol=functions_protocol.NEURON
        ),
        neuron_board.VERBS,
    ),
    "softmax": (
        lambda _: Sandbox(softmax.Softmax(), softmax.draw, protocol=functions_protocol.SOFTMAX),
        softmax.VERBS,
    ),
    "losses": (lambda _: losslab.Laboratory(losslab.Lab()), losslab.VERBS),
    "cloud": (cloud.Cloud, cloud.VERBS),
    "lifted": (feature_space.Lifted, feature_space.VERBS),
    "drawings": (drawings.Drawings, drawings.VERBS),
    "hinges": (hinges.Hinges, hinges.VERBS),
    "backprop": (lambda s: backprop.Microscope(s, backprop.Backprop()), backprop.VERBS),
    "theta_or_x": (theta_or_x.ThetaOrX, theta_or_x.VERBS),
    "attack": (attack_board.AttackBoard, attack_board.VERBS),
    "digits": (lambda _: digits_board.DigitsBoard(digits_board.Look()), digits_board.VERBS),
}


@dataclass
class Seat:
    """A client at a board: what it says is obeyed, turns are taken as the trainer takes them."""

    name: str
    session: Session = field(default_factory=lambda: Session(SMALL))
    frames: list[Frame] = field(default_factory=list)

    def __post_init__(self) -> None:
        make, self.verbs = BOARDS[self.name]
        self.board = make(self.session)
        self.left = 0  # messages
        self.board.attach(lambda frame: self.frames.append(take_apart(frame)), lambda: self.left)

    @property
    def said(self) -> str:
        """The sentence that the client reads now."""
        header = self.frames[-1].header
        return header.get("fault") or header.get("problem", "")

    def say(self, message: str) -> None:
        obey(self.board, self.verbs, message)
        self.left += 1

    def turn(self, times: int = 3, seconds: float = 0.002) -> None:
        for _ in range(times):
            for watched in dict.fromkeys((self.session, self.board)):
                wait = watched.wait(time.monotonic())
                if wait is not None and wait <= 0:
                    watched.take_turn(seconds)
            self.board.drawn()

    def until(self, done: Callable[[], bool]) -> None:
        end = time.monotonic() + 30.0
        while not done() and time.monotonic() < end:
            self.turn(1)
            time.sleep(0.001)
        assert done()

    def ask(self, message: str) -> str:
        self.say(message)
        self.turn()
        return self.said
