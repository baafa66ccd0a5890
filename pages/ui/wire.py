"""The socket that moves what is live: who may open it, what it carries, what it loads.

A page carries an unguessable token for what its viewer looks at; the socket takes no other, no
foreign Origin, no large and no endless messages, and the server sends the next frame when the
client has drawn the last.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from pages.ui import modules, pictures
from pages.ui.modules import base_path
from pages.ui.trainer import TRAINER
from pages.ui.watched import Watched

MAX_MESSAGE = 4_000  # characters
MESSAGES_PER_SECOND, MESSAGE_BURST = 150, 300
KEEP_SECONDS = 600.0  # what nobody looks at any more is dropped after this
MAX_SESSIONS = 500
REFUSED, TOO_MUCH, REPLACED = 4403, 4408, 4409  # close codes
PLOTLY = f"live/plotly-{version('plotly')}.min.js"

HERE = Path(__file__).parent

Verbs = Mapping[str, Callable[[Watched, Any], None]]  # what a client may ask for


# ------------------------------------------------------------------------ tokens


@dataclass
class _Entry:
    watched: Watched
    verbs: Verbs
    closed: float | None  # when its socket closed; None while one is open
    close: object = None  # closes the open socket


_ENTRIES: dict[str, _Entry] = {}
_LOCK = threading.Lock()


def register(watched: Watched, verbs: Verbs) -> str:
    """Let it take its turns and be reached by socket; its token."""
    token = secrets.token_urlsafe(24)
    with _LOCK:
        _sweep()
        _ENTRIES[token] = _Entry(watched, verbs, time.monotonic())
    TRAINER.add(watched)
    return token


def registered(token: str) -> bool:
    """Whether the token still opens a socket."""
    return token in _ENTRIES


def _sweep() -> None:
    """Drop what nobody looks at, the longest closed first."""
    now = time.monotonic()
    closed = sorted((e.closed, t) for t, e in _ENTRIES.items() if e.closed is not None)
    for since, token in closed:
        if now - since > KEEP_SECONDS or len(_ENTRIES) >= MAX_SESSIONS:
            TRAINER.remove(_ENTRIES.pop(token).watched)


def texts(*names: str) -> str:
    """Files of this folder, one after the other: a component's html, css or loader."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)


# ------------------------------------------------------------------------ routes


def routes() -> list[BaseRoute]:
    """The live view's routes; they start with /live below the base path."""
    base = base_path()
    return [
        WebSocketRoute(f"{base}/live", _socket),
        Route(f"{base}/{PLOTLY}", _plotly),
        Route(f"{base}/live/datasets.png", _pictures),
        *modules.routes(),
    ]


@lru_cache(maxsize=1)
def _plotly_js() -> tuple[bytes, bytes]:
    """plotly.js of the installed plotly package, plain and compressed once for all."""
    plain = files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()
    return plain, gzip.compress(plain, 6)


async def _plotly(request: Request) -> Response:
    plain, packed = await run_in_threadpool(_plotly_js)
    return modules.for_ever(request, plain, packed, "text/javascript")


async def _pictures(_request: Request) -> Response:
    picture = await run_in_threadpool(pictures.datasets)
    headers = {"Cache-Control": "public, max-age=3600"}
    return Response(picture, media_type="image/png", headers=headers)


def preloads(path: str, query: str) -> bytes:
    """The Link header of a page: plotly.js, and the modules that the page opens with."""
    links = [f"<{base_path()}/{PLOTLY}>; rel=preload; as=script"]
    for name in modules.of_page(path, query):
        links.append(f"<{modules.address(name)}>; rel=modulepreload")
    return ", ".join(links).encode()


class Preload:
    """ASGI middleware: a page's HTML tells the browser to fetch plotly.js and its modules at once.

    They would else be asked for only when Streamlit's own scripts have drawn the page.
    """

    def __init__(self, app: Callable) -> None:
        self._app = app

    async def __call__(self, scope: dict, receive: Callable, send: Callable) -> None:
        async def send_with_link(message: dict) -> None:
            if message["type"] == "http.response.start":
                html = any(
                    name == b"content-type" and value.startswith(b"text/html")
                    for name, value in message["headers"]
                )
                if html:
                    link = (
                        b"link",
                        preloads(scope["path"], scope["query_string"].decode("latin-1")),
                    )
                    message = {**message, "headers": [*message["headers"], link]}
            await send(message)

        await self._app(scope, receive, send_with_link if scope["type"] == "http" else send)


def warm_up() -> None:
    """Do once, before somebody waits for it, what takes long: scikit-learn, plotly.js, pictures."""
    time.sleep(1.0)  # the server answers first
    _plotly_js()
    pictures.datasets()


# ------------------------------------------------------------------------ socket


def origin_allowed(origin: str | None, host: str | None) -> bool:
    """Same host, or one that the operator allows (server.corsAllowedOrigins).

    No Origin at all is not a browser: the token alone decides.
    """
    if origin is None:
        return True
    return urlsplit(origin).netloc == host or origin in st.get_option("server.corsAllowedOrigins")


async def _socket(socket: WebSocket) -> None:
    entry = _ENTRIES.get(socket.query_params.get("token", ""))
    if entry is None or not origin_allowed(
        socket.headers.get("origin"), socket.headers.get("host")
    ):
        await socket.accept()  # so that the page learns the reason
        await socket.close(REFUSED)
        return
    await socket.accept()
    loop, frame_ready = asyncio.get_running_loop(), asyncio.Event()
    slot: list[bytes] = []

    def on_frame(frame: bytes) -> None:  # in the trainer's thread
        def put() -> None:
            slot[:] = [frame]
            frame_ready.set()

        loop.call_soon_threadsafe(put)

    async def send() -> None:
        while True:
            await frame_ready.wait()
            frame_ready.clear()
            await socket.send_bytes(slot.pop())

    if entry.close is not None:
        entry.close()
    sender = asyncio.create_task(send())
    me = asyncio.current_task()
    entry.closed, entry.close = None, me.cancel
    entry.watched.attach(on_frame)
    code = 1000
    try:
        code = await _receive(socket, entry)
    except (WebSocketDisconnect, RuntimeError):
        pass  # the client went away
    except asyncio.CancelledError:
        code = REPLACED  # another socket took the session over
    finally:
        sender.cancel()
        entry.watched.detach(on_frame)
        if entry.close == me.cancel:
            entry.closed, entry.close = time.monotonic(), None
    with contextlib.suppress(RuntimeError):  # closed already
        await socket.close(code)


async def _receive(socket: WebSocket, entry: _Entry) -> int:
    """Obey the client until it goes or sends too much; the code to close with."""
    tokens, last = float(MESSAGE_BURST), time.monotonic()
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return 1000
        text = message.get("text") or ""  # bytes are nothing that the page sends
        now = time.monotonic()
        tokens = min(MESSAGE_BURST, tokens + (now - last) * MESSAGES_PER_SECOND) - 1
        last = now
        if len(text) > MAX_MESSAGE or tokens < 0:
            return TOO_MUCH
        obey(entry.watched, entry.verbs, text)


def obey(watched: Watched, verbs: Verbs, text: str) -> None:
    """Do what a client's message says; what cannot be understood becomes a problem to be shown."""
    try:
        message = json.loads(text)
        (verb, value) = next(iter(message.items()))
        verbs[verb](watched, value)
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        StopIteration,
        TypeError,
        ValueError,
    ):
        watched.complain("The page sent something that is not understood.")
