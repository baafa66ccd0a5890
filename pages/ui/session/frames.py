"""A run as the bytes of one frame: what the live view draws, nothing that it has already.

Its blobs are PNG images, float32 arrays and figure JSON. Figures go out when their layout changes,
points when the data change, loss curves a few times a second, fields when the network has changed,
weights with every frame, and what the viewer asks of one unit or one point while that is asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from nnlib.config import RunConfig
from nnlib.features import phi
from nnlib.geometry import Grid
from nnlib.history import History
from nnlib.network import Trace
from nnlib.run import Run
from nnlib.task import classify, classify_target
from pages.ui.drawing.fields import (
    PLAYING_RESOLUTION,
    class_sprite,
    output_picture,
    output_scale,
    png,
    sprite,
    state_of,
)
from pages.ui.drawing.network_figure import sprite_cells
from pages.ui.drawing.palette import (
    CLASS_LEVELS,
    CLASSES,
    LEVELS,
    NEGATIVE,
    POSITIVE,
    ZERO,
    class_palette,
    field_palette,
    hex_colour,
)
from pages.ui.live.delivered import Delivered
from pages.ui.live.packing import Packet
from pages.ui.session.batch_step import BatchStep
from pages.ui.session.protocol import MEASURES, PROTOCOL
from pages.ui.session.run_fields import RunFields
from pages.ui.session.scene import View, layouts, points_json, same_places, scene

LOSS_POINTS = 240  # of each loss curve
LOSS_SECONDS = 0.25  # between two drawings of the loss curves (or of the rings) while playing
WORST = 0.1  # of the points of a regression are ringed: there is no right and wrong


@dataclass(frozen=True)
class Curves:
    """The runs whose loss curves are drawn, by their branch's letter, and the current one."""

    current: str
    runs: dict[str, Run]


FIELDS = ("fields", "fine fields")  # as they are sent while playing, and paused
NO_FUTURES: tuple = ("A", [])  # the current branch and the others, as a new loss chart has them


@dataclass
class Sent:
    """What the client of this socket has already, and the fields computed for it."""

    delivered: Delivered = field(default_factory=Delivered)
    fields: RunFields = field(default_factory=RunFields)


def config_hash(config: RunConfig, digest: str = "") -> str:
    """A short name of a config (and of the own data behind it)."""
    return hashlib.sha256((config.model_dump_json() + digest).encode()).hexdigest()[:10]


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
    batch_step: BatchStep | None = None,
) -> Packet:
    """The next frame for a client that has `sent`; `status` goes into the header as it is.

    With `hover` the frame carries the numbers of the output field for the pointer, too. The loss
    chart shows `curves`, or else the run's own; `batch_step` is drawn while the run stands there.
    """
    packet = Packet(PROTOCOL, **status, epoch=run.epoch, diverged=run.diverged)
    header, attach = packet.header, packet.attach
    header["batch"], header["batches"] = run.batch, run.n_batches
    present = state_of(run)

    with np.errstate(all="ignore"):  # a diverging network's numbers are drawn as they are
        _attach_layout(run, view, sent.delivered, attach)
        _attach_fields(run, view, sent, present, packet, playing, hover)
        _attach_losses(curves or Curves("A", {"A": run}), sent.delivered, attach, playing)
        attach("weights", run.network.parameters)
        if batch_step is not None and batch_step.shows(run):
            header.update(_attach_batch_step(batch_step, attach))
        _attach_wrong(run, view, sent.delivered, present, attach, playing)
        trace = _probed(run, view)
        if trace is not None:
            attach("probe", _every_value(trace))
        _attach_neuron(run, view, sent, present, packet, trace)
        train_loss, test_loss, _, _, test_score = run.measure()
    marks = _marks(run)
    if sent.delivered.note("marks", marks):
        header["frozen"], header["killed"] = marks
    header["config"] = config_hash(run.config, run.own.digest if run.own else "")
    header["learning_rate"] = run.learning_rate
    for name, value in zip(MEASURES, (train_loss, test_loss, test_score), strict=True):
        header[name] = value if np.isfinite(value) else None
    return packet


def _attach_layout(run: Run, view: View, delivered: Delivered, attach: Callable) -> None:
    changed = [part for part, key in layouts(run, view).items() if delivered.note(part, key)]
    if changed:
        attach("scene", scene(run, view, changed).encode())
        delivered.forget(*FIELDS, "neuron")  # a new figure comes without its pictures
        if "output" in changed:
            delivered.forget("points")
        if "loss" in changed:
            delivered.forget("losses")
            delivered.put("futures", NO_FUTURES)
    points, known = run.data.points, delivered.get("points")
    if known is None or not same_places(known, points):
        attach("points", points_json(run).encode())
    delivered.put("points", points)


