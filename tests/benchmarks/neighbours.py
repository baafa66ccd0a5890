"""Five who play beside one heavy neighbour: `python -m tests.benchmarks.neighbours`.

What is printed for each heavy thing: the share of their frames that the five keep (of what they
have just before and after), and the longest time in which one of them saw no new picture. And
the longest turn of each kind, in ms of the trainer's own time. It measures and never asserts.

The server is started here as `python -m tests.benchmarks.neighbours PORT`, with a session (or a
board) registered for every part; their clients live in the process that prints.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvicorn
from websockets.asyncio.client import connect

from nnlib.config import RunConfig
from tests.benchmarks.screen import WORK
from tests.benchmarks.sockets import VIEW, blob, config
from tests.browser.server import HOST, free_port, started, wait_for

PLAYERS = 5
WARM_UP, ALONE, TOGETHER, PAUSE = 3.0, 4.0, 10.0, 1.0  # seconds
LOADS = 10
KEPT, GAP = 0.80, 250  # what the five are to keep of their frames; ms
DEEP = RunConfig(dataset="spiral", n_samples=2_000, hidden=((64, "tanh"),) * 6)
NARROWER = DEEP.replace(hidden=((32, "tanh"),) * 6)
ONE_BY_ONE = DEEP.replace(batch_size=1, test_share=0.1)
BENT = DEEP.replace(hidden=((32, "relu"),) * 2)
WIDE = RunConfig(dataset="spiral", n_samples=2_000, hidden=((64, "tanh"),) * 2)
RATES = ["0.001", "0.003", "0.01", "0.02", "0.03", "0.05", "0.1", "0.2", "0.3", "1"]
PENALTIES = ["0", "1e-5", "3e-5", "0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03", "0.1"]


# ------------------------------------------------------------------------ the clients


class Place:
    """A running server and the tokens of what is registered in it."""

    def __init__(self, port: int, log: Path) -> None:
        self.port, self._log = port, log

    def said(self, word: str) -> list[list[str]]:
        """The rest of each line that the server has printed with this first word."""
        lines = [line.split(" ") for line in self._log.read_text(errors="replace").splitlines()]
        return [rest for first, *rest in lines if first == word]

    def token(self, name: str) -> str:
        return next(token for known, token in self.said("token") if known == name)

    def socket(self, token: str) -> connect:
        url, offered = f"ws://{HOST}:{self.port}/live", ["playground", token]
        return connect(url, subprotocols=offered, compression=None, max_size=None)

    async def look(self, token: str, *messages: dict) -> None:
        """Say this, then draw every frame at once, until cancelled."""
        async with self.socket(token) as socket:
            for message in messages:
                await socket.send(json.dumps(message))
            while True:
                await socket.recv()
                await socket.send('{"drawn": null}')

    async def tell(self, token: str, message: dict) -> None:
        async with self.socket(token) as socket:
            await socket.send(json.dumps(message))
            await socket.recv()


async def _play(place: Place, token: str, times: list[float]) -> None:
    """Play, draw every frame at once, and note when the output field was a new one."""
    last = b""
    async with place.socket(token) as socket:
        for message in ({"view": VIEW}, {"play": None}):
            await socket.send(json.dumps(message))
        while True:
            frame = await socket.recv()
            picture = blob(frame, "output")
            if picture != last:
                times.append(time.monotonic())
            last = picture
            await socket.send('{"drawn": null}')


Heavy = Callable[[Place], Awaitable[None]]


def looks(name: str, *messages: dict) -> Heavy:
    """Somebody opens a board (or a session) by its name, says this, and stays."""
    return lambda place: place.look(place.token(name), *messages)


def loads(name: str) -> Heavy:
    """Ten loads of a link in a row: the page is made anew each time, the one before is left."""

    async def load(place: Place) -> None:
        for _ in range(LOADS):
            before = len(place.said("loaded"))
            await place.tell(place.token("clerk"), {"load": name})
            while len(place.said("loaded")) == before:
                await asyncio.sleep(0.05)
            (token,) = place.said("loaded")[-1]
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(place.look(token, {"view": VIEW}), TOGETHER / LOADS)

    return load


PLAY = ({"view": VIEW}, {"speed": None}, {"play": None})
SIDE = {"choose": {"knob": "learning_rate", "values": RATES[:6], "seeds": 16, "epochs": 10_000}}
GRID = {
    "mode": "grid",
    "rows": "learning_rate",
    "row_values": RATES,
    "columns": "l2",
    "column_values": PENALTIES,
    "seeds": 8,
    "epochs": 10_000,
}
HEAVY: dict[str, tuple[str, Heavy]] = {
    "loads": ("6 x 64 freshly begun, ten loads in a row", loads("deep")),
    "loads-1": ("the same with batches of one", loads("one_by_one")),
    "playing": ("6 x 32 plays", looks("narrower", *PLAY)),
    "attacks": ("Attacks on 6 x 64 that plays", looks("attack", {"play": None})),
    "guarded": (
        "Attacks on 6 x 64, adversarial training",
        looks("attack", {"pause": None}, {"set": {"adversarial": 1}}),
    ),
    "sweep": (
        "a grid sweep of 10 x 10 x 8 runs",
        looks("grid", {"choose": GRID}, {"sweep": None}),
    ),
    "compare": ("Compare, 96 runs of 2 x 64", looks("side", {"speed": None}, SIDE)),
    "regions": ("regions of 32-32 ReLU that plays", looks("hinges", {"play": None})),
    "survey": (
        "digits: the whole test set attacked",
        looks("digits", {"set": {"view": "survey"}}, {"pause": None}),
    ),
    "cloud": ("the cloud of 6 x 64 that plays", looks("cloud", {"play": None})),
    "drawings": ("drawings of 6 x 64 that plays", looks("drawings", {"play": None})),
    "lifted": ("feature space of 6 x 64 that plays", looks("lifted", {"play": None})),
    "theta": ("theta or x on 6 x 64 that plays", looks("theta", {"play": None})),
}


async def _measure(place: Place, names: list[str]) -> None:
    times: list[list[float]] = [[] for _ in range(PLAYERS)]
    players = [
        asyncio.create_task(_play(place, place.token(f"player{i}"), each))
        for i, each in enumerate(times)
    ]
    await asyncio.sleep(WARM_UP)
    before = await _window(times, ALONE)
    print(
        f"five alone: {before[0]:.1f} frames/s each, longest gap {before[1]:.0f} ms\n", flush=True
    )
    print(f"{'beside':<42} {'frames/s':>8} {'kept':>6} {'':<8} {'gap':>8} {'':<8} its turns")
    for name in names:
        what, heavy = HEAVY[name]
        await place.tell(place.token("clerk"), {"report": "before"})
        task = asyncio.create_task(heavy(place))
        rate, gap = await _window(times, TOGETHER)
        if task.done() and task.exception():
            print(f"{what}: {task.exception()!r}", flush=True)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await place.tell(place.token("clerk"), {"report": name})
        await asyncio.sleep(PAUSE)
        after = await _window(times, ALONE)
        alone = statistics.mean((before[0], after[0]))
        before = after
        turns = ", ".join(f"{kind} {ms}" for when, kind, ms in place.said("turn") if when == name)
        enough = "ok" if rate / alone >= KEPT else "short"
        smooth = "ok" if gap <= GAP else "short"
        row = f"{what:<42} {rate:>8.1f} {rate / alone:>6.0%} {enough:<8} {gap:>5.0f} ms {smooth:<8}"
        print(row, turns, flush=True)
    for player in players:
        player.cancel()
    await asyncio.gather(*players, return_exceptions=True)


async def _window(times: list[list[float]], seconds: float) -> tuple[float, float]:
    """New frames a second of each player, and the longest gap (ms) of any, from now on."""
    start = time.monotonic()
    await asyncio.sleep(seconds)
    end = time.monotonic()
    seen = [[t for t in each if start <= t <= end] for each in times]
    gaps = [b - a for each in seen for a, b in zip([start, *each], [*each, end], strict=True)]
    return statistics.mean(map(len, seen)) / (end - start), max(gaps) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=HEAVY, nargs="+", help="these alone")
    names = parser.parse_args().only or list(HEAVY)
    port = free_port()
    command = [sys.executable, "-m", "tests.benchmarks.neighbours", str(port)]
    with started(command) as (process, log, _):
        wait_for(f"http://{HOST}:{port}/_stcore/health", process, log)
        time.sleep(WARM_UP)  # the server warms up by itself
        asyncio.run(_measure(Place(port, log), names))


# ------------------------------------------------------------------------ the server


def serve(port: int) -> None:
    """The app with what the clients look at registered in its process."""
    import app
    from pages.ui.compare import wishes as compare_wishes
    from pages.ui.compare.comparison import Comparison
    from pages.ui.inputs import attack as attack_board
    from pages.ui.inputs import theta_or_x
    from pages.ui.inputs.digits import digits as digits_board
    from pages.ui.layers import cloud, drawings, feature_space, hinges
    from pages.ui.live.wishes import Wish, text
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

    def report(name: str) -> None:
        for kind, ms in sorted(longest.items(), key=lambda item: -item[1]):
            print("turn", name, kind, round(ms), flush=True)
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
        "report": Wish(text(100), lambda _, name: report(name)),
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
    if len(sys.argv) == 2 and sys.argv[1].isdigit():
        serve(int(sys.argv[1]))
    else:
        main()
