"""Arrays to Plotly figures: what is on screen before the first number moves.

The live view draws these once per layout and then changes them in place: the fields are layout
images whose source is replaced, points and loss curves are restyled. No model is called here.
"""

from __future__ import annotations

import base64
import json

import numpy as np
import plotly.graph_objects as go

from nnlib.losses import LOSSES
from pages.ui.drawing import palette
from pages.ui.drawing.palette import Theme

EMPTY_PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYA"
    "AjCB0C8AAAAASUVORK5CYII="
)


_MEANING = str.maketrans({letter: f"&#{ord(letter)};" for letter in "&<>%{}$"})


def in_figure(text: str) -> str:
    """Text that people wrote inside a text or template of Plotly's, to be read as it stands.

    Plotly takes < for a tag, & for an entity, %{ for a template, $ for TeX; it shows an entity as
    its letter.
    """
    return text.translate(_MEANING)


def base_layout(theme: Theme, **more: object) -> dict:
    ink = palette.INK[theme]
    return {
        "template": None,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "Source Sans Pro, Source Sans, sans-serif", "size": 13, "color": ink},
        "hoverlabel": {"font": {"size": 13}, "namelength": -1},
        "autosize": True,
        **more,
    }


def axis(theme: Theme, title: str, **more: object) -> dict:
    return {
        "title": {"text": title, "standoff": 7},
        "gridcolor": palette.FAINT[theme],
        "linecolor": palette.FAINT[theme],
        "tickcolor": palette.FAINT[theme],
        "ticks": "outside",
        "ticklen": 3,
        "zeroline": False,
        "showline": True,
        "mirror": True,
        "nticks": 6,
        **more,
    }


def plane(
    extent: np.ndarray,
    input_names: tuple[str, ...],
    class_names: tuple[str, ...],
    target_name: str,
    colour_range: tuple[float, float],
    theme: Theme,
    uirevision: str,
    *,
    square: bool,
) -> go.Figure:
    """The output field over the plane, (2, 2) extent in original units, and the data points.

    Trace 0 carries the numbers under the pointer (invisible), trace 1 the colour bar; then
    training and test points, class by class (one pair of traces for a numeric target).
    """
    (x0, x1), (y0, y1) = extent
    input_names, class_names = (
        tuple(map(in_figure, input_names)),
        tuple(map(in_figure, class_names)),
    )
    target_name = in_figure(target_name)
    figure = go.Figure()
    figure.add_heatmap(
        z=[[0.0]], opacity=0, showscale=False, hoverinfo="skip", visible=False, name="output"
    )
    one_unit = len(class_names) <= 2
    # A circle of the data must look like one; other units have no common scale.
    same_scale = {"scaleanchor": "x", "constrain": "domain"} if square else {}
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        hoverinfo="skip",
        showlegend=False,
        marker={
            "color": [colour_range[0]],
            "colorscale": palette.colorscale(theme, palette.FIELD_STRENGTH),
            "cmin": colour_range[0],
            "cmax": colour_range[1],
            "showscale": one_unit,
            "colorbar": {
                "thickness": 10,
                "len": 1.0,
                "xpad": 4,
                "nticks": 5,
                "outlinewidth": 0,
                "title": {"text": "output" if class_names else target_name, "side": "right"},
            },
        },
    )
    if class_names:
        for share in ("training", "test"):
            for index, name in enumerate(class_names):
                figure.add_scatter(**_class_points(index, name, share, input_names, theme))
    else:
        for share in ("training", "test"):
            figure.add_scatter(
                x=[],
                y=[],
                mode="markers",
                name=share,
                marker={
                    "symbol": "circle" if share == "training" else "diamond-open",
                    "size": 7 if share == "training" else 6,
                    "colorscale": palette.colorscale(theme),
                    "cmin": colour_range[0],
                    "cmax": colour_range[1],
                    "color": [],
                    "line": {"width": 1, "color": palette.INK[theme]},
                },
                hovertemplate=(
                    f"{input_names[0]} %{{x:.2f}}<br>{input_names[1]} %{{y:.2f}}<br>"
                    f"{target_name} %{{marker.color:.2f}}<extra>{share}</extra>"
                ),
            )
    figure.update_layout(
        **base_layout(
            theme,
            margin={"l": 50, "r": 4, "t": 22, "b": 42},
            uirevision=uirevision,
            xaxis=axis(
                theme,
                _axis_title(0, input_names[0]),
                range=[x0, x1],
                showgrid=False,
                constrain="domain",
            ),
            yaxis=axis(
                theme,
                _axis_title(1, input_names[1]),
                range=[y0, y1],
                showgrid=False,
                **same_scale,
            ),
            legend=_legend(),
            images=[
                {
                    "source": EMPTY_PNG,
                    "xref": "x",
                    "yref": "y",
                    "x": x0,
                    "y": y1,
                    "sizex": x1 - x0,
                    "sizey": y1 - y0,
                    "sizing": "stretch",
                    "layer": "below",
                }
            ],
        )
    )
    return figure


