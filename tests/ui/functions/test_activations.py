"""The activations' board: curves, numbers, where they are flat, frames, links."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nnlib.activations import HIDDEN_ACTIVATIONS, activation
from pages.ui.drawing.function_figures import THEMES, Z_RANGE, for_both_themes, looks
from pages.ui.functions.activations import FLAT, Activations, Z, draw, values, words, zones
from pages.ui.functions.protocol import ACTIVATIONS
from pages.ui.live.packing import Packet
from pages.ui.sandbox.sandbox import Sandbox
from pages.ui.shell import link_text
from tests.ui.taken_apart import Frame, take_apart

ALL = ",".join(HIDDEN_ACTIVATIONS)


def frame(**settings: object) -> Frame:
    packet = Packet(ACTIVATIONS)
    draw(Activations(**settings), packet)
    return take_apart(bytes(packet))


def curves(frame: Frame) -> dict[str, np.ndarray]:
    """f and f' of each function shown, (2, len(Z))."""
    names = frame.header["names"]
    return dict(zip(names, frame.numbers("curves").reshape(len(names), 2, len(Z)), strict=True))


# ------------------------------------------------------------------------ curves and numbers


@pytest.mark.parametrize("name", HIDDEN_ACTIVATIONS)
def test_the_second_curve_is_the_slope_of_the_first(name: str):
    h = 1e-6
    away = Z[np.abs(Z) > 2 * h]  # from the kink
    below, above = (values(activation(name), away + step)[0] for step in (-h, h))
    np.testing.assert_allclose(
        values(activation(name), away)[1], (above - below) / (2 * h), atol=1e-8
    )


def test_the_numbers_at_z_are_those_of_the_textbook():
    numbers = frame(z=1.0).header["numbers"]
    sigmoid = 1 / (1 + math.exp(-1))
    assert numbers["sigmoid"] == pytest.approx([sigmoid, sigmoid * (1 - sigmoid)], rel=1e-15)
    assert numbers["tanh"] == pytest.approx([math.tanh(1), 1 / math.cosh(1) ** 2], rel=1e-15)
    assert numbers["relu"] == [1.0, 1.0]


def test_relus_slope_at_0_is_1():
    assert frame(z=0.0).header["numbers"]["relu"] == [0.0, 1.0]


def test_a_step_of_the_slope_is_drawn_as_a_step():
    slope = curves(frame())["relu"][1]
    assert set(slope) == {0.0, 1.0}
    step = int(np.argmax(slope))
    assert Z[step] == 0
    assert Z[step] - Z[step - 1] < 1e-300


def test_only_the_functions_shown_are_in_a_frame_in_the_cores_order():
    assert list(curves(frame(shown="sine,relu,linear"))) == ["linear", "relu", "sine"]


def test_every_function_of_the_core_can_be_shown_at_once():
    assert list(curves(frame(shown=ALL))) == list(HIDDEN_ACTIVATIONS)


def test_the_parameters_move_their_curves_and_no_other():
    before = curves(frame(shown=ALL))
    after = curves(frame(shown=ALL, leaky_slope=0.3, elu_alpha=2.0))
    moved = {name for name in before if not np.array_equal(before[name], after[name])}
    assert moved == {"leaky_relu", "elu"}
    assert after["leaky_relu"][0][0] == pytest.approx(-6 * 0.3)
    assert after["elu"][0][0] == pytest.approx(2 * (math.exp(-6) - 1))


def test_the_axes_hold_every_slope_shown():
    low, high = frame(shown=ALL, elu_alpha=10.0).header["ranges"][1]
    slopes = [curve[1] for curve in curves(frame(shown=ALL, elu_alpha=10.0)).values()]
    assert low < np.min(slopes)
    assert np.max(slopes) < high


# ------------------------------------------------------------------------ where it is flat


def test_sigmoid_is_flat_where_its_slope_is_below_the_threshold():
    share = (1 - math.sqrt(1 - 4 * FLAT)) / 2  # the smaller root of s (1 - s) = FLAT
    edge = math.log((1 - share) / share)
    (_, left, kind), (right, _, _) = zones(activation("sigmoid"))
    assert kind == "flat"
    assert [left, right] == pytest.approx([-edge, edge], abs=1e-8)


def test_tanh_is_flat_where_its_slope_is_below_the_threshold():
    edge = math.atanh(math.sqrt(1 - FLAT))
    found = zones(activation("tanh"))
    assert [found[0][1], found[1][0]] == pytest.approx([-edge, edge], abs=1e-8)


