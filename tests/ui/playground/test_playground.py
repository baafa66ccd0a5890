"""The live view's routes on a server of their own: who gets in, what is obeyed, what is refused."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import math
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import pytest
import streamlit as st
import uvicorn
from starlette.applications import Starlette
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from nnlib.config import RunConfig
from nnlib.data import DATASETS
from pages.ui.live.wishes import Nothing, Wish
from pages.ui.server import viewers, wire
from pages.ui.server.viewers import BURST, UNKNOWN, Board
from pages.ui.server.wire import (
    FOREIGN,
    MAX_MESSAGE,
    NOT_TEXT,
    OPENING,
    PROTOCOL,
    REPLACED,
    TOO_MUCH,
    origin_allowed,
)
from pages.ui.session import wishes as session_wishes
from pages.ui.session.session import Session
from tests.ui.taken_apart import Frame, picture, take_apart

PATIENCE = 30.0  # seconds until an answer that does not come is given up
SMALL = RunConfig(n_samples=60)


class Server(uvicorn.Server):
    """uvicorn that says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @property
    def port(self) -> int:
        return self.servers[0].sockets[0].getsockname()[1]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a server with the live view's routes alone, in this process."""
    app = Starlette(routes=wire.routes())
    server = Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    assert server.listening.wait(PATIENCE)
    yield server.port
    server.should_exit = True
    thread.join(PATIENCE)


@dataclass
class Client:
    """An open socket that draws every frame as it comes."""

    socket: ClientConnection

    def send(self, verb: str, value: object = None) -> None:
        self.socket.send(json.dumps({verb: value}))

    def frame(self) -> Frame:
        """The next frame, drawn."""
        data = self.socket.recv(PATIENCE)
        assert isinstance(data, bytes)
        self.send("drawn")
        return take_apart(data)

    def header_where(self, condition: Callable[[dict], bool]) -> dict:
        """The header of the first frame that fulfils a condition."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            header = self.frame().header
            if condition(header):
                return header
        raise AssertionError("no such frame came")

    def closed_with(self) -> int:
        """The code that the server closes with, whatever comes before."""
        with pytest.raises(ConnectionClosed):
            while True:
                self.socket.recv(PATIENCE)
        return self.socket.close_code


def wait_until(condition: Callable[[], bool]) -> None:
    """Return when a condition holds that nothing announces."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.fixture
def session() -> Session:
    return Session(SMALL)


def opened(session: Session) -> Board:
    """A new viewer's board that shows a session."""
    return viewers.arrive().show("session", session, session_wishes.VERBS)


@pytest.fixture
def board(session: Session) -> Board:
    return opened(session)


@pytest.fixture
def open_socket(port: int) -> Iterator[Callable[..., Client]]:
    """Opens sockets that are closed at the test's end."""
    with ExitStack() as stack:

        def open_one(token: str, origin: str | None = None, **headers: str) -> Client:
            socket = connect(
                f"ws://127.0.0.1:{port}/live",
                subprotocols=[PROTOCOL, token],
                origin=origin,
                additional_headers=headers,
                compression=None,
            )
            return Client(stack.enter_context(socket))

        yield open_one


@pytest.fixture
def client(open_socket: Callable[..., Client], board: Board) -> Client:
    """A socket of `session` whose first frame is drawn."""
    client = open_socket(board.token)
    client.frame()
    return client


# ------------------------------------------------------------------------ who gets in


def test_the_right_token_gets_a_whole_frame(open_socket: Callable[..., Client], board: Board):
    frame = open_socket(board.token).frame()
    assert {"scene", "points", "output", "weights"} <= set(frame.kinds)
    assert frame.header["epoch"] == 0


@pytest.mark.parametrize("token", ["wrong", "x" * 1_000])
def test_a_wrong_token_is_refused(open_socket: Callable[..., Client], token: str):
    assert open_socket(token).closed_with() == UNKNOWN == 4403


@pytest.mark.parametrize(
    "offered", [None, [PROTOCOL], ["other", "TOKEN"], [PROTOCOL, "TOKEN", "x"]]
)
def test_what_is_no_page_of_ours_is_not_even_accepted(
    port: int, board: Board, offered: list[str] | None
):
    offered = offered and [board.token if each == "TOKEN" else each for each in offered]
    address = f"ws://127.0.0.1:{port}/live?token={board.token}"
    with pytest.raises(InvalidStatus) as refused, connect(address, subprotocols=offered):
        pass
    assert refused.value.response.status_code == 403


