"""One digit under attack: the picture x, what is added to it, and what the network says of both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnlib.attacks import deepfool, fgsm, pgd, smallest_lbfgs
from nnlib.inputs.digits import BOUNDS, CLASSES, LOSS, SHAPE
from nnlib.inputs.robustness import effect
from nnlib.network import MLP

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

    truth : the class of x; None of a drawing, which nobody has labelled
    wanted : the target, or UNTARGETED
    size_inf, size_2 : max |r_j| and the Euclidean length of r
    """

    x: np.ndarray
    moved: np.ndarray
    before: np.ndarray
    after: np.ndarray
    truth: int | None
    wanted: int
    size_inf: float
    size_2: float

    @property
    def called(self) -> int:
        """What the network says of x: the attack leads away from that."""
        return int(self.before.argmax())

    @property
    def said(self) -> int:
        """What the network says of x + r."""
        return int(self.after.argmax())

    @property
    def was_right(self) -> bool:
        """Whether x itself is called by its class; a drawing is what it is called."""
        return self.truth in (None, self.called)

    @property
    def reached(self) -> bool:
        """Whether x + r is called what was wanted: the target, or anything but what x is called."""
        return self.said != self.called if self.wanted == UNTARGETED else self.said == self.wanted

    @property
    def fooled(self) -> bool:
        """Whether the attack did it: who is wrong about x already cannot be fooled any more."""
        return self.was_right and self.reached


def attack_digit(
    network: MLP,
    x: np.ndarray,
    truth: int | None,
    method: str,
    norm: str,
    epsilon: float,
    target: int = UNTARGETED,
) -> Attacked:
    """Attack one picture x (64,) in [0, 1], away from what the network says of it.

    truth : its class; None: nobody knows
    method : a key of ATTACKS; those in SMALLEST take no epsilon, and DeepFool no target
    norm : "inf" or "2"; L-BFGS has "2"
    target : the class that the network shall say, or UNTARGETED

    Raises ValueError with a sentence where the network says the target already, or an argument is
    bad.
    """
    X = np.asarray(x, np.float32).reshape(1, PIXELS)
    called = int(network.predict(X).argmax())
    if method == "deepfool":
        target = UNTARGETED
    if target == called:
        what = "what it is" if truth == called else "what the network says"
        raise ValueError(
            f"Target: {target} is {what} already; choose another digit, or “anything else”."
        )
    y = np.eye(CLASSES, dtype=np.float32)[[called]]
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
    did = effect(network, X, moved)
    size_inf, size_2 = float(did.size_inf[0]), float(did.size_2[0])
    return Attacked(X[0], moved[0], did.before[0], did.after[0], truth, target, size_inf, size_2)


def words(attack: Attacked) -> str:
    """What happened, in a sentence or two."""
    a, said = attack, attack.said
    start = f"Before, the network said {a.called} with {percent(a.before[a.called])}"
    share = f"{said} with {percent(a.after[said])}"
    if not a.was_right:
        now = "still" if said == a.called else "now rightly" if said == a.truth else "now"
        return f"{start}: wrong already, this is {a.truth}. After the attack it is {now} {share}."
    if a.fooled:
        return f"{start}. Fooled: now it is {share}."
    missed = "" if a.wanted == UNTARGETED else f"not {a.wanted} yet, "
    return f"{start}. Not fooled: {missed}now it is {share}."


def percent(share: float) -> str:
    """A probability: 0.98765 -> '98.8 %', never a certainty, which no softmax gives.

    (That float32 rounds it to 0 or 1 does not make it one.)
    """
    if share >= 0.9995:
        return "> 99.9 %"
    if share < 0.0005:
        return "< 0.1 %"
    return f"{100 * share:.1f} %"


# --- A picture in a link --------------------------------------------------------------------------


def pixels_text(picture: np.ndarray) -> str:
    """A picture (64,) in [0, 1] as 64 characters, each pixel one of 17 levels, 0 ... 9 a ... g."""
    levels = np.rint(np.asarray(picture) * 16).astype(int)
    return "".join(_DIGITS[level] for level in levels)


def read(text: str) -> np.ndarray:
    """What `pixels_text` wrote, (64,) float32; ValueError with a sentence for another text."""
    if len(text) != PIXELS or not set(text) <= set(_DIGITS):
        raise ValueError(f"allowed: nothing, or {PIXELS} pixels, each one of {_DIGITS}")
    return np.array([_DIGITS.index(letter) for letter in text], np.float32) / 16


def strokes(picture: np.ndarray, side: int) -> str:
    """A picture (64,) in [0, 1] as a drawing, side * side hexadecimal digits; 8 divides side."""
    levels = np.rint(np.asarray(picture).reshape(SHAPE) * 15).astype(int)
    cells = np.kron(levels, np.ones((side // SHAPE[0], side // SHAPE[1]), int))
    return "".join(_DIGITS[level] for level in cells.ravel())


def ink(text: object, side: int) -> np.ndarray:
    """A drawing that the page sends, (side, side) in [0, 1], of side * side hexadecimal digits.

    Raises ValueError with a sentence where it is anything else.
    """
    try:
        if not isinstance(text, str) or len(text) != side * side:
            raise ValueError
        levels = [_DIGITS.index(letter, 0, 16) for letter in text]
    except ValueError:
        raise ValueError(
            f"drawing: {side} × {side} levels of ink from 0 to f are needed; got something else."
        ) from None
    return np.array(levels).reshape(side, side) / 15