def test_relu_is_dead_below_0():
    ((low, high, kind),) = zones(activation("relu"))
    assert (low, kind) == (Z_RANGE[0], "dead")
    assert high == pytest.approx(0, abs=1e-8)


def test_elu_is_flat_below_the_logarithm_of_the_threshold_over_alpha():
    ((_, high, _),) = zones(activation("elu", elu_alpha=2.0))
    assert high == pytest.approx(math.log(FLAT / 2), abs=1e-8)


def test_a_leaky_slope_of_0_dies_and_a_large_one_is_nowhere_flat():
    ((_, _, kind),) = zones(activation("leaky_relu", leaky_slope=0.0))
    assert kind == "dead"
    assert zones(activation("leaky_relu", leaky_slope=0.2)) == ()


@pytest.mark.parametrize("name", HIDDEN_ACTIVATIONS)
def test_within_a_zone_the_slope_is_what_the_zone_says_and_outside_it_is_not(name: str):
    slope = np.abs(values(activation(name), Z)[1])
    in_zone = np.zeros(len(Z), bool)
    for low, high, kind in zones(activation(name)):
        inside = (low - 1e-9 < Z) & (high + 1e-9 > Z) & ((Z != 0) | (slope < FLAT))
        in_zone |= inside
        assert (slope[inside] == 0).all() if kind == "dead" else (slope[inside] < FLAT).all()
    assert (slope[~in_zone] >= FLAT).all()


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("relu", "exactly 0 for z < 0: a unit there on all the data is dead"),
        ("sigmoid", "(|f′| < 0.05) for z < −2.89 and z > 2.89"),
        ("sine", "where it turns, around z = −4.7, −1.6, 1.6, 4.7"),
        ("linear", "nowhere flat"),
    ],
)
def test_a_sentence_says_where_it_saturates_and_where_it_dies(name: str, part: str):
    assert part in words(name, activation(name))


# ------------------------------------------------------------------------ settings and link


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"z": 6.1}, "z"),
        ({"z": float("nan")}, "z"),
        ({"shown": "relu,softmax"}, "shown"),
        ({"shown": ""}, "shown"),
        ({"shown": ["relu"]}, "shown"),
        ({"focus": "sine"}, "focus"),
        ({"leaky_slope": -0.1}, "leaky_slope"),
        ({"elu_alpha": 0.0}, "elu_alpha"),
        ({"unheard": 1}, "unheard"),
    ],
)
def test_what_is_not_possible_becomes_a_sentence_and_changes_nothing(changes: dict, field: str):
    sandbox, frames = Sandbox(Activations(), draw, protocol=ACTIVATIONS), []
    sandbox.attach(frames.append)
    sandbox.set(changes)
    sandbox.turn(0.01)
    header = take_apart(frames[-1]).header
    assert field in header["problem"]
    assert header["settings"] == Activations().model_dump()


def test_a_drag_is_answered_with_the_numbers_at_the_new_z():
    sandbox, frames = Sandbox(Activations(), draw, protocol=ACTIVATIONS), []
    sandbox.attach(frames.append)
    sandbox.turn(0.01)
    sandbox.set({"z": -2.0})
    sandbox.drawn()
    sandbox.turn(0.01)
    header = take_apart(frames[-1]).header
    assert header["settings"]["z"] == -2.0
    assert header["numbers"]["relu"] == [0.0, 0.0]


def test_equal_choices_are_equal_settings_in_whatever_order_they_were_made():
    assert Activations(shown="tanh,relu,sigmoid,relu") == Activations()


def test_the_link_brings_the_settings_back():
    settings = Activations(shown="relu,elu", focus="elu", z=-1.25, elu_alpha=2.5)
    text = link_text.write(settings, Activations())
    assert text == "shown:relu,elu;focus:elu;z:-1.25;elu_alpha:2.5"
    assert link_text.read(text, Activations()) == (settings, [])


# ------------------------------------------------------------------------ looks


@pytest.mark.parametrize("theme", THEMES)
def test_no_two_functions_have_colour_and_dash_in_common(theme: str):
    found = {(look["colour"], look["dash"]) for look in looks(theme).values()}
    assert len(found) == len(HIDDEN_ACTIVATIONS)


@pytest.mark.parametrize("theme", THEMES)
def test_every_axis_of_every_figure_has_a_title(theme: str):
    figures = for_both_themes("activations", "line", "plane", "chain")[theme]["figures"]
    axes = [
        axis
        for figure in figures.values()
        for name, axis in figure["layout"].items()
        if name.startswith(("xaxis", "yaxis"))
    ]
    assert len(axes) == 9
    assert all(axis["title"]["text"] for axis in axes)
