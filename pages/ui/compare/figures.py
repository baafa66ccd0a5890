"""The Compare page's charts before the first number, and its colours; no model is called here."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from pages.ui.drawing import figures, palette
from pages.ui.drawing.palette import Theme

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
HEAT_STEPS = 9  # colours of the legend of a heatmap
DARK_FROM = 0.62  # share of the heatmap's scale from which white text has the better contrast
ROOM = 50  # characters below the strips together


def value_colours(theme: Theme) -> tuple[str, ...]:
    """A colour for each of up to six values, in their order; DASHES and SYMBOLS go with them."""
    pink, blue, green, orange = palette.BRANCHES[theme]
    last = palette.CLASSES[7] if theme == "light" else palette.CLASSES[4]
    return blue, orange, green, pink, palette.INK[theme], last


def loss_curves(labels: Sequence[str], title: str, theme: Theme) -> go.Figure:
    """For each value its quartile band (trace 2 i) and its median (2 i + 1) over the epochs."""
    figure = go.Figure()
    for label, colour, dash in zip(labels, value_colours(theme), DASHES, strict=False):
        red, green, blue = palette.rgb(colour)
        figure.add_scatter(
            x=[],
            y=[],
            mode="lines",
            fill="toself",
            fillcolor=f"rgba({red},{green},{blue},0.16)",
            line={"width": 0},
            hoverinfo="skip",
        )
        figure.add_scatter(
            x=[],
            y=[],
            mode="lines",
            line={"width": 2, "color": colour, "dash": dash},
            hovertemplate=f"{label}<br>epoch %{{x}}<br>median %{{y:.4f}}<extra></extra>",
        )
    figure.update_layout(
        **figures.base_layout(
            theme,
            margin={"l": 58, "r": 6, "t": 8, "b": 38},
            uirevision=title,
            showlegend=False,
            xaxis=figures.axis(theme, "epoch", rangemode="tozero"),
            yaxis=figures.axis(theme, title, exponentformat="power"),
        )
    )
    return _small_titles(figure)


def finals(labels: Sequence[str], knob: str, title: str, theme: Theme) -> go.Figure:
    """A strip for each value: a dot for each seed (trace 2 i) and a stroke at the median."""
    figure = go.Figure()
    for i, (label, colour) in enumerate(zip(labels, value_colours(theme), strict=False)):
        symbol = palette.SYMBOLS[i]
        marker = {"color": colour, "symbol": symbol, "size": 7, "opacity": 0.75}
        figure.add_scatter(
            x=[],
            y=[],
            mode="markers",
            marker=marker,
            hovertemplate=f"{label}<br>seed %{{text}}<br>%{{y:.4f}}<extra></extra>",
        )
        figure.add_scatter(
            x=[],
            y=[],
            mode="lines",
            line={"width": 3, "color": colour},
            hovertemplate=f"{label}<br>median %{{y:.4f}}<extra></extra>",
        )
    figure.update_layout(
        **figures.base_layout(
            theme,
            margin={"l": 58, "r": 6, "t": 8, "b": 66},
            uirevision=title,
            showlegend=False,
            xaxis=figures.axis(
                theme,
                knob,
                range=[-0.6, len(labels) - 0.4],
                tickvals=list(range(len(labels))),
                ticktext=[_tick(label, len(labels)) for label in labels],
                tickangle=0,
                tickfont={"size": 11},
                fixedrange=True,
            ),
            yaxis=figures.axis(theme, title, exponentformat="power"),
        )
    )
    return _small_titles(figure)


def _small_titles(figure: go.Figure) -> go.Figure:
    """The axes' titles no larger than their numbers: the charts are small."""
    return figure.update_xaxes(title_font_size=13).update_yaxes(title_font_size=13)


def _tick(label: str, n: int) -> str:
    """A label below its strip, one of n: in three lines at most, no wider than there is room."""
    lines = textwrap.wrap(label, max(9, ROOM // n))
    return "<br>".join([*lines[:2], f"{lines[2]} …"] if len(lines) > 3 else lines)


def heat_colours(shares: np.ndarray, theme: Theme) -> list[str | None]:
    """Shares of the scale (0 neutral, 1 blue, NaN None), any shape, as a flat list of colours."""
    colours = np.frombuffer(palette.field_palette(theme), np.uint8).reshape(-1, 3)
    middle = palette.LEVELS // 2
    return [
        None
        if np.isnan(share)
        else palette.hex_colour(
            tuple(map(int, colours[middle + round(float(np.clip(share, 0, 1)) * middle)]))
        )
        for share in np.ravel(shares)
    ]


def heat_scale(theme: Theme) -> list[str]:
    """The colours of a heatmap's legend, from its low end to its high end."""
    return [str(colour) for colour in heat_colours(np.linspace(0, 1, HEAT_STEPS), theme)]
