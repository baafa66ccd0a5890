"""A view of the viewer's own network, beside the Playground's: it can train it and wind it back."""

from __future__ import annotations

from collections.abc import Callable

from nnlib.config import MAX_EPOCHS
from nnlib.names import written
from nnlib.run import Run
from pages.ui.live import sandbox
from pages.ui.live.packing import Packet
from pages.ui.live.sandbox import S, Sandbox, Settings
from pages.ui.live.session import Session
from pages.ui.live.wishes import Nothing, Verbs, Wish, whole


class NetworkView(Sandbox):
    """A sandbox whose picture shows a session's network at the epoch on screen.

    `picture(run, settings, packet)` attaches what is to be drawn; it is called in the trainer's
    thread, where the run stands still meanwhile. Each change of the settings and of the network is
    answered by a frame, as fast as the client draws them.
    """

    def __init__(
        self, session: Session, settings: S, picture: Callable[[Run, S, Packet], None]
    ) -> None:
        super().__init__(settings, lambda now, packet: picture(self.run, now, packet))
        self.session, self.account = session, session.account
        session.onlookers.append(self)

    @property
    def run(self) -> Run:
        """The run on screen: the session's own, or a visit to its past."""
        return self.session.time.shown

    def due(self, now: float) -> float | None:
        if not self._wishes and self.session.holds_back():
            return None  # the session is due itself
        return super().due(now)

    def _packet(self) -> Packet:
        packet = super()._packet()
        session, run = self.session, self.run
        packet.header["problem"] = self.problem or session.problem
        packet.header["training"] = {
            "playing": session.playing,
            "epoch": run.epoch,
            "newest": session.run.epoch,
            "about": about(run),
        }
        return packet

    def _state(self) -> tuple:
        return *super()._state(), self.session.fingerprint()


def about(run: Run) -> str:
    """The network and its data in a line: circle: 2 → 4 tanh → 2 tanh → 1 sigmoid, NLL."""
    layers = zip(run.network.sizes[1:], run.network.activations, strict=True)
    chain = " → ".join([str(run.network.sizes[0]), *(f"{n} {written(f.name)}" for n, f in layers)])
    return f"{run.config.dataset}: {chain}, {written(run.loss.name)}"


def verbs(settings: type[Settings]) -> Verbs:
    """What the client of an onlooker with these settings may wish."""
    return {
        **sandbox.verbs(settings),
        "play": Wish(Nothing, lambda looker, _: looker.session.play()),
        "pause": Wish(Nothing, lambda looker, _: looker.session.pause()),
        "step": Wish(Nothing, lambda looker, _: looker.session.step()),
        "reset": Wish(Nothing, lambda looker, _: looker.session.reset()),
        "visit": Wish(whole(0, MAX_EPOCHS), lambda looker, epoch: looker.session.visit(epoch)),
    }
