"""How live the Compare page is: `python -m tests.benchmarks.compare` prints one table of figures.

It measures in Chromium and never asserts; server and browser share this machine.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import quote

import numpy as np
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.live import Bench, Figure, heading, percentile
from tests.benchmarks.screen import PATIENCE, VIEWPORT

WINDOW, WINDOWS = 2.0, 5  # seconds and number of the windows that frames are counted in
ROUNDS = 3  # of what has an end
NETWORK = "hidden=8.tanh,8.tanh"
SIX = "activation:relu,tanh,sigmoid,leaky_relu,elu,linear"
RATES = "0.001,0.003,0.01,0.02,0.03,0.05,0.1,0.2,0.3,1.0"
PENALTIES = "0.0,0.00001,0.00003,0.0001,0.0003,0.001,0.003,0.01,0.03,0.1"
LONG = 120_000  # ms

RECORDER = """
window.record = [];
new MutationObserver(([{ target }]) => {
  record.push([performance.now(), Number(target.dataset.frames), Number(target.dataset.epoch)]);
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-frames"] });
"""


@contextmanager
def opened(bench: Bench, text: str) -> Iterator[Page]:
    """The page in a new context, once its first pictures are drawn."""
    context = bench.browser.new_context(viewport=VIEWPORT)
    try:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.add_init_script(RECORDER)
        page.goto(f"{bench.server.url}/compare?{NETWORK}&compare={quote(text)}")
        page.wait_for_function("window.record.length > 0")
        yield page
    finally:
        context.close()


def fastest(page: Page) -> None:
    """Drag the speed to its right end."""
    page.get_by_label("Speed", exact=True).focus()
    page.keyboard.press("End")


def frames_a_second(page: Page) -> tuple[list[float], list[float], list[float]]:
    """Frames with new pictures and epochs a second in each window, and the gaps in ms."""
    frames, epochs, gaps = [], [], []
    for _ in range(WINDOWS):
        page.evaluate("record.length = 0")
        page.wait_for_timeout(WINDOW * 1000)
        marks = np.array(page.evaluate("record"))
        seconds = (marks[-1, 0] - marks[0, 0]) / 1000
        frames.append((marks[-1, 1] - marks[0, 1]) / seconds)
        epochs.append((marks[-1, 2] - marks[0, 2]) / seconds)
        gaps += np.diff(marks[:, 0]).tolist()
    return frames, epochs, gaps


def live(bench: Bench) -> Iterator[Figure]:
    """Six networks with all boundaries, as fast as they train."""
    for seeds, target in ((1, 20.0), (8, None), (32, None)):
        with opened(bench, f"{SIX};seeds:{seeds};epochs:10000") as page:
            fastest(page)
            page.wait_for_timeout(1000)
            frames, epochs, gaps = frames_a_second(page)
        what = f"6 networks 2-8-8-1, {seeds} seeds: frames"
        note = f"windows {min(frames):.1f} to {max(frames):.1f}, gap p95 {percentile(gaps, 95):.0f}"
        yield Figure(what, statistics.median(frames), "/s", target, True, note)
        yield Figure(what.replace("frames", "epochs"), statistics.median(epochs), "/s")


def seeds(bench: Bench) -> Iterator[Figure]:
    """6 values x 32 seeds x 300 epochs, live, until the conclusion is on the screen."""
    taken = []
    for _ in range(ROUNDS):
        with opened(bench, f"{SIX};seeds:32;epochs:300") as page:
            fastest(page)
            page.get_by_role("button", name="Reset", exact=True).click()
            page.wait_for_function(
                "document.querySelector('[data-testid=compare]').dataset.epoch == 0"
            )
            page.get_by_role("button", name="Play", exact=True).click()
            taken.append(_seconds_until(page, ".cp-conclusion", "With 32 seeds"))
    note = f"{min(taken):.1f} to {max(taken):.1f}, one thread, drawn all the while"
    yield Figure("6 values x 32 seeds x 300 epochs, live", statistics.median(taken), "s", note=note)


def grid(bench: Bench) -> Iterator[Figure]:
    """A sweep of 10 x 10 cells with 4 seeds over 200 epochs, from Start to the last cell."""
    taken = []
    with opened(bench, f"learning_rate:{RATES};l2:{PENALTIES};seeds:4;epochs:200") as page:
        for name in ("Start", *["Start again"] * (ROUNDS - 1)):
            page.get_by_role("button", name=name, exact=True).click()
            taken.append(_seconds_until(page, ".cp-landed", "Done"))
    note = f"{', '.join(f'{seconds:.1f}' for seconds in taken)}; the first starts the processes"
    what = "10 x 10 sweep, 4 seeds, 200 epochs, on the page"
    yield Figure(what, statistics.median(taken), "s", 20, note=note)


def _seconds_until(page: Page, selector: str, text: str) -> float:
    """From now until an element says something that it does not say now."""
    return page.evaluate(
        """([selector, text, patience]) => new Promise((resolve, reject) => {
          const element = document.querySelector(selector);
          const start = performance.now();
          let other = !element.textContent.startsWith(text);
          new MutationObserver(() => {
            const there = element.textContent.startsWith(text);
            if (there && other) resolve((performance.now() - start) / 1000);
            other ||= !there;
          }).observe(element, { subtree: true, childList: true, characterData: true });
          setTimeout(() => reject(new Error(`${text} did not come`)), patience);
        })""",
        [selector, text, LONG],
    )


ROWS: dict[str, Callable[[Bench], Iterator[Figure]]] = {
    row.__name__: row for row in (live, seeds, grid)
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=ROWS, help="measure this alone")
    arguments = parser.parse_args()
    with sync_playwright() as playwright, ExitStack() as cleanup:
        bench = Bench(playwright, 0, cleanup)
        print(heading(bench), flush=True)
        for name in [arguments.only] if arguments.only else ROWS:
            try:
                for figure in ROWS[name](bench):
                    print(figure.line(), flush=True)
            except PlaywrightError as error:
                print(f"{name}: no figure: {str(error).splitlines()[0]}", flush=True)


if __name__ == "__main__":
    main()
