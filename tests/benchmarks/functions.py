"""How soon the Functions page answers a hand: `python -m tests.benchmarks.functions`.

For every move of the mouse: ms from the browser's event to the first drawn frame of that value
or of a later one. It measures and never asserts.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from nnlib.activations import HIDDEN_ACTIVATIONS
from tests.benchmarks.live import Bench, Figure, heading, percentile
from tests.benchmarks.screen import KNOB, PATIENCE, VIEWPORT

TARGET = 60  # ms
SWEEPS = 4
STEPS = 120  # places of the mouse in a sweep
LAST = 1_000  # ms for the last answers

# A frame's header is the only JSON with blobs: what it says is drawn when data-frames changes.
RECORDER = """
window.record = { moves: [], sent: [], drawn: [] };
const parse = JSON.parse;
JSON.parse = (text, ...more) => {
  const value = parse(text, ...more);
  if (value?.blobs) record.settings = JSON.stringify(value.settings);
  return value;
};
for (const kind of ["input", "pointermove"]) addEventListener(kind, (event) => {
  const dragged = kind === "input" || (event.buttons && !event.target.closest("label"));
  if (dragged) record.moves.push(performance.now());
}, true);
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (text) {
  const set = typeof text === "string" && text.startsWith('{"set"') && parse(text).set;
  if (set) record.sent.push([performance.now(), record.moves.length, set]);
  return send.call(this, text);
};
new MutationObserver(() => record.drawn.push([performance.now(), parse(record.settings)])).observe(
  document, { subtree: true, attributes: true, attributeFilter: ["data-frames"] },
);
"""


@dataclass(frozen=True)
class Case:
    """What is dragged: a slider by its name, or a figure by its selector."""

    title: str
    link: str
    slider: str = ""
    figure: str = ""


CASES = (
    Case("activations: z", "activations", slider="z"),
    Case("activations: z in the figure", "activations", figure=".fn-curves"),
    Case(
        "activations, all of them: z",
        f"activations;shown:{','.join(HIDDEN_ACTIVATIONS)}",
        slider="z",
    ),
    Case("activations: leaky slope", "activations;shown:relu,leaky_relu,elu", slider="leaky_slope"),
    Case("activations: ELU alpha", "activations;shown:relu,leaky_relu,elu", slider="elu_alpha"),
    Case("neuron: w on the line", "neuron", slider="w"),
    Case("neuron: x in the figure", "neuron", figure=".fn-line"),
    Case("neuron: w1 in the plane", "neuron", slider="w1"),
    Case("neuron: point in the plane", "neuron", figure=".fn-plane"),
    Case("chain: layers", "neuron", slider="depth"),
    Case("chain: width", "neuron", slider="width"),
    Case("softmax: shift", "softmax", slider="shift"),
    Case("losses: z", "losses", slider="z"),
)


def answers(browser: Browser, url: str, case: Case) -> list[float]:
    """ms to the answer of every move of the mouse, drag after drag."""
    context = browser.new_context(viewport=VIEWPORT)
    try:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.add_init_script(RECORDER)
        page.goto(f"{url}/functions?functions={case.link}", wait_until="commit")
        page.wait_for_function("document.querySelector('.pg')?.dataset.frames >= 1")
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        page.wait_for_timeout(500)
        page.evaluate("Object.assign(record, { moves: [], sent: [], drawn: [] })")
        _drag(page, case)
        page.wait_for_timeout(LAST)
        record = page.evaluate("({ moves: record.moves, sent: record.sent, drawn: record.drawn })")
    finally:
        context.close()
    return list(waits(record["moves"], record["sent"], record["drawn"]))


def _drag(page: Page, case: Case) -> None:
    part = f"input[name={case.slider}]" if case.slider else f"{case.figure} .nsewdrag"
    locator = page.locator(f".pg {part}").first
    if case.figure:
        locator = page.locator(f".pg {case.figure}")
    box = locator.bounding_box()
    room = 70 if case.figure else KNOB  # a figure's axes begin within it
    left, right = box["x"] + room, box["x"] + box["width"] - room / 2
    y = box["y"] + box["height"] / 2
    page.mouse.move(left, y)
    page.mouse.down()
    for sweep in range(SWEEPS):
        for step in range(STEPS + 1):
            share = step / STEPS if sweep % 2 == 0 else 1 - step / STEPS
            page.mouse.move(left + share * (right - left), y)
    page.mouse.up()


def waits(moves: list[float], sent: list, drawn: list) -> Iterator[float]:
    """For each move that was sent, itself or in a later one's message: ms to its answer."""
    wanted = list(accumulate((changes for *_, changes in sent), lambda a, b: {**a, **b}))
    done = []  # for each message, when its settings or a later message's were on screen
    for time, settings in drawn:
        asked = [place for place, (at, *_) in enumerate(sent) if at < time]
        for place in reversed(asked[len(done) :]):
            if all(settings.get(name) == value for name, value in wanted[place].items()):
                done += [time] * (place + 1 - len(done))
                break
    done += [math.inf] * (len(wanted) - len(done))
    first = 0
    for (_, after, _), time in zip(sent, done, strict=True):
        yield from (time - move for move in moves[first:after])
        first = after


def rows(bench: Bench, cases: tuple[Case, ...]) -> Iterator[Figure]:
    for case in cases:
        found = answers(bench.browser, bench.server.url, case)
        note = f"p90 {percentile(found, 90):.0f}, {len(found)} moves"
        yield Figure(f"dragged {case.title}", float(np.median(found)), "ms", TARGET, note=note)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="cases whose title holds this")
    only = parser.parse_args().only or ""
    with sync_playwright() as playwright:
        bench = Bench(playwright, 0)
        with ExitStack() as stack:
            stack.enter_context(bench.cleanup)
            print(heading(bench), flush=True)
            for case in CASES:
                if only not in case.title:
                    continue
                try:
                    for figure in rows(bench, (case,)):
                        print(figure.line(), flush=True)
                except (PlaywrightError, RuntimeError, OSError) as error:
                    print(f"{case.title}: no figure: {str(error).splitlines()[0]}", flush=True)


if __name__ == "__main__":
    main()
