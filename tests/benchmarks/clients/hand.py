"""A page that is at rest, a hand that drags over it, and how soon the picture answers.

For every move of the mouse: ms from the browser's event to the first drawn frame of that value or
of a later one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from playwright.sync_api import Locator, Page

from tests.benchmarks.bench import PATIENCE, Bench, Figure, NoFigure, Row, percentile

TARGET = 60  # ms
SWEEPS = 4
STEPS = 120  # places of the mouse in a sweep
LAST = 1.0  # s for the last answers
KNOB = 16  # px, the width of a range input's knob
AXES = 70  # px, a figure's axes begin within it

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


# ------------------------------------------------------------------------ a page


def settle(page: Page) -> None:
    """Return when Streamlit's script has ended; a link that it does not know raises NoFigure."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    for text in page.get_by_test_id("stAlert").all_inner_texts():
        if "is not possible" in text:
            raise NoFigure(text)


@contextmanager
def opened(
    bench: Bench, link: str, ready: str, script: str = "", rest: float = 0.0
) -> Iterator[Page]:
    """A link's page, drawn (`ready`, JavaScript) and at rest for so many seconds.

    Tiny, the last row's page is taken again where it has the same link.
    """
    kept = bench.keep(_Kept)
    if kept.link != link:
        kept.stack.close()
        page = kept.stack.enter_context(bench.page())
        page.add_init_script(script)
        page.goto(f"{bench.server.url}/{link}", wait_until="commit")
        page.wait_for_function(ready)
        settle(page)
        page.wait_for_timeout(bench.seconds(rest) * 1000)
        kept.link, kept.page = link, page
    try:
        yield kept.page
    except BaseException:
        kept.drop()
        raise
    if not bench.tiny:
        kept.drop()


class _Kept:
    """The last page that was opened."""

    def __init__(self, bench: Bench) -> None:
        self.link, self.page, self.stack = None, None, ExitStack()
        bench.cleanup.callback(self.stack.close)

    def drop(self) -> None:
        self.link = None
        self.stack.close()


def soon(page: Page, script: str, arg: object, patience: float = PATIENCE) -> float:
    """What a script's promise brings, which may never come: then an error, after `patience` ms."""
    late = "(_, no) => setTimeout(() => no(new Error('it did not come')), patience)"
    race = f"([arg, patience]) => Promise.race([({script})(arg), new Promise({late})])"
    return page.evaluate(race, [arg, patience])


def swept(bench: Bench, part: Locator, room: float = KNOB) -> Iterator[None]:
    """Drag the mouse over a part of the page, to and fro; the caller's turn after each way."""
    box, mouse = part.bounding_box(), part.page.mouse
    left, right = box["x"] + room, box["x"] + box["width"] - room
    y = box["y"] + box["height"] / 2
    mouse.move(left, y)
    mouse.down()
    steps = bench.few(STEPS, 8)
    for _ in range(bench.few(SWEEPS)):
        for step in range(steps + 1):
            mouse.move(left + (right - left) * step / steps, y)
        yield
        left, right = right, left
    mouse.up()


# ------------------------------------------------------------------------ its answers


@dataclass(frozen=True)
class Case:
    """What is dragged: `part` of a page, a CSS selector below its `root`."""

    title: str
    link: str
    root: str
    part: str
    room: float = KNOB
    rest: float = 0.5

    def row(self, bench: Bench) -> Iterator[Figure]:
        found = answers(bench, self)
        note = f"p90 {percentile(found, 90):.0f}, {len(found)} moves"
        yield Figure(f"dragged {self.title}", float(np.median(found)), "ms", TARGET, note=note)


def rows(cases: tuple[Case, ...]) -> dict[str, Row]:
    return {case.title: case.row for case in cases}


def answers(bench: Bench, case: Case) -> list[float]:
    """ms to the answer of every move of the mouse, sweep after sweep."""
    ready = f"document.querySelector('{case.root}')?.dataset.frames >= 1"
    with opened(bench, case.link, ready, RECORDER, case.rest) as page:
        page.evaluate("Object.assign(record, { moves: [], sent: [], drawn: [] })")
        for _ in swept(bench, page.locator(case.root).locator(case.part).first, case.room):
            pass
        end = time.monotonic() + (PATIENCE / 1000 if bench.tiny else LAST)
        while True:
            page.wait_for_timeout(50)
            record = page.evaluate("({ ...record })")
            found = list(waits(record["moves"], record["sent"], record["drawn"]))
            if time.monotonic() > end or (found and math.inf not in found):
                break
    if not found:
        raise NoFigure("nothing was sent")
    return found


def waits(moves: list[float], sent: list, drawn: list) -> Iterator[float]:
    """For each move that was sent, itself or in a later one's message: ms to its answer."""
    wanted = list(accumulate((changes for *_, changes in sent), lambda a, b: {**a, **b}))
    done = []  # for each message, when its settings or a later message's were on screen
    for time_, settings in drawn:
        asked = [place for place, (at, *_) in enumerate(sent) if at < time_]
        for place in reversed(asked[len(done) :]):
            if all(settings.get(name) == value for name, value in wanted[place].items()):
                done += [time_] * (place + 1 - len(done))
                break
    done += [math.inf] * (len(wanted) - len(done))
    first = 0
    for (_, after, _), time_ in zip(sent, done, strict=True):
        yield from (time_ - move for move in moves[first:after])
        first = after
