"""A run as the bytes of one frame: what the live view draws, nothing that it has already.

Its blobs are PNG images, float32 arrays and figure JSON. Figures go out when their layout changes,
points when the data change, loss curves a few times a second, fields when the network has changed,
weights with every frame, and what the viewer asks of one unit or one point while that is asked.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from PIL import Image

from nnlib.config import RunConfig
from nnlib.data import Points
from nnlib.features import FEATURES, phi
from nnlib.geometry import Grid, OutputField, axes
from nnlib.network import Trace
from nnlib.run import Run
from nnlib.task import classify, classify_target
from pages.ui.drawing import figures
from pages.ui.drawing.palette import (
    CLASS_LEVELS,
    CLASSES,
    FIELD_STRENGTH,
    INK,
    LEVELS,
    NEGATIVE,
    POSITIVE,
    ZERO,
    Theme,
    class_palette,
    field_palette,
    hex_colour,
)
from pages.ui.live.batch_step import Moment
from pages.ui.live.packing import Packet

PLAYING_RESOLUTION, PAUSED_RESOLUTION = 96, 240  # cells along a side of the output field
LINE_RESOLUTION = 241  # points of the curve, for data on the line
LOSS_POINTS = 240  # of each loss curve
LOSS_SECONDS = 0.25  # between two drawings of the loss curves (or of the rings) while playing
WORST = 0.1  # of the points of a regression are ringed: there is no right and wrong
MEASURES = ("train_loss", "test_loss", "objective", "train_score", "test_score")


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


@dataclass(frozen=True)
class Curves:
    """The runs whose loss curves are drawn, by their branch's letter, and the current one."""

    current: str
    runs: dict[str, Run]


NO_FUTURES: tuple = ("A", [])  # the current branch and the others, as a new loss chart has them


@dataclass
class Sent:
    """What the client of this socket has already, and the grids prebuilt for it."""

    layouts: dict[str, tuple] = field(default_factory=dict)
    points: Points | None = None
    shown: tuple | None = None  # what the fields on its screen were drawn from
    resolution: int = 0  # of the output field on its screen
    numbers: bool = False  # whether it has the numbers that belong to these fields
    marks: tuple | None = None  # frozen parameters and killed units
    losses: object = None
    futures: tuple = NO_FUTURES
    loss_time: float = 0.0
    wrong: tuple | None = None
    wrong_time: float = 0.0
    neuron: tuple | None = None
    settings: RunConfig | None = None
    grids: dict = field(default_factory=dict)
    computed: dict = field(default_factory=dict)  # what each grid's fields stand for
    fine: OutputField | None = None  # the output as finely as a paused frame shows it, ...
    fine_of: tuple | None = None  # ... and what it stands for


def config_hash(config: RunConfig, digest: str = "") -> str:
    """A short name of a config (and of the own data behind it)."""
    return hashlib.sha256((config.model_dump_json() + digest).encode()).hexdigest()[:10]


# ------------------------------------------------------------------------ pictures


def png(index: np.ndarray, palette: bytes, transparent: int | None = None) -> bytes:
    """(h, w) palette indices, uint8, top row first -> a PNG file."""
    image = Image.fromarray(index)
    image.putpalette(palette)
    out = io.BytesIO()
    options = {} if transparent is None else {"transparency": transparent}
    image.save(out, "PNG", compress_level=4, **options)
    return out.getvalue()


