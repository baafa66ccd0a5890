"""What a frame holds, decoded as the browser does it, against the network asked directly."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

from nnlib.config import RunConfig
from nnlib.data import DATASETS, Table, read_csv
from nnlib.features import phi
from nnlib.geometry import Grid, OutputField
from nnlib.run import Run
from pages.ui.drawing.fields import LINE_RESOLUTION, PAUSED_RESOLUTION, PLAYING_RESOLUTION
from pages.ui.drawing.figures import in_figure
from pages.ui.drawing.network_figure import sprite_cells
from pages.ui.drawing.palette import (
    CLASSES,
    FIELD_STRENGTH,
    NEGATIVE,
    POSITIVE,
    ZERO,
    field_palette,
    rgb,
)
from pages.ui.session import frames
from pages.ui.session.frames import LOSS_POINTS, MEASURES, Sent, config_hash, thinned
from pages.ui.session.scene import View
from tests.ui.taken_apart import Frame, colours, picture, take_apart

LIGHT = View()
THEMES = ("light", "dark")
NETWORK = RunConfig(dataset="spiral", hidden=((8, "tanh"), (8, "tanh"), (8, "tanh")))


def built(
    run: Run, view: View = LIGHT, sent: Sent | None = None, *, playing=False, hover=False
) -> Frame:
    """The frame for a client that has nothing yet, or what `sent` says."""
    sent = Sent() if sent is None else sent
    return take_apart(bytes(frames.build(run, view, sent, {}, playing=playing, hover=hover)))


def trained(epochs: int = 30, own: Table | None = None, **settings: object) -> Run:
    run = Run(RunConfig(**settings), own)
    run.advance(epochs)
    return run


def table(rows: list[str]) -> Table:
    return read_csv("\n".join(rows).encode())


def distances() -> Table:
    """One number column to predict another from, both far from standardised."""
    return table(["km,price", *(f"{100 + 3 * i},{5_000 + 40 * i * (i % 3)}" for i in range(60))])


def kinds_on_the_line() -> Table:
    """One number column and three labels."""
    return table(["km,kind", *(f"{100 + 3 * i},{'abc'[i // 20]}" for i in range(60))])


def cells(run: Run, side: int) -> np.ndarray:
    """The inputs at a picture's cell centres, (side, side, 2), the top row first."""
    (x0, x1), (y0, y1) = run.data.points.extent
    along = (np.arange(side) + 0.5) / side
    x, y = np.meshgrid(x0 + (x1 - x0) * along, y1 - (y1 - y0) * along)
    return np.stack([x, y], axis=2)


def predicted(run: Run, inputs: np.ndarray) -> np.ndarray:
    """The network's answer at inputs (..., d), (..., k)."""
    flat = phi(inputs.reshape(-1, inputs.shape[-1]), run.data.features)
    return run.network.predict(flat).reshape(*inputs.shape[:-1], -1)


def values(pixels: np.ndarray, theme: str = "light") -> np.ndarray:
    """Pixels (..., 3) of a field back to numbers in [-1, 1]."""
    zero = np.array(ZERO[theme], float)
    found = []
    for colour in (NEGATIVE, POSITIVE):
        way = np.array(colour) - zero
        found.append((pixels - zero) @ way / (way @ way))
    negative, positive = found
    return np.where(positive >= negative, positive, -negative)


def classes_seen(pixels: np.ndarray, k: int, theme: str = "light") -> np.ndarray:
    """Pixels (..., 3) back to the class whose colour they are a tint of."""
    zero = np.array(ZERO[theme], float)
    ways = np.array([np.array(rgb(colour)) - zero for colour in CLASSES[:k]])
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    return ((pixels - zero) @ ways.T).argmax(axis=-1)


# ------------------------------------------------------------------------ the bytes


def test_the_blobs_fill_the_frame_to_its_last_byte():
    assert built(trained()).rest == b""


def test_the_header_lists_the_blobs_in_their_order():
    frame = built(trained(), hover=True)
    assert frame.kinds == [
        *("scene", "points", "output", "layer", "layer", "layer"),
        *("hover", "samples", "losses", "weights"),
    ]


def test_the_status_goes_into_the_header_as_it_is():
    frame = take_apart(
        bytes(frames.build(Run(RunConfig()), LIGHT, Sent(), {"playing": True}, playing=True))
    )
    assert frame.header["playing"] is True


def test_the_weights_are_the_parameters():
    run = trained()
    assert np.array_equal(built(run).numbers("weights"), run.network.parameters)


def test_the_header_has_the_runs_own_measures():
    run = trained()
    header = built(run).header
    train_loss, test_loss, _, _, test_score = run.measure()
    assert [header[name] for name in MEASURES] == [train_loss, test_loss, test_score]


