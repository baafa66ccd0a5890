"""What is made once is made once, however many come for it at the same time."""

from __future__ import annotations

import threading

from pages.ui.once import once

COMERS = 30


def test_many_who_come_at_once_get_the_same_one() -> None:
    made, got, gate = [], [], threading.Barrier(COMERS)

    @once
    def thing(name: str) -> object:
        made.append(name)
        threading.Event().wait(0.01)  # the others come meanwhile
        return object()

    def come() -> None:
        gate.wait()
        got.append(thing("one"))

    threads = [threading.Thread(target=come) for _ in range(COMERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == ["one"]
    assert len({id(each) for each in got}) == 1 and len(got) == COMERS


def test_what_could_not_be_made_is_tried_again() -> None:
    tries = []

    @once
    def thing() -> str:
        tries.append(len(tries))
        if len(tries) == 1:
            raise OSError("not yet")
        return "made"

    for _ in range(3):
        try:
            last = thing()
        except OSError:
            last = ""
    assert (last, tries) == ("made", [0, 1])
