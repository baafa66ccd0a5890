"""What one activation function is: the form of its entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np

from nnlib.basics.ops import Op
from nnlib.basics.registry import Setting

Dash = Literal["solid", "dot", "dash", "longdash", "dashdot", "longdashdot"]


@dataclass(frozen=True)
class InPlace:
    """The function once more, as calls into given buffers (see ops.py): what the kernel runs.

    Attributes
    ----------
    activate : (Z, A, scratch) -> the calls for A = f(Z). A may be Z itself
    derive : (Z, A, D, scratch) -> the calls for D = f'(Z), element by element; None without one
    derive_from : what `derive` reads. "A": A alone, which may have overwritten Z. "Z": then A is
        kept apart. "scratch": what `activate` left there (and A); such layers are derived one by
        one, all others in whole blocks of neighbours
    scratch : how many buffers like Z both want
    back : (A, delta) -> the calls that turn delta = dloss/dA into dloss/dZ, for a function that
        mixes the units; None where the derivative element by element does it
    """

    activate: Callable[[np.ndarray, np.ndarray, list[np.ndarray]], list[Op]]
    derive: Callable[[np.ndarray, np.ndarray, np.ndarray, list[np.ndarray]], list[Op]] | None
    derive_from: Literal["A", "Z", "scratch"] = "A"
    scratch: int = 0
    back: Callable[[np.ndarray, np.ndarray], list[Op]] | None = None


@dataclass(frozen=True)
class Pieces:
    """f(z) = slopes[i] z + offsets[i] between kinks[i - 1] and kinks[i]; (k,), (k + 1,), (k + 1,).

    At a kink itself the piece on its right counts, as everywhere in nnlib.
    """

    kinks: np.ndarray
    slopes: np.ndarray
    offsets: np.ndarray

    def flat(self, Z: np.ndarray) -> np.ndarray:
        """Where Z is on a flat part: no gradient gets through there. Bool, like Z."""
        return (self.slopes == 0)[np.searchsorted(self.kinks, Z, side="right")]


@dataclass(frozen=True, kw_only=True)
class Activation:
    """One activation function with its derivative, and what a page says about it.

    Attributes
    ----------
    name : the key in ACTIVATIONS
    title : the name as people write it
    forward : Z -> A, both (n, k)
    backward : (Z, A, grad_A) -> grad_Z, all (n, k): grad_A times the Jacobian dA/dZ of each row,
        which is diagonal for every activation but softmax
    derivative : (Z, A) -> f'(Z), element by element, (n, k); None for softmax, whose outputs depend
        on the whole row (see softmax_jacobian)
    in_place : both once more, as the kernel computes them
    formula, derivative_formula : KaTeX of f and of f'
    note : one plain line on what it is used for
    source : author (year) of the paper that it comes from
    does : what it does to a cloud of points, after "it ..."; "" where there is no picture for it
    fields, make : its settings, and itself with others (registry.Entry)
    kinks : where it bends, when it is a straight line between; None where it is curved
    inverse : a -> the one z with f(z) = a, nan where there is no such one; None: not written down
    exact_slope : z -> f'(z) from z alone, with the digits that `derivative` loses; None: it
        loses none
    probability : its outputs are probabilities; their logits z decide the class, and keep their
        digits where it is sure
    look : place in the pages' list of colours, and dash, of its curve; no two have both in common.
        None: it has no curve
    """

    name: str
    title: str
    forward: Callable[[np.ndarray], np.ndarray]
    backward: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    derivative: Callable[[np.ndarray, np.ndarray], np.ndarray] | None
    in_place: InPlace
    formula: str
    derivative_formula: str
    note: str
    source: str
    does: str = ""
    fields: tuple[Setting, ...] = ()
    make: Callable[..., Activation] | None = None
    kinks: tuple[float, ...] | None = None
    inverse: Callable[[float], float] | None = None
    exact_slope: Callable[[np.ndarray], np.ndarray] | None = None
    probability: bool = False
    look: tuple[int, Dash] | None = None

    @property
    def settings(self) -> dict[str, float]:
        """The activation's own numbers by name: slope (leaky_relu), alpha and scale (elu, selu)."""
        return dict(getattr(self.forward, "keywords", {}))

    @property
    def mixes(self) -> bool:
        """Whether every output depends on the whole row: it belongs to the output layer only."""
        return self.derivative is None

    @cached_property
    def pieces(self) -> Pieces | None:
        """The straight pieces of the function, or None when it is curved somewhere."""
        if self.kinks is None or self.derivative is None:
            return None
        kinks = np.array(self.kinks)
        ends = np.concatenate([kinks[:1] - 1, (kinks[:-1] + kinks[1:]) / 2, kinks[-1:] + 1])
        z = ends if len(kinks) else np.zeros(1)
        a = self.forward(z)
        slopes = self.derivative(z, a)
        offsets = a - slopes * z
        bends = (np.diff(slopes) != 0) | (np.diff(offsets) != 0)  # leaky ReLU of slope 1 has none
        keep = np.concatenate([[True], bends])
        return Pieces(kinks[bends], slopes[keep], offsets[keep])

    @cached_property
    def is_identity(self) -> bool:
        """Whether f(z) = z for every z."""
        p = self.pieces
        return p is not None and len(p.kinks) == 0 and (p.slopes[0], p.offsets[0]) == (1, 0)

    @cached_property
    def is_gate(self) -> bool:
        """Whether it lets a gradient through as it is or not at all: every slope is 0 or 1."""
        return self.pieces is not None and set(self.pieces.slopes.tolist()) == {0.0, 1.0}

    def flat(self, Z: np.ndarray) -> np.ndarray:
        """Where Z is on a flat part, bool like Z. A curved function has none, however level."""
        return np.zeros(Z.shape, bool) if self.pieces is None else self.pieces.flat(Z)

    def slope_at(self, z: np.ndarray) -> np.ndarray:
        """f'(z) with all its digits, like z (n, k)."""
        if self.exact_slope is not None:
            return self.exact_slope(z)
        if self.derivative is None:
            raise ValueError(f"{self.name} mixes the units: it has no slope element by element")
        return self.derivative(z, self.forward(z))


def _scaled_by(
    derivative: Callable[[np.ndarray, np.ndarray], np.ndarray],
    Z: np.ndarray,
    A: np.ndarray,
    grad_A: np.ndarray,
) -> np.ndarray:
    """The chain rule when the Jacobian is diagonal: grad_Z = grad_A * f'(Z)."""
    return grad_A * derivative(Z, A)


def elementwise(
    name: str,
    forward: Callable[[np.ndarray], np.ndarray],
    derivative: Callable[[np.ndarray, np.ndarray], np.ndarray],
    **others: Any,
) -> Activation:
    """The entry of a function of each element, whose backward pass multiplies by f'."""
    return Activation(
        name=name,
        forward=forward,
        backward=partial(_scaled_by, derivative),
        derivative=derivative,
        **others,
    )
