"""A census of the hidden units: which are awake, which are dead, since when, and why.

A unit is dead when its z is on a flat part of f for every point: f' is 0 there, so no gradient
reaches its weights. That is z < 0 under ReLU (at z = 0 its derivative is 1 here) or leaky ReLU of
slope 0. With a slope above 0 the sign of z counts: a unit whose z is < 0 for every point is on its
"leaky side", where it learns slowly. Smooth activations have no flat part: where they level off a
gradient gets small, but a unit can come back by itself, and the census says "saturated".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnlib.edits import is_edit, read_edit
from nnlib.fast.passes import layer_views
from nnlib.losses import Loss
from nnlib.network import MLP
from nnlib.run import Run

SATURATED = 0.05  # |f'| below it on all points: the unit hardly lets a gradient through
SUDDEN = 0.1  # a unit that still had this share of the points an epoch earlier died of one step


@dataclass(frozen=True)
class UnitCensus:
    """One hidden unit on a set of points.

    Attributes
    ----------
    layer, unit : from 1
    active : share 0-1 of the points that switch the unit on: z >= 0 for an activation with a kink
        (at z = 0 it is on here); all for one without, as that has no side which is off
    positive : share 0-1 of the points with z >= 0
    slope : mean of |f'(z)| over the points
    gradient : Euclidean norm of the mean loss's gradient with respect to the unit's weights and
        bias; 0 exactly where nothing flows
    state : "awake", "dead", "leaky" (on the small slope for all points), "saturated", "held" (at
        0, by hand), "unheard" (awake itself, but no gradient comes from above)
    cause : likely reason in a sentence for people, "" for a unit that is awake
    """

    layer: int
    unit: int
    active: float
    positive: float
    slope: float
    gradient: float
    state: str
    cause: str


@dataclass(frozen=True)
class Death:
    """When a unit died: dead from `epoch` on, as far as snapshots tell, and why in a sentence."""

    layer: int
    unit: int
    epoch: int
    cause: str


# --- Who is awake -------------------------------------------------------------------------------


def census(network: MLP, X: np.ndarray, y: np.ndarray, loss: str | Loss) -> list[UnitCensus]:
    """Every hidden unit of the network on these points, layer by layer, computed in float64.

    X : (n, m), what the network sees; y : (n, k) as the loss takes it. For what can still learn
    these are the training data.
    """
    network = network.astype(np.float64)
    with np.errstate(all="ignore"):
        trace = network.forward(X)
        _, gradient = network.loss_and_gradient(X, y, loss)
    of_layer = layer_views(network, gradient)
    found = []
    for layer in range(1, network.depth):
        Z, f = trace.Z[layer], network.activations[layer - 1]
        assert f.derivative is not None  # hidden units do not mix
        slopes, shape = np.abs(f.derivative(Z, f.forward(Z))), f.pieces
        off = f.flat(Z)
        bends = shape is not None and len(shape.kinks) > 0
        on = np.greater_equal(Z, 0) if bends else np.ones(Z.shape, bool)
        norms = np.linalg.norm(of_layer[layer - 1], axis=0)
        held = network.killed_in(layer)
        for j in range(Z.shape[1]):
            if j in held:
                state = "held"
            elif off[:, j].all():
                state = "dead"
            elif not on[:, j].any():
                state = "leaky"
            elif shape is None and slopes[:, j].max() < SATURATED:
                state = "saturated"
            else:
                state = "unheard" if norms[j] == 0 else "awake"
            found.append(
                UnitCensus(
                    layer=layer,
                    unit=j + 1,
                    active=float(on[:, j].mean()),
                    positive=float((Z[:, j] >= 0).mean()),
                    slope=float(slopes[:, j].mean()),
                    gradient=float(norms[j]),
                    state=state,
                    cause=_cause(state, network, trace.A[layer - 1], layer, j),
                )
            )
    return found


def _cause(state: str, network: MLP, below: np.ndarray, layer: int, j: int) -> str:
    """What holds the unit where it is, from its weights, its bias and the A^(l-1) (n, m) below."""
    if state == "held":
        return "Its output is held at 0 by hand."
    if state == "unheard":
        return _why_unheard(network, layer, j)
    w, b = network.weights[layer - 1][:, j], float(network.biases[layer - 1][j])
    weighted = below @ w
    if state == "saturated":
        size = np.abs(weighted + b).min()
        return (
            f"Its |z| is {_amount(size)} or more on every point: the activation is nearly flat "
            "there."
        )
    if state == "leaky":
        highest = float((weighted + b).max())
        return (
            f"Only on its small slope on all points: its z is {_amount(highest)} at most, so it is "
            "linear here and learns slowly."
        )
    if state != "dead":
        return ""
    silent = layer > 1 and not below.any()
    if silent:
        return (
            f"Nothing arrives: all units of layer {layer - 1} are 0, and its bias is {_amount(b)}."
        )
    highest = float(weighted.max())
    if highest > 0:
        return (
            f"Its bias outweighs its inputs: weighted, they reach {_amount(highest)} at most, and "
            f"the bias is {_amount(b)}."
        )
    if (below >= 0).all() and (w[below.any(axis=0)] <= 0).all():
        return (
            "Its input side is all negative: the inputs are never below 0, and no weight of one "
            f"that is ever above 0 is positive; its bias is {_amount(b)}."
        )
    return (
        f"Its weighted inputs are never positive ({_amount(highest)} at most); its bias is "
        f"{_amount(b)}."
    )


def _amount(x: float) -> str:
    """Three digits, with a true minus."""
    return f"{x:.3g}".replace("-", "−")


def _why_unheard(network: MLP, layer: int, j: int) -> str:
    if not network.weights[layer][j].any():
        return "Nobody listens: all its outgoing weights are 0."
    above = f"the units of layer {layer + 1} that listen to it are off, or the loss is flat"
    return f"No gradient comes from above: {above}."


# --- Since when ---------------------------------------------------------------------------------


def deaths(run: Run) -> list[Death]:
    """When each hidden unit that is dead now on the training data died, and why.

    Kept snapshots are looked at from the latest back to the last one in which the unit was alive;
    between that one and the next the run is trained again, epoch by epoch, from there. (A unit can
    revive when the layers below it move, so halving the interval would not do.) A revival that
    begins and ends between two later snapshots goes unseen. Units held at 0 by hand are not dead.
    """
    died = _epochs_of_death(run)
    return [
        Death(*place, epoch, _cause_of_death(run, epoch, *place)) for place, epoch in died.items()
    ]


def _epochs_of_death(run: Run) -> dict[tuple[int, int], int]:
    """(layer, unit) -> the first epoch from which it is dead until now; 0: before training."""
    left = _dead(run)
    died: dict[tuple[int, int], int] = {}
    # All of `left` are dead in this epoch (it may be under way) and in all looked at after it.
    later = run.epoch + (run.batch > 0)
    while left and later > 0:
        kept = run.kept_before(later - 1)
        still = _dead(run.visit(kept))
        alive = left - still
        if alive:
            died |= _died_between(run, kept, later, alive)
            left &= still
        later = kept
    died |= dict.fromkeys(left, 0)
    return dict(sorted(died.items()))


def _died_between(
    run: Run, start: int, end: int, units: set[tuple[int, int]]
) -> dict[tuple[int, int], int]:
    """For units alive at `start` and dead at `end`: the epoch after the last one in which alive."""
    last_alive = dict.fromkeys(units, start)
    visited = run.visit(start)
    for epoch in range(start + 1, end):
        visited = run.visit(epoch, visited)
        dead = _dead(visited)
        last_alive |= dict.fromkeys(units - dead, epoch)
    return {unit: epoch + 1 for unit, epoch in last_alive.items()}


def _dead(run: Run) -> set[tuple[int, int]]:
    """The dead units (layer, unit) on the training data, from the network's own arithmetic."""
    network = run.network
    with np.errstate(all="ignore"):
        Z = network.forward(run.data.X_train).Z
    found = set()
    for layer in range(1, network.depth):
        off = network.activations[layer - 1].flat(Z[layer]).all(axis=0)
        found |= {(layer, int(j) + 1) for j in np.flatnonzero(off)}
    return found - network.killed


