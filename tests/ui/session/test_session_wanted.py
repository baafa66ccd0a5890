"""What is wanted of a session may be changed by several threads at once: nothing gets lost."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest

from nnlib.config import RunConfig
from pages.ui.session.session import Session

TIMES = 300


def test_two_threads_that_change_different_settings_both_get_their_way(
    monkeypatch: pytest.MonkeyPatch,
):
    session, replace = Session(RunConfig(n_samples=60)), RunConfig.replace

    def slowly(config: RunConfig, **changes: object) -> RunConfig:
        threading.Event().wait(0.02)  # the other thread comes meanwhile
        return replace(config, **changes)

    monkeypatch.setattr(RunConfig, "replace", slowly)
    threads = [threading.Thread(target=session.want, kwargs={field: 0.5}) for field in ("l1", "l2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (session.config.l1, session.config.l2) == (0.5, 0.5)


@pytest.fixture
def impatient() -> Iterator[None]:
    """Threads take turns in the middle of whatever they do."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("impatient")
def test_a_setting_that_is_changed_while_the_trainer_goes_back_is_not_lost():
    session = Session(RunConfig(n_samples=60))
    ended = threading.Event()

    def visit_on_and_on() -> None:
        while not ended.is_set():
            session.visit(0)
            session.turn(0.0)

    session.turn(0.0)
    trainer = threading.Thread(target=visit_on_and_on)
    trainer.start()
    reached = []
    for i in range(1, TIMES + 1):
        session.want(learning_rate=i / 1_000)
        session.settle(1.0)
        reached.append(session.run.config.learning_rate == i / 1_000)
    ended.set()
    trainer.join()
    assert all(reached)
