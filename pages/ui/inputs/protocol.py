"""What the frames of the Inputs page's boards in the plane hold (see live/protocol.py).

Places are in the data's own units. Letters of shapes: n: all points of the data, training then
test; w: dropped points; t: steps; the others are counts of one blob only. Where `why` says
something, a frame has no more than that.
"""

from __future__ import annotations

from pages.ui.live.protocol import Blob, Key, Protocol
from pages.ui.sandbox.input_plane import PLANE
from pages.ui.sandbox.network_link import TRAINED
from pages.ui.sandbox.sandbox import SETTINGS

SHOWN = "unless there is a `why`"
NETWORK = "when the network has changed"
AGAINST = "while there is a network trained against attacks"

TWO_PLANES = (
    SETTINGS
    | TRAINED
    | PLANE
    | Protocol(
        {
            "why": Key(str, "why there is nothing to show for these data; '' where there is"),
            "classes": Key(list[str], "the classes' names; none of a regression", SHOWN),
            "unit": Key(str, "what steps and distances are in; '' for the inputs' own", SHOWN),
            "corrected": Key(
                int, "how often other data have changed the settings: the link follows", SHOWN
            ),
        }
    )
)

_WAY = "steps; values: the goal's, at the start and now"

THETA_OR_X = TWO_PLANES | Protocol(
    {
        "wants": Key(dict[str, str], "what can be wanted of an output -> in words", SHOWN),
        "label": Key(int, "the class that is wanted, from 0", SHOWN),
        "symbol": Key(str, "of the goal: L, z or g", SHOWN),
        "going": Key(bool, "whether something moves by itself", SHOWN),
        "left": Key(
            dict,
            f"of θ: {_WAY}; diverged: the next step leaves the numbers; right: shares of the "
            "training points before and now, of classes",
            SHOWN,
        ),
        "right": Key(
            dict,
            f"of x: {_WAY}; said: dropped points in the class, and all of them, where there are "
            "some; stopped: why x rests, '' while it does not",
            SHOWN,
        ),
        "factors": Key(
            dict,
            "the last factors at x, d: by the goal `symbol`; features: names, null where x itself "
            "is seen; inputs φ(x); delta dZ¹; W and grad_W, a row an input; grad_inputs dφ; slopes "
            "dφ/dx, a row a feature; grad_x dx",
            SHOWN,
        ),
        "drops": Key(
            dict,
            "start: steps of `drops` that came before, 0: these are other points; n: how many "
            "points",
            "with it",
        ),
    },
    {
        "moved": Blob("png", "", "output over the plane with the θ that moves", "when θ has moved"),
        "before": Blob(
            "float32", "b 2", "dots of the network's boundary", f"{NETWORK}, with classes"
        ),
        "arrows": Blob(
            "float32",
            "a 4",
            "where an arrow begins, how far it goes: the way of a step in x, length compressed",
            f"{NETWORK}, or the goal",
        ),
        "path": Blob("float32", "s 2", "the way of x, its start first", SHOWN),
        "drops": Blob("float32", "t w 2", "dropped points after each new step", "when they move"),
    },
)

_ROW = "found; flipped, flat: gradient 0 at x; class said, its confidence; inf, two: ‖r‖"
_DOTS = "dots of the boundary"
_FALLEN = "1: wrong under PGD with the nearest ε measured"
_FIRST = "those to fall first, nearest to another class first"
_SURVEYED = "when ε or what is known has changed"

ATTACK = TWO_PLANES | Protocol(
    {
        "at": Key(list[float], "x, in the view", SHOWN),
        "before": Key(dict, "at x: class said, from 0; its confidence, null for none", SHOWN),
        "attacks": Key(
            dict,
            f"fgsm, pgd, lbfgs, deepfool, truth -> {_ROW}; found alone where nothing is; null: not "
            "known yet",
            SHOWN,
        ),
        "refused": Key(str, "why x is not attacked; '' where it is", SHOWN),
        "curves": Key(
            dict[str, list[float]],
            "fgsm, pgd, lbfgs, deepfool, truth, against -> accuracy at the first `epsilons`, as "
            "many as are known",
            SHOWN,
        ),
        "epsilons": Key(list[float], "the ε of the curves", SHOWN),
        "survey": Key(
            dict,
            "of all points: epoch of the curves, null for none; fresh: they are of this network; "
            "done; points; sampled: those that L-BFGS is tried on; at: ε of `fallen`",
            SHOWN,
        ),
        "words": Key(str, "clean and robust accuracy; '' while not known", SHOWN),
        "marked": Key(bool, "whether `fallen` and `first` count: it is known which", SHOWN),
        "training_against": Key(dict, "epoch, goal; diverged: the epoch, null for none", AGAINST),
        "against": Key(
            dict,
            "of the trained network: class said at x; row, pgd: of the chosen attack and of PGD, "
            "as in `attacks`; marked: `trained_fallen` and `trained_first` count",
            f"{AGAINST} whose boundary is found",
        ),
    },
    {
        "all": Blob("float32", "n 3", "every point: x1, x2, class from 0", "for another run"),
        "dots": Blob("float32", "b 2", _DOTS, NETWORK),
        "ball": Blob("float32", "c 2", "corners of the ε ball around x", SHOWN),
        "path": Blob("float32", "p 2", "the way of the chosen attack; none: not known yet", SHOWN),
        "fallen": Blob("uint8", "n", _FALLEN, _SURVEYED),
        "first": Blob("float32", "f 2", _FIRST, _SURVEYED),
        "trained": Blob("png", "", "the trained network's output over the plane", AGAINST),
        "trained_dots": Blob("float32", "d 2", f"... {_DOTS}", AGAINST),
        "trained_path": Blob("float32", "q 2", "... the chosen attack's way", "with `against`"),
        "trained_fallen": Blob("uint8", "n", f"... {_FALLEN}", _SURVEYED),
        "trained_first": Blob("float32", "g 2", f"... {_FIRST}", _SURVEYED),
    },
)