def _attach_fields(
    run: Run,
    view: View,
    sent: Sent,
    present: tuple,
    packet: Packet,
    playing: bool,
    hover: bool,
) -> None:
    """The fields, unless the client has them as fine; then, with `hover`, their numbers."""
    attach = packet.attach
    delivered, on_plane = sent.delivered, len(run.data.points.extent) == 2
    coarse, fine = FIELDS
    shown = (present, view.theme, view.discretize)
    if not delivered.has(coarse if playing else fine, shown):
        grid = sent.fields.grid(run, present)
        output = grid.output
        if on_plane and not playing:
            output = sent.fields.take_fine(run)
        _attach_pictures(run, view, grid, output, attach)
        delivered.put(coarse, shown)
        delivered.put(fine, None if playing else shown)
    if hover and delivered.note("numbers", shown):
        if on_plane:
            grid = sent.fields.grid(run, present)
            value = _in_units(run, grid.output.max(axis=0))
            attach("hover", np.stack([value, grid.output.argmax(axis=0)]))
            packet.header["hover_side"] = PLAYING_RESOLUTION
        attach("samples", samples(run))


def _attach_pictures(
    run: Run, view: View, grid: Grid, output: np.ndarray, attach: Callable
) -> None:
    """The big picture of `output`, and of every unit a small one from the grid."""
    if len(grid.axes) == 2:
        picture = output_picture(run, output, view.theme, discretize=view.discretize)
        attach("output", picture)
    else:
        attach("curve", _in_units(run, output[:, 0]))
    centre, half = output_scale(run)
    colours = field_palette(view.theme)
    for values in grid.hidden:
        attach("layer", png(sprite(values, *sprite_cells(len(values))), colours, LEVELS))
    cells, gap = sprite_cells(len(grid.output))
    if len(grid.output) > 1:
        index, colours = class_sprite(grid.output, cells, gap), class_palette(view.theme)
    else:
        index = sprite((grid.output - centre) / half, cells, gap)
    attach("layer", png(index, colours, LEVELS))


def _in_units(run: Run, output: np.ndarray) -> np.ndarray:
    """The network's output in the target's own units."""
    points = run.data.points
    return output * points.target_scale + points.target_center


def _attach_losses(curves: Curves, delivered: Delivered, attach: Callable, playing: bool) -> None:
    run = curves.runs[curves.current]
    others = {letter: other for letter, other in curves.runs.items() if letter != curves.current}
    futures = (curves.current, [(letter, id(o), o.epoch) for letter, o in others.items()])
    if delivered.note("futures", futures):
        delivered.forget("losses")
        rows = {c: _drawable(thinned(o.history, LOSS_POINTS)[::2]) for c, o in others.items()}
        attach("futures", {"current": curves.current, "others": rows})
    if delivered.note("losses", (run, run.epoch), every=LOSS_SECONDS if playing else 0.0):
        attach("losses", thinned(run.history, LOSS_POINTS))


def _drawable(rows: np.ndarray) -> list[list[float | None]]:
    """Rows for JSON, which has no infinity: None where a loss is not finite (in float32)."""
    return [[x if np.isfinite(x) else None for x in row] for row in rows.tolist()]


def thinned(history: History, points: int) -> np.ndarray:
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


def _attach_batch_step(batch_step: BatchStep, attach: Callable) -> dict[str, object]:
    """A batch step or one of its examples; what the header says of the example."""
    run, example = batch_step.run, batch_step.example
    flags = np.zeros(len(run.data.X_train) + len(run.data.X_test), np.uint8)
    flags[batch_step.rows] = 1
    if example is not None:
        flags[batch_step.rows[example]] = 2
    attach("previous" if example is None else "gradient", batch_step.values)
    attach("batch", flags[_trace_order(run)])
    if example is None:
        return {}
    points = run.data.points
    place = points.train[batch_step.rows[example]] * points.scale + points.center
    return {"example": {"number": example + 1, "of": len(batch_step.rows), "at": place.tolist()}}


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


def _attach_wrong(
    run: Run, view: View, delivered: Delivered, present: tuple, attach: Callable, playing: bool
) -> None:
    """The rings around the wrong points; those of another run at once, else now and then."""
    if not view.wrong:
        delivered.forget("wrong")
        return
    known = delivered.get("wrong")
    same_run = known is not None and known[0] is run
    if delivered.note("wrong", present, every=LOSS_SECONDS if playing and same_run else 0.0):
        attach("wrong", wrong(run))


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


def _attach_neuron(
    run: Run, view: View, sent: Sent, present: tuple, packet: Packet, trace: Trace | None
) -> None:
    """The unit looked at: its field when that has changed, its products w x for the probe."""
    network = run.network
    layer, unit = view.neuron or (0, 0)
    # The network may have become smaller since the viewer chose the unit.
    if not 1 <= layer < len(network.sizes) or not 1 <= unit <= network.sizes[layer]:
        sent.delivered.forget("neuron")
        return
    if trace is not None:
        products = network.weights[layer - 1][:, unit - 1] * trace.A[layer - 1][0]
        packet.attach("products", products)
    if sent.delivered.note("neuron", (present, view.neuron, view.pre, view.theme)):
        picture, scale = unit_picture(run, sent.fields.grid(run, present), layer, unit, view)
        packet.attach("neuron", picture)
        packet.header["unit"] = scale


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
