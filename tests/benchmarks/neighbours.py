"""Five who play beside one heavy neighbour: `python -m tests.benchmarks.neighbours`.

For each heavy thing: the share of their frames that the five keep (of what they have just before
and after), the longest time in which one of them saw no new picture, and the longest turn, of
each kind, of the trainer's own time. All are clients without browsers of one server
(clients/heavy.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import TypeVar

from websockets.asyncio.client import connect

from tests.benchmarks.bench import Bench, Figure, NoFigure, Row, main
from tests.benchmarks.clients.heavy import PLAYERS
from tests.benchmarks.clients.sockets import VIEW, blob, header
from tests.browser.server import HOST, free_port, started, wait_for

WARM_UP, ALONE, TOGETHER, PAUSE = 3.0, 4.0, 10.0, 1.0  # seconds
PATIENCE = 30.0  # s until something that does not come is given up
POLL = 0.02
LOADS = 10
KEPT, GAP = 80, 250  # % of their frames that the five are to keep; ms
RATES = ["0.001", "0.003", "0.01", "0.02", "0.03", "0.05", "0.1", "0.2", "0.3", "1"]
PENALTIES = ["0", "1e-5", "3e-5", "0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03", "0.1"]
T = TypeVar("T")


class Place:
    """The server, and what goes on in it: those who play, from the first row that asks to the last.

    Its clients run in an event loop in a thread of their own: `awaited`.
    """

    def __init__(self, bench: Bench) -> None:
        self.bench, self.port = bench, free_port()
        self._loop = asyncio.new_event_loop()
        self._times: list[list[float]] = [[] for _ in range(bench.few(PLAYERS))]
        self._players: list[asyncio.Task] = []
        command = [sys.executable, "-m", "tests.benchmarks.clients.heavy", str(self.port)]
        with contextlib.ExitStack() as stack:  # nothing goes on where this fails
            stack.callback(self._loop.close)
            process, self._log, _ = stack.enter_context(started(command))
            wait_for(f"http://{HOST}:{self.port}/_stcore/health", process, self._log)
            time.sleep(bench.seconds(WARM_UP))  # the server warms up by itself
            thread = threading.Thread(target=self._loop.run_forever)
            thread.start()
            stack.callback(thread.join)
            stack.callback(self._loop.call_soon_threadsafe, self._loop.stop)
            bench.cleanup.push(stack.pop_all())

    def awaited(self, work: Coroutine[object, object, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    # -------------------------------------------------------------- what the server prints

    def said(self, word: str) -> list[str]:
        """The rest of each line that the server has printed with this first word."""
        lines = self._log.read_text(errors="replace").splitlines()
        return [line.removeprefix(f"{word} ") for line in lines if line.startswith(f"{word} ")]

    def token(self, name: str) -> str:
        known = dict(line.split(" ") for line in self.said("token"))
        return known[name]

    async def told(self, message: dict, word: str) -> str:
        """Tell the clerk; what the server then prints behind this word."""
        before = len(self.said(word))
        async with self.socket(self.token("clerk")) as socket:
            await socket.send(json.dumps(message))
            await socket.recv()
        async with asyncio.timeout(PATIENCE):
            while len(self.said(word)) == before:
                await asyncio.sleep(POLL)
        return self.said(word)[-1]

    # -------------------------------------------------------------- clients

    def socket(self, token: str) -> connect:
        url, offered = f"ws://{HOST}:{self.port}/live", ["playground", token]
        return connect(url, subprotocols=offered, compression=None, max_size=None)

    async def look(self, begun: asyncio.Event, token: str, *messages: dict) -> None:
        """Say this, then draw every frame at once, until cancelled.

        `begun` is set when a frame says that all was heard; NoFigure, when that was not possible.
        """
        async with self.socket(token) as socket:
            for message in messages:
                await socket.send(json.dumps(message))
            while True:
                frame = await socket.recv()
                if isinstance(frame, bytes) and not begun.is_set():
                    head = header(frame)
                    if problem := head.get("fault") or head.get("problem"):
                        raise NoFigure(problem)
                    if head["heard"] >= len(messages):
                        begun.set()
                await socket.send('{"drawn": null}')

    async def _play(self, token: str, times: list[float]) -> None:
        """Play, draw every frame at once, and note when the output field was a new one."""
        last = b""
        async with self.socket(token) as socket:
            for message in ({"view": VIEW}, {"play": None}):
                await socket.send(json.dumps(message))
            while True:
                frame = await socket.recv()
                picture = blob(frame, "output")
                if picture != last:
                    times.append(time.monotonic())
                last = picture
                await socket.send('{"drawn": null}')

    # -------------------------------------------------------------- those who play

    async def _begin(self) -> tuple[float, float]:
        self._players = [
            asyncio.create_task(self._play(self.token(f"player{i}"), each))
            for i, each in enumerate(self._times)
        ]
        await asyncio.sleep(self.bench.seconds(WARM_UP))
        return await self.window(ALONE)

    async def alone(self) -> tuple[float, float]:
        """New frames a second of each of those who play, and the longest gap (ms) of any."""
        try:
            return await self._begin()
        finally:
            await self._end()

    async def _end(self) -> None:
        for player in self._players:
            player.cancel()
        await asyncio.gather(*self._players, return_exceptions=True)

    async def window(self, seconds: float) -> tuple[float, float]:
        """New frames a second of each player, and the longest gap (ms) of any, from now on.

        Tiny, at least until each has had one.
        """
        start = time.monotonic()
        await asyncio.sleep(self.bench.seconds(seconds))
        while self.bench.tiny and min(each[-1] if each else 0.0 for each in self._times) < start:
            await asyncio.sleep(POLL)
            self._see_that_all_play()
            if time.monotonic() > start + PATIENCE:
                raise NoFigure("no new frame")
        end = time.monotonic()
        self._see_that_all_play()
        seen = [[t for t in each if start <= t <= end] for each in self._times]
        gaps = [b - a for each in seen for a, b in zip([start, *each], [*each, end], strict=True)]
        return statistics.mean(map(len, seen)) / (end - start), max(gaps) * 1000

    def _see_that_all_play(self) -> None:
        for player in self._players:
            if player.done():
                player.result()  # raises what ended it

    async def beside(self, heavy: Heavy) -> tuple[float, float, float, dict[str, float]]:
        """The same while there is something heavy, between what it is just before and after.

        The share of frames that is kept, frames a second, the longest gap and turns (ms).
        """
        try:
            before, _ = await self._begin()
            rate, gap, turns = await self._measured(heavy)
            after, _ = await self.window(ALONE)
            return rate / statistics.mean((before, after)), rate, gap, turns
        finally:
            await self._end()

    async def _measured(self, heavy: Heavy) -> tuple[float, float, dict[str, float]]:
        await self.told({"report": None}, "turns")
        begun = asyncio.Event()
        task = asyncio.create_task(heavy(self, begun))
        waiting = asyncio.create_task(begun.wait())
        try:
            rate, gap = await self.window(TOGETHER)
            await asyncio.wait([task, waiting], timeout=PATIENCE, return_when="FIRST_COMPLETED")
            if task.done():
                task.result()  # raises what went wrong
            if not begun.is_set():
                raise NoFigure("the heavy thing has not begun")
        finally:
            for each in (task, waiting):
                each.cancel()
            await asyncio.gather(task, waiting, return_exceptions=True)
        turns = json.loads(await self.told({"report": None}, "turns"))
        await asyncio.sleep(self.bench.seconds(PAUSE))
        return rate, gap, turns


# ------------------------------------------------------------------------ heavy things

Heavy = Callable[[Place, asyncio.Event], Awaitable[None]]


def looks(name: str, *messages: dict) -> Heavy:
    """Somebody opens a board (or a session) by its name, says this, and stays."""
    return lambda place, begun: place.look(begun, place.token(name), *messages)


def loads(name: str) -> Heavy:
    """Ten loads of a link in a row: the page is made anew each time, the one before is left."""

    async def load(place: Place, begun: asyncio.Event) -> None:
        for _ in range(place.bench.few(LOADS)):
            token = await place.told({"load": name}, "loaded")
            with contextlib.suppress(TimeoutError):
                looking = place.look(begun, token, {"view": VIEW})
                await asyncio.wait_for(looking, TOGETHER / LOADS)

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


# ------------------------------------------------------------------------ the rows


def alone(bench: Bench) -> Iterator[Figure]:
    """The five among themselves."""
    place = bench.keep(Place)
    rate, gap = place.awaited(place.alone())
    yield Figure("five who play: frames of each", rate, "/s")
    yield Figure("five who play: longest gap", gap, "ms")


def beside(name: str) -> Row:
    what, heavy = HEAVY[name]

    def row(bench: Bench) -> Iterator[Figure]:
        place = bench.keep(Place)
        kept, rate, gap, turns = place.awaited(place.beside(heavy))
        note = f"{rate:.1f} frames/s each"
        yield Figure(f"beside {what}: kept", 100 * kept, "%", KEPT, True, note)
        yield Figure(f"beside {what}: longest gap", gap, "ms", GAP)
        longest = sorted(turns.items(), key=lambda item: -item[1])
        note = ", ".join(f"{kind} {ms:.0f}" for kind, ms in longest)
        yield Figure(f"beside {what}: longest turn", longest[0][1], "ms", note=note)

    return row


ROWS: dict[str, Row] = {"alone": alone, **{f"beside {name}": beside(name) for name in HEAVY}}

if __name__ == "__main__":
    main(__doc__, ROWS)
