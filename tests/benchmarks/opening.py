"""How long the Playground takes to open: `python -m tests.benchmarks.opening`.

From an empty cache to the first field on screen, plain and through a proxy that is some way off.
`--against FOLDER ...` opens other versions of the app in turns with this one, so that whatever else
runs on the machine slows all of them.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import ExitStack

from tests.benchmarks.bench import Bench, Figure, main, spread
from tests.benchmarks.clients.proxy import delayed
from tests.benchmarks.clients.screen import Screen, keep_record
from tests.browser.server import HOST, running

PAIRS = 20
WAY = 0.04  # s, each way


def ports(bench: Bench) -> list[int]:
    """The versions' ports; the first is this one's."""
    others = [bench.cleanup.enter_context(running(folder=folder)) for folder in bench.against]
    return [server.port for server in (bench.server, *others)]


def seconds(bench: Bench, port: int) -> float:
    """From the address entered to the first field, in a browser that knows nothing."""
    with bench.page() as page:
        keep_record(page)
        return Screen(page, f"http://{HOST}:{port}").first_picture()


def opened(bench: Bench, way: float) -> list[list[float]]:
    """Seconds of each version, opened in turns."""
    with ExitStack() as stack:
        reached = bench.keep(ports)
        if way:
            reached = [stack.enter_context(delayed(port, way)) for port in reached]
        if not bench.tiny:
            for port in reached:
                seconds(bench, port)  # warm
        times: list[list[float]] = [[] for _ in reached]
        for i in range(bench.few(PAIRS)):
            turn = list(zip(reached, times, strict=True))
            for port, own in turn if i % 2 else turn[::-1]:
                own.append(seconds(bench, port))
    return times


def figures(where: str, times: list[list[float]]) -> Iterator[Figure]:
    """Medians, and by how much the first version is later than each other."""
    mine, *others = times
    yield Figure(f"{where}: opened -> first field", statistics.median(mine), "s", note=spread(mine))
    for number, own in enumerate(others, 1):
        other = f"{where}: version {number} of the others"
        yield Figure(other, statistics.median(own), "s", note=spread(own))
        more = [1000 * (a - b) for a, b in zip(mine, own, strict=True)]
        note = f"this one is later in {sum(d > 0 for d in more)} of {len(more)} pairs"
        yield Figure(
            f"{other}, by which this one is later", statistics.median(more), "ms", note=note
        )


def beside(bench: Bench) -> Iterator[Figure]:
    """With nothing between."""
    yield from figures("beside the server", opened(bench, 0.0))


def far(bench: Bench) -> Iterator[Figure]:
    """Some way off."""
    yield from figures(f"{1000 * WAY:g} ms each way", opened(bench, WAY))


ROWS = {"opening beside the server": beside, "opening far away": far}

if __name__ == "__main__":
    main(__doc__, ROWS, versions=True)
