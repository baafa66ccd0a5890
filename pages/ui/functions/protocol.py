"""What the frames of the Functions page's boards hold (see live/protocol.py).

Letters of shapes: n: inputs of a curve, which the page gives with the component's data (`z` of the
activations, `x` of the neuron) or the curves themselves begin with (the laboratory); f: functions,
in the order of `names` or of the chain's `meaning`; d: layers of the chain, the first one first;
m: epochs, thinned.
"""

from __future__ import annotations

from pages.ui.live.protocol import Blob, Key, Protocol
from pages.ui.sandbox.sandbox import SETTINGS

ACTIVATIONS = SETTINGS | Protocol(
    {
        "names": Key(list[str], "the functions shown, in the core's order"),
        "numbers": Key(dict[str, list[float]], "name -> f(z) and f'(z) at the setting z"),
        "flat": Key(float, "below this |f'| counts as nearly flat"),
        "zones": Key(
            list[tuple[float, float, str]],
            "where `focus` passes no gradient, or hardly any: from z, to z, dead or flat",
        ),
        "words": Key(str, "a sentence on where `focus` saturates and dies"),
        "ranges": Key(list[list[float]], "low, high of the axis of f, and of that of f'"),
    },
    {"curves": Blob("float32", "f 2 n", "f and f' of each function over the inputs")},
)

_AT_X = "z, a, slope: f'(z), da_dw: ∂a/∂w of each weight"

NEURON = SETTINGS | Protocol(
    {
        "line": Key(dict, f"one input, at x: {_AT_X}; hinge: the x where z = 0, null for w = 0"),
        "plane": Key(
            dict,
            f"two inputs, at (x1, x2): {_AT_X}; hinge: ends of the line z = 0 in the view, null "
            "where it is not in it; normal: from the line's foot to its tip by w; length: ‖w‖; "
            "distance: signed, to the line; scale: ± ends of the colours. null for w = 0: normal, "
            "distance",
        ),
        "chain": Key(
            dict,
            "meaning: name -> factor (of the gradient, a layer; null for one layer), total (top to "
            "bottom), verdict, medians over the networks; range: low, high of the axis, in decades",
        ),
    },
    {
        "line": Blob("float32", "2 n", "z and a over the inputs"),
        "light": Blob("png", "", "the setting `field` over the plane, in light colours"),
        "dark": Blob("png", "", "... in dark colours"),
        "chain": Blob(
            "float32",
            "f 6 d",
            "log10 of the gradient's size in each layer, of 5 networks and their median; -∞: it "
            "is 0",
        ),
    },
)

SOFTMAX = SETTINGS | Protocol(
    {},
    {
        "numbers": Blob(
            "json",
            "",
            "Z = (z + c) / T, A: probabilities, exponentials: e^Z, total: their sum, jacobian: "
            "∂g/∂Z, sums: of its rows, nll and its gradient ∂L/∂Z of the chosen class, shiftWords; "
            "as #RRGGBB: colours (of the Jacobian), gradientColours, scale (-1, 0, 1)",
        )
    },
)

_STEP = "after an epoch, or another start"

LABORATORY = SETTINGS | Protocol(
    {
        "playing": Key(bool, "whether both networks train on by themselves"),
        "epoch": Key(int, "the epoch of both"),
        "over": Key(bool, "whether that is the last one"),
    },
    {
        "scene": Blob(
            "json",
            "",
            "figures curves and progress; colours and signs of the losses NLL, squared, hinge; "
            "training points by class (points), their colours (classes); extent: low, high of x1 "
            "and of x2; about: a few sentences on the two networks",
            "for another theme",
        ),
        "curves": Blob(
            "float32", "7 n", "logit z, three losses, their dL/dz", "for another class y"
        ),
        "now": Blob(
            "json",
            "",
            "at the setting z: g, losses and gradients (three each), flat: from z to z the squared "
            "loss is wrong and flat, words",
        ),
        "nll": Blob("png", "", "output over the plane of the network that learns by it", _STEP),
        "squared": Blob("png", "", "... of the one that learns by the squared loss", _STEP),
        "measured": Blob(
            "json", "", "nll, squared -> mean training loss, share that is right", _STEP
        ),
        "history": Blob(
            "float32",
            "5 m",
            "epoch; share that is right: NLL, squared; mean |dL/dz|: NLL, squared",
            f"{_STEP}, while playing 4 times a second",
        ),
    },
)
