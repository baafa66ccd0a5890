"""The Inputs page: one section at a time, links that bring it back, the viewer's own network."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.inputs.attack import ABOUT, Attack
from pages.ui.inputs.theta_choice import Choice
from tests.pages.opened import address, board, opened, said, session, well

SECTIONS = {"theta": "theta_or_x", "attack": "attack", "digits": "digits"}


def visit(link: str = "") -> AppTest:
    return well(opened(link).switch_page("inputs.py").run())


def boards(app: AppTest) -> list[str]:
    return [each.key for each in app.get("bidi_component")]


def sandbox(app: AppTest, name: str) -> object:
    return board(app, name)


def test_the_page_opens_with_theta_or_x_and_a_bare_address():
    app = visit()
    assert boards(app) == ["theta_or_x"]
    assert said(app) == ""
    assert "inputs" not in address(app)


@pytest.mark.parametrize("name", SECTIONS)
def test_a_link_opens_its_section_alone(name: str):
    app = visit(f"inputs={name}")
    assert boards(app) == [SECTIONS[name]]
    assert said(app) == ""


def test_a_link_brings_the_settings_of_theta_or_x():
    text = "theta;want:logit;label:0;moves:x;pull:0.5"
    app = visit(f"inputs={text}")
    expected = Choice(want="logit", label=0, moves="x", pull=0.5)
    assert sandbox(app, "theta_or_x").settings == expected
    assert address(app)["inputs"] == text


def test_a_link_brings_the_settings_of_the_attacks():
    text = "attack;attack:lbfgs;norm:2;epsilon:0.4;target:0"
    app = visit(f"inputs={text}")
    expected = Attack(attack="lbfgs", norm="2", epsilon=0.4, target=0)
    assert sandbox(app, "attack").settings == expected
    assert address(app)["inputs"] == text


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("theta;pull:-1", "pull"),
        ("theta;want:fame", "want"),
        ("attack;epsilon:-0.1", "epsilon"),
        ("attack;epsilon:nan", "epsilon"),
        ("attack;norm:3", "norm"),
        ("unheard", "unheard"),
    ],
)
def test_a_bad_link_gets_a_sentence_and_the_default(text: str, word: str):
    app = visit(f"inputs={text}")
    assert word in said(app)
    assert "default is used" in said(app)
    assert len(boards(app)) == 1


def test_what_is_set_is_in_the_address():
    app = visit("inputs=attack")
    box = sandbox(app, "attack")
    box.set({"epsilon": 0.9})
    box.settle(5)
    assert address(well(app.run()))["inputs"] == "attack;epsilon:0.9"


def test_both_sections_look_at_the_viewers_own_network():
    app = visit("noise=0.5&epoch=3&inputs=attack")
    assert sandbox(app, "attack").session is session(app)
    well(app.segmented_control(key="inputs_section").set_value("theta").run())
    assert sandbox(app, "theta_or_x").session is session(app)


def test_the_plane_and_pictures_are_told_apart_in_a_paragraph():
    app = visit("inputs=attack")
    assert ABOUT.strip() in [each.value.strip() for each in app.markdown]
