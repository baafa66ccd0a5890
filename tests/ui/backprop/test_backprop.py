"""The Backprop board: what goes to the page is autograd's and nnlib's, step by step."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from autograd import grad

from nnlib.config import RunConfig
from nnlib.explaining.descent import take_step
from nnlib.fast.passes import layer_views
from nnlib.network import MLP
from nnlib.run import Run
from pages.ui.backprop.backprop import VERBS, Microscope
from pages.ui.backprop.panels import MOST_CHECKS, MOST_ROWS, plain
from pages.ui.backprop.subject import LAST, LEVELS, Backprop, point
from pages.ui.session.session import Session
from pages.ui.shell import link_text
from tests.nnlib.explaining.backprop_oracle import loss_of
from tests.ui.board_viewer import say
from tests.ui.taken_apart import Frame, picture, take_apart

CONFIG = RunConfig(n_samples=60, hidden=[(3, "tanh"), (2, "relu")], learning_rate=0.1)


class Viewer:
    """A client of the board, and the trainer that gives it and its session turns."""

    def __init__(self, config: RunConfig = CONFIG, **settings: object) -> None:
        self.session = Session(config)
        self.session.run.advance(3)
        self.board = Microscope(self.session, Backprop(**settings))
        self.frames: list[Frame] = []
        self.board.attach(lambda frame: self.frames.append(take_apart(frame)))
        self.turns()

    def turns(self) -> None:
        for _ in range(4):
            for watched in (self.session, self.board):
                if watched.due(time.monotonic()) is not None:
                    watched.turn(0.01)
            self.board.drawn()

    def set(self, **changes: object) -> dict:
        """Change settings; the board's JSON of the answer."""
        say(self.board, VERBS, "set", changes)
        self.turns()
        assert self.frames[-1].header["problem"] == ""
        return self.json()

    def json(self) -> dict:
        return self.frames[-1].json("board")

    @property
    def run(self) -> Run:
        return self.session.run

    def network(self) -> MLP:
        """The network in float64."""
        own = self.run.network
        copy = MLP(
            own.sizes,
            [f.name for f in own.activations],
            rng=np.random.default_rng(0),
            dtype=np.float64,
        )
        copy.parameters[:] = own.parameters
        return copy

    def example(self) -> tuple[np.ndarray, np.ndarray]:
        at = point(self.board.settings, self.run)
        return at.phi, at.y


def gradient_on_page(viewer: Viewer) -> np.ndarray:
    """The flat gradient, collected step by step as a person who presses Next sees it."""
    flat = np.full(len(viewer.run.network.parameters), np.nan)
    views = layer_views(viewer.run.network, flat)
    for place, step in enumerate(viewer.set(place=0)["steps"], start=1):
        if step["id"][:2] in ("dW", "db"):
            shown = viewer.set(place=place)["step"]
            assert shown["id"] == step["id"]
            values = np.array(shown["result"]["values"])
            layer = views[int(step["id"][2:]) - 1]
            if step["id"].startswith("dW"):
                layer[:-1] = values
            else:
                layer[-1] = values[:, 0]
    return flat


# ------------------------------------------------------------------------ the numbers


@pytest.mark.parametrize(
    "config",
    [
        CONFIG,
        CONFIG.replace(hidden=[]),
        CONFIG.replace(dataset="iris", hidden=[(4, "silu")]),
        CONFIG.replace(dataset="sine", hidden=[(5, "tanh")]),
        CONFIG.replace(dataset="xor", features=("x1", "x1*x2", "sin(x2)"), output="softmax"),
    ],
)
def test_the_gradients_on_the_page_are_autograds_and_the_networks(config: RunConfig):
    viewer = Viewer(config, level="network", example=7)
    found = gradient_on_page(viewer)
    net, (x, y) = viewer.network(), viewer.example()
    expected = net.loss_and_gradient(x[None], y[None], viewer.run.loss)[1]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
    names = [f.name for f in net.activations]
    oracle = grad(loss_of(names, net.sizes, viewer.run.loss.name, x, y))
    np.testing.assert_allclose(found, oracle(net.parameters), rtol=1e-9, atol=1e-12)


