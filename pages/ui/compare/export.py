"""The table of all runs as CSV: measured run by run once it has been asked for, then sent."""

from __future__ import annotations

import time

from nnlib.comparing.sweep import Outcome, outcome
from nnlib.config import RunConfig
from pages.ui.compare import results
from pages.ui.compare.choices import Choices
from pages.ui.compare.lockstep import Lockstep
from pages.ui.compare.sweep import Sweep


class Export:
    """The CSV that was asked for, if any; of a grid there is nothing left to be measured."""

    def __init__(self) -> None:
        self._outcomes: list[Outcome] | None = None  # side by side, of the runs so far

    def ask(self) -> None:
        """Begin to measure."""
        self._outcomes = []

    def drop(self) -> None:
        """It is not wanted any more."""
        self._outcomes = None

    def collecting(self, choices: Choices, race: Lockstep) -> bool:
        """Whether runs that rest are still to be measured."""
        if self._outcomes is None or choices.mode != "side":
            return False
        return len(self._outcomes) < race.total

    def ready(self, choices: Choices, race: Lockstep) -> bool:
        """Whether the table is complete."""
        if self._outcomes is None:
            return False
        return choices.mode == "grid" or len(self._outcomes) == race.total

    def collect(self, race: Lockstep, seconds: float) -> None:
        """Measure runs, for about so long."""
        runs = [run for row in race.runs for run in row]
        found, end = self._outcomes, time.perf_counter() + seconds
        while found is not None and len(found) < len(runs) and time.perf_counter() < end:
            found.append(outcome(runs[len(found)]))

    def take(
        self, choices: Choices, race: Lockstep, base: RunConfig, sweep: Sweep | None
    ) -> str | None:
        """The table, once it is complete; it has been sent then."""
        if self._outcomes is None or not self.ready(choices, race):
            return None
        if choices.mode == "side":
            places = [(v, s) for v in range(len(choices.side.values)) for s in range(choices.seeds)]
            axes = [choices.side]
            entries: list[tuple[tuple, int, Outcome]] = [
                ((choices.side.values[value],), race.configs[value].seed + seed, found)
                for (value, seed), found in zip(places, self._outcomes, strict=True)
            ]
        else:
            axes = [choices.rows, choices.columns]
            outcomes = sweep.outcomes if sweep is not None else []
            entries = [
                (
                    (choices.rows.values[row], choices.columns.values[column]),
                    base.seed + seed,
                    found,
                )
                for row, cells in enumerate(outcomes)
                for column, cell in enumerate(cells)
                for seed, found in sorted(cell.items())
            ]
        self.drop()
        return results.table_text(axes, entries)
