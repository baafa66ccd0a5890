"""How soon the Backprop page answers: `python -m tests.benchmarks.backprop`.

For every click on Next or Back: ms from the click to the frame on screen that shows that step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import numpy as np

from tests.benchmarks.bench import Bench, Figure, main, percentile
from tests.benchmarks.clients.hand import opened, soon

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
READY = "document.querySelector('.bp')?.dataset.frames >= 1"


@dataclass(frozen=True)
class Case:
    """A network and what is looked at."""

    title: str
    query: str
    text: str
    plays: bool = False

    def row(self, bench: Bench) -> Iterator[Figure]:
        """ms of every step, forward and back again."""
        link = f"backprop?{self.query}&backprop={quote(self.text)};place:0"
        with opened(bench, link, READY, rest=1.0) as page:
            if self.plays:
                page.evaluate("document.querySelector('.tr-play').click()")
            count = int(page.locator("input[name=place]").get_attribute("max"))
            way = bench.few(count, 2)
            found = [
                soon(page, STEP, button)
                for _ in range(bench.few(ROUNDS))
                for button in ["next"] * way + ["back"] * way
            ]
        note = f"p90 {percentile(found, 90):.0f}, {len(found)} steps"
        yield Figure(f"a step, {self.title}", float(np.median(found)), "ms", TARGET, note=note)


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
ROWS = {case.title: case.row for case in CASES}

if __name__ == "__main__":
    main(__doc__, ROWS)
