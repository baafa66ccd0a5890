"""What the Backprop board shows, as JSON: the graph, the step, and the step of gradient descent."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from nnlib.explaining.checks import Check, finite_differences, spread
from nnlib.explaining.descent import Direction, example_gradients, parameter_name, side_by_side
from nnlib.explaining.graph import Matrix, Step
from nnlib.explaining.microscope import multiplied
from nnlib.losses import Loss
from nnlib.names import written
from nnlib.network import MLP
from nnlib.run import Run
from pages.ui.backprop.subject import OF_NETWORK, Backprop, Subject
from pages.ui.backprop.tex import html
from pages.ui.drawing.fields import field_index

MOST_CHECKS = 256  # entries of a gradient that are checked; of a larger one a spread
MOST_ROWS = 40  # parameters in the table of a step
MOST_EXAMPLES = 32  # rows of the picture of a batch
SMALL = 16  # entries of a small picture that are sent as numbers
WORK = 100_000  # examples times parameters: differences of more would hold training up

# ------------------------------------------------------------------------ numbers


def plain(values: np.ndarray) -> list:
    """Numbers for JSON, nested as they are: what is not finite becomes a word."""
    return [plain(row) if isinstance(row, np.ndarray) else number(row) for row in values]


def number(value: float | np.floating) -> float | str:
    """A number for JSON; "undefined", "∞" or "−∞" where it is not finite."""
    value = float(value)
    if math.isfinite(value):
        return value
    return "undefined" if math.isnan(value) else "∞" if value > 0 else "−∞"


def matrix(shown: Matrix) -> dict[str, object]:
    """A matrix with its symbol, its shape in symbols and in numbers, and its numbers."""
    return {**_outline(shown), "scale": _scale(shown.values), "values": plain(shown.values)}


def picture(shown: Matrix) -> dict[str, object]:
    """The same as colours (0 to 254), where it has more numbers than a small picture shows."""
    if shown.values.size <= SMALL:
        return matrix(shown)
    scale = _scale(shown.values)
    levels = field_index(np.nan_to_num(shown.values), scale or 1.0)
    return {**_outline(shown), "levels": levels.tolist()}


def _outline(shown: Matrix) -> dict[str, object]:
    return {
        "symbol": html(shown.symbol),
        "shape": html(shown.shape),
        "size": shown.values.shape,
        "diagonal": shown.diagonal,
    }


def _scale(values: np.ndarray) -> float:
    """The largest finite size: the ends of the colours."""
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


# ------------------------------------------------------------------------ graph and step


def board(subject: Subject, place: int) -> dict[str, object]:
    """The graph, and the step that was done last (None before the first)."""
    steps = subject.steps
    place = min(place, len(steps))
    return {
        "place": place,
        "steps": [
            {"id": step.id, "name": step.name, "back": step.direction == "backward"}
            for step in steps
        ],
        "columns": [
            {"label": html(column.label), "above": column.above, "below": column.below}
            for column in subject.columns
        ],
        "spots": _spots(subject),
        "step": _step(subject, steps[place - 1]) if place else None,
        "chain": _chain(steps, place),
    }


def _spots(subject: Subject) -> dict[str, dict]:
    """What the graph shows, by id: a matrix, the place from which it is there, its relatives."""
    shown = {id for column in subject.columns for id in (*column.above, *column.below)}
    spots = {
        id: {**picture(each), "place": 0, "back": False, "uses": ()}
        for id, each in subject.given.items()
    }
    for place, step in enumerate(subject.steps, start=1):
        if step.id in shown:
            spots[step.id] = {
                **picture(step.result),
                "place": place,
                "back": step.direction == "backward",
                "uses": tuple({*step.comes_from, *step.origins}),
            }
    return spots


def _step(subject: Subject, step: Step) -> dict[str, object]:
    return {
        "id": step.id,
        "name": step.name,
        "back": step.direction == "backward",
        "formula": html(step.formula),
        "numbers": html(step.numbers),
        "note": step.note,
        "factors": [matrix(factor) for factor in step.factors],
        "origins": step.origins,
        "signs": step.signs,
        "link": step.link,
        "result": matrix(step.result),
        "checks": _checks(subject, step),
    }


def _chain(steps: Sequence[Step], place: int) -> dict[str, object] | None:
    """The longest product of the graph, from left to right, and how much of it is done."""
    full = max(steps, key=lambda step: len(step.chain))
    if len(full.chain) < 2:
        return None
    done = max((len(step.chain) for step in steps[:place]), default=0)
    waiting = len(full.chain) - done
    product = multiplied(full.chain)[done - 1] if done else None
    return {
        "factors": [
            picture(factor) if i >= waiting else _outline(factor)
            for i, factor in enumerate(full.chain)
        ],
        "done": done,
        "product": None if product is None else picture(product),
    }


def _checks(subject: Subject, step: Step) -> dict[str, object] | None:
    """The finite differences beside a gradient; None for a step forward."""
    if step.direction == "forward":
        return None
    entries = spread(step.result.values.shape, MOST_CHECKS)
    return _judged(subject.check(step, entries), entries, step.result.values.size)


def _judged(checks: Sequence[Check], places: Sequence[object], of: int) -> dict[str, object]:
    return {
        "entries": [
            {
                "at": place,
                "value": number(check.value),
                "error": number(check.relative_error),
                "green": check.green,
            }
            for place, check in zip(places, checks, strict=True)
        ],
        "green": all(check.green for check in checks),
        "worst": number(max((check.relative_error for check in checks), default=0.0)),
        "of": of,
        "note": next((check.note for check in checks if check.note), ""),
    }


# ------------------------------------------------------------------------ take the step


def descent(subject: Subject, settings: Backprop, run: Run) -> dict[str, object] | None:
    """A step of gradient descent on the example, the batch to come and all training points."""
    network, x, y, loss = subject.network, subject.x, subject.y, subject.loss
    if network is None or x is None or y is None or loss is None:
        return None
    example = x[None], y[None]
    of_network = settings.level in OF_NETWORK
    parts = {"example": example}
    rate = settings.rate or (run.learning_rate if of_network else 0.1)
    if of_network:
        every = run.data.X_train, run.data.y_train
        batch = run.next_rows()
        parts |= {"batch": (every[0][batch], every[1][batch]), "all": every}
    over = settings.over if of_network else "example"
    whole = parts.get("all", example)
    found = side_by_side(network, list(parts.values()), whole, loss, rate, subject.frozen)
    directions = dict(zip(parts, found, strict=True))
    rows = _rows(directions[over].descent.gradient)
    return {
        "over": over,
        "rate": rate,
        "of": {name: len(X) for name, (X, _) in parts.items()},
        "sides": {name: _side(direction) for name, direction in directions.items()},
        "rows": _table(network, directions[over], rows),
        "parameters": len(directions[over].descent.old),
        "zeros": int((directions[over].descent.gradient == 0).sum()),
        "checks": _row_checks(network, loss, parts[over], rows),
        "sum": _sum(network, loss, parts["batch"], directions["batch"], rows)
        if over == "batch"
        else None,
        "words": _words(run) if of_network else "",
    }


def _rows(gradient: np.ndarray) -> np.ndarray:
    """Which parameters the table shows: all, or the largest gradients by size, without zeros."""
    if len(gradient) <= MOST_ROWS:
        return np.arange(len(gradient))
    size = np.nan_to_num(np.abs(gradient), nan=np.inf)
    largest = np.argsort(-size, kind="stable")[:MOST_ROWS]
    return largest[size[largest] > 0]


def _side(direction: Direction) -> dict[str, object]:
    step = direction.descent
    return {
        "before": number(step.loss_before),
        "after": number(step.loss_after),
        "length": number(np.linalg.norm(step.gradient)),
        "cosine": number(direction.cosine),
        "whole": number(direction.whole_after),
    }


def _table(network: MLP, direction: Direction, rows: np.ndarray) -> list[dict]:
    step = direction.descent
    names = [parameter_name(network.sizes, int(i)) for i in rows]
    return [
        {
            "name": html(_symbol(name, network.sizes)),
            "old": number(step.old[i]),
            "gradient": number(step.gradient[i]),
            "new": number(step.new[i]),
        }
        for i, name in zip(rows, names, strict=True)
    ]


def _symbol(name: str, sizes: Sequence[int]) -> str:
    """w-2-3-1 -> w_{31}^{2}; of a single neuron neither its layer nor its unit is said."""
    kind, layer, *units = name.split("-")
    if len(sizes) == 2 and sizes[1] == 1:
        return f"w_{units[0] if kind == 'w' else 0}"
    index = ("0" if kind == "b" else "") + (
        "," if any(len(unit) > 1 for unit in units) else ""
    ).join(units)
    return rf"w_{{{index}}}^{{{layer}}}"


def _row_checks(
    network: MLP, loss: Loss, part: tuple[np.ndarray, np.ndarray], rows: np.ndarray
) -> dict[str, object] | None:
    """The table's gradients beside differences; None where that would take too long."""
    if len(part[0]) * len(network.parameters) > WORK:
        return None
    checks = finite_differences(network, *part, loss, rows.tolist())
    return _judged(checks, rows.tolist(), len(network.parameters))


def _sum(
    network: MLP,
    loss: Loss,
    batch: tuple[np.ndarray, np.ndarray],
    direction: Direction,
    rows: np.ndarray,
) -> dict[str, object] | None:
    """The examples' gradients one by one, and how far their mean is from the batch's."""
    X, y = batch
    if len(X) > MOST_EXAMPLES:
        return {"most": MOST_EXAMPLES, "examples": None}
    each = example_gradients(network, X, y, loss)
    apart = np.abs(each.mean(axis=0) - direction.descent.gradient).max()
    shown = np.vstack([each, direction.descent.gradient])[:, rows]
    return {
        "examples": plain(shown),
        "scale": _scale(shown),
        "apart": number(apart),
    }


def _words(run: Run) -> str:
    """How training differs from this plain step, '' where it does not."""
    config, own = run.config, []
    if config.optimizer != "sgd":
        own.append(f"{written(config.optimizer)} in place of plain gradient descent")
    if config.l1 or config.l2:
        own.append("a penalty on the weights")
    if config.clip_norm is not None:
        own.append("clipped gradients")
    return f"Training uses {', '.join(own)}: its step is another." if own else ""
