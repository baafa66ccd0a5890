"""A client of a session, driven by hand: the test grants the turns and moves the clock."""

from __future__ import annotations

from collections.abc import Callable

from nnlib.config import RunConfig
from nnlib.run import Run
from pages.ui.session.session import Session
from tests.ui.clock import Clock
from tests.ui.taken_apart import Frame, take_apart

SMALL = RunConfig(n_samples=60)  # 3 batches an epoch
WILD = RunConfig(output="linear", loss="squared", learning_rate=10.0)
LIMIT = 5_000  # turns until a condition that does not come is given up


class Viewer:
    """A client without a browser: it takes frames, and draws them when the test says so."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self.session, self.clock = session, clock
        self.frames: list[Frame] = []
        session.attach(self.take)

    def take(self, frame: bytes) -> None:
        self.frames.append(take_apart(frame))

    @property
    def epochs(self) -> list[int]:
        return [frame.header["epoch"] for frame in self.frames]

    def turn(self, seconds: float = 0.02) -> None:
        """The clock moves, the session gets a turn."""
        self.clock.now += seconds
        self.session.turn(0.002)

    def draw(self, seconds: float = 0.02) -> None:
        """The last frame is drawn, then a turn."""
        self.session.drawn()
        self.turn(seconds)

    def draw_until(self, condition: Callable[[], bool]) -> None:
        for _ in range(LIMIT):
            if condition():
                return
            self.draw()
        raise AssertionError(f"not reached in {LIMIT} turns; epoch {self.session.run.epoch}")

    def train_to(self, epoch: int) -> None:
        """Play until this epoch is reached, then pause."""
        self.session.play()
        self.draw_until(lambda: self.session.run.epoch >= epoch)
        self.session.pause()
        self.draw()


def catch_up(session: Session) -> None:
    """Turns until nothing is left to retrain."""
    session.turn(0.002)
    for _ in range(LIMIT):
        if session.run.epoch >= session.goal or session.run.diverged:
            return
        session.turn(0.002)
    raise AssertionError(f"epoch {session.run.epoch} of {session.goal}")


def trained(viewer: Viewer, epoch: int) -> Run:
    """The session's run, trained to exactly this epoch and paused."""
    viewer.session.goal = epoch
    catch_up(viewer.session)
    return viewer.session.run


def visit(viewer: Viewer, epoch: int) -> Run:
    """The run on screen when this epoch is visited."""
    viewer.session.visit(epoch)
    viewer.draw_until(lambda: viewer.session.time.shown.epoch == epoch)
    return viewer.session.time.shown


def branch_off(viewer: Viewer, epoch: int, **changes: object) -> Run:
    """Wind back and change something: the new branch's run."""
    visit(viewer, epoch)
    assert viewer.session.want(**changes) == []
    viewer.draw()
    catch_up(viewer.session)
    return viewer.session.run


def edit(viewer: Viewer, name: str, value: float) -> None:
    viewer.session.edit_network(name, value)
    viewer.draw()