def field_index(values: np.ndarray, scale: np.ndarray | float = 1.0) -> np.ndarray:
    """Values (any shape) -> palette indices 0 ... 254; -scale and scale are the two ends."""
    index = values * (LEVELS // 2 / scale) + (LEVELS // 2 + 0.5)
    return np.clip(np.nan_to_num(index, nan=LEVELS // 2), 0, LEVELS - 1).astype(np.uint8)


def output_scale(run: Run) -> tuple[float, float]:
    """(centre, half range) of the output's colours: around the threshold, or zero's sides."""
    if run.data.kind == "regression":
        return 0.0, float(max(1.0, np.abs(run.data.y_train).max()))
    return run.loss.threshold, run.loss.half_range


def output_picture(run: Run, output: np.ndarray, view: View) -> bytes:
    """Output (k, ny, nx) as a picture: one unit orange to blue, several argmax by confidence."""
    output = output[:, ::-1]  # a picture's first row is its top
    if len(output) == 1:
        centre, half = output_scale(run)
        values = (output[0] - centre) / half
        if view.discretize:
            classes = run.data.kind != "regression"
            values = np.where(values >= 0, 1.0, -1.0) if classes else np.round(values * 4) / 4
        return png(field_index(values), field_palette(view.theme, FIELD_STRENGTH))
    ranked = np.sort(output, axis=0)
    # Confidence: how far the winner is ahead of the next, 0 at a tie.
    lead = np.clip(np.nan_to_num(ranked[-1] - ranked[-2]), 0, 1)
    level = np.ones_like(lead) if view.discretize else lead
    index = output.argmax(axis=0) * CLASS_LEVELS + np.round(level * (CLASS_LEVELS - 1)).astype(int)
    return png(index.astype(np.uint8), class_palette(view.theme))


def sprite(fields: np.ndarray, cells: int, gap: int) -> np.ndarray:
    """Fields (units, ny, nx) -> palette indices of one tall picture, `gap` clear rows between.

    A unit's ends of the scale are +-1, or +-its largest value on the grid where that is more.
    """
    _, ny, nx = fields.shape
    # Of the largest |value|, what is no number apart; without copies of all fields.
    high = np.fmax.reduce(fields, axis=(1, 2), keepdims=True)
    low = np.fmin.reduce(fields, axis=(1, 2), keepdims=True)
    scale = np.maximum(1.0, np.nan_to_num(np.maximum(high, -low)))
    columns = np.linspace(0, nx - 1, cells).astype(int)
    if ny == 1:  # on the line: the curve, filled down to zero
        curve = fields[:, :, columns] / scale
        y = np.linspace(1, -1, cells)[None, :, None]
        inside = np.where(y >= 0, y <= curve, y >= curve)
        index = np.where(inside, field_index(curve), LEVELS // 2)
    else:
        rows = np.linspace(ny - 1, 0, cells).astype(int)
        index = field_index(fields[:, rows][:, :, columns], scale)
    # Every third level: nobody sees it at this size, and the picture packs a third smaller.
    return _tower(index // 3 * 3 + 1, gap)


def class_sprite(probabilities: np.ndarray, cells: int, gap: int) -> np.ndarray:
    """The same for output units that stand for classes (k, ny, nx): each in its class's colour."""
    units, ny, nx = probabilities.shape
    rows, columns = np.linspace(ny - 1, 0, cells), np.linspace(0, nx - 1, cells)
    share = probabilities[:, rows.astype(int)][:, :, columns.astype(int)]
    level = np.round(np.clip(np.nan_to_num(share), 0, 1) * (CLASS_LEVELS - 1))
    return _tower(np.arange(units)[:, None, None] * CLASS_LEVELS + level, gap)


def _tower(index: np.ndarray, gap: int) -> np.ndarray:
    """Pictures (units, cells, cells) below each other, `gap` clear rows between."""
    units, cells, _ = index.shape
    tall = np.full((units, cells + gap, cells), LEVELS, np.uint8)
    tall[:, :cells] = index
    return tall.reshape(-1, cells)[: units * (cells + gap) - gap]


@lru_cache(maxsize=32)
def feature_pictures(extent: tuple, theme: Theme) -> dict[str, str]:
    """Each hand-made input's field over the view as a data URI, for its switch."""
    extent = np.array(extent)
    grid = axes(extent, 32)
    plane = len(grid) == 2
    mesh = np.meshgrid(*grid) if plane else [grid[0][None, :]]
    points = np.stack([m.ravel() for m in mesh], axis=1)
    pictures = {}
    for name, feature in FEATURES.items():
        if feature.needs_x2 and not plane:
            continue
        values = phi(points, (name,)).T.reshape(1, *mesh[0].shape)
        values = values / np.abs(values).max()
        pictures[name] = figures.data_uri(png(sprite(values, 32, 0), field_palette(theme)))
    return pictures


# ------------------------------------------------------------------------ figures


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
    places = figures.columns(drawn, view.width, view.height)
    rows = dict(zip(pictures, places[0].centres(len(pictures)), strict=True))
    return {
        "network": figures.network(drawn, view.width, view.height, view.theme),
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


# ------------------------------------------------------------------------ the frame


def build(
    run: Run,
    view: View,
    sent: Sent,
    status: dict,
    *,
    playing: bool,
    hover: bool = False,
    curves: Curves | None = None,
    moment: Moment | None = None,
) -> bytes:
    """The next frame for a client that has `sent`; `status` goes into the header as it is.

    With `hover` the frame carries the numbers of the output field for the pointer, too. The loss
    chart shows `curves`, or else the run's own; `moment` is drawn while the run stands there.
    """
    packet = Packet(**status, epoch=run.epoch, diverged=run.diverged)
    header, attach = packet.header, packet.attach
    header["batch"], header["batches"] = run.batch, run.n_batches

    with np.errstate(all="ignore"):  # a diverging network's numbers are drawn as they are
        _attach_layout(run, view, sent, attach)
        _attach_fields(run, view, sent, attach, playing, hover)
        _attach_losses(curves or Curves("A", {"A": run}), sent, attach, playing)
        attach("weights", run.network.parameters.astype(np.float32).tobytes())
        if moment is not None and moment.shows(run):
            header.update(_attach_moment(moment, attach))
        _attach_wrong(run, view, sent, attach, playing)
        trace = _probed(run, view)
        if trace is not None:
            attach("probe", _every_value(trace).tobytes())
        _attach_neuron(run, view, sent, attach, trace)
        values = run.measure()
    marks = _marks(run)
    if sent.marks != marks:
        sent.marks = marks
        header["frozen"], header["killed"] = marks
    header["config"] = config_hash(run.config, run.own.digest if run.own else "")
    header["learning_rate"] = run.learning_rate
    for name, value in zip(MEASURES, values, strict=True):
        header[name] = value if np.isfinite(value) else None
    return bytes(packet)


def _attach_layout(run: Run, view: View, sent: Sent, attach: Callable) -> None:
    now = layouts(run, view)
    changed = [part for part in PARTS if sent.layouts.get(part) != now[part]]
    if changed:
        attach("scene", scene(run, view, changed).encode())
        sent.layouts = now
        sent.shown = sent.neuron = None  # a new figure comes without its pictures
        if "output" in changed:
            sent.points = None
        if "loss" in changed:
            sent.losses, sent.futures = None, NO_FUTURES
    points = run.data.points
    if sent.points is None or not same_places(sent.points, points):
        attach("points", points_json(run).encode())
    sent.points = points


def same_places(a: Points, b: Points) -> bool:
    names = ("train", "test", "train_target", "test_target")
    return a is b or all(np.array_equal(getattr(a, n), getattr(b, n)) for n in names)


def _attach_fields(
    run: Run, view: View, sent: Sent, attach: Callable, playing: bool, hover: bool
) -> None:
    """The fields, unless the client has them as fine; then, with `hover`, their numbers."""
    on_plane = len(run.data.points.extent) == 2
    resolution = PLAYING_RESOLUTION if playing else PAUSED_RESOLUTION
    present = _present(run)
    shown = (present, view.theme, view.discretize)
    if sent.shown != shown or sent.resolution < resolution:
        grid = _grid(run, sent, PLAYING_RESOLUTION if on_plane else LINE_RESOLUTION, present)
        output = grid.output
        if on_plane and not playing:
            prepare(run, sent)
            output = sent.fine.output
            sent.fine = sent.fine_of = None  # drawn once, and megabytes
        _attach_pictures(run, view, grid, output, attach)
        sent.numbers = sent.numbers and sent.shown == shown
        sent.shown, sent.resolution = shown, resolution
    if hover and not sent.numbers:
        if on_plane:
            grid = _grid(run, sent, PLAYING_RESOLUTION, present)
            value = _in_units(run, grid.output.max(axis=0))
            numbers = np.stack([value, grid.output.argmax(axis=0)]).astype(np.float32)
            attach("hover", numbers.tobytes(), side=PLAYING_RESOLUTION)
        attach("samples", samples(run).tobytes())
        sent.numbers = True


def prepare(run: Run, sent: Sent, most: float = math.inf) -> bool:
    """Compute the fine output field of a paused frame; whether it is there.

    `most` multiplications at a time: a large network's takes several turns.
    """
    if len(run.data.points.extent) != 2:
        return True
    present = _present(run)
    _drop_others(run, sent)
    if sent.fine is None:
        sent.fine = OutputField(run.network, run.data.points, run.data.features, PAUSED_RESOLUTION)
    if sent.fine_of != present:
        sent.fine_of = present
        sent.fine.begin()
    return sent.fine.work(most)


def _attach_pictures(
    run: Run, view: View, grid: Grid, output: np.ndarray, attach: Callable
) -> None:
    """The big picture of `output`, and of every unit a small one from the grid."""
    if len(grid.axes) == 2:
        attach("output", output_picture(run, output, view))
    else:
        attach("curve", _in_units(run, output[:, 0]).astype(np.float32).tobytes())
    centre, half = output_scale(run)
    colours = field_palette(view.theme)
    for values in grid.hidden:
        attach("layer", png(sprite(values, *figures.sprite_cells(len(values))), colours, LEVELS))
    cells, gap = figures.sprite_cells(len(grid.output))
    if len(grid.output) > 1:
        index, colours = class_sprite(grid.output, cells, gap), class_palette(view.theme)
    else:
        index = sprite((grid.output - centre) / half, cells, gap)
    attach("layer", png(index, colours, LEVELS))


def _present(run: Run) -> tuple:
    """What the fields are computed from: equal, and they would come out the same."""
    return run, run.network.parameters.tobytes(), run.network.killed


def _drop_others(run: Run, sent: Sent) -> None:
    """What was prebuilt for another run, or with other units killed, is of no use any more."""
    owner = (run, run.network.killed)
    if sent.grids.get("owner") != owner:
        sent.grids, sent.computed = {"owner": owner}, {}
        sent.fine = sent.fine_of = None


def _grid(run: Run, sent: Sent, resolution: int, present: tuple) -> Grid:
    """The prebuilt grid with the present fields; another run or killed unit drops the old ones."""
    _drop_others(run, sent)
    if resolution not in sent.grids:
        sent.grids[resolution] = Grid(run.network, run.data.points, run.data.features, resolution)
    grid = sent.grids[resolution]
    if sent.computed.get(resolution) != present:
        grid.run()
        sent.computed[resolution] = present
    return grid


def _in_units(run: Run, output: np.ndarray) -> np.ndarray:
    """The network's output in the target's own units."""
    points = run.data.points
    return output * points.target_scale + points.target_center


def _attach_losses(curves: Curves, sent: Sent, attach: Callable, playing: bool) -> None:
    run, now = curves.runs[curves.current], time.monotonic()
    others = {letter: other for letter, other in curves.runs.items() if letter != curves.current}
    futures = (curves.current, [(letter, id(o), o.epoch) for letter, o in others.items()])
    drawn = (id(run), run.epoch)
    if sent.futures != futures:
        sent.futures, sent.losses = futures, None
        rows = {c: thinned(o.history, LOSS_POINTS)[::2].tolist() for c, o in others.items()}
        attach("futures", json.dumps({"current": curves.current, "others": rows}).encode())
    elif sent.losses == drawn or (playing and now - sent.loss_time < LOSS_SECONDS):
        return
    sent.losses, sent.loss_time = drawn, now
    attach("losses", thinned(run.history, LOSS_POINTS).tobytes())


def thinned(history: object, points: int) -> np.ndarray:
    """(3, m) float32: epoch, train and test loss, at most `points` columns, both ends kept."""
    n = len(history)
    take = np.unique(np.linspace(0, n - 1, min(n, points)).astype(int))
    rows = (history.epoch, history.train_loss, history.test_loss)
    return np.stack([row[take] for row in rows]).astype(np.float32)


# ------------------------------------------------------------------------ points, one by one


def samples(run: Run) -> np.ndarray:
    """(3, n) float32: output, class said and loss of every point, as in the point traces."""
    output, loss = _answers(run)
    said = classify(run.data, output)
    value = _in_units(run, output.max(axis=1))
    return np.stack([value, said, loss])[:, _trace_order(run)].astype(np.float32)


def wrong(run: Run) -> np.ndarray:
    """(n,) bool: the points in another class than said, or those with the largest losses."""
    output, loss = _answers(run)
    if run.data.kind == "regression":
        ranked = np.sort(np.nan_to_num(loss))
        found = loss >= ranked[-max(1, round(WORST * len(ranked)))]
    else:
        target = np.concatenate([run.data.y_train, run.data.y_test])
        found = classify(run.data, output) != classify_target(target)
    return found[_trace_order(run)]


def _attach_moment(moment: Moment, attach: Callable) -> dict[str, object]:
    """A batch step or one of its examples; what the header says of the example."""
    run, example = moment.run, moment.example
    flags = np.zeros(len(run.data.X_train) + len(run.data.X_test), np.uint8)
    flags[moment.rows] = 1
    if example is not None:
        flags[moment.rows[example]] = 2
    attach("previous" if example is None else "gradient", moment.values.tobytes())
    attach("batch", flags[_trace_order(run)].tobytes())
    if example is None:
        return {}
    points = run.data.points
    place = points.train[moment.rows[example]] * points.scale + points.center
    return {"example": {"number": example + 1, "of": len(moment.rows), "at": place.tolist()}}


def _answers(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """The network's output (n, k) and its loss (n,) for training, then test points."""
    data = run.data
    trace = run.network.forward(np.concatenate([data.X_train, data.X_test]))
    prediction = trace.Z[-1] if run.loss.on_logits else trace.A[-1]
    loss = run.loss.per_sample(prediction, np.concatenate([data.y_train, data.y_test]))
    return trace.A[-1], loss


def _trace_order(run: Run) -> np.ndarray:
    """Where each point of the traces of points_json stands among training, then test points."""
    points = run.data.points
    if len(points.extent) == 1 or run.data.kind == "regression":
        return np.arange(len(points.train) + len(points.test))
    parts = [np.argsort(t, kind="stable") for t in (points.train_target, points.test_target)]
    return np.concatenate([parts[0], parts[1] + len(points.train)])


def _attach_wrong(run: Run, view: View, sent: Sent, attach: Callable, playing: bool) -> None:
    if not view.wrong:
        sent.wrong = None
        return
    now, present = time.monotonic(), _present(run)
    rings_of_this_run = sent.wrong is not None and sent.wrong[0] is run
    waits = playing and rings_of_this_run and now - sent.wrong_time < LOSS_SECONDS
    if sent.wrong == present or waits:
        return
    sent.wrong, sent.wrong_time = present, now
    attach("wrong", wrong(run).astype(np.uint8).tobytes())


# ------------------------------------------------------------------------ one unit, one point


def _marks(run: Run) -> tuple[list[int], list[list[int]]]:
    """Which parameters are frozen, and which units (layer, unit) are held at 0."""
    return np.flatnonzero(run.frozen).tolist(), sorted(map(list, run.network.killed))


def _probed(run: Run, view: View) -> Trace | None:
    """The forward pass of the point that the viewer asks for."""
    points = run.data.points
    if view.probe is None or len(view.probe) != len(points.extent):
        return None
    x = (np.array([view.probe]) - points.center) / points.scale
    return run.network.forward(phi(x, run.data.features))


def _every_value(trace: Trace) -> np.ndarray:
    """float32: A of the inputs, then Z and A of layer after layer."""
    layers = zip(trace.Z[1:], trace.A[1:], strict=True)
    values = [trace.A[0], *(array for layer in layers for array in layer)]
    return np.concatenate(values, axis=1)[0].astype(np.float32)


def _attach_neuron(run: Run, view: View, sent: Sent, attach: Callable, trace: Trace | None) -> None:
    """The unit looked at: its field when that has changed, its products w x for the probe."""
    network = run.network
    layer, unit = view.neuron or (0, 0)
    # The network may have become smaller since the viewer chose the unit.
    if not 1 <= layer < len(network.sizes) or not 1 <= unit <= network.sizes[layer]:
        sent.neuron = None
        return
    if trace is not None:
        products = network.weights[layer - 1][:, unit - 1] * trace.A[layer - 1][0]
        attach("products", products.astype(np.float32).tobytes())
    present = _present(run)
    shown = (present, view.neuron, view.pre, view.theme)
    if sent.neuron != shown:
        sent.neuron = shown
        on_plane = len(run.data.points.extent) == 2
        grid = _grid(run, sent, PLAYING_RESOLUTION if on_plane else LINE_RESOLUTION, present)
        picture, scale = unit_picture(run, grid, layer, unit, view)
        attach("neuron", picture, **scale)


def unit_picture(
    run: Run, grid: Grid, layer: int, unit: int, view: View
) -> tuple[bytes, dict[str, object]]:
    """One unit's z or a over the view; its scale: the numbers `low` and `high`, the `colours`."""
    cells = len(grid.axes[0])
    output = layer == run.network.depth
    if output and not view.pre and len(grid.output) > 1:
        index = class_sprite(grid.output[unit - 1 : unit], cells, 0) + (unit - 1) * CLASS_LEVELS
        ends = [hex_colour(ZERO[view.theme]), CLASSES[unit - 1]]
        picture = png(index.astype(np.uint8), class_palette(view.theme))
        return picture, {"low": 0.0, "high": 1.0, "colours": ends}
    centre, half = output_scale(run) if output and not view.pre else (0.0, 1.0)
    if view.pre:
        values = _pre_activation(run, grid, layer, unit)
    else:
        values = (grid.output if output else grid.hidden[layer - 1])[unit - 1]
    values = (values - centre) / half
    reach = half * max(1.0, float(np.nan_to_num(np.abs(values)).max()))
    picture = png(sprite(values[None], cells, 0), field_palette(view.theme))
    colours = [hex_colour(colour) for colour in (NEGATIVE, ZERO[view.theme], POSITIVE)]
    return picture, {"low": centre - reach, "high": centre + reach, "colours": colours}


def _pre_activation(run: Run, grid: Grid, layer: int, unit: int) -> np.ndarray:
    """z of a unit over the grid (ny, nx): the grid itself keeps only every a."""
    below = grid.inputs if layer == 1 else grid.hidden[layer - 2]
    w, b = run.network.weights[layer - 1][:, unit - 1], run.network.biases[layer - 1][unit - 1]
    return np.tensordot(w, below, axes=1) + b
