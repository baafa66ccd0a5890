"""Nothing comes though something should: the board says so, and goes on by itself."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.browser.playground import Playground
from tests.browser.server import Server

SLOW = "No picture for 3 s: the server or the network is slow. It goes on by itself."
BOARDS = ("", "compare", "layers")  # a page of each kind of client


@contextmanager
def standing_still(server: Server) -> Iterator[None]:
    os.kill(server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.pid, signal.SIGCONT)


def opened(page: Page, address: str) -> Locator:
    """The page, its clock in the test's hand, after its first frame; its message."""
    page.clock.install()
    page.goto(address, wait_until="commit")
    page.locator(".pg[data-frames]:not([data-frames='0']), .cp[data-frames]").first.wait_for()
    return page.locator(".pg-message").first


def let_pass(page: Page, seconds: float) -> None:
    """Let time pass for the page, half a second at a time: its timers see each of them."""
    for _ in range(int(seconds * 2)):
        page.clock.fast_forward(500)


@pytest.mark.parametrize("path", BOARDS)
def test_a_server_that_stands_still_is_said_and_the_board_goes_on(
    server: Server, new_page: Callable[..., Page], path: str
):
    page = new_page()
    message = opened(page, f"{server.url}/{path}?epoch=3")
    with standing_still(server):
        page.get_by_role("button", name=re.compile("^(Play|Pause)$")).first.click()
        let_pass(page, 2)
        expect(message).to_be_hidden()
        let_pass(page, 2)
        expect(message).to_have_text(re.compile(SLOW))
        let_pass(page, 6)
        expect(message).to_contain_text("No picture for 10 s")
    expect(message).to_be_hidden()


def test_a_server_that_is_gone_for_long_gets_a_new_connection(
    server: Server, new_page: Callable[..., Page]
):
    page = new_page()
    opened(page, f"{server.url}/?epoch=3")
    playground = Playground(page)
    with standing_still(server):
        playground.press("Play")
        with page.expect_websocket(lambda socket: "/live" in socket.url):
            let_pass(page, 16)
        expect(playground.message).to_contain_text("No picture for 15 s")
    playground.wait("epoch > 3")
    expect(playground.message).to_be_hidden()


def test_a_network_that_swallows_what_is_sent_is_said(
    server: Server, new_page: Callable[..., Page]
):
    page = new_page()
    swallows = [False]

    def through(socket: WebSocketRoute) -> None:
        ends = socket, socket.connect_to_server()
        for here, there in (ends, reversed(ends)):
            here.on_message(lambda text, there=there: swallows[0] or there.send(text))

    page.route_web_socket(re.compile(r"/live(\?|$)"), through)
    message = opened(page, f"{server.url}/?epoch=3")
    Playground(page).play_until(10)
    swallows[0] = True
    let_pass(page, 4)
    expect(message).to_have_text(re.compile(SLOW))


def test_nothing_is_said_at_rest_nor_in_slow_motion(server: Server, new_page: Callable[..., Page]):
    """At 0.2 epochs/s frames are seconds apart: beats are what shows that the server is there."""
    page = new_page()
    texts: list[str] = []

    def listen(socket: object) -> None:
        if "/live" in socket.url:
            socket.on("framereceived", lambda data: isinstance(data, str) and texts.append(data))

    page.on("websocket", listen)
    message = opened(page, f"{server.url}/?epoch=3&batch_size=2000&speed=0.2")
    playground = Playground(page)
    before = len(texts)
    let_pass(page, 1.5)  # the one beat after a frame
    playground.settle()
    let_pass(page, 10)
    expect(message).to_be_hidden()
    assert len(texts) - before <= 2  # at rest nobody asks
    playground.press("Play")
    for _ in range(5):
        before = len(texts)
        while len(texts) == before:
            let_pass(page, 0.5)
            page.wait_for_timeout(10)  # an answer takes its time whatever the page's clock says
        expect(message).to_be_hidden()
