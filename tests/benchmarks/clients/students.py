"""Students without browsers: they speak Streamlit's protocol, so that the server holds them as
it holds real pages, and draw what comes over the live view's socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from types import TracebackType

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.browser.server import HOST

PATIENCE = 120.0  # seconds until a page that does not come is given up
VIEW = {"theme": "light", "discretize": False, "width": 560, "height": 440}
TOKEN = re.compile(rb'"token":\s*"([^"]+)"')


class Student:
    """One page of the app, opened with a link's query; then its live view, if it is looked at.

    `async with Student(port) as student: await student.look()`; at the end the page is left.
    """

    def __init__(self, port: int, query: str = "") -> None:
        self.port, self.query = port, query
        self.frames = 0
        self.token = ""
        self._page: ClientConnection | None = None
        self._live: ClientConnection | None = None
        self._tasks: list[asyncio.Task] = []

    async def __aenter__(self) -> Student:
        origin = f"http://{HOST}:{self.port}"
        url = f"ws://{HOST}:{self.port}/_stcore/stream"
        self._page = await connect(
            url, subprotocols=["streamlit"], origin=origin, max_size=None, open_timeout=PATIENCE
        )
        ask = BackMsg()
        ask.rerun_script.query_string = self.query
        await self._page.send(ask.SerializeToString())
        await asyncio.wait_for(self._until_finished(), PATIENCE)
        self._tasks.append(asyncio.create_task(self._read_on()))
        return self

    async def __aexit__(
        self, kind: type | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        for socket in (self._live, self._page):
            if socket is not None:
                await socket.close()

    async def look(self, *, play: bool = False) -> None:
        """Open the live view's socket, and draw every frame that comes from now on."""
        url, offered = f"ws://{HOST}:{self.port}/live", ["playground", self.token]
        self._live = await connect(
            url, subprotocols=offered, compression=None, max_size=None, open_timeout=PATIENCE
        )
        await self.send({"view": VIEW})
        if play:
            await self.send({"play": None})
        self._tasks.append(asyncio.create_task(self._draw_on()))

    async def send(self, message: dict) -> None:
        """Ask the live view for something."""
        await self._live.send(json.dumps(message))

    async def _until_finished(self) -> None:
        while True:
            message = ForwardMsg()
            raw = await self._page.recv()
            message.ParseFromString(raw)
            found = TOKEN.search(raw)
            if found:
                self.token = found[1].decode()
            if message.WhichOneof("type") == "script_finished":
                return

    async def _read_on(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self._page.recv()

    async def _draw_on(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self._live.recv()
                self.frames += 1
                await self._live.send('{"drawn": null}')
