"""The headers in a browser: all that the pages need gets through, and nothing else does."""

from __future__ import annotations

import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.playground import PATIENCE, Playground
from tests.browser.server import Server

PAGES = ("?epoch=3", "compare", "functions", "layers", "backprop", "inputs", "guide")
WATCH = """
addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sourceFile }) => {
  (window.refused ??= []).push(`${effectiveDirective}: ${blockedURI} (${sourceFile})`);
}, true);
"""
ANSWERS = ("/", "/compare", "/_stcore/health", "/live/datasets.png", "/favicon.png", "/live/none")


@pytest.fixture
def watched(new_context: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """Makes pages that note in window.refused what the policy refuses."""

    def make(**options: object) -> Page:
        context = new_context(bypass_csp=False, **options)
        context.add_init_script(WATCH)
        return context.new_page()

    return make


def refused(page: Page) -> list[str]:
    return page.evaluate("window.refused ?? []")


def settled(page: Page) -> None:
    """The script has run, and every board on the page has drawn."""
    Playground(page).settle()
    until(
        page,
        """() => [...document.querySelectorAll("[data-frames]")]
          .every(({ dataset }) => Number(dataset.frames) > 0)""",
    )


def until(page: Page, condition: str, arg: object = None) -> None:
    """Return when a JavaScript function says so; Playwright's own wait needs what is forbidden."""
    end = time.monotonic() + PATIENCE / 1000
    while not page.evaluate(condition, arg):
        assert time.monotonic() < end, condition
        page.wait_for_timeout(50)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_and_every_section_works_under_the_policy(
    server: Server, watched: Callable[..., Page], scheme: str
):
    page = watched(color_scheme=scheme)
    for path in PAGES:
        page.goto(f"{server.url}/{path}")
        settled(page)
        sections = page.get_by_test_id("stButtonGroup").get_by_role("radio")
        for section in sections.all()[1:]:
            section.click()
            settled(page)
        assert refused(page) == [], path


def test_a_file_is_uploaded_under_the_policy(server: Server, watched: Callable[..., Page]):
    page = watched()
    page.goto(f"{server.url}/?epoch=3")
    settled(page)
    rows = "".join(f"{i % 13},{i * i % 7},{'ab'[i % 2]}\n" for i in range(60))
    Playground(page).upload(f"u,v,kind\n{rows}".encode())
    expect(page.locator(".pg-set")).to_have_text("Own")
    assert refused(page) == []


def requested(elsewhere: socket.socket) -> bytes:
    """What was asked for there; a browser may connect ahead of what it then refuses."""
    elsewhere.setblocking(False)
    try:
        connection, _ = elsewhere.accept()
    except BlockingIOError:
        return b""
    with connection:
        connection.settimeout(0.5)
        try:
            return connection.recv(100)
        except TimeoutError:
            return b""


@pytest.mark.parametrize(
    ("markup", "directive"),
    [
        ("<img src='HERE/x.png'>", "img-src"),
        ("<iframe src='HERE/'></iframe>", "frame-src"),
        ("<img src='x:' onerror='window.ran = true'>", "script-src-attr"),
        ("<svg><style>@import 'HERE/x.css';</style></svg>", "style-src-elem"),
    ],
)
def test_markup_that_got_onto_the_page_fetches_nothing_and_runs_nothing(
    server: Server, watched: Callable[..., Page], markup: str, directive: str
):
    page = watched()
    page.goto(f"{server.url}/guide")
    settled(page)
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        markup = markup.replace("HERE", f"http://127.0.0.1:{elsewhere.getsockname()[1]}")
        page.evaluate("markup => document.body.insertAdjacentHTML('beforeend', markup)", markup)
        until(page, "name => window.refused?.some((each) => each.startsWith(name))", directive)
        assert requested(elsewhere) == b""
    assert not page.evaluate("Boolean(window.ran)")


@pytest.mark.parametrize("path", ANSWERS)
def test_the_servers_answers_have_the_headers(server: Server, path: str):
    try:
        answer = urllib.request.urlopen(server.url + path, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        assert answer.headers.get_all("x-content-type-options") == ["nosniff"]
        assert len(answer.headers.get_all("content-security-policy")) == 1