def test_the_header_has_epoch_and_rate_of_the_run():
    run = trained(7, learning_rate=0.04, schedule="step", schedule_every=5)
    header = built(run).header
    assert header["epoch"] == 7
    assert header["diverged"] is None
    assert header["learning_rate"] == run.learning_rate == 0.02


def test_playing_frames_of_2_8_8_8_1_are_small(monkeypatch: pytest.MonkeyPatch):
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    run, sent, sizes = Run(NETWORK), Sent(), []
    built(run, sent=sent, playing=True)
    for _ in range(20):  # a second; some of the frames bring the loss curves
        now += 0.05
        run.advance(15)
        sizes.append(len(bytes(frames.build(run, LIGHT, sent, {}, playing=True))))
    assert np.mean(sizes) < 20_000
    assert max(sizes) < 24_000


# ------------------------------------------------------------------------ what was sent already


def test_the_second_frame_repeats_neither_scene_nor_points():
    run, sent = trained(), Sent()
    built(run, sent=sent)
    run.advance(1)
    assert built(run, sent=sent).kinds == [
        *("output", "layer", "layer", "layer", "losses", "weights")
    ]


@pytest.mark.parametrize(
    ("changes", "figures"),
    [
        ({"hidden": ((5, "tanh"), (2, "tanh"))}, {"network"}),
        ({"hidden": ((4, "relu"), (2, "tanh"))}, {"network"}),
        ({"features": ("x1", "x2", "x1*x2")}, {"network"}),
        ({"dataset": "iris"}, {"output", "network", "loss"}),
        ({"dataset": "plane"}, {"output", "network", "loss"}),
        ({"output": "linear", "loss": "hinge"}, {"output", "network", "loss"}),
    ],
)
def test_a_new_layout_brings_the_figures_that_change(changes: dict, figures: set[str]):
    sent = Sent()
    built(Run(RunConfig()), sent=sent)
    frame = built(trained(1, **changes), sent=sent)
    assert {"output", "network", "loss"} & frame.json("scene").keys() == figures
    assert ("points" in frame.kinds) == ("output" in figures)  # a new figure has none yet


def test_other_weights_on_the_same_data_bring_no_points():
    sent = Sent()
    built(Run(RunConfig()), sent=sent)
    assert "points" not in built(Run(RunConfig(weight_seed=1)), sent=sent).kinds


@pytest.mark.parametrize(
    "view",
    [View(theme="dark"), View(width=400), View(height=600)],
    ids=["theme", "width", "height"],
)
def test_another_view_brings_a_scene(view: View):
    run, sent = Run(RunConfig()), Sent()
    built(run, sent=sent)
    assert "scene" in built(run, view, sent).kinds


@pytest.mark.parametrize(
    "changes",
    [{"weight_seed": 1}, {"learning_rate": 0.1}, {"batch_size": 5}, {"initializer": "he_normal"}],
)
def test_the_same_layout_and_data_bring_no_scene(changes: dict):
    sent = Sent()
    built(Run(RunConfig()), sent=sent)
    assert "scene" not in built(Run(RunConfig(**changes)), sent=sent).kinds


def test_noise_brings_points_but_no_scene():
    sent = Sent()
    built(Run(RunConfig()), sent=sent)
    kinds = built(Run(RunConfig(noise=0.5)), sent=sent).kinds
    assert "points" in kinds
    assert "scene" not in kinds


def test_two_clients_get_a_scene_each():
    run = Run(RunConfig())
    assert "scene" in built(run).kinds
    assert "scene" in built(run).kinds


# ------------------------------------------------------------------------ the output's picture


@pytest.mark.parametrize(
    ("playing", "side"), [(True, PLAYING_RESOLUTION), (False, PAUSED_RESOLUTION)]
)
def test_the_picture_is_finer_when_paused(playing: bool, side: int):
    frame = built(trained(1), playing=playing)
    assert picture(frame.one("output")).size == (side, side)


@pytest.mark.parametrize("theme", THEMES)
def test_the_picture_shows_the_networks_answer(theme: str):
    run = trained(60, dataset="xor", noise=0.3)
    seen = values(colours(built(run, View(theme=theme)).one("output"))[..., :3], theme)
    answer = predicted(run, cells(run, PAUSED_RESOLUTION))[..., 0] * 2 - 1
    assert np.abs(seen / FIELD_STRENGTH - answer).max() < 0.03
    assert (np.sign(seen) == np.sign(answer))[np.abs(answer) > 0.03].all()


