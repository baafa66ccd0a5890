"""The one thread that trains: sessions that play take turns of about 10 ms.

Several training threads would collapse on the interpreter's lock; turns keep ten sessions
smooth.
"""

from __future__ import annotations

import logging
import threading
import time

from pages.ui.watched import Watched

_LOG = logging.getLogger(__name__)
TURN = 0.010  # seconds of training in one turn
MIN_TURN = 0.003  # ... when many sessions play


class Trainer:
    """Owns that thread: `add` a session and it takes part until `remove`.

    The first one who comes starts it; many may come at once.
    """

    def __init__(self) -> None:
        self._sessions: list[Watched] = []
        self._condition = threading.Condition()
        self._awake = False
        self._thread: threading.Thread | None = None

    def add(self, session: Watched) -> None:
        session.wake = self.wake
        with self._condition:
            self._sessions = [*self._sessions, session]
            if self._thread is None:  # asked and started as one: two who come at once start one
                self._thread = threading.Thread(target=self._work, name="trainer", daemon=True)
                self._thread.start()
        self.wake()

    def remove(self, session: Watched) -> None:
        with self._condition:
            self._sessions = [s for s in self._sessions if s is not session]

    def wake(self) -> None:
        with self._condition:
            self._awake = True
            self._condition.notify()

    def stop(self, seconds: float | None = None) -> None:
        """End the thread after the turn that it is at, waiting at most so long (None: until then).

        Who takes part stays; the next one who is added starts another thread.
        """
        with self._condition:
            thread, self._thread = self._thread, None
        self.wake()
        if thread is not None:
            thread.join(seconds)

    def _work(self) -> None:
        while True:
            with self._condition:
                if self._thread is not threading.current_thread():
                    return
                self._awake = False
                sessions = self._sessions
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
            if not ready:
                timeout = min((wait for wait, _ in waits if wait is not None), default=None)
                with self._condition:
                    if not self._awake:
                        self._condition.wait(timeout)


def _due(session: Watched, now: float) -> float | None:
    """Seconds until its next turn; a fault in one must not stop the others' training."""
    try:
        return session.due(now)
    except Exception:
        _LOG.exception("a session was stopped")
        session.give_up()
        return None


TRAINER = Trainer()
