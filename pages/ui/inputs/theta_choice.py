"""Theta or x: what a hand chooses, and the goal that this stands for."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from nnlib.inputs.ascent import Goal, higher_loss, higher_score, lower_loss
from nnlib.run import Run
from pages.ui.drawing.palette import Theme
from pages.ui.sandbox.sandbox import Settings, Switch

SCATTERED, MOST_DROPS = 60, 160
FAR = 1e6
Place = Annotated[float, Field(ge=-FAR, le=FAR, allow_inf_nan=False)]
_NOISE = 401  # a random stream


class Choice(Settings):
    """The point, what is wanted of it, which of theta and x moves, and how."""

    theme: Theme = "light"
    x1: Place = 3.3  # in the data's own units
    x2: Place = 2.4
    want: Literal["down", "up", "logit", "probability"] = "down"
    label: Annotated[int, Field(ge=0, le=7)] = 1
    value: Annotated[float, Field(ge=-3, le=3, allow_inf_nan=False)] = 1.0  # of a regression
    moves: Literal["both", "theta", "x"] = "both"
    rate: Annotated[float, Field(ge=0.0005, le=0.1, allow_inf_nan=False)] = 0.002  # in theta
    step: Annotated[float, Field(ge=0.005, le=1, allow_inf_nan=False)] = 0.05  # in x
    equal: Switch = 0  # steps in x of one length
    pull: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.0
    bounded: Switch = 1  # x stays in the view
    drops: Literal["none", "noise", "data"] = "noise"
    speed: Annotated[int, Field(ge=1, le=60)] = 30


def wants(run: Run) -> dict[str, str]:
    """What can be wanted of an output of this run, by name, as people read it."""
    titles = {"down": "descend the loss L of", "up": "ascend the loss L of"}
    if run.data.kind == "regression":
        return titles
    if run.network.activations[-1].probability:
        return titles | {
            "logit": "ascend the logit z of",
            "probability": "ascend the probability g of",
        }
    return titles | {"logit": "ascend the score of"}


def label_of(run: Run, settings: Choice) -> int:
    """The class that is wanted; the last one where the data have fewer."""
    return min(settings.label, max(run.data.points.n_classes, 1) - 1)


def goal_of(run: Run, settings: Choice) -> tuple[Goal, str]:
    """The goal, and the symbol of what it lowers or raises."""
    units = run.data.y_train.shape[1]
    label = label_of(run, settings)
    if settings.want in ("logit", "probability") and run.data.kind != "regression":
        logit = settings.want == "logit" or "probability" not in wants(run)
        return higher_score(label, units, "logit" if logit else "probability"), (
            "z" if logit else "g"
        )
    if run.data.kind == "regression":
        y = np.full(units, settings.value)
    else:
        y = np.array([float(label)]) if units == 1 else np.eye(units)[label]
    return (higher_loss if settings.want == "up" else lower_loss)(run.loss, y), "L"


def scattered(run: Run, which: str) -> np.ndarray:
    """Where points start that are not dropped by hand: (n, 2) float32 in plane coordinates."""
    points = run.data.points
    if which == "data":
        return points.train[:MOST_DROPS].astype(np.float32)
    n = SCATTERED if which == "noise" else 0
    low, high = points.extent.T
    rng = np.random.default_rng([run.config.seed, _NOISE])
    return rng.uniform(low, high, (n, 2)).astype(np.float32)
