"""A board beside the Playground that shows the same network: it can train it and wind it back."""

from __future__ import annotations

from nnlib.config import MAX_EPOCHS
from nnlib.names import written
from nnlib.run import Run
from pages.ui.live.live_view import LiveView
from pages.ui.live.protocol import Key, Protocol
from pages.ui.live.wishes import Nothing, Verbs, Wish, whole
from pages.ui.session.session import Session

TRAINED = Protocol(  # part of the table of such a board
    {"training": Key(dict, "playing; epoch on screen; newest epoch; about: the network in a line")}
)


class NetworkLink:
    """A board's link to the session whose network it shows, at the epoch on screen.

    The board is called in the trainer's thread, where the run stands still meanwhile.
    """

    def __init__(self, board: LiveView, session: Session) -> None:
        self.session = session
        board.account = session.account
        session.onlookers.append(board)

    @property
    def run(self) -> Run:
        """The run on screen: the session's own, or a visit to its past."""
        return self.session.time.shown

    def header(self, problem: str) -> dict[str, object]:
        """What a frame says of the training; `problem` is the board's own, '' for none."""
        session, run = self.session, self.run
        return {
            "problem": problem or session.problem,
            "training": {
                "playing": session.playing,
                "epoch": run.epoch,
                "newest": session.run.epoch,
                "about": about(run),
            },
        }


def about(run: Run) -> str:
    """The network and its data in a line: circle: 2 → 4 tanh → 2 tanh → 1 sigmoid, NLL."""
    layers = zip(run.network.sizes[1:], run.network.activations, strict=True)
    chain = " → ".join([str(run.network.sizes[0]), *(f"{n} {written(f.name)}" for n, f in layers)])
    return f"{run.config.dataset}: {chain}, {written(run.loss.name)}"


TRAINING: Verbs = {  # what the client of such a board may wish of the network
    "play": Wish(Nothing, lambda board, _: board.session.play()),
    "pause": Wish(Nothing, lambda board, _: board.session.pause()),
    "step": Wish(Nothing, lambda board, _: board.session.step()),
    "reset": Wish(Nothing, lambda board, _: board.session.reset()),
    "visit": Wish(whole(0, MAX_EPOCHS), lambda board, epoch: board.session.visit(epoch)),
}