def test_the_token_stands_in_no_address(open_socket: Callable[..., Client], board: Board, caplog):
    with caplog.at_level("INFO", logger="uvicorn.error"):
        open_socket(board.token).frame()
    assert "/live" in caplog.text
    assert board.token not in caplog.text


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_a_foreign_origin_is_refused_with_the_right_token(
    open_socket: Callable[..., Client], board: Board, origin: str
):
    assert open_socket(board.token, origin).closed_with() == FOREIGN


def test_the_pages_own_origin_gets_in(open_socket: Callable[..., Client], board: Board, port: int):
    client = open_socket(board.token, f"http://127.0.0.1:{port}")
    assert client.frame().header["epoch"] == 0


def test_behind_a_proxy_with_tls_a_page_without_is_refused(
    open_socket: Callable[..., Client], board: Board, port: int
):
    over_tls = {"X-Forwarded-Proto": "https"}
    client = open_socket(board.token, f"http://127.0.0.1:{port}", **over_tls)
    assert client.closed_with() == FOREIGN
    assert open_socket(board.token, f"https://127.0.0.1:{port}", **over_tls).frame()


def test_tokens_are_long_and_never_the_same(session: Session):
    tokens = {opened(session).token for _ in range(20)}
    assert len(tokens) == 20
    assert min(map(len, tokens)) >= 32


@pytest.mark.parametrize(
    ("origin", "host", "secure", "allowed"),
    [
        (None, "a.example", True, True),
        (None, "a.example", False, True),
        ("http://a.example", "a.example", False, True),
        ("https://a.example", "a.example", False, True),  # its proxy does not say what it speaks
        ("https://a.example", "a.example", True, True),
        ("http://a.example", "a.example", True, False),
        ("http://a.example:8501", "a.example:8501", False, True),
        ("http://a.example:8501", "a.example:8502", False, False),
        ("http://b.example", "a.example", False, False),
        ("http://a.example.b.example", "a.example", False, False),
        ("http://a.example@b.example", "a.example", False, False),
        ("ftp://a.example", "a.example", False, False),
        ("chrome-extension://a.example", "a.example", False, False),
        ("//a.example", "a.example", False, False),
        ("null", "a.example", False, False),
        ("null", "null", False, False),
        ("", "a.example", False, False),
        ("http://a.example", None, False, False),
        ("null", None, False, False),
        ("", None, False, False),
    ],
)
def test_an_origin_is_allowed_on_its_own_host_only(
    origin: str | None, host: str | None, secure: bool, allowed: bool
):
    assert origin_allowed(origin, host, secure) is allowed


def test_the_operator_may_allow_another_origin(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        st, "get_option", {"server.corsAllowedOrigins": ["https://front.example"]}.get
    )
    assert origin_allowed("https://front.example", "a.example", secure=True)
    assert not origin_allowed("https://other.example", "a.example", secure=True)


# ------------------------------------------------------------------------ beats


@pytest.fixture
def resting(client: Client) -> Client:
    """A socket that has got all that there is to be drawn."""
    client.header_where(lambda header: "hover" in dict(header["blobs"]))
    return client


def test_a_beat_is_answered_at_rest(resting: Client):
    resting.socket.send(wire.BEAT)
    assert resting.socket.recv(PATIENCE) == "beat"


def test_there_is_no_beat_while_a_turn_does_not_end(resting: Client, session: Session):
    with session.lock:
        resting.send("visit", 0)
        resting.socket.send(wire.BEAT)
        with pytest.raises(TimeoutError):
            resting.socket.recv(0.2)
    assert resting.socket.recv(PATIENCE) is not None


# ------------------------------------------------------------------------ one socket a session


def test_a_second_socket_takes_the_session_over(open_socket: Callable[..., Client], board: Board):
    token = board.token
    first = open_socket(token)
    first.frame()
    second = open_socket(token)
    assert first.closed_with() == REPLACED
    assert "scene" in second.frame().kinds  # it begins with nothing
    second.send("step")
    assert second.header_where(lambda header: header["epoch"] == 1)


def test_a_socket_opened_again_finds_the_run_as_it_was(
    open_socket: Callable[..., Client], board: Board
):
    token = board.token
    first = open_socket(token)
    first.frame()
    first.send("step")
    first.header_where(lambda header: header["epoch"] == 1)
    first.socket.close()
    assert open_socket(token).frame().header["epoch"] == 1


