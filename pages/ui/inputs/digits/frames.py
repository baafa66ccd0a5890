"""What a frame of the digits board holds: what the network learned, and one digit under attack."""

from __future__ import annotations

import numpy as np

from nnlib.inputs.digits import Digits, confusion, mistakes, weight_pictures
from nnlib.network import MLP
from pages.ui.drawing.palette import Theme
from pages.ui.inputs.digits import attack as digits_attack
from pages.ui.inputs.digits import pictures as digits_pictures
from pages.ui.inputs.digits.attack import Attacked
from pages.ui.live.packing import Packet

SHEET = 2.6  # columns to a row of the sheet of weights, about
MISTAKES = 12  # shown


def attach_weights(network: MLP, theme: Theme, packet: Packet) -> None:
    """The first layer's weights as one sheet of pictures, and the end of its colours."""
    pictures = weight_pictures(network)
    scale, columns = float(np.abs(pictures).max()), round(np.sqrt(SHEET * len(pictures)))
    sheet = digits_pictures.weights(pictures, scale, columns, theme)
    packet.header["weights_scale"] = scale
    packet.attach("weights", sheet)


def attach_judged(network: MLP, digits: Digits, theme: Theme, packet: Packet) -> None:
    """Confusion matrix and most confident mistakes on the test digits."""
    counts = confusion(network, digits.X_test, digits.y_test)
    worst = mistakes(network, digits.X_test, digits.y_test, MISTAKES)
    judged = {
        "counts": counts.tolist(),
        "colours": digits_pictures.confusion_colours(counts, theme),
        "firsts": first_rows(network.predict(digits.X_test), digits.y_test),
        "wrong": int(counts.sum() - np.trace(counts)),
        "of": int(counts.sum()),
        "rows": worst.rows.tolist(),
        "truth": worst.truth.tolist(),
        "said": worst.said.tolist(),
        "sure": worst.confidence.tolist(),
    }
    packet.attach("judged", judged)
    if len(worst.rows):
        packet.attach("mistakes", digits_pictures.digits(digits.X_test[worst.rows], 1, theme))


def first_rows(probabilities: np.ndarray, y: np.ndarray) -> list[list[int]]:
    """For each cell of the confusion matrix the first row that is counted there, or -1.

    probabilities and the one-hot y are (n, 10).
    """
    classes = y.shape[1]
    cells = y.argmax(axis=1) * classes + probabilities.argmax(axis=1)
    firsts = np.full(classes**2, -1)
    places, rows = np.unique(cells, return_index=True)
    firsts[places] = rows
    return firsts.reshape(classes, classes).tolist()


def attach_attack(found: Attacked, problem: str, theme: Theme, packet: Packet) -> None:
    """Pictures and numbers of an attack; `problem` is why there is none: then of x alone."""
    packet.attach("x", digits_pictures.digit(found.x, theme))
    known = {"problem": problem, "truth": found.truth, "before": found.before.tolist()}
    if not problem:
        r = found.moved - found.x
        packet.attach("moved", digits_pictures.digit(found.moved, theme))
        packet.attach("r", digits_pictures.difference(r, found.size_inf, theme))
        known |= {
            "words": digits_attack.words(found),
            "called": found.called,
            "target": found.wanted,
            "fooled": found.fooled,
            "after": found.after.tolist(),
            "size_inf": found.size_inf,
            "size_2": found.size_2,
        }
    packet.attach("attack", known)
