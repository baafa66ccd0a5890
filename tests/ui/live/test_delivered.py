"""What a client has already is not sent again."""

from __future__ import annotations

import pytest

from pages.ui.live.delivered import Delivered
from pages.ui.live.packing import Packet
from pages.ui.live.protocol import COMMON, Blob, Protocol
from tests.ui.clock import Clock, drive
from tests.ui.taken_apart import take_apart

TABLE = COMMON | Protocol({}, {"part": Blob("text", "", "anything", "when it has changed")})


def kinds(delivered: Delivered, key: object) -> list[str]:
    packet = Packet(TABLE)
    delivered.once(packet, "part", key, lambda: b"bytes")
    return take_apart(bytes(packet)).kinds


def test_a_part_goes_out_when_its_key_changes():
    delivered = Delivered()
    assert [kinds(delivered, key) for key in (1, 1, 2)] == [["part"], [], ["part"]]


def test_a_part_of_no_key_goes_out_once_too():
    delivered = Delivered()
    assert [kinds(delivered, None), kinds(delivered, None)] == [["part"], []]


def test_what_is_forgotten_goes_out_again():
    delivered = Delivered()
    kinds(delivered, 1)
    delivered.note("other", 1)
    delivered.forget("part")
    assert kinds(delivered, 1) == ["part"]
    assert delivered.has("other", 1)
    delivered.forget()
    assert not delivered.has("other", 1)


def test_a_part_that_changes_often_goes_out_now_and_then(monkeypatch: pytest.MonkeyPatch):
    clock = Clock()
    drive(monkeypatch, clock)
    delivered, sent = Delivered(), []
    for key in range(10):
        sent.append(delivered.note("curve", key, every=0.25))
        clock.now += 0.1
    assert [key for key, went in enumerate(sent) if went] == [0, 3, 6, 9]