def test_values_appear_in_the_graph_with_the_steps():
    viewer = Viewer(level="network")
    board = viewer.set(place=4)
    there = {id for id, spot in board["spots"].items() if spot["place"] <= board["place"]}
    assert {"A0", "W1", "b1", "Z1", "A1", "Z2", "A2"} <= there
    assert not there & {"Z3", "L", "dA3", "dW1"}


def test_the_graph_has_every_value_of_the_forward_pass():
    viewer = Viewer(level="network")
    spots = viewer.json()["spots"]
    trace = viewer.network().forward(viewer.example()[0][None])
    for layer in (1, 2, 3):
        for letter, values in (("Z", trace.Z), ("A", trace.A)):
            found = np.array(spots[f"{letter}{layer}"]["values"])[:, 0]
            np.testing.assert_allclose(found, values[layer][0], rtol=1e-12)


def test_every_gradient_has_its_difference_beside_it():
    viewer = Viewer(level="network")
    for place, step in enumerate(viewer.json()["steps"], start=1):
        checks = viewer.set(place=place)["step"]["checks"]
        if not step["back"]:
            assert checks is None
            continue
        assert checks["green"]
        assert len(checks["entries"]) == checks["of"]


def test_of_a_wide_layer_a_spread_of_the_gradient_is_checked():
    viewer = Viewer(CONFIG.replace(hidden=[(32, "tanh"), (32, "tanh")]), level="network")
    steps = [step["id"] for step in viewer.json()["steps"]]
    checks = viewer.set(place=steps.index("dW2") + 1)["step"]["checks"]
    assert checks["green"]
    assert (len(checks["entries"]), checks["of"]) == (MOST_CHECKS, 1024)


def test_shapes_are_the_lectures_in_symbols_and_in_numbers():
    viewer = Viewer(level="network")
    steps = [step["id"] for step in viewer.json()["steps"]]
    step = viewer.set(place=steps.index("dZ1") + 1)["step"]
    shapes = [(each["shape"], each["size"]) for each in (*step["factors"], step["result"])]
    n1 = "<i>n</i><sup>1</sup>"
    assert shapes == [(f"{n1} × {n1}", [3, 3]), (f"{n1} × 1", [3, 1]), (f"{n1} × 1", [3, 1])]
    assert step["factors"][0]["diagonal"]


def test_the_chain_lights_up_from_right_to_left():
    viewer = Viewer(level="network")
    done = [viewer.set(place=place)["chain"]["done"] for place in range(23)]
    assert done == sorted(done)
    assert done[7] == 0  # forward
    assert done[-1] == len(viewer.json()["chain"]["factors"]) == 6
    assert viewer.set(place=8)["chain"]["product"]["size"] == [1, 1]


def test_factors_that_are_not_computed_yet_are_not_sent():
    factors = Viewer(level="network", place=10).json()["chain"]["factors"]
    known = ["values" in each or "levels" in each for each in factors]
    assert known == [False, False, False, False, True, True]


# ------------------------------------------------------------------------ levels and detail


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_has_steps_forward_and_backward_and_all_checks_are_green(level: str):
    viewer = Viewer(level=level)
    steps = viewer.json()["steps"]
    assert [step["back"] for step in steps] == sorted(step["back"] for step in steps)
    for place in range(1, len(steps) + 1):
        step = viewer.set(place=place)["step"]
        assert step["checks"] is None or step["checks"]["green"]
        assert step["formula"]


def test_a_layer_shows_its_own_steps():
    ids = [step["id"] for step in Viewer(level="layer", layer=2).json()["steps"]]
    assert ids == ["Z2", "A2", "L", "dA2", "J2", "dZ2", "dW2", "db2", "dA1"]


def test_a_layer_that_is_not_there_is_the_last_one():
    assert "dW3" in [step["id"] for step in Viewer(level="layer", layer=7).json()["steps"]]


def test_a_neurons_story_tells_of_the_unit():
    viewer = Viewer(level="network", detail="neuron", unit=2)
    trace = viewer.network().forward(viewer.example()[0][None])
    spots = viewer.json()["spots"]
    assert spots["Z1"]["values"] == [[pytest.approx(trace.Z[1][0, 1], rel=1e-12)]]
    assert spots["W1"]["size"] == [2, 1]


