"""Thirty people open the page at once on a server that has just started, again and again.

PLAYGROUND_CHECK_STARTS servers (20), one after the other, PLAYGROUND_CHECK_PAGES pages (30) each:
nobody may read an error, and everybody sees a picture.
"""

from __future__ import annotations

import asyncio
import os

from playwright.async_api import Browser, async_playwright
from playwright.async_api import Error as PlaywrightError

from tests.browser.chromium import WITHOUT_POLICY, launch_options
from tests.browser.server import running

STARTS = int(os.environ.get("PLAYGROUND_CHECK_STARTS", "20"))
PAGES = int(os.environ.get("PLAYGROUND_CHECK_PAGES", "30"))
PATIENCE = 600_000  # ms: thirty pages on few cores
SHOWN = """() => document.querySelector('[data-testid=live]')?.dataset.frames >= 1
    || document.querySelector('[data-testid=stException]')
    || document.body.innerText.includes('encountered an error')"""


def test_thirty_pages_opened_at_once_on_a_fresh_server_all_come():
    faults = []
    for start in range(STARTS):
        with running() as server:
            found = asyncio.run(burst(server.url))
        print(f"start {start + 1}: {PAGES - len(found)} of {PAGES} pages came", flush=True)
        faults += [f"start {start + 1}: {fault}" for fault in found]
    assert faults == []


async def burst(url: str) -> list[str]:
    """What the pages say that did not come."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**launch_options())
        try:
            found = await asyncio.gather(*(open_page(browser, url) for _ in range(PAGES)))
        finally:
            await browser.close()
    return [fault for fault in found if fault]


async def open_page(browser: Browser, url: str) -> str:
    """What a page shows in place of a picture, '' where the picture came."""
    context = await browser.new_context(**WITHOUT_POLICY)
    page = await context.new_page()
    try:
        await page.goto(url, wait_until="commit", timeout=PATIENCE)
        await page.wait_for_function(SHOWN, timeout=PATIENCE, polling=250)
        live = page.get_by_test_id("live")
        if await live.count() and int(await live.get_attribute("data-frames") or 0) >= 1:
            return ""
        return " ".join((await page.inner_text("body")).split())[:300]
    except PlaywrightError as error:
        return f"{type(error).__name__}: {error}"[:300]
