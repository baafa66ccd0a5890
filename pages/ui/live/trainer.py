"""The one thread that trains: sessions that play take turns of about 10 ms.

Several training threads would collapse on the interpreter's lock; turns keep ten sessions
smooth. A turn may take longer than its share (a frame of a large network, say): whoever has used
more time than the others waits until they have had as much.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from weakref import WeakKeyDictionary

from pages.ui.live.live_view import LiveView

TURN = 0.010  # seconds of training in one turn
MIN_TURN = 0.003  # ... when many sessions play


class Trainer:
    """Owns that thread: `add` a session and it takes part until `remove`.

    The first one who comes starts it; many may come at once.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._sessions: list[LiveView] = []
        # Seconds of turns that each viewer has used.
        self._used: WeakKeyDictionary[object, float] = WeakKeyDictionary()
        self._floor = 0.0  # the least that a viewer who wanted turns has used
        self._condition = threading.Condition()
        self._awake = False
        self._resting = False  # nobody is due
        self._thread: threading.Thread | None = None
        self._calls: list[Callable[[], None]] = []

    def add(self, session: LiveView) -> None:
        session.wake = self.wake
        with self._condition:
            self._sessions = [*self._sessions, session]
            if self._thread is None:  # asked and started as one: two who come at once start one
                self._thread = threading.Thread(target=self._work, name="trainer", daemon=True)
                self._thread.start()
        self.wake()

    def remove(self, session: LiveView) -> None:
        with self._condition:
            self._sessions = [s for s in self._sessions if s is not session]
        self.wake()  # it may hold the one that is gone while it waits

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
                calls, self._calls = self._calls, []
            wait = self.round(sessions)
            for call in calls:
                call()
            if wait != 0.0:
                del sessions  # one that goes meanwhile is not to be held
                with self._condition:
                    if not self._awake and not self._calls:
                        self._resting = True
                        self._condition.wait(wait)
                        self._resting = False

    def round(self, sessions: Sequence[LiveView]) -> float | None:
        """A turn for each that is ready and has not used more than its share.

        Seconds until the next round: 0 after turns, None where nothing is due.
        """
        now = time.monotonic()
        waits = [(session.wait(now), session) for session in sessions]
        ready = [session for wait, session in waits if wait is not None and wait <= 0]
        if not ready:
            return min((wait for wait, _ in waits if wait is not None), default=None)
        share = max(MIN_TURN, min(TURN, 0.05 / len(ready)))
        for session in self._within(share, ready):
            start = self._clock()
            session.take_turn(share)  # a fault in it must not stop the others' training
            self._used[session.account] += self._clock() - start
            time.sleep(0)  # let the event loop and the page scripts in
        return 0.0

    def _within(self, share: float, ready: Sequence[LiveView]) -> list[LiveView]:
        """Those whose viewers are at most a share ahead of who has used the least.

        Who has wanted nothing for a while has saved nothing up, or it would hold up all others.
        """
        used = {each.account: self._used.get(each.account, 0.0) for each in ready}
        self._floor = max(self._floor, min(used.values()))
        self._used |= {account: max(spent, self._floor) for account, spent in used.items()}
        return [each for each in ready if self._used[each.account] <= self._floor + share]


TRAINER = Trainer()
