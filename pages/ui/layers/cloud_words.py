"""The names of stages, axes and moves of the cloud, as people write them."""

from __future__ import annotations

import numpy as np

from nnlib.activations import Activation
from nnlib.features import FEATURES
from nnlib.spaces.moves import ActivationMove, LinearMove
from nnlib.spaces.projections import DRAWN, Basis
from nnlib.spaces.stages import Stage

_SUPER = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_SUB = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

PARTLY = "separated in other directions, too"  # under a stage of which a view shows a part


def number(x: float, digits: int = 2) -> str:
    """A number with a true minus, and no minus before zeros."""
    text = f"{x:.{digits}f}" if abs(x) < 1e4 else f"{x:.1e}"
    if text.lstrip("-").strip("0.") == "":
        text = text.lstrip("-")
    return text.replace("-", "−")


def title(stage: Stage, depth: int) -> str:
    """x, φ(x), Z¹, A¹, ... and the guess A³ = g."""
    if stage.kind == "input":
        return "φ(x)" if stage.name == "phi" else "x"
    name = stage.name[0] + str(stage.layer).translate(_SUPER)
    return f"{name} = g" if stage.kind == "activation" and stage.layer == depth else name


def unit_names(stage: Stage, features: tuple[str, ...]) -> list[str]:
    """A name for each of a stage's units: x₁, z¹₂, a²₁ ..."""
    if stage.kind == "input":
        return [FEATURES[name].label for name in features]
    letter = stage.name[0].lower() + str(stage.layer).translate(_SUPER)
    return [letter + str(unit).translate(_SUB) for unit in range(1, stage.width + 1)]


def axis_names(basis: Basis, units: list[str]) -> list[str]:
    """What is along the axes of a drawing."""
    if basis.units:
        return [units[unit - 1] for unit in basis.units]
    if basis.kind == "border":
        kinds = {"across": basis.crossing, "along": basis.axes.shape[1] - basis.crossing}
        return [
            f"{way} the border" + f" {k}" * (n > 1)
            for way, n in kinds.items()
            for k in range(1, n + 1)
        ]
    return [f"component {k}" for k in range(1, basis.axes.shape[1] + 1)]


def basis_words(basis: Basis, width: int) -> str:
    """How the stage is drawn, and how much of its variance is seen."""
    if basis.kind == "as is":
        return f"{width} unit{'s' * (width > 1)}, as {'they are' if width > 1 else 'it is'}"
    share = f"{100 * basis.share:.0f} % of variance"
    if basis.kind == "pca":
        return f"PCA of {width}: {share}"
    if basis.kind == "border":
        return f"{width} units: {share}"
    return f"units {', '.join(map(str, basis.units))} of {width}: {share}"


def formula(layer: int, f: Activation, linear: bool, first: str) -> str:
    """Z¹ = x W¹ + b¹, or A¹ = tanh(Z¹)."""
    up = str(layer).translate(_SUPER)
    if linear:
        before = first if layer == 1 else "A" + str(layer - 1).translate(_SUPER)
        return f"Z{up} = {before} W{up} + b{up}"
    return f"A{up} = {f.title}(Z{up})"


def phases(move: LinearMove | ActivationMove, f: Activation) -> list[dict[str, str]]:
    """The parts of a move in their order: name, and what each does in numbers."""
    if isinstance(move, ActivationMove):
        return [{"name": f.title, "does": f.does}]
    diagonal, shift = np.diag(move.stretch), move.shift
    size = len(diagonal)
    slanted = move.stretch[np.triu_indices(size, 1)]
    does = {
        "rotate": f"{number(move.angle, 0)}°",
        "scale": " × ".join(number(x) for x in diagonal) + ", mirrored" * move.mirrored,
        "shear": ", ".join(number(x) for x in slanted) or "none on a line",
        "bring in": f"what {'the plane' if size < DRAWN else 'the picture'} before did not show",
        "shift": f"({', '.join(number(x) for x in shift)})",
    }
    return [{"name": name, "does": does[name]} for name in move.moves]
