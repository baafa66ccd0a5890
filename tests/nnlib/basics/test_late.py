"""Packages imported late, by whoever comes first, are whole for everybody who comes with them."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from nnlib.basics.late import late

# Each begins, lets the other thread begin the other one, and takes what that one defines last.
HALF = """
import time
time.sleep(0.1)
import {other}
made = 1
"""


def test_two_threads_never_see_a_module_half_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, other in (("half_one", "half_two"), ("half_two", "half_one")):
        (tmp_path / f"{name}.py").write_text(HALF.format(other=other))
    monkeypatch.syspath_prepend(tmp_path)
    gate, found = threading.Barrier(2), []

    def take(name: str) -> None:
        gate.wait()
        module = late(name)
        found.append([hasattr(sys.modules[half], "made") for half in ("half_one", "half_two")])
        assert module is sys.modules[name]

    threads = [threading.Thread(target=take, args=(name,)) for name in ("half_one", "half_two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in ("half_one", "half_two"):
        monkeypatch.delitem(sys.modules, name)
    assert found == [[True, True], [True, True]]


def test_a_module_that_is_not_there_says_so() -> None:
    with pytest.raises(ImportError):
        late("no_such_module_of_anybody")
