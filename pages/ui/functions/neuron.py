"""What a neuron does with its activation: on the line, in the plane, and in a chain of layers."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, field_validator

from nnlib.activations import HIDDEN_ACTIVATIONS, activation
from nnlib.config import CHOICES, LIMITS
from nnlib.explaining import chains
from pages.ui.drawing import palette
from pages.ui.drawing.fields import field_index, png
from pages.ui.drawing.function_figures import THEMES, X_RANGE
from pages.ui.functions.activations import Names, check_names
from pages.ui.live.packing import Packet
from pages.ui.sandbox import sandbox
from pages.ui.sandbox.sandbox import Settings

X = np.linspace(*X_RANGE, 201)
CELLS = 64  # of the field, along each side
INITIALIZERS = CHOICES["initializer"]
NETWORKS = 5  # random networks that a chain is measured on
Weight = Annotated[float, Field(ge=-3, le=3, allow_inf_nan=False)]
Input = Annotated[float, Field(ge=X_RANGE[0], le=X_RANGE[1], allow_inf_nan=False)]


class Neuron(Settings):
    """One neuron with one input (w, b, x) and with two (w1, w2, c, x1, x2), and a deep network."""

    activation: Literal[HIDDEN_ACTIVATIONS] = "relu"
    w: Weight = 1.5
    b: Weight = -1.0
    x: Input = 1.5
    w1: Weight = 1.0
    w2: Weight = -0.8
    c: Weight = 0.5  # the bias in the plane
    x1: Input = 2.0
    x2: Input = -1.0
    field: Literal["z", "a"] = "a"  # what the picture shows: z or a
    shown: Names = "sigmoid,tanh,relu"  # in the chain; names with commas between
    initializer: Literal[INITIALIZERS] = "xavier_uniform"
    depth: Annotated[int, Field(ge=1, le=chains.MAX_CHAIN_LAYERS)] = 20
    width: Annotated[int, Field(ge=1, le=32)] = 16
    seed: Annotated[int, Field(ge=0, le=LIMITS["weight_seed"][1] - NETWORKS)] = 0

    @field_validator("shown")
    @classmethod
    def _known(cls, value: str) -> str:
        return check_names(value)


# ------------------------------------------------------------------------ one neuron


def neuron(w: np.ndarray, b: float, name: str, x: np.ndarray) -> tuple[np.ndarray, ...]:
    """z = x w + b, a = f(z) and f'(z), each (n,), for inputs x (n, m) and weights w (m,)."""
    f = activation(name)
    assert f.derivative is not None, f"{name} is not element-wise"
    Z = (x @ w + b)[:, None]
    A = f.forward(Z)
    return Z[:, 0], A[:, 0], f.derivative(Z, A)[:, 0]


def at_point(w: np.ndarray, b: float, name: str, x: np.ndarray) -> dict[str, Any]:
    """Numbers for one input x (m,): z, a, f'(z) and the gradient of a, da/dw (m,), da/dx (m,)."""
    z, a, slope = (float(value[0]) for value in neuron(w, b, name, x[None]))
    return {"z": z, "a": a, "slope": slope, "da_dw": (slope * x).tolist()}


def hinge(w: np.ndarray, b: float) -> list[list[float]] | None:
    """The two ends of the line w.x + b = 0 within the square of X_RANGE; None where it is not."""
    low, high = X_RANGE
    if not w.any():
        return None
    # Along the coordinate that the line runs across, the other one follows.
    along = 0 if abs(w[1]) >= abs(w[0]) else 1
    across = 1 - along
    at = np.array([low, high])
    if w[along]:  # where the other coordinate leaves the square
        ends = np.sort((-b - w[across] * at) / w[along])
        at = np.array([max(low, ends[0]), min(high, ends[1])])
    other = -(b + w[along] * at) / w[across]
    if at[0] > at[1] or abs(other).max() > high + 1e-9:
        return None
    points = np.empty((2, 2))
    points[:, along], points[:, across] = at, other
    return points.tolist()


@lru_cache(maxsize=32)
def reach(name: str) -> float:
    """Largest |f(z)| for z in X_RANGE: the end of the colour scale, whatever the weights are."""
    _, a, _ = neuron(np.ones(1), 0.0, name, X[:, None])
    return float(np.abs(a).max())