def test_two_sessions_do_not_see_each_other(open_socket: Callable[..., Client]):
    one, other = (Session(SMALL.replace(seed=seed)) for seed in (1, 2))
    clients = [open_socket(opened(session).token) for session in (one, other)]
    hashes = [client.frame().header["config"] for client in clients]
    clients[0].send("step")
    clients[0].header_where(lambda header: header["epoch"] == 1)
    assert other.run.epoch == 0
    assert len(set(hashes)) == 2


def test_a_viewer_with_an_open_socket_is_present(client: Client, board: Board):
    assert board.viewer.connected()
    client.socket.close()
    wait_until(lambda: not board.viewer.connected())


def test_a_dropped_viewers_socket_is_closed_and_its_token_refused(
    open_socket: Callable[..., Client], client: Client, board: Board
):
    viewers.drop(board.viewer)
    assert client.closed_with() == UNKNOWN
    assert open_socket(board.token).closed_with() == UNKNOWN


# ------------------------------------------------------------------------ what is obeyed


def test_play_and_pause(client: Client):
    client.send("play")
    client.header_where(lambda header: header["playing"] and header["epoch"] >= 5)
    client.send("pause")
    assert client.header_where(lambda header: not header["playing"])["epoch"] >= 5


def test_step_and_reset(client: Client):
    client.send("step")
    client.header_where(lambda header: header["epoch"] == 1)
    client.send("reset")
    client.header_where(lambda header: header["epoch"] == 0)


def test_a_setting(client: Client, session: Session):
    client.send("set", {"noise": 0.5})
    header = client.header_where(lambda header: header.get("settings", {}).get("noise") == 0.5)
    assert header["problem"] == ""
    assert session.config.noise == 0.5


def test_layers_come_as_lists(client: Client):
    client.send("set", {"hidden": [[5, "relu"]]})
    header = client.header_where(lambda header: "settings" in header)
    assert header["settings"]["hidden"] == [[5, "relu"]]


@pytest.mark.parametrize(("value", "speed"), [(5, 5.0), (None, math.inf), (0.5, 0.5)])
def test_a_speed(client: Client, session: Session, value: float | None, speed: float):
    session.set_speed(20.0)
    client.send("speed", value)
    client.header_where(lambda header: header["speed"] == value)
    assert session.speed == speed


def test_a_view(client: Client, session: Session):
    client.send("view", {"theme": "dark", "discretize": True, "width": 500, "height": 400})
    while not client.frame().kinds.count("scene"):
        pass
    view = session.view
    assert (view.theme, view.discretize, view.width, view.height) == ("dark", True, 500, 400)


@pytest.mark.parametrize(("width", "height"), [(90_000, 1e5), (5, 0), (0.5, 99_999.5)])
def test_a_view_of_an_unusual_size_is_brought_into_bounds(
    client: Client, session: Session, width: float, height: float
):
    client.send("view", {"width": width, "height": height})
    while not client.frame().kinds.count("scene"):
        pass
    assert 240 <= session.view.width <= 2_400
    assert 200 <= session.view.height <= 1_600


# ------------------------------------------------------------------------ what is refused

NOT_UNDERSTOOD = [
    "",
    "not json",
    "[]",
    "{}",
    "null",
    "1",
    '"play"',
    '{"fly": 1}',
    '{"__class__": 1}',
    "[" * 3_000,
    '{"set":' * 500,
]


@pytest.mark.parametrize("text", NOT_UNDERSTOOD, ids=lambda text: text[:24])
def test_what_is_not_understood_is_said_and_the_run_goes_on(client: Client, text: str):
    client.socket.send(text)
    client.header_where(lambda header: "not understood" in header["problem"])
    client.send("step")
    assert client.header_where(lambda header: header["epoch"] == 1)


OUT_OF_RANGE = [
    '{"set": null}',
    '{"set": [1, 2]}',
    '{"set": "noise"}',
    '{"speed": "fast"}',
    '{"speed": 3.3}',
    '{"speed": NaN}',
    '{"speed": -1}',
    '{"speed": [1]}',
    '{"speed": 1' + "0" * 400 + "}",
    '{"view": null}',
    '{"view": 7}',
    '{"view": {"width": "wide"}}',
    '{"view": {"width": NaN}}',
    '{"view": {"width": null}}',
    '{"view": {"width": 1e9}}',
    '{"view": {"height": -5}}',
]


