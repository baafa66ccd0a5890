"""The figures before the first number moves: titles, markers, places."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib.config import MAX_LAYERS, PLAYGROUND_WIDTH, RunConfig
from nnlib.losses import LOSSES
from nnlib.run import Run
from pages.ui.drawing import figures, network_figure
from pages.ui.drawing.network_figure import HEADER, sprite_cells
from pages.ui.drawing.palette import CLASSES, SYMBOLS
from pages.ui.session.scene import View, scene

PAGES = Path(figures.__file__).parents[2]
THEMES = ("light", "dark")
PANELS = [(560, 440), (516, 504), (700, 596)]  # width, height: small, projector, large screen
SQUARE = np.array([[-6.0, 6.0], [-6.0, 6.0]])


def plane(classes: tuple[str, ...] = ("0", "1"), theme: str = "light", **more: object) -> go.Figure:
    arguments = {
        "extent": SQUARE,
        "input_names": ("x1", "x2"),
        "class_names": classes,
        "target_name": "y",
        "colour_range": (0.0, 1.0),
        "theme": theme,
        "uirevision": "r",
        "square": True,
        **more,
    }
    return figures.plane(**arguments)


def line(units: int = 1, theme: str = "light", target: str = "price") -> go.Figure:
    names = tuple("abcdefgh"[:units])
    return figures.line(SQUARE[:1], ("x1",), names, target, units, 50, theme, "r")


def point_traces(figure: go.Figure) -> list:
    scatters = [trace for trace in figure.data if trace.type == "scatter"]
    return [trace for trace in scatters if trace.mode == "markers" and trace.name]


# ------------------------------------------------------------------------ axes and titles


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("make", [plane, line], ids=["plane", "line"])
def test_every_axis_of_the_output_has_a_title(make, theme: str):
    layout = make(theme=theme).layout
    assert layout.xaxis.title.text
    assert layout.yaxis.title.text


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("loss", list(LOSSES))
def test_the_loss_chart_names_its_loss_and_counts_epochs(loss: str, theme: str):
    layout = figures.loss_chart(loss, theme).layout
    assert layout.xaxis.title.text == "epoch"
    assert layout.yaxis.title.text == LOSSES[loss].axis


def test_columns_of_real_data_keep_their_units_in_the_titles():
    layout = json.loads(scene(Run(RunConfig(dataset="iris")), View()))["output"]["layout"]
    assert "(cm)" in layout["xaxis"]["title"]["text"]
    assert "(cm)" in layout["yaxis"]["title"]["text"]


def test_the_line_names_what_is_predicted():
    assert line(target="price").layout.yaxis.title.text == "price"


def test_one_output_has_a_colour_bar_with_a_title():
    (bar,) = [t.marker for t in plane().data if t.type == "scatter" and t.marker.showscale]
    assert bar.colorbar.title.text == "output"


def test_a_numeric_target_gives_the_colour_bar_its_name():
    figure = plane(classes=(), target_name="price")
    (bar,) = [t.marker for t in figure.data if t.type == "scatter" and t.marker.showscale]
    assert bar.colorbar.title.text == "price"


def test_several_classes_need_no_colour_bar():
    assert not any(t.marker.showscale for t in plane(("a", "b", "c")).data if t.type == "scatter")


@pytest.mark.parametrize("k", [2, 5, 8])
def test_the_legend_names_every_class_once(k: int):
    names = tuple(f"kind {i}" for i in range(k))
    shown = [t.name for t in plane(names).data if t.showlegend is not False and t.name in names]
    assert shown == list(names)


def test_classes_that_are_numbers_are_called_classes():
    assert [t.name for t in point_traces(plane())][:2] == ["class 0", "class 1"]


# ------------------------------------------------------------------------ markers and colours


@pytest.mark.parametrize("theme", THEMES)
def test_every_class_has_a_colour_and_a_symbol_of_its_own(theme: str):
    training = point_traces(plane(tuple("abcdefgh"), theme))[:8]
    assert [t.marker.color for t in training] == list(CLASSES)
    assert [t.marker.symbol for t in training] == list(SYMBOLS)


def test_test_points_are_hollow_and_of_their_classes_shape():
    traces = point_traces(plane(tuple("abcdefgh")))
    assert [t.marker.symbol for t in traces[8:]] == [f"{symbol}-open" for symbol in SYMBOLS]


def test_training_and_test_points_differ_in_more_than_colour():
    for figure in (plane(()), line()):
        train, test = (t for t in figure.data if t.name in ("training", "test"))
        assert train.marker.symbol != test.marker.symbol


def test_every_curve_on_the_line_has_a_colour_of_its_own():
    curves = [t for t in line(units=8).data if t.mode == "lines"]
    assert len({t.line.color for t in curves}) == 8


def test_the_two_loss_curves_differ_in_more_than_colour():
    train, test, *_ = figures.loss_chart("nll", "light").data
    assert train.line.dash != test.line.dash


@pytest.mark.parametrize("make", [plane, line], ids=["plane", "line"])
def test_light_and_dark_have_another_ink(make):
    light, dark = (make(theme=theme).layout.font.color for theme in THEMES)
    assert light != dark


def test_figures_are_transparent():
    for figure in (plane(), line(), figures.loss_chart("nll", "dark")):
        assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"


# ------------------------------------------------------------------------ the output field's place


def test_the_picture_covers_the_view_exactly():
    figure = plane(extent=np.array([[1.0, 4.0], [10.0, 30.0]]), square=False)
    (image,) = figure.layout.images
    assert (image.x, image.y, image.sizex, image.sizey) == (1, 30, 3, 20)
    assert (image.sizing, image.layer) == ("stretch", "below")
    assert figure.layout.xaxis.range == (1, 4)
    assert figure.layout.yaxis.range == (10, 30)


def test_made_data_keep_one_scale_on_both_axes():
    assert plane().layout.yaxis.scaleanchor == "x"
    assert plane(square=False).layout.yaxis.scaleanchor is None


def test_another_data_set_gives_up_the_old_zoom_and_more_training_does_not():
    first, again, other = (
        json.loads(scene(Run(RunConfig(dataset=name)), View()))["output"]["layout"]["uirevision"]
        for name in ("circle", "circle", "iris")
    )
    assert first == again != other


# ------------------------------------------------------------------------ the network's layout

SIZES = [
    (2, 1),
    (2, 4, 2, 1),
    (2, 8, 8, 8, 1),
    (7, 32, 1),
    (7, *[1] * MAX_LAYERS, 1),
    (1, 3, 8),
    (7, *[PLAYGROUND_WIDTH] * MAX_LAYERS, 6),
]


def assert_laid_out(sizes: tuple[int, ...], width: int, height: int) -> None:
    """Every unit inside the panel and below the layers' controls, none over another."""
    places = network_figure.columns(sizes, width, height)
    assert len(places) == len(sizes)
    for place, units in zip(places, sizes, strict=True):
        centres = place.centres(units)
        assert len(centres) == units
        assert place.size > 3  # pixels: a picture still
        assert all(b - a >= place.size for a, b in pairwise(centres))
        assert min(centres) - place.size / 2 >= HEADER - 1e-6
        assert max(centres) + place.size / 2 <= height
        assert place.x - place.size / 2 >= 0
        assert place.x + place.size / 2 <= width
    for left, right in pairwise(places):
        assert right.x - left.x >= (left.size + right.size) / 2 + 4  # room for the edges


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_no_unit_lies_over_another_or_outside(sizes: tuple[int, ...], panel: tuple[int, int]):
    assert_laid_out(sizes, *panel)


