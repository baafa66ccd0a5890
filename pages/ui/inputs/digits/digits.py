"""Handwritten digits: a network that learns them, is attacked, and is asked what it looks for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, field_validator

from nnlib.inputs.digits import DigitsTraining, from_drawing, load_digits
from pages.ui.drawing.palette import Theme
from pages.ui.inputs.digits import attack as digits_attack
from pages.ui.inputs.digits import frames
from pages.ui.inputs.digits.ascent import Ascent
from pages.ui.inputs.digits.protocol import PROTOCOL
from pages.ui.inputs.digits.survey import DigitsSurvey
from pages.ui.live.pace import Pace
from pages.ui.live.packing import Packet
from pages.ui.live.wishes import Nothing, Verbs, Wish, text, whole
from pages.ui.sandbox import sandbox
from pages.ui.sandbox.sandbox import Sandbox, Settings

ACTIVATIONS = ("relu", "tanh", "sigmoid")
N_TEST = 449  # test pictures; the split is always the same
GOAL = 0.95  # test accuracy that is marked
LAST_EPOCH = 30
PAD = 48  # cells of the drawing's side
RECOUNT_SECONDS = 0.1  # between two countings of the test digits while training


class Look(Settings):
    """The network and what is shown of it: see the board's controls, which carry the same names.

    epoch : of a link: the network is trained to there at once, and rests
    row : which test picture is attacked; drawn : a person's own picture, by pixels_text
    epsilon, epsilon_2 : the size of an attack in the norms inf and 2, in shares of white to black
    pull, smooth : of the ascent, on ||x||^2 and on the total variation
    """

    view: Literal["learned", "attack", "ascent", "survey"] = "learned"
    units: Literal[8, 16, 32, 64] = 64
    activation: Literal["relu", "tanh", "sigmoid"] = "relu"
    seed: Annotated[int, Field(ge=0, le=999)] = 0
    speed: Annotated[int, Field(ge=1, le=20)] = 2
    epoch: Annotated[int, Field(ge=0, le=LAST_EPOCH)] = 0
    source: Literal["test", "own"] = "test"
    row: Annotated[int, Field(ge=0, le=N_TEST - 1)] = 0
    drawn: text(digits_attack.PIXELS) = ""
    attack: Literal["fgsm", "pgd", "lbfgs", "deepfool"] = "pgd"
    target: Annotated[int, Field(ge=-1, le=9)] = digits_attack.UNTARGETED
    norm: Literal["inf", "2"] = "inf"
    epsilon: Annotated[float, Field(ge=0, le=0.5, allow_inf_nan=False)] = 0.12
    epsilon_2: Annotated[float, Field(ge=0, le=4, allow_inf_nan=False)] = 0.8
    start: Literal["noise", "mean", "class"] = "noise"
    score: Literal["logit", "probability"] = "logit"
    pull: Annotated[float, Field(ge=0, le=5, allow_inf_nan=False)] = 1.0
    smooth: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)] = 0.3
    theme: Theme = "light"

    @field_validator("drawn")
    @classmethod
    def _a_picture(cls, value: str) -> str:
        if value:
            digits_attack.read(value)
        return value

    @property
    def size(self) -> float:
        """Epsilon of the chosen norm."""
        return self.epsilon if self.norm == "inf" else self.epsilon_2


class DigitsBoard(Sandbox[Look]):
    """One viewer's digits: the network trains from the first visit on; the view shown is drawn."""

    protocol = PROTOCOL

    def __init__(self, settings: Look) -> None:
        super().__init__(settings)
        load_digits()  # here and not in the trainer's thread: the first time it may take seconds
        self.playing = True
        self.training: DigitsTraining | None = None  # made in the trainer's thread, at first need
        self.ascent: Ascent | None = None
        self.survey: DigitsSurvey | None = None
        self._made: object = None  # settings that the network was made with
        self._in_epoch = 0  # batches of the epoch under way
        self._batches = 0  # trained so far, over all networks of this board
        self._rest_at = 0  # the epoch of a link, until it is reached
        self._ink = ("", "")  # the drawing, as in the settings and as the pad sent it
        self._pace, self._ascent_pace = Pace(), Pace()

    @property
    def _learner(self) -> DigitsTraining:
        """The training, once `follow` has made it."""
        assert self.training is not None, "`follow` comes first"
        return self.training

    @property
    def linked(self) -> Look:
        """The settings that a link carries: with the epoch that the network is at."""
        if self.training is None:
            return self.settings
        return self.settings.replace({"epoch": max(self.training.epoch, self._rest_at)})

    # --------------------------------------------------- wishes, from any thread

    def play(self) -> None:
        """Train on, at `speed` epochs a second, until paused or the last epoch."""

        def begin() -> None:
            self.playing = True
            self._pace.restart(time.monotonic())

        self._wish(begin)

    def pause(self) -> None:
        """Stop where the network is."""

        def rest() -> None:
            self.playing, self._rest_at = False, 0

        self._wish(rest)

    def step(self) -> None:
        """Train to the end of an epoch, and rest there."""

        def one_epoch() -> None:
            self.follow()
            self.playing, self._rest_at = False, 0
            if not self._over:
                self._advance(self._to_epoch_end())

        self._wish(one_epoch)

    def reset(self) -> None:
        """Back to the initial weights, paused."""

        def back() -> None:
            self._made = None
            self.follow()
            self.playing, self._rest_at = False, 0

        self._wish(back)

    def another(self, digit: int) -> None:
        """The next test picture of this class."""

        def choose() -> None:
            self.follow()
            labels = self._learner.digits.y_test.argmax(axis=1)
            rows = np.flatnonzero(labels == digit)
            later = rows[rows > self.settings.row]
            row = int(later[0] if len(later) else rows[0])
            self.settings = self.settings.replace({"row": row, "source": "test"})

        self._wish(choose)

    def draw_own(self, levels: str) -> None:
        """A person's own drawing, PAD x PAD hexadecimal levels of ink."""

        def take() -> None:
            picture = from_drawing(digits_attack.ink(levels, PAD))
            drawn = digits_attack.pixels_text(picture) if picture.any() else ""
            self._ink = drawn, levels
            self.settings = self.settings.replace({"drawn": drawn, "source": "own"})
            self.problem = ""

        self._wish(take)

    def again(self) -> None:
        """Begin the ascent anew, from other noise."""

        def begin() -> None:
            if self.ascent is not None:
                self.ascent.again()

        self._wish(begin)

    # --------------------------------------------------- the trainer's thread only

    def waits(self, now: float) -> Iterator[float]:
        if self.frame_wanted:  # another tab may be in front: there is nothing to be seen then
            if self._trains():
                yield 0.0 if self._rest_at else self._pace.wait(self._rate, now)
            if self._ascends():
                yield self._ascent_pace.wait(Ascent.RATE, now)
        if self._surveys() and self.attentive(now):
            yield 0.0

    def work(self, seconds: float) -> None:
        now = time.monotonic()
        end = now + seconds
        if self.frame_wanted:
            if self._trains():
                self._train(now, end)
            if self.ascent is not None and self._ascends():
                self.ascent.advance(self._ascent_pace.steps(Ascent.RATE, time.monotonic()))
        if self.survey is not None and self._surveys() and self.attentive(time.monotonic()):
            self.survey.advance(end)

    def rest(self) -> None:
        self.survey = None  # it begins again

    def _stand_still(self) -> None:
        super()._stand_still()
        self.playing, self._rest_at = False, 0
        self.ascent = self.survey = None

    def _train(self, now: float, end: float) -> None:
        left = self._learner.n_batches if self._rest_at else self._pace.steps(self._rate, now)
        while left > 0 and time.monotonic() < end and not self._over:
            todo = min(4, left, self._to_epoch_end())
            self._advance(todo)
            left -= todo
        if self._over or 0 < self._rest_at <= self._learner.epoch:
            self.playing, self._rest_at = False, 0

    def _advance(self, batches: int) -> None:
        self._learner.advance_batches(batches)
        self._batches += batches
        self._in_epoch = (self._in_epoch + batches) % self._learner.n_batches

    def _to_epoch_end(self) -> int:
        return self._learner.n_batches - self._in_epoch

    @property
    def _rate(self) -> float:
        return self.settings.speed * self._learner.n_batches

    @property
    def _over(self) -> bool:
        return self._learner.epoch >= LAST_EPOCH

    def _trains(self) -> bool:
        return self.playing and self.training is not None and not self._over

    def _ascends(self) -> bool:
        return self.ascent is not None and self.settings.view == "ascent" and not self.ascent.over

    def _surveys(self) -> bool:
        """The whole test set is attacked only while the network rests."""
        rests = self.settings.view == "survey" and not self._trains()
        return rests and self.survey is not None and not self.survey.over

    def follow(self) -> None:
        """Everything that is made from settings is made from the present ones."""
        now = self.settings
        made = now.units, now.activation, now.seed
        if self._made != made:
            again = self._made is not None
            self._rest_at = now.epoch if self.training is None else 0
            self._made, self._in_epoch = made, 0
            self.training = DigitsTraining(((now.units, now.activation),), seed=now.seed)
            self._batches += 1
            self.ascent = self.survey = None
            self.playing = self.playing or again
            self._pace.restart(time.monotonic())
        if now.view == "ascent":
            if self.ascent is None:
                self.ascent = Ascent(self._learner, self._set_out)
            self.ascent.follow(now.start, now.score, now.pull, now.smooth, self._batches)
        if now.view == "survey":
            if self.survey is None:
                self.survey = DigitsSurvey(self._learner)
            self.survey.follow(now.norm, now.size, self._batches)

    def _set_out(self) -> None:
        self._ascent_pace.restart(time.monotonic())

    def state(self) -> tuple:
        moving = (
            self.ascent.state if self.ascent and self.settings.view == "ascent" else None,
            self.survey.state if self.survey and self.settings.view == "survey" else None,
        )
        return *super().state(), self._batches, self.playing, moving

    # --------------------------------------------------- the frame

    def picture(self, packet: Packet) -> None:
        settings = self.settings
        training = self._learner
        train, test = training.history[-1, 2:].tolist()
        packet.header["training"] = {
            "playing": self.playing,
            "epoch": training.epoch,
            "over": self._over,
            "train": train,
            "test": test,
        }
        key = (self._made, training.epoch)
        self.delivered.once(packet, "history", key, lambda: training.history[:, 2:].T)
        if settings.view == "learned":
            self._attach_learned(settings, packet)
        elif settings.view == "attack":
            self._attach_attack(settings, packet)
        elif settings.view == "ascent" and self.ascent is not None:
            self.ascent.attach(settings.theme, packet)
        elif settings.view == "survey" and self.survey is not None:
            self.survey.attach(settings.theme, packet)

    def _attach_learned(self, settings: Look, packet: Packet) -> None:
        network, theme = self._learner.network, settings.theme
        shown = theme, self._batches
        if self.delivered.note("weights", shown):
            frames.attach_weights(network, theme, packet)
        every = RECOUNT_SECONDS if self._trains() else 0.0
        if self.delivered.note("judged", shown, every=every):
            frames.attach_judged(network, self._learner.digits, theme, packet)

    def _attach_attack(self, settings: Look, packet: Packet) -> None:
        digits, network = self._learner.digits, self._learner.network
        own = settings.source == "own"
        if self.delivered.note("ink", True) and settings.drawn:  # a new client's pad is empty
            packet.attach("ink", self._strokes(settings.drawn).encode())
        if own and not settings.drawn:
            packet.attach("attack", {"empty": "Draw a digit with the mouse, a finger or the keys."})
            return
        x = digits_attack.read(settings.drawn) if own else digits.X_test[settings.row]
        truth = None if own else int(digits.y_test[settings.row].argmax())
        how = settings.attack, settings.norm, settings.size, settings.target
        problem = ""
        if self._trains() and settings.attack == "lbfgs":
            problem = "L-BFGS takes a tenth of a second: it waits until training rests."
        else:
            try:
                found = digits_attack.attack_digit(network, x, truth, *how)
            except ValueError as error:
                problem = str(error)
        if problem:  # x alone
            found = digits_attack.attack_digit(network, x, truth, "fgsm", "inf", 0.0)
        frames.attach_attack(found, problem, settings.theme, packet)

    def _strokes(self, drawn: str) -> str:
        """The drawing for the pad: as it was drawn, or of a link its picture."""
        known, text = self._ink
        return text if known == drawn else digits_attack.strokes(digits_attack.read(drawn), PAD)


# ------------------------------------------------------------------------ on the page

VERBS: Verbs = {
    **sandbox.verbs(Look),
    "play": Wish(Nothing, lambda board, _: board.play()),
    "pause": Wish(Nothing, lambda board, _: board.pause()),
    "step": Wish(Nothing, lambda board, _: board.step()),
    "reset": Wish(Nothing, lambda board, _: board.reset()),
    "another": Wish(whole(0, 9), lambda board, digit: board.another(digit)),
    "ink": Wish(text(PAD * PAD), lambda board, levels: board.draw_own(levels)),
    "again": Wish(Nothing, lambda board, _: board.again()),
}
