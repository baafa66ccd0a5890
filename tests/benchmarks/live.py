"""How fast the live view is: `python -m tests.benchmarks.live` prints one table of figures.

The work, where no other is said: a spiral, 2-8-8-8-1, as fast as it goes, all thumbnails drawn.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from urllib.parse import urlsplit

import numpy as np
import psutil
from playwright.sync_api import CDPSession, Page

from tests.benchmarks.bench import CONTEXT, Bench, Figure, main, named, percentile, spread
from tests.benchmarks.clients import sockets
from tests.benchmarks.clients.screen import Screen, keep_record, open_in, opened
from tests.browser.chromium import launch_options
from tests.browser.server import running

WINDOW, WINDOWS = 2.0, 6  # seconds and number of the windows that frames are counted in
SWEEPS = 4  # of a dragged slider
CHOICES = 10  # of a Streamlit control
VISITS = 7  # of the page
WEAK_VISITS = 3  # of a weak client
STARTS = 3  # of the server
READINGS = 5  # of a size of memory
SESSIONS, TOGETHER = 10, 15.0  # how many, and the seconds that all play
MINUTES = 3  # of play for the row `memory`


def playing(bench: Bench) -> Iterator[Figure]:
    """Frames and epochs a second on screen while training as fast as it goes."""
    with opened(bench) as screen:
        screen.play_until(bench.few(500))
        frames, epochs, gaps = _rates(bench, screen)
    note = f"windows {min(frames):.1f} to {max(frames):.1f}"
    yield Figure("playing: frames", statistics.median(frames), "/s", 30, True, note)
    note = f"median {np.median(gaps):.0f}, longest {max(gaps):.0f}"
    yield Figure("playing: gap between frames, p95", percentile(gaps, 95), "ms", note=note)
    note = f"windows {min(epochs):.0f} to {max(epochs):.0f}"
    yield Figure("playing: epochs on screen", statistics.median(epochs), "/s", 300, True, note)


def _rates(bench: Bench, screen: Screen) -> tuple[list[float], list[float], list[float]]:
    """Frames and epochs on screen a second in each window, and the gaps between frames in ms."""
    frames, epochs, gaps = [], [], []
    for _ in range(bench.few(WINDOWS)):
        pictures = screen.watch(bench.seconds(WINDOW))
        seconds = (pictures[-1].time - pictures[0].time) / 1000
        frames.append((len(pictures) - 1) / seconds)
        epochs.append((pictures[-1].epoch - pictures[0].epoch) / seconds)
        gaps += list(np.diff([mark.time for mark in pictures]))
    return frames, epochs, gaps


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
    for state, epoch, target, (title, name, low, high) in bench.some(cases):
        with opened(bench) as screen:
            if epoch:
                screen.play_until(bench.few(epoch))
                if state != "playing":
                    screen.pause()
            sweeps = screen.drag(name, low, high, bench.few(SWEEPS))
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
    with opened(bench) as screen:
        screen.play_until(bench.few(200))
        live = screen.page.get_by_test_id("live")
        live.locator(".pg-units [data-layer='2'][data-unit='1']").click()
        live.locator(".pg-terms button").first.click()
        slider = live.locator("[name=value_slider]")
        for state in ("playing", "paused"):
            if state == "paused":
                screen.pause()
            rates = screen.drag_freely(slider, 0.2, 0.8, bench.few(SWEEPS))
            what = f"{state}: dragged weight, pictures"
            yield Figure(what, statistics.median(rates), "/s", 20, True, spread(rates))


def timeline(bench: Bench) -> Iterator[Figure]:
    """The timeline dragged through what was trained."""
    with opened(bench) as screen:
        screen.play_until(bench.few(2_000, 20))
        screen.pause()
        slider = screen.page.get_by_test_id("live").locator("[name=timeline]")
        rates = screen.drag_freely(slider, 0.1, 0.9, bench.few(SWEEPS))
    what = "dragged timeline of 2,000 epochs, pictures"
    yield Figure(what, statistics.median(rates), "/s", 20, True, spread(rates))


def control(bench: Bench) -> Iterator[Figure]:
    """A choice in one of Streamlit's widgets to its picture."""
    optimizer = ("Optimizer", ("Optimizer: Momentum", "Optimizer: SGD"))
    weights = ("Initial weights", ("Weights: He uniform", "Weights: Xavier uniform"))
    cases = [
        (state, target, each)
        for state, target in (("paused", 300), ("playing", 400))
        for each in (optimizer, weights)
    ]
    for state, target, (label, options) in bench.some(cases):
        with opened(bench) as screen:
            screen.settle()
            if state == "playing":
                screen.play_until(bench.few(200))
            choices = range(bench.few(CHOICES, 2))
            waits = [screen.choose(label, options[i % 2]) for i in choices]
        what = f"{state}: chosen {label.lower()} -> its picture"
        yield Figure(what, float(np.median(waits)), "ms", target, note=spread(waits))


