"""How many people one server takes: as many as its memory carries, or as its operator says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "PLAYGROUND_MAX_VIEWERS"
SERVER = 400_000_000  # bytes: libraries, data sets, plotly.js; before anybody comes
VIEWER = 10_000_000  # bytes: the page's session, a network that trains and its history, boards
FEWEST, DEFAULT_MOST, MOST = 5, 500, 100_000
_CGROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def max_viewers(environment: Mapping[str, str], memory: int) -> int:
    """The most viewers at a time, from a machine's memory (bytes) where the operator says nothing.

    Raises ValueError, with a sentence for the operator, for a number that is none.
    """
    text = environment.get(VARIABLE)
    if text is None:
        return min(max((memory - SERVER) // VIEWER, FEWEST), DEFAULT_MOST)
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= MOST):
        raise ValueError(
            f"{VARIABLE}: {text[:40]!r} is not possible; "
            f"allowed: a whole number from 1 to {MOST:,}."
        )
    return int(text)


def memory(cgroups: tuple[str, ...] = _CGROUPS) -> int:
    """Bytes that this process may use: its container's limit, or the machine's memory."""
    limits = [_physical()]
    for path in map(Path, cgroups):
        if path.is_file():
            text = path.read_text(encoding="ascii").strip()
            limits += [int(text)] if text.isdigit() else []  # "max" is no limit
    return min(limits)


def _physical() -> int:
    if hasattr(os, "sysconf"):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return SERVER + DEFAULT_MOST * VIEWER  # Windows does not say so simply: the default then
