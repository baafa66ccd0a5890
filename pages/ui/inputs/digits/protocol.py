"""What the digits board's frames hold (see live/protocol.py). Pictures have 8 x 8 pixels, a clear
pixel between two on a sheet; lists of ten are of the digits 0 to 9. e: epochs, 0 the first.
"""

from __future__ import annotations

from pages.ui.live.protocol import Blob, Key, Protocol
from pages.ui.sandbox.sandbox import SETTINGS

LEARNED = "in the view learned, when the network has changed"
JUDGED = f"{LEARNED}, while training 10 times a second"
ATTACK = "in the view attack"
ATTACKED = f"{ATTACK}, where there is a result"
ASCENT = "in the view ascent"
SURVEY = "in the view survey"

PROTOCOL = SETTINGS | Protocol(
    {
        "training": Key(
            dict, "playing; epoch; over: it was the last one; train, test: share that is right"
        ),
        "weights_scale": Key(float, "± ends of the colours of `weights`", "with it"),
    },
    {
        "history": Blob(
            "float32", "2 e", "share that is right: of training, of test digits", "after an epoch"
        ),
        "weights": Blob("png", "", "the first layer's weights, a picture a unit, a sheet", LEARNED),
        "judged": Blob(
            "json",
            "",
            "the test digits: counts of class and class said, their colours, firsts: a test row of "
            "each, -1 for none; wrong; of: all; and the surest mistakes: rows, truth, said, sure",
            JUDGED,
        ),
        "mistakes": Blob(
            "png", "", "the surest mistakes, one below the other", f"{JUDGED}, if there are any"
        ),
        "ink": Blob(
            "text",
            "",
            "the drawing of a link, or from before: a hexadecimal digit a cell of the pad",
            f"{ATTACK}, to a new client",
        ),
        "attack": Blob(
            "json",
            "",
            "problem: why there is no result, '' for none; truth: class of x, null of a drawing; "
            "before: probabilities at x; of a result: words; class called before; target, -1 for "
            "any; fooled; after: probabilities at x + r; size_inf, size_2: ‖r‖. Or else empty: "
            "that there is no drawing",
            ATTACK,
        ),
        "x": Blob("png", "", "the picture that is attacked", f"{ATTACK}, but for no drawing"),
        "r": Blob("png", "", "what is added; ± size_inf are the ends of its colours", ATTACKED),
        "moved": Blob("png", "", "x + r", ATTACKED),
        "ascent": Blob(
            "json",
            "",
            "steps; over: it rests; of picture j as class j: probability, logit; of the classes' "
            "means: meanProbability, meanLogit",
            ASCENT,
        ),
        "ascended": Blob("png", "", "the ten pictures, side by side", ASCENT),
        "means": Blob("png", "", "the mean training picture of each class", ASCENT),
        "survey": Blob(
            "json",
            "",
            "norm, size: ε; over: all is known; curves: fgsm, pgd -> accuracy at `epsilons` on the "
            "digits tried so far; of: how many there are; names of the networks, lessons: epochs "
            "of the others, lesson: the one they are in; when known, universal: one r for all "
            "(clean and accuracy with it, favourite wrong answer or null, scale: ± ends of its "
            "colours), transfer: accuracy on no attack, then on what was made for each network (a "
            "row) of each network, its colours, transferTried: on how many digits",
            SURVEY,
        ),
        "universal": Blob("png", "", "the one r for all", f"{SURVEY}, when it is known"),
    },
)