def _cause_of_death(run: Run, epoch: int, layer: int, unit: int) -> str:
    """What changed in the epoch in which the unit died: its own weights or what comes to it.

    The largest z of the epoch before is compared with what only its own new weights, and only the
    new inputs, would have made of it.
    """
    X, j = run.data.X_train, unit - 1
    if any(c.epoch == epoch and _reaches(c.field, layer, run) for c in run.changes):
        return f"Edited by hand after epoch {epoch}: a weight, bias or unit on the way to it."
    if epoch == 0:
        network = run.visit(0).network.astype(np.float64)
        below = network.forward(X).A[layer - 1]
        return f"Born dead: {_lowered(_cause('dead', network, below, layer, j))}"
    visited = run.visit(epoch - 1)
    before = visited.network.astype(np.float64)
    rate = visited.learning_rate
    under_way = epoch > run.epoch
    after = (run.network if under_way else run.visit(epoch, visited).network).astype(np.float64)
    old, new = (n.forward(X).A[layer - 1] for n in (before, after))
    z_old = _z_of(before, old, layer, j)
    share = float((~before.activations[layer - 1].flat(z_old)).mean())
    own, inputs = _z_of(after, old, layer, j).max(), _z_of(before, new, layer, j).max()
    z_new = _z_of(after, new, layer, j).max()
    fell = f"its largest z fell from {_amount(z_old.max())} to {_amount(z_new)}"
    if layer > 1 and inputs < own:
        return f"What comes to it changed: in epoch {epoch} the layers below moved, and {fell}."
    by = "its own weights moved" if own < 0 else "its own weights moved with the layers below"
    if share >= SUDDEN:
        return (
            f"Step too large: {share:.0%} of the points still reached it when epoch {epoch} began; "
            f"then {by} (learning rate {rate:.3g}), and {fell}."
        )
    return (
        f"Pushed out slowly: when epoch {epoch} began, {share:.1%} of the points were left to "
        f"reach it; then {by}, and {fell}."
    )


def _reaches(field: str, layer: int, run: Run) -> bool:
    """Whether a change is an edit by hand that can move the z of a unit in this layer."""
    if not is_edit(field):
        return False
    edit = read_edit(field, run.network.sizes)
    if edit.kind == "kill":
        return edit.layer < layer
    return edit.kind in ("set", "randomise") and edit.layer <= layer


def _z_of(network: MLP, below: np.ndarray, layer: int, j: int) -> np.ndarray:
    return below @ network.weights[layer - 1][:, j] + network.biases[layer - 1][j]


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
