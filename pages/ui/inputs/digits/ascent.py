"""The most 3-like image: ten pictures climb, each towards what the network calls one class."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nnlib.inputs.ascent import Flow, Goal, noise
from nnlib.inputs.composed import LOGITS, OUTPUTS
from nnlib.inputs.digits import BOUNDS, CLASSES, SHAPE, DigitsTraining
from pages.ui.drawing.palette import Theme
from pages.ui.inputs.digits import pictures as digits_pictures
from pages.ui.live.packing import Packet

STEP_SIZE = 0.02
STEPS = 400  # after the last change: then it rests
NOISE_SEED = 17


class Ascent:
    """Ten pictures, number j on its way up the score of class j, from one start.

    `follow` says where from and how; a change of score, pull or smoothness goes on from where the
    pictures are, another start begins anew. begun : called when they set out.
    """

    RATE = 60.0  # steps a second
    flow: Flow  # of all ten, as `follow` has made it

    def __init__(self, training: DigitsTraining, begun: Callable[[], None]) -> None:
        self._training, self._begun = training, begun
        self._seed = NOISE_SEED
        self._start: str | None = None
        self._way: tuple | None = None
        self.steps = self._last = 0

    def again(self) -> None:
        """Back to the start; noise is other noise."""
        self._seed += 1
        self._start = None

    def follow(self, start: str, score: str, pull: float, smooth: float, trained: object) -> None:
        """Go the way that these say; `trained` tells one state of the network from another.

        start : noise, mean (of all training pictures) or class (the mean of each class's own)
        score : logit or probability
        pull : of pull / 2 ||x||^2; smooth : of the total variation
        """
        way = start, score, pull, smooth, trained
        if way == self._way and self._start == start:
            return
        anew = self._start != start
        X = self._first(start) if anew else self.flow.X
        goal = Goal(LOGITS if score == "logit" else OUTPUTS, np.eye(CLASSES), -1)
        self.flow = Flow(
            *(self._training.network, X, goal, STEP_SIZE),
            pull=pull,
            total_variation=smooth,
            shape=SHAPE,
            bounds=BOUNDS,
            keep=1,
        )
        if anew:
            self.steps = 0
        if anew or self.over:
            self._begun()
        self._start, self._way, self._last = start, way, self.steps + STEPS

    def _first(self, start: str) -> np.ndarray:
        digits = self._training.digits
        if start == "class":
            return digits.means.astype(np.float32)
        if start == "mean":
            one = digits.X_train.mean(axis=0, keepdims=True)
        else:
            one = noise(1, SHAPE[0] * SHAPE[1], BOUNDS, np.random.default_rng(self._seed))
        return np.repeat(one, CLASSES, axis=0)

    @property
    def over(self) -> bool:
        """Whether it rests until something changes."""
        return self._way is None or self.steps >= self._last

    @property
    def state(self) -> tuple:
        """Equal, and the pictures are the same."""
        return self._way, self._seed, self.steps

    def advance(self, steps: int) -> None:
        """Move all ten this many steps, or as many as there are until they rest."""
        steps = min(steps, self._last - self.steps)
        self.flow.advance(steps)
        self.steps += steps

    def attach(self, theme: Theme, packet: Packet) -> None:
        """The ten pictures, what the network makes of them, and the means of the classes."""
        network, digits = self._training.network, self._training.digits
        every = np.arange(CLASSES)
        means = digits.means.astype(np.float32)
        seen, usual = network.forward(self.flow.X), network.forward(means)
        packet.attach("ascended", digits_pictures.digits(self.flow.X, CLASSES, theme))
        packet.attach("means", digits_pictures.digits(means, CLASSES, theme))
        packet.attach(
            "ascent",
            {
                "steps": self.steps,
                "over": self.over,
                "probability": seen.A[-1][every, every].tolist(),
                "logit": seen.Z[-1][every, every].tolist(),
                "meanProbability": usual.A[-1][every, every].tolist(),
                "meanLogit": usual.Z[-1][every, every].tolist(),
            },
        )