def page(bench: Bench) -> Iterator[Figure]:
    """The page opened to the first field on screen, with an empty and with a filled cache."""
    empty, filled = [], []
    for _ in range(bench.few(VISITS)):
        with opened(bench) as screen:
            empty.append(screen.first_picture())
    what = "page opened -> first field, empty cache"
    yield Figure(what, statistics.median(empty), "s", 3.5, note=spread(empty))
    with tempfile.TemporaryDirectory() as profile:
        context = bench.browser.browser_type.launch_persistent_context(
            profile, **CONTEXT, **launch_options()
        )
        for _ in range(bench.few(VISITS) + 1):
            screen = open_in(context, bench.server.url)
            filled.append(screen.first_picture())
            screen.page.close()
        context.close()
    note = f"{spread(filled[1:])}; the second visit {filled[1]:.2f}"
    what = "page opened -> first field, filled cache"
    yield Figure(what, statistics.median(filled[1:]), "s", 2.5, note=note)


def start(bench: Bench) -> Iterator[Figure]:
    """The server's start."""
    seconds = []
    for _ in range(bench.few(STARTS)):
        with running() as server:
            seconds.append(server.seconds)
    yield Figure(
        "server start -> healthy", statistics.median(seconds), "s", 4, note=spread(seconds)
    )


def memory(bench: Bench) -> Iterator[Figure]:
    """Growth over minutes of play, after garbage collection."""
    server = psutil.Process(bench.server.pid)
    # Without the record of marks, which itself would grow.
    with opened(bench, prepare=lambda page: None) as screen:
        devtools = screen.page.context.new_cdp_session(screen.page)
        devtools.send("Performance.enable")
        screen.play_until(1)
        minutes = MINUTES / (3_000 if bench.tiny else 1)
        first_part = minutes / 3
        screen.page.wait_for_timeout(first_part * 60_000)
        before = _sizes(bench, screen, devtools, server)
        screen.page.wait_for_timeout((minutes - first_part) * 60_000)
        after = _sizes(bench, screen, devtools, server)
    for what, unit in (("DOM nodes", ""), ("JS heap", "MB"), ("server RSS", "MB")):
        growth = 100 * (after[what] / before[what] - 1)
        note = f"{before[what]:,.1f} -> {after[what]:,.1f} {unit}".rstrip()
        note += f", from minute {first_part:.2g} to {minutes:g}"
        yield Figure(f"playing: growth of {what}", growth, "%", 5, note=note)


def _sizes(
    bench: Bench, screen: Screen, devtools: CDPSession, server: psutil.Process
) -> dict[str, float]:
    """Medians of several readings: a frame under way is in each of them."""
    readings = []
    for _ in range(bench.few(READINGS)):
        screen.page.wait_for_timeout(bench.seconds(0.5) * 1000)
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

    def keep(payload: bytes | str) -> None:
        if isinstance(payload, bytes):  # else the answer to a beat
            frames.append(payload)

    def follow(page: Page) -> None:
        keep_record(page)
        page.on("websocket", lambda s: _is_live(s.url) and s.on("framereceived", keep))

    with opened(bench, prepare=follow) as screen:
        screen.play_until(bench.few(100))
        frames.clear()
        screen.watch(bench.seconds(WINDOWS * WINDOW))
    sizes = [len(frame) / 1000 for frame in frames]
    fields = statistics.mean(len(sockets.blob(frame, "output")) for frame in frames) / 1000
    note = (
        f"p95 {percentile(sizes, 95):.1f}, {len(sizes)} frames, {fields:.1f} of it the output field"
    )
    yield Figure("playing: bytes a frame (mean)", statistics.mean(sizes), "kB", 20, note=note)


def _is_live(url: str) -> bool:
    return urlsplit(url).path.endswith("/live")


