"""A session, its client and the clock that they tell the time by."""

from __future__ import annotations

import pytest

from pages.ui.session.session import Session
from tests.ui.clock import Clock, drive
from tests.ui.session.session_viewer import SMALL, Viewer


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    drive(monkeypatch, clock)
    return clock


@pytest.fixture
def session(clock: Clock) -> Session:
    return Session(SMALL)


@pytest.fixture
def viewer(session: Session, clock: Clock) -> Viewer:
    return Viewer(session, clock)
