"""The figures of the Functions page, as they are before the first number: axes, and curves' looks.

What moves under a hand is drawn above them by overlay.js.
"""

from __future__ import annotations

from functools import lru_cache

import plotly.graph_objects as go

from nnlib.activations import ACTIVATIONS, HIDDEN_ACTIVATIONS
from nnlib.explaining.chains import MAX_CHAIN_LAYERS
from pages.ui.drawing import palette
from pages.ui.drawing.figures import EMPTY_PNG, axis, base_layout
from pages.ui.drawing.palette import Theme

THEMES: tuple[Theme, ...] = ("light", "dark")
Z_RANGE = (-6.0, 6.0)  # of the activations' axis
X_RANGE = (-4.0, 4.0)  # of a neuron's inputs


def looks(theme: Theme) -> dict[str, dict[str, str]]:
    """Colour and dash of every activation's curve, by name."""
    colours = (*palette.BRANCHES[theme], palette.TRAIN[theme])
    found = {}
    for name in HIDDEN_ACTIVATIONS:
        f = ACTIVATIONS[name]
        assert f.look is not None, "a hidden activation has its look"
        place, dash = f.look
        found[name] = {"colour": colours[place], "dash": dash, "title": f.title}
    return found


def colours(theme: Theme) -> dict[str, str]:
    """The colours that overlay.js draws with, apart from the curves'."""
    return {
        "ink": palette.INK[theme],
        "negative": palette.hex_colour(palette.NEGATIVE),
        "positive": palette.hex_colour(palette.POSITIVE),
        "zero": palette.hex_colour(palette.ZERO[theme]),
    }


def activations(theme: Theme) -> go.Figure:
    """f above f' over one z axis."""
    figure = go.Figure()
    for y in ("y", "y2"):
        figure.add_scatter(x=[None], y=[None], yaxis=y)  # an axis without a trace is not drawn
    figure.update_layout(
        **base_layout(
            theme,
            margin={"l": 58, "r": 8, "t": 8, "b": 42},
            showlegend=False,
            xaxis=axis(theme, "z", range=list(Z_RANGE), anchor="y2", nticks=13),
            yaxis=axis(theme, "a = f(z)", range=[-1.5, 4], domain=[0.44, 1]),
            yaxis2=axis(theme, "f′(z)", range=[-0.2, 1.2], domain=[0, 0.40], nticks=5),
        )
    )
    return _with_zero_lines(figure, theme)


def on_the_line(theme: Theme) -> go.Figure:
    """A neuron's z and a over its one input."""
    figure = go.Figure()
    figure.update_layout(
        **base_layout(
            theme,
            margin={"l": 50, "r": 8, "t": 8, "b": 42},
            xaxis=axis(theme, "x", range=list(X_RANGE), nticks=9),
            yaxis=axis(theme, "z and a", range=[-3, 4], nticks=8),
        )
    )
    return _with_zero_lines(figure, theme)


def in_the_plane(theme: Theme) -> go.Figure:
    """A neuron's field over its two inputs, as a picture."""
    low, high = X_RANGE
    figure = go.Figure()
    figure.update_layout(
        **base_layout(
            theme,
            margin={"l": 50, "r": 8, "t": 8, "b": 42},
            xaxis=axis(theme, "x₁", range=[low, high], constrain="domain", showgrid=False),
            yaxis=axis(
                theme,
                "x₂",
                range=[low, high],
                constrain="domain",
                scaleanchor="x",
                showgrid=False,
            ),
            images=[
                {
                    "source": EMPTY_PNG,
                    "xref": "x",
                    "yref": "y",
                    "x": low,
                    "y": high,
                    "sizex": high - low,
                    "sizey": high - low,
                    "sizing": "stretch",
                    "layer": "below",
                }
            ],
        )
    )
    return figure


def chain(theme: Theme) -> go.Figure:
    """The size of the gradient in each layer of a deep network."""
    figure = go.Figure()
    figure.update_layout(
        **base_layout(
            theme,
            margin={"l": 66, "r": 8, "t": 8, "b": 42},
            xaxis=axis(theme, "layer l", range=[0.5, MAX_CHAIN_LAYERS + 0.5], showgrid=False),
            yaxis=axis(
                theme,
                "size of ∂L/∂zˡ, last layer = 1",
                type="log",
                range=[-12, 4],
                exponentformat="power",
                nticks=6,
            ),
        )
    )
    figure.update_xaxes(tickvals=[1, 5, 10, 15, 20])
    return figure


def _with_zero_lines(figure: go.Figure, theme: Theme) -> go.Figure:
    line = {"zeroline": True, "zerolinecolor": palette.INK[theme], "zerolinewidth": 1}
    figure.update_xaxes(line)
    figure.update_yaxes(line)
    return figure


@lru_cache(maxsize=8)
def for_both_themes(*names: str) -> dict[str, dict]:
    """What a board needs to draw, by theme: figures by name, looks and colours."""
    made = {"activations": activations, "line": on_the_line, "plane": in_the_plane, "chain": chain}
    return {
        theme: {
            "figures": {name: made[name](theme).to_plotly_json() for name in names},
            "looks": looks(theme),
            "colours": colours(theme),
        }
        for theme in THEMES
    }
