"""Edits of a network by hand: what they are called, what they may be, which parameter they mean.

    w-2-3-1         W^2 from unit 3 of layer 1 to unit 1 of layer 2: its new value
    b-2-1           the bias of unit 1 of layer 2: its new value
    freeze-w-2-3-1  1: training leaves it as it is, to the bit; 0: training moves it again
    kill-1-2        1: the output of unit 2 of hidden layer 1 is held at 0; 0: it is back
    randomise-2     n: the weights and biases of layer 2 are drawn anew, for the nth time

Layers and units count from 1, as in the lecture; layer 0 are the inputs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from nnlib.network import MLP

MAX_PARAMETER = 100.0  # a weight or bias set by hand lies within +- this
MAX_DRAW = 1_000_000


@dataclass(frozen=True)
class Edit:
    """An edit taken apart: `kind` is set, freeze, kill or randomise.

    `layer` counts from 1, `unit` (kill) from 1; `index` (set, freeze) is the parameter's place in
    `MLP.parameters`.
    """

    kind: str
    layer: int
    unit: int = 0
    index: int = 0


def is_edit(name: str) -> bool:
    """Whether a change's field names an edit of the network and not a setting."""
    return name.split("-")[0] in ("w", "b", "freeze", "kill", "randomise") and "-" in name


def read_edit(name: str, sizes: tuple[int, ...]) -> Edit:
    """The edit of that name for a network of these sizes; ValueError where it has none."""
    kind, _, rest = name.partition("-")
    if kind == "freeze":
        place = read_edit(rest, sizes) if rest[:2] in ("w-", "b-") else None
        if place is None:
            raise ValueError(f"{name}: freeze what? Allowed: freeze-w-2-3-1 or freeze-b-2-1.")
        return Edit("freeze", place.layer, index=place.index)
    counts = {"w": 3, "b": 2, "kill": 2, "randomise": 1}
    numbers = rest.split("-")
    if kind not in counts or len(numbers) != counts[kind] or not all(map(_is_count, numbers)):
        raise ValueError(f"{name[:40]!r} is no edit such as w-2-3-1, b-2-1, kill-1-2, randomise-2.")
    layer, *units = map(int, numbers)
    layers = len(sizes) - 1 - (kind == "kill")
    _check(name, "layer", layer, layers, "hidden layers" if kind == "kill" else "layers")
    if kind == "randomise":
        return Edit(kind, layer)
    _check(name, "unit", units[-1], sizes[layer], f"units of layer {layer}")
    if kind == "kill":
        return Edit(kind, layer, unit=units[0])
    m, n = sizes[layer - 1], sizes[layer]
    start = _of_layer(sizes, layer).start
    if kind == "b":
        return Edit("set", layer, index=start + m * n + units[0] - 1)
    _check(name, "unit", units[0], m, f"units of layer {layer - 1}")
    return Edit("set", layer, index=start + (units[0] - 1) * n + units[1] - 1)


def check_value(name: str, edit: Edit, value: object) -> float:
    """The value as a float; ValueError with a sentence for people where it is not allowed."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    x: float = value if isinstance(value, int | float) else math.nan
    if edit.kind == "set":
        if not number or not abs(x) <= MAX_PARAMETER:
            raise ValueError(
                f"{name}: a number from {-MAX_PARAMETER:g} to {MAX_PARAMETER:g}. "
                f"Got {value!r} instead."
            )
    elif edit.kind == "randomise":
        if not number or not math.isfinite(x) or x != int(x):
            raise ValueError(f"{name}: a whole number. Got {value!r} instead.")
        if not 1 <= x <= MAX_DRAW:
            raise ValueError(f"{name}: 1 to {MAX_DRAW:,}. Got {value!r} instead.")
    elif not number or value not in (0, 1):
        raise ValueError(f"{name}: 0 or 1. Got {value!r} instead.")
    return float(x)


def edited(edit: Edit, network: MLP, frozen: np.ndarray) -> float:
    """What an edit would change, as it is now; 0 for a layer as it was not drawn anew.

    frozen : bool, like the network's parameters: which of them training leaves alone
    """
    match edit.kind:
        case "set":
            return float(network.parameters[edit.index])
        case "freeze":
            return float(frozen[edit.index])
        case "kill":
            return float((edit.layer, edit.unit) in network.killed)
    return 0.0


def do_edit(
    edit: Edit, value: float, network: MLP, frozen: np.ndarray, anew: np.ndarray | None
) -> None:
    """Change the network or what is frozen, in place.

    anew : like the network's parameters, what "randomise" takes a layer's from; frozen ones stay
    """
    match edit.kind:
        case "set":
            network.parameters[edit.index] = value
        case "freeze":
            frozen[edit.index] = bool(value)
        case "kill":
            unit = {(edit.layer, edit.unit)}
            network.killed = network.killed | unit if value else network.killed - unit
        case "randomise" if anew is not None:
            here = _of_layer(network.sizes, edit.layer)
            free = ~frozen[here]
            network.parameters[here][free] = anew[here][free]


def _of_layer(sizes: tuple[int, ...], layer: int) -> slice:
    """Where the parameters of a layer (from 1) lie."""
    ends = [0, *accumulate((m + 1) * n for m, n in pairwise(sizes))]
    return slice(ends[layer - 1], ends[layer])


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 3


def _check(name: str, what: str, value: int, most: int, of: str) -> None:
    if not 1 <= value <= most:
        allowed = f"1 to {most}" if most else "none"
        raise ValueError(f"{name}: {what} {value} is not there; {of}: {allowed}.")
