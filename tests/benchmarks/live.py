"""How fast the live view is: `python -m tests.benchmarks.live` prints one table of figures.

It measures and never asserts. Everything is on this machine, so whatever else runs on it is
in the figures. The work: a spiral, 2-8-8-8-1, as fast as it goes, all thumbnails drawn.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version

import numpy as np
import psutil
from playwright.sync_api import Browser, CDPSession, Page, Playwright, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.benchmarks import sockets
from tests.benchmarks.screen import VIEWPORT, Screen, open_in, opened
from tests.browser.chromium import launch_options
from tests.browser.server import Server, running

WINDOW, WINDOWS = 2.0, 6  # seconds and number of the windows that frames are counted in
SWEEPS = 4  # of a dragged slider
CHOICES = 10  # of a Streamlit control
VISITS = 7  # of the page
STARTS = 3  # of the server
READINGS = 5  # of a size of memory
SESSIONS = 10
PACKAGES = ("numpy", "streamlit", "plotly")


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = False
    note: str = ""

    def line(self) -> str:
        target = verdict = ""
        if self.target is not None:
            good = self.value >= self.target if self.at_least else self.value <= self.target
            target = f"{'>=' if self.at_least else '<='} {self.target:g}"
            verdict = "ok" if good else "short"
        return (
            f"{self.what:<52} {self.value:>9,.4g} {self.unit:<9} {target:<9} {verdict:<6} "
            f"{self.note}"
        ).rstrip()


@dataclass
class Bench:
    """What the rows share: a warm server and a browser, started when the first row needs them."""

    playwright: Playwright
    minutes: float
    cleanup: ExitStack = field(default_factory=ExitStack)

    @cached_property
    def browser(self) -> Browser:
        return self.cleanup.enter_context(self.playwright.chromium.launch(**launch_options()))

    @cached_property
    def server(self) -> Server:
        server = self.cleanup.enter_context(running())
        with opened(self.browser, server.url) as screen:  # warm
            screen.settle()
        return server


# ------------------------------------------------------------------------ rows


def playing(bench: Bench) -> Iterator[Figure]:
    """Frames and epochs a second on screen while training as fast as it goes."""
    with opened(bench.browser, bench.server.url) as screen:
        screen.play_until(500)
        frames, epochs, gaps = [], [], []
        for _ in range(WINDOWS):
            screen.clear()
            screen.page.wait_for_timeout(WINDOW * 1000)
            pictures = screen.pictures()
            seconds = (pictures[-1].time - pictures[0].time) / 1000
            frames.append((len(pictures) - 1) / seconds)
            epochs.append((pictures[-1].epoch - pictures[0].epoch) / seconds)
            gaps += list(np.diff([mark.time for mark in pictures]))
    note = f"windows {min(frames):.1f} to {max(frames):.1f}"
    yield Figure("playing: frames", statistics.median(frames), "/s", 30, True, note)
    note = f"median {np.median(gaps):.0f}, longest {max(gaps):.0f}"
    yield Figure("playing: gap between frames, p95", percentile(gaps, 95), "ms", note=note)
    note = f"windows {min(epochs):.0f} to {max(epochs):.0f}"
    yield Figure("playing: epochs on screen", statistics.median(epochs), "/s", 300, True, note)


def drag(bench: Bench) -> Iterator[Figure]:
    """A dragged value to its picture."""
    rate = ("learning rate", "learning_rate", 0.35, 0.75)
    noise = ("noise", "noise", 0.05, 0.95)
    cases = (
        ("paused", 0, 60, rate),
        ("paused", 0, 60, noise),
        ("paused at epoch 500+", 500, None, noise),  # retrains that far for every value
        ("playing", 200, 120, rate),
        ("playing", 200, 120, noise),
    )
    for state, epoch, target, (title, name, low, high) in cases:
        with opened(bench.browser, bench.server.url) as screen:
            if epoch:
                screen.play_until(epoch)
                if state != "playing":
                    screen.pause()
            sweeps = screen.drag(name, low, high, SWEEPS)
        own = [wait for sweep in sweeps for wait in sweep.own()]
        any_new = [wait for sweep in sweeps for wait in sweep.any_new()]
        per_second = statistics.median(sweep.pictures_a_second() for sweep in sweeps)
        note = (
            f"p90 {percentile(own, 90):.0f}, {per_second:.0f} pictures/s, {len(own)} values, "
            f"to any new config {np.median(any_new):.0f}"
        )
        what = f"{state}: dragged {title} -> its picture"
        yield Figure(what, float(np.median(own)), "ms", target, note=note)


def weight(bench: Bench) -> Iterator[Figure]:
    """A weight that is dragged in the inspector: all fields follow."""
    for state in ("paused", "playing"):
        with opened(bench.browser, bench.server.url) as screen:
            screen.play_until(200)
            if state == "paused":
                screen.pause()
            live = screen.page.get_by_test_id("live")
            live.locator(".pg-units [data-layer='2'][data-unit='1']").click()
            live.locator(".pg-terms button").first.click()
            slider = live.locator("[name=value_slider]")
            rates = screen.drag_freely(slider, 0.2, 0.8, SWEEPS)
        what = f"{state}: dragged weight, pictures"
        yield Figure(what, statistics.median(rates), "/s", 20, True, spread(rates))


def timeline(bench: Bench) -> Iterator[Figure]:
    """The timeline dragged through what was trained."""
    with opened(bench.browser, bench.server.url) as screen:
        screen.play_until(2_000)
        screen.pause()
        slider = screen.page.get_by_test_id("live").locator("[name=timeline]")
        rates = screen.drag_freely(slider, 0.1, 0.9, SWEEPS)
    what = "dragged timeline of 2,000 epochs, pictures"
    yield Figure(what, statistics.median(rates), "/s", 20, True, spread(rates))


def control(bench: Bench) -> Iterator[Figure]:
    """A choice in one of Streamlit's widgets to its picture."""
    controls = (
        ("Optimizer", ("Optimizer: Momentum", "Optimizer: SGD")),
        ("Initial weights", ("Weights: he uniform", "Weights: xavier uniform")),
    )
    for state, target in (("paused", 300), ("playing", 400)):
        for label, options in controls:
            with opened(bench.browser, bench.server.url) as screen:
                screen.settle()
                if state == "playing":
                    screen.play_until(200)
                waits = [screen.choose(label, options[i % 2]) for i in range(CHOICES)]
            what = f"{state}: chosen {label.lower()} -> its picture"
            yield Figure(what, float(np.median(waits)), "ms", target, note=spread(waits))


