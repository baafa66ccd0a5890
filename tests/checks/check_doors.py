"""Attacks on the doors of a running server; each prints its figures (`-s` shows them)."""

from __future__ import annotations

import contextlib
import re
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.browser.hasty import hasty
from tests.browser.plain_page import PATIENCE, PlainPage
from tests.browser.server import HOST, Server, free_port, running, started, wait_for
from tests.ui.taken_apart import take_apart

MB = 1_000_000
OPTIONS = ("--ws-max-size", "1000000")  # as the README says


@contextmanager
def uvicorn() -> Iterator[Server]:
    """The app as `uvicorn app:app` serves it."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port), *OPTIONS]
    with started(command) as (process, log, _):
        wait_for(f"http://{HOST}:{port}/_stcore/health", process, log)
        yield Server(f"http://{HOST}:{port}", port, process.pid, 0.0)


def memory(server: Server, name: str) -> float:
    """MB: VmRSS, what the server holds, or VmHWM, the most that it has ever held."""
    status = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii")
    return int(re.search(rf"{name}:\s+(\d+)", status)[1]) / 1_000


@pytest.mark.parametrize("serve", [running, uvicorn], ids=["streamlit run", "uvicorn"])
def test_a_text_of_150_mb_is_refused_unread(serve: object):
    with serve() as server, PlainPage(server.port) as page:
        time.sleep(10)  # what it warms up is there
        before = memory(server, "VmHWM")
        for open_one in (page.live, lambda: connect(f"ws://{HOST}:{server.port}/_stcore/stream")):
            with open_one() as socket, contextlib.suppress(ConnectionClosed, OSError):
                socket.send("x" * 150 * MB)
                while True:
                    socket.recv(PATIENCE)
        more = memory(server, "VmHWM") - before
        print(f"\n{serve.__name__}: two texts of 150 MB: the server's peak grew by {more:.0f} MB")
        assert more < 40


def test_of_100_uploads_two_stay():
    with running() as server, PlainPage(server.port) as page:
        with ThreadPoolExecutor(4) as threads:
            file = b"1,2\n" * 475_000
            answers = list(threads.map(lambda i: page.upload(f"{i}.csv", file), range(100)))
        with urllib.request.urlopen(f"{server.url}/_stcore/metrics") as answer:
            kept = re.search(r'cache_type="UploadedFileManager".*} (\d+)', answer.read().decode())
        print(
            f"\n100 uploads of 1.9 MB, {answers.count(204)} taken: {int(kept[1]) / MB:.1f} MB kept"
        )
        assert int(kept[1]) <= 2 * len(file)


def test_the_501st_visitor_waits_and_nobody_is_thrown_out():
    most, more = 500, 20
    with hasty(MAX_PRESENT=most, GRACE=0, SWEEP=0.5) as server, ExitStack() as stack:
        with ThreadPoolExecutor(8) as threads:

            def come(_: int) -> PlainPage:
                return PlainPage(server.port, "epoch=0")

            inside = [stack.enter_context(page) for page in threads.map(come, range(most))]
            newcomers = [stack.enter_context(page) for page in threads.map(come, range(more))]
        waiting = [page for page in newcomers if any("is full" in text for text in page.texts)]
        opened = sum(_draws(page) for page in inside)
        print(f"\n{len(waiting)} of {more} newcomers wait, {opened} of {most} inside are served")
        assert (len(waiting), opened) == (more, most)
        inside[0].close()
        end = time.monotonic() + PATIENCE
        while not newcomers[0].boards and time.monotonic() < end:
            newcomers[0].run("epoch=0")
        assert _draws(newcomers[0])


def _draws(page: PlainPage) -> bool:
    with page.live() as socket:
        return take_apart(socket.recv(PATIENCE)).header["epoch"] == 0


def test_a_monitor_of_240_hz_is_served_for_a_minute():
    with running() as server, PlainPage(server.port, "epoch=0") as page, page.live() as socket:
        socket.send('{"play":null}')
        frames, end = 0, time.monotonic() + 60
        while time.monotonic() < end:
            take_apart(socket.recv(PATIENCE))
            frames += 1
            socket.send('{"drawn":null}')
        print(f"\n{frames / 60:.0f} frames a second drawn at once for a minute")
        assert frames > 60


def test_a_flood_through_new_connections_is_stopped_and_a_neighbour_plays_on():
    with (
        running() as server,
        PlainPage(server.port, "epoch=0") as page,
        PlainPage(server.port, "epoch=0") as neighbour,
        neighbour.live() as socket,
    ):
        socket.send('{"play":null}')
        alone = _frames(socket, 5)
        stop, sent = threading.Event(), [0]

        def flood() -> None:
            while not stop.is_set():
                with contextlib.suppress(ConnectionClosed, OSError), page.live() as mine:
                    for _ in range(299):
                        mine.send('{"set":{"noise":0.1}}')
                        sent[0] += 1

        thread = threading.Thread(target=flood)
        thread.start()
        beside = _frames(socket, 5)
        stop.set()
        thread.join()
        print(f"\n{sent[0]} messages in 5 s: the neighbour's {alone} frames in 5 s became {beside}")
        assert beside > 0


def _frames(socket: object, seconds: float) -> int:
    frames, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        socket.recv(PATIENCE)
        frames += 1
        socket.send('{"drawn":null}')
    return frames
