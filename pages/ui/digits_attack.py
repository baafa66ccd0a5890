"""One digit under attack: the picture x, what is added to it, and what the network says of both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnlib.attacks import deepfool, fgsm, pgd, smallest_lbfgs
from nnlib.digits import BOUNDS, CLASSES, LOSS, SHAPE
from nnlib.network import MLP
from nnlib.robustness import effect

PIXELS = SHAPE[0] * SHAPE[1]
STEPS = 40  # of PGD
ATTACKS = {"fgsm": "FGSM", "pgd": f"PGD, {STEPS} steps", "lbfgs": "L-BFGS", "deepfool": "DeepFool"}
SMALLEST = ("lbfgs", "deepfool")  # look for the smallest r by themselves: no epsilon
NORMS = {"inf": "‖r‖∞", "2": "‖r‖₂"}
UNTARGETED = -1
_DIGITS = "0123456789abcdefg"  # a pixel's 17 levels, as in the data


@dataclass(frozen=True)
class Attacked:
    """x and x + r, (64,) in [0, 1]; what the network gives each, (10,) probabilities.

    truth : the class that the attack starts from; of a drawing it is what the network says
    wanted : the target, or UNTARGETED
    size_inf, size_2 : max |r_j| and the Euclidean length of r
    """

    x: np.ndarray
    moved: np.ndarray
    before: np.ndarray
    after: np.ndarray
    truth: int
    wanted: int
    size_inf: float
    size_2: float

    @property
    def was_right(self) -> bool:
        """Whether x itself is called by its class."""
        return int(self.before.argmax()) == self.truth

    @property
    def fooled(self) -> bool:
        """Whether x + r is called what was wanted: the target, or anything but the truth."""
        said = int(self.after.argmax())
        return said != self.truth if self.wanted == UNTARGETED else said == self.wanted


def attacked(
    network: MLP,
    x: np.ndarray,
    truth: int | None,
    method: str,
    norm: str,
    epsilon: float,
    target: int = UNTARGETED,
) -> Attacked:
    """Attack one picture x (64,) in [0, 1].

    truth : its class; None: what the network says
    method : a key of ATTACKS; those in SMALLEST take no epsilon, and DeepFool no target
    norm : "inf" or "2"; L-BFGS has "2"
    target : the class that the network shall say, or UNTARGETED

    Raises ValueError with a sentence where the target is the true class, or an argument is bad.
    """
    X = np.asarray(x, np.float32).reshape(1, PIXELS)
    if truth is None:
        truth = int(network.predict(X).argmax())
    if method == "deepfool":
        target = UNTARGETED
    if target == truth:
        raise ValueError(
            f"Target: {truth} is what it is already; choose another digit, or “anything else”."
        )
    y = np.eye(CLASSES, dtype=np.float32)[[truth]]
    goal = None if target == UNTARGETED else np.eye(CLASSES, dtype=np.float32)[[target]]
    if method == "fgsm":
        moved = fgsm(network, X, y, LOSS, epsilon, norm, BOUNDS, goal)
    elif method == "pgd":
        moved = pgd(network, X, y, LOSS, epsilon, norm, BOUNDS, goal, steps=STEPS)
    elif method == "lbfgs":
        # One rival: the nearest class by the slopes; three would take three times as long.
        found = smallest_lbfgs(network, X, y, LOSS, bounds=BOUNDS, target=goal, rivals=1)
        moved = found.X_adversarial
    else:
        moved = deepfool(network, X, LOSS, norm, BOUNDS)
    did = effect(network, X, moved, LOSS)
    return Attacked(
        *(X[0], moved[0], did.before[0], did.after[0], truth, target),
        *(float(did.size_inf[0]), float(did.size_2[0])),
    )


def words(attack: Attacked) -> str:
    """What happened, in a sentence or two."""
    a, said, called = attack, int(attack.after.argmax()), int(attack.before.argmax())
    if not a.was_right and a.size_inf == 0 and a.wanted == UNTARGETED:
        return f"No attack is needed: this is {a.truth}, and the network says {called} by itself."
    start = f"Before, the network said {called} with {percent(a.before[called])}"
    share = f"{said} with {percent(a.after[said])}"
    if a.fooled:
        return f"{start}. Fooled: now it is {share}."
    missed = "" if a.wanted == UNTARGETED else f"not {a.wanted} yet, "
    return f"{start}. Not fooled: {missed}now it is {share}."


def percent(share: float) -> str:
    """0.98765 -> '98.8 %', never rounded to a certainty that is none."""
    if 0.9995 <= share < 1:
        return "> 99.9 %"
    if 0 < share < 0.0005:
        return "< 0.1 %"
    return f"{100 * share:.1f} %"


# --- A picture in a link --------------------------------------------------------------------------


def written(picture: np.ndarray) -> str:
    """A picture (64,) in [0, 1] as 64 characters, each pixel one of 17 levels, 0 ... 9 a ... g."""
    levels = np.rint(np.asarray(picture) * 16).astype(int)
    return "".join(_DIGITS[level] for level in levels)


def read(text: str) -> np.ndarray:
    """What `written` wrote, (64,) float32; ValueError with a sentence for another text."""
    if len(text) != PIXELS or not set(text) <= set(_DIGITS):
        raise ValueError(f"allowed: nothing, or {PIXELS} pixels, each one of {_DIGITS}")
    return np.array([_DIGITS.index(letter) for letter in text], np.float32) / 16


def ink(text: object, side: int) -> np.ndarray:
    """A drawing that the page sends, (side, side) in [0, 1], of side * side hexadecimal digits.

    Raises ValueError with a sentence where it is anything else.
    """
    try:
        if not isinstance(text, str) or len(text) != side * side or not text.isalnum():
            raise ValueError
        levels = [int(letter, 16) for letter in text]
    except ValueError:
        raise ValueError(
            f"drawing: {side} × {side} levels of ink from 0 to f are needed; got something else."
        ) from None
    return np.array(levels).reshape(side, side) / 15
