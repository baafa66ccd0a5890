"""What a viewer costs in memory: `python -m tests.benchmarks.memory` prints MB a viewer.

Students without browsers open the page, look, play and leave; what the server's process has grown
by is divided by their number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import psutil

from tests.benchmarks.bench import Bench, Figure, Row, main
from tests.benchmarks.clients.sockets import awaited
from tests.benchmarks.clients.students import Student
from tests.browser.server import Server, running

STUDENTS = 40
QUERIES = {
    "default": "",
    "6 x 64": "n_samples=2000&hidden=" + ",".join(["64.tanh"] * 6) + "&batch_size=200&epoch=5",
}
SETTLE, PLAY, GONE = 10.0, 20.0, 90.0  # seconds


async def stages(bench: Bench, server: Server, name: str) -> list[Figure]:
    """A figure for each thing that they do."""
    process, students, query = psutil.Process(server.pid), bench.few(STUDENTS), QUERIES[name]
    figures: list[Figure] = []

    def megabytes() -> float:
        return process.memory_info().rss / 1e6

    async def pause(seconds: float) -> None:
        await asyncio.sleep(bench.seconds(seconds))

    async with AsyncExitStack() as warm:  # what the first one of all pays for
        await (await warm.enter_async_context(Student(server.port, query))).look(play=True)
        await pause(SETTLE)
    before = megabytes()

    def note(what: str) -> None:
        now = megabytes()
        text = f"{students} students, {now:.0f} MB in all"
        figures.append(Figure(f"{name}: {what}", (now - before) / students, "MB each", note=text))

    async with AsyncExitStack() as stack:
        here = [
            await stack.enter_async_context(Student(server.port, query)) for _ in range(students)
        ]
        await pause(SETTLE)
        note("page open, no socket")
        for student in here:
            await student.look()
        await pause(SETTLE)
        note("socket open, idle")
        for student in here:
            await student.send({"play": None})
        await pause(PLAY)
        note("playing")
    await pause(SETTLE)
    note(f"left {SETTLE:.0f} s ago")
    await pause(GONE - SETTLE)
    note(f"left {GONE:.0f} s ago")
    return figures


def students(name: str) -> Row:
    def row(bench: Bench) -> Iterator[Figure]:
        if bench.tiny:  # any server will do
            yield from awaited(stages(bench, bench.server, name))
            return
        with running() as server:
            yield from awaited(stages(bench, server, name))

    return row


ROWS = {f"students, {name}": students(name) for name in QUERIES}

if __name__ == "__main__":
    main(__doc__, ROWS)