@pytest.mark.parametrize(
    ("column", "blue"),
    [(1, (slice(0, 100), slice(None))), (0, (slice(None), slice(140, None)))],
    ids=["x2 is up", "x1 is right"],
)
def test_the_picture_has_large_x2_on_top_and_large_x1_at_the_right(column: int, blue: tuple):
    run = Run(RunConfig(hidden=()))
    run.network.parameters[:] = 0
    run.network.weights[0][column] = 1
    seen = values(colours(built(run).one("output"))[..., :3])
    assert (seen[blue] > 0.3).all()
    assert (seen[::-1, ::-1][blue] < -0.3).all()


def test_the_picture_agrees_with_the_points_that_the_network_gets_right():
    run = trained(60, dataset="gauss")
    pixels = values(colours(built(run).one("output"))[..., :3])
    for point, label in zip(run.data.points.train[:50], run.data.points.train_target, strict=False):
        share = (point - run.data.points.extent[:, 0]) / np.ptp(run.data.points.extent, axis=1)
        column, up = (share * PAUSED_RESOLUTION).astype(int)
        assert (pixels[PAUSED_RESOLUTION - 1 - up, column] > 0) == (label == 1)


@pytest.mark.parametrize(
    ("settings", "centre"),
    [
        ({"output": "linear", "loss": "hinge"}, 0.0),
        ({"output": "linear", "loss": "squared"}, 0.5),
        ({"dataset": "bumps"}, 0.0),
    ],
    ids=["hinge", "squared", "regression"],
)
def test_the_colours_turn_at_the_decision(settings: dict, centre: float):
    run = trained(40, **settings)
    seen = values(colours(built(run).one("output"))[..., :3])
    answer = predicted(run, cells(run, PAUSED_RESOLUTION))[..., 0] - centre
    clear = np.abs(answer) > 0.05
    assert (np.sign(seen) == np.sign(answer))[clear].all()


def test_discretize_leaves_two_colours_for_two_classes():
    pixels = colours(built(trained(), View(discretize=True)).one("output"))[..., :3]
    ends = (np.frombuffer(field_palette("light", FIELD_STRENGTH), np.uint8).reshape(-1, 3))[[0, -2]]
    assert {tuple(pixel) for pixel in pixels.reshape(-1, 3)} == {tuple(end) for end in ends}


def test_discretize_keeps_every_decision():
    run = trained(60)
    soft = values(colours(built(run).one("output"))[..., :3])
    hard = values(colours(built(run, View(discretize=True)).one("output"))[..., :3])
    clear = np.abs(soft) > 0.02
    assert (np.sign(soft) == np.sign(hard))[clear].all()


def test_discretize_cuts_a_regression_into_few_steps():
    run = trained(40, dataset="plane")
    smooth, steps = (
        colours(built(run, View(discretize=discretize)).one("output"))[..., :3]
        for discretize in (False, True)
    )
    assert len(np.unique(steps.reshape(-1, 3), axis=0)) <= 9
    assert np.abs(values(smooth) - values(steps)).max() < 0.15


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("k", [3, 6])
def test_of_several_classes_the_picture_shows_the_largest(k: int, theme: str):
    run = trained(30, dataset="blobs", n_classes=k)
    pixels = colours(built(run, View(theme=theme)).one("output"))[..., :3]
    answer = predicted(run, cells(run, PAUSED_RESOLUTION))
    lead = np.diff(np.sort(answer, axis=-1)[..., -2:], axis=-1)[..., 0]
    clear = lead > 0.2  # a faint tint of eight bits has hardly a hue
    assert clear.mean() > 0.3
    assert (classes_seen(pixels, k, theme) == answer.argmax(axis=-1))[clear].all()


def test_of_several_classes_confidence_is_the_strength_of_the_colour():
    run = trained(30, dataset="blobs")
    pixels = colours(built(run).one("output"))[..., :3]
    strength = np.linalg.norm(pixels - np.array(ZERO["light"]), axis=-1)
    answer = predicted(run, cells(run, PAUSED_RESOLUTION))
    lead = np.diff(np.sort(answer, axis=-1)[..., -2:], axis=-1)[..., 0]
    for label in range(3):
        own = answer.argmax(axis=-1) == label
        assert strength[own & (lead > 0.9)].min() > strength[own & (lead < 0.2)].max()


def test_two_softmax_units_are_shown_as_classes():
    run = trained(40, output="softmax", loss="softmax_nll")
    pixels = colours(built(run, View(discretize=True)).one("output"))[..., :3]
    answer = predicted(run, cells(run, PAUSED_RESOLUTION))
    assert (classes_seen(pixels, 2) == answer.argmax(axis=-1)).mean() > 0.999


