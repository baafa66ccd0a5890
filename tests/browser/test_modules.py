"""The pages' modules in a browser: what is fetched, what comes late, what is left in between."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Route, WebSocket, expect

from pages.ui.server import modules
from tests.browser.playground import Playground
from tests.browser.server import Server, running

MODULES = re.compile(r"/live/web-")
LINKS = ("Functions", "Layers", "Compare", "Inputs", "Playground")
DRAWN = "[data-frames]:not([data-frames='0'])"


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A page on which nothing is opened yet; what its scripts complain of fails the test."""
    page = new_context().new_page()
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # Below /compare Streamlit itself asks first where its own addresses are.
        if message.type == "error" and "/_stcore/" not in message.location["url"]:
            complaints.append(message.text)

    page.on("console", hear)
    yield page
    assert complaints == []


class Sockets:
    """The live views' sockets that a page has opened."""

    def __init__(self, page: Page) -> None:
        self.opened: list[WebSocket] = []
        page.on("websocket", self._open)

    def _open(self, socket: WebSocket) -> None:
        if urlsplit(socket.url).path.endswith("/live"):
            self.opened.append(socket)


class Held:
    """The modules of a page, kept back until they are let through."""

    def __init__(self, page: Page) -> None:
        self.routes: list[Route] = []
        self.open = False
        page.route(MODULES, self._came)

    def _came(self, route: Route) -> None:
        if self.open:
            route.continue_()
        else:
            self.routes.append(route)

    def let_through(self) -> None:
        self.open = True
        for route in self.routes:
            route.continue_()


def test_a_page_fetches_the_modules_that_its_header_names_and_each_once(page: Page, server: Server):
    fetched: list[str] = []
    page.on("request", lambda r: fetched.append(r.url) if MODULES.search(r.url) else None)
    for path in ("", "compare", "layers?layers=regions"):
        fetched.clear()
        answer = page.goto(f"{server.url}/{path}", wait_until="commit")
        page.locator(DRAWN).first.wait_for(state="attached")
        told = re.findall(r"<([^>]+)>; rel=modulepreload", answer.header_value("link"))
        assert sorted(urlsplit(url).path for url in fetched) == sorted(told)


def test_below_a_base_path_a_page_gets_its_modules(new_context: Callable[..., BrowserContext]):
    with running(server_baseUrlPath="school/nn") as below:
        playground = Playground(new_context().new_page())
        playground.page.goto(below.url, wait_until="commit")
        playground.wait("frames >= 1")


def test_what_a_rerun_says_before_the_module_has_come_is_not_lost(page: Page, server: Server):
    held = Held(page)
    playground = Playground(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(server.url, wait_until="commit")
    playground.choose("Optimizer", "Optimizer: Adam")
    playground.settle()
    assert held.routes
    held.let_through()
    playground.wait("frames >= 1")
    playground.press("Copy link")
    page.get_by_role("button", name="Copied ✓").wait_for()
    assert "optimizer=adam" in page.evaluate("navigator.clipboard.readText()")


def test_a_page_that_is_left_before_its_module_has_come_begins_nothing(page: Page, server: Server):
    held, sockets = Held(page), Sockets(page)
    page.goto(server.url, wait_until="commit")
    page.get_by_test_id("live").wait_for(state="attached")
    page.get_by_role("link", name="Guide").click()
    page.get_by_role("heading", name="Guide", exact=True).wait_for()
    held.let_through()
    page.evaluate(
        "url => import(url)", modules.address("playground/playground.js")
    )  # it is here now
    assert sockets.opened == []


def test_five_quick_changes_of_page_leave_nothing_behind(page: Page, server: Server):
    sockets, playground = Sockets(page), Playground(page)
    page.goto(server.url, wait_until="commit")
    playground.wait("frames >= 1")
    for name in LINKS:
        page.get_by_role("link", name=name, exact=True).click()
    playground.wait("frames >= 1")
    playground.settle()
    *left, here = sockets.opened
    for socket in left:
        if not socket.is_closed():
            socket.wait_for_event("close")
    assert left
    assert not here.is_closed()


def test_modules_that_cannot_be_fetched_are_said_to_be_missing(
    new_context: Callable[..., BrowserContext], server: Server
):
    page = new_context().new_page()
    page.route(MODULES, lambda route: route.abort())
    page.goto(server.url, wait_until="commit")
    expect(page.locator(".pg-message")).to_contain_text("could not be loaded. Reload the page")
    assert page.get_by_text("BidiComponent Error").count() == 0