@pytest.mark.parametrize("text", OUT_OF_RANGE, ids=lambda text: text[:24])
def test_what_a_verb_does_not_take_is_said_and_the_run_goes_on(client: Client, text: str):
    client.socket.send(text)
    header = client.header_where(lambda header: header["problem"] != "")
    assert "is not possible; allowed: " in header["problem"]
    client.send("step")
    assert client.header_where(lambda header: header["epoch"] == 1)


IMPOSSIBLE = [
    '{"self": 1}',
    '{"noise": "much"}',
    '{"noise": NaN}',
    '{"noise": Infinity}',
    '{"noise": 1e999}',
    '{"noise": -1}',
    '{"noise": true}',
    '{"noise": null}',
    '{"learning_rate": 1' + "0" * 400 + "}",
    '{"n_samples": 1' + "0" * 400 + "}",
    '{"n_samples": 100.5}',
    '{"seed": -1}',
    '{"dataset": "mnist"}',
    '{"dataset": ["circle"]}',
    '{"dataset": {"a": 1}}',
    '{"dataset": null}',
    '{"hidden": [[1000, "tanh"]]}',
    '{"hidden": [[4]]}',
    '{"hidden": 5}',
    '{"hidden": [[[[]]]]}',
    '{"features": []}',
    '{"features": ["x3"]}',
    '{"columns": [1]}',
    '{"target": "\\ud800"}',
    '{"unheard_of": 1}',
    '{"": 1}',
    '{"clip_norm": 0}',
]


@pytest.mark.parametrize("settings", IMPOSSIBLE, ids=lambda text: text[:32])
def test_an_impossible_setting_is_explained_and_the_run_goes_on(
    client: Client, session: Session, settings: str
):
    client.socket.send(f'{{"set": {settings}}}')
    header = client.header_where(lambda header: header["problem"] != "")
    (field,) = json.loads(settings)
    assert header["problem"].startswith(f"{field}: ")
    assert session.config == SMALL
    client.send("step")
    assert client.header_where(lambda header: header["epoch"] == 1)


def test_own_data_that_are_not_there_are_explained_and_the_run_goes_on(
    client: Client, session: Session
):
    client.send("set", {"dataset": "own"})
    header = client.header_where(lambda header: header["problem"] != "")
    assert "CSV" in header["problem"]
    client.send("step")
    client.header_where(lambda header: header["epoch"] == 1)
    assert session.config == SMALL


@pytest.mark.parametrize("size", [0, 2, MAX_MESSAGE + 1])
def test_a_message_of_bytes_closes_the_socket(client: Client, size: int):
    client.socket.send(bytes(size))
    assert client.closed_with() == NOT_TEXT


def test_an_oversized_message_closes_the_socket(client: Client):
    client.socket.send(json.dumps({"set": {"target": "x" * MAX_MESSAGE}}))
    assert client.closed_with() == TOO_MUCH


def test_a_flood_of_messages_closes_the_socket(client: Client):
    with pytest.raises(ConnectionClosed):
        while True:  # far beyond the burst, without a pause
            client.send("pause")
    assert client.closed_with() == TOO_MUCH


def test_a_flood_of_frames_drawn_that_never_came_closes_the_socket(client: Client):
    with pytest.raises(ConnectionClosed):
        while True:
            client.send("drawn")
    assert client.closed_with() == TOO_MUCH


