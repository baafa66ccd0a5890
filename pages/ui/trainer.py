"""The one thread that trains: sessions that play take turns of about 10 ms.

Several training threads would collapse on the interpreter's lock; turns keep ten sessions
smooth.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from pages.ui.watched import Watched

_LOG = logging.getLogger(__name__)
TURN = 0.010  # seconds of training in one turn
MIN_TURN = 0.003  # ... when many sessions play


class Trainer(threading.Thread):
    """The thread; `add` a session and it takes part until `remove`."""

    def __init__(self) -> None:
        super().__init__(name="trainer", daemon=True)
        self._sessions: list[Watched] = []
        self._condition = threading.Condition()
        self._awake = False
        self._resting = False  # nobody is due
        self._calls: list[Callable[[], None]] = []

    def add(self, session: Watched) -> None:
        with self._condition:
            self._sessions = [*self._sessions, session]
        session.wake = self.wake
        self.wake()
        if not self.is_alive():
            self.start()

    def remove(self, session: Watched) -> None:
        with self._condition:
            self._sessions = [s for s in self._sessions if s is not session]

    def soon(self, call: Callable[[], None]) -> None:
        """Call it once everybody has had the turn that is due: at once where nobody is.

        In this thread or in the caller's; it must not fail.
        """
        with self._condition:
            if self._awake or not self._resting:
                self._calls.append(call)
                return
        call()

    def wake(self) -> None:
        with self._condition:
            self._awake = True
            self._condition.notify()

    def run(self) -> None:
        while True:
            with self._condition:
                self._awake = False
                sessions = self._sessions
                calls, self._calls = self._calls, []
            now = time.monotonic()
            waits = [(_due(session, now), session) for session in sessions]
            ready = [session for wait, session in waits if wait is not None and wait <= 0]
            share = max(MIN_TURN, min(TURN, 0.05 / max(1, len(ready))))
            for session in ready:
                try:
                    session.turn(share)
                except Exception:  # one session's fault must not stop the others' training
                    _LOG.exception("a session was stopped")
                    session.give_up()
                time.sleep(0)  # let the event loop and the page scripts in
            for call in calls:
                call()
            if not ready:
                timeout = min((wait for wait, _ in waits if wait is not None), default=None)
                with self._condition:
                    if not self._awake and not self._calls:
                        self._resting = True
                        self._condition.wait(timeout)
                        self._resting = False


def _due(session: Watched, now: float) -> float | None:
    """Seconds until its next turn; a fault in one must not stop the others' training."""
    try:
        return session.due(now)
    except Exception:
        _LOG.exception("a session was stopped")
        session.give_up()
        return None


TRAINER = Trainer()