@settings(deadline=None)
@given(
    st.integers(1, 7),
    st.lists(st.integers(1, PLAYGROUND_WIDTH), max_size=MAX_LAYERS),
    st.integers(1, 8),
    st.integers(420, 1_200),
    st.integers(400, 900),
)
def test_any_network_of_the_playground_has_room(inputs, hidden, outputs, width, height):
    assert_laid_out((inputs, *hidden, outputs), width, height)


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_units_of_a_layer_stand_evenly_around_the_middle(sizes: tuple[int, ...]):
    places = network_figure.columns(sizes, 560, 440)
    middles = [np.mean(place.centres(units)) for place, units in zip(places, sizes, strict=True)]
    assert np.ptp(middles) < 1e-6


@pytest.mark.parametrize("units", [1, 5, 6, 12, 13, 20, 21, 32])
def test_the_cells_of_a_sprite_meet_the_frames_of_the_units(units: int):
    (_, place) = network_figure.columns((2, units), 560, 440)
    cells, gap = sprite_cells(units)
    rows = units * (cells + gap) - gap
    for unit, centre in enumerate(place.centres(units)):
        row = unit * (cells + gap) + cells / 2
        assert place.top + row / rows * place.height(units) == pytest.approx(centre, abs=0.5)


def test_the_network_figure_has_a_picture_for_every_layer():
    figure = network_figure.network((2, 4, 3, 1), 560, 440, "light")
    assert len(figure.layout.images) == 3


def test_the_network_figure_counts_pixels_from_its_top_left():
    layout = network_figure.network((2, 1), 560, 440, "light").layout
    assert layout.xaxis.range == (0, 560)
    assert layout.yaxis.range == (440, 0)


# ------------------------------------------------------------------------ the house


def test_to_json_gives_figures_and_plain_values():
    found = json.loads(figures.to_json({"loss": figures.loss_chart("nll", "light"), "n": [1, "ü"]}))
    assert found["loss"]["data"][0]["name"] == "train"
    assert found["n"] == [1, "ü"]


def test_figures_need_no_streamlit():
    code = "import sys, pages.ui.drawing.figures; sys.exit('streamlit' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=PAGES.parent, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("word", ["session_state", "query_params"])
def test_state_alone_touches(word: str):
    users = [
        path.name
        for path in PAGES.rglob("*.py")
        if f"st.{word}" in path.read_text(encoding="utf-8") and path.name != "state.py"
    ]
    assert users == []