# ------------------------------------------------------------------------ the neurons' pictures


def test_there_is_a_sprite_for_every_layer_and_a_cell_for_every_unit():
    run = trained(1, hidden=((5, "tanh"), (3, "relu")))
    sizes = [picture(png).size for png in built(run).all("layer")]
    for (width, height), units in zip(sizes, (5, 3, 1), strict=True):
        side, gap = sprite_cells(units)
        assert (width, height) == (side, units * side + (units - 1) * gap)


@pytest.mark.parametrize("theme", THEMES)
def test_every_cell_of_a_sprite_shows_its_neurons_activation(theme: str):
    run = trained(20, hidden=((4, "tanh"), (3, "sigmoid")))
    sprites = built(run, View(theme=theme)).all("layer")
    for layer, units in enumerate((4, 3), start=1):
        side, gap = sprite_cells(units)
        inputs = cells(run, side).reshape(-1, 2)
        activations = run.network.forward(phi(inputs, run.data.features)).A[layer]
        pixels = colours(sprites[layer - 1])
        for unit in range(units):
            top = unit * (side + gap)
            seen = values(pixels[top : top + side, :, :3], theme)
            expected = activations[:, unit].reshape(side, side)
            assert np.abs(seen - expected).mean() < 0.05


def test_between_two_cells_a_sprite_is_clear():
    opacity = colours(built(trained(1)).all("layer")[0])[:, :, 3]
    side, gap = sprite_cells(4)
    for unit in range(4):
        top = unit * (side + gap)
        assert (opacity[top : top + side] == 255).all()
        assert (opacity[top + side : top + side + gap] == 0).all()


