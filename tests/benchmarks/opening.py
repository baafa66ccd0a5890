"""How long the Playground takes to open: `python -m tests.benchmarks.opening`.

From an empty cache to the first field on screen, plain and through a proxy that is some way off.
`--against FOLDER ...` opens other versions of the app in turns with this one, so that whatever else
runs on the machine slows all of them. It measures and never asserts.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.benchmarks.live import Figure, spread
from tests.benchmarks.proxy import delayed
from tests.benchmarks.screen import opened
from tests.browser.chromium import launch_options
from tests.browser.server import HOST, ROOT, running


def seconds(browser: Browser, port: int) -> float:
    """From the address entered to the first field, in a browser that knows nothing."""
    with opened(browser, f"http://{HOST}:{port}") as screen:
        return next(mark.time for mark in screen.marks() if mark.frames >= 1) / 1000


def rows(browser: Browser, ports: list[int], pairs: int, way: float) -> Iterator[Figure]:
    """The versions behind the ports, opened in turns; the first is this one."""
    with ExitStack() as stack:
        if way:
            ports = [stack.enter_context(delayed(port, way)) for port in ports]
        for port in ports:
            seconds(browser, port)  # warm
        times: list[list[float]] = [[] for _ in ports]
        for i in range(pairs):
            turn = list(zip(ports, times, strict=True))
            for port, own in turn if i % 2 else turn[::-1]:
                own.append(seconds(browser, port))
    where = f"{1000 * way:g} ms each way" if way else "beside the server"
    yield Figure(
        f"{where}: opened -> first field", statistics.median(times[0]), "s", note=spread(times[0])
    )
    for own in times[1:]:
        yield Figure(f"{where}: another version", statistics.median(own), "s", note=spread(own))
        more = [1000 * (mine - other) for mine, other in zip(times[0], own, strict=True)]
        note = f"this one is later in {sum(d > 0 for d in more)} of {pairs} pairs"
        yield Figure(
            "    by which this one is later in a pair", statistics.median(more), "ms", note=note
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--against", type=Path, nargs="*", default=[], help="folders with other versions of the app"
    )
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--latency", type=float, default=40, help="milliseconds each way")
    arguments = parser.parse_args()
    folders = [ROOT, *arguments.against]
    with sync_playwright() as playwright, ExitStack() as stack:
        browser = stack.enter_context(playwright.chromium.launch(**launch_options()))
        ports = [stack.enter_context(running(folder=folder)).port for folder in folders]
        for way in (0.0, arguments.latency / 1000):
            for figure in rows(browser, ports, arguments.pairs, way):
                print(figure.line(), flush=True)


if __name__ == "__main__":
    main()
