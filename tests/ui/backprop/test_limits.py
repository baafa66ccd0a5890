"""What may be typed on the Backprop board: this network's layers and units, this data's classes."""

from __future__ import annotations

import pytest

from pages.ui.backprop.backprop import VERBS
from pages.ui.backprop.subject import Backprop
from tests.ui.backprop.test_backprop import CONFIG, Viewer
from tests.ui.board_viewer import say

# Of CONFIG: 2 inputs, layers of 3, 2 and 1 units, two classes.


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"y": 7}, "y: 7 is no class; this data has 0, 1."),
        ({"y": 0.4}, "y: 0.4 is no class; this data has 0, 1."),
        ({"y": None}, "y: nothing is not possible; allowed: a number from -1,000,000 to"),
        ({"x1": None}, "x₁: nothing is not possible; allowed: a number from -1,000,000 to"),
        ({"x2": -1e9}, "x₂: -1000000000.0 is not possible; allowed: a number from -1,000,000 to"),
        ({"x1": float("nan")}, "x₁: nan is not possible"),
        ({"layer": 7}, "Layer: 7 is not possible; allowed: 1 to 3, this network's layers."),
        ({"layer": ""}, "Layer: nothing is not possible; allowed: a whole number from 1 to 7"),
        ({"unit": 3}, "Neuron: 3 is not possible; allowed: 1 to 2, the units of layer 2."),
        ({"unit": 0}, "Neuron: 0 is not possible; allowed: a whole number from 1 to 64"),
        ({"rate": 11}, "rate η: 11 is not possible; allowed: a number from 0 to 10."),
    ],
)
def test_what_is_not_there_is_refused_and_the_last_good_value_stays(changes: dict, said: str):
    viewer = Viewer(level="neuron", layer=2, unit=1)
    before = viewer.board.settings
    say(viewer.board, VERBS, "set", changes)
    viewer.turns()
    assert viewer.frames[-1].header["problem"].startswith(said)
    assert viewer.board.settings == before


def test_a_class_is_refused_with_the_names_of_those_that_are_there():
    viewer = Viewer(CONFIG.replace(dataset="iris"), level="network")
    say(viewer.board, VERBS, "set", {"y": 3})
    viewer.turns()
    assert "0 (setosa), 1 (versicolor), 2 (virginica)" in viewer.frames[-1].header["problem"]


def test_an_answer_that_is_a_number_may_be_any():
    viewer = Viewer(CONFIG.replace(dataset="sine"), level="network")
    assert viewer.set(example=-1, y=0.4)["point"]["target"] == pytest.approx(0.4)


def test_a_second_refusal_is_answered_too():
    viewer = Viewer(level="neuron")
    for _ in range(2):
        before = len(viewer.frames)
        say(viewer.board, VERBS, "set", {"y": 7})
        viewer.turns()
        assert len(viewer.frames) == before + 1


def test_a_story_of_the_whole_network_asks_for_units_of_its_widest_layer():
    viewer = Viewer(level="network", detail="neuron")
    assert viewer.set(unit=3)["most"] == {"layer": 3, "unit": 3}


def test_what_a_link_asks_for_and_this_network_does_not_have_is_said():
    viewer = Viewer(level="neuron", layer=7, unit=30)
    settings = viewer.frames[-1].header["settings"]
    assert (settings["layer"], settings["unit"]) == (3, 1)
    assert viewer.frames[-1].header["problem"] == (
        "Layer: 7 is not there now; 3 is shown; Neuron: 30 is not there now; 1 is shown."
    )


def test_a_layer_with_fewer_units_takes_the_neuron_along():
    viewer = Viewer(level="neuron", layer=1, unit=3)
    viewer.set(layer=2)
    assert viewer.board.settings == Backprop(level="neuron", layer=2, unit=2)


def test_in_the_small_graphs_nothing_depends_on_the_network():
    assert Viewer(level="linear", layer=7).board.settings.layer == 7
