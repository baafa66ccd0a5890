"""The neuron's board: arithmetic, hinge, field and chain, each against another way to it."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from nnlib.activations import HIDDEN_ACTIVATIONS
from nnlib.explaining.chains import gradient_norms
from pages.ui.drawing.function_figures import X_RANGE
from pages.ui.functions.neuron import (
    CELLS,
    NETWORKS,
    Neuron,
    X,
    at_point,
    draw,
    hinge,
    neuron,
    plane,
)
from pages.ui.functions.protocol import NEURON
from pages.ui.live.packing import Packet
from pages.ui.sandbox.sandbox import Sandbox
from pages.ui.shell import link_text
from tests.ui.taken_apart import Frame, colours, take_apart


def frame(**settings: object) -> Frame:
    packet = Packet(NEURON)
    draw(Neuron(**settings), packet)
    return take_apart(bytes(packet))


def a_of(w: np.ndarray, b: float, name: str, x: np.ndarray) -> float:
    return float(neuron(w, b, name, x[None])[1][0])


# ------------------------------------------------------------------------ numbers


def test_z_and_a_by_hand():
    header = frame(w=2.0, b=-0.5, x=1.5, w1=1.0, w2=-2.0, c=0.5, x1=0.5, x2=1.0).header
    assert (header["line"]["z"], header["line"]["a"]) == (2.5, 2.5)
    assert (header["plane"]["z"], header["plane"]["a"]) == (-1.0, 0.0)


@pytest.mark.parametrize("name", HIDDEN_ACTIVATIONS)
def test_the_gradients_are_central_differences(name: str, rng: np.random.Generator):
    w, b, x, h = rng.normal(size=2), 0.3, rng.normal(size=2), 1e-6
    found = at_point(w, b, name, x)
    for i, step in enumerate(np.eye(2) * h):
        numerical = (a_of(w + step, b, name, x) - a_of(w - step, b, name, x)) / (2 * h)
        assert found["da_dw"][i] == pytest.approx(numerical, abs=1e-8)
    numerical = (a_of(w, b + h, name, x) - a_of(w, b - h, name, x)) / (2 * h)
    assert found["slope"] == pytest.approx(numerical, abs=1e-8)


def test_the_curve_bends_at_the_hinge():
    sent = frame(w=-2.0, b=1.0)
    z, a = sent.numbers("line").reshape(2, len(X))
    at = sent.header["line"]["hinge"]
    assert at == 0.5
    np.testing.assert_array_equal(a > 0, (at - 1e-9 > X))
    np.testing.assert_allclose(z, 1 - 2 * X, atol=1e-6)


def test_without_a_weight_there_is_no_hinge():
    assert frame(w=0.0).header["line"]["hinge"] is None
    header = frame(w1=0.0, w2=0.0).header["plane"]
    assert (header["hinge"], header["normal"], header["distance"]) == (None, None, None)


# ------------------------------------------------------------------------ the plane


@pytest.mark.parametrize(
    ("w", "b"),
    [((1, 0), 1), ((0, 2), -1), ((1, 1), 0), ((1, -0.8), 0.5), ((-3, 0.1), 2), ((0.5, 0.5), 3.9)],
)
def test_the_hinge_line_runs_from_rim_to_rim_where_z_is_0(w: tuple, b: float):
    ends = np.array(hinge(np.array(w, float), b))
    np.testing.assert_allclose(ends @ w + b, 0, atol=1e-12)
    assert np.abs(ends).max(axis=1) == pytest.approx([X_RANGE[1]] * 2)
    assert np.linalg.norm(ends[1] - ends[0]) > 0.1


def test_a_hinge_line_outside_the_picture_is_not_drawn():
    assert hinge(np.array([0.1, 0.1]), 3.0) is None
    assert hinge(np.array([0.5, 0.0]), 3.0) is None


def test_the_weight_vector_stands_upright_on_the_hinge_line():
    header = frame().header["plane"]
    foot, tip = np.array(header["normal"])
    along = np.subtract(*header["hinge"])
    assert (tip - foot) @ along == pytest.approx(0)
    assert foot @ [1.0, -0.8] + 0.5 == pytest.approx(0)
    assert np.linalg.norm(tip - foot) == pytest.approx(header["length"])


def test_the_distance_to_the_line_is_that_of_the_nearest_point_on_it():
    header = frame().header["plane"]
    ends = np.array(header["hinge"])
    along = np.linspace(ends[0], ends[1], 100_001)
    nearest = np.linalg.norm(along - [2.0, -1.0], axis=1).min()
    assert abs(header["distance"]) == pytest.approx(nearest, abs=1e-6)


@pytest.mark.parametrize("field", ["z", "a"])
def test_the_fields_cells_are_the_neuron_at_their_centres(field: str):
    settings = Neuron(activation="tanh", field=field)
    values, _ = plane(settings)
    assert values.shape == (CELLS, CELLS)
    side = (X_RANGE[1] - X_RANGE[0]) / CELLS
    for row, column in ((0, 0), (0, CELLS - 1), (40, 7)):
        x1 = X_RANGE[0] + (column + 0.5) * side
        x2 = X_RANGE[1] - (row + 0.5) * side  # the top row first
        z = 1.0 * x1 - 0.8 * x2 + 0.5
        assert values[row, column] == pytest.approx(math.tanh(z) if field == "a" else z)


def test_the_picture_is_blue_where_z_is_positive_and_orange_where_it_is_negative():
    for theme in ("light", "dark"):
        pixels = colours(frame(field="z", w1=3.0, w2=0.0, c=0.0).one(theme))
        (left, right) = pixels[CELLS // 2, [0, -1], :3]
        assert right[2] > right[0]
        assert left[0] > left[2]


def test_the_colour_scale_does_not_move_with_the_weights():
    scales = {plane(Neuron(activation="relu", w1=w1))[1] for w1 in (-3.0, 0.1, 3.0)}
    assert scales == {4.0}


# ------------------------------------------------------------------------ the chain


def test_the_chain_is_the_cores_measurement_on_several_networks_and_their_median():
    sent = frame(shown="relu,tanh", depth=6, width=5, seed=10, initializer="he_normal")
    lines = sent.numbers("chain").reshape(2, NETWORKS + 1, 6)
    for name, found in zip(("tanh", "relu"), lines, strict=True):
        sizes = np.array(
            [gradient_norms(6, 5, name, "he_normal", 10 + seed) for seed in range(NETWORKS)]
        )
        np.testing.assert_allclose(found[:-1], np.log10(sizes), atol=1e-6)
        np.testing.assert_allclose(found[-1], np.log10(np.median(sizes, axis=0)), atol=1e-6)


def test_the_words_say_what_the_lines_show():
    meaning = frame(shown="sigmoid,selu").header["chain"]["meaning"]
    assert meaning["sigmoid"]["verdict"] == "vanishes"
    assert meaning["sigmoid"]["factor"] < 0.3
    assert meaning["selu"]["verdict"] == "keeps"
    assert (
        frame(shown="linear", initializer="uniform", width=32).header["chain"]["meaning"]["linear"][
            "verdict"
        ]
        == "explodes"
    )


def test_a_gradient_of_exactly_0_is_sent_as_such():
    sent = frame(shown="tanh", initializer="zeros", depth=3)
    np.testing.assert_array_equal(
        sent.numbers("chain").reshape(NETWORKS + 1, 3)[0], [-np.inf, -np.inf, 0]
    )
    assert sent.header["chain"]["meaning"]["tanh"]["total"] == 0


def test_one_layer_has_no_factor():
    assert frame(depth=1).header["chain"]["meaning"]["relu"]["factor"] is None


def test_the_axis_holds_every_line():
    sent = frame(shown=",".join(HIDDEN_ACTIVATIONS), initializer="normal")
    low, high = sent.header["chain"]["range"]
    lines = sent.numbers("chain")
    assert low < lines.min()
    assert lines.max() < high


# ------------------------------------------------------------------------ settings and link


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"w": 3.01}, "w"),
        ({"x1": "far"}, "x1"),
        ({"activation": "softmax"}, "activation"),
        ({"field": "b"}, "field"),
        ({"initializer": "best"}, "initializer"),
        ({"depth": 21}, "depth"),
        ({"depth": 2.5}, "depth"),
        ({"width": 0}, "width"),
        ({"seed": 2**32}, "seed"),
        ({"shown": "relu,softmax"}, "shown"),
    ],
)
def test_what_is_not_possible_becomes_a_sentence_and_changes_nothing(changes: dict, field: str):
    sandbox, frames = Sandbox(Neuron(), draw, protocol=NEURON), []
    sandbox.attach(frames.append)
    sandbox.set(changes)
    sandbox.turn(0.01)
    header = take_apart(frames[-1]).header
    assert field in header["problem"]
    assert header["settings"] == Neuron().model_dump()


def test_the_link_brings_the_settings_back():
    settings = Neuron(activation="tanh", w=-2.5, depth=7, shown="gelu", seed=5)
    text = link_text.write(settings, Neuron())
    assert text == "activation:tanh;w:-2.5;shown:gelu;depth:7;seed:5"
    assert link_text.read(text, Neuron()) == (settings, [])


@pytest.mark.parametrize("tiny", [5e-324, 1e-310, 1e-160, -1e-200])
def test_a_weight_of_nearly_0_leaves_every_number_of_the_frame_finite(tiny: float):
    header = frame(w=tiny, b=1.0, w1=tiny, w2=0.0, c=1.0).header
    json.dumps(header, allow_nan=False)
