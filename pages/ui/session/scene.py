"""The Playground's figures and places: what a frame carries when their layout changes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from nnlib.data import Points
from nnlib.features import FEATURES
from nnlib.run import Run
from pages.ui.drawing import figures, network_figure
from pages.ui.drawing.fields import LINE_RESOLUTION, feature_pictures, output_scale
from pages.ui.drawing.palette import INK, NEGATIVE, POSITIVE, Theme, hex_colour


@dataclass(frozen=True)
class View:
    """What the viewer has chosen: not part of the run."""

    theme: Theme = "light"
    discretize: bool = False
    width: int = 560  # of the network panel, CSS pixels
    height: int = 440
    wrong: bool = False  # ring the points that the network gets wrong
    neuron: tuple[int, int] | None = None  # (layer, unit), from 1: looked at closely
    pre: bool = False  # its z and not its a
    probe: tuple[float, ...] | None = None  # a point of the plane (or line), in original units


PARTS = ("output", "network", "loss")


def layouts(run: Run, view: View) -> dict[str, tuple]:
    """What each figure's layout depends on: equal keys, equal figure."""
    data, points = run.data, run.data.points
    extent = points.extent.tobytes()
    return {
        "output": (
            data.kind,
            extent,
            points.center.tobytes(),
            points.scale.tobytes(),
            points.class_names,
            points.input_names,
            points.target_name,
            run.network.sizes[-1],
            _colour_range(run),
            view.theme,
        ),
        "network": (
            run.network.sizes,
            tuple(f.name for f in run.network.activations),
            data.features,
            extent,
            (view.theme, view.width, view.height),
        ),
        "loss": (data.loss, view.theme),
    }


def scene(run: Run, view: View, parts: Iterable[str] = PARTS) -> str:
    """Figures and places for this network and data, as JSON; numbers and pictures follow."""
    data, points = run.data, run.data.points
    extent = points.extent * points.scale[:, None] + points.center[:, None]
    n_traces = 2 * (points.n_classes if len(extent) == 2 and points.n_classes else 1)
    first = 2 if len(extent) == 2 else run.network.sizes[-1]
    scene: dict[str, object] = {
        "kind": data.kind,
        "classes": points.class_names,
        "inputNames": points.input_names,
        "extent": extent.tolist(),
        "pointTraces": list(range(first, first + n_traces)),
        "colours": [hex_colour(NEGATIVE), hex_colour(POSITIVE), INK[view.theme]],
    }
    if "output" in parts:
        scene["output"] = _output_figure(run, extent, view.theme)
    if "network" in parts:
        scene |= _network_places(run, view)
    if "loss" in parts:
        scene["loss"] = figures.loss_chart(data.loss, view.theme)
    return figures.to_json(scene)


def _output_figure(run: Run, extent: np.ndarray, theme: Theme) -> object:
    points = run.data.points
    revision = f"{run.config.dataset} {points.input_names}"  # other data, another zoom
    names = (points.input_names, points.class_names, points.target_name)
    if len(extent) == 1:
        units = run.network.sizes[-1]
        return figures.line(extent, *names, units, LINE_RESOLUTION, theme, revision)
    square = bool((points.scale == 1).all())
    return figures.plane(extent, *names, _colour_range(run), theme, revision, square=square)


def _network_places(run: Run, view: View) -> dict[str, object]:
    """The network's figure, and where its units and its inputs' switches stand."""
    sizes, features = run.network.sizes, run.data.features
    pictures = feature_pictures(tuple(map(tuple, run.data.points.extent)), view.theme)
    drawn = (len(pictures), *sizes[1:])  # every switch has a place, chosen or not
    places = network_figure.columns(drawn, view.width, view.height)
    rows = dict(zip(pictures, places[0].centres(len(pictures)), strict=True))
    return {
        "network": network_figure.network(drawn, view.width, view.height, view.theme),
        "sizes": sizes,
        "activations": [f.name for f in run.network.activations],
        "features": [FEATURES[name].label for name in features],
        "sides": [place.size for place in places],
        "inputs": [
            {
                "name": name,
                "label": FEATURES[name].label,
                "src": picture,
                "y": rows[name],
                "on": name in features,
            }
            for name, picture in pictures.items()
        ],
        "nodes": [
            [[places[0].x, rows[name]] for name in features],
            *(
                [[place.x, y] for y in place.centres(units)]
                for place, units in zip(places[1:], sizes[1:], strict=True)
            ),
        ],
    }


def _colour_range(run: Run) -> tuple[float, float]:
    centre, half = output_scale(run)
    points = run.data.points
    low, high = centre - half, centre + half
    return (
        low * points.target_scale + points.target_center,
        high * points.target_scale + points.target_center,
    )


def points_json(run: Run) -> str:
    """x, y (and colour) of each point trace of the output figure, in original units."""
    points = run.data.points
    traces = []
    for xy, target in ((points.train, points.train_target), (points.test, points.test_target)):
        xy = xy * points.scale + points.center
        if xy.shape[1] == 1:
            value = target * points.target_scale + points.target_center
            traces.append({"x": _short(xy[:, 0]), "y": _short(value)})
        elif run.data.kind == "regression":
            value = target * points.target_scale + points.target_center
            traces.append({"x": _short(xy[:, 0]), "y": _short(xy[:, 1]), "color": _short(value)})
        else:
            for index in range(points.n_classes):
                rows = xy[target == index]
                traces.append({"x": _short(rows[:, 0]), "y": _short(rows[:, 1])})
    return json.dumps(traces)


def _short(values: np.ndarray) -> list[float]:
    return np.round(values, 4).tolist()


def same_places(a: Points, b: Points) -> bool:
    """Whether these are the same points with the same targets."""
    names = ("train", "test", "train_target", "test_target")
    return a is b or all(np.array_equal(getattr(a, n), getattr(b, n)) for n in names)
