"""The attacks' chart before its first line, and what each line looks like."""

from __future__ import annotations

import plotly.graph_objects as go

from pages.ui.drawing import palette
from pages.ui.drawing.figures import axis, base_layout
from pages.ui.drawing.palette import Theme
from pages.ui.inputs.attack_point import NAMES
from pages.ui.inputs.attack_survey import EPSILONS

# Place in palette.BRANCHES (4: ink) and dash of each curve: no two have both in common.
_LINES = {
    "fgsm": (2, "dot"),
    "pgd": (2, "solid"),
    "lbfgs": (1, "dashdot"),
    "deepfool": (3, "dash"),
    "truth": (4, "dot"),
    "against": (0, "longdash"),
}
_TITLES = {**NAMES, "truth": "brute force", "against": "PGD, trained"}


def _looks(theme: Theme) -> dict[str, dict[str, str]]:
    colours = (*palette.BRANCHES[theme], palette.INK[theme])
    return {
        name: {"colour": colours[place], "dash": dash, "title": _TITLES[name]}
        for name, (place, dash) in _LINES.items()
    }


# What a board draws the lines with, by theme.
LOOKS = {"light": _looks("light"), "dark": _looks("dark")}


def accuracy(theme: Theme) -> go.Figure:
    """Accuracy against epsilon; the lines are drawn above it."""
    figure = go.Figure()
    figure.add_scatter(x=[None], y=[None])
    figure.update_layout(
        **base_layout(
            theme,
            margin={"l": 52, "r": 8, "t": 6, "b": 40},
            showlegend=False,
            xaxis=axis(theme, "ε", range=[0, float(EPSILONS[-1])], dtick=0.5),
            yaxis=axis(theme, "accuracy", range=[-0.02, 1.02], tickformat=".0%", dtick=0.25),
        )
    )
    return figure
