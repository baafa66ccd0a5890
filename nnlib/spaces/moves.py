"""From one drawn stage to the next: a layer's linear map taken apart, and its activation.

The linear move goes step by step - rotate, scale, shear, shift -, the activation straight.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnlib.network import MLP
from nnlib.spaces.projections import Basis, project


@dataclass(frozen=True)
class LinearMove:
    """Z = A W + b taken apart, as drawn: rotate, scale, shear, (bring in,) shift.

    With P the drawn points before, the drawn points after are P R S + H + s: R a rotation, S
    symmetric (the polar decomposition of the drawn map), whose diagonal scales along the axes
    of the picture and whose other entries shear, s a shift. Where wider stages are drawn through
    a basis, H is what the map brings in from directions that the picture before does not show.

    Attributes
    ----------
    moves : their names, in order; each takes an equal part of t from 0 to 1
    rotation : (D, D) orthogonal with determinant 1, D the larger of the two drawings' dimensions
    stretch : (D, D) symmetric; a negative eigenvalue is a mirror
    hidden : (width before, D)
    shift : (D,)
    angle : degrees that R turns by, 0 to 180 (in the plane -180 to 180, anticlockwise positive)
    mirrored : whether the drawn map turns the picture over
    """

    moves: tuple[str, ...]
    rotation: np.ndarray
    stretch: np.ndarray
    hidden: np.ndarray
    shift: np.ndarray
    angle: float
    mirrored: bool
    before: Basis

    def at(self, before: np.ndarray, after: np.ndarray | None, t: float) -> np.ndarray:
        """Values (..., width) of the stage before as they are drawn at t in 0-1: (..., D).

        At 0 they are the drawing before, at 1 the drawing after, filled up with zeros where one
        has fewer dimensions. `after` is not looked at; an ActivationMove needs it.
        """
        done = dict(zip(self.moves, _phases(t, len(self.moves)), strict=True))
        diagonal = np.diag(np.diag(self.stretch))
        size = len(self.stretch)
        S = np.eye(size) + done["scale"] * (diagonal - np.eye(size))
        S = S + done["shear"] * (self.stretch - diagonal)
        drawn = _widened(project(before, self.before), size)
        drawn = drawn @ _part_of_rotation(self.rotation, done["rotate"]) @ S
        if "bring in" in done:
            drawn = drawn + done["bring in"] * ((before - self.before.center) @ self.hidden)
        return drawn + done["shift"] * self.shift


@dataclass(frozen=True)
class ActivationMove:
    """From Z to A = f(Z): every drawn point goes straight to its place."""

    before: Basis
    after: Basis
    moves: tuple[str, ...] = ("activation",)

    def at(self, before: np.ndarray, after: np.ndarray, t: float) -> np.ndarray:
        """Values Z and A, both (..., width), as they are drawn at t in 0-1: (..., D)."""
        size = max(self.before.axes.shape[1], self.after.axes.shape[1])
        start = _widened(project(before, self.before), size)
        return start + t * (_widened(project(after, self.after), size) - start)


def linear_move(W: np.ndarray, b: np.ndarray, before: Basis, after: Basis) -> LinearMove:
    """The linear part of a layer, W (m, n) and b (n,), between two drawn stages."""
    W, b = W.astype(float), b.astype(float)
    size = max(before.axes.shape[1], after.axes.shape[1])
    axes = _widened(before.axes, size)
    whole = _widened(W @ after.axes, size)  # from the values before to the drawing after
    G = axes.T @ whole  # of it, what acts on the drawing before
    U, sizes, Vt = np.linalg.svd(G)
    signs = np.ones(size)
    if np.linalg.det(U @ Vt) < 0:  # a mirror is no rotation: leave it to the smallest stretch
        signs[-1] = -1
    rotation = (U * signs) @ Vt
    stretch = Vt.T @ np.diag(sizes * signs) @ Vt
    hidden = whole - axes @ G
    shift = _widened((before.center @ W + b - after.center) @ after.axes, size)
    moves = ["rotate", "scale", "shear", "shift"]
    if np.abs(hidden).max() > 1e-12 * max(np.abs(whole).max(), 1e-300):
        moves.insert(3, "bring in")
    singular = sizes[-1] <= 1e-12 * sizes[0]
    mirrored = bool(signs[-1] < 0 and not singular)
    return LinearMove(
        tuple(moves), rotation, stretch, hidden, shift, _angle(rotation), mirrored, before
    )


def moves(network: MLP, bases: Sequence[Basis]) -> list[LinearMove | ActivationMove]:
    """The 2 L moves between the stages of a network, drawn in these 2 L + 1 bases.

    `moves[i].at(stages[i].values, stages[i + 1].values, t)` is what is seen between them.
    """
    if len(bases) != 2 * network.depth + 1:
        raise ValueError(f"bases: {2 * network.depth + 1}, one a stage. Got {len(bases)} instead.")
    found: list[LinearMove | ActivationMove] = []
    for i, (W, b) in enumerate(zip(network.weights, network.biases, strict=True)):
        found.append(linear_move(W, b, bases[2 * i], bases[2 * i + 1]))
        found.append(ActivationMove(bases[2 * i + 1], bases[2 * i + 2]))
    return found


def _phases(t: float, n: int) -> list[float]:
    """How far each of n moves, one after the other, has got at t in 0-1."""
    return [min(max(t * n - i, 0.0), 1.0) for i in range(n)]


def _widened(values: np.ndarray, size: int) -> np.ndarray:
    """Zeros appended along the last axis up to `size`."""
    missing = size - values.shape[-1]
    return np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, missing)]) if missing else values


def _angle(R: np.ndarray) -> float:
    """Degrees that a rotation of 1, 2 or 3 dimensions turns row vectors by."""
    if len(R) == 1:
        return 0.0
    if len(R) == 2:
        return math.degrees(math.atan2(R[0, 1], R[0, 0]))
    # The sine from the skew part keeps its digits where the cosine does not.
    sine = np.linalg.norm([R[1, 2] - R[2, 1], R[2, 0] - R[0, 2], R[0, 1] - R[1, 0]])
    return math.degrees(math.atan2(sine, np.trace(R) - 1))


def _part_of_rotation(R: np.ndarray, share: float) -> np.ndarray:
    """R to the power of `share`: the same rotation, that much of its angle."""
    if len(R) == 1 or share == 0:
        return np.eye(len(R))
    if share == 1:
        return R
    angle = math.radians(_angle(R)) * share
    if len(R) == 2:
        c, s = math.cos(angle), math.sin(angle)
        return np.array([[c, s], [-s, c]])
    # The axis is what R leaves as it is (right also for half a turn, where R is symmetric).
    axis = np.linalg.svd(R - np.eye(3))[2][-1]
    K = np.array([[0, axis[2], -axis[1]], [-axis[2], 0, axis[0]], [axis[1], -axis[0], 0]])
    if (K * (R - R.T)).sum() < 0:  # it turns the other way round
        K = -K
    return np.eye(3) + math.sin(angle) * K + (1 - math.cos(angle)) * (K @ K)  # Rodrigues
