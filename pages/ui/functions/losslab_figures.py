"""The loss laboratory's figures: losses and gradients over the logit, two networks over epochs."""

from __future__ import annotations

import plotly.graph_objects as go

from pages.ui.drawing import palette
from pages.ui.drawing.figures import axis, base_layout
from pages.ui.drawing.palette import Theme

# One colour, dash and marker for each loss everywhere on the board: places in palette.BRANCHES.
DRAWN = ("nll", "squared", "hinge")
TITLES = ("NLL on a sigmoid", "squared loss on a sigmoid", "hinge on a linear output")
DASHES, WIDTHS, SIGNS = ("solid", "dash", "dot"), (2.5, 3, 3), ("●", "■", "▲")


def colours(theme: Theme) -> tuple[str, ...]:
    """The colours of the losses, in the order of DRAWN."""
    tests = palette.BRANCHES[theme]
    return tests[2], tests[0], tests[1]


def curves(reach: float, theme: Theme) -> go.Figure:
    """Loss over gradient, over the logit from -reach to reach; the lines are filled in later.

    Traces in the order of DRAWN: the losses, then their gradients.
    """
    figure = go.Figure()
    for y in ("y", "y2"):
        for line, title in zip(_lines(theme), TITLES, strict=True):
            figure.add_scatter(x=[], y=[], yaxis=y, mode="lines", name=title, line=line)
    figure.update_layout(
        **base_layout(
            theme,
            margin={"l": 52, "r": 8, "t": 6, "b": 38},
            showlegend=False,  # the table beside it is the legend
            dragmode=False,
            xaxis=axis(theme, "logit z", range=[-reach, reach], anchor="y2", dtick=2),
            yaxis=axis(theme, "loss L", range=[-0.3, reach + 1.2], domain=[0.52, 1]),
            yaxis2=axis(theme, "gradient dL/dz", range=[-1.25, 1.25], domain=[0, 0.46], dtick=0.5),
        )
    )
    zero = {"zeroline": True, "zerolinecolor": palette.FAINT[theme], "zerolinewidth": 2}
    return figure.update_xaxes(zero).update_yaxes(zero)


def progress(theme: Theme) -> go.Figure:
    """Share of right answers and mean |dL/dz| over the epochs: NLL and squared in each."""
    figure = go.Figure()
    lines = list(zip(_lines(theme), ("NLL", "squared loss"), strict=False))
    for y, form in (("y", "%{y:.0%} right"), ("y2", "mean |dL/dz| %{y:.2g}")):
        for line, title in lines:
            figure.add_scatter(
                x=[],
                y=[],
                xaxis=y.replace("y", "x"),
                yaxis=y,
                mode="lines",
                name=title,
                line=line,
                hovertemplate=f"epoch %{{x}}<br>{form}<extra>{title}</extra>",
            )
    epochs = {"rangemode": "tozero", "autorangeoptions": {"include": [0, 50]}}
    figure.update_layout(
        **base_layout(
            theme,
            margin={"l": 54, "r": 8, "t": 10, "b": 38},
            showlegend=False,
            uirevision="progress",
            xaxis=axis(theme, "epoch", domain=[0, 0.42], **epochs),
            xaxis2=axis(theme, "epoch", domain=[0.58, 1], anchor="y2", matches="x", **epochs),
            yaxis=axis(theme, "right answers", range=[-0.05, 1.05], tickformat=".0%", dtick=0.5),
            yaxis2=axis(
                theme,
                "mean |dL/dz|",
                type="log",
                range=[-5, 0.3],
                anchor="x2",
                dtick=1,
                exponentformat="power",
            ),
        )
    )
    return figure


def _lines(theme: Theme) -> list[dict]:
    rows = zip(colours(theme), DASHES, WIDTHS, strict=True)
    return [{"color": colour, "dash": dash, "width": width} for colour, dash, width in rows]
