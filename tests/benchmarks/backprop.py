"""How soon the Backprop page answers: `python -m tests.benchmarks.backprop`.

For every click on Next or Back: ms from the click to the frame on screen that shows that step. It
measures and never asserts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import quote

import numpy as np
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.benchmarks.live import Bench, Figure, heading, percentile
from tests.benchmarks.screen import PATIENCE, VIEWPORT

TARGET = 200  # ms, the median of a step
ROUNDS = 3  # through all steps and back

# Two animation frames after the data say that the step is drawn, it is on screen.
STEP = """
(button) => new Promise((done) => {
  const root = document.querySelector("[data-testid=backprop]");
  const wanted = String(Number(root.dataset.place) + (button === "next" ? 1 : -1));
  const drawn = () => {
    if (root.dataset.place !== wanted) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - since)));
  };
  const watch = new MutationObserver(drawn);
  watch.observe(root, { attributes: true, attributeFilter: ["data-frames"] });
  const since = performance.now();
  root.querySelector(`.bp-${button}`).click();
})
"""


@dataclass(frozen=True)
class Case:
    """A network and what is looked at."""

    title: str
    query: str
    text: str
    plays: bool = False


CASES = (
    Case("chain rule", "epoch=0", "level:chain"),
    Case("2-4-2-1, matrices", "epoch=20", "level:network"),
    Case("2-4-2-1, one neuron", "epoch=20", "level:network;detail:neuron"),
    Case("2-8-8-8-1, matrices", "hidden=8.tanh,8.tanh,8.tanh&epoch=5", "level:network"),
    Case("2-8-8-8-1, in training", "hidden=8.tanh,8.tanh,8.tanh", "level:network", plays=True),
    Case(
        "2-32-32-32-32-32-32-1",
        "hidden=32.relu,32.relu,32.relu,32.relu,32.relu,32.relu&epoch=1",
        "level:network",
    ),
)


def answers(browser: Browser, url: str, case: Case) -> list[float]:
    """ms of every step, forward and back again."""
    context = browser.new_context(viewport=VIEWPORT)
    try:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{url}/backprop?{case.query}&backprop={quote(case.text)};place:0")
        page.wait_for_function("document.querySelector('.bp')?.dataset.frames >= 1")
        page.wait_for_timeout(1000)
        if case.plays:
            page.evaluate("document.querySelector('.tr-play').click()")
        count = int(page.locator("input[name=place]").get_attribute("max"))
        found = []
        for _ in range(ROUNDS):
            for button in ["next"] * count + ["back"] * count:
                found.append(page.evaluate(STEP, button))
    finally:
        context.close()
    return found


def rows(bench: Bench, cases: tuple[Case, ...]) -> Iterator[Figure]:
    for case in cases:
        found = answers(bench.browser, bench.server.url, case)
        note = f"p90 {percentile(found, 90):.0f}, {len(found)} steps"
        yield Figure(f"a step, {case.title}", float(np.median(found)), "ms", TARGET, note=note)


def main() -> None:
    with sync_playwright() as playwright:
        bench = Bench(playwright, 0)
        with ExitStack() as stack:
            stack.enter_context(bench.cleanup)
            print(heading(bench), flush=True)
            for case in CASES:
                try:
                    for figure in rows(bench, (case,)):
                        print(figure.line(), flush=True)
                except (PlaywrightError, RuntimeError, OSError) as error:
                    print(f"{case.title}: no figure: {str(error).splitlines()[0]}", flush=True)


if __name__ == "__main__":
    main()
