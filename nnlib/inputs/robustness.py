"""How a whole data set stands up to attacks: accuracy against epsilon, transfer, one r for all.

Arguments are those of nnlib.attacks. An attack here ascends `flip_loss(loss)`, so that a loss
without a slope does not look like a network without weaknesses (Athalye, Carlini & Wagner 2018).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nnlib.attacks import fgsm, pgd
from nnlib.inputs.ball import (
    Ball,
    Bounds,
    check_classes,
    check_size,
    check_steps,
    checked_inputs,
    input_gradient,
    sizes,
    steepest,
)
from nnlib.inputs.composed import Network, decided, flip_loss
from nnlib.losses import Loss
from nnlib.task import classify_target

ATTACKS = ("fgsm", "pgd")


@dataclass(frozen=True)
class Curve:
    """Accuracy against epsilon.

    epsilons : (E,), in the units of X, ascending
    right : (E, n) bool, which rows are still classified right under attacks up to that epsilon: a
        ball contains the smaller ones, so what has fallen once stays fallen
    """

    epsilons: np.ndarray
    right: np.ndarray

    @property
    def accuracy(self) -> np.ndarray:
        """(E,), shares of the rows."""
        return self.right.mean(axis=1)


def accuracies(
    network: Network,
    X: np.ndarray,
    y: np.ndarray,
    loss: str | Loss,
    epsilons: Sequence[float] | np.ndarray,
    attack: str = "pgd",
    norm: str = "inf",
    bounds: Bounds | None = None,
    *,
    steps: int = 40,
    rng: np.random.Generator | None = None,
) -> Iterator[np.ndarray]:
    """Which rows are still right under an attack of each size: the rows of `Curve.right` in turn.

    attack : "fgsm", or "pgd" with `steps` and a random start if rng is given
    epsilons : ascending, >= 0; epsilon 0 gives the accuracy without attack

    Epsilon after epsilon takes no longer than all in one array of E n rows, which leaves the
    cache, and each can be shown when it is there. Of a row the best attack so far counts: PGD
    with longer steps may miss what it found in a smaller ball, which is part of the larger one.
    """
    X, y = checked_inputs(X, y)
    check_classes(y)
    if attack not in ATTACKS:
        raise ValueError(f"attack must be one of {', '.join(ATTACKS)}. Got {attack!r} instead.")
    for epsilon in epsilons:
        check_size("epsilon", epsilon)
    if len(epsilons) == 0 or (np.diff(epsilons) <= 0).any():
        raise ValueError(f"epsilons must ascend, one or more. Got {list(epsilons)} instead.")
    truth, ascended = classify_target(y), flip_loss(loss)

    def rows() -> Iterator[np.ndarray]:
        standing = np.ones(len(X), bool)
        for epsilon in epsilons:
            if attack == "fgsm":
                moved = fgsm(network, X, y, ascended, epsilon, norm, bounds)
            else:
                moved = pgd(network, X, y, ascended, epsilon, norm, bounds, steps=steps, rng=rng)
            standing = standing & (decided(network.predict(moved), loss) == truth)
            yield standing

    return rows()


def curve_of_distances(
    right: np.ndarray, distances: np.ndarray, epsilons: Sequence[float] | np.ndarray
) -> Curve:
    """The curve of an attack that finds the smallest r (deepfool, lbfgs, brute force).

    right : (n,) bool, which rows are right without attack
    distances : (n,) ||r|| of what changes the class; inf where nothing was found
    """
    within = np.asarray(epsilons, np.float64)
    return Curve(within, right & (distances > within[:, None]))


@dataclass(frozen=True)
class Effect:
    """What an attack did to each row.

    before, after : (n, k) outputs
    size_inf, size_2 : (n,) max |r_j| and ||r||_2, in the units of X
    """

    before: np.ndarray
    after: np.ndarray
    size_inf: np.ndarray
    size_2: np.ndarray


def effect(network: Network, X: np.ndarray, X_adversarial: np.ndarray) -> Effect:
    """What changed between X and X_adversarial, both (n, m)."""
    before, after = network.predict(X), network.predict(X_adversarial)
    r = np.asarray(X_adversarial, np.float64) - X
    return Effect(before, after, sizes(r, "inf"), sizes(r, "2"))


def transfer(
    networks: Sequence[Network],
    X: np.ndarray,
    y: np.ndarray,
    loss: str | Loss,
    attack: Callable[[Network], np.ndarray],
) -> np.ndarray:
    """The accuracy of network j on what was made to fool network i, (N, N): [i, j].

    attack : network -> X_adversarial, like X; such as
        `lambda network: pgd(network, X, y, loss, 0.1)`
    All networks have the outputs that y and loss need. The diagonal is each one's own attack; the
    accuracy without attack is that of an attack that returns X (Szegedy et al. 2014, section 4.3).
    """
    X, y = checked_inputs(X, y)
    check_classes(y)
    truth = classify_target(y)
    made = [attack(network) for network in networks]
    return np.array(
        [
            [float((decided(each.predict(moved), loss) == truth).mean()) for each in networks]
            for moved in made
        ]
    ).reshape(len(networks), len(networks))


def universal(
    network: Network,
    X: np.ndarray,
    y: np.ndarray,
    loss: str | Loss,
    epsilon: float,
    norm: str = "inf",
    bounds: Bounds | None = None,
    *,
    steps: int = 40,
    step_size: float | None = None,
) -> np.ndarray:
    """One r (m,) for all rows, ||r|| <= epsilon; add it and clip to the bounds.

    Projected ascent of the mean loss in r (Shafahi et al. 2020); the idea of one r for all is of
    Moosavi-Dezfooli et al. (2017). step_size None: 2.5 epsilon / steps. With bounds, the slopes are
    taken at clip(x + r), and where that clips there is none.
    """
    X, y = checked_inputs(X, y)
    low, high = Ball(X, epsilon, norm, bounds).box
    check_steps(steps)
    size = 2.5 * epsilon / steps if step_size is None else float(step_size)
    check_size("step_size", size)
    ball = Ball(np.zeros_like(X[:1]), epsilon, norm, None)
    r, ascended = np.zeros_like(X[:1]), flip_loss(loss)
    for _ in range(steps):
        moved = X + r
        gradient = input_gradient(network, np.clip(moved, low, high), y, ascended)
        gradient[(moved < low) | (moved > high)] = 0
        mean = gradient.mean(axis=0, keepdims=True)
        r = ball.project(r + size * steepest(mean, norm))
    ball.check(r)
    return r[0]
