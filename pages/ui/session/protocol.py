"""What the Playground's frames hold (see live/protocol.py). Letters of shapes are said below.

n : points, training then test, in the order of the traces of `points`;
P : parameters, as the network keeps them: W¹ column-major by units, b¹, W², ...
"""

from __future__ import annotations

from pages.ui.live.protocol import COMMON, Blob, Key, Protocol

CHANGED = "first, and after each change"
PROBE = "while a point is followed"
UNIT = "while a unit is looked at"
MEASURES = {
    "train_loss": "mean loss of the training points",
    "test_loss": "mean loss of the test points",
    "test_score": "share of the test points that is right, or R²",
}

PROTOCOL = COMMON | Protocol(
    {
        "playing": Key(bool, "whether it trains on by itself"),
        "speed": Key(float | None, "epochs a second; none: as fast as it goes"),
        "rules": Key(dict, "when play ends: target, target_of, patience, epochs (stopping.py)"),
        "goal": Key(int | None, "the epoch that it catches up to; none where it stands"),
        "edited": Key(bool, "whether there is an edit of the network to take back"),
        "newest": Key(int, "the newest epoch of the branch"),
        "branch": Key(str, "the letter of the branch on screen"),
        "branches": Key(dict[str, str], "letter -> what distinguishes the branch"),
        "settings": Key(dict, "the wanted settings (config.RunConfig)", CHANGED),
        "epoch": Key(int, "the epoch on screen"),
        "diverged": Key(int | None, "the epoch in which numbers stopped being finite"),
        "batch": Key(int, "batches of the epoch under way that are done"),
        "batches": Key(int, "batches in an epoch"),
        "example": Key(dict, "number, of, at: the example under way", "in the middle of a batch"),
        "frozen": Key(list[int], "parameters that are held", CHANGED),
        "killed": Key(list[list[int]], "(layer, unit) that are held at 0", CHANGED),
        "config": Key(str, "a short name of the run's settings and data"),
        "learning_rate": Key(float, "η of the next step, after decay"),
        "hover_side": Key(int, "cells on a side of `hover`", "with it"),
        "unit": Key(dict, "low, high, colours: the scale of `neuron`", "with it"),
        **{
            name: Key(float | None, f"{words}; none: not finite")
            for name, words in MEASURES.items()
        },
    },
    {
        "scene": Blob("json", "", "figures and places of what follows", "when a layout changes"),
        "points": Blob("json", "", "the points' traces, in original units", CHANGED),
        "output": Blob("png", "", "the output over the plane", CHANGED),
        "curve": Blob(
            "float32", "g k", "the outputs over the line, in the target's units", CHANGED
        ),
        "layer": Blob(
            "png", "", "all units of a layer, one above the other", CHANGED, several=True
        ),
        "hover": Blob("float32", "2 s s", "largest output and its class over the plane", "at rest"),
        "samples": Blob("float32", "3 n", "output, class said, loss of each point", "at rest"),
        "futures": Blob("json", "", "current branch; epoch and test loss of the others", CHANGED),
        "losses": Blob("float32", "3 m", "epoch, train and test loss", "4 times a second"),
        "weights": Blob("float32", "P", "every parameter"),
        "previous": Blob("float32", "P", "parameters before the last batch", "after a batch step"),
        "gradient": Blob(
            "float32", "P", "∂L/∂parameter of one example", "in the middle of a batch"
        ),
        "batch": Blob("uint8", "n", "1: in the batch, 2: the example under way", "in batch steps"),
        "wrong": Blob(
            "uint8",
            "n",
            "1: in another class than said, or of the largest losses",
            "4 times a second, where it is asked for",
        ),
        "probe": Blob("float32", "a", "a of the inputs, then z and a of layer after layer", PROBE),
        "products": Blob("float32", "w", "w · a of each input of the unit", f"{UNIT}, {PROBE}"),
        "neuron": Blob("png", "", "the unit's z or a over the plane", UNIT),
    },
)
