"""The loss laboratory: three losses over the logit, and two networks that start wrong and sure."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated

import numpy as np
from pydantic import Field

from nnlib.activations import ACTIVATIONS
from nnlib.geometry import OutputField
from nnlib.losses import LOSSES
from pages.ui.drawing import figures, palette
from pages.ui.drawing.fields import PLAYING_RESOLUTION, Prebuilt, output_picture
from pages.ui.drawing.palette import Theme
from pages.ui.functions import losslab_figures
from pages.ui.functions.loss_race import Duel, about
from pages.ui.functions.protocol import LABORATORY
from pages.ui.live.pace import Pace
from pages.ui.live.packing import Packet
from pages.ui.live.wishes import Nothing, Verbs, Wish
from pages.ui.sandbox import sandbox
from pages.ui.sandbox.sandbox import Sandbox, Settings, Switch
from pages.ui.session.scene import points_json

REACH = 8.0  # logits from -REACH to REACH are shown
CURVE = np.linspace(-REACH, REACH, 401)
FINE = np.linspace(-REACH, REACH, 16_001)  # where the flat stretch is looked for
FLAT = 0.05  # a gradient closer to 0 than this teaches hardly anything
HISTORY_POINTS = 240
HISTORY_SECONDS = 0.25  # between two drawings of the history while playing


class Lab(Settings):
    """Logit z and class y of the curves; how sure the two networks start, their epochs a second."""

    y: Switch = 1
    z: Annotated[float, Field(ge=-REACH, le=REACH, allow_inf_nan=False)] = -6.0
    sure: Annotated[float, Field(ge=1.0, le=10.0, allow_inf_nan=False)] = 6.0
    speed: Annotated[int, Field(ge=1, le=60)] = 10
    theme: Theme = "light"


# ------------------------------------------------------------------------ over the logit


def over_logit(z: np.ndarray, y: int) -> tuple[np.ndarray, np.ndarray]:
    """L and dL/dz of logits (n,) for class y: (3, n) each, in the order of losslab_figures.DRAWN.

    As the core computes it: where a loss takes the output, its gradient goes back through f'.
    """
    Z = np.asarray(z, float)[:, None]
    target = np.full_like(Z, y)
    values, gradients = [], []
    for name in losslab_figures.DRAWN:
        loss = LOSSES[name]
        output = ACTIVATIONS[_output(name)]
        A = output.forward(Z)
        prediction = Z if loss.on_logits else A
        gradient = loss.gradient(prediction, target)
        values.append(loss.per_sample(prediction, target))
        gradients.append((gradient if loss.on_logits else output.backward(Z, A, gradient))[:, 0])
    return np.array(values), np.array(gradients)


def _output(loss: str) -> str:
    return LOSSES[loss].output or "sigmoid"


@lru_cache(maxsize=2)
def flat_stretch(y: int) -> tuple[float, float]:
    """From which z to which the answer is wrong and the squared loss has |dL/dz| < FLAT.

    Between -REACH and REACH; (low, high).
    """
    gradient = over_logit(FINE, y)[1][losslab_figures.DRAWN.index("squared")]
    wrong = FINE < 0 if y == 1 else FINE >= 0
    there = FINE[wrong & (np.abs(gradient) < FLAT)]
    return float(there.min()), float(there.max())


def at_logit(settings: Lab) -> dict[str, object]:
    """The numbers at z: g, each loss and its gradient, the flat stretch, what that means."""
    values, gradients = over_logit(np.array([settings.z]), settings.y)
    g = float(ACTIVATIONS["sigmoid"].forward(np.array([settings.z]))[0])
    return {
        "g": g,
        "losses": values[:, 0].tolist(),
        "gradients": gradients[:, 0].tolist(),
        "flat": flat_stretch(settings.y),
        "words": words(settings, g, gradients[:, 0]),
    }


def words(settings: Lab, g: float, gradients: np.ndarray) -> str:
    """Two sentences: what the gradients say at z, and where the squared loss is flat."""
    z, y = settings.z, settings.y
    nll, squared = (gradients[losslab_figures.DRAWN.index(name)] for name in ("nll", "squared"))
    right = (z >= 0) == (y == 1)
    low, high = flat_stretch(y)
    side = f"z < {high:.1f}" if y == 1 else f"z > {low:.1f}"
    if right:
        judged = "is on the right side: small gradients are as they should be."
    elif abs(squared) < FLAT:
        judged = "is a confident mistake, and the squared loss hardly asks for a change."
    else:
        judged = "is a mistake, and both ask for a change."
    return (
        f"At z = {z:.1f} and y = {y} the NLL's gradient is {nll:.3f}, the squared loss's "
        f"{squared:.3f}: g = {g:.4f} {judged} Shaded, {side}: wrong, "
        f"yet |dL/dz| < {FLAT:g} under the squared loss."
    ).replace("-", "−")


# ------------------------------------------------------------------------ the laboratory


class Laboratory(Sandbox[Lab]):
    """One viewer's laboratory: the curves at z, and two networks that train while it plays."""

    protocol = LABORATORY

    def __init__(self, settings: Lab) -> None:
        super().__init__(settings)
        self.playing = False
        self._pace = Pace()
        self._fields = {
            name: Prebuilt(PLAYING_RESOLUTION, OutputField) for name in losslab_figures.DRAWN
        }
        self._begin()

    # --------------------------------------------------- wishes, from any thread

    def play(self) -> None:
        """Train both, at `speed` epochs a second, until paused."""

        def begin() -> None:
            self.follow()
            self.playing = not self.duel.over
            self._pace.restart(time.monotonic())

        self._wish(begin)

    def pause(self) -> None:
        """Stop after the epoch under way."""
        self._wish(self._pause)

    def step(self) -> None:
        """Train both one epoch, and rest there."""

        def one_epoch() -> None:
            self.follow()
            self.playing = False
            if not self.duel.over:
                self.duel.advance()

        self._wish(one_epoch)

    def reset(self) -> None:
        """Back to the wrong start, paused."""

        def back() -> None:
            self.playing = False
            self._begin()

        self._wish(back)

    def _pause(self) -> None:
        self.playing = False

    def _begin(self) -> None:
        self._sure = self.settings.sure  # that the duel begins with
        self.duel = Duel(self._sure)

    # --------------------------------------------------- the trainer's thread only

    def follow(self) -> None:
        """Another start of the networks begins anew with it."""
        if self._sure != self.settings.sure:
            self._begin()

    def waits(self, now: float) -> Iterator[float]:
        if self._may_train():
            yield self._pace.wait(self.settings.speed, now)

    def work(self, seconds: float) -> None:
        if not self._may_train():
            return
        start = time.monotonic()
        self._pace.earn(self.settings.speed, start)
        while time.monotonic() - start < seconds and self._pace.spend():
            self.duel.advance()
            if self.duel.over:
                self.playing = False
                break

    def _may_train(self) -> bool:
        # Where nobody draws the last frame (another tab is in front) there is nothing to be seen.
        return self.playing and self._frame_wanted

    def state(self) -> tuple:
        return *super().state(), self.duel, self.duel.epoch, self.playing

    def _stand_still(self) -> None:
        super()._stand_still()
        self.playing = False

    def _forget_client(self) -> None:
        super()._forget_client()
        for field in self._fields.values():
            field.forget()

    # --------------------------------------------------- the frame

    def picture(self, packet: Packet) -> None:
        settings, sent = self.settings, self.delivered
        packet.header |= {"playing": self.playing, "epoch": self.duel.epoch, "over": self.duel.over}
        if not sent.has("scene", settings.theme):
            sent.forget()  # a new figure comes without its lines
        sent.once(
            packet, "scene", settings.theme, lambda: scene(self.duel, settings.theme).encode()
        )
        sent.once(
            packet, "curves", settings.y, lambda: np.vstack([CURVE, *over_logit(CURVE, settings.y)])
        )
        packet.attach("now", at_logit(settings))
        trained = (self.duel, self.duel.epoch)
        if sent.note("networks", trained):
            self._attach_networks(settings, packet)
        sent.once(
            packet,
            "history",
            trained,
            lambda: self.duel.history(HISTORY_POINTS),
            every=HISTORY_SECONDS if self.playing else 0.0,
        )

    def _attach_networks(self, settings: Lab, packet: Packet) -> None:
        measured = {}
        for name, run in self.duel.runs.items():
            output = self._fields[name].of(run).output
            packet.attach(name, output_picture(run, output, settings.theme))
            loss, _, _, share, _ = run.measure()
            measured[name] = {"loss": loss, "share": share}
        packet.attach("measured", measured)


def scene(duel: Duel, theme: Theme) -> str:
    """What stays as long as the theme does, as JSON: figures, colours and the training points."""
    run = duel.runs["nll"]
    points = json.loads(points_json(run))[: run.data.points.n_classes]  # training points first
    return figures.to_json(
        {
            "curves": losslab_figures.curves(REACH, theme),
            "progress": losslab_figures.progress(theme),
            "colours": losslab_figures.colours(theme),
            "signs": losslab_figures.SIGNS,
            "points": points,
            "classes": palette.CLASSES[: len(points)],
            "about": about(),
            "extent": run.data.points.extent.tolist(),
        }
    )


# ------------------------------------------------------------------------ on the page

VERBS: Verbs = {
    **sandbox.verbs(Lab),
    "play": Wish(Nothing, lambda laboratory, _: laboratory.play()),
    "pause": Wish(Nothing, lambda laboratory, _: laboratory.pause()),
    "step": Wish(Nothing, lambda laboratory, _: laboratory.step()),
    "reset": Wish(Nothing, lambda laboratory, _: laboratory.reset()),
}