def test_an_activation_beyond_one_is_scaled_to_its_own_range():
    run = Run(RunConfig(hidden=((1, "relu"),)))
    run.network.weights[0][:] = [[0], [10]]  # 0 below, up to 60 at the top
    cell = values(colours(built(run).all("layer")[0])[..., :3])
    assert cell[0].min() > 0.95
    assert 0.3 < cell[len(cell) // 4].mean() < 0.7
    assert np.abs(cell[-8:]).max() < 0.02


def test_the_last_sprite_is_the_output():
    run = trained(60, dataset="xor")
    cell = values(colours(built(run).all("layer")[-1])[..., :3])
    answer = predicted(run, cells(run, len(cell)))[..., 0] * 2 - 1
    assert np.abs(cell - answer).mean() < 0.05


# ------------------------------------------------------------------------ the line


@pytest.mark.parametrize("dataset", ["sine", "step", "cubic"])
def test_on_the_line_the_curve_is_the_networks_answer(dataset: str):
    run = trained(20, dataset=dataset, features=("x1", "x1^2"))
    x = np.linspace(-6, 6, LINE_RESOLUTION)[:, None]
    frame = built(run)
    assert "output" not in frame.kinds
    assert frame.numbers("curve") == pytest.approx(predicted(run, x)[:, 0], abs=1e-5)


def test_the_curve_of_own_data_is_in_their_own_units():
    run = trained(30, distances(), dataset="own", task="regression")
    points = run.data.points
    frame = built(run)
    low, high = (points.extent * points.scale + points.center)[0]
    original = np.linspace(low, high, LINE_RESOLUTION)
    plane = ((original - points.center) / points.scale)[:, None]
    price = predicted(run, plane)[:, 0] * points.target_scale + points.target_center
    assert frame.numbers("curve") == pytest.approx(price, rel=1e-4)
    assert low < 100 < 277 < high  # kilometres
    assert frame.numbers("curve").mean() > 4_000  # a price


def test_several_classes_on_the_line_are_a_curve_each():
    run = trained(30, kinds_on_the_line(), dataset="own")
    curve = built(run).numbers("curve").reshape(3, LINE_RESOLUTION)
    x = np.linspace(*run.data.points.extent[0], LINE_RESOLUTION)[:, None]
    assert curve == pytest.approx(predicted(run, x).T, abs=1e-5)


def test_on_the_line_there_are_no_hover_numbers():
    assert "hover" not in built(trained(1, dataset="sine"), hover=True).kinds


# ------------------------------------------------------------------------ hover numbers


def test_the_hover_numbers_are_the_answer_from_the_bottom_row_up():
    run = trained(40, dataset="xor", noise=0.2)
    side = PLAYING_RESOLUTION
    frame = built(run, hover=True)
    numbers = frame.numbers("hover").reshape(2, side, side)
    answer = predicted(run, cells(run, side))[::-1, :, 0]
    assert numbers[0] == pytest.approx(answer, abs=1e-5)
    assert frame.header["hover_side"] == side


def test_the_hover_numbers_of_several_classes_are_value_and_class():
    run = trained(30, dataset="blobs")
    side = PLAYING_RESOLUTION
    numbers = built(run, hover=True).numbers("hover").reshape(2, side, side)
    answer = predicted(run, cells(run, side))[::-1]
    assert numbers[0] == pytest.approx(answer.max(axis=-1), abs=1e-5)
    assert np.array_equal(numbers[1], answer.argmax(axis=-1))


# ------------------------------------------------------------------------ points


def test_all_points_are_sent_training_first():
    run = Run(RunConfig(dataset="blobs", n_samples=200, test_share=0.3))
    traces = built(run).json("points")
    counts = [len(trace["x"]) for trace in traces]
    assert len(traces) == 6  # three classes, twice
    assert sum(counts[:3]) == len(run.data.points.train)
    assert sum(counts[3:]) == len(run.data.points.test)


def test_every_point_is_in_the_trace_of_its_class():
    run = Run(RunConfig(n_samples=100))
    points = run.data.points
    for label, trace in enumerate(built(run).json("points")[:2]):
        own = points.train[points.train_target == label]
        assert np.stack([trace["x"], trace["y"]], axis=1) == pytest.approx(own, abs=1e-4)


def test_points_of_real_data_are_in_their_own_units():
    run = Run(RunConfig(dataset="iris"))
    traces = built(run).json("points")
    lengths = np.concatenate([trace["x"] for trace in traces])
    assert len(lengths) == 150
    low, high = built(run).json("scene")["extent"][0]
    assert low < lengths.min() < lengths.max() < high
    assert (lengths > 0).all()


def test_a_numeric_target_is_the_colour_of_its_point():
    run = Run(RunConfig(dataset="plane", n_samples=60))
    train, test = built(run).json("points")
    assert train["color"] == pytest.approx(run.data.points.train_target, abs=1e-4)
    assert test["color"] == pytest.approx(run.data.points.test_target, abs=1e-4)


def test_the_scene_names_the_traces_of_the_points():
    for settings, n in (({}, 4), ({"dataset": "plane"}, 2), ({"dataset": "sine"}, 2)):
        frame = built(Run(RunConfig(**settings)))
        scene = frame.json("scene")
        assert len(scene["pointTraces"]) == len(frame.json("points")) == n
        assert scene["pointTraces"][-1] == len(scene["output"]["data"]) - 1


# ------------------------------------------------------------------------ losses


def test_the_loss_curves_are_the_history():
    run = trained(50)
    epoch, train, test = built(run).numbers("losses").reshape(3, -1)
    assert np.array_equal(epoch, np.arange(51))
    assert train == pytest.approx(run.history.train_loss, rel=1e-6)
    assert test == pytest.approx(run.history.test_loss, rel=1e-6)


def test_long_loss_curves_are_thinned_and_keep_both_ends():
    run = trained(700, n_samples=20)
    rows = thinned(run.history, LOSS_POINTS)
    assert rows.shape[1] <= LOSS_POINTS
    assert (rows[0, 0], rows[0, -1]) == (0, 700)
    assert (np.diff(rows[0]) > 0).all()


def test_while_playing_the_loss_curves_come_a_few_times_a_second_only(
    monkeypatch: pytest.MonkeyPatch,
):
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    run, sent, drawn = Run(RunConfig(n_samples=60)), Sent(), 0
    for _ in range(40):  # two seconds of 20 frames
        now += 0.05
        run.advance(1)
        drawn += "losses" in built(run, sent=sent, playing=True).kinds
    assert 4 <= drawn <= 10


def test_the_loss_curves_are_complete_when_play_ends():
    run, sent = trained(5), Sent()
    built(run, sent=sent, playing=True)
    run.advance(3)
    epoch = built(run, sent=sent).numbers("losses").reshape(3, -1)[0]
    assert epoch[-1] == 8


# ------------------------------------------------------------------------ what a config is called


def test_equal_configs_have_equal_hashes():
    assert config_hash(RunConfig(noise=0.5)) == config_hash(RunConfig().replace(noise=0.5))


@pytest.mark.parametrize(
    "changes", [{"noise": 0.01}, {"hidden": ()}, {"learning_rate": 0.031}, {"weight_seed": 1}]
)
def test_another_config_has_another_hash(changes: dict):
    assert config_hash(RunConfig(**changes)) != config_hash(RunConfig())


def test_other_own_data_have_another_hash():
    first, second = distances(), table(["km,price", *(f"{i},{i * i % 11}.5" for i in range(40))])
    config = RunConfig(dataset="own")
    hashes = {built(Run(config, own)).header["config"] for own in (first, second)}
    assert len(hashes) == 2


# ------------------------------------------------------------------------ everything can be drawn


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("dataset", list(DATASETS))
def test_every_data_set_can_be_drawn_in_both_themes(dataset: str, theme: str):
    run = trained(2, dataset=dataset)
    frame = built(run, View(theme=theme), hover=True)
    assert "curve" in frame.kinds or picture(frame.one("output"))
    for png in frame.all("layer"):
        picture(png)


@pytest.mark.parametrize("discretize", [False, True])
@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf, 1e38])
@pytest.mark.parametrize(
    "settings",
    [{}, {"dataset": "blobs"}, {"dataset": "plane"}, {"dataset": "sine"}],
    ids=["two classes", "three classes", "plane", "line"],
)
def test_a_network_of_broken_numbers_can_be_drawn(settings: dict, broken: float, discretize: bool):
    run = Run(RunConfig(hidden=((4, "relu"),), **settings))
    run.network.parameters[:] = broken
    frame = built(run, View(discretize=discretize), hover=True)
    for png in [*frame.all("layer"), *frame.all("output")]:
        picture(png)


