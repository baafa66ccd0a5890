"""A clock that a test drives by hand, for the live views and their parts."""

from __future__ import annotations

import time
from types import ModuleType

import pytest

from pages.ui.live import delivered, live_view, pace
from pages.ui.session import course, playback, session, timed_training

LIVE = (course, delivered, live_view, pace, playback, session, timed_training)


class Clock:
    """`time`, whose monotonic() moves when the test says so."""

    perf_counter = staticmethod(time.perf_counter)
    sleep = staticmethod(time.sleep)

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


def drive(monkeypatch: pytest.MonkeyPatch, clock: Clock, *modules: ModuleType) -> None:
    """Let all that is live, and these modules, tell the time by this clock."""
    for module in (*LIVE, *modules):
        monkeypatch.setattr(module, "time", clock)
