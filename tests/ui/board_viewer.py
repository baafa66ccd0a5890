"""A viewer of a board that shows a session's network: both get their turns, frames are kept."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from pages.ui.live.live_view import LiveView
from pages.ui.live.wishes import Verbs
from pages.ui.sandbox.sandbox import Sandbox
from pages.ui.server.wire import obey
from pages.ui.session.session import Session
from tests.ui.taken_apart import Frame, take_apart

PATIENCE = 30.0  # seconds until what should come is given up


def say(watched: LiveView, verbs: Verbs, verb: str, value: object = None) -> None:
    """Wish something as a client does."""
    obey(watched, verbs, json.dumps({verb: value}))


class BoardViewer:
    """Opens `board` of `session`; every turn is the session's and then the board's."""

    session: Session
    board: Sandbox

    def open(self, verbs: Verbs) -> None:
        self.verbs = verbs
        self.frames: list[Frame] = []
        self.board.attach(lambda frame: self.frames.append(take_apart(frame)))

    @property
    def run(self) -> object:
        return self.session.time.shown

    @property
    def header(self) -> dict:
        return self.frames[-1].header

    def turn(self, times: int = 1) -> Frame | None:
        for _ in range(times):
            for watched in (self.session, self.board):
                if watched.due(time.monotonic()) == 0.0:
                    watched.turn(0.02)
            self.board.drawn()
        return self.frames[-1] if self.frames else None

    def ask(self, verb: str, value: object = None) -> Frame:
        say(self.board, self.verbs, verb, value)
        return self.turn(3)

    def set(self, **changes: object) -> Frame:
        self.board.set(changes)
        return self.turn(3)

    def until(self, done: Callable[[], object]) -> Frame:
        end = time.monotonic() + PATIENCE
        while not done() and time.monotonic() < end:
            self.turn()
            time.sleep(0.002)
        assert done()
        return self.frames[-1]

    def latest(self, kind: str) -> Frame:
        return next(frame for frame in reversed(self.frames) if kind in frame.kinds)
