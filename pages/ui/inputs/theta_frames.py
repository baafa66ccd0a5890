"""Theta or x: the parts of a frame that are computed from the flows; no state is kept here."""

from __future__ import annotations

import numpy as np

from nnlib.inputs.ascent import Flow, Goal, arrows
from nnlib.inputs.parameter_flow import LastFactors, ParameterFlow
from nnlib.run import Run
from nnlib.task import classify, classify_target
from pages.ui.inputs.two_planes import original, raw

ARROWS = 15  # along each side of the plane
FLAT = 0.03  # a slope this short moves nothing that can be seen


def field_of_steps(run: Run, goal: Goal, pull: float) -> np.ndarray:
    """(n, 4): where an arrow begins and how far it goes, in original units.

    Against the goal's slope and the pull. Lengths are compressed, so that flat places show
    their direction, too.
    """
    points = run.data.points
    with np.errstate(all="ignore"):
        at, down = arrows(raw(run), goal, points.extent, ARROWS)
        down = np.nan_to_num(down - pull * at)
    length = np.linalg.norm(down, axis=1, keepdims=True)
    longest = max(float(length.max()), 1e-300)
    cell = (points.extent[:, 1] - points.extent[:, 0]) / ARROWS
    share = (length / longest) ** 0.3
    arrow = np.where(length > 0, down / np.maximum(length, 1e-300), 0) * share * cell
    return np.hstack([original(points, at), arrow * points.scale])


def about_theta(run: Run, theta: ParameterFlow) -> dict[str, object]:
    """The goal's value before and now, and the share of the training points that are right."""
    data = run.data
    found: dict[str, object] = {
        "steps": len(theta.values) - 1,
        "values": [theta.values[0], theta.values[-1]],
        "diverged": theta.diverged,
    }
    if data.kind != "regression":
        truth = classify_target(data.y_train)
        found["right"] = [
            float((classify(data, network.predict(data.X_train)) == truth).mean())
            for network in (run.network, theta.network)
        ]
    return found


def about_x(run: Run, point: Flow, drops: Flow | None, label: int) -> dict[str, object]:
    """The goal's value at the start and now, and how many dropped points are in the class."""
    path = point.path
    with np.errstate(all="ignore"):
        values = [float(point.goal.value(point.network, x)[0]) for x in (path[0], path[-1])]
        found: dict[str, object] = {"steps": len(path) - 1, "values": values}
        if run.data.kind != "regression" and drops is not None:
            said = classify(run.data, drops.network.predict(drops.X))
            found["said"] = [int((said == label).sum()), len(said)]
    return found


def stopped(point: Flow, symbol: str) -> str:
    """Why a flow that has come to rest moves no further, in a few words."""
    with np.errstate(all="ignore"):
        slope = point.goal.slope(point.network, point.X)
    if np.linalg.norm(slope) < FLAT:
        return f"stopped: d{symbol}/dx ≈ 0 here"
    return "stopped: the pull holds it" if point.pull else "stopped at the edge"


def about_factors(run: Run, found: LastFactors, symbol: str) -> dict[str, object]:
    """The last factors as numbers; `features` where x is not what the network sees."""
    features = run.data.features
    return {
        "symbol": symbol,
        "features": None if features == ("x1", "x2") else features,
        "inputs": found.inputs.tolist(),
        "delta": found.delta.tolist(),
        "W": run.network.weights[0].astype(float).tolist(),
        "grad_W": found.grad_W.tolist(),
        "grad_inputs": found.grad_inputs.tolist(),
        "slopes": found.slopes.tolist(),
        "grad_x": found.grad_x.tolist(),
    }
