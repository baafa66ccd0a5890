"""Who looks: everything that the server holds for one browser tab, and for how long.

A viewer is *present* while Streamlit or one of its boards' sockets is connected, and a moment
longer; then *away*, and kept for whoever returns; then gone. What belongs to a viewer is held here
alone, under tokens that nobody can guess: Streamlit's own store keeps a token and nothing else.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from pages.ui.live.live_view import LiveView
from pages.ui.live.trainer import TRAINER
from pages.ui.live.wishes import Verbs

_LOG = logging.getLogger(__name__)
# Seconds since a viewer was connected last:
GRACE = 10.0  # ... it counts as present: between a page and its socket, over a blip
REST = 60.0  # ... what can be made again is given back
KEEP = 600.0  # ... it is dropped; as server.disconnectedSessionTTL says for Streamlit's part
SWEEP = 5.0  # seconds between two looks

MAX_PRESENT = 500  # newcomers wait beyond it; app.py sets it as the operator and the memory say
MESSAGES_PER_SECOND, BURST = 150.0, 300.0
UNKNOWN = 4403  # the code that a socket is closed with when its board is not kept


class Full(Exception):
    """So many people are present that nobody else is let in."""


class Tab(Protocol):
    """A browser tab as the pages' server knows it."""

    def connected(self) -> bool:
        """Whether its page holds a connection."""

    def let_go(self) -> None:
        """Forget the files that came from it."""


class Allowance:
    """How many messages a board's client may still send; it outlives the socket."""

    def __init__(self) -> None:
        self._left, self._since = BURST, time.monotonic()

    def spend(self, cost: float = 1.0) -> bool:
        """Take a message off it; False where nothing is left."""
        now = time.monotonic()
        self._left = min(BURST, self._left + (now - self._since) * MESSAGES_PER_SECOND)
        self._since = now
        if self._left < cost:
            return False
        self._left -= cost
        return True


@dataclass(eq=False)
class Board:
    """Something that a viewer looks at through a socket of its own, opened by `token`."""

    viewer: Viewer
    watched: LiveView
    verbs: Verbs
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    allowance: Allowance = field(default_factory=Allowance)
    close: Callable[[int], None] | None = None  # closes the open socket with a code


class Viewer:
    """One browser tab: what it looks at, and what its pages remember."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(24)
        self.boards: dict[str, Board] = {}  # by name
        self.pages: dict[str, str] = {}  # each page's part of the link
        self.problems: dict[str, list[str]] = {}  # what is to be said at a place of a page
        self.seen: object = None  # the settings that the page's widgets show
        self.revision = 0  # part of the widgets' names
        self.unknown = ""  # a viewer's token that this tab asked for and that is not kept
        self.tab: Tab | None = None
        self.last = time.monotonic()  # when it was seen connected
        self._rested = False

    def show(self, name: str, watched: LiveView, verbs: Verbs) -> Board:
        """Let it take its turns and be reached by socket, under a name of this viewer's."""
        board = Board(self, watched, verbs)
        watched.account = self
        with _LOCK:
            self.boards[name] = board
            _BOARDS[board.token] = board
        TRAINER.add(watched)
        return board

    def touch(self) -> None:
        """It was there just now."""
        self.last = time.monotonic()
        self._rested = False

    def present(self, now: float) -> bool:
        """Whether it counts among those who are here."""
        return now - self.last <= GRACE or self.connected()

    def connected(self) -> bool:
        """Whether its page, or one of its boards, holds a connection at this moment."""
        sockets = any(board.close is not None for board in list(self.boards.values()))
        return sockets or (self.tab is not None and self.tab.connected())

    def rest(self) -> None:
        """Give back what can be made again; once for each time that it goes away."""
        if self._rested:
            return
        self._rested = True
        if self.tab is not None:
            self.tab.let_go()
        for board in list(self.boards.values()):
            with board.watched.lock:
                board.watched.rest()


# ------------------------------------------------------------------------ those who are known

_VIEWERS: dict[str, Viewer] = {}
_BOARDS: dict[str, Board] = {}
_LOCK = threading.RLock()


def arrive() -> Viewer:
    """A new viewer; raises Full where no place is left."""
    with _LOCK:
        if present() >= MAX_PRESENT:
            raise Full
        viewer = Viewer()
        _VIEWERS[viewer.token] = viewer
        return viewer


def find(token: str) -> Viewer | None:
    """The viewer whom a token stands for, None where nothing is kept of it."""
    return _VIEWERS.get(token)


def board(token: str) -> Board | None:
    """The board that a token opens, None where nothing is kept of it."""
    return _BOARDS.get(token)


def present() -> int:
    """How many are here."""
    with _LOCK:
        now = time.monotonic()
        return sum(viewer.present(now) for viewer in _VIEWERS.values())


def drop(viewer: Viewer) -> None:
    """Forget a viewer and all that it looked at."""
    with _LOCK:
        _VIEWERS.pop(viewer.token, None)
        for each in viewer.boards.values():
            _BOARDS.pop(each.token, None)
    for each in viewer.boards.values():
        TRAINER.remove(each.watched)
        if each.close is not None:
            each.close(UNKNOWN)


# ------------------------------------------------------------------------ those who leave


def sweep() -> None:
    """One look at everybody: who is away rests, and is dropped after a while.

    More away than may be present cost too much: of these the longest away goes first.
    """
    with _LOCK:
        now = time.monotonic()
        for viewer in _VIEWERS.values():
            if viewer.connected():
                viewer.touch()
        away = [viewer for viewer in _VIEWERS.values() if now - viewer.last > GRACE]
        away.sort(key=lambda viewer: viewer.last)
        too_many = max(0, len(away) - MAX_PRESENT)
        gone = [v for i, v in enumerate(away) if i < too_many or now - v.last > KEEP]
        for viewer in gone:
            drop(viewer)
    for viewer in away:
        if viewer not in gone and now - viewer.last > REST:
            try:
                viewer.rest()
            except Exception:  # one viewer's fault must not keep the others' memory
                _LOG.exception("a viewer could not be put to rest")


def sweep_until(stop: threading.Event) -> None:
    """Sweep every few seconds, until `stop` is set."""
    while not stop.wait(SWEEP):
        sweep()
