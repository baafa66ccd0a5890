"""A server with five who play and everything heavy that may be beside them.

`python -m tests.benchmarks.clients.heavy PORT`: the app, with a session (or a board) for every part
registered in its process, their tokens printed. A clerk's session makes pages anew and tells the
longest turns, when its client asks.
"""

from __future__ import annotations

import json
import sys
import threading
import time

import uvicorn

from nnlib.config import RunConfig
from tests.benchmarks.clients.sockets import WORK, config
from tests.browser.server import HOST

PLAYERS = 5
DEEP = RunConfig(dataset="spiral", n_samples=2_000, hidden=((64, "tanh"),) * 6)
NARROWER = DEEP.replace(hidden=((32, "tanh"),) * 6)
ONE_BY_ONE = DEEP.replace(batch_size=1, test_share=0.1)
BENT = DEEP.replace(hidden=((32, "relu"),) * 2)
WIDE = RunConfig(dataset="spiral", n_samples=2_000, hidden=((64, "tanh"),) * 2)


def serve(port: int) -> None:
    """The app with what the clients look at registered in its process."""
    import app
    from pages.ui.compare import wishes as compare_wishes
    from pages.ui.compare.comparison import Comparison
    from pages.ui.inputs import attack as attack_board
    from pages.ui.inputs import theta_or_x
    from pages.ui.inputs.digits import digits as digits_board
    from pages.ui.layers import cloud, drawings, feature_space
    from pages.ui.layers.hinges import hinges
    from pages.ui.live.wishes import Nothing, Wish, text
    from pages.ui.server import viewers
    from pages.ui.session import wishes as live
    from pages.ui.session.session import Session

    longest: dict[str, float] = {}

    def timed(watched: object) -> object:
        turn, kind = watched.turn, type(watched).__name__

        def timed_turn(seconds: float) -> None:
            start = time.thread_time()
            turn(seconds)
            ms = (time.thread_time() - start) * 1000
            longest[kind] = max(ms, longest.get(kind, 0.0))

        watched.turn = timed_turn
        return watched

    def report() -> None:
        print("turns", json.dumps(dict(longest)), flush=True)
        longest.clear()

    def load(name: str) -> None:
        def make() -> None:  # as the page's script does, in a thread of its own
            session = timed(Session(configs[name]))
            session.start(configs[name], None, 100, intro=True)
            print("loaded", viewers.arrive().show("session", session, live.VERBS).token, flush=True)

        threading.Thread(target=make).start()

    configs = {"deep": DEEP, "one_by_one": ONE_BY_ONE}
    clerk = {
        **live.VERBS,
        "report": Wish(Nothing, lambda *_: report()),
        "load": Wish(text(100), lambda _, name: load(name)),
    }

    def tell(name: str, watched: object, verbs: dict) -> None:
        print("token", name, viewers.arrive().show(name, timed(watched), verbs).token, flush=True)

    def beside(config: RunConfig) -> Session:
        session = timed(Session(config))
        viewers.arrive().show("session", session, live.VERBS)
        return session

    tell("clerk", Session(RunConfig()), clerk)
    for i in range(PLAYERS):
        tell(f"player{i}", Session(config(WORK).replace(seed=i)), live.VERBS)
    tell("narrower", Session(NARROWER), live.VERBS)
    tell("attack", attack_board.AttackBoard(beside(DEEP)), attack_board.VERBS)
    tell("hinges", hinges.Hinges(beside(BENT)), hinges.VERBS)
    tell("cloud", cloud.Cloud(beside(DEEP)), cloud.VERBS)
    tell("drawings", drawings.Drawings(beside(DEEP)), drawings.VERBS)
    tell("lifted", feature_space.Lifted(beside(DEEP)), feature_space.VERBS)
    tell("theta", theta_or_x.ThetaOrX(beside(DEEP)), theta_or_x.VERBS)
    tell("digits", digits_board.DigitsBoard(digits_board.Look()), digits_board.VERBS)
    tell("side", Comparison(WIDE), compare_wishes.VERBS)
    tell("grid", Comparison(WIDE), compare_wishes.VERBS)
    uvicorn.run(app.app, host=HOST, port=port, ws_per_message_deflate=False, access_log=False)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
