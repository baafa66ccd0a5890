"""The softmax sandbox: the lecture's numbers, what stays the same, and what a link may say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.differentiate import jacobian as differentiated
from scipy.special import log_softmax, softmax

from pages.ui.functions.protocol import SOFTMAX
from pages.ui.functions.softmax import Softmax, draw, numbers, shift_words
from pages.ui.sandbox.sandbox import Sandbox
from pages.ui.shell import link_text
from tests.ui.taken_apart import Frame, take_apart

LECTURE = (1.3, 5.1, 2.2, 0.7, 1.1)


def vector(settings: Softmax, name: str) -> np.ndarray:
    return np.array(numbers(settings)[name])


# ------------------------------------------------------------------------ the numbers


def test_it_begins_with_the_lectures_worked_number():
    assert Softmax().logits == LECTURE
    assert vector(Softmax(), "A").round(2).tolist() == [0.02, 0.90, 0.05, 0.01, 0.02]


def test_temperature_divides_the_logits():
    found = vector(Softmax(temperature=2.5), "A")
    np.testing.assert_allclose(found, softmax(np.array(LECTURE) / 2.5), rtol=1e-14)


def test_a_high_temperature_levels_and_a_low_one_decides():
    assert np.ptp(vector(Softmax(temperature=10.0), "A")) < 0.1
    assert vector(Softmax(temperature=0.1), "A").max() > 0.999999


@pytest.mark.parametrize("shift", [-10.0, -0.3, 4.0, 10.0])
def test_a_shift_moves_every_logit_and_no_probability(shift: float):
    before, after = Softmax(), Softmax(shift=shift)
    np.testing.assert_allclose(vector(after, "Z") - vector(before, "Z"), shift, rtol=1e-12)
    np.testing.assert_allclose(vector(after, "A"), vector(before, "A"), rtol=0, atol=1e-15)


def test_the_jacobian_is_the_derivative_of_softmax():
    settings = Softmax(shift=1.0, temperature=0.7)
    Z = vector(settings, "Z")
    expected = differentiated(lambda x: softmax(x, axis=0), Z).df
    np.testing.assert_allclose(vector(settings, "jacobian"), expected, atol=1e-9)


def test_every_row_of_the_jacobian_adds_up_to_nothing():
    assert np.abs(vector(Softmax(), "sums")).max() < 1e-15


@pytest.mark.parametrize("chosen", [1, 2, 5])
def test_the_nll_and_its_gradient_are_those_of_the_chosen_class(chosen: int):
    found = numbers(Softmax(chosen=chosen))
    y = np.eye(5)[chosen - 1]
    assert found["nll"] == pytest.approx(-log_softmax(LECTURE)[chosen - 1], rel=1e-14)
    np.testing.assert_allclose(found["gradient"], softmax(LECTURE) - y, atol=1e-15)


def test_the_terms_of_the_formula_give_the_probability():
    found = numbers(Softmax(temperature=0.5))
    ratio = np.array(found["exponentials"]) / found["total"]
    np.testing.assert_allclose(ratio, found["A"], rtol=1e-13)


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_ends_of_all_sliders_give_finite_numbers(sign: int):
    logits = (sign * 10.0, sign * 10.0, -sign * 10.0)
    found = numbers(Softmax(logits=logits, shift=sign * 10.0, temperature=0.1, chosen=3))
    for name in ("Z", "A", "exponentials", "jacobian", "gradient", "nll", "total"):
        assert np.isfinite(found[name]).all()


# ------------------------------------------------------------------------ words and colours


def test_the_words_about_a_shift_say_what_was_found():
    assert "no probability changes" in shift_words(0.0, 0.0)
    assert "c = −2.5" in shift_words(-2.5, 0.0)
    assert "equal to the last bit" in shift_words(-2.5, 0.0)
    assert "2e−16" in shift_words(3.0, 2e-16)


def test_positive_and_negative_entries_have_different_colours():
    colours = np.array(numbers(Softmax())["colours"])
    positive = vector(Softmax(), "jacobian") > 0.02
    negative = vector(Softmax(), "jacobian") < -0.02
    assert not set(colours[positive]) & set(colours[negative])


def test_the_theme_changes_the_colours_only():
    light, dark = numbers(Softmax()), numbers(Softmax(theme="dark"))
    changed = {name for name in light if light[name] != dark[name]}
    assert changed == {"colours", "gradientColours", "scale"}


# ------------------------------------------------------------------------ what may be set


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"logits": [1.0]}, "logits"),
        ({"logits": [0.0] * 9}, "logits"),
        ({"logits": [0.0, 10.5]}, "logits"),
        ({"logits": [0.0, float("nan")]}, "logits"),
        ({"logits": [0.0, "1"]}, "logits"),
        ({"temperature": 0.05}, "temperature"),
        ({"shift": 11}, "shift"),
        ({"chosen": 6}, "chosen"),
        ({"chosen": True}, "chosen"),
        ({"logits": [1.0, 2.0], "chosen": 3}, "chosen"),
    ],
)
def test_what_is_not_possible_is_refused_by_name(changes: dict, named: str):
    with pytest.raises(ValueError, match=named):
        Softmax().replace(changes)


class Viewer:
    """A client that keeps the frames of a sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.frames = sandbox, []
        sandbox.attach(lambda frame: self.frames.append(take_apart(frame)))
        sandbox.turn(0.01)

    def set(self, **changes: object) -> Frame:
        self.sandbox.drawn()
        self.sandbox.set(changes)
        self.sandbox.turn(0.01)
        return self.frames[-1]


def test_a_moved_logit_is_answered_by_its_numbers():
    viewer = Viewer(Sandbox(Softmax(), draw, protocol=SOFTMAX))
    frame = viewer.set(logits=[0.0, 0.0])
    assert frame.json("numbers")["A"] == [0.5, 0.5]
    assert frame.header["settings"]["logits"] == [0.0, 0.0]


def test_a_bad_value_is_said_and_the_numbers_stay():
    viewer = Viewer(Sandbox(Softmax(), draw, protocol=SOFTMAX))
    frame = viewer.set(temperature=-1)
    assert "temperature" in frame.header["problem"]
    assert frame.header["settings"]["temperature"] == 1.0


# ------------------------------------------------------------------------ the link


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        (Softmax(), ""),
        (Softmax(theme="dark"), ""),
        (Softmax(logits=(1.25, -3.0), chosen=1), "logits:1.25,-3;chosen:1"),
        (Softmax(shift=-2.5, temperature=0.5), "shift:-2.5;temperature:0.5"),
    ],
)
def test_the_link_says_what_differs(settings: Softmax, text: str):
    assert link_text.write(settings, Softmax()) == text
    again, problems = link_text.read(text, Softmax())
    assert problems == []
    assert again.replace({"theme": settings.theme}) == settings


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("logits:1,x", "logits: '1,x' is not a number"),
        ("temperature:99", "temperature: 99.0 is not possible; allowed: a number from 0.1 to 10"),
        ("temperature:nan", "temperature"),
        ("chosen:1.5", "chosen: '1.5' is not a number"),
        ("colour:red", "colour: there is no such setting"),
        ("theme:dark", "theme: there is no such setting"),
        ("logits", "logits: '' is not a number"),
        ("logits:" + "1," * 2_000, "allowed: 1,000"),
    ],
)
def test_a_bad_link_gives_a_sentence_and_the_default(text: str, said: str):
    settings, problems = link_text.read(text, Softmax())
    assert settings == Softmax()
    (problem,) = problems
    assert said in problem
    assert problem.endswith("The default is used instead.")