def plane(settings: Neuron) -> tuple[np.ndarray, float]:
    """The field of z or a over the square, (CELLS, CELLS), top row first, and its scale."""
    low, high = X_RANGE
    centres = low + (high - low) * (np.arange(CELLS) + 0.5) / CELLS
    x1, x2 = np.meshgrid(centres, centres[::-1])
    inputs = np.stack([x1.ravel(), x2.ravel()], axis=1)
    w = np.array([settings.w1, settings.w2])
    z, a, _ = neuron(w, settings.c, settings.activation, inputs)
    values, scale = (z, high) if settings.field == "z" else (a, reach(settings.activation))
    return values.reshape(CELLS, CELLS), scale


# ------------------------------------------------------------------------ the chain


@lru_cache(maxsize=4_096)
def _norms(depth: int, width: int, name: str, initializer: str, seed: int) -> np.ndarray:
    return chains.gradient_norms(depth, width, name, initializer, seed)


def chain(settings: Neuron) -> tuple[np.ndarray, dict[str, dict]]:
    """Sizes of the gradient (activations, NETWORKS, depth), and of each activation what it means.

    The factor and the total are medians over the networks; the factor of one layer is None.
    """
    sizes, meaning = [], {}
    seeds = range(settings.seed, settings.seed + NETWORKS)
    for name in settings.shown.split(","):
        norms = [
            _norms(settings.depth, settings.width, name, settings.initializer, seed)
            for seed in seeds
        ]
        factor = float(np.median([chains.factor(each) for each in norms]))
        total = float(np.median([each[0] for each in norms]))
        known = not math.isnan(factor)
        meaning[name] = {
            "factor": factor if known else None,
            "total": total,
            "verdict": chains.verdict(factor),
        }
        sizes.append(norms)
    return np.array(sizes), meaning


def chain_range(sizes: np.ndarray) -> list[float]:
    """Decades for the logarithmic axis, in steps of 4 so that it seldom moves."""
    decades = np.log10(sizes[sizes > 0])
    low, high = min(-3.9, decades.min()), max(0.0, decades.max())
    return [4 * math.floor(low / 4) - 0.3, 4 * math.ceil(high / 4) + 0.7]


# ------------------------------------------------------------------------ frames and page


def drawable(place: Any) -> Any:
    """A number or a list of places; None where a weight of nearly 0 puts it beyond all numbers."""
    if place is None or not np.isfinite(np.asarray(place, dtype=float)).all():
        return None
    return place


@np.errstate(all="ignore")  # what a weight of nearly 0 sends beyond all numbers is left out
def draw(settings: Neuron, packet: Packet) -> None:
    """Attach what the board shows: the line, the plane and the chain."""
    w, b = np.array([settings.w]), settings.b
    z, a, _ = neuron(w, b, settings.activation, X[:, None])
    packet.header["line"] = {
        **at_point(w, b, settings.activation, np.array([settings.x])),
        "hinge": drawable(-b / settings.w) if settings.w else None,
    }
    packet.attach("line", np.array([z, a]))
    w, b = np.array([settings.w1, settings.w2]), settings.c
    field, scale = plane(settings)
    square = float(w @ w)
    foot = -b * w / square if square else np.zeros(2)
    at = at_point(w, b, settings.activation, np.array([settings.x1, settings.x2]))
    packet.header["plane"] = {
        **at,
        "hinge": drawable(hinge(w, b)),
        "normal": drawable([foot.tolist(), (foot + w).tolist()]) if square else None,
        "length": math.sqrt(square),
        "distance": drawable(at["z"] / math.sqrt(square)) if square else None,
        "scale": scale,
    }
    index = field_index(field, scale)
    for theme in THEMES:
        packet.attach(theme, png(index, palette.field_palette(theme, palette.FIELD_STRENGTH)))
    sizes, meaning = chain(settings)
    packet.header["chain"] = {"meaning": meaning, "range": chain_range(sizes)}
    lines = np.concatenate([sizes, np.median(sizes, axis=1, keepdims=True)], axis=1)
    # Sizes below the smallest float32 are not 0: their logarithms are sent; -inf is exactly 0.
    with np.errstate(divide="ignore"):
        packet.attach("chain", np.log10(lines))


VERBS = sandbox.verbs(Neuron)
