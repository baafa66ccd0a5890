"""What one viewer looks at over a socket: wishes come from any thread, frames from the trainer's.

Threads other than the trainer's only leave wishes (granted in their order); everything else
belongs to whoever holds `lock`.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

STALLED = 2.0  # a client that has not drawn the last frame for this long gets no training
GRACE = 3.0  # seconds after a wish in which its work goes on though no socket is there (yet)


class Watched:
    """The part that all views share; a subclass says what is due, what a turn does, what is drawn.

    `due(now)` is in seconds, None where there is nothing to do; `turn(seconds)` grants wishes,
    works for about so long and sends a frame where one is wanted; `give_up()` follows a fault.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.account: object = self  # on which its turns go; all of a viewer's boards share one
        self.problem = ""  # what could not be done, for the person
        self.wake: Callable[[], None] = lambda: None
        self._wishes: deque[Callable[[], None]] = deque()
        self._on_frame: Callable[[bytes], None] | None = None
        self._frame_wanted = False
        self._frame_time = 0.0  # of the last frame sent
        self._asked_time = time.monotonic()  # when somebody last wished for something

    def attach(self, on_frame: Callable[[bytes], None]) -> None:
        """A socket opened: frames go to `on_frame` (called in the trainer's thread)."""

        def begin() -> None:
            self._on_frame, self._frame_wanted = on_frame, True
            self._forget_client()

        self._wish(begin)

    def detach(self, on_frame: Callable[[bytes], None]) -> None:
        """That socket closed; what goes on by itself waits until another one opens."""

        def end() -> None:
            if self._on_frame is on_frame:
                self._on_frame, self._frame_wanted = None, False
                self._forget_client()

        self._wish(end)

    def drawn(self) -> None:
        """The client draws the last frame: it can take the next."""
        self._frame_wanted = True
        self.wake()

    def attentive(self, now: float) -> bool:
        """Whether somebody looks and keeps up: what goes on by itself goes on."""
        stalled = not self._frame_wanted and now - self._frame_time > STALLED
        return self._on_frame is not None and not stalled

    def expected(self, now: float) -> bool:
        """Whether somebody looks, or has just asked for something and may be about to look."""
        return self.attentive(now) or now - self._asked_time < GRACE

    def settle(self, seconds: float) -> None:
        """Wait until the wishes so far are granted, at most this long (not in the trainer)."""
        end = time.monotonic() + seconds
        while self._wishes and time.monotonic() < end:
            time.sleep(0.002)
        # The last one has left the queue, but its turn may be at it still.
        if self.lock.acquire(timeout=max(0.0, end - time.monotonic())):
            self.lock.release()

    def complain(self, problem: str) -> None:
        """Show a sentence about something that could not be done."""

        def note() -> None:
            self.problem = problem

        self._wish(note)

    def due(self, now: float) -> float | None:
        raise NotImplementedError

    def turn(self, seconds: float) -> None:
        raise NotImplementedError

    def give_up(self) -> None:
        raise NotImplementedError

    def rest(self) -> None:
        """Nobody has looked for a while: give back what can be made again.

        Called under the lock, by whoever sweeps; once for each time that the viewer goes away.
        """

    def _wish(self, wish: Callable[[], None]) -> None:
        self._wishes.append(wish)
        self._asked_time = time.monotonic()
        self.wake()

    def _grant_wishes(self) -> None:
        while self._wishes:
            try:
                self._wishes.popleft()()
            except ValueError as error:  # DataError too: the sentence says what does not fit
                self.problem = str(error)
                self._refused()

    def _refused(self) -> None:
        """A wish could not be granted; `problem` says why."""

    def _forget_client(self) -> None:
        """Another client, or none: it has nothing of what was sent before."""
