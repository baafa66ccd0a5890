"""Pages for the tests, in browser contexts that they share or that are their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.chromium import WITHOUT_POLICY
from tests.browser.playground import PATIENCE, Playground
from tests.browser.server import Server

SCREEN = {"width": 1280, "height": 720}


@pytest.fixture(scope="session")
def page_errors() -> list[str]:
    """Errors of all pages' scripts, until a test has looked at them."""
    return []


@pytest.fixture
def watch(page_errors: list[str]) -> Iterator[Callable[[Page], Page]]:
    """Looks after a page: an error in its scripts, or one that Streamlit shows, fails the test."""
    pages: list[Page] = []
    page_errors.clear()

    def look_after(page: Page) -> Page:
        pages.append(page)
        return page

    yield look_after
    for page in pages:
        if not page.is_closed():
            page_errors += page.get_by_test_id("stException").all_inner_texts()
            page.close()
    assert page_errors == []


def made(browser: Browser, errors: list[str], **options: object) -> BrowserContext:
    context = browser.new_context(**{"viewport": SCREEN, **WITHOUT_POLICY, **options})
    context.set_default_timeout(PATIENCE)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    return context


@pytest.fixture(scope="session")
def shared_contexts() -> dict[str, BrowserContext]:
    """By their options; they are closed with the browser."""
    return {}


@pytest.fixture
def new_page(
    browser: Browser,
    server: Server,
    shared_contexts: dict[str, BrowserContext],
    page_errors: list[str],
    watch: Callable[[Page], Page],
) -> Callable[..., Page]:
    """Makes a page, a tab of its own, in a browser that has been here before.

    It has Streamlit's and Plotly's scripts already; one that stays open keeps the process of all.
    """

    def make(**options: object) -> Page:
        key = repr(sorted(options.items()))
        if key not in shared_contexts:
            shared_contexts[key] = made(browser, page_errors, **options)
            shared_contexts[key].new_page().goto(f"{server.url}/_stcore/health")
        return watch(shared_contexts[key].new_page())

    return make


@pytest.fixture
def new_context(
    browser: Browser, page_errors: list[str]
) -> Iterator[Callable[..., BrowserContext]]:
    """Makes contexts, each a browser that knows nothing."""
    contexts: list[BrowserContext] = []
    page_errors.clear()

    def make(**options: object) -> BrowserContext:
        context = made(browser, page_errors, **options)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        for page in context.pages:
            page_errors += page.get_by_test_id("stException").all_inner_texts()
        context.close()
    assert page_errors == []


@pytest.fixture
def opened(server: Server, new_page: Callable[..., Page]) -> Callable[..., Playground]:
    """Opens a link in a new page, and returns when its first picture is there."""

    def open_link(query: str = "", **options: object) -> Playground:
        playground = Playground(new_page(**options))
        playground.page.goto(f"{server.url}/?{query}", wait_until="commit")
        playground.wait("frames >= 1")
        return playground

    return open_link
