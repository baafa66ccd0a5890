"""The trainer's thread begins once, whoever comes first, and ends when it is told to."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest

from pages.ui.live.live_view import LiveView
from pages.ui.live.trainer import Trainer

STARTS, COMERS = 200, 30
PATIENCE = 60.0


class Idle(LiveView):
    """Somebody who has nothing to do but to note the thread of its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.had_turn = threading.Event()
        self.thread: threading.Thread | None = None

    def waits(self, now: float) -> Iterator[float]:
        if not self.had_turn.is_set():
            yield 0.0

    def work(self, seconds: float) -> None:
        self.thread = threading.current_thread()
        self.had_turn.set()


@pytest.fixture
def impatient() -> Iterator[None]:
    """Threads take turns in the middle of whatever they do."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("impatient")
def test_many_who_come_at_once_start_one_thread():
    for _ in range(STARTS):
        trainer, gate = Trainer(), threading.Barrier(COMERS)
        comers = [Idle() for _ in range(COMERS)]
        faults: list[Exception] = []

        def come(one: Idle, trainer=trainer, gate=gate, faults=faults) -> None:
            gate.wait()
            try:
                trainer.add(one)
            except Exception as fault:
                faults.append(fault)

        threads = [threading.Thread(target=come, args=(one,)) for one in comers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert faults == []
        assert all(one.had_turn.wait(PATIENCE) for one in comers)
        trainer.stop()
        assert len({one.thread for one in comers}) == 1
        assert not comers[0].thread.is_alive()


def test_after_a_stop_the_next_one_who_comes_starts_it_again():
    trainer, first, second = Trainer(), Idle(), Idle()
    trainer.add(first)
    assert first.had_turn.wait(PATIENCE)
    trainer.stop()
    trainer.add(second)
    assert second.had_turn.wait(PATIENCE)
    trainer.stop()
    assert second.thread is not first.thread


def test_stopping_what_never_started_does_nothing():
    Trainer().stop()
