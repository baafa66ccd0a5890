"""How smooth the Layers page is under a hand: `python -m tests.benchmarks.layers`.

2-8-8-8-1 on 500 training points: different pictures on screen per second while the morph, the
timeline or the camera is dragged, and while it trains. It measures and never asserts.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from playwright.sync_api import Browser, Locator, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.benchmarks.live import Bench, Figure, heading, spread
from tests.benchmarks.screen import KNOB, PATIENCE, VIEWPORT

WORK = "dataset=spiral&n_samples=1000&hidden=8.tanh,8.tanh,8.tanh&epoch=400"
TARGET = 20  # pictures a second
SWEEPS = 4
STEPS = 120  # places of the mouse in a sweep
PLAYED = 3.0  # seconds

# What a frame shows, and whether the one before it showed the same.
RECORDER = """
window.shown = [];
new MutationObserver((changes) => {
  const { place, epoch } = changes.at(-1).target.dataset;
  const turn = document.querySelector("[name=turn]")?.value;
  const now = [place, epoch, turn].join();
  if (now !== shown.at(-1)) shown.push(now);
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-frames"] });
"""


@contextmanager
def opened(browser: Browser, url: str, section: str) -> Iterator[Page]:
    """The section with its network trained, at rest."""
    context = browser.new_context(viewport=VIEWPORT)
    try:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.add_init_script(RECORDER)
        page.goto(f"{url}/layers?{WORK}&layers={section}", wait_until="commit")
        page.wait_for_function("document.querySelector('.ly')?.dataset.epoch === '400'")
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        page.wait_for_timeout(1_000)
        yield page
    finally:
        context.close()


def dragged(page: Page, slider: Locator) -> list[float]:
    """Different pictures a second in each sweep over a slider or a canvas."""
    box = slider.bounding_box()
    left, right = box["x"] + KNOB, box["x"] + box["width"] - KNOB
    y = box["y"] + box["height"] / 2
    page.mouse.move(left, y)
    page.mouse.down()
    rates = []
    for sweep in range(SWEEPS):
        before, start = page.evaluate("shown.length"), time.perf_counter()
        for step in range(STEPS + 1):
            share = step / STEPS if sweep % 2 == 0 else 1 - step / STEPS
            page.mouse.move(left + share * (right - left), y)
        seconds = time.perf_counter() - start
        rates.append((page.evaluate("shown.length") - before) / seconds)
    page.mouse.up()
    return rates


def played(page: Page, button: str) -> list[float]:
    """Different pictures a second while something plays."""
    page.get_by_role("button", name=button, exact=True).click()
    rates = []
    for _ in range(SWEEPS):
        before, start = page.evaluate("shown.length"), time.perf_counter()
        page.wait_for_timeout(PLAYED * 1000)
        seconds = time.perf_counter() - start
        rates.append((page.evaluate("shown.length") - before) / seconds)
    return rates


Measure = Callable[[Page], list[float]]
CASES: tuple[tuple[str, str, Measure], ...] = (
    ("cloud: dragged morph", "cloud", lambda p: dragged(p, p.locator("[name=place]"))),
    ("cloud: dragged timeline", "cloud", lambda p: dragged(p, p.locator(".tr-time input"))),
    (
        "cloud in space: dragged morph",
        "cloud;wide:pca3",
        lambda p: dragged(p, p.locator("[name=place]")),
    ),
    (
        "cloud in space: dragged timeline",
        "cloud;wide:pca3",
        lambda p: dragged(p, p.locator(".tr-time input")),
    ),
    ("cloud in space: turned", "cloud;wide:pca3", lambda p: dragged(p, p.locator(".ly-moved"))),
    ("cloud: training", "cloud", lambda p: played(p, "Play")),
    ("cloud: playing the moves", "cloud;place:0", lambda p: played(p, "Play the moves")),
    ("features: dragged timeline", "lifted", lambda p: dragged(p, p.locator(".tr-time input"))),
    ("features: turned", "lifted", lambda p: dragged(p, p.locator(".ly-made"))),
    ("features: training", "lifted", lambda p: played(p, "Play")),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="cases whose title holds this")
    only = parser.parse_args().only or ""
    with sync_playwright() as playwright:
        bench = Bench(playwright, 0)
        with ExitStack() as stack:
            stack.enter_context(bench.cleanup)
            print(heading(bench), flush=True)
            for title, section, measure in CASES:
                if only not in title:
                    continue
                try:
                    with opened(bench.browser, bench.server.url, section) as page:
                        rates = measure(page)
                except (PlaywrightError, RuntimeError, OSError) as error:
                    print(f"{title}: no figure: {str(error).splitlines()[0]}", flush=True)
                    continue
                median = statistics.median(rates)
                figure = Figure(f"{title}, pictures", median, "/s", TARGET, True, spread(rates))
                print(figure.line(), flush=True)


if __name__ == "__main__":
    main()
