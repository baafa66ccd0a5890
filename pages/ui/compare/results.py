"""What compared runs came to: numbers by value and seed, curves, tables, CSV, a conclusion."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from nnlib.comparing.conclusions import band, conclusion
from nnlib.comparing.knobs import KNOBS, Knob
from nnlib.comparing.sweep import Outcome, dead_share, solved_at
from nnlib.run import Run
from pages.ui.compare.choices import Axis
from pages.ui.compare.lockstep import Lockstep

MEASURES = ("test_loss", "train_loss", "test_score")
CURVE_POINTS = 120  # of each curve
_NUMBERS = tuple(field.name for field in fields(Outcome) if field.name != "curve")


def worst(measure: str) -> float:
    """What a diverged run counts as: no other is as bad."""
    return -np.inf if measure.endswith("score") else np.inf


@dataclass(frozen=True)
class Now:
    """Where all runs of a lockstep are: arrays (values, seeds), the worst where one diverged.

    `solved` is the epoch at which the task was solved, inf for never.
    """

    train_loss: np.ndarray
    test_loss: np.ndarray
    test_score: np.ndarray
    solved: np.ndarray
    diverged: np.ndarray  # bool
    dead: np.ndarray  # share 0-1 of the hidden units; 0 where it was not counted


def now(lockstep: Lockstep, *, dead: bool = False) -> Now:
    """The numbers of the present epoch, the dead units only where they are asked for."""
    shape = len(lockstep.configs), lockstep.seeds
    found = {name: np.empty(shape) for name in MEASURES}
    solved, diverged = np.full(shape, np.inf), np.zeros(shape, bool)
    dead_units = np.zeros(shape)
    for value, row in enumerate(lockstep.runs):
        for seed, run in enumerate(row):
            place = value, seed
            epoch = solved_at(run)
            solved[place] = np.inf if epoch is None else epoch
            diverged[place] = run.diverged is not None
            dead_units[place] = dead_share(run) if dead else 0.0
            for name, number in zip(MEASURES, last(run), strict=True):
                found[name][place] = worst(name) if diverged[place] else number
    return Now(**found, solved=solved, diverged=diverged, dead=dead_units)


def last(run: Run) -> tuple[float, float, float]:
    """MEASURES of the network as it is; at the end of an epoch they have been measured already."""
    history = run.history
    if run.batch == 0 and len(history) and history.epoch[-1] == run.epoch:
        test_loss, train_loss, test_score = (float(getattr(history, m)[-1]) for m in MEASURES)
    else:
        train_loss, test_loss, _, _, test_score = run.measure()
    return test_loss, train_loss, test_score


def curves(lockstep: Lockstep, measure: str) -> tuple[np.ndarray, np.ndarray]:
    """Epochs (m,) and a measure by then (values, seeds, m), m at most CURVE_POINTS.

    Both ends are kept; the worst stands where a run has diverged.
    """
    runs = [run for row in lockstep.runs for run in row]
    longest = max(runs, key=lambda run: len(run.history))
    epochs = longest.history.epoch
    take = np.unique(np.linspace(0, len(epochs) - 1, min(len(epochs), CURVE_POINTS)).astype(int))
    found = np.full((len(runs), len(take)), worst(measure))
    for row, run in zip(found, runs, strict=True):
        values = getattr(run.history, measure)
        reached = take[take < len(values)]
        row[: len(reached)] = values[reached]
    return epochs[take], found.reshape(len(lockstep.configs), lockstep.seeds, -1)


def bands(values: np.ndarray) -> np.ndarray:
    """(values, seeds, m) -> (values, 3, m): median, lower and upper quartile over the seeds."""
    return np.stack([np.stack(band(each)) for each in values])


def rows(found: Now) -> list[dict]:
    """The table, a row for each value: medians with quartiles, and how many seeds solved it.

    JSON has no infinity: None stands for diverged, or for never.
    """
    table = []
    for value in range(len(found.test_loss)):
        solved = found.solved[value]
        table.append(
            {
                "loss": _finite(*band(found.test_loss[value])),
                "score": _finite(band(found.test_score[value]).median)[0],
                "solved": int(np.isfinite(solved).sum()),
                "epochs": _finite(band(solved).median)[0],
                "diverged": int(found.diverged[value].sum()),
                "dead": float(np.median(found.dead[value])),
            }
        )
    return table


def _finite(*values: float | np.ndarray) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


def said(knob: Knob, value: object) -> str:
    """A value as a sentence names it: ReLU, η 0.03, batch size 10, (x₁, x₂)."""
    if knob.kind == "number":
        return f"{knob.symbol or knob.title.lower()} {knob.text(value)}"
    return f"({knob.text(value)})" if knob.kind == "features" else knob.text(value)


def concluded(labels: Sequence[str], found: Now, *, same_loss: bool) -> list[str]:
    """Sentences on what these seeds show.

    Without `same_loss` the values have losses in different units: their scores are compared.
    """
    losses, what = found.test_loss, "final test loss"
    if not same_loss:
        losses, what = 1 - found.test_score, "final test error"
    epochs = [[int(e) if np.isfinite(e) else None for e in row] for row in found.solved]
    return conclusion(labels, losses, epochs, what=what)


# ------------------------------------------------------------------------ CSV


def table_text(axes: Sequence[Axis], entries: Sequence[tuple[tuple, int, Outcome]]) -> str:
    """One line for each run: (values of the axes, seed, outcome), with every number there is."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*(axis.knob for axis in axes), "seed", *_NUMBERS])
    for values, seed, outcome in entries:
        written = [KNOBS[a.knob].write(v) for a, v in zip(axes, values, strict=True)]
        numbers = [getattr(outcome, name) for name in _NUMBERS]
        writer.writerow([*written, seed, *("" if n is None else n for n in numbers)])
    return out.getvalue()
