"""A page of the app in Chromium that keeps a record of what comes on its screen, and when.

Times are the page's own performance.now(), milliseconds since it was opened: a mutation
observer notes every change of the live view's hooks, listeners note what the mouse does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import BrowserContext, Locator, Page

from nnlib.config import RunConfig, read_query
from pages.ui.session.frames import config_hash
from tests.benchmarks.bench import PATIENCE, Bench
from tests.benchmarks.clients import hand
from tests.benchmarks.clients.hand import KNOB
from tests.benchmarks.clients.sockets import WORK

TARDY = 10_000  # ms until a picture that does not come is given up

RECORDER = """
window.record = {
  clear() { Object.assign(this, { marks: [], inputs: [], presses: [], messages: [] }); },
  note(live) {
    const { frames, epoch, config } = live.dataset;
    this.marks.push([performance.now(), Number(frames), Number(epoch), config]);
  },
};
record.clear();
new MutationObserver((changes) => record.note(changes.at(-1).target)).observe(document, {
  subtree: true, attributes: true, attributeFilter: ["data-frames", "data-epoch", "data-config"],
});
addEventListener("input", ({ target }) => {
  const shown = target.parentElement.querySelector("output");
  record.inputs.push([performance.now(), Number.parseFloat(shown?.value)]);
});
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    if (!new URL(this.url).pathname.endsWith("/live")) return;
    this.addEventListener("message", ({ data }) => record.messages.push(data.byteLength));
  }
};
addEventListener("pointerdown", () => record.presses.push(performance.now()), true);
"""


@dataclass(frozen=True)
class Mark:
    """A moment at which the live view's hooks changed, and what they say since then."""

    time: float  # ms
    frames: int
    epoch: int
    config: str


class Screen:
    """One page, opened on the work, with its record."""

    def __init__(self, page: Page, url: str, link: str = WORK, places: int | None = None) -> None:
        self.page = page
        self._places = places  # of the mouse in a sweep; one for each pixel if none
        page.set_default_timeout(PATIENCE)
        page.goto(f"{url}/?{link}", wait_until="commit")
        self.wait_for_picture()

    def wait_for_picture(self) -> None:
        """Return when the first output field is on screen."""
        self.page.wait_for_function(
            "document.querySelector('[data-testid=live]')?.dataset.frames >= 1", polling=50
        )

    def settle(self) -> None:
        """Return when Streamlit's script has ended; a link that it does not know is no work."""
        hand.settle(self.page)

    def button(self, name: str) -> None:
        """Press one of the live view's buttons."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def play_until(self, epoch: int) -> None:
        """Play and return when this epoch is on screen."""
        self.button("Play")
        self.page.wait_for_function(
            "epoch => document.querySelector('[data-testid=live]').dataset.epoch >= epoch",
            arg=epoch,
        )

    def pause(self) -> None:
        """Pause and return when that is on screen."""
        self.button("Pause")
        self.page.get_by_role("button", name="Play", exact=True).wait_for()

    # -------------------------------------------------------------- the record

    def clear(self) -> None:
        """Begin the record anew, with what is on screen."""
        self.page.evaluate(
            "record.clear(); record.note(document.querySelector('[data-testid=live]'))"
        )

    def marks(self) -> list[Mark]:
        """What came on screen since the record began."""
        return [Mark(*mark) for mark in self.page.evaluate("record.marks")]

    def watch(self, seconds: float, least: int = 3) -> list[Mark]:
        """The pictures of so many seconds, and of as many more until there are so few."""
        self.clear()
        self.page.wait_for_timeout(seconds * 1000)
        while len(pictures := self.pictures()) < least:
            before = pictures[-1].frames if pictures else -1
            self.page.wait_for_function(
                "before => document.querySelector('[data-testid=live]').dataset.frames > before",
                arg=before,
            )
        return pictures

    def first_picture(self) -> float:
        """Seconds from the page's opening to the first field on screen."""
        return next(mark.time for mark in self.marks() if mark.frames >= 1) / 1000

    def pictures(self) -> list[Mark]:
        """The marks that brought a new picture of the output field."""
        marks = self.marks()
        return [mark for last, mark in pairwise(marks) if mark.frames > last.frames]

    # -------------------------------------------------------------- what a person does

    def choose(self, label: str, option: str) -> float:
        """Choose in a Streamlit selectbox; ms from the click to its picture."""
        self.page.get_by_role("combobox", name=label).click()
        choice = self.page.get_by_role("option", name=option, exact=True)
        choice.wait_for()
        before = self.page.get_by_test_id("live").get_attribute("data-config")
        self.clear()
        choice.click()
        self._await_config("config !== wanted", before)
        pressed = self.page.evaluate("record.presses.at(-1)")
        self.settle()
        return next((m.time for m in self.marks() if m.config != before), math.inf) - pressed

    def drag(self, name: str, low: float, high: float, sweeps: int) -> list[Sweep]:
        """Drag a slider of the live view to and fro between two parts of its track."""
        slider = self.page.locator(f".pg-slider input[name={name}]")
        self.settle()
        before = self._config()
        left, right, y = _track(slider, low, high)
        mouse = self.page.mouse

        def sweep(*places: float) -> Sweep:
            self.clear()
            for x in places:
                mouse.move(x, y)
            values = self.page.evaluate("record.inputs")
            inputs = [(t, config_hash(before.replace(**{name: value}))) for t, value in values]
            self._await_config("config === wanted", inputs[-1][1])
            return Sweep(
                [b for a, b in pairwise([(0, None), *inputs]) if a[1] != b[1]], self.marks()
            )

        mouse.move(left, y)
        mouse.down()
        sweep(left + 2)
        found = []
        for _ in range(sweeps):
            steps = self._places or round(abs(right - left))
            found.append(sweep(*(left + (right - left) * i / steps for i in range(steps + 1))))
            left, right = right, left
        mouse.up()
        self.settle()
        return found

    def drag_freely(self, slider: Locator, low: float, high: float, sweeps: int) -> list[float]:
        """Drag any slider to and fro; new pictures a second while the hand moves, each way."""
        left, right, y = _track(slider, low, high)
        mouse, rates = self.page.mouse, []
        mouse.move(left, y)
        mouse.down()
        for _ in range(sweeps):
            self.clear()
            start = self.page.evaluate("performance.now()")
            steps = self._places or round(abs(right - left))
            for i in range(steps + 1):
                mouse.move(left + (right - left) * i / steps, y)
            end = self.page.evaluate("performance.now()")
            shown = sum(start < mark.time <= end for mark in self.pictures())
            rates.append(shown / (end - start) * 1000)
            left, right = right, left
        mouse.up()
        if not any(rates):
            self.watch(0, least=1)  # or there is nothing that answers
        return rates

    def _config(self) -> RunConfig:
        query = dict(parse_qsl(urlsplit(self.page.url).query))
        return read_query({k: v for k, v in query.items() if k not in ("epoch", "speed")})[0]

    def _await_config(self, condition: str, wanted: str) -> None:
        """Return when the config on screen fulfils the condition; late is not an error here."""
        self.page.evaluate(
            f"""([wanted, tardy]) => new Promise((resolve) => {{
              const live = document.querySelector("[data-testid=live]");
              const look = () => {{
                const {{ config }} = live.dataset;
                if ({condition}) resolve();
              }};
              new MutationObserver(look).observe(live, {{ attributeFilter: ["data-config"] }});
              setTimeout(resolve, tardy);
              look();
            }})""",
            [wanted, TARDY],
        )


