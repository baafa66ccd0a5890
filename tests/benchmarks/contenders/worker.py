"""What the process of every contender does: it answers requests, a JSON object a line.

A request names a work's file (works.py writes it) and how often to do it. The work begins anew
each time, and the clock runs around the work alone: no building, no compiling, no JSON.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol


class Contender(Protocol):
    """One work, prepared."""

    def reset(self) -> None:
        """Go back to the initial weights."""

    def run(self, count: int) -> None:
        """Train `count` epochs, or compute the fields `count` times."""

    def result(self) -> dict:
        """What was reached: `networks` (weights and biases each), or the fields' `means`."""


def serve(make: Callable[[dict], Contender]) -> None:
    """Answer requests until stdin ends; `make` prepares a contender for a work."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints must not come between the answers
    made: dict[str, Contender] = {}
    for line in sys.stdin:
        request = json.loads(line)
        path = request["work"]
        if path not in made:
            made[path] = make(json.loads(Path(path).read_text()))
        answer = {"seconds": _seconds(made[path], request["count"])}
        if request["result"]:
            answer |= made[path].result()
        print(json.dumps(answer), file=answers, flush=True)


def _seconds(contender: Contender, count: int) -> float:
    contender.reset()
    gc.collect()
    start = time.perf_counter()
    contender.run(count)
    return time.perf_counter() - start
