"""The loss laboratory: three losses over the logit, and two networks that start wrong and sure."""

from __future__ import annotations

import json
import time
from functools import lru_cache
from typing import Annotated

import numpy as np
from pydantic import Field

from nnlib.activations import ACTIVATIONS
from nnlib.geometry import OutputField
from nnlib.losses import LOSSES
from nnlib.run import Run
from pages.ui.drawing import figures, palette
from pages.ui.drawing.palette import Theme
from pages.ui.functions import losslab_figures
from pages.ui.functions.loss_race import Duel, about
from pages.ui.live import sandbox
from pages.ui.live.frames import PLAYING_RESOLUTION, View, output_picture, points_json
from pages.ui.live.packing import Packet
from pages.ui.live.sandbox import Sandbox, Settings, Switch
from pages.ui.live.wishes import Nothing, Verbs, Wish

REACH = 8.0  # logits from -REACH to REACH are shown
CURVE = np.linspace(-REACH, REACH, 401)
FINE = np.linspace(-REACH, REACH, 16_001)  # where the flat stretch is looked for
FLAT = 0.05  # a gradient closer to 0 than this teaches hardly anything
HISTORY_POINTS = 240
HISTORY_SECONDS = 0.25  # between two drawings of the history while playing
MOST_ARREARS = 0.1  # seconds of training that can be made up for


class Lab(Settings):
    """Logit z and class y of the curves; how sure the two networks start, their epochs a second."""

    y: Switch = 1
    z: Annotated[float, Field(ge=-REACH, le=REACH, allow_inf_nan=False)] = -6.0
    sure: Annotated[float, Field(ge=1.0, le=10.0, allow_inf_nan=False)] = 6.0
    speed: Annotated[int, Field(ge=1, le=60)] = 10
    theme: Theme = "light"


# ------------------------------------------------------------------------ over the logit


def over_logit(z: np.ndarray, y: int) -> tuple[np.ndarray, np.ndarray]:
    """L and dL/dz of logits (n,) for class y: (3, n) each, in the order of losslab_figures.LOSSES.

    As the core computes it: where a loss takes the output, its gradient goes back through f'.
    """
    Z = np.asarray(z, float)[:, None]
    target = np.full_like(Z, y)
    values, gradients = [], []
    for name in losslab_figures.LOSSES:
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
    gradient = over_logit(FINE, y)[1][losslab_figures.LOSSES.index("squared")]
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
    nll, squared = (gradients[losslab_figures.LOSSES.index(name)] for name in ("nll", "squared"))
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


class Laboratory(Sandbox):
    """One viewer's laboratory: the curves at z, and two networks that train while it plays."""

    def __init__(self, settings: Lab) -> None:
        super().__init__(settings, self._draw)
        self.duel = Duel(settings.sure)
        self._sure = settings.sure  # that the duel began with
        self.playing = False
        self._credit, self._since = 0.0, time.monotonic()  # epochs to be trained, and until when
        self._forget_client()

    # --------------------------------------------------- wishes, from any thread

    def set(self, changes: dict) -> None:
        """Change settings; another start of the networks begins anew with them."""
        super().set(changes)
        self._wish(self._follow)

    def play(self) -> None:
        """Train both, at `speed` epochs a second, until paused."""

        def begin() -> None:
            self.playing = not self.duel.over
            self._credit, self._since = 0.0, time.monotonic()

        self._wish(begin)

    def pause(self) -> None:
        """Stop after the epoch under way."""
        self._wish(self._pause)

    def step(self) -> None:
        """Train both one epoch, and rest there."""

        def one_epoch() -> None:
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

    def _follow(self) -> None:
        if self._sure != self.settings.sure:
            self._begin()

    def _begin(self) -> None:
        self._sure = self.settings.sure
        self.duel = Duel(self._sure)
        self._grids.clear()

    # --------------------------------------------------- the trainer's thread only

    def due(self, now: float) -> float | None:
        wait = super().due(now)
        if wait is None and self._may_train():
            wait = max(0.0, (1 - self._credit) / self.settings.speed - (now - self._since))
        return wait

    def turn(self, seconds: float) -> None:
        with self.lock:
            self._grant_wishes()
            self._follow()
            if self._may_train():
                self._train(seconds)
            super().turn(seconds)

    def _stand_still(self) -> None:
        super()._stand_still()
        self.playing = False

    def _may_train(self) -> bool:
        # Where nobody draws the last frame (another tab is in front) there is nothing to be seen.
        return self.playing and self._frame_wanted

    def _train(self, seconds: float) -> None:
        start = time.monotonic()
        elapsed = min(start - self._since, MOST_ARREARS)  # what was missed is not made up for
        self._credit += elapsed * self.settings.speed
        self._since = start
        while self._credit >= 1 and time.monotonic() - start < seconds:
            self._credit -= 1
            self.duel.advance()
            if self.duel.over:
                self.playing = False
                break

    def _forget_client(self) -> None:
        super()._forget_client()
        self._sent: dict[str, object] = {}  # what its client has of each kind
        self._grids: dict[str, OutputField] = {}  # prebuilt for the duel's networks
        self._history_time = 0.0

    def _state(self) -> tuple:
        return *super()._state(), self.duel, self.duel.epoch, self.playing

    # --------------------------------------------------- the frame

    def _draw(self, settings: Lab, packet: Packet) -> None:
        packet.header |= {"playing": self.playing, "epoch": self.duel.epoch, "over": self.duel.over}
        if self._news("scene", settings.theme):
            self._sent = {"scene": settings.theme}  # a new figure comes without its lines
            packet.attach("scene", scene(self.duel, settings.theme).encode())
        if self._news("curves", settings.y):
            packet.attach("curves", np.vstack([CURVE, *over_logit(CURVE, settings.y)]))
        packet.attach("now", at_logit(settings))
        trained = (self.duel, self.duel.epoch)
        if self._news("networks", trained):
            self._attach_networks(settings, packet)
        now = time.monotonic()
        waits = self.playing and now - self._history_time < HISTORY_SECONDS
        if not waits and self._news("history", trained):
            self._history_time = now
            packet.attach("history", self.duel.history(HISTORY_POINTS))

    def _news(self, kind: str, value: object) -> bool:
        """Whether the client does not have this yet; it will."""
        known = self._sent.get(kind)
        self._sent[kind] = value
        return known != value

    def _attach_networks(self, settings: Lab, packet: Packet) -> None:
        measured = {}
        for name, run in self.duel.runs.items():
            grid = self._grid(name, run)
            grid.run()
            packet.attach(name, output_picture(run, grid.output, View(theme=settings.theme)))
            loss, _, _, share, _ = run.measure()
            measured[name] = {"loss": loss, "share": share}
        packet.attach("measured", measured)

    def _grid(self, name: str, run: Run) -> OutputField:
        if name not in self._grids:
            points, features = run.data.points, run.data.features
            self._grids[name] = OutputField(run.network, points, features, PLAYING_RESOLUTION)
        return self._grids[name]


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
