"""Who is present, who is away, who is let in, and what is kept of whom."""

from __future__ import annotations

import gc
import threading
import weakref
from types import SimpleNamespace

import pytest

from nnlib.config import RunConfig
from pages.ui.live.live_view import LiveView
from pages.ui.live.trainer import TRAINER
from pages.ui.server import viewers
from pages.ui.server.viewers import BURST, GRACE, KEEP, MESSAGES_PER_SECOND, REST, Allowance, Viewer
from pages.ui.session import wishes as session_wishes
from pages.ui.session.session import Session


class Thing(LiveView):
    """Something to look at that only counts how often it was put to rest."""

    def __init__(self) -> None:
        super().__init__()
        self.rests: list[bool] = []

    def rest(self) -> None:
        self.rests.append(self.lock._is_owned())


class Tab:
    """A browser tab that is connected as long as it is said to be."""

    def __init__(self) -> None:
        self.is_open, self.files = True, True

    def connected(self) -> bool:
        return self.is_open

    def let_go(self) -> None:
        self.files = False


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        """Time passes, and the sweeper looks as often as it does."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + viewers.SWEEP)
            viewers.sweep()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that is set by hand, and nobody known yet."""
    clock = Clock()
    monkeypatch.setattr(viewers, "time", clock)
    monkeypatch.setattr(viewers, "_VIEWERS", {})
    monkeypatch.setattr(viewers, "_BOARDS", {})
    return clock


def came() -> Viewer:
    """A viewer whose tab is connected, with something to look at."""
    viewer = viewers.arrive()
    viewer.tab = Tab()
    viewer.show("thing", Thing(), {})
    return viewer


def left(viewer: Viewer) -> Viewer:
    viewer.tab.is_open = False
    return viewer


def kept(*them: Viewer) -> list[bool]:
    return [viewers.find(each.token) is each for each in them]


# ------------------------------------------------------------------------ who is kept


def test_a_viewer_who_is_there_stays_however_long(clock: Clock):
    viewer = came()
    clock.wait(10 * KEEP)
    assert kept(viewer) == [True]
    assert viewer.boards["thing"].watched.rests == []
    assert viewer.tab.files


def test_an_open_socket_alone_keeps_its_viewer(clock: Clock):
    viewer = left(came())
    viewer.boards["thing"].close = lambda code: None
    clock.wait(2 * KEEP)
    assert kept(viewer) == [True]


def test_who_left_is_kept_for_a_while_and_then_dropped_with_every_board(clock: Clock):
    viewer = left(came())
    token = viewer.boards["thing"].token
    clock.wait(KEEP)
    assert kept(viewer) == [True]
    assert viewers.board(token) is viewer.boards["thing"]
    clock.wait(2 * viewers.SWEEP)
    assert kept(viewer) == [False]
    assert viewers.board(token) is None
    assert viewer.boards["thing"].watched not in TRAINER._sessions


def test_who_returns_in_time_is_kept_as_if_never_away(clock: Clock):
    viewer = left(came())
    clock.wait(KEEP - viewers.SWEEP)
    viewer.tab.is_open = True
    clock.wait(viewers.SWEEP)
    left(viewer)
    clock.wait(KEEP - viewers.SWEEP)
    assert kept(viewer) == [True]


def test_who_left_rests_once_under_the_lock_and_its_files_are_let_go(clock: Clock):
    viewer = left(came())
    clock.wait(REST)
    assert viewer.boards["thing"].watched.rests == []
    clock.wait(KEEP - REST)
    assert viewer.boards["thing"].watched.rests == [True]
    assert not viewer.tab.files


def test_who_leaves_again_rests_again(clock: Clock):
    viewer = left(came())
    for _ in range(2):
        clock.wait(REST + 2 * viewers.SWEEP)
        viewer.touch()
    assert viewer.boards["thing"].watched.rests == [True, True]


def test_a_fault_in_one_does_not_keep_the_others(clock: Clock, caplog: pytest.LogCaptureFixture):
    first, second = left(came()), left(came())
    first.boards["thing"].watched.rest = lambda: 1 / 0
    clock.wait(REST + 2 * viewers.SWEEP)
    assert second.boards["thing"].watched.rests == [True]
    assert "could not be put to rest" in caplog.text
    clock.wait(KEEP)
    assert kept(first, second) == [False, False]