def test_the_scalar_chain_follows_x():
    spots = Viewer(level="chain", x=0.5, inner="tanh", outer="sine").json()["spots"]
    found = {id: spots[id]["values"][0][0] for id in ("u", "h", "dh_dx")}
    u = math.tanh(0.5)
    assert found == pytest.approx(
        {"u": u, "h": math.sin(u), "dh_dx": math.cos(u) * (1 - u * u)}, rel=1e-12
    )


def test_a_small_graph_sends_nothing_while_the_network_trains():
    viewer = Viewer(level="linear")
    before = len(viewer.frames)
    viewer.session.step()
    viewer.turns()
    assert viewer.run.epoch == 4
    assert len(viewer.frames) == before


# ------------------------------------------------------------------------ the point


def test_a_typed_point_is_in_the_units_of_the_data():
    viewer = Viewer(CONFIG.replace(dataset="iris"), level="network")
    board = viewer.set(example=-1, x1=4.5, x2=1.5, y=1.0)
    points = viewer.run.data.points
    expected = (np.array([4.5, 1.5]) - points.center) / points.scale
    assert [value for _, value in board["point"]["phi"]] == pytest.approx(expected)
    assert board["point"]["example"] is None
    assert np.array(board["spots"]["y"]["values"])[:, 0].tolist() == [0, 1, 0]


def test_a_typed_class_that_is_not_there_becomes_the_nearest():
    board = Viewer(level="network", example=-1, y=9.0).json()
    assert board["point"]["target"] == 1


def test_inputs_without_a_name_of_their_own_are_written_as_the_lecture_does():
    assert Viewer(level="network").frames[0].json("points")["names"] == ["x₁", "x₂"]


def test_a_training_point_beyond_the_last_is_the_last():
    viewer = Viewer(level="network", example=1_000)
    assert viewer.json()["point"]["example"] == viewer.json()["point"]["of"] - 1


def test_the_points_are_sent_once_and_the_field_is_a_picture():
    viewer = Viewer(level="network")
    assert len(viewer.frames[0].json("points")["at"]) == 30
    viewer.set(example=3)
    assert "points" not in viewer.frames[-1].kinds
    assert picture(viewer.frames[-1].one("field")).size == (64, 64)


# ------------------------------------------------------------------------ take the step


def test_the_step_is_shown_for_every_weight_and_nothing_moves():
    viewer = Viewer(level="network", panel="descent", over="batch")
    before = viewer.run.network.parameters.copy()
    shown = viewer.frames[-1].json("descent")["step"]
    X, y = (
        each[viewer.run.next_rows()] for each in (viewer.run.data.X_train, viewer.run.data.y_train)
    )
    expected = take_step(viewer.network(), X, y, viewer.run.loss, 0.1)
    assert [row["new"] for row in shown["rows"]] == expected.new.tolist()
    assert [row["gradient"] for row in shown["rows"]] == expected.gradient.tolist()
    assert shown["sides"]["batch"]["after"] == expected.loss_after
    assert shown["checks"]["green"]
    assert np.array_equal(viewer.run.network.parameters, before)


def test_the_batch_shown_is_the_one_that_training_takes():
    viewer = Viewer(level="network", panel="descent", over="batch")
    announced = [row["new"] for row in viewer.frames[-1].json("descent")["step"]["rows"]]
    say(viewer.board, VERBS, "train_batch", None)
    viewer.turns()
    assert viewer.run.batch == 1
    np.testing.assert_allclose(viewer.run.network.parameters, announced, rtol=1e-5, atol=1e-6)


def test_the_examples_gradients_have_the_batchs_as_their_mean():
    viewer = Viewer(level="network", panel="descent", over="batch")
    found = viewer.frames[-1].json("descent")["step"]["sum"]
    examples = np.array(found["examples"])
    np.testing.assert_allclose(examples[:-1].mean(axis=0), examples[-1], rtol=1e-9, atol=1e-15)
    assert found["apart"] < 1e-15


def test_example_batch_and_everything_stand_side_by_side():
    viewer = Viewer(level="network", panel="descent")
    shown = viewer.frames[-1].json("descent")["step"]
    assert shown["of"] == {"example": 1, "batch": 10, "all": 30}
    assert shown["sides"]["all"]["cosine"] == pytest.approx(1)
    assert abs(shown["sides"]["batch"]["cosine"]) <= 1


