"""A comparison as the bytes of one frame: what the Compare page draws, nothing that it has already.

Pictures and numbers go out whenever all runs are at the same epoch, curves and table a few times a
second, the charts' layout, the points and the settings when they change.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from nnlib.comparing.conclusions import FEWEST_SEEDS, band, seeds_needed
from nnlib.comparing.knobs import KNOBS
from nnlib.comparing.sweep import Outcome
from nnlib.geometry import OutputField
from nnlib.losses import LOSSES
from nnlib.run import Run
from pages.ui.compare import figures as charts
from pages.ui.compare import results
from pages.ui.compare.choices import Axis, Choices
from pages.ui.compare.described import described, knobs_of
from pages.ui.compare.protocol import PROTOCOL
from pages.ui.drawing import figures, palette
from pages.ui.drawing.fields import (
    LINE_RESOLUTION,
    PLAYING_RESOLUTION,
    Prebuilt,
    output_picture,
    output_scale,
)
from pages.ui.drawing.palette import Theme
from pages.ui.live.delivered import Delivered
from pages.ui.live.packing import Packet

if TYPE_CHECKING:
    from pages.ui.compare.comparison import Comparison
    from pages.ui.compare.lockstep import Lockstep
    from pages.ui.compare.sweep import Sweep

CURVE_SECONDS = 0.3  # between two drawings of curves and table while training
HEATS = ("test_loss", "epochs_to_solve", "dead", "test_score")


@dataclass(frozen=True)
class View:
    """What the viewer has chosen to see: not part of the comparison."""

    theme: Theme = "light"
    measure: str = "test_loss"  # of the curves, one of results.MEASURES
    heat: str = "test_loss"  # of the grid's cells, one of HEATS


@dataclass
class Sent:
    """What the client of this socket has already, and the fields prebuilt for it."""

    delivered: Delivered = field(default_factory=Delivered)
    # by value, and whether in the plane
    fields: dict[tuple[int, bool], Prebuilt[OutputField]] = field(default_factory=dict)


def build(here: Comparison, sent: Sent, csv: str | None) -> Packet:
    """The next frame for a client that has `sent`, and the table as CSV where it was asked for."""
    choices, race = here.choices, here.race
    packet = Packet(
        PROTOCOL,
        mode=choices.mode,
        problem=here.problem,
        playing=here.playing,
        speed=None if here.speed == float("inf") else here.speed,
        epoch=race.epoch,
        goal=here.goal,
        built=[race.n_built, race.total],
        conclusion=here.conclusion,
        needed=_needed(choices),
    )
    if sent.delivered.note("settings", (choices, here.base, here.own)):
        packet.header["settings"] = described(choices, here.chooser)
    with np.errstate(all="ignore"):  # a diverging network's numbers are drawn as they are
        if choices.mode == "grid":
            _attach_grid(here.sweep, choices, here.view, sent, packet)
        elif race.whole:
            _attach_side(race, choices, here.view, sent, packet, resting=not here.playing)
    if csv is not None:
        packet.attach("csv", csv.encode())
    return packet


def _needed(choices: Choices) -> int | None:
    """How many seeds it takes to tell so many values apart, where there are fewer."""
    values = len(choices.side.values)
    needed = seeds_needed(values) if values > 1 else 0
    return needed if choices.seeds < needed else None


# ------------------------------------------------------------------------ side by side


def _attach_side(
    race: Lockstep, choices: Choices, view: View, sent: Sent, packet: Packet, *, resting: bool
) -> None:
    first = [row[0] for row in race.runs]
    run = first[0]
    if not KNOBS[choices.side.knob].same_loss:  # losses in different units share no axis
        view = replace(view, measure="test_score")
    delivered = sent.delivered
    if delivered.note("scene", (race, view.theme, view.measure)):
        delivered.forget("curves", *map(_picture_of, range(len(first))))
        packet.attach("scene", side_scene(race, choices, view).encode())
        packet.attach("points", points(run, view.theme))
    for value, each in enumerate(first):
        present = (each, each.network.parameters.tobytes())
        if delivered.note(_picture_of(value), present):
            _attach_picture(each, value, view, sent, packet)
    packet.header["numbers"] = [_numbers(each) for each in first]
    every = 0.0 if resting else CURVE_SECONDS
    if delivered.note("curves", (race.epoch, view.measure), every=every):
        _attach_curves(race, view, packet, resting=resting)


def _picture_of(value: int) -> str:
    return f"picture {value}"


def side_scene(race: Lockstep, choices: Choices, view: View) -> str:
    """Labels, colours, places and the two charts for these values, as JSON."""
    run = race.runs[0][0]
    data, points = run.data, run.data.points
    knob = KNOBS[choices.side.knob]
    labels = [knob.text(value) for value in choices.side.values]
    extent = points.extent * points.scale[:, None] + points.center[:, None]
    if len(extent) == 1:
        targets = np.concatenate([points.train_target, points.test_target])
        targets = targets * points.target_scale + points.target_center
        room = 0.08 * float(np.ptp(targets) or 1.0)
        extent = np.vstack([extent, [targets.min() - room, targets.max() + room]])
    title = measure_title(view.measure, data.kind, data.loss)
    return figures.to_json(
        {
            "labels": labels,
            "symbol": knob.symbol or knob.title,
            "colours": charts.value_colours(view.theme)[: len(labels)],
            "dashes": charts.DASHES[: len(labels)],
            "symbols": palette.SYMBOLS[: len(labels)],
            "ink": palette.INK[view.theme],
            "line": len(points.extent) == 1,
            "units": run.network.sizes[-1],
            "extent": extent.tolist(),
            "axes": [*points.input_names, points.target_name][:2],
            "regression": data.kind == "regression",
            "seeds": race.seeds,
            "firstSeed": race.configs[0].seed,
            "measure": view.measure,
            "curves": charts.loss_curves(labels, title, view.theme),
            "finals": charts.finals(labels, knob.title, title, view.theme),
        }
    )


def measure_title(measure: str, kind: str, loss: str) -> str:
    """An axis title; a loss has its name in it."""
    if measure == "test_score":
        return "test R²" if kind == "regression" else "test accuracy"
    part = measure.removesuffix("_loss")
    return f"{part} loss ({LOSSES[loss].axis})"


def points(run: Run, theme: Theme) -> list[dict]:
    """The training points in original units, a list for each class: places, colour, marker."""
    points = run.data.points
    places, target = points.train * points.scale + points.center, points.train_target
    if len(points.extent) == 1:
        value = target * points.target_scale + points.target_center
        return [_marks(np.column_stack([places, value]), palette.CLASSES[0], "circle")]
    if run.data.kind != "regression":
        return [
            _marks(places[target == index], palette.CLASSES[index], palette.SYMBOLS[index])
            for index in range(points.n_classes)
        ]
    centre, half = output_scale(run)
    share = np.clip((target - centre) / half, -1, 1)
    colours = np.frombuffer(palette.field_palette(theme), np.uint8).reshape(-1, 3)
    index = np.round((share + 1) / 2 * (palette.LEVELS - 1)).astype(int)
    hexes = [palette.hex_colour(tuple(map(int, colours[i]))) for i in index]
    return [_marks(places, hexes, "circle")]


def _marks(places: np.ndarray, colour: str | list[str], symbol: str) -> dict:
    x, y = np.round(places, 4).T.tolist()
    return {"x": x, "y": y, "colour": colour, "symbol": symbol}


def _attach_picture(run: Run, value: int, view: View, sent: Sent, packet: Packet) -> None:
    """The output over the inputs: a picture of the plane, or a curve for each output unit."""
    points = run.data.points
    on_plane = len(points.extent) == 2
    field = sent.fields.get((value, on_plane))
    if field is None:
        field = Prebuilt(PLAYING_RESOLUTION if on_plane else LINE_RESOLUTION, OutputField)
        sent.fields[value, on_plane] = field
    output = field.of(run).output
    if on_plane:
        picture = output_picture(run, output, view.theme)
        packet.attach("picture", picture)
    else:
        output = output[:, 0] * points.target_scale + points.target_center
        packet.attach("line", output)
    packet.header.setdefault("drawn", []).append(value)


def _numbers(run: Run) -> list[float | int | None]:
    """What stands below a picture: train loss, test loss, test score, where it diverged."""
    test_loss, train_loss, score = results.last(run)
    finite = [x if np.isfinite(x) else None for x in (train_loss, test_loss, score)]
    return [*finite, run.diverged]


def _attach_curves(race: Lockstep, view: View, packet: Packet, *, resting: bool) -> None:
    """Curves, bands, final values and the table; dead units, once there is time to count them."""
    epochs, values = results.curves(race, view.measure)
    packet.header["charted"] = [len(values), race.seeds]
    bands = results.bands(values).reshape(-1, len(epochs))
    packet.attach("bands", _drawable(np.vstack([epochs, bands])))
    if race.seeds > 1:
        packet.attach("seeds", _drawable(values))
    found = results.now(race, dead=resting)
    packet.attach("finals", _drawable(getattr(found, view.measure)))
    packet.header["rows"] = results.rows(found)


def _drawable(values: np.ndarray) -> np.ndarray:
    """NaN where there is nothing finite to draw."""
    return np.where(np.isfinite(values), values, np.nan)


# ------------------------------------------------------------------------ the grid


def _attach_grid(
    sweep: Sweep | None, choices: Choices, view: View, sent: Sent, packet: Packet
) -> None:
    header = packet.header
    if not all(KNOBS[knob].same_loss for knob in knobs_of(choices)) and view.heat == "test_loss":
        view = replace(view, heat="test_score")
    header["sweep"] = (
        {"state": "none", "landed": 0, "total": 0}
        if sweep is None
        else {
            "state": sweep.state,
            "landed": sweep.landed,
            "total": sweep.total,
            "problem": sweep.problem,
        }
    )
    cells = (choices, view, None if sweep is None else (sweep, sweep.state, sweep.landed))
    if sent.delivered.note("cells", cells):
        packet.attach("cells", heatmap(sweep, choices, view))


def heatmap(sweep: Sweep | None, choices: Choices, view: View) -> dict:
    """The grid's cells: labels, values, colours, and the scale of the colours.

    A value is the median over the seeds so far; None where there is none yet, "diverged" or
    "never" where the median is no number.
    """
    rows, columns = choices.rows, choices.columns
    shape = len(rows.values), len(columns.values)
    values, counts = np.full(shape, np.nan), np.zeros(shape, int)
    if sweep is not None:
        for row, each in enumerate(sweep.outcomes):
            for column, outcomes in enumerate(each):
                counts[row, column] = len(outcomes)
                if outcomes:
                    values[row, column] = cell_value(list(outcomes.values()), view.heat)
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    log = view.heat in ("test_loss", "epochs_to_solve") and low > 0 and high / low > 10
    shares = _shares(values, low, high, log=log)
    infinite = "never" if view.heat == "epochs_to_solve" else "diverged"
    return {
        "rows": _labels(rows),
        "columns": _labels(columns),
        "values": [
            None if np.isnan(v) else float(v) if np.isfinite(v) else infinite for v in values.flat
        ],
        "counts": counts.ravel().tolist(),
        "seeds": choices.grid_seeds,
        "colours": charts.heat_colours(shares, view.theme),
        "dark": [bool(share > charts.DARK_FROM) for share in shares.flat],
        "scale": charts.heat_scale(view.theme),
        "low": low,
        "high": high,
        "log": log,
        "measured": bool(len(finite)),
        "heat": view.heat,
        "best": _best(values, choices, view.heat),
    }


def _best(values: np.ndarray, choices: Choices, heat: str) -> str:
    """A sentence on the cell with the best median so far."""
    ranked = -values if heat == "test_score" else values
    if not np.isfinite(ranked).any():
        return ""
    ranked = np.where(np.isfinite(ranked), ranked, np.inf)
    ties = int((ranked == ranked.min()).sum())
    if ties > 1:
        return f"Median over the seeds; {ties} cells share the best."
    row, column = np.unravel_index(ranked.argmin(), ranked.shape)
    where = " and ".join(
        results.said(KNOBS[axis.knob], axis.values[place])
        for axis, place in ((choices.rows, row), (choices.columns, column))
    )
    few = choices.grid_seeds < FEWEST_SEEDS
    caution = f" With {choices.grid_seeds} seeds that may be chance." if few else ""
    return f"Median over the seeds; the best is at {where}.{caution}"


def _labels(axis: Axis) -> dict:
    knob = KNOBS[axis.knob]
    title = f"{knob.title} {knob.symbol}".strip()
    return {"title": title, "labels": [knob.text(value) for value in axis.values]}


def cell_value(outcomes: list[Outcome], heat: str) -> float:
    """The median of a measure over the seeds; inf (a score: -inf) where that is no number."""
    numbers = [getattr(outcome, heat) for outcome in outcomes]
    return float(band(np.array([np.inf if n is None else n for n in numbers])).median)


def _shares(values: np.ndarray, low: float, high: float, *, log: bool) -> np.ndarray:
    """Where values stand between the ends of the scale, 0-1; NaN for what is not finite."""
    values = np.where(np.isfinite(values), values, np.nan)
    if high <= low:
        return np.where(np.isnan(values), np.nan, 0.5)
    if log:
        return np.log(values / low) / np.log(high / low)
    return (values - low) / (high - low)
