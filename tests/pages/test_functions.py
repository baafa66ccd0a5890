"""The Functions page: one section at a time, its formulas, and links that bring it back."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from nnlib.activations import ACTIVATIONS
from pages.ui.functions.activations import Activations
from pages.ui.sandbox.sandbox import Sandbox
from tests.pages.opened import address, board, opened, said, session, well

SECTIONS = {
    "activations": "Activations",
    "neuron": "A neuron",
    "softmax": "Softmax",
    "losses": "Losses",
}


def visit(link: str = "", page: str = "functions.py") -> AppTest:
    return well(opened(link).switch_page(page).run())


def section(app: AppTest, name: str) -> AppTest:
    return well(app.segmented_control(key="functions_section").set_value(name).run())


def boards(app: AppTest) -> list[str]:
    return [each.key for each in app.get("bidi_component")]


def sandbox(app: AppTest, name: str) -> Sandbox:
    return board(app, name)


def set_in(app: AppTest, name: str, **changes: object) -> AppTest:
    """What the browser does: the socket sets, the page runs once more."""
    box = sandbox(app, name)
    box.set(changes)
    box.settle(5)
    return well(app.run())


def test_the_page_opens_with_the_activations_and_a_bare_address():
    app = visit()
    assert boards(app) == ["activations"]
    assert said(app) == ""
    assert "functions" not in address(app)


@pytest.mark.parametrize("name", SECTIONS)
def test_only_the_chosen_section_is_on_the_page(name: str):
    app = section(visit(), name)
    assert len(boards(app)) == 1
    assert said(app) == ""
    assert address(app).get("functions", "activations") == name


@pytest.mark.parametrize("name", SECTIONS)
def test_a_link_opens_its_section(name: str):
    app = visit(f"functions={name}")
    assert app.segmented_control(key="functions_section").value == name
    assert said(app) == ""


def test_a_link_brings_the_settings_of_its_section():
    app = visit("functions=activations;shown:elu,sine;focus:elu;z:-2.5")
    expected = Activations(shown="elu,sine", focus="elu", z=-2.5)
    assert sandbox(app, "activations").settings == expected
    assert address(app)["functions"] == "activations;shown:elu,sine;focus:elu;z:-2.5"


def test_what_is_set_is_in_the_address():
    app = set_in(section(visit(), "neuron"), "neuron", w=2.0, activation="tanh")
    assert address(app)["functions"] == "neuron;activation:tanh;w:2"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("activations;z:7", "z"),
        ("activations;z:much", "much"),
        ("activations;shown:relu,unheard", "shown"),
        ("neuron;depth:99", "depth"),
        ("neuron;unheard:1", "unheard"),
        ("unheard", "unheard"),
        ("%00;z:1", "functions"),
    ],
)
def test_a_bad_link_gets_a_sentence_and_the_default(text: str, word: str):
    app = visit(f"functions={text}")
    assert word in said(app)
    assert "default is used" in said(app)
    assert len(boards(app)) == 1
    assert address(app).get("functions", "activations") in SECTIONS


def test_settings_and_section_survive_a_visit_to_other_pages():
    app = set_in(section(visit(), "neuron"), "neuron", w=2.0)
    well(app.switch_page("playground.py").run())
    assert "functions" not in address(app)
    well(app.switch_page("functions.py").run())
    assert boards(app) == ["neuron"]
    assert sandbox(app, "neuron").settings.w == 2.0
    assert address(app)["functions"] == "neuron;w:2"


def test_settings_survive_a_look_at_another_section():
    app = set_in(visit(), "activations", z=3.0)
    section(app, "neuron")
    section(app, "activations")
    assert sandbox(app, "activations").settings.z == 3.0
    assert address(app)["functions"] == "activations;z:3"


def test_the_running_network_is_the_same_after_a_visit():
    app = opened("noise=0.5&epoch=3")
    before = session(app)
    well(app.switch_page("functions.py").run())
    assert session(app) is before
    assert address(app)["noise"] == "0.5"


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "softmax"])
def test_formulas_use_and_source_are_those_of_the_core(name: str):
    app = visit(f"functions=activations;shown:{name};focus:{name}")
    text = "\n".join(each.value for each in app.markdown)
    function = ACTIVATIONS[name]
    for part in (
        function.formula,
        function.derivative_formula,
        function.note,
        function.source,
    ):
        assert part in text


def test_the_formula_holds_the_parameter_that_is_set():
    app = set_in(visit(), "activations", shown="leaky_relu", focus="leaky_relu", leaky_slope=0.25)
    assert any(r"0.25\,z" in each.value for each in app.markdown)


def test_softmax_is_said_to_be_elsewhere():
    assert any("*Softmax*" in each.value for each in visit().caption)
