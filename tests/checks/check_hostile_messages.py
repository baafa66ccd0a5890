"""Ten thousand hostile messages over all boards: no exception, short sentences, live boards."""

from __future__ import annotations

import time

import pytest

from pages.ui.live.wishes import MAX_SENTENCE
from tests.ui.boards import BOARDS, Seat
from tests.ui.hostile import messages

ALL = 10_000


@pytest.mark.parametrize("board", BOARDS)
def test_hostile_messages_leave_a_board_that_draws(board: str, caplog: pytest.LogCaptureFixture):
    here = Seat(board)
    here.turn()
    start = time.perf_counter()
    n = ALL // len(BOARDS) + 1
    for message in messages(here.verbs, seed=8, n=n):
        here.say(message)
        here.turn(1)
        assert len(here.said) <= MAX_SENTENCE, message
        assert not caplog.messages, message
    before = len(here.frames)
    here.board.complain("still here")
    here.turn()
    assert len(here.frames) > before
    print(f"{board}: {n} messages, {time.perf_counter() - start:.1f} s, {len(here.frames)} frames")
