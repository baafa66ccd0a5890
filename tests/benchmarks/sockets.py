"""Many sessions in one server process, driven over their sockets without browsers.

A token reaches a client only through a page. So the server is started here as
`python -m tests.benchmarks.sockets PORT N`: the app, with N sessions of the work registered
in its process, their tokens printed. The clients live in the process that calls `drive`.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl

import uvicorn
from websockets.asyncio.client import connect

from nnlib.config import RunConfig, read_query
from pages.ui import wire
from tests.benchmarks.screen import WORK
from tests.browser.server import HOST, free_port, started, wait_for

WARM_UP, SECONDS = 3.0, 15.0
VIEW = {"theme": "light", "discretize": False, "width": 560, "height": 440}


def drive(sessions: int) -> list[list[float]]:
    """For each of the playing sessions, the times (s) of its new frames while all play."""
    port = free_port()
    command = [sys.executable, "-m", "tests.benchmarks.sockets", str(port), str(sessions)]
    with started(command) as (process, log, _):
        wait_for(f"http://{HOST}:{port}/_stcore/health", process, log)
        lines = log.read_text().splitlines()
        tokens = [line.removeprefix("token ") for line in lines if line.startswith("token ")]
        with ThreadPoolExecutor() as threads:  # the caller's may have an event loop already
            return threads.submit(asyncio.run, _all(port, tokens)).result()


async def _all(port: int, tokens: list[str]) -> list[list[float]]:
    return await asyncio.gather(*(_client(port, token) for token in tokens))


async def _client(port: int, token: str) -> list[float]:
    """Play, draw every frame at once, and note when the output field was a new one."""
    times: list[float] = []
    last = b""
    url, offered = f"ws://{HOST}:{port}/live", [wire.PROTOCOL, token]
    async with connect(url, subprotocols=offered, compression=None) as socket:
        for message in ({"view": VIEW}, {"play": None}):
            await socket.send(json.dumps(message))
        begin = time.monotonic() + WARM_UP
        while (now := time.monotonic()) < begin + SECONDS:
            frame = await asyncio.wait_for(socket.recv(), 30)
            now = time.monotonic()
            picture = blob(frame, "output")
            if picture != last and now > begin:
                times.append(now)
            last = picture
            await socket.send('{"drawn": null}')
    return times


def blob(frame: bytes, kind: str) -> bytes:
    """The bytes of a frame's first blob of this kind."""
    (length,) = struct.unpack_from("<I", frame)
    start = 4 + length
    for each in json.loads(frame[4:start])["blobs"]:
        if each["kind"] == kind:
            return frame[start : start + each["bytes"]]
        start += each["bytes"]
    return b""


def work(seed: int = 0) -> RunConfig:
    """The config of the work's link."""
    query = {k: v for k, v in parse_qsl(WORK) if k not in ("epoch", "speed")}
    return read_query(query)[0].replace(seed=seed)


def serve(port: int, sessions: int) -> None:
    """The app as `streamlit run` serves it, with sessions that nobody has opened a page for."""
    import app
    from pages.ui import live, viewers
    from pages.ui.session import Session

    for seed in range(sessions):
        board = viewers.arrive().show("session", Session(work(seed)), live.VERBS)
        print("token", board.token, flush=True)
    uvicorn.run(app.app, host=HOST, port=port, ws_per_message_deflate=False, access_log=False)


if __name__ == "__main__":
    serve(*map(int, sys.argv[1:]))
