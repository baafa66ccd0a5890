"""A comparison's choices as the page's controls show them, and what they hold equal, in words."""

from __future__ import annotations

from nnlib.comparing.knobs import KNOBS, Knob
from nnlib.comparing.sweep import SOLVED
from pages.ui.compare.choices import Axis, Choices, Chooser


def described(choices: Choices, chooser: Chooser) -> dict:
    """The choices as the page's controls show them."""
    knobs = {choices.side.knob} if choices.mode == "side" else knobs_of(choices)
    return {
        "side": _axis(choices.side, chooser),
        "rows": _axis(choices.rows, chooser),
        "columns": _axis(choices.columns, chooser),
        "seeds": choices.seeds if choices.mode == "side" else choices.grid_seeds,
        "epochs": choices.epochs if choices.mode == "side" else choices.grid_epochs,
        "held": held_equal(chooser, knobs),
        "fair": fairness(knobs),
        "title": " and ".join(sorted(KNOBS[knob].title for knob in knobs)),
        "sameLoss": all(KNOBS[knob].same_loss for knob in knobs),
        "solved": _solved_words(chooser),
    }


def knobs_of(choices: Choices) -> set[str]:
    """The two knobs of the grid."""
    return {choices.rows.knob, choices.columns.knob}


def _axis(axis: Axis, chooser: Chooser) -> dict:
    knob = KNOBS[axis.knob]
    options = chooser.options(axis.knob)
    return {
        "knob": axis.knob,
        "values": [_value(knob, value) for value in axis.values],
        "options": [
            _value(knob, value)
            for value in dict.fromkeys([*options, *(axis.values if options else ())])
        ],
    }


def _value(knob: Knob, value: object) -> dict:
    return {"text": knob.write(value), "label": knob.text(value)}


def held_equal(chooser: Chooser, knobs: set[str]) -> str:
    """What all runs have in common, in words; what varies is left out."""
    base, data = chooser.base, chooser.data
    points = len(data.points.train) + len(data.points.test)
    widths = [data.X_train.shape[1], *(width for width, _ in base.hidden), data.y_train.shape[1]]
    functions = dict.fromkeys(KNOBS["activation"].text(name) for _, name in base.hidden)
    parts = {
        "data": f"{chooser.own.file_name if chooser.own else base.dataset}, {points:,} points",
        "features": KNOBS["features"].text(data.features),
        "shape": "" if knobs & {"depth", "width", "features"} else "-".join(map(str, widths)),
        "activation": "/".join(functions),
        "loss": KNOBS["loss"].text((data.output, data.loss)),
        "optimizer": KNOBS["optimizer"].text(base.optimizer),
        "learning_rate": f"η {base.learning_rate:g}",
        "batch_size": f"batch {base.batch_size}",
        "l2": f"L2 {base.l2:g}" if base.l2 else "",
        "initializer": KNOBS["initializer"].text(base.initializer),
    }
    return ", ".join(text for name, text in parts.items() if text and name not in knobs)


def fairness(knobs: set[str]) -> str:
    """What is the same for every value of a seed, in words."""
    order = "same order of the points" if "batch_size" in knobs else "same batches"
    weights = "same base weights"
    if "initializer" in knobs:
        weights = "same draws behind the weights, scaled by each rule"
    elif knobs & {"depth", "width", "features"}:
        weights = "same draws behind the weights that they share"
    return f"for each seed the same data, {order}, {weights}"


def _solved_words(chooser: Chooser) -> str:
    if chooser.data.kind == "regression":
        return f"solved: test R² reaches {SOLVED['regression']:g}"
    return f"solved: test accuracy reaches {SOLVED['classification']:.0%}"
