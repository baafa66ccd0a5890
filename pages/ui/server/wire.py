"""The socket that moves what is live: who may open it, what it carries, what it loads.

A page carries an unguessable token for what its viewer looks at, and offers it as a subprotocol:
an address would stand in logs. The socket takes no other, no foreign Origin, no large and no
endless messages, and the server sends the next frame when the client has drawn the last.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import time
from collections.abc import Callable
from importlib.metadata import version
from importlib.resources import files
from urllib.parse import urlsplit

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from pages.ui.drawing import pictures
from pages.ui.live.live_view import LiveView
from pages.ui.live.trainer import TRAINER
from pages.ui.live.wishes import Verbs, understood
from pages.ui.once import once
from pages.ui.server import modules, viewers
from pages.ui.server.modules import base_path
from pages.ui.server.viewers import UNKNOWN, Board

MAX_MESSAGE = 4_000  # characters
OPENING = 10.0  # messages that a new connection counts as: it is answered by a whole frame
FOREIGN, TOO_MUCH, REPLACED, NOT_TEXT = 4401, 4408, 4409, 1003  # close codes, beside UNKNOWN
DRAWN = '{"drawn":null}'  # a client's acknowledgement of a frame
BEAT, BEATS = '{"beat":null}', "beat"  # a client that hears nothing asks for one; the answer
PROTOCOL = "playground"  # what a page offers before its token
GONE = (OSError, RuntimeError, WebSocketDisconnect)  # what sending to a vanished client raises
PLOTLY = f"live/plotly-{version('plotly')}.min.js"


def opening(token: str, module: str) -> dict[str, object]:
    """What a board is opened with, part of its component's data.

    Its module, how its frames are read, and what its socket needs.
    """
    board = viewers.board(token)
    assert board is not None, "a page opens what its viewer has"
    base, viewer = base_path(), board.viewer
    return {
        "token": token,
        "base": base,
        "module": modules.address(module),
        "protocol": board.watched.protocol.for_client,
        "plotly": f"{base}/{PLOTLY}",
        "viewer": viewer.token,
        "unknown": viewer.unknown,
    }


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


@once
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
    """The Link header of a page: plotly.js, and the modules that the page opens with.

    The modules come after Streamlit's own scripts, which the page waits for first: asked for with
    the same haste they took their connections (0.2 s of a page's opening, 40 ms away).
    """
    links = [f"<{base_path()}/{PLOTLY}>; rel=preload; as=script"]
    for name in modules.of_page(path, query):
        links.append(f"<{modules.address(name)}>; rel=modulepreload; fetchpriority=low")
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


def origin_allowed(origin: str | None, host: str | None, secure: bool) -> bool:
    """Same host, or one that the operator allows (server.corsAllowedOrigins).

    A server that is reached over https (`secure`) takes a page that was, too. No Origin at all is
    not a browser: the token alone decides.
    """
    if origin is None or origin in st.get_option("server.corsAllowedOrigins"):
        return True
    page = urlsplit(origin)
    return page.scheme in (("https",) if secure else ("http", "https")) and page.netloc == host


def _is_secure(socket: WebSocket) -> bool:
    """Whether the client came over TLS, to this server or to the proxy before it."""
    forwarded = socket.headers.get("x-forwarded-proto", "")
    return socket.url.scheme == "wss" or forwarded.strip().lower() in ("https", "wss")


async def _socket(socket: WebSocket) -> None:
    with contextlib.suppress(*GONE):
        offered = socket.scope["subprotocols"]
        if len(offered) != 2 or offered[0] != PROTOCOL:
            await socket.close()  # no page of this app: not even accepted
            return
        await socket.accept(subprotocol=PROTOCOL)  # so that the page learns the reason
        headers, board = socket.headers, viewers.board(offered[1])
        if not origin_allowed(headers.get("origin"), headers.get("host"), _is_secure(socket)):
            await socket.close(FOREIGN)
        elif board is None:
            await socket.close(UNKNOWN)
        elif not board.allowance.spend(OPENING):
            await socket.close(TOO_MUCH)
        else:
            await socket.close(await _serve(socket, board))


async def _serve(socket: WebSocket, board: Board) -> int:
    """Frames out, messages in, until one side has enough; the code to close with."""
    loop, frame_ready = asyncio.get_running_loop(), asyncio.Event()
    slot: list[bytes] = []
    beats: list[str] = []
    sent = [0]  # frames that the client has not yet said to have drawn
    obeyed = [0]  # messages of the client, but for what answers a frame or asks for a beat

    def on_frame(frame: bytes) -> None:  # in the trainer's thread
        def put() -> None:
            slot[:] = [frame]
            frame_ready.set()

        loop.call_soon_threadsafe(put)

    def on_beat() -> None:  # in the trainer's thread
        def put() -> None:
            beats[:] = [BEATS]
            frame_ready.set()

        with contextlib.suppress(RuntimeError):  # the server ends
            loop.call_soon_threadsafe(put)

    async def send() -> None:
        with contextlib.suppress(*GONE):
            while True:
                await frame_ready.wait()
                frame_ready.clear()
                if slot:  # an answer, too
                    sent[0] += 1
                    await socket.send_bytes(slot.pop())
                elif beats:
                    await socket.send_text(beats.pop())
                beats.clear()

    me, codes = asyncio.current_task(), [REPLACED]
    assert me is not None, "a socket is served by a task"

    def close(code: int) -> None:  # from any thread
        codes[0] = code
        loop.call_soon_threadsafe(me.cancel)

    if board.close is not None:
        board.close(REPLACED)
    board.close = close
    board.viewer.touch()
    sender = asyncio.create_task(send())
    board.watched.attach(on_frame, lambda: obeyed[0])
    try:
        return await _receive(socket, board, sent, obeyed, on_beat)
    except asyncio.CancelledError:
        return codes[0]
    finally:
        sender.cancel()
        board.watched.detach(on_frame)
        if board.close is close:
            board.close = None
            board.viewer.touch()


async def _receive(
    socket: WebSocket,
    board: Board,
    sent: list[int],
    obeyed: list[int],
    on_beat: Callable[[], None],
) -> int:
    """Obey the client until it goes or sends too much; the code to close with.

    To say that a frame is drawn costs nothing: it comes no faster than frames do. `on_beat` is
    called in the trainer's thread when that has come round after a client has asked.
    """
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return 1000
        text = message.get("text")
        if text is None:
            return NOT_TEXT
        if len(text) > MAX_MESSAGE:
            return TOO_MUCH
        drawn = text.replace(" ", "") == DRAWN
        if drawn and sent[0] > 0:
            sent[0] -= 1
        elif not board.allowance.spend():
            return TOO_MUCH
        if text == BEAT:
            TRAINER.soon(on_beat)
        else:
            obey(board.watched, board.verbs, text)
            obeyed[0] += not drawn


def obey(watched: LiveView, verbs: Verbs, text: str) -> None:
    """Do what a client's message says; what is wrong with it becomes a problem to be shown."""
    try:
        wish, value = understood(verbs, text)
    except ValueError as error:
        watched.complain(str(error))
    else:
        watched.ask(lambda: wish.grant(watched, value))