def _legend() -> dict:
    return {
        "orientation": "h",
        "x": 0,
        "y": 1.0,
        "xanchor": "left",
        "yanchor": "bottom",
        "bgcolor": "rgba(0,0,0,0)",
        "font": {"size": 12},
        "itemwidth": 30,
    }


def _axis_title(place: int, name: str) -> str:
    """x₁, and for real data the column's name and unit behind it."""
    symbol = ("x₁", "x₂")[place]
    return symbol if name == f"x{place + 1}" else f"{symbol}: {name}"


def _class_title(name: str) -> str:
    return f"class {name}" if name.isdigit() else name


def _class_points(
    index: int, name: str, share: str, input_names: tuple[str, ...], theme: Theme
) -> dict:
    colour, symbol = palette.CLASSES[index], palette.SYMBOLS[index]
    training = share == "training"
    marker: dict[str, object] = {
        "symbol": symbol if training else f"{symbol}-open",
        "size": 7 if training else 6,
    }
    if training:
        marker |= {"color": colour, "line": {"width": 1, "color": "#ffffff"}}
    else:
        marker |= {"color": palette.INK[theme], "opacity": 0.6, "line": {"width": 1}}
    return {
        "x": [],
        "y": [],
        "mode": "markers",
        "name": _class_title(name) if training else "test",
        "showlegend": training or index == 0,
        "marker": marker,
        "hovertemplate": (
            f"{input_names[0]} %{{x:.2f}}<br>{input_names[1]} %{{y:.2f}}<br>"
            f"{_class_title(name)}<extra>{share}</extra>"
        ),
    }


def line(
    extent: np.ndarray,
    input_names: tuple[str, ...],
    class_names: tuple[str, ...],
    target_name: str,
    units: int,
    resolution: int,
    theme: Theme,
    uirevision: str,
) -> go.Figure:
    """Data on the line: the output as a curve over x, one per output unit, and the points."""
    input_names, class_names = (
        tuple(map(in_figure, input_names)),
        tuple(map(in_figure, class_names)),
    )
    target_name = in_figure(target_name)
    figure = go.Figure()
    x = np.linspace(extent[0][0], extent[0][1], resolution)
    for unit in range(units):
        name = f"g for {class_names[unit]}" if units > 1 else "network"
        colour = palette.CLASSES[unit if units > 1 else 1]
        figure.add_scatter(
            x=x,
            y=np.full(resolution, None),
            mode="lines",
            name=name,
            line={"width": 4, "color": colour},
            zorder=1,  # above the points
            hovertemplate=(
                f"{input_names[0]} %{{x:.2f}}<br>output %{{y:.3f}}<extra>{name}</extra>"
            ),
        )
    for share, symbol, colour in (
        ("training", "circle", palette.CLASSES[0]),
        ("test", "diamond-open", palette.INK[theme]),
    ):
        figure.add_scatter(
            x=[],
            y=[],
            mode="markers",
            name=share,
            marker={"symbol": symbol, "size": 6, "color": colour, "opacity": 0.8},
            hovertemplate=(
                f"{input_names[0]} %{{x:.2f}}<br>{target_name} %{{y:.3f}}<extra>{share}</extra>"
            ),
        )
    figure.update_layout(
        **base_layout(
            theme,
            margin={"l": 52, "r": 8, "t": 26, "b": 42},
            uirevision=uirevision,
            xaxis=axis(theme, _axis_title(0, input_names[0]), range=list(extent[0])),
            yaxis=axis(theme, target_name),
            legend=_legend(),
        )
    )
    return figure


def loss_chart(loss: str, theme: Theme) -> go.Figure:
    """Training and test loss over the epochs: a trace for training, one for each branch's test."""
    figure = go.Figure()
    tests = zip(palette.BRANCHES[theme], palette.BRANCH_DASHES, strict=True)
    for name, colour, dash in (
        ("train", palette.TRAIN[theme], "solid"),
        *(("test", colour, dash) for colour, dash in tests),
    ):
        figure.add_scatter(
            x=[],
            y=[],
            mode="lines",
            name=name,
            line={"width": 2, "color": colour, "dash": dash},
            visible=len(figure.data) < 2,  # the other branches come later
            hovertemplate=f"epoch %{{x}}<br>{name} loss %{{y:.4f}}<extra></extra>",
        )
    figure.update_layout(
        **base_layout(
            theme,
            margin={"l": 54, "r": 8, "t": 18, "b": 40},
            uirevision="loss",
            xaxis=axis(theme, "epoch", rangemode="tozero"),
            yaxis=axis(theme, "mean loss", rangemode="tozero", exponentformat="power"),
            legend=_legend() | {"x": 1, "xanchor": "right"},
            showlegend=True,
        )
    )
    figure.layout.yaxis.title.text = LOSSES[loss].axis
    return figure


def data_uri(image: bytes) -> str:
    """A PNG as a source that needs no request."""
    return "data:image/png;base64," + base64.b64encode(image).decode()


def to_json(parts: dict[str, object]) -> str:
    """A dictionary of figures and plain values as one JSON object."""
    written = (
        f"{json.dumps(name)}:{part.to_json() if isinstance(part, go.Figure) else json.dumps(part)}"
        for name, part in parts.items()
    )
    return "{" + ",".join(written) + "}"