def test_of_too_many_away_the_longest_away_goes_first(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(viewers, "MAX_PRESENT", 2)
    them = []
    for _ in range(4):
        them.append(left(came()))
        clock.wait(GRACE + 2 * viewers.SWEEP)
    assert kept(*them) == [False, False, True, True]


def test_a_dropped_viewers_open_socket_is_closed(clock: Clock):
    viewer, codes = came(), []
    viewer.boards["thing"].close = codes.append
    viewers.drop(viewer)
    assert codes == [viewers.UNKNOWN]


def test_the_sweep_ends_with_its_server(clock: Clock):
    stop = threading.Event()
    stop.set()
    viewers.sweep_until(stop)


# ------------------------------------------------------------------------ who is let in


def test_a_full_server_takes_nobody_else_until_somebody_leaves(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(viewers, "MAX_PRESENT", 2)
    first, second = came(), came()
    with pytest.raises(viewers.Full):
        viewers.arrive()
    left(first)
    clock.now += GRACE + 1
    third = came()
    assert kept(first, second, third) == [True] * 3


def test_many_boards_are_one_viewer(clock: Clock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(viewers, "MAX_PRESENT", 2)
    first = came()
    for i in range(20):
        first.show(f"thing {i}", Thing(), {})
    assert viewers.present() == 1
    assert kept(first, came()) == [True, True]


def test_nobody_who_is_there_makes_room(clock: Clock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(viewers, "MAX_PRESENT", 3)
    them = [came() for _ in range(3)]
    for _ in range(20):
        with pytest.raises(viewers.Full):
            viewers.arrive()
    clock.wait(KEEP)
    assert kept(*them) == [True] * 3


def test_a_page_that_has_opened_no_socket_yet_has_its_place(clock: Clock):
    viewer = left(came())
    clock.now += GRACE - 1
    assert viewers.present() == 1
    clock.now += 2
    assert viewers.present() == 0
    assert kept(viewer) == [True]


# ------------------------------------------------------------------------ what is left of them


def test_a_dropped_viewers_session_is_freed(clock: Clock):
    viewer = viewers.arrive()
    viewer.show("session", Session(RunConfig(n_samples=60)), session_wishes.VERBS)
    session = weakref.ref(viewer.boards["session"].watched)
    viewers.drop(viewer)
    del viewer
    wait_for_the_trainer()
    gc.collect()
    assert session() is None


def wait_for_the_trainer() -> None:
    """Until the trainer looks at its list again: it may be at the dropped one still."""
    looked = threading.Event()
    thing = Thing()
    thing.due = lambda now: looked.set()
    TRAINER.add(thing)
    assert looked.wait(30)
    looked.clear()
    TRAINER.wake()
    assert looked.wait(30)
    TRAINER.remove(thing)


# ------------------------------------------------------------------------ messages


def test_a_burst_is_allowed_and_then_so_many_a_second(monkeypatch: pytest.MonkeyPatch):
    clock = SimpleNamespace(monotonic=lambda: clock.now, now=0.0)
    monkeypatch.setattr(viewers, "time", clock)
    allowance = Allowance()
    assert sum(allowance.spend() for _ in range(1_000)) == BURST
    clock.now = 1.0
    assert sum(allowance.spend() for _ in range(1_000)) == MESSAGES_PER_SECOND
    clock.now = 1_000.0
    assert sum(allowance.spend() for _ in range(1_000)) == BURST


def test_an_expensive_message_needs_as_much(monkeypatch: pytest.MonkeyPatch):
    clock = SimpleNamespace(monotonic=lambda: 0.0)
    monkeypatch.setattr(viewers, "time", clock)
    allowance = Allowance()
    assert sum(allowance.spend(7.0) for _ in range(1_000)) == BURST // 7


def test_all_that_a_viewer_looks_at_takes_its_turns_on_one_account(clock: Clock):
    viewer, other = viewers.arrive(), viewers.arrive()
    first, second, foreign = Thing(), Thing(), Thing()
    for name, owner, thing in (("a", viewer, first), ("b", viewer, second), ("a", other, foreign)):
        owner.show(name, thing, {})
    assert first.account is second.account
    assert first.account is not foreign.account