def test_measures_that_are_not_finite_are_none_and_the_header_stays_json():
    run = Run(RunConfig())
    run.network.parameters[:] = np.nan
    frame = bytes(frames.build(run, LIGHT, Sent(), {}, playing=False))
    length = int.from_bytes(frame[:4], "little")

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    header = json.loads(frame[4 : 4 + length], parse_constant=refuse)
    assert header["train_loss"] is None


def test_names_of_own_data_survive_as_they_are():
    strange = "<b>"  # a name with marks, and one with letters of another script
    rows = [f'"{strange}",größe,art', *(f"{i},{i * 7 % 11},{'αβ'[i % 2]}" for i in range(30))]
    run = trained(2, table(rows), dataset="own")
    scene = built(run).json("scene")
    assert scene["output"]["layout"]["xaxis"]["title"]["text"].endswith(in_figure(strange))
    assert scene["inputNames"][0] == strange
    assert "größe" in scene["output"]["layout"]["yaxis"]["title"]["text"]
    assert scene["classes"] == ["α", "β"]


@pytest.mark.parametrize("features", [("x1",), ("x2",), ("x1*x2", "sin(x2)")])
def test_the_scene_says_which_inputs_are_on(features: tuple):
    scene = built(Run(RunConfig(features=features))).json("scene")
    assert [each["name"] for each in scene["inputs"] if each["on"]] == list(features)
    assert len(scene["nodes"][0]) == len(features)


def test_on_the_line_inputs_with_x2_are_not_offered():
    scene = built(Run(RunConfig(dataset="sine"))).json("scene")
    assert {each["name"] for each in scene["inputs"]} == {"x1", "x1^2", "sin(x1)"}


# ------------------------------------------------------------------------ what has not changed


def test_while_nothing_changes_no_field_is_sent_twice():
    run, sent = trained(), Sent()
    built(run, sent=sent, hover=True)
    assert built(run, sent=sent, hover=True).kinds == ["weights"]


def test_another_probe_costs_no_picture():
    run, sent = trained(), Sent()
    built(run, sent=sent)
    assert built(run, View(probe=(1.0, 2.0)), sent).kinds == ["weights", "probe"]


def test_a_paused_frame_brings_the_finer_picture_once():
    run, sent = trained(), Sent()
    built(run, sent=sent, playing=True)
    assert "output" in built(run, sent=sent).kinds
    assert "output" not in built(run, sent=sent, playing=True).kinds


@pytest.mark.parametrize("name", ["w-1-1-1", "kill-1-2"])
def test_an_edit_brings_the_fields_of_the_edited_network(name: str):
    run, sent = trained(), Sent()
    built(run, sent=sent)
    run.edit(name, 1)
    cell = values(colours(built(run, sent=sent).all("layer")[-1])[..., :3])
    answer = predicted(run, cells(run, len(cell)))[..., 0] * 2 - 1
    assert np.abs(cell - answer).mean() < 0.05


def test_a_new_layout_brings_the_pictures_again():
    run, sent = trained(), Sent()
    built(run, sent=sent)
    assert "layer" in built(run, View(width=400), sent).kinds


# ------------------------------------------------------------------------ frozen and killed


def test_the_first_frame_says_that_nothing_is_frozen():
    header = built(trained(1)).header
    assert header["frozen"] == header["killed"] == []


