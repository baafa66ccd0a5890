"""A class of students who come and go: the server's memory reaches a plateau.

PLAYGROUND_CHECK_MINUTES (20) of it, longer than what a viewer who left is kept for. Of fifteen
PLAYGROUND_CHECK_BROWSERS (2) are real pages in Chromium; the others speak Streamlit's protocol
(tests/benchmarks/clients/students.py).
"""

from __future__ import annotations

import asyncio
import os
import random
import time

import psutil
from playwright.async_api import Browser, async_playwright

from tests.benchmarks.clients.students import Student
from tests.browser.chromium import launch_options
from tests.browser.server import Server, running

MINUTES = float(os.environ.get("PLAYGROUND_CHECK_MINUTES", "20"))
PLACES = 15  # students at a time
REAL = int(os.environ.get("PLAYGROUND_CHECK_BROWSERS", "2"))  # of them in a browser
STAY = (5.0, 25.0)  # seconds
ROW = 15.0  # seconds between two readings
PLATEAU = 0.2  # MB that a departure may leave behind in the second half
LINKS = (
    "",
    "dataset=spiral&hidden=8.tanh,8.tanh,8.tanh&epoch=200",
    "n_samples=2000&hidden=32.relu,32.relu,32.relu&batch_size=100&epoch=5",
    "n_samples=2000&hidden=" + ",".join(["64.tanh"] * 6) + "&batch_size=200&epoch=10000",
)


def test_students_who_left_leave_nothing_behind():
    with running() as server:
        readings = asyncio.run(soak(server))
    half = len(readings) // 2
    first, last = readings[half], readings[-1]
    per_departure = (last[2] - first[2]) / max(1, last[1] - first[1])
    print(f"second half: {last[1] - first[1]} departures, {per_departure:.3f} MB each", flush=True)
    assert per_departure < PLATEAU


async def soak(server: Server) -> list[tuple[float, int, float]]:
    """(minutes, departures, MB) as time goes by."""
    end = time.monotonic() + 60 * MINUTES
    process, readings, left = psutil.Process(server.pid), [], [0]

    async def come_and_go(place: int, browser: Browser) -> None:
        chance = random.Random(place)
        while time.monotonic() < end:
            stay = min(chance.uniform(*STAY), end - time.monotonic())
            link = chance.choice(LINKS)
            if place < REAL:
                await real_visit(browser, f"{server.url}/?{link}", stay)
            else:
                async with Student(server.port, link) as student:
                    await student.look(play=chance.random() < 0.5)
                    await asyncio.sleep(max(0.0, stay))
            left[0] += 1

    async def read() -> None:
        start = time.monotonic()
        while time.monotonic() < end:
            await asyncio.sleep(ROW)
            megabytes = process.memory_info().rss / 1e6
            minutes = (time.monotonic() - start) / 60
            readings.append((minutes, left[0], megabytes))
            print(f"{minutes:5.1f} min {left[0]:5d} departures {megabytes:7.0f} MB", flush=True)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**launch_options())
        try:
            await asyncio.gather(read(), *(come_and_go(i, browser) for i in range(PLACES)))
        finally:
            await browser.close()
    return readings


async def real_visit(browser: Browser, url: str, stay: float) -> None:
    """A page in a browser of its own, opened, played and left."""
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(url, wait_until="commit", timeout=120_000)
    await page.get_by_role("button", name="Play", exact=True).wait_for(timeout=120_000)
    await page.wait_for_timeout(1_000 * max(0.0, stay))
    await context.close()
