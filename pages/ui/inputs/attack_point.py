"""Attacks on one point of the plane: each one's way, and what it has come to."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from nnlib.attacks import deepfool_iterates, pgd_iterates, smallest_lbfgs
from nnlib.data import Points
from nnlib.inputs.ball import input_gradient, sizes
from nnlib.inputs.boundary import Boundary
from nnlib.inputs.composed import Composed, decided, flip_loss
from nnlib.network import MLP
from nnlib.run import Run

NAMES = {"fgsm": "FGSM", "pgd": "PGD", "lbfgs": "L-BFGS", "deepfool": "DeepFool"}
CHEAP = ("fgsm", "pgd", "deepfool")  # may be computed for every picture
ROUND = 72  # corners of a ball that is round
_HAIRS = (0.0, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)  # beyond a boundary, as shares of r
_START = 402  # the random stream of PGD's start


@dataclass(frozen=True)
class Plan:
    """How a point is attacked: the numbers of the attacks, in plane coordinates.

    x : (1, 2) float32; step_size None: 2.5 epsilon / steps; seed None: no random start
    target : a class, or None for any other
    """

    x: np.ndarray
    norm: str
    epsilon: float
    steps: int
    step_size: float | None
    seed: int | None
    target: int | None


@dataclass(frozen=True)
class Outcome:
    """What an attack did: its way (t, 2) in plane coordinates, and what the network says there.

    confidence : the probability that the network gives to the class it says; None where its output
        is no probability. size_inf and size_2 are of r = last - first. flat : the attack stayed at
        x because the slope that it follows is 0 there, which says nothing about how near a
        boundary is
    """

    path: np.ndarray
    said: int
    confidence: float | None
    size_inf: float
    size_2: float
    flat: bool = False


def box(points: Points) -> tuple[np.ndarray, np.ndarray]:
    """What x + r may be: the view, and as far as there are points; low and high, (2,) float32."""
    X = np.concatenate([points.train, points.test]).astype(np.float32)
    low, high = points.extent.astype(np.float32).T
    return np.minimum(low, X.min(axis=0)), np.maximum(high, X.max(axis=0))


def said_at(run: Run, network: MLP | Composed, x: np.ndarray) -> tuple[int, float | None]:
    """The class at x (1, 2), and the probability that the network gives it, if it gives any."""
    output = network.predict(x)
    label = int(decided(output, run.loss)[0])
    f = run.network.activations[-1]
    if not f.probability:
        return label, None
    if output.shape[1] == 1:
        return label, float(output[0, 0] if label else 1 - output[0, 0])
    return label, float(output[0, label]) if f.mixes else None


def encoded(run: Run, label: int) -> np.ndarray:
    """A class as the run's loss takes it, (1, k)."""
    units = run.data.y_train.shape[1]
    return np.array([[float(label)]]) if units == 1 else np.eye(units)[[label]]


def attacked(name: str, run: Run, network: MLP | Composed, plan: Plan) -> Outcome:
    """The outcome of an attack by its name in NAMES.

    What the network says at x counts as the truth, so every attack is one that changes its mind.
    Raises ValueError with a sentence where the target is what the network says already.
    """
    points, x = run.data.points, plan.x
    label, _ = said_at(run, network, x)
    if plan.target == label:
        raise ValueError(
            f"Target: the network says {points.class_names[label]} at x already. "
            "Choose another class, or any other."
        )
    y = encoded(run, label)
    target = None if plan.target is None else encoded(run, plan.target)
    bounds = box(points)
    with np.errstate(all="ignore"):
        if name == "lbfgs":
            smallest = smallest_lbfgs(network, x, y, run.loss, None, bounds, target)
            path = smallest.paths[0] if smallest.found[0] else x
        elif name == "deepfool":
            walk = deepfool_iterates(network, x, run.loss, plan.norm, bounds)
            path = np.concatenate(list(walk))
        else:
            once = name == "fgsm"
            rng = None if once or plan.seed is None else np.random.default_rng([plan.seed, _START])
            walk = pgd_iterates(
                *(network, x, y, flip_loss(run.loss), plan.epsilon, plan.norm, bounds, target),
                steps=1 if once else plan.steps,
                step_size=plan.epsilon if once else plan.step_size,
                rng=rng,
            )
            path = np.concatenate(list(walk) if rng is None else [x, *walk])
        found = _outcome(run, network, x, path)
        stayed = found.size_inf == 0 and name != "lbfgs"
        flat = stayed and not input_gradient(network, x, y, flip_loss(run.loss)).any()
        return replace(found, flat=flat)


def nearest(run: Run, network: MLP | Composed, boundary: Boundary, plan: Plan) -> Outcome | None:
    """The nearest place of another class, found by looking everywhere; None where there is none.

    It is the boundary itself, so what is said is what the network says a hair beyond it.
    """
    x, place = plan.x, boundary.nearest(plan.x, plan.norm)
    if np.isnan(place).any():
        return None
    found = _outcome(run, network, x, np.concatenate([x, place]))
    label, _ = said_at(run, network, x)
    for beyond in _HAIRS:
        said, _ = said_at(run, network, (x + (1 + beyond) * (place - x)).astype(x.dtype))
        if said != label:
            return replace(found, said=said)
    return found


def _outcome(run: Run, network: MLP | Composed, x: np.ndarray, path: np.ndarray) -> Outcome:
    said, confidence = said_at(run, network, path[-1:].astype(x.dtype))
    r = np.asarray(path[-1:], float) - x
    return Outcome(path, said, confidence, float(sizes(r, "inf")[0]), float(sizes(r, "2")[0]))


def ball(x: np.ndarray, epsilon: float, norm: str) -> np.ndarray:
    """The edge of the epsilon ball around x (1, 2), (corners, 2) in plane coordinates."""
    if norm == "inf":
        return x + epsilon * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    angle = np.linspace(0, 2 * np.pi, ROUND, endpoint=False)
    return x + epsilon * np.stack([np.cos(angle), np.sin(angle)], axis=1)