def _track(slider: Locator, low: float, high: float) -> tuple[float, float, float]:
    """Where the knob is at two parts of the track, and the track's height."""
    box = slider.bounding_box()
    left, length = box["x"] + KNOB / 2, box["width"] - KNOB
    return left + low * length, left + high * length, box["y"] + box["height"] / 2


@dataclass(frozen=True)
class Sweep:
    """A slider dragged one way: when each config was asked for, and what was seen."""

    inputs: list[tuple[float, str]]
    marks: list[Mark]

    def own(self) -> list[float]:
        """For each value, ms to the first picture of that value or of a later one."""
        place = {config: i for i, (_, config) in enumerate(self.inputs)}
        seen = [(mark.time, place.get(mark.config, -1)) for mark in self.marks]
        return [
            next((t for t, p in seen if t > time and p >= i), math.inf) - time
            for i, (time, _) in enumerate(self.inputs)
        ]

    def any_new(self) -> list[float]:
        """For each value, ms to the first config that was not on screen when it was set."""
        waits = []
        for time, _ in self.inputs:
            old = next(mark.config for mark in reversed(self.marks) if mark.time <= time)
            new = (mark.time for mark in self.marks if mark.time > time and mark.config != old)
            waits.append(next(new, math.inf) - time)
        return waits

    def pictures_a_second(self) -> float:
        """Answers that came on screen while the hand moved, a second."""
        start, end = self.inputs[0][0], self.inputs[-1][0]
        asked = {config for _, config in self.inputs}
        shown = sum(m.config in asked and start < m.time <= end for m in self.marks)
        return shown / (end - start) * 1000


# ------------------------------------------------------------------------ opening


def keep_record(page: Page) -> None:
    """Prepare a page to note what comes on its screen from its first moment."""
    page.add_init_script(RECORDER)


@contextmanager
def opened(
    bench: Bench, link: str = WORK, prepare: Callable[[Page], None] = keep_record
) -> Iterator[Screen]:
    """A link in a page of its own, closed at the end."""
    with bench.page() as page:
        prepare(page)
        yield Screen(page, bench.server.url, link, 8 if bench.tiny else None)


def open_in(context: BrowserContext, url: str) -> Screen:
    """The work in a new page of a context."""
    page = context.new_page()
    keep_record(page)
    return Screen(page, url)
