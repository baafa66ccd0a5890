"""The live view: its component on the page, its socket, and the files that it loads.

Streamlit draws the page once; what moves goes over a WebSocket. The page carries an
unguessable token for its session; the socket takes no other, no foreign Origin, no large and
no endless messages, and the server sends the next frame when the client has drawn the last.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import math
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from nnlib.activations import HIDDEN_ACTIVATIONS
from nnlib.config import MAX_LAYERS, MAX_QUERY_EPOCHS, PLAYGROUND_WIDTH
from nnlib.data import DATASETS
from nnlib.stopping import StopRules
from pages.ui import pictures
from pages.ui.frames import View
from pages.ui.session import SPEEDS, Session
from pages.ui.trainer import TRAINER

MAX_MESSAGE = 4_000  # characters
MESSAGES_PER_SECOND, MESSAGE_BURST = 150, 300
KEEP_SECONDS = 600.0  # a session whose socket closed is dropped after this
MAX_SESSIONS = 500
REFUSED, TOO_MUCH, REPLACED = 4403, 4408, 4409  # close codes

HERE = Path(__file__).parent
# One module: the first is read with the others.
SCRIPTS = (
    *("live.js", "diagram.js", "inspector.js", "points.js"),
    *("timeline.js", "stopping.js", "keys.js"),
)
PLOTLY = f"live/plotly-{version('plotly')}.min.js"


# ------------------------------------------------------------------------ sessions


@dataclass
class _Entry:
    session: Session
    closed: float | None  # when its socket closed; None while one is open
    close: object = None  # closes the open socket


_ENTRIES: dict[str, _Entry] = {}
_LOCK = threading.Lock()


def register(session: Session) -> str:
    """Let a session take part in training and be reached by socket; its token."""
    token = secrets.token_urlsafe(24)
    with _LOCK:
        _sweep()
        _ENTRIES[token] = _Entry(session, time.monotonic())
    TRAINER.add(session)
    return token


def registered(token: str) -> bool:
    """Whether the token still opens a socket."""
    return token in _ENTRIES


def _sweep() -> None:
    """Drop sessions that nobody looks at, the longest closed first."""
    now = time.monotonic()
    closed = sorted((e.closed, t) for t, e in _ENTRIES.items() if e.closed is not None)
    for since, token in closed:
        if now - since > KEEP_SECONDS or len(_ENTRIES) >= MAX_SESSIONS:
            TRAINER.remove(_ENTRIES.pop(token).session)


# ------------------------------------------------------------------------ component


@lru_cache(maxsize=1)
def _component() -> object:
    return st.components.v2.component(
        "playground_live",
        html=(HERE / "live.html").read_text(encoding="utf-8"),
        css=(HERE / "live.css").read_text(encoding="utf-8"),
        js="\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS),
        isolate_styles=False,
    )


def mount(token: str, query: str, on_commit: object) -> object:
    """Put the live view on the page; `on_commit` runs when a change was committed in it."""
    base = base_path()
    return _component()(
        key="live",
        data={
            "token": token,
            "base": base,
            "plotly": f"{base}/{PLOTLY}",
            "pictures": f"{base}/live/datasets.png",
            "query": query,
            "datasets": [
                {
                    "name": d.name,
                    "title": d.title,
                    "about": d.about,
                    "made": not d.columns,
                    "anyClasses": d.classes is None,
                }
                for d in DATASETS.values()
            ],
            "activations": list(HIDDEN_ACTIVATIONS),
            "maxWidth": PLAYGROUND_WIDTH,
            "maxLayers": MAX_LAYERS,
            "maxEpochs": MAX_QUERY_EPOCHS,
            "speeds": [None if math.isinf(s) else s for s in SPEEDS],
        },
        on_committed_change=on_commit,
    )


def base_path() -> str:
    """'' or '/app' when the server runs below a path (server.baseUrlPath)."""
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


# ------------------------------------------------------------------------ routes


def routes() -> list[BaseRoute]:
    """The live view's routes; they start with /live below the base path."""
    base = base_path()
    return [
        WebSocketRoute(f"{base}/live", _socket),
        Route(f"{base}/{PLOTLY}", _plotly),
        Route(f"{base}/live/datasets.png", _pictures),
    ]


@lru_cache(maxsize=1)
def _plotly_js() -> tuple[bytes, bytes]:
    """plotly.js of the installed plotly package, plain and compressed once for all."""
    plain = files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()
    return plain, gzip.compress(plain, 6)