def page(bench: Bench) -> Iterator[Figure]:
    """The page opened to the first field on screen, with an empty and with a filled cache."""

    def first_picture(screen: Screen) -> float:
        return next(mark.time for mark in screen.marks() if mark.frames >= 1) / 1000

    url, empty, filled = bench.server.url, [], []
    for _ in range(VISITS):
        with opened(bench.browser, url) as screen:
            empty.append(first_picture(screen))
    what = "page opened -> first field, empty cache"
    yield Figure(what, statistics.median(empty), "s", 3.5, note=spread(empty))
    with tempfile.TemporaryDirectory() as profile:
        context = bench.playwright.chromium.launch_persistent_context(
            profile, viewport=VIEWPORT, **launch_options()
        )
        for _ in range(VISITS + 1):
            screen = open_in(context, url)
            filled.append(first_picture(screen))
            screen.page.close()
        context.close()
    note = f"{spread(filled[1:])}; the second visit {filled[1]:.2f}"
    what = "page opened -> first field, filled cache"
    yield Figure(what, statistics.median(filled[1:]), "s", 2.5, note=note)


def start(_bench: Bench) -> Iterator[Figure]:
    """The server's start."""
    seconds = []
    for _ in range(STARTS):
        with running() as server:
            seconds.append(server.seconds)
    yield Figure(
        "server start -> healthy", statistics.median(seconds), "s", 4, note=spread(seconds)
    )


def memory(bench: Bench) -> Iterator[Figure]:
    """Growth over minutes of play, after garbage collection."""
    server = psutil.Process(bench.server.pid)
    # Without the record of marks, which itself would grow.
    with opened(bench.browser, bench.server.url, prepare=lambda page: None) as screen:
        devtools = screen.page.context.new_cdp_session(screen.page)
        devtools.send("Performance.enable")
        screen.play_until(1)
        first_part = min(1.0, bench.minutes / 3)
        screen.page.wait_for_timeout(first_part * 60_000)
        before = _sizes(screen, devtools, server)
        screen.page.wait_for_timeout((bench.minutes - first_part) * 60_000)
        after = _sizes(screen, devtools, server)
    for what, unit in (("DOM nodes", ""), ("JS heap", "MB"), ("server RSS", "MB")):
        growth = 100 * (after[what] / before[what] - 1)
        note = f"{before[what]:,.1f} -> {after[what]:,.1f} {unit}".rstrip()
        note += f", from minute {first_part:.2g} to {bench.minutes:g}"
        yield Figure(f"playing: growth of {what}", growth, "%", 5, note=note)