def test_what_is_frozen_or_killed_is_said_when_it_changed():
    run, sent = Run(RunConfig(hidden=((2, "tanh"),))), Sent()
    built(run, sent=sent)
    assert "frozen" not in built(run, sent=sent).header
    run.edit("freeze-w-1-2-1", 1)
    run.edit("kill-1-2", 1)
    header = built(run, sent=sent).header
    assert header["frozen"] == [2]  # W row by row: from x2 to the first unit
    assert header["killed"] == [[1, 2]]


# ------------------------------------------------------------------------ one point on its way


def along(run: Run, numbers: np.ndarray) -> list[np.ndarray]:
    """The blob `probe` cut into A of the inputs, then Z and A of every layer."""
    sizes = [run.network.sizes[0], *np.repeat(run.network.sizes[1:], 2)]
    return np.split(numbers, np.cumsum(sizes)[:-1])


@pytest.mark.parametrize("settings", [{}, {"dataset": "blobs", "features": ("x1", "x1*x2")}])
def test_the_probe_is_the_networks_own_way(settings: dict):
    run = trained(20, **settings)
    inputs, *rest = along(run, built(run, View(probe=(1.5, -2.0))).numbers("probe"))
    trace = run.network.forward(phi(np.array([[1.5, -2.0]]), run.data.features))
    assert inputs == pytest.approx(trace.A[0][0])
    for layer in range(1, run.network.depth + 1):
        assert rest[2 * layer - 2] == pytest.approx(trace.Z[layer][0])
        assert rest[2 * layer - 1] == pytest.approx(trace.A[layer][0])


def test_the_probe_is_given_in_the_units_of_the_axes():
    run = trained(5, dataset="iris")
    points = run.data.points
    place = points.train[3] * points.scale + points.center
    inputs = along(run, built(run, View(probe=tuple(place))).numbers("probe"))[0]
    assert inputs == pytest.approx(run.data.X_train[3], abs=1e-4)


def test_a_probe_of_the_plane_is_none_on_the_line():
    run = trained(1, dataset="sine")
    assert "probe" not in built(run, View(probe=(1.0, 2.0))).kinds
    assert "probe" in built(run, View(probe=(1.0,))).kinds


def test_the_products_of_a_unit_add_up_to_its_z():
    run = trained()
    frame = built(run, View(neuron=(2, 1), probe=(1.0, 2.0)))
    z = along(run, frame.numbers("probe"))[3][0]
    assert frame.numbers("products").sum() + run.network.biases[1][0] == pytest.approx(z)


# ------------------------------------------------------------------------ one unit, large


@pytest.mark.parametrize("pre", [False, True])
@pytest.mark.parametrize("neuron", [(1, 3), (2, 2)])
def test_the_close_up_is_the_units_z_or_a(neuron: tuple, pre: bool):
    run = trained()
    frame = built(run, View(neuron=neuron, pre=pre))
    seen = values(colours(frame.one("neuron"))[..., :3])
    side = len(seen)
    trace = run.network.forward(phi(cells(run, side).reshape(-1, 2), run.data.features))
    layer, unit = neuron
    expected = (trace.Z if pre else trace.A)[layer][:, unit - 1].reshape(side, side)
    scale = frame.header["unit"]
    assert side >= 96
    assert scale["high"] == -scale["low"] == pytest.approx(max(1, np.abs(expected).max()), rel=1e-4)
    assert np.abs(seen * scale["high"] - expected).max() < 0.03 * scale["high"]


def test_the_close_up_of_the_output_has_its_threshold_in_the_middle():
    scale = built(trained(), View(neuron=(3, 1))).header["unit"]
    assert (scale["low"] + scale["high"]) / 2 == pytest.approx(0.5)


def test_the_close_up_of_a_class_is_in_its_colour():
    run = trained(30, dataset="blobs")
    frame = built(run, View(neuron=(3, 2)))
    pixels = colours(frame.one("neuron"))[..., :3]
    share = predicted(run, cells(run, len(pixels)))[..., 1]
    assert (classes_seen(pixels, 3) == 1)[share > 0.5].all()
    assert frame.header["unit"]["colours"][-1] == CLASSES[1]


def test_the_close_up_comes_again_only_when_it_changed():
    run, sent, view = trained(), Sent(), View(neuron=(1, 1))
    built(run, view, sent)
    assert "neuron" not in built(run, view, sent).kinds
    assert "neuron" in built(run, View(neuron=(1, 1), pre=True), sent).kinds


@pytest.mark.parametrize("neuron", [(1, 5), (4, 1)])
def test_a_unit_that_the_network_has_no_more_brings_nothing(neuron: tuple):
    frame = built(trained(1), View(neuron=neuron, probe=(0.0, 0.0)))
    assert not {"neuron", "products"} & set(frame.kinds)