def sessions(bench: Bench) -> Iterator[Figure]:
    """Ten playing sessions in one process, their clients in another."""
    links = [f"{sockets.WORK}&seed={seed}" for seed in range(bench.few(SESSIONS, 2))]
    times = sockets.drive(links, bench.seconds(TOGETHER), together=True)
    rates = [(len(t) - 1) / (t[-1] - t[0]) for t in times]
    gaps = [percentile(np.diff(t), 95) * 1000 for t in times]
    what = f"{len(links)} playing sessions: new frames, the slowest's"
    note = f"all: {min(rates):.1f} to {max(rates):.1f}"
    yield Figure(what, min(rates), "/s", 5, True, note)
    longest = max(max(np.diff(t)) for t in times) * 1000
    what = f"{len(links)} playing sessions: p95 of the gap, the worst's"
    yield Figure(what, max(gaps), "ms", 500, note=f"longest gap {longest:.0f}")


# --------------------------------------------------- larger work, weak clients

NETWORKS = {
    "2-1": "hidden=none",
    "4-2": "hidden=4.tanh,2.tanh",
    "8-8-8": "hidden=8.tanh,8.tanh,8.tanh",
    "4 x 16": "hidden=16.tanh,16.tanh,16.tanh,16.tanh",
    "6 x 32": "hidden=32.tanh,32.tanh,32.tanh,32.tanh,32.tanh,32.tanh",
    "8-8-8, 2,000 points": "hidden=8.tanh,8.tanh,8.tanh&n_samples=2000",
    "8-8-8, 6 classes": "hidden=8.tanh,8.tanh,8.tanh&dataset=blobs&n_classes=6",
}
LINKS = {
    name: f"{'' if 'dataset=' in query else 'dataset=spiral&'}{query}&speed=max&epoch=0"
    for name, query in NETWORKS.items()
}
GROWN = 55  # frames a second, aimed at whatever the network
PLAYED = 8.0  # s that the client without a screen takes frames
SLOWER = {4: (5.5, 15), 6: (7.8, 8.7)}  # times -> s to the first picture, frames/s, once measured


def growth(bench: Bench) -> Iterator[Figure]:
    """Frames, epochs and bytes while playing, as the network and its data grow."""
    for name, link in bench.some(list(LINKS.items())):
        with opened(bench, link) as screen:
            screen.settle()
            screen.play_until(bench.few(50))
            screen.page.wait_for_timeout(bench.seconds(1) * 1000)
            frames, epochs, _ = _rates(bench, screen)
            sizes = screen.page.evaluate("record.messages")  # of the last window
        yield Figure(
            f"growth {name}: frames", statistics.median(frames), "/s", GROWN, True, spread(frames)
        )
        yield Figure(f"growth {name}: epochs", statistics.median(epochs), "/s", note=spread(epochs))
        yield Figure(f"growth {name}: bytes a frame", statistics.mean(sizes) / 1000, "kB")


def growth_of_a_client(bench: Bench) -> Iterator[Figure]:
    """The same for a client that only takes frames and says so: what the server can."""
    cases = bench.some(list(LINKS.items()))
    links = [link for _, link in cases]
    every = sockets.drive(links, bench.seconds(PLAYED), together=False)
    for (name, _), times in zip(cases, every, strict=True):
        rate = (len(times) - 1) / (times[-1] - times[0])
        yield Figure(f"growth {name}: frames without a screen", rate, "/s", GROWN, True)


def weak_client(bench: Bench) -> Iterator[Figure]:
    """A processor that is so many times slower, as a school's laptop."""
    for times, (opening, rate) in list(SLOWER.items())[: bench.few(2)]:

        def slow(page: Page, times: int = times) -> None:
            keep_record(page)
            devtools = page.context.new_cdp_session(page)
            devtools.send("Emulation.setCPUThrottlingRate", {"rate": 1 if bench.tiny else times})

        first, frames = [], []
        for _ in range(bench.few(WEAK_VISITS)):
            with opened(bench, prepare=slow) as screen:
                first.append(screen.first_picture())
                screen.settle()
                screen.play_until(bench.few(50))
                frames += _rates(bench, screen)[0]
        what = f"weak client, {times} times slower"
        yield Figure(
            f"{what}: first field", statistics.median(first), "s", opening, note=spread(first)
        )
        median = statistics.median(frames)
        yield Figure(f"{what}: frames", median, "/s", rate, True, spread(frames))


ROWS = named(
    *(playing, growth, growth_of_a_client, weak_client, drag, weight, timeline, control),
    *(page, start, memory, size, sessions),
)

if __name__ == "__main__":
    main(__doc__, ROWS)
