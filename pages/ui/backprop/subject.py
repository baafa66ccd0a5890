"""What the Backprop page examines: a small teaching graph, or the viewer's network at one point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from nnlib.activations import HIDDEN_ACTIVATIONS
from nnlib.explaining import checks, small_graphs
from nnlib.explaining.checks import Check
from nnlib.explaining.graph import Matrix, Step
from nnlib.explaining.microscope import microscope
from nnlib.explaining.one_neuron import neuron_story
from nnlib.features import FEATURES, phi
from nnlib.losses import LOSSES, Loss
from nnlib.names import written
from nnlib.network import MLP
from nnlib.run import Run
from pages.ui.drawing.palette import Theme
from pages.ui.sandbox.sandbox import Settings

LAST = 999  # a place beyond every last step
LEVELS = {
    "chain": "Chain rule",
    "linear": "Linear regression",
    "logistic": "Logistic regression",
    "neuron": "One neuron",
    "layer": "One layer",
    "network": "The network",
}
OF_NETWORK = ("neuron", "layer", "network")
Small = Annotated[float, Field(ge=-4, le=4, allow_inf_nan=False)]
Rate = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False, title="rate η")]
Large = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]


class Backprop(Settings):
    """What is examined (level), how far (place: steps done), and what a hand can move."""

    level: Literal[tuple(LEVELS)] = "chain"
    place: Annotated[int, Field(ge=0, le=LAST)] = 1
    # the chain rule
    x: Small = 0.7
    inner: Literal[HIDDEN_ACTIVATIONS] = "sine"
    outer: Literal[HIDDEN_ACTIVATIONS] = "sigmoid"
    # the regressions
    w1: Small = 1.0
    w2: Small = -0.5
    w0: Small = 0.5
    r1: Small = 1.5
    r2: Small = 2.0
    target: Small = 2.0
    label: Annotated[int, Field(ge=0, le=1)] = 0
    # the network: a training point, or (-1) x1, x2 and y in the units of the data
    example: Annotated[int, Field(ge=-1, le=1_000_000)] = 0
    x1: Annotated[Large, Field(title="x₁")] = 0.0
    x2: Annotated[Large, Field(title="x₂")] = 0.0
    y: Large = 0.0
    layer: Annotated[int, Field(ge=1, le=7, title="Layer")] = 1
    unit: Annotated[int, Field(ge=1, le=64, title="Neuron")] = 1
    detail: Literal["matrices", "neuron"] = "matrices"
    # "Take the step"
    panel: Literal["step", "descent"] = "step"
    over: Literal["example", "batch", "all"] = "example"
    rate: Rate = 0.0  # 0: the run's own
    theme: Theme = "light"


@dataclass(frozen=True)
class Column:
    """A column of the graph: an edge that carries a value (and its gradient), or a box.

    `above` and `below` are ids of steps or of what is given; `label` is a box's TeX.
    """

    above: tuple[str, ...]
    below: tuple[str, ...]
    label: str = ""


@dataclass(frozen=True)
class Subject:
    """What is examined.

    Attributes
    ----------
    steps : in the order of computation
    columns : the graph from left to right
    given : by id, what is there before the first step
    check : a step backward, entries of its result -> a Check for each
    network, x (m,), y (k,), loss, frozen : for a step of gradient descent; None in the chain rule
    """

    steps: list[Step]
    columns: list[Column]
    given: dict[str, Matrix]
    check: Callable[[Step, Sequence[tuple[int, int]]], list[Check]]
    network: MLP | None = None
    x: np.ndarray | None = None
    y: np.ndarray | None = None
    loss: Loss | None = None
    frozen: np.ndarray | None = None


@dataclass(frozen=True)
class Point:
    """The example that goes through the network.

    Attributes
    ----------
    at : its inputs in the units of the data (d,)
    target : its class (from 0), or its value in the units of the data
    phi : what the network sees (m,), with the features' labels
    y : as the loss takes it (k,)
    example : which training point it is, or None
    """

    at: np.ndarray
    target: float
    phi: np.ndarray
    labels: tuple[str, ...]
    y: np.ndarray
    example: int | None


def subject(settings: Backprop, run: Run) -> Subject:
    """What the settings ask for, computed."""
    match settings.level:
        case "chain":
            return _chain(settings)
        case "linear" | "logistic":
            return _regression(settings)
    return _network(settings, run)


# ------------------------------------------------------------------------ teaching graphs


def _chain(settings: Backprop) -> Subject:
    steps = small_graphs.scalar_chain(settings.x, settings.inner, settings.outer)
    found = checks.chain_checks(settings.x, settings.inner, settings.outer, steps)
    x = Matrix("x", np.array([[settings.x]]), r"1 \times 1")
    columns = [
        Column(("x",), ("dh_dx",)),
        Column((), ("du_dx",), "g"),
        Column(("u",), ()),
        Column((), ("dh_du",), "f"),
        Column(("h",), ()),
    ]
    return Subject(steps, columns, {"x": x}, lambda step, _: [found[step.id]])


def _regression(settings: Backprop) -> Subject:
    w, w0 = np.array([settings.w1, settings.w2]), settings.w0
    x = np.array([settings.r1, settings.r2])
    linear = settings.level == "linear"
    y = settings.target if linear else float(settings.label)
    graph = small_graphs.linear_regression if linear else small_graphs.logistic_regression
    output, loss = ("linear", LOSSES["squared"]) if linear else ("sigmoid", LOSSES["nll"])
    steps = graph(w, w0, x, y)
    network = small_graphs.as_network(w, w0, output)
    weigh = Column(("w", "w0"), ("dw", "dw0"), "w^\\top x + w_0")
    if linear:
        columns = [weigh, Column(("g",), ("dg",)), Column(("y",), (), "(g - y)^2")]
    else:
        columns = [
            weigh,
            Column(("z",), ("dz",)),
            Column((), ("J",), r"\sigma(z)"),
            Column(("g",), ("dg",)),
            Column(("y",), (), r"\text{NLL}"),
        ]
    given = {
        "x": Matrix("x", x[:, None], r"m \times 1"),
        "w": Matrix("w", w[:, None], r"m \times 1"),
        "w0": Matrix("w_0", np.array([[w0]]), r"1 \times 1"),
        "y": Matrix("y", np.array([[y]]), r"1 \times 1"),
    }

    def check(step: Step, entries: Sequence[tuple[int, int]]) -> list[Check]:
        called = replace(step, id=small_graphs.AS_IN_NETWORK[step.id])
        return checks.step_checks(network, x, np.array([y]), loss, called, entries)

    columns = [Column(("x",), ()), *columns, Column(("L",), ())]
    return Subject(steps, columns, given, check, network, x, np.array([y]), loss)


# ------------------------------------------------------------------------ the viewer's network


def point(settings: Backprop, run: Run) -> Point:
    """The point that the settings name: a training point, or the one that was typed."""
    data, points = run.data, run.data.points
    if settings.example >= 0:
        index = min(settings.example, len(points.train) - 1)
        inside, target = points.train[index], float(points.train_target[index])
        y, phi_x = data.y_train[index], data.X_train[index]
    else:
        index = None
        d = len(points.extent)
        inside = (np.array([settings.x1, settings.x2])[:d] - points.center) / points.scale
        phi_x = phi(inside[None], data.features)[0]
        if data.kind == "regression":
            target = (settings.y - points.target_center) / points.target_scale
            y = np.array([target])
        else:
            target = float(np.clip(round(settings.y), 0, points.n_classes - 1))
            k = data.y_train.shape[1]
            y = np.array([target]) if k == 1 else np.eye(k)[int(target)]
    if data.kind == "regression":
        target = target * points.target_scale + points.target_center
    return Point(
        at=inside * points.scale + points.center,
        target=target,
        phi=np.asarray(phi_x, float),
        labels=tuple(FEATURES[name].label for name in data.features),
        y=np.asarray(y, float),
        example=index,
    )


def _network(settings: Backprop, run: Run) -> Subject:
    network, loss = run.network, run.loss
    at = point(settings, run)
    steps = microscope(network, at.phi, at.y, loss)
    layers: Sequence[int] = range(1, network.depth + 1)
    if settings.level != "network":
        layer = min(settings.layer, network.depth)
        layers = [layer]
        kept = {f"{kind}{layer}" for kind in ("Z", "A", "dA", "J", "dZ", "dW", "db")} | {"L"}
        if settings.level == "layer":
            kept.add(f"dA{layer - 1}")  # what the layer sends on to the one below
        steps = [step for step in steps if step.id in kept]
    told = settings.detail if settings.level == "network" else settings.level
    if told == "neuron":
        steps = neuron_story(network, steps, settings.unit)
    columns = _columns(run, list(layers), told == "neuron")
    return Subject(
        steps,
        columns,
        _given(steps, {id for column in columns for id in column.above}),
        partial(_checked, network, at, loss),
        network,
        at.phi,
        at.y,
        loss,
        run.frozen,
    )


def _checked(
    network: MLP, at: Point, loss: Loss, step: Step, entries: Sequence[tuple[int, int]]
) -> list[Check]:
    return checks.step_checks(network, at.phi, at.y, loss, step, entries)


def _columns(run: Run, layers: Sequence[int], of_neuron: bool) -> list[Column]:
    columns = []
    depth = run.network.depth
    for layer in layers:
        back = (f"dA{layer - 1}",) if layer > 1 else ()
        weigh = (
            rf"w^\top A^{{{layer - 1}}} + w_0" if of_neuron else rf"W^{{{layer}}}, W_0^{{{layer}}}"
        )
        columns += [
            Column((f"A{layer - 1}",), back),
            Column((f"W{layer}", f"b{layer}"), (f"dW{layer}", f"db{layer}"), weigh),
            Column((f"Z{layer}",), (f"dZ{layer}",)),
            Column((), (f"J{layer}",), _function(run, layer)),
        ]
    last = layers[-1]
    rest = rf"\text{{{written(run.loss.name)}}}"
    if last < depth:
        rest = r"\text{layers above, loss}"
    return [
        *columns,
        Column((f"A{last}",), (f"dA{last}",)),
        Column(("y",), (), rest),
        Column(("L",), ()),
    ]


def _function(run: Run, layer: int) -> str:
    return rf"\text{{{written(run.network.activations[layer - 1].name)}}}"


def _given(steps: Sequence[Step], wanted: set[str]) -> dict[str, Matrix]:
    """Of what the graph shows, what the steps use and none of them computes: x, W, W0, y."""
    wanted = wanted - {step.id for step in steps}
    found: dict[str, Matrix] = {}
    for step in steps:
        for origin, factor in zip(step.origins, step.factors, strict=True):
            if origin in wanted and origin not in found:
                found[origin] = _upright(factor) if origin.startswith("W") else factor
    return found


def _upright(turned: Matrix) -> Matrix:
    """W from its transpose, as the forward step has it."""
    symbol = turned.symbol.removeprefix(r"\left(").removesuffix(r"\right)^{\!\top}")
    rows, columns = turned.shape.split(r" \times ")
    return Matrix(symbol, turned.values.T, rf"{columns} \times {rows}")
