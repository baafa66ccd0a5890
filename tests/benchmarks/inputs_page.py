"""How soon the Inputs page answers a hand: `python -m tests.benchmarks.inputs_page`.

For every move of the mouse: ms from the browser's event to the first drawn frame of that value
or of a later one, while points flow or nothing else moves. It measures and never asserts.
"""

from __future__ import annotations

from contextlib import ExitStack

import numpy as np
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.benchmarks.functions import LAST, RECORDER, STEPS, SWEEPS, TARGET, Case, waits
from tests.benchmarks.live import Bench, Figure, heading, percentile
from tests.benchmarks.screen import KNOB, PATIENCE, VIEWPORT

WORK = "n_samples=500&hidden=8.tanh,8.tanh,8.tanh&epoch=100"
CASES = (
    Case("theta or x: x1, everything flows", "theta", slider="x1"),
    Case("theta or x: pull, everything flows", "theta", slider="pull"),
    Case("theta or x: x1, 160 points flow", "theta;drops:data", slider="x1"),
    Case("attacks: the point in the plane", "attack", figure=".io-mine"),
    Case("attacks: epsilon", "attack", slider="epsilon"),
    Case("attacks: the point, both networks", "attack;adversarial:1", figure=".io-mine"),
)


def answers(browser: Browser, url: str, case: Case) -> list[float]:
    """ms to the answer of every move of the mouse, sweep after sweep."""
    context = browser.new_context(viewport=VIEWPORT)
    try:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.add_init_script(RECORDER)
        page.goto(f"{url}/inputs?{WORK}&inputs={case.link}", wait_until="commit")
        page.wait_for_function("document.querySelector('.io')?.dataset.frames >= 1")
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        page.wait_for_timeout(4_000)  # the data set under attack, the other network
        page.evaluate("Object.assign(record, { moves: [], sent: [], drawn: [] })")
        slider = f"input[name={case.slider}], .io-{case.slider}"
        part = page.locator(".io").locator(slider if case.slider else case.figure).first
        box, room = part.bounding_box(), KNOB if case.slider else 70
        left, right = box["x"] + room, box["x"] + box["width"] - room
        y = box["y"] + box["height"] / 2
        page.mouse.move(left, y)
        page.mouse.down()
        for sweep in range(SWEEPS):
            for step in range(STEPS + 1):
                share = step / STEPS if sweep % 2 == 0 else 1 - step / STEPS
                page.mouse.move(left + share * (right - left), y)
        page.mouse.up()
        page.wait_for_timeout(LAST)
        record = page.evaluate("({ moves: record.moves, sent: record.sent, drawn: record.drawn })")
    finally:
        context.close()
    return list(waits(record["moves"], record["sent"], record["drawn"]))


def main() -> None:
    with sync_playwright() as playwright:
        bench = Bench(playwright, 0)
        with ExitStack() as stack:
            stack.enter_context(bench.cleanup)
            print(heading(bench), flush=True)
            for case in CASES:
                try:
                    found = answers(bench.browser, bench.server.url, case)
                except (PlaywrightError, RuntimeError, OSError) as error:
                    print(f"{case.title}: no figure: {str(error).splitlines()[0]}", flush=True)
                    continue
                note = f"p90 {percentile(found, 90):.0f}, {len(found)} moves"
                median = float(np.median(found))
                print(Figure(f"dragged {case.title}", median, "ms", TARGET, note=note).line())


if __name__ == "__main__":
    main()
