"""How live the Compare page is: `python -m tests.benchmarks.compare` prints one table of figures.

It measures in Chromium; server and browser share this machine.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import numpy as np
from playwright.sync_api import Page

from tests.benchmarks.bench import Bench, Figure, main, named, percentile
from tests.benchmarks.clients import hand

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
    """The page, once its first pictures are drawn."""
    link = f"compare?{NETWORK}&compare={quote(text)}"
    with hand.opened(bench, link, "window.record.length > 0", RECORDER) as page:
        yield page


def fastest(page: Page) -> None:
    """Drag the speed to its right end."""
    page.get_by_label("Speed", exact=True).focus()
    page.keyboard.press("End")


def frames_a_second(bench: Bench, page: Page) -> tuple[list[float], list[float], list[float]]:
    """Frames with new pictures and epochs a second in each window, and the gaps in ms."""
    frames, epochs, gaps = [], [], []
    for _ in range(bench.few(WINDOWS)):
        page.evaluate("record.length = 0")
        page.wait_for_timeout(bench.seconds(WINDOW) * 1000)
        page.wait_for_function("record.length > 2")
        marks = np.array(page.evaluate("record"))
        seconds = (marks[-1, 0] - marks[0, 0]) / 1000
        frames.append((marks[-1, 1] - marks[0, 1]) / seconds)
        epochs.append((marks[-1, 2] - marks[0, 2]) / seconds)
        gaps += np.diff(marks[:, 0]).tolist()
    return frames, epochs, gaps


def live(bench: Bench) -> Iterator[Figure]:
    """Six networks with all boundaries, as fast as they train."""
    for seeds, target in ((1, 20.0), (8, None), (32, None))[: bench.few(3)]:
        with opened(bench, f"{SIX};seeds:{seeds};epochs:10000") as page:
            fastest(page)
            page.wait_for_timeout(bench.seconds(1) * 1000)
            frames, epochs, gaps = frames_a_second(bench, page)
        what = f"6 networks 2-8-8-1, {seeds} seeds: frames"
        note = f"windows {min(frames):.1f} to {max(frames):.1f}, gap p95 {percentile(gaps, 95):.0f}"
        yield Figure(what, statistics.median(frames), "/s", target, True, note)
        yield Figure(what.replace("frames", "epochs"), statistics.median(epochs), "/s")


def seeds(bench: Bench) -> Iterator[Figure]:
    """6 values x 32 seeds x 300 epochs, live, until the conclusion is on the screen."""
    taken, runs, epochs = [], bench.few(32, 3), bench.few(300, 20)
    for _ in range(bench.few(ROUNDS)):
        with opened(bench, f"{SIX};seeds:{runs};epochs:{epochs}") as page:
            fastest(page)
            page.get_by_role("button", name="Reset", exact=True).click()
            page.wait_for_function(
                "document.querySelector('[data-testid=compare]').dataset.epoch == 0"
            )
            page.get_by_role("button", name="Play", exact=True).click()
            taken.append(_seconds_until(page, ".cp-conclusion", f"With {runs} seeds"))
    note = f"{min(taken):.1f} to {max(taken):.1f}, one thread, drawn all the while"
    yield Figure("6 values x 32 seeds x 300 epochs, live", statistics.median(taken), "s", note=note)


def grid(bench: Bench) -> Iterator[Figure]:
    """A sweep of 10 x 10 cells with 4 seeds over 200 epochs, from Start to the last cell."""
    taken = []
    size = "seeds:1;epochs:2" if bench.tiny else "seeds:4;epochs:200"
    with opened(bench, f"learning_rate:{RATES};l2:{PENALTIES};{size}") as page:
        for name in ("Start", *["Start again"] * (bench.few(ROUNDS, 2) - 1)):
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


ROWS = named(live, seeds, grid)

if __name__ == "__main__":
    main(__doc__, ROWS)
