"""What is said of two checkouts, and when the bench as a whole fails."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import run
from tests.benchmarks.bench import finish
from tests.benchmarks.compare_checkouts import table


def test_a_figure_is_compared_by_the_medians_of_its_rounds() -> None:
    here = [{("live", "frames"): (value, "/s")} for value in (50.0, 1.0, 60.0)]
    there = [{("live", "frames"): (value, "/s")} for value in (40.0, 40.0, 99.0)]
    (line,) = table(here, there)
    assert line.split() == ["live:", "frames", "50", "40", "/s", "1.250"]


def test_a_figure_that_one_side_lacks_has_no_ratio() -> None:
    lines = table([{("live", "new"): (3.0, "ms")}], [{("live", "old"): (4.0, "ms")}])
    assert [line.split() for line in lines] == [
        ["live:", "new", "3", "none", "ms"],
        ["live:", "old", "none", "4", "ms"],
    ]


@pytest.mark.parametrize("failed", [[], ["page: it did not come"]])
def test_the_process_fails_when_a_row_had_no_figure(tmp_path: Path, failed: list[str]) -> None:
    file = tmp_path / "figures.json"
    with pytest.raises(SystemExit) as end:
        finish([{"what": "x"}], failed, file)
    assert end.value.code == bool(failed)
    assert json.loads(file.read_text()) == {"figures": [{"what": "x"}], "failed": failed}


def test_a_module_that_ends_before_its_figures_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "false")
    found, failed = run("live", [])
    assert (found, failed) == ([], ["live: ended with 1"])
