"""What a viewer costs in memory: `python -m tests.benchmarks.memory` prints MB a viewer.

Students without browsers open the page, look, play and leave; what the server's process has grown
by is divided by their number. It measures and never asserts.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from contextlib import AsyncExitStack

import psutil

from tests.benchmarks.students import Student
from tests.browser.server import Server, running

STUDENTS = 40
QUERIES = {
    "default": "",
    "6 x 64": "n_samples=2000&hidden=" + ",".join(["64.tanh"] * 6) + "&batch_size=200&epoch=5",
}
SETTLE, PLAY, GONE = 10.0, 20.0, 90.0  # seconds


async def stages(server: Server, query: str, students: int, gone: float) -> None:
    """One row for each thing that they do."""
    process = psutil.Process(server.pid)

    def megabytes() -> float:
        return process.memory_info().rss / 1e6

    async with AsyncExitStack() as warm:  # what the first one of all pays for
        await (await warm.enter_async_context(Student(server.port, query))).look(play=True)
        await asyncio.sleep(SETTLE)
    before = megabytes()

    def row(what: str) -> None:
        now = megabytes()
        print(f"  {what:<34} {(now - before) / students:7.2f} MB each {now:9.0f} MB", flush=True)

    async with AsyncExitStack() as stack:
        here = [
            await stack.enter_async_context(Student(server.port, query)) for _ in range(students)
        ]
        await asyncio.sleep(SETTLE)
        row("page open, no socket")
        for student in here:
            await student.look()
        await asyncio.sleep(SETTLE)
        row("socket open, idle")
        for student in here:
            await student.send({"play": None})
        await asyncio.sleep(PLAY)
        row("playing")
    await asyncio.sleep(SETTLE)
    row(f"left {SETTLE:.0f} s ago")
    end = time.monotonic() + gone - SETTLE
    await asyncio.sleep(max(0.0, end - time.monotonic()))
    row(f"left {gone:.0f} s ago")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=STUDENTS)
    parser.add_argument("--gone", type=float, default=GONE, help="seconds after they left")
    parser.add_argument("--only", choices=QUERIES)
    arguments = parser.parse_args()
    for name in [arguments.only] if arguments.only else QUERIES:
        with running() as server:
            print(f"{arguments.students} students, {name}")
            asyncio.run(stages(server, QUERIES[name], arguments.students, arguments.gone))


if __name__ == "__main__":
    main()