def _sizes(screen: Screen, devtools: CDPSession, server: psutil.Process) -> dict[str, float]:
    """Medians of several readings: a frame under way is in each of them."""
    readings = []
    for _ in range(READINGS):
        screen.page.wait_for_timeout(500)
        devtools.send("HeapProfiler.collectGarbage")
        metrics = devtools.send("Performance.getMetrics")["metrics"]
        found = {metric["name"]: metric["value"] for metric in metrics}
        rss = server.memory_info().rss
        readings.append((found["Nodes"], found["JSHeapUsedSize"] / 1e6, rss / 1e6))
    medians = map(statistics.median, zip(*readings, strict=True))
    return dict(zip(("DOM nodes", "JS heap", "server RSS"), medians, strict=True))


def size(bench: Bench) -> Iterator[Figure]:
    """Bytes of a frame while playing, as the browser receives them."""
    frames: list[bytes] = []

    def keep(payload: bytes | str) -> None:  # Playwright takes no built-in method as a handler
        frames.append(payload)

    def follow(page: Page) -> None:
        page.on("websocket", lambda s: "/live?" in s.url and s.on("framereceived", keep))

    with opened(bench.browser, bench.server.url, follow) as screen:
        screen.play_until(100)
        frames.clear()
        screen.page.wait_for_timeout(WINDOWS * WINDOW * 1000)
    sizes = [len(frame) / 1000 for frame in frames]
    fields = statistics.mean(len(sockets.blob(frame, "output")) for frame in frames) / 1000
    note = (
        f"p95 {percentile(sizes, 95):.1f}, {len(sizes)} frames, {fields:.1f} of it the output field"
    )
    yield Figure("playing: bytes a frame (mean)", statistics.mean(sizes), "kB", 20, note=note)


def sessions(_bench: Bench) -> Iterator[Figure]:
    """Ten playing sessions in one process, their clients in another."""
    times = sockets.drive(SESSIONS)
    rates = [(len(t) - 1) / (t[-1] - t[0]) for t in times]
    gaps = [percentile(np.diff(t), 95) * 1000 for t in times]
    what = f"{SESSIONS} playing sessions: new frames, the slowest's"
    note = f"all: {min(rates):.1f} to {max(rates):.1f}"
    yield Figure(what, min(rates), "/s", 5, True, note)
    longest = max(max(np.diff(t)) for t in times) * 1000
    what = f"{SESSIONS} playing sessions: p95 of the gap, the worst's"
    yield Figure(what, max(gaps), "ms", 500, note=f"longest gap {longest:.0f}")


ROWS: dict[str, Callable[[Bench], Iterator[Figure]]] = {
    row.__name__: row
    for row in (playing, drag, weight, timeline, control, page, start, memory, size, sessions)
}


# ------------------------------------------------------------------------ the table


def percentile(values: object, share: float) -> float:
    """One of the values: `share` of 100 do not exceed it."""
    return float(np.percentile(values, share, method="nearest"))


def spread(values: list[float]) -> str:
    """The lowest, the highest and how many."""
    return f"{min(values):.3g} to {max(values):.3g}, n = {len(values)}"


def heading(bench: Bench) -> str:
    """What was measured, on what, and when."""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    load = os.getloadavg()[0]
    return (
        f"{datetime.datetime.now():%Y-%m-%d %H:%M}, {os.cpu_count()} CPUs, load {load:.1f}\n"
        f"python {platform.python_version()}, {versions}, chromium {bench.browser.version}\n\n"
        f"{'what (median)':<52} {'measured':>9} {'':<9} {'target':<9}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=ROWS, help="measure this alone")
    parser.add_argument("--minutes", type=float, default=3, help="of play for the row `memory`")
    arguments = parser.parse_args()
    with sync_playwright() as playwright:
        bench = Bench(playwright, arguments.minutes)
        with bench.cleanup:
            print(heading(bench), flush=True)
            for name in [arguments.only] if arguments.only else ROWS:
                try:
                    for figure in ROWS[name](bench):
                        print(figure.line(), flush=True)
                except (PlaywrightError, RuntimeError, OSError) as error:
                    print(f"{name}: no figure: {str(error).splitlines()[0]}", flush=True)


if __name__ == "__main__":
    main()