@pytest.mark.parametrize("dataset", ["sine", "iris", "plane"])
@pytest.mark.parametrize("pre", [False, True])
def test_every_kind_of_data_has_close_ups(dataset: str, pre: bool):
    run = trained(1, dataset=dataset)
    for layer, units in enumerate(run.network.sizes[1:], start=1):
        for unit in range(1, units + 1):
            picture(built(run, View(neuron=(layer, unit), pre=pre)).one("neuron"))


# ------------------------------------------------------------------------ points, one by one


def in_trace_order(run: Run) -> list[tuple[np.ndarray, int]]:
    """(place in original units, class) of every point, read back from the point traces."""
    traces, k = built(run).json("points"), run.data.points.n_classes
    return [
        (np.array(place), i % k)
        for i, trace in enumerate(traces)
        for place in zip(trace["x"], trace["y"], strict=True)
    ]


@pytest.mark.parametrize("dataset", ["xor", "blobs"])
def test_every_point_has_the_networks_output_class_and_loss(dataset: str):
    run = trained(5, dataset=dataset)
    value, said, loss = built(run, hover=True).numbers("samples").reshape(3, -1)
    places = np.array([place for place, _ in in_trace_order(run)])
    answer = predicted(run, places)
    assert value == pytest.approx(answer.max(axis=1), abs=1e-3)
    k = answer.shape[1]
    assert np.array_equal(said, answer.argmax(axis=1) if k > 1 else answer[:, 0] >= 0.5)
    assert loss[: len(run.data.y_train)].mean() == pytest.approx(run.measure()[0], rel=1e-4)


def test_the_outputs_of_a_regressions_points_are_in_the_targets_units():
    run = trained(20, distances(), dataset="own", task="regression")
    value, _, _ = built(run, hover=True).numbers("samples").reshape(3, -1)
    points = run.data.points
    x = np.concatenate([points.train, points.test])
    assert value == pytest.approx(
        predicted(run, x)[:, 0] * points.target_scale + points.target_center, rel=1e-4
    )


@pytest.mark.parametrize("dataset", ["xor", "blobs"])
def test_wrong_are_the_points_in_another_class(dataset: str):
    run = trained(2, dataset=dataset)
    found = np.frombuffer(built(run, View(wrong=True)).one("wrong"), np.uint8)
    for (place, label), ringed in zip(in_trace_order(run), found, strict=True):
        answer = predicted(run, place[None])[0]
        said = answer.argmax() if len(answer) > 1 else int(answer[0] >= 0.5)
        assert ringed == (said != label) or abs(answer[0] - 0.5) < 1e-3
    assert 0 < found.sum() < len(found)


def test_wrong_in_a_regression_are_the_largest_losses():
    run = trained(2, dataset="plane", n_samples=200)
    frame = built(run, View(wrong=True), hover=True)
    found = np.frombuffer(frame.one("wrong"), np.uint8).astype(bool)
    loss = frame.numbers("samples").reshape(3, -1)[2]
    assert found.sum() == 20
    assert loss[found].min() >= loss[~found].max()


def test_while_playing_the_rings_come_a_few_times_a_second_only(monkeypatch: pytest.MonkeyPatch):
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    run, sent, drawn = Run(RunConfig(n_samples=60)), Sent(), 0
    for _ in range(40):  # two seconds of 20 frames
        now += 0.05
        run.advance(1)
        drawn += "wrong" in built(run, View(wrong=True), sent, playing=True).kinds
    assert 4 <= drawn <= 10


def test_a_view_that_rests_keeps_no_fine_grid():
    sent = Sent()
    for epochs in (1, 2):  # it comes to rest, goes on, and comes to rest again
        built(trained(epochs), sent=sent, hover=True)
    kept = [each for each in vars(sent.fields).values() if isinstance(each, Grid | OutputField)]
    assert [len(grid.axes[0]) for grid in kept] == [PLAYING_RESOLUTION]


def test_the_curve_of_a_branch_whose_loss_is_not_finite_has_a_gap_there(
    monkeypatch: pytest.MonkeyPatch,
):
    rows = np.array([[0, 1, 2], [1, 1, 1], [0.5, np.inf, np.nan]], np.float32)
    monkeypatch.setattr(frames, "thinned", lambda history, points: rows)
    curves = frames.Curves("A", {"A": trained(), "B": trained()})
    frame = take_apart(
        bytes(frames.build(trained(), LIGHT, Sent(), {}, playing=True, curves=curves))
    )
    assert frame.json("futures")["others"] == {"B": [[0, 1, 2], [0.5, None, None]]}
