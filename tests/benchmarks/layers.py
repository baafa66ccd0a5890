"""How smooth the Layers page is under a hand: `python -m tests.benchmarks.layers`.

2-8-8-8-1 on 500 training points: different pictures on screen per second while the morph, the
timeline or the camera is dragged, and while it trains.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.benchmarks.bench import Bench, Figure, main, spread
from tests.benchmarks.clients.hand import SWEEPS, opened, swept

WORK = "dataset=spiral&n_samples=1000&hidden=8.tanh,8.tanh,8.tanh&epoch=400"
TARGET = 20  # pictures a second
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
READY = "document.querySelector('.ly')?.dataset.epoch === '400'"


@dataclass(frozen=True)
class Case:
    """A section of the page, and the part that is dragged or the button that is pressed."""

    title: str
    section: str
    part: str = ""
    button: str = ""

    def row(self, bench: Bench) -> Iterator[Figure]:
        link = f"layers?{WORK}&layers={self.section}"
        with opened(bench, link, READY, RECORDER, rest=1.0) as page:
            if self.part:
                ways = swept(bench, page.locator(self.part))
            else:
                page.get_by_role("button", name=self.button, exact=True).click()
                pause = bench.seconds(PLAYED) * 1000
                ways = (page.wait_for_timeout(pause) for _ in range(bench.few(SWEEPS)))
            first = before = page.evaluate("shown.length")
            start, rates = time.perf_counter(), []
            for _ in ways:
                now, end = page.evaluate("shown.length"), time.perf_counter()
                rates.append((now - before) / (end - start))
                before, start = now, end
            page.wait_for_function("first => shown.length > first", arg=first)
        median = statistics.median(rates)
        yield Figure(f"{self.title}, pictures", median, "/s", TARGET, True, spread(rates))


SPACE = "cloud;wide:pca3"
TIME = ".tr-time input"
# Tiny, cases of one section share a page: turned before the morph ends where nothing has depth,
# training last.
CASES = (
    Case("cloud: dragged morph", "cloud", "[name=place]"),
    Case("cloud: dragged timeline", "cloud", TIME),
    Case("cloud: training", "cloud", button="Play"),
    Case("cloud in space: turned", SPACE, ".ly-moved"),
    Case("cloud in space: dragged timeline", SPACE, TIME),
    Case("cloud in space: dragged morph", SPACE, "[name=place]"),
    Case("cloud: playing the moves", "cloud;place:0", button="Play the moves"),
    Case("features: dragged timeline", "lifted", TIME),
    Case("features: turned", "lifted", ".ly-made"),
    Case("features: training", "lifted", button="Play"),
)
ROWS = {case.title: case.row for case in CASES}

if __name__ == "__main__":
    main(__doc__, ROWS)
