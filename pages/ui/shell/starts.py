"""What a viewer can begin with, one click away: prepared networks, each for something to see."""

from __future__ import annotations

# Title: settings, epochs that are shown being trained, what there is to see.
STARTS: dict[str, tuple[dict, int, str]] = {
    "One neuron": (
        {"dataset": "gauss", "hidden": ()},
        40,
        "Two clouds and a single neuron: the simplest network that learns, a straight boundary.",
    ),
    "Circle, linear": (
        {"dataset": "circle", "hidden": ()},
        60,
        "A linear model on x₁, x₂ can't tell the disc from the ring: the loss stays near log 2.",
    ),
    "Circle, linear on x₁², x₂²": (
        {"dataset": "circle", "hidden": (), "features": ("x1^2", "x2^2")},
        100,
        "The same linear model on x₁², x₂² can: its straight line there is a circle here.",
    ),
    "XOR, linear": (
        {"dataset": "xor", "hidden": ()},
        60,
        "No straight line separates XOR: a network without a hidden layer fails.",
    ),
    "XOR, hidden layer": (
        {"dataset": "xor", "hidden": ((4, "tanh"),)},
        150,
        "Four hidden neurons are enough for XOR; see what each of them has become.",
    ),
    "Three classes": (
        {"dataset": "blobs", "n_classes": 3, "noise": 0.3, "hidden": ((6, "relu"),)},
        100,
        "Softmax over three outputs, one field for each class.",
    ),
    "The line": (
        {
            "dataset": "sine",
            "features": ("x1",),
            "hidden": ((8, "tanh"), (8, "tanh")),
            "noise": 0.3,
            "learning_rate": 0.05,
        },
        400,
        "One input, one number to predict: a curve that is bent by tanh neurons.",
    ),
    "Spiral": (
        {
            "dataset": "spiral",
            "hidden": ((8, "tanh"), (8, "tanh")),
            "features": ("x1", "x2", "sin(x1)", "sin(x2)"),
            "optimizer": "adam",
            "learning_rate": 0.01,
        },
        200,
        "The hard one: two hidden layers of eight, with sin x₁ and sin x₂ as inputs.",
    ),
}
