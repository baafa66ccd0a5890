"""Back and forward: an entry of the browser's history is a page, whatever was changed on it."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.playground import Playground

Opened = Callable[..., Playground]


def visit(page: Page, title: str) -> None:
    page.get_by_role("link", name=title, exact=True).first.click()
    page.wait_for_url(re.compile(rf"/{title.lower()}\b"))
    Playground(page).settle()


def test_a_page_switch_while_playing_is_one_entry_and_back_leads_to_the_page_before(
    opened: Opened,
):
    playground = opened("noise=0.1&epoch=3")
    page = playground.page
    playground.play_until(5)
    playground.wait_for_address(noise="0.1")
    before = page.evaluate("history.length")
    visit(page, "Functions")
    visit(page, "Layers")
    assert page.evaluate("history.length") == before + 2
    page.go_back()
    page.wait_for_url(re.compile(r"/functions\b"))
    page.go_back()
    playground.wait("frames >= 1")
    assert page.evaluate("location.pathname") == "/"


def test_a_change_on_a_page_is_no_entry(opened: Opened):
    playground = opened("epoch=3")
    before = playground.page.evaluate("history.length")
    playground.press("Step")
    playground.wait_for_address(epoch="4")
    playground.press("New weights")
    playground.wait_for_address(weight_seed="1")
    assert playground.page.evaluate("history.length") == before
