"""The activation functions side by side: f and f', where they are flat, the numbers at one z."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from nnlib.activations import ACTIVATIONS, HIDDEN_ACTIVATIONS, Activation, activation
from nnlib.config import LIMITS
from nnlib.names import written
from pages.ui.drawing.function_figures import Z_RANGE
from pages.ui.live.packing import Packet
from pages.ui.sandbox import sandbox
from pages.ui.sandbox.sandbox import Settings

FLAT = 0.05  # |f'| below this lets little of a gradient through
# A step at 0 is a step, not a ramp: the number just below 0 is a place of its own.
Z = np.sort(np.append(np.linspace(*Z_RANGE, 241), np.nextafter(0.0, -1.0)))


def _limits(name: str) -> object:
    low, high = LIMITS[name]
    return Field(ge=low, le=high, allow_inf_nan=False)


Names = Annotated[str, Field(strict=True, max_length=200)]  # of activations, with commas between


class Activations(Settings):
    """Which functions are shown, the one that is looked at closely, z, and their parameters."""

    shown: Names = "sigmoid,tanh,relu"  # names with commas between, in the core's order
    focus: Literal[HIDDEN_ACTIVATIONS] = "relu"
    z: Annotated[float, Field(ge=Z_RANGE[0], le=Z_RANGE[1], allow_inf_nan=False)] = 1.0
    leaky_slope: Annotated[float, _limits("leaky_slope")] = 0.01
    elu_alpha: Annotated[float, _limits("elu_alpha")] = 1.0

    @field_validator("shown")
    @classmethod
    def _known(cls, value: str) -> str:
        return check_names(value)

    @model_validator(mode="after")
    def _focus_is_shown(self) -> Activations:
        if self.focus not in self.shown.split(","):
            raise ValueError(f"focus: allowed: one of those shown, {self.shown}")
        return self

    def function(self, name: str) -> Activation:
        """An activation with the parameters that are set."""
        own = {field.name: getattr(self, field.name) for field in ACTIVATIONS[name].fields}
        return activation(name, **own)


def check_names(value: str) -> str:
    """Names of element-wise activations with commas between, put into the core's order.

    ValueError for a name that is none of them, or where there is none.
    """
    names = value.split(",")
    if any(name not in HIDDEN_ACTIVATIONS for name in names):
        raise ValueError(f"allowed: one or more of {', '.join(HIDDEN_ACTIVATIONS)}")
    return ",".join(name for name in HIDDEN_ACTIVATIONS if name in names)


def values(f: Activation, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """f(z) and f'(z), both like z (n,), float64."""
    column = z[:, None]
    assert f.derivative is not None, f"{f.name} is not element-wise"
    A = f.forward(column)
    return A[:, 0], f.derivative(column, A)[:, 0]


@lru_cache(maxsize=256)
def zones(f: Activation) -> tuple[tuple[float, float, str], ...]:
    """Where f' is 0 ('dead') or nearly so, |f'| < FLAT ('flat'): (from, to, kind) along Z_RANGE.

    The ends are exact to 1e-9; those at the ends of Z_RANGE mean that it goes on beyond.
    """
    grid = np.linspace(*Z_RANGE, 1_201)
    kinds = _kinds(f, grid)
    places = np.flatnonzero(kinds[1:] != kinds[:-1])
    low, high = grid[places], grid[places + 1]
    for _ in range(24):  # halving 0.01 so often
        middle = (low + high) / 2
        left = _kinds(f, middle) == kinds[places]
        low, high = np.where(left, middle, low), np.where(left, high, middle)
    ends = [Z_RANGE[0], *((low + high) / 2).tolist(), Z_RANGE[1]]
    inside = kinds[np.append(places, -1)]
    return tuple(
        (ends[i], ends[i + 1], ("", "flat", "dead")[kind]) for i, kind in enumerate(inside) if kind
    )


def _kinds(f: Activation, z: np.ndarray) -> np.ndarray:
    """0, 1 for flat, 2 for dead, at each z."""
    slope = np.abs(values(f, z)[1])
    return (slope < FLAT).astype(int) + (slope == 0)


def words(name: str, f: Activation) -> str:
    """Where a function saturates and where it dies, in one sentence."""
    found = zones(f)
    ends = [zone for zone in found if zone[2] == "flat" and not _inside(zone)]
    turns = [zone for zone in found if zone[2] == "flat" and _inside(zone)]
    dead = [zone for zone in found if zone[2] == "dead"]
    parts = []
    if dead:
        parts.append(f"f′ is exactly 0 for {_places(dead)}: a unit there on all the data is dead")
    if ends:
        parts.append(
            f"saturated or nearly flat (|f′| < {FLAT:g}) for {_places(ends)}: hardly any gradient "
            "gets through"
        )
    if turns:
        middles = ", ".join(f"{(low + high) / 2:.1f}".replace("-", "−") for low, high, _ in turns)
        parts.append(f"flat for a moment where it turns, around z = {middles}")
    return f"{written(name)}: {'; '.join(parts) or 'nowhere flat, it neither saturates nor dies'}."


def _inside(zone: tuple[float, float, str]) -> bool:
    return Z_RANGE[0] < zone[0] and zone[1] < Z_RANGE[1]


def _places(found: list[tuple[float, float, str]]) -> str:
    return " and ".join(_place(low, high) for low, high, _ in found)


def _place(low: float, high: float) -> str:
    if low == Z_RANGE[0]:
        return "all z" if high == Z_RANGE[1] else f"z < {_number(high)}"
    return f"z > {_number(low)}" if high == Z_RANGE[1] else f"{_number(low)} < z < {_number(high)}"


def _number(x: float) -> str:
    return f"{x:.2f}".replace("-", "−") if abs(x) >= 0.005 else "0"


def draw(settings: Activations, packet: Packet) -> None:
    """Attach the curves f and f' of every function shown, and the numbers at z."""
    at = np.array([settings.z])
    curves, numbers = [], {}
    names = settings.shown.split(",")
    for name in names:
        f = settings.function(name)
        curves.append(values(f, Z))
        numbers[name] = [float(value[0]) for value in values(f, at)]
    stacked = np.array(curves)
    packet.header |= {
        "names": names,
        "numbers": numbers,
        "flat": FLAT,
        "zones": list(zones(settings.function(settings.focus))),
        "words": words(settings.focus, settings.function(settings.focus)),
        "ranges": [
            # What falls on and on, or rises, may leave the picture.
            _axis(np.minimum(stacked[:, 0, Z > -3], 4.0), -1.5, 4.0),
            _axis(stacked[:, 1], -0.2, 1.2),
        ],
    }
    packet.attach("curves", stacked)


def _axis(values: np.ndarray, low: float, high: float) -> list[float]:
    """[low, high], or beyond where values are: in whole steps, so that it seldom moves."""
    least, most = float(values.min()), float(values.max())
    return [
        low if least >= low else math.floor(least) - 0.2,
        high if most <= high else math.ceil(most) + 0.2,
    ]


VERBS = sandbox.verbs(Activations)