def test_of_many_weights_those_with_the_largest_gradients_are_listed():
    config = CONFIG.replace(hidden=[(16, "tanh"), (8, "tanh")])
    shown = Viewer(config, level="network", panel="descent").frames[-1].json("descent")["step"]
    sizes = [abs(row["gradient"]) for row in shown["rows"]]
    assert len(sizes) == MOST_ROWS < shown["parameters"]
    assert sizes == sorted(sizes, reverse=True)


def test_gradients_that_are_0_are_counted_and_not_listed():
    config = CONFIG.replace(hidden=[(64, "relu")])
    viewer = Viewer(config, level="network")
    viewer.run.network.parameters[:] = 0
    viewer.run.network.parameters[64:66] = 1, -1  # weights of x2: two units differ
    shown = viewer.set(example=1, panel="descent") and viewer.frames[-1].json("descent")["step"]
    x, y = viewer.example()
    gradient = viewer.network().loss_and_gradient(x[None], y[None], viewer.run.loss)[1]
    assert shown["zeros"] == (gradient == 0).sum() > 0
    assert len(shown["rows"]) == min(MOST_ROWS, (gradient != 0).sum())
    assert all(row["gradient"] for row in shown["rows"])


def test_a_frozen_weight_stays():
    viewer = Viewer(level="network", panel="descent", over="all")
    viewer.run.edit("freeze-w-1-1-1", 1)
    viewer.set(example=2)
    row = viewer.frames[-1].json("descent")["step"]["rows"][0]
    assert row["old"] == row["new"]
    assert row["gradient"] != 0


def test_another_optimizer_is_said():
    shown = Viewer(CONFIG.replace(optimizer="adam"), level="network", panel="descent")
    assert "Adam" in shown.frames[-1].json("descent")["step"]["words"]


def test_the_regressions_step_is_by_hand():
    # w = (1, 0), w0 = 0, x = (2, 0), y = 1: g = 2, dL/dw = (4, 0), dL/dw0 = 2; rate 0.1
    viewer = Viewer(
        level="linear",
        w1=1.0,
        w2=0.0,
        w0=0.0,
        r1=2.0,
        r2=0.0,
        target=1.0,
        panel="descent",
        rate=0.1,
    )
    rows = viewer.frames[-1].json("descent")["step"]["rows"]
    assert [row["new"] for row in rows] == pytest.approx([0.6, 0.0, -0.2])


# ------------------------------------------------------------------------ what may be set


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("level:deep", "level: 'deep' is not possible"),
        ("place:-1", "place: -1 is not possible; allowed: a whole number from 0 to 999"),
        ("x:9", "x: 9.0 is not possible; allowed: a number from -4 to 4"),
        ("inner:softmax", "inner: 'softmax' is not possible"),
        ("rate:-1", "rate"),
    ],
)
def test_a_bad_link_gets_a_sentence_and_the_default(text: str, said: str):
    settings, (problem,) = link_text.read(text, Backprop())
    assert settings == Backprop()
    assert said in problem


def test_a_link_brings_back_what_was_looked_at():
    settings = Backprop(level="network", place=12, example=4, detail="neuron", unit=2)
    text = link_text.write(settings, Backprop())
    assert link_text.read(text, Backprop()) == (settings, [])


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_opens_at_its_first_step(level: str):
    board = Viewer(level=level).json()
    assert board["place"] == 1 < len(board["steps"])
    assert not board["step"]["back"]


def test_a_place_beyond_the_last_step_is_the_last():
    board = Viewer(level="logistic", place=LAST).json()
    assert board["place"] == len(board["steps"])


def test_numbers_that_are_not_finite_are_words():
    values = np.array([[1.5, math.inf], [-math.inf, math.nan]])
    assert plain(values) == [[1.5, "∞"], ["−∞", "undefined"]]


def test_a_network_whose_numbers_overflow_is_shown_all_the_same():
    viewer = Viewer(level="network", panel="descent")
    viewer.run.network.parameters[:] = np.inf
    board = viewer.set(example=1, place=20)
    assert board["step"]["checks"]["green"] is False
