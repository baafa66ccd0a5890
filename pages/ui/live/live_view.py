"""What one viewer looks at over a socket: wishes come from any thread, frames from the trainer's.

Threads other than the trainer's only leave wishes (granted in their order); everything else
belongs to whoever holds `lock`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import final

from pages.ui.live.delivered import Delivered
from pages.ui.live.packing import Packet
from pages.ui.live.protocol import Protocol

_LOG = logging.getLogger(__name__)
FAULT = "Something went wrong, and this view stands still. Change a setting to go on."
STALLED = 2.0  # a client that has not drawn the last frame for this long gets no training
GRACE = 3.0  # seconds after a wish in which its work goes on though no socket is there (yet)


class LiveView:
    """The part that all views share; a subclass says what is made, what goes on, what is drawn.

    A turn grants the wishes, lets the view `follow` them, then `work` for about so long, and sends
    a `frame` where a client waits for one that would be another one. A wish that comes meanwhile
    is the next turn's, which is due at once. `due(now)` is in seconds, None where there is nothing
    to do. The trainer calls `wait` and `take_turn`, which do the same but for faults: after one it
    is said, once, and nothing goes on until the next wish.
    """

    protocol: Protocol  # what its frames may hold

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.account: object = self  # on which its turns go; all of a viewer's boards share one
        self.problem = ""  # what could not be done, for the person
        self.wake: Callable[[], None] = lambda: None
        self.delivered = Delivered()  # what the client has
        self._wishes: deque[Callable[[], None]] = deque()
        self._on_frame: Callable[[bytes], None] | None = None
        self._left: Callable[[], int] = int  # messages of this socket that have left their wishes
        self._granted = 0  # ... whose wishes are granted
        self._heard = 0  # ... as the last frame said
        self._frame_wanted = False
        self._frame_time = 0.0  # of the last frame sent
        self._shown: object = None  # the state that it was drawn from
        self._asked_time = time.monotonic()  # when somebody last wished for something
        self._refusals = 0  # wishes that could not be granted: each is answered
        self._stands = False  # since a fault; the next wish ends it
        self._told = False  # ... which the client has been told

    def attach(
        self, on_frame: Callable[[bytes], None], left: Callable[[], int] = lambda: 0
    ) -> None:
        """A socket opened: frames go to `on_frame` (called in the trainer's thread).

        `left()` counts the messages of this socket that have left what they wish. Each frame says
        how many of them it has `heard`, so that the client knows what it does not show yet.
        """

        def begin() -> None:
            self._on_frame, self._frame_wanted = on_frame, True
            self._left, self._granted, self._heard = left, 0, 0
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

    def ask(self, wish: Callable[[], object]) -> None:
        """Leave a client's wish: a ValueError is said, any other fault is as one of a turn."""

        def leave() -> None:
            try:
                wish()
            except ValueError as error:
                self.complain(str(error))

        if not self._succeeds(leave):
            self.give_up()

    def complain(self, problem: str) -> None:
        """Show a sentence about something that could not be done."""

        def note() -> None:
            self.problem = problem
            self._refusals += 1

        self._wish(note)

    # --------------------------------------------------- a turn

    @final
    def due(self, now: float) -> float | None:
        """Seconds until there is something to do; None where nothing is."""
        if self._wishes or self._has_news(now):
            return 0.0
        return min(self.waits(now), default=None)

    @final
    def turn(self, seconds: float) -> None:
        """Grant the wishes, follow them, work for about `seconds`, draw what is wanted."""
        with self.lock:
            self._grant_wishes()
            count = self._left()
            if self.all_granted():  # what was left before it was counted
                self._granted = count
            self.follow()
            self.work(seconds)
            if self._has_news(time.monotonic()):
                self._draw()

    @property
    def frame_wanted(self) -> bool:
        """Whether a client waits for the next frame."""
        return self._frame_wanted and self._on_frame is not None

    def _has_news(self, now: float) -> bool:
        if not self.frame_wanted or self.holds_back():
            return False
        # A wish may change nothing: that it was heard is news, for the client has its own value.
        return self._shown != self.state() or self._heard != self._granted or self.left_out(now)

    def _draw(self) -> None:
        state = self.state()  # a change that comes while it is drawn is drawn in the next frame
        packet = self.frame()
        if packet is None or self._on_frame is None:
            return
        self._heard = packet.header["heard"] = self._granted
        self._frame_wanted, self._frame_time, self._shown = False, time.monotonic(), state
        self._on_frame(bytes(packet))

    # What a view is, each part called under the lock, in the trainer's thread:

    def all_granted(self) -> bool:
        """Whether nothing that the client wished for is left."""
        return not self._wishes

    def follow(self) -> None:
        """Make what there is fit the wishes that were granted, and what else may have changed."""

    def waits(self, now: float) -> Iterator[float]:
        """Seconds until each of the things that go on by themselves goes on."""
        yield from ()

    def work(self, seconds: float) -> None:
        """Let those of them go on that are due, for about so long."""

    def state(self) -> object:
        """What a frame is drawn from: equal, and it would come out the same."""
        raise NotImplementedError

    def left_out(self, now: float) -> bool:
        """Whether the last frame left out something that a frame of the same state brings now."""
        return False

    def holds_back(self) -> bool:
        """Whether the last frame stays a moment longer."""
        return False

    def frame(self) -> Packet | None:
        """The next frame for the client; None where it takes another turn."""
        raise NotImplementedError

    # --------------------------------------------------- what goes wrong in a turn

    def wait(self, now: float) -> float | None:
        """Seconds until its next turn; None where there is nothing to do."""
        if not self._stands:
            waits: list[float | None] = [None]
            if not self._succeeds(lambda: waits.append(self.due(now))):
                self.give_up()
            return waits[-1]
        return 0.0 if self._wishes or (self.frame_wanted and not self._told) else None

    def take_turn(self, seconds: float) -> None:
        """A turn of about so many seconds; it raises nothing."""
        with self.lock:
            if self._wishes or not self._stands:
                if not self._succeeds(lambda: self.turn(seconds)):
                    self.give_up()
                return
            # The view as it stands, with the sentence; where drawing is what fails, that alone.
            self._told = True
            if not self._succeeds(lambda: self.turn(0.0)):
                self._succeeds(self._send_fault)

    def give_up(self) -> None:
        """After a fault: it is said, and the view stands still until the next wish."""
        with self.lock:
            self._stands, self._told, self.problem = True, False, FAULT
            self._succeeds(self._stand_still)
            self._succeeds(self._forget_client)  # what was to be sent may not have been

    def _succeeds(self, act: Callable[[], object]) -> bool:
        """Do it; a fault is logged, and must not stop the other views."""
        try:
            act()
        except Exception:
            _LOG.exception("a view stands still")
            return False
        return True

    def _send_fault(self) -> None:
        if self._on_frame is not None and self.frame_wanted:
            self._forget_client()
            self._frame_wanted, self._frame_time = False, time.monotonic()
            self._heard = self._granted
            self._on_frame(bytes(Packet(self.protocol, fault=FAULT, heard=self._heard)))

    def _stand_still(self) -> None:
        """What goes on by itself ends: a fault has come."""

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
            wish = self._wishes.popleft()
            if self._stands:
                self._stands, self.problem = False, ""
            try:
                wish()
            except ValueError as error:  # DataError too: the sentence says what does not fit
                self.problem = str(error)
                self._refusals += 1
                self._refused()

    def _refused(self) -> None:
        """A wish could not be granted; `problem` says why."""

    def _forget_client(self) -> None:
        """Another client, or none: it has nothing of what was sent before."""
        self._shown = None
        self.delivered.forget()