async def _plotly(request: Request) -> Response:
    plain, packed = await run_in_threadpool(_plotly_js)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    # Beside the browser on one machine unpacking costs more than the bytes.
    local = request.client is not None and request.client.host in ("127.0.0.1", "::1")
    if local or "gzip" not in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "identity"
        return Response(plain, media_type="text/javascript", headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(packed, media_type="text/javascript", headers=headers)


async def _pictures(_request: Request) -> Response:
    picture = await run_in_threadpool(pictures.datasets)
    headers = {"Cache-Control": "public, max-age=3600"}
    return Response(picture, media_type="image/png", headers=headers)


class Preload:
    """ASGI middleware: the page's HTML tells the browser to fetch plotly.js at once.

    It would else be asked for only when Streamlit's own scripts have drawn the page.
    """

    def __init__(self, app: Callable) -> None:
        self._app = app

    async def __call__(self, scope: dict, receive: Callable, send: Callable) -> None:
        link = f"<{base_path()}/{PLOTLY}>; rel=preload; as=script".encode()

        async def send_with_link(message: dict) -> None:
            if message["type"] == "http.response.start":
                html = any(
                    name == b"content-type" and value.startswith(b"text/html")
                    for name, value in message["headers"]
                )
                if html:
                    message = {**message, "headers": [*message["headers"], (b"link", link)]}
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
    entry.session.attach(on_frame)
    code = 1000
    try:
        code = await _receive(socket, entry.session)
    except (WebSocketDisconnect, RuntimeError):
        pass  # the client went away
    except asyncio.CancelledError:
        code = REPLACED  # another socket took the session over
    finally:
        sender.cancel()
        entry.session.detach(on_frame)
        if entry.close == me.cancel:
            entry.closed, entry.close = time.monotonic(), None
    with contextlib.suppress(RuntimeError):  # closed already
        await socket.close(code)


async def _receive(socket: WebSocket, session: Session) -> int:
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
        obey(session, text)


def obey(session: Session, text: str) -> None:
    """Do what a client's message says; what cannot be understood becomes the session's problem."""
    try:
        message = json.loads(text)
        (verb, value) = next(iter(message.items()))
        _VERBS[verb](session, value)
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        StopIteration,
        TypeError,
        ValueError,
    ):
        session.complain("The page sent something that is not understood.")


def _set(session: Session, value: dict) -> None:
    problems = session.want(**value)
    if problems:
        session.complain(" ".join(problems))


def _speed(session: Session, value: float | None) -> None:
    speed = math.inf if value is None else float(value)
    if speed not in SPEEDS:
        raise ValueError("speed")
    session.set_speed(speed)


def _view(session: Session, value: dict) -> None:
    theme = "dark" if value.get("theme") == "dark" else "light"
    width = int(min(max(value.get("width", 560), 240), 2_400))
    height = int(min(max(value.get("height", 440), 200), 1_600))
    session.set_view(
        replace(
            View(),
            theme=theme,
            discretize=value.get("discretize") is True,
            width=width,
            height=height,
            wrong=value.get("wrong") is True,
            neuron=_neuron(value.get("neuron")),
            pre=value.get("pre") is True,
            probe=_probe(value.get("probe")),
        )
    )


def _step(session: Session, unit: str | None) -> None:
    steps = {"epoch": session.step, "batch": session.step_batch, "example": session.step_example}
    steps[unit or "epoch"]()


def _rules(session: Session, value: dict) -> None:
    names = ("target", "target_of", "patience", "epochs")
    try:
        session.set_rules(StopRules(**{name: value[name] for name in names}))
    except ValueError as error:
        session.complain(str(error))


def _neuron(value: list | None) -> tuple[int, int] | None:
    if value is None:
        return None
    layer, unit = value
    if not (type(layer) is type(unit) is int and 1 <= layer <= 100 and 1 <= unit <= 1_000):
        raise ValueError("neuron: layer and unit, from 1")
    return layer, unit


def _probe(value: list | None) -> tuple[float, ...] | None:
    if value is None:
        return None
    probe = tuple(map(float, value))
    if len(probe) not in (1, 2) or not all(map(math.isfinite, probe)):
        raise ValueError("probe: one or two finite numbers")
    return probe


_VERBS = {
    "drawn": lambda session, _: session.drawn(),
    "play": lambda session, _: session.play(),
    "pause": lambda session, _: session.pause(),
    "step": _step,
    "reset": lambda session, _: session.reset(),
    "set": _set,
    "rules": _rules,
    "visit": lambda session, value: session.visit(int(value)),
    "switch": lambda session, value: session.switch(str(value)),
    "close": lambda session, value: session.close(str(value)),
    "speed": _speed,
    "view": _view,
    "network": lambda session, value: session.edit_network(value["name"], value["value"]),
    "undo": lambda session, _: session.undo_edit(),
}
