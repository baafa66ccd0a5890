"""The one thread that trains: sessions that play take turns of about 10 ms.

Several training threads would collapse on the interpreter's lock; turns keep ten sessions
smooth.
"""

from __future__ import annotations

import threading
import time

from pages.ui.watched import Watched

TURN = 0.010  # seconds of training in one turn
MIN_TURN = 0.003  # ... when many sessions play


class Trainer(threading.Thread):
    """The thread; `add` a session and it takes part until `remove`."""

    def __init__(self) -> None:
        super().__init__(name="trainer", daemon=True)
        self._sessions: list[Watched] = []
        self._condition = threading.Condition()
        self._awake = False

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

    def wake(self) -> None:
        with self._condition:
            self._awake = True
            self._condition.notify()

    def run(self) -> None:
        while True:
            with self._condition:
                self._awake = False
                sessions = self._sessions
            now = time.monotonic()
            waits = [(session.wait(now), session) for session in sessions]
            ready = [session for wait, session in waits if wait is not None and wait <= 0]
            share = max(MIN_TURN, min(TURN, 0.05 / max(1, len(ready))))
            for session in ready:
                session.take_turn(share)  # a fault in it must not stop the others' training
                time.sleep(0)  # let the event loop and the page scripts in
            if not ready:
                timeout = min((wait for wait, _ in waits if wait is not None), default=None)
                with self._condition:
                    if not self._awake:
                        self._condition.wait(timeout)


TRAINER = Trainer()