def test_a_burst_of_messages_is_obeyed(client: Client):
    for _ in range(int(BURST) // 3):
        client.send("pause")
    client.send("step")
    assert client.header_where(lambda header: header["epoch"] == 1)


def test_every_frame_may_be_drawn_however_fast_the_monitor(
    client: Client, board: Board, monkeypatch: pytest.MonkeyPatch
):
    client.send("play")
    client.header_where(lambda header: header["playing"])
    monkeypatch.setattr(board.allowance, "spend", lambda cost=1.0: False)  # all is used up
    for _ in range(50):
        client.frame()


def test_a_flood_through_new_connections_gets_no_further(
    open_socket: Callable[..., Client], board: Board, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(viewers, "MESSAGES_PER_SECOND", 0.0)
    obeyed: list[str] = []
    board.verbs = {"pause": Wish(Nothing, lambda _watched, _value: obeyed.append("pause"))}
    for _ in range(int(BURST / OPENING)):
        with contextlib.suppress(ConnectionClosed):
            socket = open_socket(board.token).socket
            for _ in range(50):
                socket.send('{"pause": null}')
            socket.close()
    assert 0 < len(obeyed) < BURST
    assert open_socket(board.token).closed_with() == TOO_MUCH


def test_after_a_message_too_long_the_session_can_be_opened_again(
    open_socket: Callable[..., Client], board: Board
):
    client = open_socket(board.token)
    client.socket.send("x" * (MAX_MESSAGE + 1))
    assert client.closed_with() == TOO_MUCH
    assert open_socket(board.token).frame().header["epoch"] == 0


@pytest.mark.parametrize("vanished_at", ["websocket.accept", "websocket.send", "websocket.close"])
@pytest.mark.parametrize("known", [True, False])
def test_a_client_that_vanishes_at_any_moment_is_no_error(
    board: Board, vanished_at: str, known: bool
):
    """An ASGI server lets the next send fail with an OSError then."""
    said: list[dict] = [{"type": "websocket.connect"}, {"type": "websocket.receive", "bytes": b"x"}]
    scope = {
        "type": "websocket",
        "path": f"{wire.base_path()}/live",
        "headers": [(b"host", b"a.example")],
        "subprotocols": [PROTOCOL, board.token if known else "wrong"],
    }

    async def receive() -> dict:
        if len(said) == 1:
            await asyncio.sleep(0.05)  # a frame may come meanwhile
        return said.pop(0)

    async def send(message: dict) -> None:
        if message["type"] == vanished_at:
            raise OSError

    asyncio.run(wire.routes()[0].app(scope, receive, send))
    assert not board.viewer.connected()


# ------------------------------------------------------------------------ the network by hand


def test_an_edit_is_made_and_taken_back(client: Client, session: Session):
    before = session.run.network.parameters.copy()
    client.send("network", {"name": "b-1-1", "value": 0.5})
    client.header_where(lambda header: session.run.network.biases[0][0] == 0.5)
    client.send("undo")
    client.header_where(lambda header: np.array_equal(session.run.network.parameters, before))


def test_an_impossible_edit_is_explained(client: Client):
    client.send("network", {"name": "w-9-1-1", "value": 0.5})
    header = client.header_where(lambda header: header["problem"] != "")
    assert "1 to 3" in header["problem"]


def test_a_unit_and_a_probe_bring_their_numbers(client: Client):
    client.send("view", {"neuron": [1, 2], "probe": [0.5, -1]})
    assert {"neuron", "products", "probe"} <= set(client.frame().kinds)


@pytest.mark.parametrize(
    "view",
    [{"neuron": [0, 1]}, {"neuron": [1.5, 1]}, {"neuron": 3}, {"probe": []}, {"probe": ["x"]}],
    ids=str,
)
def test_a_view_that_cannot_be_is_refused(client: Client, view: dict):
    client.send("view", view)
    client.header_where(lambda header: "is not possible; allowed: " in header["problem"])


# ------------------------------------------------------------------------ files


def fetch(port: int, path: str, **headers: str) -> tuple[dict, bytes]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return dict(answer.headers), answer.read()


def plotly_js() -> bytes:
    return files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()


def test_plotly_js_is_the_installed_one_and_may_be_kept_for_ever(port: int):
    headers, body = fetch(port, wire.PLOTLY)
    assert body == plotly_js()
    assert "immutable" in headers["cache-control"]
    assert "javascript" in headers["content-type"]


def test_the_address_of_plotly_js_holds_its_version():
    import plotly

    assert plotly.__version__ in wire.PLOTLY


def test_plotly_js_is_compressed_for_those_who_are_not_on_this_machine(port: int):
    far = {"Accept-Encoding": "gzip", "X-Forwarded-For": "203.0.113.5"}
    headers, body = fetch(port, wire.PLOTLY, **far)
    assert headers["content-encoding"] == "gzip"
    assert headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(body) == plotly_js()


def test_the_pictures_of_the_data_sets_are_one_png(port: int):
    headers, body = fetch(port, "live/datasets.png")
    image = picture(body)
    assert image.width == image.height * len(DATASETS)
    assert headers["content-type"] == "image/png"


def test_the_sockets_address_is_no_page(port: int):
    with pytest.raises(urllib.error.HTTPError) as refused:
        fetch(port, "live")
    with refused.value as answer:
        assert answer.code in (404, 426)


def test_another_path_is_no_socket(port: int):
    address = f"ws://127.0.0.1:{port}/live/other"
    with pytest.raises(InvalidStatus), connect(address):
        pass
