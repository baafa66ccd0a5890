"""Three drawings of one function: what a frame holds is what the core computes."""

from __future__ import annotations

import numpy as np
import pytest

from nnlib.config import RunConfig
from pages.ui.layers.drawings import CURVE, JOINED, Drawing, Drawings
from pages.ui.session.session import Session
from pages.ui.shell import link_text
from tests.ui.taken_apart import Frame, take_apart


class Viewer:
    """A board of drawings, its session, and the frames that they send."""

    def __init__(self, **config: object) -> None:
        self.session = Session(RunConfig(n_samples=60, **config))
        self.board = Drawings(self.session)
        self.frames: list[Frame] = []
        self.board.attach(lambda frame: self.frames.append(take_apart(frame)))
        self.turn()

    def turn(self) -> Frame:
        self.session.turn(0.01)
        self.board.turn(0.01)
        self.board.drawn()
        return self.frames[-1]

    def set(self, **changes: object) -> Frame:
        self.board.set(changes)
        return self.turn()


# ------------------------------------------------------------------------ a chain


def test_the_edges_carry_the_values_of_a_chain_worked_by_hand():
    frame = Viewer().set(x=2.0, f1="linear", w1=1.5, b1=-1.0, f2="relu", f3="none", f4="none")
    assert frame.header["edges"] == [
        [["x", [2.0], False]],
        [["a₁", [2.0], False]],
        [["h", [2.0], False]],
    ]
    assert [node["slope"] for node in frame.header["nodes"]] == [1.5, 1.0]
    assert frame.header["curve"]["slope"] == 1.5


def test_curve_and_mapping_plot_are_the_same_function():
    frame = Viewer().set(f1="tanh", f2="none", f3="none", f4="none")
    inputs, outputs = frame.numbers("curve").reshape(2, CURVE)
    np.testing.assert_allclose(outputs, np.tanh(inputs), atol=1e-6)
    first, last = frame.numbers("joined").reshape(2, JOINED)
    np.testing.assert_allclose(last, np.tanh(first), atol=1e-6)
    assert first[[0, -1]].tolist() == [-5.0, 5.0]


def test_places_without_a_box_are_left_out_and_an_empty_chain_is_the_identity():
    frame = Viewer().set(x=1.25, f1="none", f2="none", f3="none", f4="none")
    assert frame.header["values"] == [1.25, 1.25]
    assert [node["title"] for node in frame.header["nodes"]] == ["identity"]


def test_all_axes_of_a_chain_have_one_scale_and_hold_every_line():
    frame = Viewer().set(w1=3.0, b1=3.0)
    (low, high) = frame.header["axes"][0]["range"]
    assert {tuple(each["range"]) for each in frame.header["axes"]} == {(low, high)}
    joined = frame.numbers("joined")
    assert low <= joined.min()
    assert joined.max() <= high


def test_a_hand_on_x_does_not_move_the_axes():
    viewer = Viewer()
    axes = [viewer.set(x=x).header["axes"] for x in (-5.0, 0.0, 4.2)]
    assert axes[0] == axes[1] == axes[2]


# ------------------------------------------------------------------------ the network along a line


def test_the_output_along_the_line_is_the_networks_own():
    viewer = Viewer(hidden=[(3, "relu")])
    frame = viewer.set(source="network", angle=90.0, p1=0.5, p2=0.5, t=0.75)
    line = frame.header["line"]
    assert line["at"] == pytest.approx([0.0, 3.0], abs=1e-9)
    guess = viewer.session.run.network.predict(np.array([line["at"]]))[0, 0]
    assert frame.header["values"][-1] == pytest.approx(float(guess), abs=1e-6)
    t, outputs = frame.numbers("curve").reshape(2, CURVE)
    X = np.column_stack([np.zeros(CURVE), t])
    np.testing.assert_allclose(outputs, viewer.session.run.network.predict(X)[:, 0], atol=1e-5)


def test_a_hidden_unit_can_be_chosen():
    viewer = Viewer(hidden=[(3, "tanh"), (2, "tanh")])
    frame = viewer.set(source="network", layer=1, unit=3)
    trace = viewer.session.run.network.forward(np.array([frame.header["line"]["at"]]))
    _, z, a = frame.header["values"]
    assert z == pytest.approx(float(trace.Z[1][0, 2]), abs=1e-6)
    assert a == pytest.approx(float(trace.A[1][0, 2]), abs=1e-6)


def test_a_unit_that_the_network_does_not_have_becomes_its_last_one():
    line = Viewer(hidden=[(3, "tanh")]).set(source="network", layer=5, unit=9).header["line"]
    assert (line["layer"], line["unit"]) == (0, 1)


def test_on_the_line_x_itself_is_the_input_and_there_is_no_plane():
    frame = Viewer(dataset="sine").set(source="network", t=0.5)
    assert frame.header["line"]["on_line"]
    assert frame.header["axes"][0]["name"] == "x"
    assert "scene" not in frame.kinds


def test_real_data_are_shown_in_their_own_units():
    viewer = Viewer(dataset="iris")
    points = viewer.session.run.data.points
    line = viewer.set(source="network", p1=0.5, p2=0.5).header["line"]
    middle = points.extent.mean(axis=1) * points.scale + points.center
    assert line["start"] == pytest.approx(middle)


@pytest.mark.parametrize("point", [(0.02, 0.02), (0.98, 0.98), (0.5, 0.02), (0.98, 0.3)])
@pytest.mark.parametrize("angle", [-170.0, -45.0, 0.0, 80.0])
def test_the_handle_that_turns_the_line_is_never_outside_the_view(point: tuple, angle: float):
    viewer = Viewer()
    line = viewer.set(source="network", p1=point[0], p2=point[1], angle=angle).header["line"]
    assert np.abs(line["handle"]).max() <= 6 + 1e-9


def test_training_moves_the_drawings():
    viewer = Viewer()
    before = viewer.set(source="network").numbers("curve")
    viewer.session.step()
    after = viewer.turn().numbers("curve")
    assert not np.array_equal(before, after)


# ------------------------------------------------------------------------ settings and link


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"f1": "softmax"}, "f1"),
        ({"x": 5.1}, "x"),
        ({"source": "both"}, "source"),
        ({"t": 2}, "t"),
        ({"p1": 0.0}, "p1"),
    ],
)
def test_what_is_not_possible_becomes_a_sentence_and_changes_nothing(changes: dict, field: str):
    header = Viewer().set(**changes).header
    assert header["problem"].startswith(field)
    assert header["settings"] == Drawing().model_dump()


def test_the_link_brings_the_settings_back():
    settings = Drawing(source="network", angle=-30.0, layer=2, unit=4, f1="sine")
    text = link_text.write(settings, Drawing())
    assert text == "source:network;f1:sine;angle:-30;layer:2;unit:4"
    assert link_text.read(text, Drawing()) == (settings, [])
