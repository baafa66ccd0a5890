"""Each test's pages are in browser contexts of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.chromium import WITHOUT_POLICY
from tests.browser.playground import PATIENCE, Playground
from tests.browser.server import Server

SCREEN = {"width": 1280, "height": 720}


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes contexts, each a browser that knows nothing.

    An error in a page's scripts, or one that Streamlit shows in its place, fails the test.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def make(**options: object) -> BrowserContext:
        context = browser.new_context(**{"viewport": SCREEN, **WITHOUT_POLICY, **options})
        context.set_default_timeout(PATIENCE)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        for page in context.pages:
            errors += page.get_by_test_id("stException").all_inner_texts()
        context.close()
    assert errors == []


@pytest.fixture
def opened(server: Server, new_context: Callable[..., BrowserContext]) -> Callable[..., Playground]:
    """Opens a link in a new browser context, and returns when its first picture is there."""

    def open_link(query: str = "", **options: object) -> Playground:
        playground = Playground(new_context(**options).new_page())
        playground.page.goto(f"{server.url}/?{query}", wait_until="commit")
        playground.wait("frames >= 1")
        return playground

    return open_link
