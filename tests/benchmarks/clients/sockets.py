"""Many sessions in one server process, driven over their sockets without browsers.

A token reaches a client only through a page. So the server is started here as
`python -m tests.benchmarks.clients.sockets PORT LINK LINK ...`: the app, with a session for each
link registered in its process, their tokens printed. The clients live in the process that calls
`drive`.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
import time
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from urllib.parse import parse_qsl

import uvicorn
from websockets.asyncio.client import connect

from nnlib.config import RunConfig, read_query
from pages.ui.server import wire
from tests.browser.server import HOST, free_port, started, wait_for

WORK = "dataset=spiral&hidden=8.tanh,8.tanh,8.tanh&speed=max&epoch=0"
WARM_UP = 3.0  # s of play before frames are counted
LEAST = 3  # new frames, however long they take
VIEW = {"theme": "light", "discretize": False, "width": 560, "height": 440}
T = TypeVar("T")


def drive(links: Sequence[str], seconds: float, *, together: bool) -> list[list[float]]:
    """For each link's playing session, the times (s) of its new frames in so many seconds.

    All play at once (`together`), or one after the other.
    """
    port = free_port()
    command = [sys.executable, "-m", "tests.benchmarks.clients.sockets", str(port), *links]
    with started(command) as (process, log, _):
        wait_for(f"http://{HOST}:{port}/_stcore/health", process, log)
        lines = log.read_text().splitlines()
        tokens = [line.removeprefix("token ") for line in lines if line.startswith("token ")]
        return awaited(_all(port, tokens, seconds, together))


def awaited(work: Coroutine[object, object, T]) -> T:
    """What comes of it, in a thread of its own: the caller's may have an event loop already."""
    with ThreadPoolExecutor() as threads:
        return threads.submit(asyncio.run, work).result()


async def _all(port: int, tokens: list[str], seconds: float, together: bool) -> list[list[float]]:
    if together:
        return await asyncio.gather(*(_client(port, token, seconds) for token in tokens))
    return [await _client(port, token, seconds) for token in tokens]


def _socket(port: int, token: str) -> connect:
    """A session's socket, opened by `async with`."""
    offered = [wire.PROTOCOL, token]
    return connect(f"ws://{HOST}:{port}/live", subprotocols=offered, compression=None)


async def _client(port: int, token: str, seconds: float) -> list[float]:
    """Play, draw every frame at once, and note when the output field was a new one."""
    times: list[float] = []
    last = b""
    async with _socket(port, token) as socket:
        for message in ({"view": VIEW}, {"play": None}):
            await socket.send(json.dumps(message))
        now = time.monotonic()
        begin = now + min(WARM_UP, seconds)
        while now < begin + seconds or len(times) < LEAST:
            frame = await asyncio.wait_for(socket.recv(), 30)
            now = time.monotonic()
            picture = blob(frame, "output")
            if picture != last and now > begin:
                times.append(now)
            last = picture
            await socket.send('{"drawn": null}')
        await socket.send('{"pause": null}')
    return times


def header(frame: bytes) -> dict:
    """What a frame says before its blobs."""
    (length,) = struct.unpack_from("<I", frame)
    return json.loads(frame[4 : 4 + length])


def blob(frame: bytes, kind: str) -> bytes:
    """The bytes of a frame's first blob of this kind."""
    (length,) = struct.unpack_from("<I", frame)
    start = 4 + length
    for name, size in header(frame)["blobs"]:
        if name == kind:
            return frame[start : start + size]
        start += size
    return b""


def config(link: str) -> RunConfig:
    """What a link trains; one that is not possible raises ValueError."""
    query = {k: v for k, v in parse_qsl(link) if k not in ("epoch", "speed")}
    found, problems = read_query(query)
    if problems:
        raise ValueError(f"{link}: {problems[0]}")
    return found


def serve(port: int, links: list[str]) -> None:
    """The app as `streamlit run` serves it, with sessions that nobody has opened a page for."""
    import app
    from pages.ui.server import viewers
    from pages.ui.session import wishes as session_wishes
    from pages.ui.session.session import Session

    for link in links:
        board = viewers.arrive().show("session", Session(config(link)), session_wishes.VERBS)
        print("token", board.token, flush=True)
    uvicorn.run(app.app, host=HOST, port=port, ws_per_message_deflate=False, access_log=False)


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2:])
