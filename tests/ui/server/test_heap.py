"""Memory is collected on a timer, and handed back where the system can take it."""

from __future__ import annotations

import ctypes
import gc
import threading
import weakref

import pytest

from pages.ui.server import heap


class Thing:
    """Something that only the collector frees."""

    def __init__(self) -> None:
        self.me = self


def test_what_holds_itself_is_collected_until_it_is_stopped(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(heap, "SECONDS", 0.001)
    stop, handed_back = threading.Event(), threading.Event()
    monkeypatch.setattr(heap, "hand_back", handed_back.set)
    gc.disable()
    try:
        left = weakref.ref(Thing())
        thread = threading.Thread(target=heap.collect_until, args=(stop,))
        thread.start()
        assert handed_back.wait(60)
        stop.set()
        thread.join()
    finally:
        gc.enable()
    assert left() is None


def test_a_system_without_such_a_call_goes_without(monkeypatch: pytest.MonkeyPatch):
    def missing(name: str) -> None:
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", missing)
    assert heap.hand_back() is False
