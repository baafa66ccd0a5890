"""How soon digits are learned and attacked in Chromium: `python -m tests.benchmarks.digits`.

Training: seconds from the section's first frame to the frame that says 95 % test accuracy, at the
speed that is set by default. Attacks: ms from a click to the frame with the attacked picture.
It measures and never asserts.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator
from contextlib import ExitStack

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, sync_playwright

from pages.ui.digits_attack import ATTACKS
from pages.ui.digits_board import GOAL
from tests.benchmarks.live import Bench, Figure, heading, percentile
from tests.benchmarks.screen import PATIENCE, VIEWPORT

ATTACK_TARGET = 200  # ms
GOAL_TARGET = 5  # s
ROUNDS = 40  # clicks for each attack
ROOT = "document.querySelector('[data-testid=digits]')"

# Seconds from now until the goal, as the frames say it.
TO_THE_GOAL = f"""(goal) => new Promise((done) => {{
  const since = performance.now();
  const look = () => (Number({ROOT}.dataset.test) >= goal
    ? done((performance.now() - since) / 1000) : requestAnimationFrame(look));
  look();
}})"""

# Click another digit; ms until a frame with another picture x has been drawn.
ANOTHER = f"""(digit) => new Promise((done) => {{
  const root = {ROOT};
  const before = root.querySelector(".dg-x").src;
  const since = performance.now();
  new MutationObserver((_, observer) => {{
    if (root.querySelector(".dg-x").src === before) return;
    observer.disconnect();
    done(performance.now() - since);
  }}).observe(root, {{ attributeFilter: ["data-frames"] }});
  root.querySelector(`.dg-digits button[value="${{digit}}"]`).click();
}})"""


def opened(bench: Bench, url: str, text: str) -> Page:
    context = bench.browser.new_context(viewport=VIEWPORT)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{url}/inputs?inputs=digits;{text}", wait_until="commit")
    page.wait_for_function(f"{ROOT}?.dataset.frames >= 1")
    return page


def rows(bench: Bench) -> Iterator[Figure]:
    url = bench.server.url
    page = opened(bench, url, "")
    seconds = page.evaluate(TO_THE_GOAL, GOAL)
    yield Figure(f"digits to {100 * GOAL:g} % test accuracy", seconds, "s", GOAL_TARGET)
    page.context.close()
    page = opened(bench, url, "view:attack;speed:20")
    page.wait_for_function("document.querySelector('.dg-play').disabled")
    for attack, title in ATTACKS.items():
        page.select_option("[name=attack]", attack)
        page.wait_for_timeout(1_000)
        waits = [page.evaluate(ANOTHER, digit % 10) for digit in range(ROUNDS)]
        note = f"p90 {percentile(waits, 90):.0f}, {ROUNDS} digits"
        name = f"a digit attacked, {title}"
        yield Figure(name, statistics.median(waits), "ms", ATTACK_TARGET, note=note)
    page.context.close()


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    with sync_playwright() as playwright:
        bench = Bench(playwright, 0)
        with ExitStack() as stack:
            stack.enter_context(bench.cleanup)
            print(heading(bench), flush=True)
            try:
                for figure in rows(bench):
                    print(figure.line(), flush=True)
            except (PlaywrightError, RuntimeError, OSError) as error:
                print(f"digits: no figure: {str(error).splitlines()[0]}", flush=True)


if __name__ == "__main__":
    main()
