"""What Compare's frames hold (see live/protocol.py). Letters of shapes:

n : values of the knob, side by side; s : seeds of each; m : epochs that are drawn;
g : places of the line; u : output units.
"""

from __future__ import annotations

from pages.ui.live.protocol import COMMON, Blob, Key, Protocol

CHANGED = "first, and after each change"
SIDE = "side by side"
CURVES = "side by side, 3 times a second"

PROTOCOL = COMMON | Protocol(
    {
        "mode": Key(str, "side (by side) or grid"),
        "playing": Key(bool, "whether the networks train on by themselves"),
        "speed": Key(float | None, "epochs a second; none: as fast as it goes"),
        "epoch": Key(int, "the epoch of all networks"),
        "goal": Key(int, "the epoch at which they stop"),
        "built": Key(list[int], "networks that are made, of how many"),
        "conclusion": Key(list[str], "what may be concluded, in sentences"),
        "needed": Key(int | None, "seeds that it takes to tell so many values apart, if too few"),
        "settings": Key(dict, "what is compared, and what the choices are", CHANGED),
        "numbers": Key(list, "of each value: train loss, test loss, test score, diverged", SIDE),
        "drawn": Key(list[int], "the value of each picture or line of this frame", SIDE),
        "charted": Key(list[int], "values, seeds: sides of the charts' arrays", CURVES),
        "rows": Key(list, "the table: a row for each value (results.rows)", CURVES),
        "sweep": Key(dict, "state, landed, total, problem of the sweep over the grid", "grid"),
    },
    {
        "scene": Blob("json", "", "labels, colours, places and charts of the values", CHANGED),
        "points": Blob("json", "", "the training points by class, in original units", CHANGED),
        "picture": Blob("png", "", "a network's output over the plane", CHANGED, several=True),
        "line": Blob("float32", "u g", "the same over the line", CHANGED, several=True),
        "bands": Blob("float32", "r m", "epochs; of each value median, low and high", CURVES),
        "seeds": Blob("float32", "n s m", "every seed's curve; NaN: nothing to draw", CURVES),
        "finals": Blob("float32", "n s", "every seed's value now", CURVES),
        "cells": Blob("json", "", "the grid's labels, values, colours and scale", CHANGED),
        "csv": Blob("text", "", "the table as a file", "when it was asked for"),
    },
)
